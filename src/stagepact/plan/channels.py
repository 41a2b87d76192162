"""Targets of channels: their messages, and each of their laws by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stagepact.adapters import asgi
from stagepact.adapters.bus import Buses, is_bus
from stagepact.adapters.sse import EventStreams
from stagepact.adapters.websocket import WebSockets
from stagepact.contract.channels import LawValue, channel_clauses, lacking
from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.models import Channel, seconds
from stagepact.errors import ContractError, Misuse, Place, Problem
from stagepact.flow import Target, View
from stagepact.observation import Limits
from stagepact.plan.blocks import item
from stagepact.plan.stages import Made, Resolve
from stagepact.subject import Case, SubjectId
from stagepact.subject.protocols.channels import Channels
from stagepact.subject.protocols.scenarios import MESSAGES, STREAM, ChannelSubject
from stagepact.subject.protocols.stages import is_function
from stagepact.verdict.exceptions import Surroundings, WrittenExcept


def channel_targets(
    documents: Iterable[Document],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: Resolve,
) -> Iterator[Made]:
    """The targets of each channel, or what is wrong with it."""
    for document in documents:
        for name, channel in document.contract.channels.items():
            place = document.place("channels", name, channel.protocol)
            try:
                clauses = channel_clauses(document, name)
                reached = _reach(channel, resolve, place)
            except ContractError as error:
                yield Made(problems=error.problems)
                continue
            own = tuple(
                WrittenExcept(entry, document.place("channels", name, "except", index))
                for index, entry in enumerate(channel.except_)
            )
            subject = ChannelSubject(
                SubjectId(name, f"channel:{name}", "channel", channel.protocol), channel, reached
            )
            yield Made(tuple(_targets(document, subject, clauses, (*exceptions, *own), here)))


def _targets(
    document: Document,
    subject: ChannelSubject,
    clauses: Iterable[Clause],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
) -> Iterator[Target]:
    """What the same scenario can judge stands together: the clauses of messages, each law."""
    by_scenario: dict[str, list[Clause]] = {}
    for clause in clauses:
        by_scenario.setdefault(_scenario(clause), []).append(clause)
    channel, limits = subject.channel, Limits(seconds=seconds(subject.channel.timeout))
    for scenario, together in by_scenario.items():
        items = tuple(item(each, document, subject.id, exceptions, here) for each in together)
        reason = _reason(channel, scenario)
        yield Target(
            f"{subject.id} {scenario}",
            (View(subject.id, items),),
            None if reason else subject,
            reason=reason,
            cases=(Case(scenario),),
            fuzz=0,
            limits=limits,
        )


def _scenario(clause: Clause) -> str:
    if isinstance(clause.value, LawValue):
        return clause.value.law
    return MESSAGES if clause.kind == "events.payload" else STREAM


def _reason(channel: Channel, scenario: str) -> str:
    """Why a scenario can't be played; "" where it can."""
    if scenario in (MESSAGES, STREAM):
        return lacking(channel, "burst")
    return lacking(channel, scenario)


def _reach(channel: Channel, resolve: Resolve, place: Place) -> Channels:
    """Where the channel is opened.

    Raises:
        ContractError: its reference can't be resolved, or leads to what is no such channel.
    """
    reference = channel.address.partition("#")[0]
    try:
        found = resolve(reference)
    except Misuse as error:
        raise ContractError(
            *(Problem(place, e.found, e.expected, e.advice, e.code) for e in error.problems)
        ) from error
    if channel.protocol == "bus":
        if is_bus(found) or callable(found):
            return Buses(channel, found)
        raise ContractError(
            _unlike(reference, found, "an object with subscribe and publish", place)
        )
    if not (asgi.is_asgi(found) or asgi.is_asgi_factory(found)):
        raise ContractError(_unlike(reference, found, "an ASGI application", place))
    apps = asgi.asgi_service(found)
    kind = WebSockets if channel.protocol == "websocket" else EventStreams
    return kind(channel, apps)


def _unlike(reference: str, found: Any, expected: str, place: Place) -> Problem:
    told = f"{reference}: {type(found).__qualname__} is none"
    advice = f"let {reference} say by its annotation what it returns" if is_function(found) else ""
    return Problem(place, told, f"{expected} or a factory of one", advice, "no-channel")
