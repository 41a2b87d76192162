"""What has changed between two schemas: rule, place, whom it breaks, and a value that shows it.

Changes are found by values, not by keywords: what one schema refuses just outside of its edges is
given to the other. So a rewritten schema that admits the same has none that breaks.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from stagepact.schema.boundaries import aims, boundary_cases
from stagepact.schema.canonical import Retrieve, canonical
from stagepact.schema.contain import Answer, Containment, containment, outside
from stagepact.schema.explain import SchemaViolation
from stagepact.schema.normalise import JsonSchema, Pointer, SchemaError, closed
from stagepact.schema.places import places
from stagepact.schema.source import normal_form
from stagepact.schema.validate import Validator


class Breaks(StrEnum):
    """Whom a change breaks: those who write such values, those who read them, or both."""

    PRODUCER = "producer"
    CONSUMER = "consumer"
    BOTH = "both"
    NONE = "none"


class Mode(StrEnum):
    """Which of old and new have to understand each other, as schema registries name it."""

    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    FULL = "FULL"
    BACKWARD_TRANSITIVE = "BACKWARD_TRANSITIVE"
    FORWARD_TRANSITIVE = "FORWARD_TRANSITIVE"
    FULL_TRANSITIVE = "FULL_TRANSITIVE"

    @property
    def reads_old(self) -> bool:
        """Whether the new schema must take what was written by the old one."""
        return not self.startswith("FORWARD")

    @property
    def is_read_by_old(self) -> bool:
        """Whether the old schema must take what is written by the new one."""
        return not self.startswith("BACKWARD")

    @property
    def is_transitive(self) -> bool:
        """Whether all old versions count, not only the last."""
        return self.endswith("TRANSITIVE")


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two schemas at one place of their instances.

    `rule` reads like `minimum-added`, `enum-narrowed`, `property-removed`. The counterexample of
    one that breaks is a value that one side may write and the other refuses; both were asked.
    """

    rule: str
    instance_pointer: Pointer
    schema_pointer: Pointer
    breaks: Breaks
    counterexample: Any = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a new schema differs from old ones, and whether it is compatible by a mode."""

    mode: Mode
    answer: Answer
    changes: tuple[Change, ...]
    witness: Any = None


@dataclass(frozen=True, slots=True)
class Version:
    """What one version of a schema takes, and what those emit who write by it."""

    reads: JsonSchema
    writes: JsonSchema

    @classmethod
    def of(cls, source: Any) -> Version:
        """A JSON Schema, a model or a `TypeAdapter`; writers emit what it declares, no more.

        Raises:
            SchemaError: it is no JSON Schema.
        """
        return cls(normal_form(source), closed(normal_form(source, mode="serialization")))


def comparison(
    old: Sequence[Version],
    new: Version,
    mode: Mode = Mode.BACKWARD,
    *,
    retrieve: Retrieve | None = None,
) -> Comparison:
    """A new schema against the versions before it, the last of them at the end.

    Who writes emits what its schema declares and nothing else; who reads takes whatever its schema
    doesn't forbid. So a typed optional property more breaks nobody.

    Raises:
        SchemaError: one of them is no usable schema.
    """
    answers = [
        each
        for version in (old if mode.is_transitive else old[-1:])
        for each in _directions(version, new, mode, retrieve)
    ]
    worst = min(answers, key=lambda each: _ORDER[each.answer], default=Containment("yes"))
    changes = tuple(_changes(old[-1], new, retrieve)) if old else ()
    return Comparison(mode, worst.answer, changes, worst.witness)


_ORDER: dict[Answer, int] = {"no": 0, "unknown": 1, "yes": 2}


def _directions(
    old: Version, new: Version, mode: Mode, retrieve: Retrieve | None
) -> Iterator[Containment]:
    if mode.reads_old:
        yield containment(new.reads, old.writes, retrieve=retrieve)
    if mode.is_read_by_old:
        yield containment(old.reads, new.writes, retrieve=retrieve)


def _changes(old: Version, new: Version, retrieve: Retrieve | None) -> Iterator[Change]:
    """All changes, each place and keyword once; those that break first."""
    found: dict[tuple[Pointer, str], Change] = {}
    for side in (
        _Side(new.reads, old.writes, retrieve, narrows=True),
        _Side(old.reads, new.writes, retrieve, narrows=False),
    ):
        for change in side.changes():
            key = (change.instance_pointer, change.rule.rsplit("-", 1)[0])
            found[key] = _joined(found.get(key), change)
    quiet = [] if old == new else list(_quiet(old, new, {place for place, _ in found}))
    yield from found.values()
    yield from quiet
    if old != new and not found and not quiet:
        yield Change("schema-rewritten", (), (), Breaks.NONE)


def _joined(before: Change | None, change: Change) -> Change:
    """Two changes of one constraint as one, with the plainer counterexample."""
    if before is None:
        return change
    if before.breaks is not change.breaks:
        return replace(before, rule=f"{before.rule.rsplit('-', 1)[0]}-changed", breaks=Breaks.BOTH)
    return _plainer(before, change)


def _plainer(before: Change | None, change: Change) -> Change:
    """What was told first, with the plainer counterexample of the same place."""
    if before is None:
        return change
    if before.instance_pointer != change.instance_pointer:
        return before
    return min(before, change, key=lambda each: len(json.dumps(each.counterexample)))


_BY_NAME = frozenset({"property-added", "property-removed", "required-added", "required-removed"})


@dataclass(frozen=True, slots=True)
class _Side:
    """A reader and a writer: what one refuses of that which the other may emit."""

    schema: JsonSchema
    writer: JsonSchema
    retrieve: Retrieve | None
    narrows: bool

    def changes(self) -> Iterator[Change]:
        """What is refused, by constraint; by a witness where no edge shows it."""
        takes = Validator(self.schema, retrieve=self.retrieve)
        emits = Validator(self.writer, retrieve=self.retrieve)
        found: dict[tuple[str, Pointer, Pointer], Change] = {}
        for value in self._values():
            if emits.accepts(value) and not takes.accepts(value):
                for change in self._told(takes, value):
                    name = change.instance_pointer[-1:] if change.rule in _BY_NAME else ()
                    key = (change.rule, change.schema_pointer, name)
                    found[key] = _plainer(found.get(key), change)
        if not found:
            witness = containment(self.schema, self.writer, retrieve=self.retrieve)
            return self._told(takes, witness.witness) if witness.answer == "no" else iter(())
        return iter(found.values())

    def _values(self) -> Iterator[Any]:
        """The edges of both, and what is written on the wrong side of those that differ."""
        with contextlib.suppress(SchemaError):  # references that lead outside
            for schema in (self.schema, self.writer):
                yield from (case.value for case in boundary_cases(schema))
            form = canonical(self.writer)
            for aim in aims(self.schema):
                pointer = aim.schema_pointer
                if _at(self.schema, pointer) != _at(self.writer, pointer):
                    yield from outside(aim, form)

    def _told(self, takes: Validator, value: Any) -> Iterator[Change]:
        for why in takes.violations(value):
            for name, place in self._subjects(why, value):
                breaks = Breaks.PRODUCER if self.narrows else Breaks.CONSUMER
                yield Change(name, place, why.schema_pointer, breaks, value)

    def _subjects(self, why: SchemaViolation, value: Any) -> Iterator[tuple[str, Pointer]]:
        """The rule and the place of a change; properties are told one by one."""
        keyword, place = why.keyword, why.instance_pointer
        names = _at(value, place)
        if why.schema_pointer[-1:] == ("required",):
            verb = "added" if self.narrows else "removed"
            asked = _at(self.schema, why.schema_pointer)
            yield from ((f"required-{verb}", (*place, each)) for each in asked if each not in names)
        elif keyword in _CLOSING and (more := self._undeclared(place, names)):
            verb = "removed" if self.narrows else "added"
            yield from ((f"property-{verb}", each) for each in more)
        else:
            yield f"{self._keyword(why)}-{self._verb(why)}", place

    def _undeclared(self, place: Pointer, names: Any) -> list[Pointer]:
        """The properties of an object that the writer declares and the reader doesn't."""
        more = _declared(self.writer).keys() - _declared(self.schema).keys()
        return [(*place, each) for each in names if (*place, each) in more]

    def _keyword(self, why: SchemaViolation) -> str:
        last = why.schema_pointer[-1:]
        if why.keyword == "falseSchema":
            is_named = last and why.schema_pointer[-2:-1] not in _NAMING and last[0] in _CLOSED
            return str(last[0]) if is_named else "schema"
        return str(last[0]) if why.keyword in _SEVERAL else why.keyword

    def _verb(self, why: SchemaViolation) -> str:
        *holder, last = why.schema_pointer or ("",)
        parts = _at(self.writer, tuple(holder))
        alike = next((each for each in _ALIKE if last in each), {last})
        is_in_both = not why.schema_pointer or (isinstance(parts, dict) and alike & parts.keys())
        if is_in_both or _at(self.writer, why.schema_pointer) is not _MISSING:
            return "narrowed" if self.narrows else "widened"
        return "added" if self.narrows else "removed"


_CLOSING = frozenset({"additionalProperties", "unevaluatedProperties"})
_CLOSED = _CLOSING | {"items", "propertyNames", "unevaluatedItems"}
_NAMING = frozenset({("$defs",), ("patternProperties",), ("properties",)})
_SEVERAL = frozenset({"contains", "required"})
"""What the validator calls several keywords by."""

_ALIKE: tuple[frozenset[Any], ...] = (
    frozenset({"const", "enum"}),
    frozenset({"exclusiveMaximum", "maximum"}),
    frozenset({"exclusiveMinimum", "minimum"}),
    frozenset({"$ref", "allOf", "anyOf", "const", "enum", "oneOf", "type"}),
)
"""Keywords that say one thing in several ways: one beside another isn't new."""

_MISSING = object()


def _at(value: Any, pointer: Pointer) -> Any:
    for step in pointer:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return value


def _declared(schema: JsonSchema) -> dict[Pointer, Pointer]:
    """The properties that a schema declares: where they are in instances, and in itself."""
    with contextlib.suppress(SchemaError):  # references that lead outside
        return {
            (*place.instance, name): (*place.pointer, "properties", name)
            for place in places(schema)
            for name in place.schema.get("properties", ())
        }
    return {}


def _quiet(old: Version, new: Version, told: set[Pointer]) -> Iterator[Change]:
    """Properties that came or went and break nobody; not what is inside of such a one."""
    before, after = _declared(old.reads), _declared(new.reads)
    for rule, more, fewer in (
        ("property-added", after, before),
        ("property-removed", before, after),
    ):
        for place, pointer in more.items():
            is_inside = any(place[:depth] in more.keys() - fewer for depth in range(len(place)))
            if place not in fewer and place not in told and not is_inside:
                yield Change(rule, place, pointer, Breaks.NONE)


def compare(
    old: Any,
    new: Any,
    *,
    mode: Mode | str = Mode.BACKWARD,
    retrieve: Retrieve | None = None,
) -> Comparison:
    """How a new schema differs from an old one, or from a list of versions, the last at the end.

    Each is a JSON Schema, a model or a `TypeAdapter`. BACKWARD: the new one reads what the old one
    writes; FORWARD: the old one reads what the new one writes; FULL: both; …_TRANSITIVE: with all
    versions.

    Raises:
        SchemaError: one of them is no usable schema.
        ValueError: there is no such mode.
    """
    versions = old if isinstance(old, list | tuple) else [old]
    return comparison(
        [Version.of(each) for each in versions], Version.of(new), Mode(mode), retrieve=retrieve
    )
