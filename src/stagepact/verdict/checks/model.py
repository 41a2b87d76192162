"""What a check is: a pure function of a clause and an observation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from stagepact.contract.clauses import Clause
from stagepact.observation import Observation
from stagepact.schema.explain import SchemaViolation, shorten
from stagepact.schema.normalise import Pointer
from stagepact.schema.validate import Validator
from stagepact.subject import Event


@dataclass(frozen=True, slots=True)
class Breach:
    """One way in which an observation breaks a clause.

    `traceback` tells where it came from; without one it is that of what the subject raised.
    """

    promised: str
    seen: str
    pointer: Pointer = ()
    traceback: str = ""


# Breaches (none: kept), or a sentence that says why this run doesn't exercise the clause.
Judgement = tuple[Breach, ...] | str
Check = Callable[[Clause, Observation], Judgement]

KEPT: tuple[Breach, ...] = ()


class EventCheck(Protocol):
    """A check over events, in a form that a recorded log can be judged by, piece by piece.

    `start` makes a state, `step` takes an event of the subject (its type as the contract
    names it) and gives the next state, `end` judges. States are values.
    """

    def start(self, clause: Clause) -> Any:
        """The state before the first event."""

    def step(self, clause: Clause, state: Any, type: str, event: Event) -> Any:
        """The state after one more event."""

    def end(self, clause: Clause, state: Any) -> Judgement:
        """The judgement of all events that were seen."""


def successful(status: str) -> bool:
    """Whether an end counts as a success: `ok`, or an HTTP status of 2xx."""
    return status == "ok" or (len(status) == 3 and status[0] == "2" and status.isdigit())


def from_schema_violation(found: SchemaViolation, under: Pointer = ()) -> Breach:
    """A schema's violation as a breach, its pointer set under where the value stands."""
    return Breach(found.promised, found.seen, (*under, *found.instance_pointer))


def schema_breaches(validator: Validator, value: Any, under: Pointer = ()) -> tuple[Breach, ...]:
    """How a value breaks a schema: a fast yes first, the explanation only after a no."""
    if validator.accepts(value):
        return KEPT
    found = tuple(from_schema_violation(each, under) for each in validator.violations(value))
    return found or (Breach("a value of the schema", shorten(value), under),)


def differences(expected: Any, seen: Any, under: Pointer = ()) -> tuple[Breach, ...]:
    """Where two JSON values differ; a bool is no number, 1 and 1.0 are equal (RFC 8259)."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        found: list[Breach] = []
        for key in [*expected, *(key for key in seen if key not in expected)]:
            place = (*under, key)
            if key not in seen:
                found.append(Breach(shorten(expected[key]), "nothing", place))
            elif key not in expected:
                found.append(Breach("nothing", shorten(seen[key]), place))
            else:
                found += differences(expected[key], seen[key], place)
        return tuple(found)
    if isinstance(expected, list) and isinstance(seen, list) and len(expected) == len(seen):
        return tuple(
            breach
            for index, (left, right) in enumerate(zip(expected, seen, strict=True))
            for breach in differences(left, right, (*under, index))
        )
    try:
        same = isinstance(expected, bool) is isinstance(seen, bool) and bool(expected == seen)
    except Exception:  # what was seen may be an object of the user's, whose == raises
        same = False
    if same:
        return KEPT
    return (Breach(shorten(expected), shorten(seen), under),)
