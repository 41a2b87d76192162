"""Calls and logs turned wrong: the opposite count, another schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stagepact.contract.clauses import CallValue, Clause, LogValue
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.schemas import permits_everything, turned_wrong

_ALWAYS = "at least 0"


def opposite(times: str) -> str:
    """A count that is none of those that are permitted."""
    if times == "never":
        return "at least 1"
    if times == "once":
        return "never"
    kind, number = times.split()[-2:]
    return {
        "most": f"at least {int(number) + 1}",
        "least": f"at most {int(number) - 1}",
        "exactly": f"exactly {int(number) + 1}",
    }[kind]


def calls(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite count; then one constraint of the arguments turned wrong."""
    value: CallValue = clause.value
    if value.times is not None and value.times != _ALWAYS:
        yield replace(clause, value=replace(value, times=opposite(value.times)))
    if value.arguments is not None:
        for each in turned_wrong(value.arguments):
            yield replace(clause, value=replace(value, arguments=each))


def any_calls(clause: Clause, seen: Seen) -> str:
    """Any number of calls, with any arguments."""
    value: CallValue = clause.value
    often = value.times in (None, _ALWAYS)
    free = value.arguments is None or permits_everything(value.arguments)
    return "any number of calls with any arguments is permitted" if often and free else ""


def logs(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite count; then one constraint of the fields turned wrong."""
    value: LogValue = clause.value
    if value.clause.times != _ALWAYS:
        times = {"times": opposite(value.clause.times)}
        yield replace(clause, value=replace(value, clause=value.clause.model_copy(update=times)))
    if value.fields is not None:
        for each in turned_wrong(value.fields):
            yield replace(clause, value=replace(value, fields=each))


def any_logs(clause: Clause, seen: Seen) -> str:
    """Any number of records, with any fields."""
    value: LogValue = clause.value
    free = value.fields is None or permits_everything(value.fields)
    often = value.clause.times == _ALWAYS
    return "any number of records with any fields is permitted" if often and free else ""
