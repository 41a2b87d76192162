"""What has changed between two schemas: rule, place, whom it breaks, and a value that shows it.

Changes are found by values, not by keywords: what one schema refuses just outside of its edges is
given to the other. So a rewritten schema that admits the same has none that breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from stagepact.schema.boundaries import boundary_cases
from stagepact.schema.canonical import Retrieve
from stagepact.schema.contain import Answer, Containment, containment
from stagepact.schema.normalise import JsonSchema, Pointer, closed
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

    `rule` reads like `minimum-added`, `enum-narrowed`. The counterexample of one that breaks is a
    value that one side may write and the other refuses; both were asked.
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


def comparison(
    old: Sequence[JsonSchema],
    new: JsonSchema,
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
    old: JsonSchema, new: JsonSchema, mode: Mode, retrieve: Retrieve | None
) -> Iterator[Containment]:
    if mode.reads_old:
        yield containment(new, closed(old), retrieve=retrieve)
    if mode.is_read_by_old:
        yield containment(old, closed(new), retrieve=retrieve)


def _changes(old: JsonSchema, new: JsonSchema, retrieve: Retrieve | None) -> Iterator[Change]:
    """All changes, each place and keyword once; those that break first."""
    found: dict[tuple[Pointer, str], Change] = {}
    for narrowed in (True, False):
        one, other = (new, old) if narrowed else (old, new)
        for change in _refused(one, other, retrieve, narrowed=narrowed):
            key = (change.instance_pointer, change.rule.rsplit("-", 1)[0])
            before = found.get(key)
            if before is None:
                found[key] = change
            elif before.breaks is not change.breaks:
                rule = f"{key[1]}-changed"
                found[key] = replace(before, rule=rule, breaks=Breaks.BOTH)
    yield from found.values()
    if not found:
        yield from _rest(old, new, retrieve)


def _refused(
    schema: JsonSchema, writer: JsonSchema, retrieve: Retrieve | None, *, narrowed: bool
) -> Iterator[Change]:
    """What a schema refuses of that which another lets its writers emit."""
    takes = Validator(schema, retrieve=retrieve)
    emits = Validator(closed(writer), retrieve=retrieve)
    breaks = Breaks.PRODUCER if narrowed else Breaks.CONSUMER
    for case in (*boundary_cases(schema), *boundary_cases(writer)):
        if not emits.accepts(case.value) or takes.accepts(case.value):
            continue
        for why in takes.violations(case.value):
            rule = f"{why.keyword}-{_verb(_has(writer, why.schema_pointer), narrowed=narrowed)}"
            yield Change(rule, why.instance_pointer, why.schema_pointer, breaks, case.value)


def _verb(is_in_both: bool, *, narrowed: bool) -> str:
    if is_in_both:
        return "narrowed" if narrowed else "widened"
    return "added" if narrowed else "removed"


def _has(schema: Any, pointer: Pointer) -> bool:
    for step in pointer:
        try:
            schema = schema[int(step)] if isinstance(schema, list) else schema[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return False
    return True


def _rest(old: JsonSchema, new: JsonSchema, retrieve: Retrieve | None) -> Iterator[Change]:
    """What the edges don't show: a witness of either direction, or that only words differ."""
    for one, other, breaks in ((new, old, Breaks.PRODUCER), (old, new, Breaks.CONSUMER)):
        answer = containment(one, closed(other), retrieve=retrieve)
        if answer.answer == "no":
            rule = "schema-narrowed" if breaks is Breaks.PRODUCER else "schema-widened"
            yield Change(rule, (), (), breaks, answer.witness)
            return
    if old != new:
        yield Change("schema-rewritten", (), (), Breaks.NONE)


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
        [normal_form(each, mode="serialization") for each in versions],
        normal_form(new),
        Mode(mode),
        retrieve=retrieve,
    )
