"""Clauses of runs to which something happens, turned wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause, StatusValue
from stagepact.contract.expression import parse
from stagepact.verdict.mutants.model import Mutants, Seen

_NO_STATUS = "a status that nothing has"


def ends(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another status than any."""
    yield replace(clause, value=replace(clause.value, ends=StatusValue((_NO_STATUS,), ())))


def within(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Less than no time."""
    yield replace(clause, value=replace(clause.value, limit=-1.0))


def negated(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite: something is wrong, the next run is ill."""
    yield replace(clause, value=replace(clause.value, negated=True))


def holds(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """What is never true."""
    yield replace(clause, value=replace(clause.value, expression=parse("false")))


CHAOS_MUTANTS: Mapping[str, Mutants] = {
    "chaos.ends": ends,
    "chaos.within": within,
    "chaos.check": negated,
    "chaos.recovers": negated,
    "chaos.holds": holds,
}
