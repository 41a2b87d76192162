"""Shapes to plain random code: the distribution of generate.py without Hypothesis, for millions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from random import Random
from typing import Any

from stagepact.schema.equality import key
from stagepact.schema.normalise import SchemaError
from stagepact.schema.numbers import Steps, floats, near, preferred, scaled, steps
from stagepact.schema.prepared import MOST_ITEMS, Prepared
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
    Texts,
    Values,
)
from stagepact.schema.texts import schema_of, written
from stagepact.schema.validate import compile_schema

Draw = Callable[[Random], Any]
"""Makes one value; all it does by chance comes from the random numbers that it is given."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CHARACTERS = (
    *" aaabcdeefghiijklmnoopqrstuuvwxyz0123456789ABCXYZ_-./:\"'\\<>&%\n\t",
    *"éßñ中日あ🙂\x00\x7f\u200b\u2028\ufffd",
)
_TRIES = 1_000


def drawn(whole: Prepared, random: Random) -> Iterator[Any]:
    """Values of a prepared schema without end.

    Raises:
        SchemaError: values of a part can't be found by trying.
    """
    draw = draw_of(whole)
    while True:
        for _ in range(_TRIES):
            value = draw(random)
            if whole.accepts(value):
                yield value
                break
        else:
            raise _too_rare()


def draw_of(whole: Prepared) -> Draw:
    """The compiled sampler of a prepared schema; what it makes is nearly always valid."""
    return _Maker(whole).of(whole.shapes.root, whole.room, 0)


def _too_rare() -> SchemaError:
    return SchemaError("values are too rare to be found by trying", advice="name them by `enum`")


class _Maker:
    """Makes each part once by what is left of it: recursion room and depth."""

    def __init__(self, whole: Prepared) -> None:
        self.whole = whole
        self._made: dict[tuple[int | str, int, int], Draw] = {}

    def of(self, shape: Shape, room: int, depth: int) -> Draw:
        """The sampler of a shape, so deep in the value, with room for so many recursions."""
        place = (shape.name if isinstance(shape, Named) else id(shape), room, min(depth, 6))
        if place not in self._made:
            pruned = self.whole.shapes.pruned(shape, room)
            self._made[place] = _MAKERS[type(shape)](self, pruned, room, depth)
        return self._made[place]


def _anything(maker: _Maker, shape: Anything, room: int, depth: int) -> Draw:
    nested = 5 if depth > 2 else 7

    def draw(random: Random) -> Any:
        kind = int(random.random() * nested)
        if kind < len(_SCALARS):
            return _SCALARS[kind](random)
        size = int(random.random() * 3)
        if kind == len(_SCALARS):
            return [_scalar(random) for _ in range(size)]
        return {_word(random): _scalar(random) for _ in range(size)}

    return draw


def _scalar(random: Random) -> Any:
    return _SCALARS[int(random.random() * len(_SCALARS))](random)


def _whole(random: Random) -> int:
    """A whole number: half of them small, others of any size up to 63 bits."""
    kind = random.random()
    if kind < 0.5:
        small = int(kind * 400)
        return small if small < 150 else 149 - small
    number = random.getrandbits(int(random.random() * 63) + 1)
    return number if kind < 0.75 else -number


def _text(random: Random, least: int = 0, most: int = 8) -> str:
    size = least + int(random.random() * (most - least + 1))
    count = len(_CHARACTERS)
    return "".join([_CHARACTERS[int(random.random() * count)] for _ in range(size)])


def _word(random: Random) -> str:
    return "".join(
        [_LETTERS[int(random.random() * 26)] for _ in range(1 + int(random.random() * 6))]
    )


_SCALARS: tuple[Draw, ...] = (
    lambda random: None,
    lambda random: random.random() < 0.5,
    _whole,
    _text,
    lambda random: random.uniform(-1000, 1000),
)


def _values(maker: _Maker, shape: Values, room: int, depth: int) -> Draw:
    values, count = shape.values, len(shape.values)
    if any(isinstance(each, list | dict) for each in values):
        texts = [json.dumps(each) for each in values]
        return lambda random: json.loads(texts[int(random.random() * count)])
    if count == 1:
        only = values[0]
        return lambda random: only
    return lambda random: values[int(random.random() * count)]


def _integers(maker: _Maker, shape: Integers, room: int, depth: int) -> Draw:
    step = shape.step
    least = None if shape.minimum is None else -(-shape.minimum // step)
    most = None if shape.maximum is None else shape.maximum // step
    return _multiples(Steps(least, most), lambda factor: factor * step)


def _multiples(found: Steps, scale: Callable[[int], Any]) -> Draw:
    least, most = found.least, found.most
    if found.is_empty:
        raise SchemaError("no multiple lies between the bounds")
    if least is None:
        if most is None:
            return lambda random: scale(_whole(random))
        return lambda random: scale(most - abs(_whole(random)))
    if most is None:
        return lambda random: scale(least + abs(_whole(random)))
    width = most - least + 1
    if width < 2**50:
        return lambda random: scale(least + int(random.random() * width))
    return lambda random: scale(random.randint(least, most))


def _numbers(maker: _Maker, shape: Numbers, room: int, depth: int) -> Draw:
    step = shape.step
    if step is not None:
        inside = near(steps(shape, step))
        made = _multiples(inside, lambda factor: scaled(factor, step))
        is_preferred = preferred(inside, step)
        return _until(
            made,
            lambda number: (
                is_preferred(number) and not (shape.fractional and float(number).is_integer())
            ),
        )
    some, whole = floats(shape), steps(shape, Fraction(1))
    if some.is_empty:
        return _multiples(whole, lambda factor: factor)
    least, most = some.least, some.most
    low = least if least is not None else (most - 1e6 if most is not None else -1e6)
    high = most if most is not None else low + (1e6 if least is not None else 2e6)
    ints: Callable[[Random], float] | None = None
    if not (shape.fractional or whole.is_empty):
        ints = _multiples(whole, lambda factor: factor)

    def draw(random: Random) -> float:
        kind = random.random()
        if ints is not None and kind < 0.3:
            return ints(random)
        number = low + (high - low) * random.random()
        if kind < 0.7 and low <= (short := round(number, 2)) <= high:
            number = short
        return number if low <= number <= high else low

    return _until(draw, lambda number: not (shape.fractional and float(number).is_integer()))


def _until(draw: Draw, holds: Callable[[Any], bool]) -> Draw:
    """A draw that is made again until something holds of it."""

    def tried(random: Random) -> Any:
        for _ in range(_TRIES):
            value = draw(random)
            if holds(value):
                return value
        raise _too_rare()

    return tried


def _texts(maker: _Maker, shape: Texts, room: int, depth: int) -> Draw:
    if not (shape.formats or shape.patterns or shape.excluded_patterns):
        least = shape.min_length
        most = least + 8 if shape.max_length is None else min(shape.max_length, least + 8)
        return lambda random: _text(random, least, most)
    known = written(shape)
    if known is None or not known.lengths:
        raise SchemaError(f"no texts can be made of the pattern {shape.patterns or shape.formats}")
    text, lengths, count = known.language.text, known.lengths, len(known.lengths)

    def draw(random: Random) -> str:
        return text(random.randbytes(lengths[int(random.random() * count)]))

    return draw if known.exact else _until(draw, compile_schema(schema_of(shape)).accepts)


def _arrays(maker: _Maker, shape: Arrays, room: int, depth: int) -> Draw:
    first = [maker.of(each, room, depth + 1) for each in shape.first]
    least, most = max(shape.min_items, 2 * shape.repeated), maker.whole.most_items(shape, depth)
    rest = maker.of(shape.rest, room, depth + 1) if most > len(first) else _nothing
    wanted = [(maker.of(each, room, depth + 1), count) for each, count in shape.wanted]
    width, own = most - least + 1, len(first)

    def draw(random: Random) -> list[Any]:
        size = least + int(random.random() * width)
        found = [each(random) for each in first[:size]]
        found += [rest(random) for _ in range(size - own)]
        return found

    made = _with_wanted(draw, wanted, most) if wanted else draw
    if shape.repeated:
        return _repeated(made)
    return _distinct(made, rest, least, own) if shape.distinct else made


def _nothing(random: Random) -> Any:
    raise _too_rare()


def _with_wanted(draw: Draw, wanted: list[tuple[Draw, int]], most: int) -> Draw:
    def drawn_with(random: Random) -> list[Any]:
        found: list[Any] = draw(random)
        for part, count in wanted:
            for _ in range(count):
                if len(found) < most and (not found or random.random() < 0.5):
                    found.append(part(random))
                elif found:
                    found[int(random.random() * len(found))] = part(random)
        return found

    return drawn_with


def _repeated(draw: Draw) -> Draw:
    """Lists in which one item stands once more, in place of another or at the end."""

    def drawn_twice(random: Random) -> list[Any]:
        found: list[Any] = draw(random)
        if len(found) > 1:
            at = int(random.random() * (len(found) - 1))
            found[at + 1] = found[at]
        return found

    return drawn_twice


def _distinct(draw: Draw, rest: Draw, least: int, own: int) -> Draw:
    """Lists without what came twice; others are tried for it as long as too few are left."""

    def drawn_once(random: Random) -> list[Any]:
        found = {key(each): each for each in draw(random)}
        tries = 20 * least
        while len(found) < least and tries and len(found) >= own:
            each = rest(random)
            found.setdefault(key(each), each)
            tries -= 1
        return list(found.values())

    return drawn_once


def _objects(maker: _Maker, shape: Objects, room: int, depth: int) -> Draw:
    required = [(name, maker.of(each, room, depth + 1)) for name, each in shape.required.items()]
    optional = [(name, maker.of(each, room, depth + 1)) for name, each in shape.optional.items()]
    few, count = maker.whole.most_optional(depth), len(optional)
    chance = 0.5 if count <= few else few / 2 / count

    def draw(random: Random) -> dict[str, Any]:
        found = {name: each(random) for name, each in required}
        for name, each in optional:
            if random.random() >= 1 - chance:
                found[name] = each(random)
        return found

    most, least = shape.max_properties, shape.min_properties
    declared = len(required) + count
    extra = shape.extra if shape.extra and (shape.extra.asked or least > declared) else None
    if extra is None and least <= len(required) and (most is None or most >= declared):
        return draw
    kinds = _extra(maker, extra, room, depth) if extra else []
    return _bounded(draw, optional, kinds, shape)


def _extra(maker: _Maker, extra: Extra, room: int, depth: int) -> list[tuple[Draw, Draw]]:
    """Samplers of keys that aren't declared, each with that of what they hold."""
    found = [
        (_texts(maker, extra.matching(text), room, depth), maker.of(each, room, depth + 1))
        for text, each in extra.patterns
    ]
    if extra.has_others:
        names = _word if extra.names is None else maker.of(extra.names, room, depth)
        found.append((names, maker.of(extra.others, room, depth + 1)))
    return found


def _bounded(
    draw: Draw, optional: list[tuple[str, Draw]], kinds: list[tuple[Draw, Draw]], shape: Objects
) -> Draw:
    """Objects within their bounds, by keys beside the declared ones where there may be such."""
    least = shape.min_properties
    most = MOST_ITEMS if shape.max_properties is None else shape.max_properties
    taken = {*shape.required, *shape.optional}

    def drawn_within(random: Random) -> dict[str, Any]:
        found: dict[str, Any] = draw(random)
        for name, each in optional:
            if len(found) > most:
                found.pop(name, None)
            elif len(found) < least and name not in found:
                found[name] = each(random)
        if kinds:
            wanted = min(max(int(random.random() * 4), least - len(found)), most - len(found))
            extend(found, wanted, random)
            if len(found) < least:  # by one source's chance all names were the same
                extend(found, least - len(found), Random(1))
        return found

    def extend(found: dict[str, Any], wanted: int, random: Random) -> None:
        for _ in range(2 * wanted + 2):
            if wanted <= 0:
                return
            names, values = kinds[int(random.random() * len(kinds))]
            name = names(random)
            if name not in found and name not in taken:
                found[name] = values(random)
                wanted -= 1

    return drawn_within


def _either(maker: _Maker, shape: Either, room: int, depth: int) -> Draw:
    branches = [maker.of(each, room, depth) for each in shape.branches]
    count = len(branches)
    if count == 1:
        return branches[0]
    return lambda random: branches[int(random.random() * count)](random)


def _named(maker: _Maker, shape: Named, room: int, depth: int) -> Draw:
    meant = maker.whole.shapes.named[shape.name]
    left = room - (shape.name in maker.whole.shapes.recursive)
    made: list[Draw] = []

    def draw(random: Random) -> Any:
        if not made:
            made.append(maker.of(meant, left, depth))
        return made[0](random)

    return draw


def _checked(maker: _Maker, shape: Checked, room: int, depth: int) -> Draw:
    return _until(maker.of(shape.shape, room, depth), compile_schema(shape.schema).accepts)


_MAKERS: Mapping[type[Shape], Callable[[_Maker, Any, int, int], Draw]] = {
    Anything: _anything,
    Values: _values,
    Integers: _integers,
    Numbers: _numbers,
    Texts: _texts,
    Arrays: _arrays,
    Objects: _objects,
    Either: _either,
    Named: _named,
    Checked: _checked,
}
