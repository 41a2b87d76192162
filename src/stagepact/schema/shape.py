"""What a schema admits, as a tree of frozen nodes: the one form that all makers of values read.

A shape knows no keyword and no reference to a document. Whatever a node can't say exactly stands
in a `Checked`, whose schema has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import takewhile
from math import inf
from typing import Any, TypeAlias

from stagepact.schema.normalise import JsonSchema


@dataclass(frozen=True, slots=True)
class Anything:
    """Every JSON value."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One of finitely many values; of none: nothing at all."""

    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Integers:
    """Whole multiples of `step` from `minimum` to `maximum`, both included."""

    minimum: int | None = None
    maximum: int | None = None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Numbers:
    """Multiples of `step`, if any, within bounds; whole numbers among them unless `fractional`."""

    minimum: Fraction | None = None
    maximum: Fraction | None = None
    open_minimum: bool = False
    open_maximum: bool = False
    step: Fraction | None = None
    fractional: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of a length (in code points) that match all patterns and none of the excluded ones."""

    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    excluded_patterns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """Lists: `first` stand at the front, `rest` is each further item; `wanted` occur somewhere.

    No two items are equal where they have to be `distinct`, some are where they are `repeated`.
    """

    first: tuple[Shape, ...]
    rest: Shape
    min_items: int = 0
    max_items: int | None = None
    distinct: bool = False
    repeated: bool = False
    wanted: tuple[tuple[Shape, int], ...] = ()

    def item(self, index: int) -> Shape:
        """The shape of an item, however long a list may be."""
        return self.first[index] if index < len(self.first) else self.rest


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """Objects: what must be there, what may be there, and what else may be (`extra`, by `names`).

    `extra` holds the shapes of keys that aren't declared: by pattern, then those of all others.
    Without it there are no other keys.
    """

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape]
    extra: Extra | None = None
    min_properties: int = 0
    max_properties: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Extra:
    """Keys beside the declared ones: those that match a pattern, and any others."""

    patterns: tuple[tuple[str, Shape], ...] = ()
    others: Shape = Values()
    names: Shape | None = None
    asked: bool = True
    """Whether the schema speaks of them; else they are merely not forbidden."""

    def matching(self, pattern: str) -> Texts:
        """The keys that match a pattern and are what all names have to be, where texts say it."""
        names = self._spelt
        named = next((each for each in names if pattern in each.patterns), None)
        if named is not None:
            return named
        only = names[0] if len(names) == 1 else Texts()
        return replace(only, patterns=(pattern, *only.patterns))

    @property
    def has_others(self) -> bool:
        """Whether there may be keys that match none of the patterns."""
        texts = {text for text, _ in self.patterns}
        is_closed = bool(self._spelt) and all(texts & {*each.patterns} for each in self._spelt)
        return self.others != Values() and not is_closed

    @property
    def _spelt(self) -> tuple[Texts, ...]:
        """What names have to be, if it is said by texts only."""
        branches = self.names.branches if isinstance(self.names, Either) else (self.names,)
        texts = tuple(each for each in branches if isinstance(each, Texts))
        return texts if len(texts) == len(branches) else ()


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    """What any of the branches admits."""

    branches: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What the shape of this name admits; how shapes recur."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """Those values of a shape that are also valid under a schema, which stands alone."""

    shape: Shape
    schema: JsonSchema


Shape: TypeAlias = (
    Anything | Values | Integers | Numbers | Texts | Arrays | Objects | Either | Named | Checked
)

NOTHING = Values()
NULL = Values((None,))
BOOLEANS = Values((False, True))


def parts(shape: Shape) -> Iterator[tuple[Shape, bool]]:
    """The shapes directly in a shape, each with whether every value needs it."""
    match shape:
        case Arrays():
            for index, part in enumerate(shape.first):
                yield part, index < shape.min_items
            yield shape.rest, shape.min_items > len(shape.first)
            for part, least in shape.wanted:
                yield part, least > 0
        case Objects():
            for part in shape.required.values():
                yield part, True
            for part in shape.optional.values():
                yield part, False
            if shape.extra is not None:
                yield from ((part, False) for part in extra_parts(shape.extra))
        case Either():
            yield from ((part, False) for part in shape.branches)
        case Checked():
            yield shape.shape, True


def extra_parts(extra: Extra) -> Iterator[Shape]:
    """The shapes of values in keys that aren't declared."""
    yield from (part for _, part in extra.patterns)
    yield extra.others


@dataclass(frozen=True)
class Shapes:
    """A shape with all those that it names."""

    root: Shape
    named: Mapping[str, Shape] = field(default_factory=dict)

    def rank(self, shape: Shape) -> float:
        """How many recursive names every value needs at least, one within the other.

        0 where there is a value without any, inf where there is no finite value.
        """
        known = self._known
        if id(shape) not in known:
            known[id(shape)] = (shape, self._rank(shape, self._ranks))
        return known[id(shape)][1]

    @cached_property
    def _known(self) -> dict[int, tuple[Shape, float]]:
        """By identity, a shape (which keeps the identity its own) and its rank."""
        return {}

    def _rank(self, shape: Shape, ranks: Mapping[str, float]) -> float:
        match shape:
            case Values(()):
                return inf
            case Named(name):
                return ranks[name] + (name in self.recursive)
            case Either():
                return min((self._rank(each, ranks) for each in shape.branches), default=inf)
        needed = (part for part, is_needed in parts(shape) if is_needed)
        least = max((self._rank(part, ranks) for part in needed), default=0)
        return max(least, self._rank_of_more(shape, ranks)) if isinstance(shape, Objects) else least

    def _rank_of_more(self, shape: Objects, ranks: Mapping[str, float]) -> float:
        """What the optional properties need that make an object as large as it has to be."""
        missing = shape.min_properties - len(shape.required)
        if missing <= 0:
            return 0
        found = sorted(self._rank(part, ranks) for part in shape.optional.values())
        extra = () if shape.extra is None else extra_parts(shape.extra)
        others = min((self._rank(part, ranks) for part in extra), default=inf)
        return min(found[missing - 1], others) if missing <= len(found) else others

    def pruned(self, shape: Shape, room: int) -> Shape:
        """The shape without what needs more than so many recursive names, one in the other.

        It still admits a value where its own rank allows for one.
        """
        match shape:
            case Either():
                fitting = tuple(each for each in shape.branches if self.rank(each) <= room)
                return replace(shape, branches=fitting)
            case Arrays():
                return self._pruned_array(shape, room)
            case Objects():
                optional = {k: v for k, v in shape.optional.items() if self.rank(v) <= room}
                return replace(shape, optional=optional, extra=self._pruned_extra(shape, room))
        return shape

    def _pruned_array(self, shape: Arrays, room: int) -> Arrays:
        first = tuple(takewhile(lambda part: self.rank(part) <= room, shape.first))
        wanted = tuple((part, n) for part, n in shape.wanted if n and self.rank(part) <= room)
        if len(first) == len(shape.first) and self.rank(shape.rest) <= room:
            return replace(shape, wanted=wanted)
        most = len(first) if shape.max_items is None else min(len(first), shape.max_items)
        return replace(shape, first=first, rest=NOTHING, max_items=most, wanted=wanted)

    def _pruned_extra(self, shape: Objects, room: int) -> Extra | None:
        extra = shape.extra
        if extra is None:
            return None
        patterns = tuple((text, part) for text, part in extra.patterns if self.rank(part) <= room)
        others = extra.others if self.rank(extra.others) <= room else NOTHING
        if not patterns and others is NOTHING:
            return None
        return replace(extra, patterns=patterns, others=others)

    def needed(self) -> Iterator[Shape]:
        """The shapes that every value needs."""
        seen: set[str] = set()
        open_ends = [self.root]
        while open_ends:
            shape = open_ends.pop()
            yield shape
            open_ends += [part for part, needed in parts(shape) if needed]
            if isinstance(shape, Named) and shape.name not in seen:
                seen.add(shape.name)
                open_ends.append(self.named[shape.name])

    @cached_property
    def recursive(self) -> frozenset[str]:
        """The names that are reached from themselves."""
        return frozenset(cyclic({name: set(_names(part)) for name, part in self.named.items()}))

    @cached_property
    def _ranks(self) -> dict[str, float]:
        """By name, its rank; the least fixed point, from "no value at all" downwards."""
        ranks = dict.fromkeys(self.named, inf)
        changed = True
        while changed:
            changed = False
            for name, shape in self.named.items():
                rank = self._rank(shape, ranks)
                if rank < ranks[name]:
                    ranks[name], changed = rank, True
        return ranks


def _names(shape: Shape) -> Iterator[str]:
    """The names that a shape speaks of, itself included."""
    open_ends = [shape]
    while open_ends:
        part = open_ends.pop()
        if isinstance(part, Named):
            yield part.name
        open_ends += [inner for inner, _ in parts(part)]


def cyclic(arrows: Mapping[str, set[str]]) -> set[str]:
    """The nodes of a graph that lie on a cycle."""
    knots = _Knots(arrows)
    for start in arrows:
        if start not in knots.index:
            knots.walk(start)
    return knots.found


class _Knots:
    """The strongly connected components of a graph (Tarjan 1972, without recursion)."""

    def __init__(self, arrows: Mapping[str, set[str]]) -> None:
        self.arrows = arrows
        self.index: dict[str, int] = {}
        self.found: set[str] = set()
        self._low: dict[str, int] = {}
        self._stack: list[str] = []
        self._work: list[tuple[str, Iterator[str]]] = []

    def walk(self, start: str) -> None:
        """Look at all that can be reached from a node."""
        self._enter(start)
        while self._work:
            node, rest = self._work[-1]
            target = self._unseen(node, rest)
            if target is None:
                self._leave(node)
            else:
                self._enter(target)

    def _enter(self, node: str) -> None:
        self.index[node] = self._low[node] = len(self.index)
        self._stack.append(node)
        self._work.append((node, iter(sorted(self.arrows[node]))))

    def _unseen(self, node: str, rest: Iterator[str]) -> str | None:
        for target in rest:
            if target not in self.index:
                return target
            if target in self._stack:
                self._low[node] = min(self._low[node], self.index[target])
        return None

    def _leave(self, node: str) -> None:
        self._work.pop()
        if self._work:
            above = self._work[-1][0]
            self._low[above] = min(self._low[above], self._low[node])
        if self._low[node] == self.index[node]:
            at = self._stack.index(node)
            knot, self._stack[at:] = self._stack[at:], []
            if len(knot) > 1 or node in self.arrows[node]:
                self.found.update(knot)
