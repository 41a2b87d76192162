"""What produces the messages of pacts: functions, runs of stages and pipelines, channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from stagepact.contract.channels import lacking
from stagepact.contract.models import Producer, seconds
from stagepact.errors import Misuse, nearest
from stagepact.flow import Target
from stagepact.observation import Limits
from stagepact.pact.model import Exchanged, Interaction
from stagepact.pact.verifying.interaction import Heard
from stagepact.pact.verifying.providers import FunctionProvider, NoProvider, RunProvider
from stagepact.pact.verifying.states import States
from stagepact.plan.given import case_of_values
from stagepact.plan.pact_said import Said
from stagepact.plan.stages import Resolve
from stagepact.subject import Case, Subject, SubjectId
from stagepact.subject.protocols.scenarios import MESSAGES, ChannelSubject

_LIMITS = Limits(scan_files=False)


@dataclass(frozen=True)
class Message:
    """An interaction of messages: the pact's file, its id there, and what is expected."""

    file: str
    name: str
    interaction: Interaction


@dataclass(frozen=True)
class Produced:
    """Interactions of one pact file that are run by one subject, by their ids."""

    file: str
    way: str
    make: Callable[[SubjectId], Subject]
    interactions: Mapping[str, Interaction]
    states: States
    heard: Mapping[str, Heard] = field(default_factory=dict)
    fixtures: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = _LIMITS
    reason: str = ""

    def subjects(self, identify: Callable[[str], SubjectId]) -> Iterator[Subject]:
        """The subject that runs them, whose id says by which way."""
        yield self.make(identify(self.way))


def messages(
    said: Said,
    wanted: Sequence[Message],
    states: States,
    resolve: Resolve,
    targets: Sequence[Target],
) -> Iterator[Produced]:
    """What produces each of these messages, together where one subject runs them."""
    making = _Making(said, states, resolve, targets)
    functions: dict[str, list[tuple[Message, Callable[..., Any], Producer]]] = {}
    for message in wanted:
        key = producer_of(message.interaction.description, said.pacts.messages)
        if key is None:
            yield making.nothing(message)
            continue
        producer = said.pacts.messages[key]
        if producer.function is not None:
            function = making.function(key, producer.function)
            if function is not None and states.fixtures(message.interaction.states):
                yield making.functions([(message, function, producer)])
            elif function is not None:
                functions.setdefault(message.file, []).append((message, function, producer))
        else:
            yield from making.run(key, producer, message)
    for group in functions.values():
        yield making.functions(group)


def producer_of(description: str, producers: Iterable[str]) -> str | None:
    """The key of a message's producer: its description, else the first glob that fits it."""
    known = tuple(producers)
    if description in known:
        return description
    return next((each for each in known if fnmatchcase(description, each)), None)


@dataclass(frozen=True)
class _Making:
    said: Said
    states: States
    resolve: Resolve
    targets: Sequence[Target]
    resolved: dict[str, Callable[..., Any] | None] = field(default_factory=dict)

    def nothing(self, message: Message) -> Produced:
        """Nothing produces it: its run says so."""
        told = message.interaction.description
        guess = nearest(told, self.said.pacts.messages)
        hint = f"did you mean `{guess}`?" if guess else "add it to `messages:` of `pacts:`"
        reasons = {message.name: f"nothing produces the message `{told}`; {hint}"}

        def make(id_: SubjectId) -> Subject:
            return NoProvider(id_, reasons)

        return self._produced(message, "function", make)

    def function(self, key: str, reference: str) -> Callable[..., Any] | None:
        """The function of a key, resolved once."""
        if key not in self.resolved:
            self.resolved[key] = self._function(key, reference)
        return self.resolved[key]

    def _function(self, key: str, reference: str) -> Callable[..., Any] | None:
        path = ("messages", key, "function")
        try:
            found = self.resolve(reference)
        except Misuse as error:
            self.said.lost(path, error)
            return None
        if callable(found):
            return found
        told = f"{reference}, which is no function ({type(found).__qualname__})"
        self.said.fault(path, told, "a function that returns the contents", "", "pact-function")
        return None

    def functions(self, group: Sequence[tuple[Message, Callable[..., Any], Producer]]) -> Produced:
        """Messages that functions return."""
        interactions = {message.name: message.interaction for message, _, _ in group}
        by_name = {message.name: function for message, function, _ in group}
        metadata = {message.name: producer.metadata for message, _, producer in group}

        def make(id_: SubjectId) -> Subject:
            return FunctionProvider(id_, by_name, metadata, self.states, interactions)

        return replace(self._produced(group[0][0], "function", make), interactions=interactions)

    def run(self, key: str, producer: Producer, message: Message) -> Iterator[Produced]:
        """A message that a run emits; nothing after writing down what is wrong."""
        section = next(each for each in ("stage", "pipeline", "channel") if getattr(producer, each))
        if isinstance(message.interaction.exchange, Exchanged):
            found = f"{section} for `{message.interaction.description}`, which asks and answers"
            expected = "`function:`, which is given the request"
            path = ("messages", key, section)
            self.said.fault(path, found, expected, "name a function", "pact-producer")
            return
        make = self._channel if section == "channel" else self._stage
        produced = make(key, section, producer, message)
        if produced is not None:
            yield produced

    def _stage(
        self, key: str, section: str, producer: Producer, message: Message
    ) -> Produced | None:
        """The run of a stage or pipeline, by its own target."""
        name = str(getattr(producer, section))
        known = {each.subject_name: each.target for each in _runs(self.targets, section)}
        target = known.get(name)
        if target is None:
            self._unknown(key, section, name, known)
            return None
        way = target.name.rpartition("[")[2].removesuffix("]")
        if target.subject is None:
            return replace(
                self._produced(message, way, lambda id_: NoProvider(id_, {})),
                reason=target.reason,
            )
        try:
            case = _case(producer, target)
        except ValueError as error:
            path = ("messages", key, "given")
            self.said.fault(path, f"given: {error}", "what an example gives", "", "pact-given")
            return None
        if case is None:
            reason = f"no example says what {name} is given: add one, or say `given:`"
            return replace(
                self._produced(message, way, lambda id_: NoProvider(id_, {})), reason=reason
            )
        event = str(producer.event)
        wire = target.subject.event_name.replace("{stage}", name).replace("{type}", event)
        heard = Heard(frozenset({event, wire}), producer.which or "each", producer.metadata)
        limits = replace(target.limits, scan_files=False)
        return replace(
            self._running(message, way, target.subject, case, heard),
            limits=limits,
            fixtures=target.fixtures,
        )

    def _channel(
        self, key: str, section: str, producer: Producer, message: Message
    ) -> Produced | None:
        """What all clients of a channel of this contract hear."""
        name = str(producer.channel)
        channels = self.said.document.contract.channels
        found = {
            each.subject.id.name: each.subject
            for each in self.targets
            if isinstance(each.subject, ChannelSubject)
        }
        if name not in channels:
            self._unknown(key, section, name, channels)
            return None
        reason = lacking(channels[name], "burst")
        if name not in found or reason:
            told = reason or f"the channel {name} can't be played: it promises nothing that runs"
            return replace(
                self._produced(message, "channel", lambda id_: NoProvider(id_, {})), reason=told
            )
        types = None if producer.event is None else frozenset({producer.event})
        which = producer.which or ("any" if types is None else "each")
        heard = Heard(types, which, producer.metadata)
        made = self._running(message, "channel", found[name], Case(MESSAGES), heard)
        longest = seconds(channels[name].timeout)
        return replace(made, limits=Limits(seconds=longest, scan_files=False))

    def _running(
        self, message: Message, way: str, inner: Subject, case: Case, heard: Heard
    ) -> Produced:
        def make(id_: SubjectId) -> Subject:
            interactions = {message.name: message.interaction}
            return RunProvider(id_, inner, {message.name: case}, self.states, interactions)

        return replace(self._produced(message, way, make), heard={message.name: heard})

    def _produced(
        self, message: Message, way: str, make: Callable[[SubjectId], Subject]
    ) -> Produced:
        interactions = {message.name: message.interaction}
        return Produced(message.file, way, make, interactions, self.states)

    def _unknown(self, key: str, section: str, name: str, known: Iterable[str]) -> None:
        there = sorted(known)
        guess = nearest(name, there)
        expected = f"one of {', '.join(there)}" if there else f"a {section} that a contract has"
        advice = f"did you mean {guess!r}?" if guess else f"add it to `{section}s:`"
        found = f"the {section} {name!r}, which is not there"
        self.said.fault(("messages", key, section), found, expected, advice, "pact-producer")


@dataclass(frozen=True)
class _Run:
    subject_name: str
    target: Target


def _runs(targets: Iterable[Target], section: str) -> Iterator[_Run]:
    """The targets of stages, or of pipelines, that are run for themselves."""
    for target in targets:
        name = target.name.rpartition("[")[0]
        own = [view.subject for view in target.views if view.stage is None]
        if section == "pipeline":
            runs = target.subject is not None and target.subject.id.kind == "pipeline"
            runs = runs or any(each.kind == "pipeline" for each in own)
        else:
            runs = any(each.name == name and each.kind not in _OTHERS for each in own)
        if runs and name and target.name.endswith("]") and " " not in target.name:
            yield _Run(name, target)


_OTHERS = frozenset({"pipeline", "operation", "service", "path", "channel", "pact"})


def _case(producer: Producer, target: Target) -> Case | None:
    """What a stage is run with: as the mapping says it, else its first example.

    Raises:
        ValueError: what the mapping says is nothing that can be given.
    """
    if producer.given is not None:
        return case_of_values({"given": producer.given}, target, "given by pacts")
    return next((each for each in target.cases if each.assumed), next(iter(target.cases), None))
