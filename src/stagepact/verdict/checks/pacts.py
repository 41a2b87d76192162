"""What a consumer's pact demands of a provider; the clause's value knows how to compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from stagepact.contract.clauses import Clause
from stagepact.observation import Observation
from stagepact.verdict.checks.model import Check, Judgement


class Judging(Protocol):
    """A clause's value that judges a run by itself, and that can be turned wrong."""

    def judged(self, seen: Observation) -> Judgement:
        """Breaches, or a sentence that says why the run doesn't exercise the clause."""

    def turned_wrong(self) -> Iterator[Judging]:
        """The same, wrong in one way after the other."""


def interaction(clause: Clause, observation: Observation) -> Judgement:
    """In the states that it needs, the provider does what the consumer's pact expects."""
    value: Judging = clause.value
    return value.judged(observation)


def written(clause: Clause, observation: Observation) -> Judgement:
    """The pact file in the repository is what the contract's `consumes:` makes."""
    value: Judging = clause.value
    return value.judged(observation)


def compatible(clause: Clause, observation: Observation) -> Judgement:
    """All that the provider's contract permits is what the consumer's pact takes."""
    value: Judging = clause.value
    return value.judged(observation)


CHECKS: Mapping[str, Check] = {
    "pact.compatible": compatible,
    "pact.interaction": interaction,
    "pact.written": written,
}
