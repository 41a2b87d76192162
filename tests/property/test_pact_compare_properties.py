"""The comparison of schemas with matchers is sound, and finds what plain values find."""

from __future__ import annotations

import random as chance
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pact_pairs import SCALARS, category, pair

from stagepact.contract.document import Document
from stagepact.contract.models import Contract
from stagepact.contract.source import Json, Source
from stagepact.pact.compare.bodies import Compared, compare_json, spread
from stagepact.pact.compare.making import INTEROPERABLE
from stagepact.pact.making.made import made
from stagepact.pact.making.spots import Spots
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.rules import Category
from stagepact.pact.undecided import Undecided
from stagepact.schema.normalise import SchemaError, closed
from stagepact.schema.samples import sample
from stagepact.schema.validate import Validator

SAMPLES = 60
CONTRACT = Contract(name="own")
NOWHERE = Document("own.yaml", Path("own.yaml"), CONTRACT, Source("own.yaml", None, {}))


def schema_around(random: chance.Random, example: Json) -> Any:
    """A schema that the example is valid under, or nearly."""
    if random.random() < 0.06:
        return random.choice([True, {"type": "object"}, {"type": "string"}, {"type": "integer"}])
    if isinstance(example, dict):
        return _nullable(random, _object(random, example))
    if isinstance(example, list):
        return _nullable(random, _array(random, example))
    return _scalar(random, example)


def _nullable(random: chance.Random, schema: dict[str, Any]) -> Any:
    return {"anyOf": [schema, {"type": "null"}]} if random.random() < 0.08 else schema


def _object(random: chance.Random, example: dict[str, Json]) -> dict[str, Any]:
    kept = [key for key in example if random.random() < 0.95]
    found: dict[str, Any] = {
        "type": "object",
        "properties": {key: schema_around(random, example[key]) for key in kept},
        "required": [key for key in kept if random.random() < 0.85],
    }
    if random.random() < 0.2:
        found["properties"]["more"] = schema_around(random, random.choice(SCALARS))
    if random.random() < 0.2:
        some = random.choice([*example.values(), 1])
        found["additionalProperties"] = schema_around(random, some)
    return found


def _array(random: chance.Random, example: list[Json]) -> dict[str, Any]:
    some = random.choice(example) if example else random.choice(SCALARS)
    found: dict[str, Any] = {"type": "array", "items": schema_around(random, some)}
    if example and random.random() < 0.3:
        found["prefixItems"] = [schema_around(random, each) for each in example]
    if random.random() < 0.6:
        found["minItems"] = random.randint(0, len(example))
    if random.random() < 0.4:
        found["maxItems"] = random.randint(len(example), len(example) + 2)
    return found


def _scalar(random: chance.Random, value: Json) -> Any:
    kind = random.random()
    if kind < 0.2:
        return {"const": value}
    if kind < 0.4:
        listed = {repr(each): each for each in (value, random.choice(SCALARS))}
        return {"enum": [*listed.values()]}
    if isinstance(value, str):
        more = [{}, {"minLength": 1}, {"pattern": "^[a-z]+$"}, {"format": "date"}, {"maxLength": 3}]
        return {"type": "string", **random.choice(more)}
    if isinstance(value, bool) or value is None:
        return {"type": random.choice(["boolean", "null", ["boolean", "null"]])}
    if random.random() < 0.5:
        return {"type": "integer", **random.choice([{}, {"minimum": 0}, {"maximum": 9}])}
    return {"type": random.choice(["number", "number", ["number", "null"], ["string", "number"]])}


def refused(example: Json, value: Json, rules: Category) -> bool:
    return bool(json_mismatches(example, value, rules))


def interoperable(value: Json) -> bool:
    """Whether numbers are such as are made of a schema here: no 1.0, nothing beyond 2⁵³."""
    if isinstance(value, dict):
        return all(map(interoperable, value.values()))
    if isinstance(value, list):
        return all(map(interoperable, value))
    if isinstance(value, float) and not isinstance(value, bool):
        return not value.is_integer()
    return isinstance(value, bool) or not isinstance(value, int) or abs(value) <= INTEROPERABLE


def judge(seed: int) -> str:
    """What the comparison says of one schema and one pact, after it has been held to both."""
    random = chance.Random(seed)
    made = pair(random)
    schema, rules = schema_around(random, made.example), category(made.rules)
    try:
        found = compare_json(schema, made.example, rules)
        valid = [*islice(sample(closed(schema), seed), SAMPLES)]
    except SchemaError:
        return "no value"
    validator = Validator(closed(schema))
    for each in found.shown:
        assert validator.accepts(each.value), (seed, schema, each)
        assert refused(made.example, each.value, rules), (seed, schema, each)
    try:
        usual = (each for each in valid if interoperable(each))
        wrong = next((each for each in usual if refused(made.example, each, rules)), None)
    except Undecided:
        return "undecided"
    assert wrong is None or found.shown or found.reasons, (
        seed,
        schema,
        made.example,
        made.rules,
        wrong,
        found,
    )
    return said(found)


def said(found: Compared) -> str:
    if found.shown:
        return "incompatible"
    return "unknown" if found.reasons else "tried" if found.tried else "proven"


def _first_of(starts: range) -> list[Any]:
    """The first fast, the others slow."""
    return [pytest.param(each, marks=pytest.mark.slow if each else ()) for each in starts]


@pytest.mark.parametrize("start", _first_of(range(0, 600, 200)))
def test_what_is_shown_is_so_and_what_plain_values_show_is_found(start: int) -> None:
    counts: dict[str, int] = {}
    for seed in range(start, start + 200):
        answer = judge(seed)
        counts[answer] = counts.get(answer, 0) + 1
    assert counts["incompatible"] > 40, counts
    assert counts["proven"] > 10, counts


def own_pact(seed: int) -> str:
    """What is said of a provider whose schema is the one that the consumer's pact is made of."""
    random = chance.Random(seed)
    schema = schema_around(random, pair(random).example)
    try:
        pact = made(schema, Spots.of(NOWHERE, schema, ()))
        found = compare_json(schema, pact.example, category(pact.rules))
    except SchemaError:
        return "no value"
    told = {each.path for each in pact.lost if each.stricter}
    for each in found.shown:
        assert any(each.path.startswith(spread(path)) for path in told), (seed, schema, pact, each)
    return said(found)


@pytest.mark.parametrize("start", _first_of(range(0, 300, 100)))
def test_a_consumer_s_own_schema_is_compatible_but_for_what_was_told(start: int) -> None:
    answers = [own_pact(seed) for seed in range(start, start + 100)]
    assert answers.count("proven") + answers.count("tried") > 20, answers
