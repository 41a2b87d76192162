"""Values of a shape and of what holds it: what may be a counterexample, never what must be one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Any

from stagepact.schema.candidates import Plainest
from stagepact.schema.normalise import SchemaError
from stagepact.schema.prepared import Prepared
from stagepact.schema.sampler import Draw, draw_of
from stagepact.schema.shape import (
    BOOLEANS,
    NOTHING,
    NULL,
    Anything,
    Arrays,
    Checked,
    Either,
    Extra,
    Integers,
    Named,
    Numbers,
    Objects,
    Shape,
    Shapes,
    Texts,
    Values,
)

DRAWS = 200
"""So many values are drawn of one place where nothing is proven."""
TIERS = 4
"""So many surroundings are tried for a value: the plainest one, then drawn ones."""

INTEROPERABLE = 2**53 - 1
"""Beyond it, readers of JSON don't agree on whole numbers (RFC 8259, section 6)."""

_ODD_KEYS = ("", "a", "A", "0", "-1", "a b", "a-b", "a_b", "é")
_EVERYTHING: tuple[Shape, ...] = (
    NULL,
    BOOLEANS,
    Numbers(),
    Texts(),
    Arrays((), Anything()),
    Objects({}, {}, Extra(others=Anything())),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a whole value: its steps, and how to make whole values with a part there."""

    place: tuple[str | int, ...]
    whole: Callable[[Any, int], Any]
    """Of a part and a tier."""

    @classmethod
    def root(cls) -> Spot:
        """The whole value."""
        return cls((), lambda value, tier: value)


class Maker:
    """Makes values of the shapes of one schema."""

    def __init__(self, ready: Prepared) -> None:
        self._ready = ready
        self._draws: dict[int, tuple[Shape, Draw | None]] = {}

    def nodes(self, shape: Shape) -> Iterator[Shape]:
        """The alternatives of a shape, without names and checks: together they admit no less.

        `Anything` stays itself: nothing is said of it.
        """
        seen: set[str] = set()
        open_ends = [shape]
        while open_ends:
            each = open_ends.pop()
            match each:
                case Named(name):
                    open_ends += [] if name in seen else [self._ready.shapes.named[name]]
                    seen.add(name)
                case Either(branches):
                    open_ends += reversed(branches)
                case Checked(Anything(), _):
                    open_ends += reversed(_EVERYTHING)
                case Checked(inner, _):
                    open_ends.append(inner)
                case Integers():
                    yield _interoperable(each)
                case Objects(extra=Extra(asked=False)):
                    yield replace(each, extra=None)
                case _:
                    yield each

    def plain(self, shape: Shape, tier: int = 0) -> Any:
        """A value of a shape: the plainest one, or one drawn.

        Raises:
            SchemaError: there is none, or it can't be found.
        """
        draw = self._draw(shape)
        if draw is None:
            raise SchemaError("there is no such value")
        return draw(Plainest() if tier == 0 else Random(tier))

    def drawn(self, shape: Shape) -> Iterator[Any]:
        """Values of a shape, the plainest first, the same ones at every call."""
        draw = self._draw(shape)
        if draw is None:
            return
        random = Random(0)
        for source in (Plainest(), *[random] * (DRAWS - 1)):
            try:
                yield draw(source)
            except SchemaError:  # chance would have it
                continue

    def edges(self, shape: Shape) -> Iterator[Any]:
        """What is often forgotten of a shape: its ends, fractions, what is empty."""
        with suppress(SchemaError):  # a part of it has no value
            yield from self._edges(shape)

    def _edges(self, shape: Shape) -> Iterator[Any]:
        if isinstance(shape, Integers):
            ends = (0, 1, -1, shape.minimum, shape.maximum)
            yield from (each for each in ends if each is not None)
        elif isinstance(shape, Numbers):
            yield from (0, 0.5, 1, -0.5)
        elif isinstance(shape, Texts):
            yield from ("", "a" * shape.min_length, "a" * (shape.max_length or 0))
        elif isinstance(shape, Arrays):
            yield from self._sized(shape)
        elif isinstance(shape, Objects) and shape.extra is not None:
            held = self.plain(shape.extra.others)
            yield from ({**self.plain(shape), key: held} for key in _ODD_KEYS)

    def in_object(self, spot: Spot, shape: Objects, key: str) -> Spot:
        """The spot of a key's value."""

        def whole(value: Any, tier: int) -> Any:
            held = self.plain(shape, tier)
            return spot.whole({**held, key: value}, tier)

        return Spot((*spot.place, key), whole)

    def in_array(self, spot: Spot, shape: Arrays, index: int) -> Spot:
        """The spot of an item."""

        def whole(value: Any, tier: int) -> Any:
            size = max(index + 1, shape.min_items)
            items = [
                value if at == index else self.plain(item_of(shape, at), tier + at * bool(tier))
                for at in range(size)
            ]
            return spot.whole(items, tier)

        return Spot((*spot.place, index), whole)

    def without(self, shape: Objects, key: str) -> Iterator[Any]:
        """Objects of a shape that lack a key which they needn't have."""
        optional = {name: each for name, each in shape.optional.items() if name != key}
        lacking = replace(shape, optional=optional)
        yield from (each for each in islice(self.drawn(lacking), TIERS) if key not in each)

    def _sized(self, shape: Arrays) -> Iterator[Any]:
        most = shape.min_items + 2 if shape.max_items is None else shape.max_items
        for size in dict.fromkeys((shape.min_items, shape.min_items + 1, most)):
            if size <= min(most, max(shape.min_items + 2, 8)):
                yield [self.plain(item_of(shape, index)) for index in range(size)]

    def _draw(self, shape: Shape) -> Draw | None:
        known = self._draws.get(id(shape))
        if known is None:  # the shape is kept, so that its identity stays its own
            known = self._draws[id(shape)] = (shape, self._compiled(shape))
        return known[1]

    def _compiled(self, shape: Shape) -> Draw | None:
        whole = Shapes(shape, self._ready.shapes.named)
        rank = whole.rank(shape)
        if rank == float("inf"):
            return None
        return draw_of(Prepared(whole, int(rank) + 2, bool))


def item_of(shape: Arrays, index: int) -> Shape:
    """The shape of an item; none at all where the list can't be so long."""
    if shape.max_items is not None and index >= shape.max_items:
        return NOTHING
    return shape.item(index)


def value_of(shape: Objects, key: str) -> Shape:
    """The shape of a key's value; none at all where the key can't be there."""
    for declared in (shape.required, shape.optional):
        if key in declared:
            return declared[key]
    if shape.extra is None:
        return NOTHING
    return Either((*(each for _, each in shape.extra.patterns), shape.extra.others))


def is_unsaid(shape: Objects) -> bool:
    """Whether a shape says nothing of the keys that it doesn't need: no properties, no others."""
    extra = shape.extra
    if extra is None or extra.patterns or extra.names is not None or shape.optional:
        return False
    said = (each for each in shape.required.values() if not isinstance(each, Anything))
    return isinstance(extra.others, Anything) and not any(True for _ in said)


def is_nothing(shape: Shape) -> bool:
    """Whether a shape says at once that it admits nothing."""
    if isinstance(shape, Either):
        return all(map(is_nothing, shape.branches))
    return isinstance(shape, Values) and not shape.values


def _interoperable(shape: Integers) -> Integers:
    """Whole numbers that nobody bounded are those that every reader of JSON understands."""
    least = -INTEROPERABLE if shape.minimum is None else shape.minimum
    most = INTEROPERABLE if shape.maximum is None else shape.maximum
    return replace(shape, minimum=least, maximum=most)
