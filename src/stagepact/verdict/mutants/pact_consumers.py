"""Clauses of consumers' handlers, turned wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.verdict.checks.pact_consumers import REFUSED
from stagepact.verdict.mutants.model import Mutants, Seen


def consumer(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite: the handler takes nothing."""
    yield replace(clause, value=REFUSED)


PACT_CONSUMER_MUTANTS: Mapping[str, Mutants] = {"pact.consumer": consumer}
