"""What HTTP asks of a service, turned wrong: a method more, another media type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stagepact.contract.clauses import Clause, MethodsValue
from stagepact.verdict.mutants.model import Seen


def methods(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The path has a method more, and GET answers with nothing that was seen."""
    value: MethodsValue = clause.value
    yield replace(clause, value=MethodsValue((*value.methods, "NOTHING"), ("100",)))


def implemented(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The application's routes are said to have nothing of the kind."""
    yield replace(clause, value=replace(clause.value, routed=False))


def problem(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another media type."""
    yield replace(clause, value="application/x-stagepact-nothing")
