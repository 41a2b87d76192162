"""One value of a schema, the same each time: as small as may be, and as its writer has it.

Of objects there is only what is required, since Pact demands whatever is in an example. What a
schema gives by `const`, `examples`, `default` and the order of `enum` is taken where it fits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from random import Random
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.making.spots import Spots
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.prepared import Prepared, prepared
from stagepact.schema.sampler import draw_of, drawn
from stagepact.schema.shape import (
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
from stagepact.schema.texts import schema_of

REALISTIC: Mapping[str, str] = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "time": "03:04:05Z",
    "duration": "PT1M30S",
    "uuid": "6f1c1f0e-2b57-4c39-9a0a-2d6c5d1b7a11",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/1",
    "uri-reference": "/1",
    "iri": "https://example.com/1",
    "iri-reference": "/1",
    "json-pointer": "/id",
    "regex": "[a-z]+",
}
_SAMPLES = 60
_KINDS = ("text", "integer", "number", "boolean", "null", "object", "array")


def example_of(schema: JsonSchema, spots: Spots, name: str) -> Json:
    """A value of a schema that stands alone; texts about which nothing is said are `name`.

    Raises:
        SchemaError: the schema admits no value, or none that can be found.
    """
    whole = prepared(schema)
    for guided in (True, False):
        made = _Maker(whole, guided).make(whole.shapes.root, _At(spots, whole.room, name))
        if made is not _NONE and whole.accepts(made):
            value: Json = made
            return value
    found: Json = min(islice(drawn(whole, Random(0)), _SAMPLES), key=_size)
    return found


def _size(value: Json) -> tuple[int, str]:
    text = json.dumps(value, sort_keys=True)
    return len(text), text


class _None:
    """Nothing could be made."""


_NONE: Any = _None()


@dataclass(frozen=True, slots=True)
class _At:
    """A part of the value: its schemas, the room for recursion, its name, and what was given."""

    spots: Spots
    room: int
    name: str
    hints: tuple[Json, ...] = ()

    def below(self, spots: Spots, name: str, hints: Iterable[Json]) -> _At:
        return _At(spots, self.room, name, tuple(hints))


@dataclass(frozen=True, slots=True)
class _Maker:
    whole: Prepared
    guided: bool

    def make(self, shape: Shape, at: _At) -> Any:
        """A value of a shape, or `_NONE`."""
        if isinstance(shape, Named):
            room = at.room - (shape.name in self.whole.shapes.recursive)
            if room < 0:
                return _NONE
            return self.make(
                self.whole.shapes.named[shape.name], _At(at.spots, room, at.name, at.hints)
            )
        pruned = self.whole.shapes.pruned(shape, at.room)
        return _MAKERS[type(pruned)](self, pruned, at)

    def hints(self, at: _At) -> tuple[Json, ...]:
        """What is said of the value by annotations, from above or at its own schema."""
        if not self.guided:
            return ()
        own = [*at.spots.said("const")]
        for keyword in ("examples", "enum"):
            own += (
                each for said in at.spots.said(keyword) if isinstance(said, list) for each in said
            )
        own += (each for keyword in ("example", "default") for each in at.spots.said(keyword))
        return (*at.hints, *(each for each in own if each is not None))

    def first(self, at: _At, others: Iterable[Json], fits: Callable[[Json], bool]) -> Any:
        """The first of what is said, then of others, that fits."""
        for each in (*self.hints(at), *others):
            if fits(each):
                return each
        return _NONE

    def sampled(self, shape: Shape) -> Iterator[Json]:
        """Values by plain random code, the plainest of them first."""
        loose = Prepared(Shapes(shape, self.whole.shapes.named), self.whole.room, lambda _: True)
        draw, random = draw_of(loose), Random(0)
        found = [draw(random) for _ in range(_SAMPLES)]
        return iter(sorted(found, key=lambda each: (not _is_readable(each), *_size(each))))


def _is_readable(value: Json) -> bool:
    return not isinstance(value, str) or (value.isascii() and value.isprintable() and value != "")


def _anything(maker: _Maker, shape: Shape, at: _At) -> Any:
    scalar = (str, int, float, bool)
    found = maker.first(at, (), lambda each: isinstance(each, scalar))
    return None if found is _NONE else found


def _checked(maker: _Maker, shape: Checked, at: _At) -> Any:
    made = maker.make(shape.shape, at)
    try:
        accepts = compile_schema(shape.schema).accepts
    except SchemaError:
        return made
    if made is not _NONE and accepts(made):
        return made
    return next((each for each in maker.sampled(shape) if accepts(each)), _NONE)


def _either(maker: _Maker, shape: Either, at: _At) -> Any:
    """Of several kinds a text or number first: its rule can take all others, too."""
    shapes = maker.whole.shapes
    branches = sorted(shape.branches, key=lambda each: _rank(each, shapes))
    meant = {kind_of(each) for each in maker.hints(at) if not isinstance(each, dict | list)}
    branches.sort(key=lambda each: not (kinds(each, shapes) & meant))
    made = (maker.make(branch, at) for branch in branches)
    return next((each for each in made if each is not _NONE), _NONE)


def _rank(shape: Shape, shapes: Shapes) -> tuple[int, int]:
    found = kinds(shape, shapes)
    least = min((_KINDS.index(each) for each in found), default=len(_KINDS))
    return least, len(shape.required) if isinstance(shape, Objects) else 0


def kind_of(value: Json) -> str:
    """The kind of a value, as JSON Schema names them, texts being `text`."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return _NAMES.get(type(value), "null")


_NAMES: Mapping[type, str] = {str: "text", float: "number", dict: "object", list: "array"}


def kinds(shape: Shape, shapes: Shapes, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The kinds of the values that a shape admits."""
    match shape:
        case Named(name):
            if name in seen:
                return frozenset()
            return kinds(shapes.named[name], shapes, seen | {name})
        case Checked():
            return kinds(shape.shape, shapes, seen)
        case Either():
            return frozenset().union(*(kinds(each, shapes, seen) for each in shape.branches))
        case Values():
            return frozenset(map(kind_of, shape.values))
        case Anything():
            return frozenset(_KINDS)
    return frozenset({_OF_SHAPES[type(shape)]})


_OF_SHAPES = {
    Texts: "text",
    Integers: "integer",
    Numbers: "number",
    Objects: "object",
    Arrays: "array",
}


def _values(maker: _Maker, shape: Values, at: _At) -> Any:
    plain = sorted(shape.values, key=lambda each: each is False)
    return maker.first(at, plain, lambda each: any(_same(each, one) for one in shape.values))


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and one == other


def _integers(maker: _Maker, shape: Integers, at: _At) -> Any:
    ends = [each for each in (shape.minimum, shape.maximum) if each is not None]
    near = [(end // shape.step + more) * shape.step for end in ends for more in (0, 1)]

    def fits(value: Any) -> bool:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and _within(shape, value) and value % shape.step == 0

    return maker.first(at, (1, shape.step, 0, *near), fits)


def _within(shape: Integers | Numbers, value: Any) -> bool:
    low, high = shape.minimum, shape.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _numbers(maker: _Maker, shape: Numbers, at: _At) -> Any:
    def fits(value: Json) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        exact = Fraction(str(value))
        ends = (shape.open_minimum and exact == shape.minimum) or (
            shape.open_maximum and exact == shape.maximum
        )
        steps = shape.step is None or (exact / shape.step).denominator == 1
        whole = shape.fractional and exact.denominator == 1
        return _within(shape, exact) and not ends and steps and not whole

    return maker.first(at, (1.5, 0.5, 1, 0, *maker.sampled(shape)), fits)


def _texts(maker: _Maker, shape: Texts, at: _At) -> Any:
    fits = compile_schema(schema_of(shape)).accepts
    usual = [REALISTIC[each] for each in shape.formats if each in REALISTIC]
    named = at.name or "text"
    size = max(len(named), shape.min_length)
    size = size if shape.max_length is None else min(size, shape.max_length)
    usual.append((named * (1 + size // len(named)))[:size])
    found = maker.first(at, usual, lambda each: isinstance(each, str) and fits(each))
    if found is not _NONE:
        return found
    return next((each for each in maker.sampled(shape) if fits(each)), _NONE)


def _arrays(maker: _Maker, shape: Arrays, at: _At) -> Any:
    """A list of as few items as there may be, but one, so that its items have an example."""
    wanted = max(shape.min_items, len(shape.first), 1)
    count = wanted if shape.max_items is None else min(wanted, shape.max_items)
    made: list[Json] = []
    given = [hint for hint in maker.hints(at) if isinstance(hint, list)]
    for index in range(count):
        hints = (hint[index] for hint in given if index < len(hint))
        value = maker.make(shape.item(index), at.below(at.spots.item(index), at.name, hints))
        if value is _NONE:
            return made if len(made) >= shape.min_items else _NONE
        made.append(value)
    return made


def _objects(maker: _Maker, shape: Objects, at: _At) -> Any:
    given = [hint for hint in maker.hints(at) if isinstance(hint, dict)]
    made: dict[str, Json] = {}
    for key, part in shape.required.items():
        hints = (hint[key] for hint in given if key in hint)
        value = maker.make(part, at.below(at.spots.key(key), key, hints))
        if value is _NONE:
            return _NONE
        made[key] = value
    if is_map(shape) and shape.extra is not None and not made:
        made |= _entry(maker, shape.extra, at, given)
    return made


def is_map(shape: Objects) -> bool:
    """Whether an object has keys that aren't declared, which the schema speaks of, and no other."""
    extra = shape.extra
    return not shape.required and not shape.optional and extra is not None and extra.asked


def _entry(maker: _Maker, extra: Extra, at: _At, given: list[dict[str, Json]]) -> dict[str, Json]:
    """One entry of a mapping whose keys aren't known."""
    part = extra.patterns[0][1] if extra.patterns else extra.others
    key = _key(maker, extra, given)
    hints = (value for hint in given for value in hint.values())
    made = maker.make(part, at.below(at.spots.extra(), "value", hints))
    return {} if made is _NONE or key is _NONE else {key: made}


def _key(maker: _Maker, extra: Extra, given: list[dict[str, Json]]) -> Any:
    hinted = next((key for hint in given for key in hint), "key")
    if extra.patterns:
        names: Shape = extra.matching(extra.patterns[0][0])
    elif extra.names is not None:
        names = extra.names
    else:
        return hinted
    found = list(maker.sampled(names))
    return next((each for each in found if isinstance(each, str) and each), _NONE)


_MAKERS: Mapping[type, Callable[[_Maker, Any, _At], Json]] = {
    Anything: _anything,
    Checked: _checked,
    Either: _either,
    Values: _values,
    Integers: _integers,
    Numbers: _numbers,
    Texts: _texts,
    Arrays: _arrays,
    Objects: _objects,
}
