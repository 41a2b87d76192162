"""Targets of comparisons: each interaction of a pact against what the contracts declare.

Nothing is run. Who declares nothing (a service without operations, a stage without events) has no
such target; of one that does, what isn't declared is not exercised, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.lint import pacts_path
from stagepact.contract.models import Producer, Service
from stagepact.flow import Target, View
from stagepact.observation import Limits
from stagepact.pact.compare.clause import PATH, CompatibleValue, Declaration
from stagepact.pact.compare.model import Verdict
from stagepact.pact.compare.provider import Declared, Provider, provider
from stagepact.pact.model import Http, Interaction, Pact, Sent
from stagepact.plan.blocks import item
from stagepact.plan.described import described_service
from stagepact.plan.pact_messages import producer_of
from stagepact.plan.pact_said import Chosen, Said
from stagepact.plan.reached import Reached
from stagepact.subject import Case, SubjectId
from stagepact.subject.protocols.http import Exchange
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

KIND = "pact.compatible"

_SECTIONS = {"stage": "stages", "pipeline": "pipelines", "channel": "channels"}


@dataclass(frozen=True)
class Comparing:
    """What pacts are compared with, and how their items are made."""

    documents: tuple[Document, ...]
    exceptions: tuple[WrittenExcept, ...]
    here: Surroundings
    connect_url: Callable[[str], Exchange]
    reached: Reached | None = None


def comparison_targets(said: Said, chosen: Sequence[Chosen], by: Comparing) -> Iterator[Target]:
    """A target for each pact file of which something is declared."""
    answers = _operations(said, by)
    messages = provider(by.documents).messages
    values: dict[str, dict[str, CompatibleValue]] = {}
    for each in chosen:
        found = _declared(said, each, answers, messages)
        if found is not None:
            side, name = found
            value = CompatibleValue(
                each.pact.consumer, each.pact.file, each.interaction, side, name
            )
            values.setdefault(each.pact.file, {})[each.name] = value
    for file, group in values.items():
        yield _target(said, file, group, by)


def compared(pact: Pact, interaction: Interaction, side: Provider) -> Verdict:
    """How an interaction compares; a message is the one that `pacts:` of the provider names."""
    messages, name = named_for(pact, interaction, side)
    return CompatibleValue(pact.consumer, pact.file, interaction, messages, name).compared()


def named_for(pact: Pact, interaction: Interaction, side: Provider) -> tuple[Provider, str]:
    """The messages that the provider's `pacts:` names for an interaction, and by what name.

    Where it names none, all that is declared and no name: the description is meant.
    """
    chosen = Chosen(pact, interaction, interaction.description)
    for document in side.documents if isinstance(interaction.exchange, Sent) else ():
        for index, entry in enumerate(document.contract.pacts):
            if entry.provider == pact.provider:
                said = Said(document, entry, pacts_path(document, index))
                found = _declared(said, chosen, side, side.messages)
                if found is not None:
                    return found
    return side, ""


def _declared(
    said: Said, chosen: Chosen, answers: Provider, messages: tuple[Declared, ...]
) -> tuple[Provider, str] | None:
    """What is declared for an interaction, with a message's name; None where there is nothing."""
    exchange = chosen.interaction.exchange
    if isinstance(exchange, Http):
        return (answers, "") if answers.operations else None
    if not isinstance(exchange, Sent):
        return None
    description = chosen.interaction.description
    key = producer_of(description, said.pacts.messages)
    if key is None:
        return None
    producer = said.pacts.messages[key]
    if producer.function is not None:
        side = Provider(messages=messages)
        return (side, description) if side.meant(description) else None
    return _of_run(producer, messages, said)


def _of_run(
    producer: Producer, messages: tuple[Declared, ...], said: Said
) -> tuple[Provider, str] | None:
    """The events of a stage or pipeline, or the messages of a channel, that are declared."""
    section = next(each for each in _SECTIONS if getattr(producer, each))
    name = str(getattr(producer, section))
    own = tuple(each for each in messages if each.is_of(_SECTIONS[section], name))
    if section == "pipeline":  # its stages tell their events, too
        own = (*own, *(each for each in messages if each.block[0] == "stages"))
    if not own or producer.event is None:
        return None
    place = said.place("messages")
    typed = tuple(each for each in own if each.is_of(_SECTIONS[section], name))
    if any(each.type == producer.event for each in typed):
        own = typed
    return Provider(messages=own, place=place), producer.event


def _operations(said: Said, by: Comparing) -> Provider:
    """The operations of the service, in all contracts that speak of it, and in its document."""
    services = said.document.contract.services
    name = said.pacts.service or (next(iter(services)) if len(services) == 1 else None)
    if name is None or name not in services:
        return Provider()
    own = services[name]
    documents = list(by.documents)
    described = None
    if own.openapi and by.reached is not None:
        described = described_service(said.document, name, by.reached, by.connect_url)
        documents += [] if described is None else [described.document]
    whole = provider(documents)
    operations = tuple(
        each
        for each in whole.operations
        if _is_same(own, each.document.contract.services[each.service])
    )
    return Provider(operations, place=said.document.place("services", name))


def _is_same(own: Service, other: Service) -> bool:
    """Whether two blocks are about one service."""
    if own.app is not None:
        return own.app == other.app
    return own.url is not None and own.url == other.url


def _target(said: Said, file: str, values: dict[str, CompatibleValue], by: Comparing) -> Target:
    consumer = next(iter(values.values())).consumer
    id_ = SubjectId(file, f"{consumer}:{said.pacts.provider}", "pact", PATH)
    views = []
    for name, value in values.items():
        promise = f"all that is declared of `{name}` is as {consumer} expects it"
        clause = Clause(name, KIND, value.interaction.place, promise, value)
        one = item(clause, said.document, id_, by.exceptions, by.here)
        views.append(View(id_, (one,), case=name))
    return Target(
        f"{said.document.file} {file} {' '.join(values)[:200]}[{PATH}]",
        tuple(views),
        Declaration(id_),
        cases=tuple(map(Case, values)),
        fuzz=0,
        limits=Limits(scan_files=False),
    )
