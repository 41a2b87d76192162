"""Shapes to Hypothesis strategies, by Hypothesis's public interface only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from stagepact.schema.canonical import Retrieve
from stagepact.schema.dialects import Dialect
from stagepact.schema.engines import ENGINES, Engine
from stagepact.schema.equality import key
from stagepact.schema.normalise import SchemaError
from stagepact.schema.numbers import floats, near, preferred, scaled, steps
from stagepact.schema.prepared import MOST_ITEMS, Prepared, prepared
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
from stagepact.schema.source import Given, given, key_of
from stagepact.schema.texts import schema_of, written
from stagepact.schema.validate import Validator, compile_schema

Strategy = st.SearchStrategy[Any]
Formats = Mapping[str, st.SearchStrategy[str]]

_CHARACTERS = st.characters(codec="utf-8")
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(_CHARACTERS, max_size=10),
)
_KEYS = st.text(_CHARACTERS, max_size=8)
_ANYTHING = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=5,
)


_ONE = Fraction(1)


@lru_cache(maxsize=256)
def _up_to(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


def strategy_of(whole: Prepared, formats: Formats | None = None) -> Strategy:
    """The strategy of a prepared schema."""
    maker = _Maker(whole, formats or {})
    return maker.of(whole.shapes.root, whole.room, 0).filter(whole.accepts)


class _Maker:
    """Makes each part once by what is left of it: recursion room and depth."""

    def __init__(self, whole: Prepared, formats: Formats) -> None:
        self.whole = whole
        self.formats = formats
        self._made: dict[tuple[int | str, int, int], Strategy] = {}

    def of(self, shape: Shape, room: int, depth: int) -> Strategy:
        """The strategy of a shape, so deep in the value, with room for so many recursions."""
        place = (shape.name if isinstance(shape, Named) else id(shape), room, depth)
        if place not in self._made:
            pruned = self.whole.shapes.pruned(shape, room)
            self._made[place] = _MAKERS[type(shape)](self, pruned, room, depth)
        return self._made[place]


def _anything(maker: _Maker, shape: Anything, room: int, depth: int) -> Strategy:
    return _ANYTHING if depth < 3 else _SCALARS


def _values(maker: _Maker, shape: Values, room: int, depth: int) -> Strategy:
    if not shape.values:
        return st.nothing()
    return st.sampled_from(shape.values) if len(shape.values) > 1 else st.just(shape.values[0])


def _integers(maker: _Maker, shape: Integers, room: int, depth: int) -> Strategy:
    step = shape.step
    if step == 1:
        return st.integers(shape.minimum, shape.maximum)
    least = None if shape.minimum is None else -(-shape.minimum // step)
    most = None if shape.maximum is None else shape.maximum // step
    if least is not None and most is not None and least > most:
        return st.nothing()
    return st.integers(least, most).map(lambda factor: factor * step)


def _numbers(maker: _Maker, shape: Numbers, room: int, depth: int) -> Strategy:
    step = shape.step
    if step is not None:
        inside = near(steps(shape, step))
        if inside.is_empty:
            return st.nothing()
        factors = st.integers(inside.least, inside.most)
        found: Strategy = factors.map(lambda n: scaled(n, step)).filter(preferred(inside, step))
        return found.filter(_is_fractional) if shape.fractional else found
    kinds: list[Strategy] = []
    whole = steps(shape, _ONE)
    if not (shape.fractional or whole.is_empty):
        kinds.append(st.integers(whole.least, whole.most))
    some = floats(shape)
    if not some.is_empty:
        drawn = st.floats(some.least, some.most, allow_nan=False, allow_infinity=False)
        kinds.append(drawn.filter(_is_fractional) if shape.fractional else drawn)
    return st.one_of(kinds)


def _is_fractional(number: float) -> bool:
    return not float(number).is_integer()


def _texts(maker: _Maker, shape: Texts, room: int, depth: int) -> Strategy:
    given = next((maker.formats[each] for each in shape.formats if each in maker.formats), None)
    if given is not None:
        return given.filter(compile_schema(schema_of(shape)).accepts)
    if not (shape.formats or shape.patterns or shape.excluded_patterns):
        return st.text(_CHARACTERS, min_size=shape.min_length, max_size=shape.max_length)
    known = written(shape)
    if known is None:
        return _filtered(shape)
    if not known.lengths:
        return st.nothing()
    found = _chosen(known.language.text, known.lengths)
    return found if known.exact else found.filter(compile_schema(schema_of(shape)).accepts)


def _chosen(text: Callable[[bytes], str], lengths: tuple[int, ...]) -> Strategy:
    """Texts by their bytes: one draw for all characters, one more where lengths differ."""
    bytes_of = [st.binary(min_size=length, max_size=length) for length in lengths]
    if len(bytes_of) == 1:
        return bytes_of[0].map(text)
    most = len(lengths) - 1

    @st.composite
    def chosen(draw: st.DrawFn) -> str:
        return text(draw(bytes_of[draw(_up_to(most))]))

    return chosen()


def _filtered(shape: Texts) -> Strategy:
    """Texts of patterns that no automaton knows: Python's reading of them, filtered."""
    texts = st.text(_CHARACTERS, min_size=shape.min_length, max_size=shape.max_length)
    if shape.patterns:
        try:
            texts = st.one_of(
                [st.from_regex(each, alphabet=_CHARACTERS) for each in shape.patterns]
            )
            texts.validate()
        except Exception as error:  # `re` and Hypothesis raise what they like on ECMA's patterns
            message = f"no texts can be made of the pattern {shape.patterns[0]!r}: {error}"
            raise SchemaError(message, advice="write a simpler pattern") from error
    return texts.filter(compile_schema(schema_of(shape)).accepts)


def _arrays(maker: _Maker, shape: Arrays, room: int, depth: int) -> Strategy:
    first = [maker.of(each, room, depth + 1) for each in shape.first]
    least = max(shape.min_items, 2 * shape.repeated)
    most = maker.whole.most_items(shape, depth)
    if least > most:
        return st.nothing()
    if least == most == len(first) and not (shape.wanted or shape.distinct or shape.repeated):
        return st.tuples(*first).map(list)
    rest = maker.of(shape.rest, room, depth + 1) if most > len(first) else st.nothing()
    if not (first or shape.wanted or shape.repeated):
        return st.lists(
            rest, min_size=least, max_size=most, unique_by=key if shape.distinct else None
        )
    wanted = [(maker.of(each, room, depth + 1), count) for each, count in shape.wanted]
    made = _listed(first, rest, wanted, (least, most))
    if shape.repeated:
        made = made.map(lambda found: [*found[:1], *found[:1], *found[2:]])
    return made.filter(_is_distinct) if shape.distinct else made


def _listed(
    first: list[Strategy],
    rest: Strategy,
    wanted: list[tuple[Strategy, int]],
    sizes: tuple[int, int],
) -> Strategy:
    """Lists whose first items have shapes of their own, and those in which something occurs."""
    least, most = sizes

    @st.composite
    def listed(draw: st.DrawFn) -> list[Any]:
        size = draw(st.integers(least, most))
        found = [draw(first[i] if i < len(first) else rest) for i in range(size)]
        for part, count in wanted:
            for _ in range(count):
                if len(found) < most and (not found or draw(st.booleans())):
                    found.append(draw(part))
                elif found:
                    found[draw(st.integers(0, len(found) - 1))] = draw(part)
        return found

    return listed()


def _is_distinct(items: list[Any]) -> bool:
    return len(set(map(key, items))) == len(items)


def _objects(maker: _Maker, shape: Objects, room: int, depth: int) -> Strategy:
    required = {name: maker.of(each, room, depth + 1) for name, each in shape.required.items()}
    optional = {name: maker.of(each, room, depth + 1) for name, each in shape.optional.items()}
    most = shape.max_properties
    declared = len(required) + len(optional)
    wants_more = shape.extra is not None and (shape.extra.asked or shape.min_properties > declared)
    few = maker.whole.most_optional(depth)
    if not wants_more and len(optional) <= few:
        found: Strategy = st.fixed_dictionaries(required, optional=optional)
        if shape.min_properties > len(required) or (most is not None and most < declared):
            return _picked(required, optional, shape, min(few, len(optional)))
        return found
    base = _picked(required, optional, shape, min(few, len(optional)))
    if not wants_more or shape.extra is None:
        return base
    return _extended(base, _extra(maker, shape.extra, room, depth), shape, declared)


def _picked(
    required: dict[str, Strategy], optional: dict[str, Strategy], shape: Objects, few: int
) -> Strategy:
    """Objects with some of their optional properties, as many as their bounds allow."""
    if not optional:
        return st.fixed_dictionaries(required)
    least = min(max(0, shape.min_properties - len(required)), len(optional))
    most = max(few, least)
    if shape.max_properties is not None:
        most = min(most, shape.max_properties - len(required))
    if most < least:
        return st.nothing()
    names = st.lists(st.sampled_from(list(optional)), unique=True, min_size=least, max_size=most)
    base = st.fixed_dictionaries(required)

    @st.composite
    def picked(draw: st.DrawFn) -> dict[str, Any]:
        found = dict(draw(base))
        for name in draw(names):
            found[name] = draw(optional[name])
        return found

    return picked()


def _extra(maker: _Maker, extra: Extra, room: int, depth: int) -> list[tuple[Strategy, Strategy]]:
    """Strategies of keys that aren't declared, each with that of what they hold."""
    found = [
        (_texts(maker, extra.matching(text), room, depth), maker.of(each, room, depth + 1))
        for text, each in extra.patterns
    ]
    if extra.has_others:
        keys = _KEYS if extra.names is None else maker.of(extra.names, room, depth)
        found.append((keys, maker.of(extra.others, room, depth + 1)))
    return found


def _extended(
    base: Strategy, kinds: list[tuple[Strategy, Strategy]], shape: Objects, declared: int
) -> Strategy:
    """Objects with keys beside the declared ones; those that are drawn twice count once."""
    most = MOST_ITEMS if shape.max_properties is None else shape.max_properties
    taken = {*shape.required, *shape.optional}

    @st.composite
    def extended(draw: st.DrawFn) -> dict[str, Any]:
        found: dict[str, Any] = draw(base)
        missing = max(0, shape.min_properties - len(found))
        wanted = draw(st.integers(missing, max(missing, min(most - len(found), missing + 3))))
        for _ in range(2 * wanted + 2):
            if wanted <= 0:
                break
            names, values = kinds[draw(_up_to(len(kinds) - 1))] if len(kinds) > 1 else kinds[0]
            name = draw(names)
            if name not in found and name not in taken:
                found[name] = draw(values)
                wanted -= 1
        return found

    made: Strategy = extended()
    if shape.min_properties <= len(shape.required):
        return made
    return made.filter(lambda found: len(found) >= shape.min_properties)


def _either(maker: _Maker, shape: Either, room: int, depth: int) -> Strategy:
    return st.one_of([maker.of(each, room, depth) for each in shape.branches])


def _named(maker: _Maker, shape: Named, room: int, depth: int) -> Strategy:
    meant = maker.whole.shapes.named[shape.name]
    left = room - (shape.name in maker.whole.shapes.recursive)
    return st.deferred(lambda: maker.of(meant, left, depth))


def _checked(maker: _Maker, shape: Checked, room: int, depth: int) -> Strategy:
    return maker.of(shape.shape, room, depth).filter(compile_schema(shape.schema).accepts)


_MAKERS: Mapping[type[Shape], Callable[[_Maker, Any, int, int], Strategy]] = {
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


def from_schema(
    schema: Any,
    *,
    formats: Formats | None = None,
    retrieve: Retrieve | None = None,
    dialect: Dialect | str | None = None,
    engine: Engine = "stagepact",
) -> Strategy:
    """A strategy of values that are valid under a schema; they shrink to small, plain ones.

    `schema` is a JSON Schema, a model or a `TypeAdapter`; `formats` are strategies of texts by the
    name of their format, before those that are known. References that lead outside of the schema
    are asked of `retrieve`. Another `engine` draws more slowly and knows less: it is a second
    opinion (docs/decisions/0010).

    Raises:
        Unsatisfiable: the schema admits no value; says where.
        SchemaError: it is no usable schema, no values can be made of it, or the engine is unknown.
    """
    found = given(schema, dialect)
    if formats or retrieve:
        return _MADE_BY[_known(engine)](found, formats, retrieve)
    return _from_key(key_of(found.schema), found.draft, _known(engine))


@lru_cache(maxsize=1024)
def _from_key(key: str, draft: int | None, engine: Engine) -> Strategy:
    return _MADE_BY[engine](Given(json.loads(key), draft), None, None)


def _known(engine: Engine) -> Engine:
    if engine not in _MADE_BY:
        raise SchemaError(f"the engine {engine!r} is none of {', '.join(_MADE_BY)}")
    return engine


def _made_here(found: Given, formats: Formats | None, retrieve: Retrieve | None) -> Strategy:
    return strategy_of(prepared(found.schema, draft=found.draft, retrieve=retrieve), formats)


def _made_there(found: Given, formats: Formats | None, retrieve: Retrieve | None) -> Strategy:
    validator = Validator(found.schema, draft=found.draft, retrieve=retrieve)
    second = import_module("stagepact.schema.second_engine")  # few ask for it: decision 0002
    made: Strategy = second.strategy_of(found, validator.accepts, formats or {})
    return made


_MADE_BY: Mapping[Engine, Callable[[Given, Formats | None, Retrieve | None], Strategy]] = {
    "stagepact": _made_here,
    "hypothesis-jsonschema": _made_there,
}
assert tuple(_MADE_BY) == ENGINES
