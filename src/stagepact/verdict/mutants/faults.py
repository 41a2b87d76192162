"""Clauses of runs with faults turned wrong: another status, an opposite count, another schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import (
    Clause,
    FaultValue,
    HappensValue,
    RetriesValue,
    StatusValue,
)
from stagepact.contract.expression import parse
from stagepact.verdict.mutants import traffic
from stagepact.verdict.mutants.model import Mutants, Seen
from stagepact.verdict.mutants.schemas import turned_wrong

_NO_STATUS = "a status that nothing has"
_NOTHING_SAYS = r"(?!)"


def ends(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another status than any."""
    value: FaultValue = clause.value
    none = StatusValue((_NO_STATUS,), ())
    yield replace(clause, value=replace(value, ends=none, may_be_cancelled=False))


def judged(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The inner clause turned wrong."""
    value: FaultValue = clause.value
    assert value.inner is not None
    for each in _INNER[value.inner.kind](value.inner, seen):
        yield replace(clause, value=replace(value, inner=each))


def _error(clause: Clause, seen: Seen) -> Iterator[Clause]:
    yield replace(clause, value=_NOTHING_SAYS)


def _output(clause: Clause, seen: Seen) -> Iterator[Clause]:
    for each in turned_wrong(clause.value):
        yield replace(clause, value=each)


def _event(clause: Clause, seen: Seen) -> Iterator[Clause]:
    value: HappensValue = clause.value
    yield replace(clause, value=replace(value, type=f"no {value.type}"))


def _retries(clause: Clause, seen: Seen) -> Iterator[Clause]:
    value: RetriesValue = clause.value
    if value.times is not None:
        yield replace(clause, value=replace(value, times=traffic.opposite(value.times)))
    yield replace(clause, value=replace(value, backoff=(1e9,)))


def _holds(clause: Clause, seen: Seen) -> Iterator[Clause]:
    yield replace(clause, value=parse("false"))


def _within(clause: Clause, seen: Seen) -> Iterator[Clause]:
    yield replace(clause, value=-1.0)


_INNER: Mapping[str, Mutants] = {
    "fault.error": _error,
    "fault.output": _output,
    "fault.event": _event,
    "fault.retries": _retries,
    "fault.holds": _holds,
    "fault.within": _within,
    "calls": traffic.calls,
    "logs": traffic.logs,
}


def recovers(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """A success of which nothing has the status."""
    value: FaultValue = clause.value
    yield replace(clause, value=replace(value, ends=StatusValue((_NO_STATUS,), ())))


def circuit(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """A circuit that lets a call through while it is open."""
    value: FaultValue = clause.value
    yield replace(clause, value=replace(value, open_calls=value.open_calls + 1))


FAULT_MUTANTS: Mapping[str, Mutants] = {
    "faults.ends": ends,
    "faults.judged": judged,
    "faults.recovers": recovers,
    "faults.circuit": circuit,
}
