"""Examples with rules, and values that are nearly right: what two engines are compared on."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from random import Random
from typing import Any

from stagepact.contract.source import Json, read_json
from stagepact.pact.part import Part
from stagepact.pact.path import Place
from stagepact.pact.rules import Category, rules_of

TEXTS = [
    *("", "a", "abc", "ABC", "x1", "true", "false", "null", "1", "-1.5", "1.0.0", "1.2.3-rc.1"),
    *("01.2.3", "2024-02-29", "2023-02-29", "2024-13-01", "10:00:00", "24:00:00", "é", "a b"),
    *("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+01:00", "2026-01-02 03:04", "a\nb"),
]
NUMBERS = [0, 1, -1, 7, 2.0, 1.5, -0.25, 1e20, 1e-7, 0.00002, 2**63, 2**64, -(2**63) - 1]
SCALARS: list[Json] = [*TEXTS, *NUMBERS, True, False, None]
KEYS = ["a", "b", "item", "x y", "k1"]
REGEXES = [
    r"\w+",
    r"^a",
    r"a|abc",
    r"\d{1,3}",
    r"[\s\S]{2,5}",
    r"^(true|false)$",
    r".*",
    r"[[:alpha:]]+",
]
FORMATS = {
    "date": ["yyyy-MM-dd", "dd/MM/yyyy", None],
    "time": ["HH:mm:ss", "HH:mm", "hh:mm a", None],
    "datetime": ["yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss'Z'", None],
}
PLAIN = [
    "equality",
    "type",
    "integer",
    "decimal",
    "number",
    "boolean",
    "null",
    "notEmpty",
    "semver",
]


FITTING: dict[str, list[Json]] = {
    "date": ["2024-02-29", "2023-02-29", "31/12/2026", "31/11/2026"],
    "time": ["10:00:00", "23:59", "24:00", "12:00 pm", "13:00 PM"],
    "datetime": [
        *("2026-01-02T03:04:05Z", "2026-01-02T03:04:05+01:00"),
        *("2026-01-02 03:04", "2026-01-32 03:04"),
    ],
    "semver": ["1.0.0", "1.2.3-rc.1", "01.2.3", "1.0"],
    "regex": ["a", "abc", "12", "true", "x1", "0f"],
    "include": ["a1", "é.", "x", 1.5],
    "integer": [7, -1, 2.0, 2**64, "7"],
    "decimal": [1.5, 2.0, 7, 2**64],
    "boolean": [True, "true", "TRUE", 1],
    "null": [None, "", 0],
    "notEmpty": ["", "a", 0],
}
"""By rule, values that it takes, and some that it nearly does."""


@dataclass(frozen=True)
class Pair:
    """An example, the rules of its body as a file writes them, and a value."""

    example: Json
    rules: dict[str, Json]
    value: Json


def pair(random: Random) -> Pair:
    """One that has one meaning: of two paths that weigh the same, the reference takes either."""
    while True:
        made = _pair(random)
        if not _ambiguous(made):
            return made


def category(rules: Json) -> Category:
    """The rules of a body as the native matcher has them."""
    part = Part.whole(read_json("{}", "rules.json"))
    read = rules_of(Part(part.source, part.problems, {"body": rules}), by_path=False)
    assert part.problems == []
    return read.of("body")


def _pair(random: Random) -> Pair:
    example = _box(random, 3)
    places = [place for place, _ in _places(example)]
    chosen = random.sample(places, min(len(places), random.randint(0, 4)))
    rules = {place: _rules(random, 0) for place in chosen}
    value = _near(random, copy.deepcopy(example))
    for place, listed in rules.items():
        if random.random() < 0.7:
            value = _fitting(random, value, place, listed["matchers"][0]["match"])
    return Pair(example, {_path(random, place): listed for place, listed in rules.items()}, value)


def _fitting(random: Random, value: Json, at: Place, kind: str) -> Json:
    """The value with one at a place that a rule of this kind takes, or nearly does."""
    if not at:
        whole = isinstance(value, dict | list)
        return value if whole else random.choice(FITTING.get(kind, SCALARS))
    step, inner = at[0], at[1:]
    if isinstance(value, dict) and step in value:
        return {**value, step: _fitting(random, value[str(step)], inner, kind)}
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return [*value[:step], _fitting(random, value[step], inner, kind), *value[step + 1 :]]
    return value


def _box(random: Random, depth: int) -> Json:
    if random.random() < 0.6:
        keys = random.sample(KEYS, random.randint(0, 3))
        return {key: _value(random, depth - 1) for key in keys}
    return [_value(random, depth - 1) for _ in range(random.randint(0, 3))]


def _value(random: Random, depth: int) -> Json:
    return _box(random, depth) if depth > 0 and random.random() < 0.5 else random.choice(SCALARS)


def _places(value: Json, at: Place = ()) -> list[tuple[Place, Json]]:
    found: list[tuple[Place, Json]] = [(at, value)]
    steps: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        steps = enumerate(value)
    for step, inner in steps:
        found += _places(inner, (*at, step))
    return found


def _path(random: Random, place: Place) -> str:
    text = "$"
    for step in place:
        if random.random() < 0.3:
            text += "[*]" if isinstance(step, int) else ".*"
        else:
            text += f"[{step}]" if isinstance(step, int) else f"['{step}']"
    return text


def _rules(random: Random, depth: int) -> dict[str, Any]:
    matchers = [_rule(random, depth) for _ in range(random.choice([1, 1, 1, 2]))]
    return {"combine": random.choice(["AND", "AND", "OR"]), "matchers": matchers}


def _rule(random: Random, depth: int) -> dict[str, Any]:
    kinds = ["plain", "plain", "sized", "regex", "include", "moment", "values"]
    kind = random.choice([*kinds, *(["eachKey", "eachValue", "arrayContains"] * (depth < 1))])
    if kind == "sized":
        sizes = {"min": random.randint(0, 2), "max": random.randint(1, 3)}
        chosen = random.sample(sorted(sizes), random.randint(1, 2))
        return {"match": "type", **{key: sizes[key] for key in chosen}}
    if kind == "moment":
        name = random.choice(sorted(FORMATS))
        pattern = random.choice(FORMATS[name])
        return {"match": name, **({"format": pattern} if pattern else {})}
    if kind in {"eachKey", "eachValue"}:
        return {"match": kind, "rules": [_rule(random, depth + 1)]}
    if kind == "arrayContains":
        return {"match": kind, "variants": _variants(random, depth)}
    more = {"regex": random.choice(REGEXES)} if kind == "regex" else {}
    more |= {"value": random.choice(["a", "1", "é", "."])} if kind == "include" else {}
    return {"match": random.choice(PLAIN) if kind == "plain" else kind, **more}


def _variants(random: Random, depth: int) -> Json:
    paths = ["$", "$.a", "$.*", "$[*]"]
    return [
        {"index": index, "rules": {random.choice(paths): _rules(random, depth + 1)}}
        for index in range(random.randint(1, 2))
    ]


def _near(random: Random, value: Json) -> Json:
    for _ in range(random.choice([0, 0, 0, 1, 1, 2])):
        value = _changed(random, value)
    return value


def _changed(random: Random, value: Json) -> Json:
    if isinstance(value, dict) and value and random.random() < 0.8:
        key = random.choice(sorted(value))
        if random.random() < 0.15:
            return {each: value[each] for each in value if each != key}
        return {**value, key: _changed(random, value[key])}
    if isinstance(value, dict):
        return {**value, random.choice(KEYS): random.choice(SCALARS)}
    if isinstance(value, list) and value and random.random() < 0.8:
        index = random.randrange(len(value))
        if random.random() < 0.2:
            return value[:index] + value[index + 1 :]
        return [*value[:index], _changed(random, value[index]), *value[index + 1 :]]
    if isinstance(value, list):
        return [*value, random.choice([*value, *SCALARS])]
    return random.choice([*SCALARS, {}, [], [1], {"a": 1}])


def _ambiguous(made: Pair) -> bool:
    lists = category(made.rules).lists
    for place, value in [*_places(made.example), *_places(made.value)]:
        weights = [weight for each in lists if (weight := each.path.weight(place)) is not None]
        exact = sum(each.path.is_exact(place) and bool(each.path.weight(place)) for each in lists)
        if weights.count(max(weights, default=0)) > 1 or (exact > 1 and isinstance(value, dict)):
            return True
    return False
