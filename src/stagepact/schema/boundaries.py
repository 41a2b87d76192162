"""Cases on the edge of every constraint, valid ones and invalid ones just outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagepact.schema.candidates import candidates
from stagepact.schema.dialects import Dialect
from stagepact.schema.edges import Edge, edges
from stagepact.schema.near import near_misses
from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.schema.places import NEVER, Place, places
from stagepact.schema.source import normal_form
from stagepact.schema.validate import Validator, compile_schema


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


_MISSED = object()


class _Judge:
    """Finds the values of aims; keeps the plainest instance that has a place, for its edges."""

    def __init__(self, validator: Validator) -> None:
        self._validator = validator
        self._at: Place | None = None
        self._base: Any = _MISSED

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
        base = self._instance_with(aim.place)
        if base is not _MISSED:
            for value in _values_there(aim, base):
                yield _with(base, aim.place.instance, value)
        for schema in aim.schemas:
            found = list(candidates(schema))
            yield from found
            if any(self._validator.accepts(each) is aim.edge.valid for each in found):
                return

    def _instance_with(self, place: Place) -> Any:
        if place is not self._at:
            found = () if place.is_guarded else candidates(place.focus(place.schema))
            self._at = place
            self._base = next((each for each in found if self._is_base(each, place)), _MISSED)
        return self._base

    def _is_base(self, value: Any, place: Place) -> bool:
        return self._validator.accepts(value) and _at(value, place.instance) is not _MISSED


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
        return {**whole, step: _with(whole[step], rest, value)}
    return [_with(each, rest, value) if i == step else each for i, each in enumerate(whole)]


def boundary(schema: Any, *, dialect: Dialect | str | None = None) -> tuple[BoundaryCase, ...]:
    """Cases on the edge of every constraint, valid ones and invalid ones just outside.

    `schema` is a JSON Schema, a model or a `TypeAdapter`. The cases are the same at every call; a
    value that sits on several edges comes once for each.

    Raises:
        SchemaError: it is no usable schema, or a reference leads outside of it.
    """
    return tuple(boundary_cases(normal_form(schema, dialect=dialect)))
