"""A schema's shape and an example, walked through together by the laws of the native matcher.

What comes out are doubts: places at which it isn't proven that every value of the shape is taken,
each with values that may show that one isn't. No doubt at all is a proof. The laws are those of
`matching.json`, step by step; where that one changes, this one has to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact import values
from stagepact.pact.compare import surely
from stagepact.pact.compare.making import (
    Maker,
    Spot,
    is_nothing,
    is_unsaid,
    item_of,
    value_of,
)
from stagepact.pact.matching.json import (
    OF_VALUES,
    OPENING,
    each_value_rules,
    json_mismatches,
)
from stagepact.pact.rules import Category, Chosen, Rule
from stagepact.schema.shape import Anything, Arrays, Objects, Shape, Texts, Values

_OTHER_KEY = "other"


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """A place at which a value may be refused, and parts that may show it.

    Of what is `unsaid`, nothing is known: no value is to show anything.
    """

    spot: Spot
    parts: Callable[[], Iterator[Any]] = lambda: iter(())
    unsaid: bool = False


def doubts(maker: Maker, shape: Shape, expected: Json, rules: Category) -> Iterator[Doubt]:
    """Where it isn't proven that all values of a shape are taken."""
    return _Walk(maker, rules).at(Spot.root(), shape, expected)


class _Walk:
    """The walk under one set of rules; those of `eachValue` are another set."""

    def __init__(self, maker: Maker, rules: Category) -> None:
        self._maker = maker
        self._rules = rules

    def at(self, spot: Spot, shape: Shape, expected: Json) -> Iterator[Doubt]:
        """The doubts of one place and what is below it."""
        for node in self._maker.nodes(shape):
            if isinstance(node, Anything):
                yield Doubt(spot, unsaid=True)
            elif isinstance(node, Values):
                yield from self._listed(spot, node, expected)
            elif isinstance(expected, dict) and isinstance(node, Objects):
                yield from self._mapping(spot, node, expected)
            elif isinstance(expected, list) and isinstance(node, Arrays):
                yield from self._list(spot, node, expected)
            elif isinstance(expected, dict | list) or not self._is_sure(spot, node, expected):
                yield self._doubt(spot, node, expected)

    def _is_sure(self, spot: Spot, node: Shape, expected: Json) -> bool:
        chosen = self._rules.best(spot.place)
        return chosen is not None and surely.of_scalars(chosen.rules, expected, node)

    def _listed(self, spot: Spot, node: Values, expected: Json) -> Iterator[Doubt]:
        refused = [each for each in node.values if self._refuses(spot, expected, each)]
        if refused:
            yield Doubt(spot, lambda: iter(refused))

    def _refuses(self, spot: Spot, expected: Json, value: Json) -> bool:
        return bool(json_mismatches(expected, value, self._rules, at=spot.place))

    def _doubt(self, spot: Spot, node: Shape, expected: Json) -> Doubt:
        """The values of a node that are refused at this place."""

        def parts() -> Iterator[Any]:
            for value in (*self._witnesses(spot, node), *self._values(node)):
                if self._refuses(spot, expected, value):
                    yield value

        return Doubt(spot, parts)

    def _values(self, node: Shape) -> Iterator[Any]:
        yield from self._maker.edges(node)
        yield from self._maker.drawn(node)

    def _witnesses(self, spot: Spot, node: Shape) -> Iterator[str]:
        """Texts that algebra finds."""
        chosen = self._rules.best(spot.place) if isinstance(node, Texts) else None
        for rule in chosen.rules.rules if chosen else ():
            if rule.kind == "regex" and isinstance(node, Texts):
                text = surely.refused_text(rule, node)
                yield from () if text is None else (text,)

    # -- mappings ------------------------------------------------------------------------------

    def _mapping(self, spot: Spot, node: Objects, expected: dict[str, Json]) -> Iterator[Doubt]:
        chosen = self._rules.best(spot.place)
        if chosen is None:
            yield from self._keys(spot, node, expected)
            yield from self._shared(spot, node, expected)
            return
        is_walked = False
        for rule in chosen.rules.rules:
            if rule.kind in OF_VALUES and not chosen.cascaded:
                yield from self._each_value(spot, rule, node, expected)
                continue
            if not surely.of_mappings(_met(rule, chosen), node):
                yield self._doubt(spot, node, expected)
            if not is_walked:
                yield from self._keys(spot, node, expected)
                yield from self._shared(spot, node, expected)
            is_walked = True

    def _keys(self, spot: Spot, node: Objects, expected: dict[str, Json]) -> Iterator[Doubt]:
        exact = self._rules.exact(spot.place)
        if exact is None or not any(rule.kind in OPENING for rule in exact.rules):
            for key in expected:
                if key not in node.required:
                    yield self._missing(spot, node, key)
        best = self._rules.best(spot.place) if exact else None
        for rule in best.rules.rules if best else ():
            if rule.kind == "eachKey" and not self._has_sure_keys(rule, node):
                yield self._doubt(spot, node, expected)

    def _missing(self, spot: Spot, node: Objects, key: str) -> Doubt:
        beside = Spot((*spot.place, key), spot.whole)
        if is_unsaid(node):
            return Doubt(beside, unsaid=True)
        return Doubt(beside, partial(self._maker.without, node, key))

    def _has_sure_keys(self, rule: Rule, node: Objects) -> bool:
        """Whether all keys that a mapping may have are what they have to be."""
        for each in rule.rules:
            check = values.TEXTS.get(each.kind)
            if check is None:
                return False
            if not all(check(each, "", key) for key in (*node.required, *node.optional)):
                return False
        return node.extra is None or self._has_sure_others(rule, node)

    def _has_sure_others(self, rule: Rule, node: Objects) -> bool:
        extra = node.extra
        if extra is None:
            return True
        shapes = [extra.matching(pattern) for pattern, _ in extra.patterns]
        if extra.has_others:
            if not isinstance(extra.names, Texts):
                return all(each.kind == "type" for each in rule.rules)
            shapes.append(extra.names)
        sure = (surely.of_text(each, shape) for shape in shapes for each in rule.rules)
        return all(sure)

    def _shared(self, spot: Spot, node: Objects, expected: dict[str, Json]) -> Iterator[Doubt]:
        for key, value in expected.items():
            shape = value_of(node, key)
            if not is_nothing(shape):
                yield from self.at(self._maker.in_object(spot, node, key), shape, value)

    def _each_value(
        self, spot: Spot, rule: Rule, node: Objects, expected: dict[str, Json]
    ) -> Iterator[Doubt]:
        if not expected:
            return
        inner = self._inside(spot, rule) if rule.kind == "eachValue" else self
        first = expected[min(expected)]
        others = () if node.extra is None else (*expected, _OTHER_KEY)
        for key in dict.fromkeys((*node.required, *node.optional, *others)):
            shape = value_of(node, key)
            if not is_nothing(shape):
                there = self._maker.in_object(spot, node, key)
                yield from inner.at(there, shape, expected.get(key, first))

    def _inside(self, spot: Spot, rule: Rule) -> _Walk:
        return _Walk(self._maker, each_value_rules(spot.place, rule))

    # -- lists ---------------------------------------------------------------------------------

    def _list(self, spot: Spot, node: Arrays, expected: list[Json]) -> Iterator[Doubt]:
        chosen = self._rules.best(spot.place)
        if chosen is None:
            if not node.min_items == node.max_items == len(expected):
                yield self._doubt(spot, node, expected)
            yield from self._items(spot, node, expected, len(expected))
            return
        if not expected:
            return
        found = [
            [*self._by_rule(spot, rule, chosen, node, expected)] for rule in chosen.rules.rules
        ]
        if not chosen.rules.any_of or all(found):
            for each in found:
                yield from each

    def _by_rule(
        self, spot: Spot, rule: Rule, chosen: Chosen, node: Arrays, expected: list[Json]
    ) -> Iterator[Doubt]:
        if rule.kind == "arrayContains":
            yield self._doubt(spot, node, expected)
            return
        if rule.kind == "eachValue":
            if not chosen.cascaded:
                yield from self._inside(spot, rule)._alike(spot, node, expected)
            return
        if not surely.of_lists(_met(rule, chosen), node):
            yield self._doubt(spot, node, expected)
        yield from self._alike(spot, node, expected)

    def _alike(self, spot: Spot, node: Arrays, expected: list[Json]) -> Iterator[Doubt]:
        reach = max(len(expected), len(node.first), self._last_index + 1)
        yield from self._items(spot, node, expected, reach + 1)
        for index in range(node.min_items, len(expected)):
            if self._rules.best((*spot.place, index)) is None:
                yield self._doubt(spot, node, expected)
                return

    def _items(self, spot: Spot, node: Arrays, expected: list[Json], count: int) -> Iterator[Doubt]:
        """Items one by one; where no rule names an index, equal examples are walked once."""
        seen: set[tuple[int, str]] = set()
        for index in range(count):
            shape = item_of(node, index)
            if is_nothing(shape):
                continue
            example = expected[index] if index < len(expected) else expected[0]
            known = (id(shape), repr(example))
            if self._last_index < 0 and known in seen:
                continue
            seen.add(known)
            yield from self.at(self._maker.in_array(spot, node, index), shape, example)

    @property
    def _last_index(self) -> int:
        """The largest index that a path of the rules may name; -1 where none does."""
        names = (token.name for each in self._rules.lists for token in each.path.tokens)
        return max((min(int(name), 50) for name in names if name.isdecimal()), default=-1)


def _met(rule: Rule, chosen: Chosen) -> Rule:
    return rule.below() if chosen.cascaded else rule
