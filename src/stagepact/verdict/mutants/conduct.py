"""What an operation owes unasked, turned wrong: what was seen becomes a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stagepact.contract.clauses import Clause, ConductValue
from stagepact.verdict.mutants.model import Seen


def no_server_error(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Every status is a server error."""
    value: ConductValue = clause.value
    yield replace(clause, value=replace(value, faults="12345"))


def valid_accepted(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The statuses that were seen are refusals."""
    value: ConductValue = clause.value
    yield replace(clause, value=replace(value, refused=tuple({each.status for each in seen.runs})))


def invalid_refused(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """No refusal is declared."""
    yield replace(clause, value=replace(clause.value, statuses=()))
