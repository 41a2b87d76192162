"""Cases on the edge of every constraint, valid ones and invalid ones just outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagepact.schema.candidates import candidates
from stagepact.schema.dialects import Dialect
from stagepact.schema.edges import Edge, edges
from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.schema.places import Place, places
from stagepact.schema.source import normal_form
from stagepact.schema.validate import Validator


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


_BY_PART = frozenset({"anyOf", "enum", "oneOf"})


def aims(schema: JsonSchema) -> Iterator[Aim]:
    """The edges of all constraints of a 2020-12 schema, wherever they are reached."""
    for place in places(schema):
        for edge in edges(place.schema):
            yield Aim(place, edge)


def boundary_cases(schema: JsonSchema) -> Iterator[BoundaryCase]:
    """Cases on every edge that can be reached, the same at every call.

    A value that sits on several edges comes once for each.
    """
    validator = Validator(schema)
    for aim in aims(schema):
        value = _hit(aim, validator)
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


def _hit(aim: Aim, validator: Validator) -> Any:
    """The plainest instance that hits an edge; of invalid ones, the first with a single fault."""
    best, fewest = _MISSED, 1_000_000
    for value in _values(aim):
        if validator.accepts(value) is not aim.edge.valid:
            continue
        if aim.edge.valid:
            return value
        faults = validator.count(value)
        if faults == 1:
            return value
        if faults < fewest:
            best, fewest = value, faults
    return best


def _values(aim: Aim) -> Iterator[Any]:
    for schema in aim.schemas:
        found = list(candidates(schema))
        yield from found
        if found:
            return


def boundary(schema: Any, *, dialect: Dialect | str | None = None) -> tuple[BoundaryCase, ...]:
    """Cases on the edge of every constraint, valid ones and invalid ones just outside.

    `schema` is a JSON Schema, a model or a `TypeAdapter`. The cases are the same at every call; a
    value that sits on several edges comes once for each.

    Raises:
        SchemaError: it is no usable schema, or a reference leads outside of it.
    """
    return tuple(boundary_cases(normal_form(schema, dialect=dialect)))
