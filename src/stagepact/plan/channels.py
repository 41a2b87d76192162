"""Targets of channels: their messages, and each of their laws by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Protocol

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


class Extras(Protocol):
    """Ways to channels that need an optional library, which is imported when one is asked for."""

    def by_url(self, channel: Channel) -> Channels:
        """A WebSocket or an event stream by URL."""

    def socketio(self, channel: Channel, sockets: Channels) -> Channels:
        """Socket.IO over a WebSocket."""

    def client(self, channel: Channel, function: Callable[..., Any]) -> Channels:
        """A client under test, against a server of ours."""


def channel_targets(
    documents: Iterable[Document],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: Resolve,
    extras: Extras,
) -> Iterator[Made]:
    """The targets of each channel, or what is wrong with it."""
    for document in documents:
        for name, channel in document.contract.channels.items():
            place = document.place("channels", name, channel.protocol)
            try:
                clauses = channel_clauses(document, name)
                reached = _reach(channel, resolve, extras, place)
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


def _reach(channel: Channel, resolve: Resolve, extras: Extras, place: Place) -> Channels:
    """Where the channel is opened.

    Raises:
        ContractError: its reference can't be resolved, or leads to what is no such channel.
    """
    if channel.protocol == "socketio":
        sockets = _reach(_below(channel), resolve, extras, place)
        return _with_extra(partial(extras.socketio, channel, sockets), place)
    if channel.by_url:
        return _with_extra(partial(extras.by_url, channel), place)
    reference = channel.reference
    try:
        found = resolve(reference)
    except Misuse as error:
        raise ContractError(
            *(Problem(place, e.found, e.expected, e.advice, e.code) for e in error.problems)
        ) from error
    if channel.protocol == "client":
        if not callable(found):
            raise ContractError(_unlike(reference, found, "a function that takes a URL", place))
        return _with_extra(partial(extras.client, channel, found), place)
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


def _with_extra(made: Callable[[], Channels], place: Place) -> Channels:
    """What an optional library makes.

    Raises:
        ContractError: it isn't installed.
    """
    try:
        return made()
    except ImportError as error:
        found = f"a channel without its library ({error.name})"
        problem = Problem(place, found, "one that is installed", str(error), "no-library")
        raise ContractError(problem) from error


def _below(channel: Channel) -> Channel:
    """The WebSocket that Socket.IO is spoken over (Engine.IO, protocol 4)."""
    joint = "&" if "?" in channel.address else "?"
    address = f"{channel.address}{joint}EIO=4&transport=websocket"
    return channel.model_copy(update={"websocket": address, "socketio": None})


def _unlike(reference: str, found: Any, expected: str, place: Place) -> Problem:
    told = f"{reference}: {type(found).__qualname__} is none"
    advice = f"let {reference} say by its annotation what it returns" if is_function(found) else ""
    return Problem(place, told, f"{expected} or a factory of one", advice, "no-channel")
