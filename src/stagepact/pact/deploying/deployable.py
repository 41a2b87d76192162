"""Whether one version can be deployed beside others: pacts held against records of verifications.

Nothing is read or run here: pacts, records, and what counts as the same code are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from stagepact.pact.deploying.digest import interaction_digest
from stagepact.pact.deploying.verified import Result, Verification
from stagepact.pact.model import Interaction, Pact


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
    known = _Known.of(consumer.name, own, same)
    interactions = {interaction_digest(each): each for pact in pacts for each in pact.interactions}
    answers = tuple(known.answer(digest, each) for digest, each in interactions.items())
    return Pair(consumer, provider, answers)


_Found = tuple[Verification, Result]


@dataclass(frozen=True, slots=True)
class _Known:
    """What records say of one consumer's interactions, the newest first."""

    by_digest: Mapping[str, list[_Found]]
    by_name: Mapping[str, list[_Found]]
    records: list[Verification]
    same: SameCode

    @classmethod
    def of(cls, consumer: str, records: Iterable[Verification], same: SameCode) -> _Known:
        by_digest: dict[str, list[_Found]] = {}
        by_name: dict[str, list[_Found]] = {}
        own: list[Verification] = []
        for record in records:
            results = [each for each in record.results if each.consumer == consumer]
            own += [record] if results else []
            for each in results:
                by_digest.setdefault(each.digest, []).append((record, each))
                by_name.setdefault(each.description, []).append((record, each))
        return cls(by_digest, by_name, own, same)

    def answer(self, digest: str, interaction: Interaction) -> Answer:
        """The first of these that holds; a failure by any engine counts before its success."""
        exact = self.by_digest.get(digest, [])
        newest = self._newest_by_engine(exact)
        failed = [found for found in newest if not found[1].success]
        if failed:
            by, result = failed[0]
            return Answer(interaction, Finding.FAILED, by, result.mismatches)
        if newest:
            return Answer(interaction, Finding.VERIFIED, newest[0][0])
        for finding, record in self._reasons(exact, interaction):
            return Answer(interaction, finding, record)
        return Answer(interaction, Finding.NEVER)

    def _newest_by_engine(self, found: Iterable[_Found]) -> list[_Found]:
        """Of each engine the newest that counts; no more is looked at than that takes."""
        newest: dict[str, _Found] = {}
        for record, result in found:
            if record.engine not in newest and self._counts(record):
                newest[record.engine] = (record, result)
        return list(newest.values())

    def _reasons(
        self, exact: Iterable[_Found], interaction: Interaction
    ) -> Iterator[tuple[Finding, Verification]]:
        for record, result in self.by_name.get(interaction.description, []):
            if result.states == interaction.states and self._counts(record):
                yield Finding.CHANGED, record
        for record, _ in exact:
            yield (Finding.UNCOMMITTED if record.uncommitted else Finding.ELSEWHERE), record
        for record in self.records:
            if self._counts(record):
                yield Finding.MISSING, record

    def _counts(self, record: Verification) -> bool:
        return not record.uncommitted and self.same(record.commit)
