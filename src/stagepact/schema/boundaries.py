"""Cases on the edge of every constraint, valid ones and invalid ones just outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from stagepact.schema.candidates import candidates
from stagepact.schema.dialects import Dialect
from stagepact.schema.edges import Edge, edges
from stagepact.schema.near import near_misses
from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.schema.places import NEVER, Place, places
from stagepact.schema.source import normal_form
from stagepact.schema.validate import Validator, compile_schema, json_text


@dataclass(frozen=True, slots=True)
class BoundaryCase:
    """An instance on an edge of a constraint, or just outside of it.

    `name` reads like `/items/0/price at minimum`; `instance_pointer` is the place in the value,
    `schema_pointer` that of the constraint, both as tuples of keys and indices.
    """

    name: str
    value: Any
    valid: bool
    keyword: str
    instance_pointer: Pointer
    schema_pointer: Pointer


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """A constraint's edge at a place, and the schema of whole instances there."""

    place: Place
    edge: Edge

    @property
    def name(self) -> str:
        """What its cases are called."""
        pointer = "".join(f"/{step}" for step in self.place.instance)
        return f"{pointer} {self.edge.label}".strip()

    @property
    def schema_pointer(self) -> Pointer:
        """The place of the constraint in the schema."""
        if self.edge.keyword == NEVER:
            return self.place.pointer
        return (*self.place.pointer, self.edge.keyword, *self._part)

    @property
    def _part(self) -> Pointer:
        return self.edge.part if self.edge.keyword in _BY_PART else ()

    @property
    def schemas(self) -> Iterator[JsonSchema]:
        """What whole instances are that hit the edge; then those that break more on their way."""
        yield self.place.focus(self.edge.schema)
        if not self.edge.valid:
            yield from map(self.place.focus, self.edge.looser)
            yield from self.loose

    @property
    def loose(self) -> Iterator[JsonSchema]:
        """What whole instances are that no branch of the union around the place takes."""
        if self.place.loose is not None:
            yield from map(self.place.loose, (self.edge.schema, *self.edge.looser))


_BY_PART = frozenset({"anyOf", "enum", "oneOf"})


def aims(schema: JsonSchema) -> Iterator[Aim]:
    """The edges of all constraints of a 2020-12 schema, wherever they are reached."""
    for place in places(schema):
        for edge in edges(place.schema):
            if edge.valid or not place.is_silent:
                yield Aim(place, edge)


def boundary_cases(schema: JsonSchema) -> Iterator[BoundaryCase]:
    """Cases on every edge that can be reached, the same at every call.

    A value that sits on several edges comes once for each.
    """
    judge = _Judge(Validator(schema))
    for aim in aims(schema):
        value = judge.hit(aim)
        if value is _MISSED:
            continue
        yield BoundaryCase(
            aim.name,
            value,
            aim.edge.valid,
            aim.edge.keyword,
            aim.place.instance,
            aim.schema_pointer,
        )


class _Known:
    """What an iterator brings, each looked for once, by whoever asks first."""

    def __init__(self, rest: Iterator[BoundaryCase]) -> None:
        self._found: list[BoundaryCase] = []
        self._rest = rest

    def __iter__(self) -> Iterator[BoundaryCase]:
        index = 0
        while True:
            if index == len(self._found):
                following = next(self._rest, None)
                if following is None:
                    return
                self._found.append(following)
            yield self._found[index]
            index += 1


def known_boundary_cases(schema: JsonSchema) -> Iterator[BoundaryCase]:
    """The boundary cases of a schema, found once for equal schemas: to be read, never changed.

    Raises:
        SchemaError: it is no usable schema.
    """
    return iter(_known(json_text(schema)))


@lru_cache(maxsize=128)
def _known(key: str) -> _Known:
    return _Known(boundary_cases(json.loads(key)))


def text_cases(schema: JsonSchema) -> Iterator[BoundaryCase]:
    """Texts that code which is careless with texts stumbles over, for each place of any text.

    They are no edges of a schema: quotes and marks of patterns and queries, other scripts and,
    where no length is said, a long one.
    """
    judge = _Judge(Validator(schema))
    for place in places(schema):
        for label, text in _texts(place.schema):
            edge = Edge(label, "type", True, {"const": text})
            aim = Aim(place, edge)
            value = _MISSED if place.is_silent else judge.hit(aim)
            if value is not _MISSED:
                yield BoundaryCase(
                    aim.name, value, True, "type", place.instance, aim.schema_pointer
                )


_MARKS, _SCRIPTS, _LONG = "('%\"\\[*;", "Žß世界😀", 1_000
_TOLD = frozenset({"const", "enum", "format", "pattern", "contentEncoding", "contentMediaType"})


def _texts(schema: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(schema, dict) or schema.get("type") != "string" or _TOLD & set(schema):
        return
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    for label, text in (("of marks", _MARKS), ("of other scripts", _SCRIPTS)):
        long = text * (int(least) // len(text) + 1)
        yield label, (long[: int(least)] if least > len(text) else text)[:most]
    if most is None:
        yield "of no length", ("long " * (_LONG // 5)).strip()


_MISSED = object()


class _Judge:
    """Finds the values of aims; keeps by place the plainest instance that has it."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._bases: dict[Place, Any] = {}

    def hit(self, aim: Aim) -> Any:
        """The plainest instance that hits an edge; of invalid ones, the first of one fault."""
        best, fewest = _MISSED, 1_000_000
        for value in self._values(aim):
            if self._validator.accepts(value) is not aim.edge.valid:
                continue
            if aim.edge.valid or not aim.edge.is_single:
                return value
            faults = self._validator.count(value)
            if faults == 1:
                return value
            if faults < fewest:
                best, fewest = value, faults
        return best

    def _values(self, aim: Aim) -> Iterator[Any]:
        """Values put into the plainest instance, then whole instances."""
        base, place = self._base(aim.place), aim.place
        there: list[Any] = []
        if base is not _MISSED:
            for value in _values_there(aim, base):
                whole = _with(base, place.instance, value)
                if _is_asked(place, whole):
                    there.append(whole)
                    yield whole
        # What was put there breaks its place, so another branch takes it, or nothing does.
        is_taken = there and not aim.edge.valid and all(map(self._validator.accepts, there))
        for schema in (is_taken and [*aim.loose]) or aim.schemas:
            found = list(candidates(schema))
            yield from found
            if any(self._validator.accepts(each) is aim.edge.valid for each in found):
                return

    def _base(self, place: Place) -> Any:
        """The plainest instance that has a place."""
        if place not in self._bases:
            found = (each for each in self._instances_with(place) if self._is_base(each, place))
            self._bases[place] = next(found, _MISSED)
        return self._bases[place]

    def _instances_with(self, place: Place) -> Iterator[Any]:
        """The instance of the place that this one was reached from, extended; then whole ones."""
        outer, wrap = place.outer, place.wrap
        if outer is not None and wrap is not None:
            base = self._base(outer)
            is_inside = len(place.instance) > len(outer.instance)
            schema = place.schema if is_inside else wrap(place.schema)
            if base is not _MISSED:
                for value in candidates(place.alone(schema)):
                    yield _with(base, place.instance, value)
        yield from candidates(place.focus(place.schema))

    def _is_base(self, value: Any, place: Place) -> bool:
        has_it = _at(value, place.instance) is not _MISSED and _is_asked(place, value)
        return has_it and self._validator.accepts(value)


def _is_asked(place: Place, value: Any) -> bool:
    """Whether an instance is as conditions want it that lead to a place."""
    return all(accepts(_at(value, pointer)) for pointer, accepts in place.guards)


def _values_there(aim: Aim, base: Any) -> Iterator[Any]:
    """Values for the place of an aim."""
    yield from candidates(aim.place.alone(aim.edge.schema))
    if not aim.edge.valid:
        keyword = aim.edge.keyword
        there = _at(base, aim.place.instance)
        for value in near_misses(keyword, aim.place.schema[keyword], there):
            if not compile_schema({keyword: aim.place.schema[keyword]}).accepts(value):
                yield value


def _at(value: Any, pointer: Pointer) -> Any:
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _MISSED
    return value


def _with(whole: Any, pointer: Pointer, value: Any) -> Any:
    """An instance that holds another value at a place; what it shares isn't changed."""
    if not pointer:
        return value
    step, rest = pointer[0], pointer[1:]
    if isinstance(whole, dict):
        return {**whole, step: _with(whole.get(step), rest, value)}
    if isinstance(whole, list) and isinstance(step, int):
        items = [*whole, None] if step == len(whole) else [*whole]
        return [_with(each, rest, value) if i == step else each for i, each in enumerate(items)]
    return whole


def boundary(schema: Any, *, dialect: Dialect | str | None = None) -> tuple[BoundaryCase, ...]:
    """Cases on the edge of every constraint, valid ones and invalid ones just outside.

    `schema` is a JSON Schema, a model or a `TypeAdapter`. The cases are the same at every call; a
    value that sits on several edges comes once for each.

    Raises:
        SchemaError: it is no usable schema, or a reference leads outside of it.
    """
    return tuple(boundary_cases(normal_form(schema, dialect=dialect)))
