"""What was returned, turned wrong: status, type, JSON, schema and keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stagepact.contract.clauses import Clause, StatusValue
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.schemas import permits_everything, turned_wrong

# A status, a type or a key that nobody has.
NOTHING = "stagepact: there is no such thing"


def status(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The statuses that were seen are taken away, and so is what may be raised."""
    value: StatusValue = clause.value
    left = tuple(
        each
        for each in value.statuses
        if not any(_covers(each, observation.status) for observation in seen.runs)
    )
    yield replace(clause, value=StatusValue(left or (NOTHING,), ()))


def _covers(declared: str, seen: str) -> bool:
    return declared in (seen, f"{seen[:1]}XX")


def returned_type(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another type."""
    yield replace(clause, value=NOTHING)


def any_type(clause: Clause, seen: Seen) -> str:
    """Everything is an object."""
    return "everything is an object" if clause.value in ("object", "builtins:object") else ""


def json(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """What was returned is asked to be something that has no JSON form."""
    yield replace(clause, kind="output.type", value=NOTHING)


def data(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """One constraint of the schema turned wrong."""
    return (replace(clause, value=each) for each in turned_wrong(clause.value))


def any_data(clause: Clause, seen: Seen) -> str:
    """A schema that permits every value."""
    return "its schema permits every value" if permits_everything(clause.value) else ""


def declared(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """A key more."""
    yield replace(clause, value=(*clause.value, NOTHING))
