"""Interactions of pacts turned wrong: another status, another member of a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.verdict.checks.pacts import Judging
from stagepact.verdict.mutants.model import Mutants, Seen


def interaction(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """What the consumer expects, as something else."""
    value: Judging = clause.value
    for wrong in value.turned_wrong():
        yield replace(clause, value=wrong)


PACT_MUTANTS: Mapping[str, Mutants] = {
    "pact.compatible": interaction,
    "pact.interaction": interaction,
    "pact.written": interaction,
}
