"""Providers as subjects: a run is one interaction, in the states that the consumer needs.

The case's name says which interaction it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.generators import Setting, generated_message, generated_request
from stagepact.pact.model import Exchanged, Http, Interaction, Message, Request
from stagepact.pact.undecided import Undecided
from stagepact.pact.verifying.credentials import Signing
from stagepact.pact.verifying.interaction import message_of
from stagepact.pact.verifying.lacking import ProducerError
from stagepact.pact.verifying.sending import wire_request
from stagepact.pact.verifying.states import PORT, States, taken
from stagepact.subject import Case, Fresh, Output, Probe, Subject, SubjectId, Unfit
from stagepact.subject.protocols.http import Exchange, WireRequest, WireResponse, read_response

_FROM_PACT = frozenset({"contents", "metadata", "content_type"})


Send = Callable[[WireRequest], Awaitable[WireResponse]]
Ask = Callable[[str, Http, Mapping[str, Json], Send], Awaitable[WireResponse]]
"""Sends the request of an interaction, by its id, with what the states gave: the response."""


async def ask(name: str, exchange: Http, given: Mapping[str, Json], send: Send) -> WireResponse:
    """Send a request once, as the consumer does.

    Raises:
        Unfit: the request can't be made.
    """
    return await send(wire_request(made_request(name, exchange.request, given)))


def made_request(name: str, request: Request, given: Mapping[str, Json]) -> Request:
    """The request of an interaction, by its id, with what its generators make.

    Raises:
        Unfit: they can't.
    """
    made: Request = _made(lambda: generated_request(request, _setting(name, given)))
    return made


@dataclass(frozen=True, slots=True)
class ServiceProvider:
    """A service, asked what a consumer asks: in process or by URL, whatever its exchange is."""

    id: SubjectId
    exchange: Exchange = field(repr=False)
    states: States = field(repr=False)
    interactions: Mapping[str, Interaction] = field(repr=False)
    event_name: str = "{type}"
    ask: Ask = field(default=ask, repr=False)
    signing: Signing | None = field(default=None, repr=False)

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Bring the states about, send the request with what they gave, and undo them.

        Raises:
            Unfit: the request can't be made.
            StateError: a state doesn't hold.
            ServiceError: there was no answer.
        """
        interaction = self.interactions[case.name]
        exchange = interaction.exchange
        assert isinstance(exchange, Http)
        connection = await self.exchange.open()
        try:
            async with AsyncExitStack() as until:
                ports = case.given.ports
                given = await self.states.hold(interaction.states, connection.app, ports, until)
                signing = self.signing
                send = signing.sender(exchange, connection, ports) if signing else connection.send
                response = await self.ask(case.name, exchange, given, send)
        finally:
            await connection.close()
        return read_response(response, exchange.request.method)

    async def close(self) -> None:
        """Let go of what the interactions shared."""
        await self.exchange.close()


@dataclass(frozen=True, slots=True)
class FunctionProvider:
    """Functions that return messages, by the name of the case."""

    id: SubjectId
    functions: Mapping[str, Callable[..., Any]] = field(repr=False)
    metadata: Mapping[str, Mapping[str, Json]] = field(repr=False)
    states: States = field(repr=False)
    interactions: Mapping[str, Interaction] = field(repr=False)
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Bring the states about, call the function with what they gave, and undo them.

        Raises:
            Unfit: the message that it is to answer can't be made.
            StateError: a state doesn't hold, or the function needs what no state gives.
        """
        interaction = self.interactions[case.name]
        exchange, function = interaction.exchange, self.functions[case.name]
        assert not isinstance(exchange, Http)
        async with AsyncExitStack() as until:
            given = await self.states.hold(interaction.states, None, case.given.ports, until)
            asked: dict[str, Any] = dict(given)
            if isinstance(exchange, Exchanged):
                setting = _setting(case.name, given)
                request = _made(lambda: generated_message(exchange.request, setting))
                asked |= {"request": _contents(request), "metadata": dict(request.metadata)}
            made = function(**taken(function, asked, f"the message `{interaction.description}`"))
            made = await made if inspect.isawaitable(made) else made
        many = isinstance(exchange, Exchanged)
        expected = exchange.responses if isinstance(exchange, Exchanged) else (exchange.message,)
        messages = _messages(made, expected, self.metadata[case.name], many=many)
        return Output(data=[_contents(each) for each in messages], raw=messages)

    async def close(self) -> None:
        """Nothing was opened."""


@dataclass(frozen=True, slots=True)
class RunProvider:
    """A stage, pipeline or channel, whose events of a run are the messages, by the case's name.

    `cases` are what it is run with.
    """

    id: SubjectId
    inner: Subject = field(repr=False)
    cases: Mapping[str, Case] = field(repr=False)
    states: States = field(repr=False)
    interactions: Mapping[str, Interaction] = field(repr=False)

    @property
    def event_name(self) -> str:
        """The template of its event types."""
        return self.inner.event_name

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Bring the states about, run it, and undo them.

        Raises:
            Unfit: it can't be given what the contract says.
            StateError: a state doesn't hold.
        """
        interaction, played = self.interactions[case.name], self.cases[case.name]
        own = {name: each for name, each in case.given.ports.items() if not name.startswith(PORT)}
        ports = {**played.given.ports, **own}
        fresh = {n: port.make() if isinstance(port, Fresh) else port for n, port in ports.items()}
        given = replace(played.given, ports=fresh)
        async with AsyncExitStack() as until:
            await self.states.hold(interaction.states, None, case.given.ports, until)
            return await self.inner(replace(played, given=given), probe)

    async def close(self) -> None:
        """Let go of what it opened."""
        await self.inner.close()


@dataclass(frozen=True, slots=True)
class NoProvider:
    """In the place of a provider where nothing produces a message: a run says so."""

    id: SubjectId
    reasons: Mapping[str, str]
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run nothing.

        Raises:
            ProducerError: why.
        """
        raise ProducerError(self.reasons[case.name])

    async def close(self) -> None:
        """Nothing was opened."""


def _setting(name: str, given: Mapping[str, Json]) -> Setting:
    """Chance is the same in each run of an interaction."""
    return Setting(random=Random(name), given=given)


def _made(make: Callable[[], Any]) -> Any:
    """What generators make.

    Raises:
        Unfit: they can't.
    """
    try:
        return make()
    except Undecided as reason:
        raise Unfit(str(reason)) from None


def _contents(message: Message) -> Any:
    """The contents as a function is given them: the JSON value, else the bytes."""
    body = message.contents
    return body.value if body.value is not None or not body.data else body.data


def _messages(
    made: Any, expected: tuple[Message, ...], metadata: Mapping[str, Json], *, many: bool
) -> tuple[Message, ...]:
    """What a function returned as messages: one, or for several answers a list of them."""
    several = list(made) if many and isinstance(made, list) and len(expected) != 1 else [made]
    if len(several) != len(expected):
        return tuple(Message() for _ in several)
    return tuple(_message(each, metadata, one) for each, one in zip(several, expected, strict=True))


def _message(made: Any, metadata: Mapping[str, Json], expected: Message) -> Message:
    """Contents; contents and metadata; or a mapping of both, as Pact's own libraries have it."""
    if isinstance(made, tuple) and len(made) == 2 and isinstance(made[1], Mapping):
        return message_of(made[0], {**metadata, **made[1]}, expected)
    is_pacts = isinstance(made, Mapping) and "contents" in made and made.keys() <= _FROM_PACT
    if is_pacts and isinstance(made["contents"], bytes):
        kind = made.get("content_type")
        told = {**({"contentType": kind} if kind else {}), **made.get("metadata", {})}
        return message_of(made["contents"], {**metadata, **told}, expected)
    return message_of(made, metadata, expected)
