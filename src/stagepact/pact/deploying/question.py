"""May this version be deployed there? What git has of pacts and records, and what follows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from stagepact.errors import ConfigurationError, Place, Problem, nearest
from stagepact.pact.deploying.deployable import Pair, Version, judge
from stagepact.pact.deploying.repository import Repository
from stagepact.pact.deploying.verified import Verification
from stagepact.pact.model import Pact


@dataclass(frozen=True, slots=True)
class Reply:
    """A version, where it is to go, and what is known of it beside each that is there."""

    version: Version
    to: str
    pairs: tuple[Pair, ...]
    absent: tuple[str, ...] = ()
    """Consumers that aren't there, and so need nothing."""
    shallow: bool = False
    """Whether a clone lacks the history in which records may be."""

    @property
    def deployable(self) -> bool:
        """Whether nothing speaks against it."""
        return all(pair.compatible for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class Question:
    """Who is to be deployed beside what; where a name has no repository, `home` is its."""

    name: str
    version: str
    to: str
    home: Repository
    repositories: Mapping[str, Repository] = field(default_factory=dict)

    def answer(self) -> Reply:
        """What git says.

        Raises:
            Misuse: a name, version or environment that nothing is known of, or a faulty file.
        """
        return _Git(self).reply()


class _Git:
    """What was read for one question: each commit's pacts and each repository's records once."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.own = self.repository(question.name)
        self.version = Version(question.name, self._own_commit())
        self._pacts: dict[tuple[Repository, str], tuple[Pact, ...]] = {}
        self._records: dict[Repository, tuple[Verification, ...]] = {}
        self._same: dict[tuple[Repository, str, str], bool] = {}

    def reply(self) -> Reply:
        question = self.question
        pacts = self.all_pacts()
        self._check_name(pacts)
        consumers = sorted({each.consumer for each in pacts if each.provider == question.name})
        there = {name: self.commit_there(name) for name in consumers}
        pairs = (*self.as_consumer(), *self.as_provider(there))
        absent = tuple(name for name, commit in there.items() if not commit)
        shallow = any(each.is_shallow() for each in self.repositories())
        return Reply(self.version, question.to, pairs, absent, shallow)

    def as_consumer(self) -> Iterator[Pair]:
        """It beside each provider that it expects something of."""
        mine = [
            each
            for each in self.pacts(self.own, self.version.commit)
            if each.consumer == self.question.name
        ]
        for name in sorted({each.provider for each in mine}):
            provider = Version(name, self.commit_there(name) or "")
            yield self.pair(self.version, provider, mine)

    def as_provider(self, there: Mapping[str, str | None]) -> Iterator[Pair]:
        """It beside each consumer that is there and expects something of it."""
        for name, commit in there.items():
            if not commit:
                continue
            pacts = self.pacts(self.repository(name), commit)
            if any(each.consumer == name and each.provider == self.question.name for each in pacts):
                yield self.pair(Version(name, commit), self.version, pacts)

    def pair(self, consumer: Version, provider: Version, pacts: Iterable[Pact]) -> Pair:
        """What the provider's records say of the pacts between the two."""
        between = [
            each
            for each in pacts
            if (each.consumer, each.provider) == (consumer.name, provider.name)
        ]
        repository = self.repository(provider.name)
        same = partial(self.same, repository, provider.commit)
        return judge(consumer, provider, between, self.records(repository), same)

    def all_pacts(self) -> tuple[Pact, ...]:
        """Those of the version, of all that is where it is to go, and of what is checked out."""
        question = self.question
        commits = {(self.own, self.version.commit)}
        known = False
        for repository in self.repositories():
            there = repository.deployed_commits(question.to)
            plain = repository.commit(question.to)
            named = (*there, plain, repository.commit("HEAD"))
            commits |= {(repository, commit) for commit in named if commit}
            known = known or bool(there or plain)
        if not known:
            raise _unknown_place(question)
        found = (each for where in sorted(commits, key=str) for each in self.pacts(*where))
        return tuple(found)

    def commit_there(self, name: str) -> str | None:
        """Which commit of a pacticipant is where it is to go."""
        repository = self.repository(name)
        environment = self.question.to
        return repository.deployed(environment, name) or repository.commit(environment)

    def repository(self, name: str) -> Repository:
        return self.question.repositories.get(name, self.question.home)

    def repositories(self) -> list[Repository]:
        question = self.question
        return list(dict.fromkeys((question.home, *question.repositories.values())))

    def pacts(self, repository: Repository, commit: str) -> tuple[Pact, ...]:
        where = (repository, commit)
        if where not in self._pacts:
            self._pacts[where] = repository.pacts(commit)
        return self._pacts[where]

    def records(self, repository: Repository) -> tuple[Verification, ...]:
        if repository not in self._records:
            self._records[repository] = repository.records()
        return self._records[repository]

    def same(self, repository: Repository, version: str, recorded: str) -> bool:
        if not version:
            return False
        where = (repository, version, recorded)
        if where not in self._same:
            self._same[where] = repository.same_code(recorded, version)
        return self._same[where]

    def _own_commit(self) -> str:
        commit = self.own.commit(self.question.version)
        if commit is None:
            place = Place(str(self.own.top))
            found = f"no commit, branch or tag `{self.question.version}`"
            expected = f"a version of {self.question.name}"
            advice = "fetch it, or name another with `--version`"
            raise ConfigurationError(Problem(place, found, expected, advice, "pact-version"))
        return commit

    def _check_name(self, pacts: Iterable[Pact]) -> None:
        names = {name for each in pacts for name in (each.consumer, each.provider)}
        name = self.question.name
        if name in names:
            return
        guess = nearest(name, names)
        found = f"no pact that names `{name}`, at the version or at `{self.question.to}`"
        expected = f"one of {', '.join(sorted(names)) or 'the names in committed pact files'}"
        advice = f"did you mean `{guess}`?" if guess else "commit its pacts in a folder `pacts`"
        place = Place(str(self.own.top))
        raise ConfigurationError(Problem(place, found, expected, advice, "pact-pacticipant"))


def _unknown_place(question: Question) -> ConfigurationError:
    found = f"no branch, tag or environment `{question.to}` in any repository"
    advice = (
        "fetch it; an environment is known once something is recorded as deployed there: "
        "`stagepact pact record-deployment`"
    )
    place = Place(str(question.home.top))
    return ConfigurationError(Problem(place, found, "where to deploy", advice, "pact-environment"))
