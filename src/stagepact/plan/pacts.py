"""Targets of pacts: each interaction that a consumer wrote, run with what the contract names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.files import find_named
from stagepact.contract.lint import pacts_path
from stagepact.contract.models import FromFixture, Service
from stagepact.errors import ContractError, Misuse, Problem, nearest
from stagepact.flow import Target, View
from stagepact.observation import Limits
from stagepact.pact.files import read_pact_of_project
from stagepact.pact.model import Http, Interaction, Pact
from stagepact.pact.official.engine import Engine, absent
from stagepact.pact.official.provider import Asking, Official
from stagepact.pact.official.verifier import Written
from stagepact.pact.verifying.credentials import Signing
from stagepact.pact.verifying.interaction import Heard, InteractionValue
from stagepact.pact.verifying.providers import ServiceProvider
from stagepact.pact.verifying.states import Maker, States
from stagepact.plan.authentication import fixtures_of
from stagepact.plan.blocks import item
from stagepact.plan.pact_comparisons import Comparing, comparison_targets
from stagepact.plan.pact_messages import Message, Produced, messages
from stagepact.plan.pact_said import Chosen, Said
from stagepact.plan.reached import Reached, reach, with_callers
from stagepact.plan.stages import Made, Resolve
from stagepact.subject import Case, Subject, SubjectId
from stagepact.subject.protocols.http import Exchange
from stagepact.subject.protocols.politeness import patience
from stagepact.subject.protocols.secrets import Secrets
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

KIND = "pact.interaction"

_SECONDS = 10.0


@dataclass(frozen=True)
class PactFiles:
    """The pact files of a project, each read once for all that name it."""

    root: Path
    _known: dict[Path, tuple[Pact | None, tuple[Problem, ...]]] = field(default_factory=dict)

    def read(self, path: Path) -> tuple[Pact | None, tuple[Problem, ...]]:
        """A pact, and what is wrong with its file."""
        if path not in self._known:
            try:
                self._known[path] = read_pact_of_project(path, self.root), ()
            except ContractError as error:
                self._known[path] = None, error.problems
        return self._known[path]


@dataclass(frozen=True)
class Providing:
    """What all pacts of a project are run with."""

    exceptions: tuple[WrittenExcept, ...]
    here: Surroundings
    resolve: Resolve
    connect_url: Callable[[str], Exchange]
    base_urls: Mapping[str, str]
    root: Path
    targets: tuple[Target, ...] = ()
    documents: tuple[Document, ...] = ()
    pact_engine: str | None = None
    """What compares, instead of what each `pacts:` says."""
    official: Engine = field(default_factory=Engine)

    @cached_property
    def files(self) -> PactFiles:
        """The pact files of the project."""
        return PactFiles(self.root)

    def is_official(self, said: Said) -> bool:
        """Whether the official engine compares."""
        return (self.pact_engine or said.pacts.engine) == "official"

    def written(self, pact: Pact, interactions: Mapping[str, Interaction]) -> dict[str, Written]:
        """Interactions as they stand in the pact's file, by their ids."""
        document = json.loads((self.root / pact.file).read_bytes())
        numbers = {id(each): number for number, each in enumerate(pact.interactions)}
        return {
            name: Written(document, pact, numbers[id(each)]) for name, each in interactions.items()
        }


def pact_targets(documents: Iterable[Document], by: Providing) -> Iterator[Made]:
    """The targets of all interactions that the documents' `pacts:` are for."""
    for document in documents:
        for index, pacts in enumerate(document.contract.pacts):
            said = Said(document, pacts, pacts_path(document, index))
            yield Made(tuple(_targets(said, by)), tuple(said.problems))


def pact_faults(documents: Iterable[Document], root: Path) -> Iterator[Problem]:
    """What is wrong with pact files that documents name, and with what chooses some of them."""
    files = PactFiles(root)
    for document in documents:
        for index, pacts in enumerate(document.contract.pacts):
            said = Said(document, pacts, pacts_path(document, index))
            _chosen(said, files)
            yield from said.problems


def _targets(said: Said, by: Providing) -> Iterator[Target]:
    chosen = _chosen(said, by.files)
    states = _states(said, by.resolve)
    asked = [each for each in chosen if isinstance(each.interaction.exchange, Http)]
    reached = _service(said, by, asked) if asked else None
    if reached is not None:
        yield from _of_service(said, by, asked, reached, states)
    own_ways = _exceptions(said, by)
    comparing = Comparing(by.documents, own_ways, by.here, by.connect_url, reached)
    yield from comparison_targets(said, chosen, comparing)
    rest = [each for each in chosen if not isinstance(each.interaction.exchange, Http)]
    wanted = [Message(each.pact.file, each.name, each.interaction) for each in rest]
    own = States({name: each for name, each in states.items() if not each.positional})
    pacts = {each.pact.file: each.pact for each in rest}
    for produced in messages(said, wanted, own, by.resolve, by.targets):
        yield from _of_messages(said, by, pacts[produced.file], produced)


# -- which interactions ------------------------------------------------------------------------


def _chosen(said: Said, files: PactFiles) -> list[Chosen]:
    """The interactions of the provider's pacts that the filters let through."""
    pacts = _of_provider(said, _read(said, files))
    chosen = [each for pact in pacts for each in _named(pact)]
    pattern = said.pacts.only
    if not chosen or pattern is None:
        return chosen
    kept = [each for each in chosen if re.search(pattern, each.interaction.description)]
    if not kept:
        guess = nearest(pattern, [each.interaction.description for each in chosen])
        advice = f"the nearest is `{guess}`" if guess else "`stagepact pact read` lists them"
        found = f"only: {pattern!r}, which is in no description of {len(chosen)} interactions"
        said.fault(("only",), found, "a regular expression for some", advice, "pact-filter")
    return kept


def _read(said: Said, files: PactFiles) -> list[Pact]:
    """All pact files that `from` names, each once."""
    paths: dict[Path, None] = {}
    for index, name in enumerate(said.pacts.from_):
        try:
            beside = said.document.path
            paths |= dict.fromkeys(find_named(name, beside, said.place("from", index)))
        except ContractError as error:
            said.problems.extend(error.problems)
    found: list[Pact] = []
    for path in paths:
        pact, problems = files.read(path)
        said.problems.extend(problems)
        if pact is not None:
            found.append(pact)
    return found


def _of_provider(said: Said, pacts: list[Pact]) -> list[Pact]:
    """The pacts of the provider, by the consumers that are meant."""
    name, consumers = said.pacts.provider, said.pacts.consumers
    own = [pact for pact in pacts if pact.provider == name]
    if pacts and not own:
        known = sorted({pact.provider for pact in pacts})
        _unknown(said, ("provider",), f"the provider {name!r}, for which no pact is", known)
    there = sorted({pact.consumer for pact in own})
    for index, consumer in enumerate(consumers):
        if own and consumer not in there:
            found = f"the consumer {consumer!r}, which has no pact with {name}"
            _unknown(said, ("consumers", index), found, there)
    return [pact for pact in own if not consumers or pact.consumer in consumers]


def _unknown(said: Said, path: tuple[str | int, ...], found: str, known: list[str]) -> None:
    guess = nearest(found.split("'")[1], known)
    advice = f"did you mean {guess!r}?" if guess else "write one of them"
    expected = f"one of those that the files name: {', '.join(known)}"
    said.fault(path, found, expected, advice, f"pact-{path[0]}".rstrip("s"))


def _named(pact: Pact) -> Iterator[Chosen]:
    """The interactions with their ids: the description, and the states where it needs them."""
    described = [" ".join(each.description.split()) for each in pact.interactions]
    counted = Counter(described)
    for interaction, description in zip(pact.interactions, described, strict=True):
        states = " and ".join(" ".join(each.name.split()) for each in interaction.states)
        told = f"{description} given {states or 'nothing'}"
        yield Chosen(pact, interaction, told if counted[description] > 1 else description)


# -- what they are run with ----------------------------------------------------------------------


def _states(said: Said, resolve: Resolve) -> dict[str, Maker]:
    """What brings states about; names come before globs."""
    makers: dict[str, Maker] = {}
    for name, value in said.pacts.states.items():
        if isinstance(value, FromFixture):
            makers[name] = Maker(fixture=value.fixture)
        elif value is None:
            makers[name] = Maker()
        else:
            function = _function(said, ("states", name), value, resolve)
            makers[name] = Maker(function)
    return makers


def _function(
    said: Said, path: tuple[str | int, ...], reference: str, resolve: Resolve
) -> Callable[..., object] | None:
    try:
        function = resolve(reference)
    except Misuse as error:
        said.lost(path, error)
        return None
    if callable(function):
        return function
    found = f"{reference}, which is no function ({type(function).__qualname__})"
    said.fault(path, found, "a function", "name one, or a `{fixture: name}`", "pact-function")
    return None


def _service(said: Said, by: Providing, asked: list[Chosen]) -> Reached | None:
    """The service that answers, reached; None after writing down what is wrong."""
    services, name = said.document.contract.services, _service_name(said)
    if name is None or name not in services:
        first = asked[0]
        wanted = f"{len(asked)} HTTP interactions (the first at {first.interaction.place})"
        found = f"{wanted}, and no service" if name is None else f"the service {name!r}"
        known = ", ".join(services)
        guess = nearest(name or "", services)
        advice = f"did you mean {guess!r}?" if guess else "say `service:`"
        expected = f"one of {known}" if known else "one in `services:` that answers them"
        said.fault(("service",), found, expected, advice, "pact-service")
        return None
    if not _knows_user(said, services[name]):
        return None
    try:
        reached = reach(
            said.document, name, services[name], by.resolve, by.connect_url, by.base_urls
        )
        if said.pacts.as_ is None:
            return reached
        return with_callers(said.document, name, reached, by.here, by.resolve)
    except ContractError:  # told with the service itself
        return None


def _knows_user(said: Said, service: Service) -> bool:
    """Whether the service has the user as whom it is asked, which is told otherwise."""
    user, users = said.pacts.as_, () if service.auth is None else tuple(service.auth.users)
    if user is None or user in users:
        return True
    guess = nearest(user, users)
    found = f"as: the user {user!r}, whom the service doesn't define"
    expected = f"one of {', '.join(users)}" if users else "a key of the service's `auth.users`"
    advice = f"did you mean {guess!r}?" if guess else "add the user to `auth:` of the service"
    said.fault(("as",), found, expected, advice, "pact-user")
    return False


def _service_name(said: Said) -> str | None:
    """The service that is meant, which needn't be there."""
    services = said.document.contract.services
    return (
        next(iter(services))
        if said.pacts.service is None and len(services) == 1
        else (said.pacts.service)
    )


def _signing(said: Said, reached: Reached) -> tuple[Signing | None, dict[str, str]]:
    """As whom the service is asked, and the fixtures that give that user's secrets."""
    user, callers = said.pacts.as_, reached.authentication
    if user is None or callers is None:
        return None, {}
    auth = said.document.contract.services[str(_service_name(said))].auth
    own = {port: each for port, each in fixtures_of(auth) if port.split(".")[2] == user}
    return Signing(callers, user, frozenset(auth.refused if auth else ())), own


def _of_service(
    said: Said, by: Providing, asked: list[Chosen], reached: Reached, states: dict[str, Maker]
) -> Iterator[Target]:
    own = {name: Maker(function, positional=True) for name, function in reached.states.items()}
    whole = States({**own, **states})
    limits = Limits(seconds=_SECONDS + patience(reached.exchange), scan_files=False)
    signing, fixtures = _signing(said, reached)
    for pact, group in _grouped(asked, whole):
        interactions = {each.name: each.interaction for each in group}
        id_ = _subject(said, pact, reached.path)
        subject = ServiceProvider(id_, reached.exchange, whole, interactions, signing=signing)
        if by.is_official(said):
            asking = Asking(by.official, by.written(pact, interactions))
            subject = replace(subject, ask=asking)
        yield _target(said, by, pact, subject, interactions, limits, states=whole,
                      fixtures=fixtures, secrets=reached.secrets)  # fmt: skip


def _of_messages(said: Said, by: Providing, pact: Pact, produced: Produced) -> Iterator[Target]:
    for subject in produced.subjects(lambda way: _subject(said, pact, way)):
        yield _target(
            said, by, pact, subject, produced.interactions, produced.limits, produced.heard,
            states=produced.states, fixtures=produced.fixtures, reason=produced.reason,
        )  # fmt: skip


def _grouped(chosen: list[Chosen], states: States) -> Iterator[tuple[Pact, list[Chosen]]]:
    """What shares an app's life: the interactions of a pact, but those of fixtures each alone."""
    shared: dict[str, list[Chosen]] = {}
    for each in chosen:
        if states.fixtures(each.interaction.states):
            yield each.pact, [each]
        else:
            shared.setdefault(each.pact.file, []).append(each)
    for group in shared.values():
        yield group[0].pact, group


def _subject(said: Said, pact: Pact, way: str) -> SubjectId:
    return SubjectId(pact.file, f"{pact.consumer}:{said.pacts.provider}", "pact", way)


def _target(
    said: Said,
    by: Providing,
    pact: Pact,
    subject: Subject,
    interactions: Mapping[str, Interaction],
    limits: Limits,
    heard: Mapping[str, Heard] | None = None,
    *,
    states: States,
    fixtures: Mapping[str, str] | None = None,
    secrets: Secrets | None = None,
    reason: str = "",
) -> Target:
    """A target of interactions that are run by one subject, each judged by its own case only."""
    document = said.document
    exceptions = _exceptions(said, by)
    views = []
    needed = dict(fixtures or {})
    official = by.is_official(said)
    written = by.written(pact, interactions) if official else {}
    for name, interaction in interactions.items():
        needed |= states.fixtures(interaction.states)
        value = InteractionValue(
            pact.consumer, pact.provider, pact.file, interaction, (heard or {}).get(name)
        )
        if official:
            value = replace(value, engine=Official(by.official, written[name]))
        clause = Clause(name, KIND, interaction.place, promise(value), value)
        one = item(clause, document, subject.id, exceptions, by.here)
        views.append(View(subject.id, (one,), case=name))
    why = (absent() if official else "") or reason
    return Target(
        f"{document.file} {pact.file} {' '.join(interactions)[:200]}[{subject.id.path}]",
        tuple(views),
        None if why else subject,
        reason=why,
        cases=tuple(map(Case, interactions)),
        fuzz=0,
        limits=limits,
        fixtures=needed,
        secrets=secrets or Secrets(),
    )


def _exceptions(said: Said, by: Providing) -> tuple[WrittenExcept, ...]:
    entries = enumerate(said.pacts.except_)
    own = (WrittenExcept(each, said.place("except", index)) for index, each in entries)
    return (*by.exceptions, *own)


def promise(value: InteractionValue) -> str:
    """An interaction in one sentence, with the states that it needs."""
    exchange = value.interaction.exchange
    states = " and ".join(f"`{each.name}`" for each in value.interaction.states)
    given = f"given {states}, " if states else ""
    if isinstance(exchange, Http):
        request = exchange.request
        asked = f"{request.method} {request.path}"
        return f"{given}{asked} is answered as {value.consumer} expects it"
    return f"{given}the message is as {value.consumer} expects it"
