"""Hypothesis strategies of JSON values: what an example and the rules for its places accept.

The walk is that of `matching.json`, over the example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hypothesis import strategies as st

from stagepact.contract.source import Json
from stagepact.pact import values
from stagepact.pact.fuzzing.scalars import EXTRA, MORE, TEXTS, Strategy, leaf, scalar
from stagepact.pact.matching.json import each_value_rules, json_mismatches
from stagepact.pact.path import Place
from stagepact.pact.rules import Category, Chosen, Rule

_BOUNDED = 10
"""So many items or entries more than the example has, where a rule has a bound."""


def json_values(example: Json, rules: Category) -> Strategy:
    """All JSON values that an example and the rules for its places accept."""
    drawn = _value((), example, rules)
    return drawn.filter(lambda each: not json_mismatches(example, each, rules))


def _value(at: Place, example: Json, rules: Category) -> Strategy:
    if isinstance(example, dict):
        return _mapping(at, example, rules)
    if isinstance(example, list):
        return _list(at, example, rules)
    return leaf(example, rules.best(at))


@dataclass(frozen=True, slots=True)
class _Size:
    """How many items or entries there may be."""

    least: int
    most: int

    @classmethod
    def of(cls, chosen: Chosen, length: int) -> _Size:
        rules = () if chosen.cascaded else chosen.rules.rules
        sized = [rule for rule in rules if rule.kind == "type"]
        least = max((rule.least or 0 for rule in sized), default=0)
        if any(rule.kind == "notEmpty" for rule in chosen.rules.rules):
            least = max(least, 1)
        bounds = [rule.most for rule in sized if rule.most is not None]
        more = _BOUNDED if bounds else MORE
        most = min([*bounds, max(length, least) + more])
        return cls(least, max(least, most))


def _mapping(at: Place, example: Mapping[str, Json], rules: Category) -> Strategy:
    chosen = rules.best(at)
    if chosen is not None and any(rule.kind == "equality" for rule in chosen.rules.rules):
        return st.just(dict(example))
    exact = rules.exact(at)
    opening = [rule for rule in (exact.rules if exact else ()) if rule.kind in _OPENING]
    if chosen is not None and opening and not chosen.cascaded:
        return _open_mapping(at, example, rules, chosen)
    own = {key: _value((*at, key), value, rules) for key, value in example.items()}
    known = frozenset(example)
    room = _Size.of(chosen, len(example)).most - len(example) if chosen else MORE
    others = TEXTS.filter(lambda key: key not in known)
    more = st.dictionaries(others, EXTRA, max_size=max(0, min(2, room)))
    return st.builds(lambda given, extra: {**given, **extra}, st.fixed_dictionaries(own), more)


_OPENING = frozenset({"values", "eachValue", "eachKey"})


def _open_mapping(
    at: Place, example: Mapping[str, Json], rules: Category, chosen: Chosen
) -> Strategy:
    """A mapping whose keys aren't those of the example."""
    every = chosen.rules.rules
    keys = _keys(example, [each for rule in every if rule.kind == "eachKey" for each in rule.rules])
    size = _Size.of(chosen, len(example))
    if not example:
        return st.dictionaries(keys, EXTRA, min_size=size.least, max_size=size.most)
    inner = _below(at, rules, every)
    valued = _Places(at, example, example[min(example)], inner)
    return _entries(st.lists(keys, unique=True, min_size=size.least, max_size=size.most), valued)


@dataclass
class _Places:
    """What is drawn at each place directly below one; made once for all that are alike."""

    at: Place
    examples: Mapping[Any, Json]
    otherwise: Json
    rules: Category
    made: dict[Any, Strategy] = field(default_factory=dict)

    def __getitem__(self, step: str | int) -> Strategy:
        named = step in self.examples or str(step) in _named(self.rules)
        key = step if named else type(step)
        if key not in self.made:
            example = self.examples.get(step, self.otherwise)
            self.made[key] = _value((*self.at, step), example, self.rules)
        return self.made[key]


@lru_cache(maxsize=64)
def _named(rules: Category) -> frozenset[str]:
    """The steps that paths of rules name, at whatever depth."""
    return frozenset(token.name for each in rules.lists for token in each.path.tokens)


@st.composite
def _entries(draw: st.DrawFn, keys: Strategy, valued: _Places) -> dict[str, Json]:
    return {key: draw(valued[key]) for key in draw(keys)}


@st.composite
def _items(draw: st.DrawFn, size: _Size, valued: _Places) -> list[Json]:
    return [draw(valued[index]) for index in range(draw(st.integers(size.least, size.most)))]


def _below(at: Place, rules: Category, every: Sequence[Rule]) -> Category:
    each = next((rule for rule in every if rule.kind == "eachValue"), None)
    return rules if each is None else each_value_rules(at, each)


def _keys(example: Mapping[str, Json], rules: Sequence[Rule]) -> Strategy:
    made = [scalar("", rule).map(values.text_of) for rule in rules] or [TEXTS]
    own = [st.sampled_from(sorted(example))] if example else []
    return st.one_of(*own, *made)


def _list(at: Place, example: Sequence[Json], rules: Category) -> Strategy:
    chosen = rules.best(at)
    if chosen is None:
        return st.tuples(*(_value((*at, i), each, rules) for i, each in enumerate(example))).map(
            list
        )
    if not example:
        return st.lists(EXTRA, max_size=MORE)
    every = chosen.rules.rules
    if any(rule.kind == "equality" for rule in every):
        return st.just(list(example))
    containing = next((rule for rule in every if rule.kind == "arrayContains"), None)
    if containing is not None:
        return _containing(example, containing)
    inner = rules if chosen.cascaded else _below(at, rules, every)
    size = _Size.of(chosen, len(example))
    return _items(size, _Places(at, dict(enumerate(example)), example[0], inner))


def _containing(example: Sequence[Json], rule: Rule) -> Strategy:
    """Lists with an item for each variant, and others, in any order."""
    variants = [
        _value((), example[each.index], each.rules)
        for each in rule.variants
        if each.index < len(example)
    ]
    if not rule.variants:
        variants = [st.just(each) for each in example]
    others = st.lists(EXTRA, max_size=2)
    joined = st.builds(lambda own, more: [*own, *more], st.tuples(*variants), others)
    return joined.flatmap(st.permutations)
