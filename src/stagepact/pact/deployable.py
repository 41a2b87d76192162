"""Whether one version can be deployed beside others: pacts held against records of verifications.

Nothing is read or run here: pacts, records, and what counts as the same code are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from stagepact.pact.digest import interaction_digest
from stagepact.pact.model import Interaction, Pact
from stagepact.pact.verified import Result, Verification


class Finding(Enum):
    """What records say of one interaction at one version of the provider."""

    VERIFIED = "verified"
    FAILED = "failed"
    CHANGED = "verified for another content"
    MISSING = "left out when the pact was verified"
    UNCOMMITTED = "verified with uncommitted changes only"
    ELSEWHERE = "verified for other code only"
    NEVER = "never verified"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one interaction, and by which verification."""

    interaction: Interaction
    finding: Finding
    by: Verification | None = None
    mismatches: tuple[str, ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it is no reason against: verified, or pending."""
        return self.finding is Finding.VERIFIED or self.interaction.pending


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a pacticipant: its commit, or "" where it isn't deployed at all."""

    name: str
    commit: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A version of a consumer beside a version of a provider, and what is known of them."""

    consumer: Version
    provider: Version
    answers: tuple[Answer, ...]

    @property
    def compatible(self) -> bool:
        """Whether the provider is there, and nothing speaks against any interaction."""
        return bool(self.provider.commit) and all(each.stands for each in self.answers)


SameCode = Callable[[str], bool]
"""Whether what is recorded for a commit holds for the version that is asked for."""


def judge(
    consumer: Version,
    provider: Version,
    pacts: Iterable[Pact],
    records: Iterable[Verification],
    same: SameCode,
) -> Pair:
    """What the records, the newest first, say of all that a consumer expects of a provider."""
    own = [each for each in records if each.provider == provider.name]
    known = _Known(consumer.name, own, same)
    interactions = {interaction_digest(each): each for pact in pacts for each in pact.interactions}
    answers = tuple(known.answer(digest, each) for digest, each in interactions.items())
    return Pair(consumer, provider, answers)


@dataclass(frozen=True, slots=True)
class _Known:
    consumer: str
    records: list[Verification]
    same: SameCode

    def answer(self, digest: str, interaction: Interaction) -> Answer:
        """The first of these that holds; a failure by any engine counts before its success."""
        exact = list(self._results(lambda each: each.digest == digest))
        counting = [pair for pair in exact if self._counts(pair[0])]
        newest = _newest_by_engine(counting)
        failed = [pair for pair in newest.values() if not pair[1].success]
        if failed:
            by, result = failed[0]
            return Answer(interaction, Finding.FAILED, by, result.mismatches)
        if newest:
            return Answer(interaction, Finding.VERIFIED, next(iter(newest.values()))[0])
        for finding, by in self._reasons(exact, interaction):
            return Answer(interaction, finding, by)
        return Answer(interaction, Finding.NEVER)

    def _reasons(
        self, exact: list[tuple[Verification, Result]], interaction: Interaction
    ) -> Iterator[tuple[Finding, Verification]]:
        name = (interaction.description, interaction.states)
        for by, result in self._results(lambda each: True):
            if self._counts(by) and (result.description, result.states) == name:
                yield Finding.CHANGED, by
        for by, _ in exact:
            yield (Finding.UNCOMMITTED if by.uncommitted else Finding.ELSEWHERE), by
        for by, _ in self._results(lambda each: True):
            if self._counts(by):
                yield Finding.MISSING, by

    def _results(self, wanted: Callable[[Result], bool]) -> Iterator[tuple[Verification, Result]]:
        for record in self.records:
            for result in record.results:
                if result.consumer == self.consumer and wanted(result):
                    yield record, result

    def _counts(self, record: Verification) -> bool:
        return not record.uncommitted and self.same(record.commit)


def _newest_by_engine(
    pairs: Iterable[tuple[Verification, Result]],
) -> Mapping[str, tuple[Verification, Result]]:
    newest: dict[str, tuple[Verification, Result]] = {}
    for record, result in pairs:
        newest.setdefault(record.engine, (record, result))
    return newest
