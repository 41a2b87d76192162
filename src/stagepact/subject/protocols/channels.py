"""Channels as values: templates become messages, and what clients heard becomes a transcript.

Nothing here opens a socket or calls an app. An adapter hands in a `Channels`, whose `open` gives
a `Way` to one running channel; each client of it is a `Line`, into which messages arrive.
"""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import unquote

from stagepact.contract.models import Channel
from stagepact.subject.model import Request, Unfit
from stagepact.subject.protocols.http import (
    Exchange,
    ServiceError,
    WireRequest,
    WireResponse,
    path_names,
    read_response,
    split_target,
    write_request,
)


class _Anything:
    """Equal to any value, in the place of one that isn't known."""


ANYTHING = _Anything()


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """A template with its placeholders filled; a text that is only one becomes its value."""
    if isinstance(template, dict):
        return {key: filled(each, values) for key, each in template.items()}
    if isinstance(template, list):
        return [filled(each, values) for each in template]
    if not isinstance(template, str):
        return template
    for name, value in values.items():
        if template == f"{{{name}}}":
            return value
        template = template.replace(f"{{{name}}}", str(value))
    return template


def has(template: Any, message: Any) -> bool:
    """Whether a message has all that a template says, besides anything else."""
    if template is ANYTHING:
        return True
    if isinstance(template, dict):
        return isinstance(message, dict) and all(
            key in message and has(each, message[key]) for key, each in template.items()
        )
    return bool(template == message) and isinstance(template, bool) is isinstance(message, bool)


def found_at(pointer: str | None, message: Any) -> Any:
    """The value at a JSON Pointer (RFC 6901) of a message; None where there is none."""
    for step in (pointer or "").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(message, dict) and name in message:
            message = message[name]
        elif isinstance(message, list) and name.isdigit() and int(name) < len(message):
            message = message[int(name)]
        else:
            return None
    return message


def number_of(channel: Channel, message: Any) -> Any:
    """An event's number; a text of digits counts as one, for a stream's ids are texts."""
    found = found_at(channel.number, message)
    return int(found) if isinstance(found, str) and found.isascii() and found.isdigit() else found


_ID = {"id": ANYTHING, "topic": ANYTHING, "number": ANYTHING, "cursor": ANYTHING}


def is_ack(channel: Channel, message: Any, id: Any = ANYTHING) -> bool:
    """Whether a message acknowledges what was sent with this id."""
    return channel.ack is not None and has(filled(channel.ack, {**_ID, "id": id}), message)


def is_event(channel: Channel, message: Any) -> bool:
    """Whether a message is one of what is published on topics, and isn't an end."""
    type_ = found_at(channel.match.type, message)
    if channel.events:
        return type_ in channel.events
    answers = [channel.ack, channel.error]
    answers += [each.answer for each in (channel.ping, channel.sentinel) if each is not None]
    return type_ not in channel.terminal and not any(
        has(filled(each, _ID), message) for each in answers if each is not None
    )


def is_end(channel: Channel, message: Any) -> bool:
    """Whether a message ends its topic."""
    return found_at(channel.match.type, message) in channel.terminal


# -- what was seen -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that a client was sent, and when."""

    message: Any
    at: float


@dataclass(frozen=True, slots=True)
class Published:
    """What was asked to be published: on which topic, the how many-th, by whom, and when."""

    topic: str
    number: int
    id: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Client:
    """All that is known of one client: what it asked for, what it was sent, how it ended.

    `answered` says whether its last sentinel was, None where none was sent. `cursor` is what it
    came back with. `code` is that of the close, or the status of a refused request; `refused` the
    code that an app gave before it accepted, which reaches no client.
    """

    name: str
    topics: tuple[str, ...] = ()
    heard: tuple[Heard, ...] = ()
    accepted: bool = False
    subprotocol: str | None = None
    media: str = ""
    code: int | None = None
    answered: bool | None = None
    cursor: Any = None
    seconds: float = 0.0
    refused: int | None = None

    @property
    def messages(self) -> tuple[Any, ...]:
        """What it was sent, without the times."""
        return tuple(each.message for each in self.heard)


@dataclass(frozen=True, slots=True)
class Transcript:
    """What happened on a channel in one scenario; `counts` are its subscriptions, in between."""

    clients: tuple[Client, ...] = ()
    published: tuple[Published, ...] = ()
    counts: tuple[Any, ...] = ()

    def named(self, name: str) -> tuple[Client, ...]:
        """The clients whose name begins so, in order."""
        return tuple(each for each in self.clients if each.name.split(" ")[0] == name)

    def on(self, *topics: str) -> tuple[Published, ...]:
        """What was published on these topics."""
        return tuple(each for each in self.published if each.topic in topics)


# -- what adapters give ------------------------------------------------------------------------


def read(text: Any) -> Any:
    """The JSON of a text that was received; the text itself where it is none."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text


def decoded(frame: Any) -> Iterable[Any]:
    """The messages that a frame is, where each frame is one."""
    return (read(frame),)


@dataclass(frozen=True, slots=True)
class Call:
    """How a client comes: for which topics, with what cursor, and as whom.

    `decode` tells the messages that a received frame completes.
    """

    topics: tuple[str, ...] = ()
    cursor: Any = None
    credentials: bool = True
    subprotocol: bool = True
    decode: Callable[[Any], Iterable[Any]] = decoded


@dataclass(eq=False)
class Line:
    """One client's connection: what arrives on it, and how it was opened and closed."""

    accepted: bool = False
    subprotocol: str | None = None
    media: str = ""
    code: int | None = None
    refused: int | None = None
    opened: float = field(default_factory=perf_counter)
    closed: float | None = None
    say: Callable[[str | bytes], None] = lambda message: None
    leave: Callable[[], Awaitable[None]] = field(default=lambda: asyncio.sleep(0))
    stop: Callable[[str], Awaitable[None]] | None = None
    _inbox: asyncio.Queue[Heard | None] = field(default_factory=asyncio.Queue)

    def arrive(self, message: Any) -> None:
        """Take a message from the channel."""
        if self.closed is None:
            self._inbox.put_nowait(Heard(message, perf_counter()))

    def end(self, code: int | None) -> None:
        """Take the connection's end from the channel; the first one counts."""
        if self.closed is None:
            self.closed, self.code = perf_counter(), code
            self._inbox.put_nowait(None)

    def take(self, messages: Iterable[Any]) -> None:
        """Take all messages that a frame completes."""
        for message in messages:
            self.arrive(message)

    def pending(self) -> bool:
        """Whether something has arrived that wasn't heard yet."""
        return not self._inbox.empty()

    async def next(self, seconds: float) -> Heard | None:
        """The next message; None when the connection has ended, or nothing comes in time."""
        if self.pending():
            return self._inbox.get_nowait()
        if self.closed is not None:
            return None
        try:
            async with asyncio.timeout(seconds):
                return await self._inbox.get()
        except TimeoutError:
            await turned()  # a machine that stood still isn't a channel that says nothing
            return self._inbox.get_nowait() if self.pending() else None


# What can be said without waiting is said within so many turns of the loop.
_TURNS = 10


async def turned() -> None:
    """Let everything that is ready go on."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def happened(event: asyncio.Event, seconds: float) -> None:
    """Wait until an event is set, or for so long."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({waiting}, timeout=seconds)
    waiting.cancel()
    await turned()


class Way(Protocol):
    """A running channel, for one case."""

    async def connect(self, call: Call) -> Line:
        """A new client; what refuses it is told by its line."""

    async def publish(self, topic: str, message: Any) -> None:
        """Publish without being a client."""

    async def finish(self, topic: str, message: Any) -> None:
        """End a topic without being a client."""

    async def count(self) -> Any:
        """How many subscriptions there are."""

    async def close(self) -> None:
        """Let go of what was opened for this case."""


class RunningApp(Protocol):
    """An application that has been started, for one case."""

    @property
    def app(self) -> Any:
        """The application."""

    @property
    def state(self) -> Mapping[str, Any]:
        """What its lifespan gives to every connection."""

    async def send(self, request: WireRequest) -> WireResponse:
        """The application's answer to one HTTP request."""

    async def close(self) -> None:
        """Let go of it."""


class Apps(Protocol):
    """Where applications are started."""

    async def open(self) -> RunningApp:
        """The application for one case."""

    async def close(self) -> None:
        """Let go of what the cases shared."""


class Channels(Protocol):
    """Where ways to a channel are opened."""

    async def open(self) -> Way:
        """A way for one case."""

    async def close(self) -> None:
        """Let go of what the cases shared."""


def written(message: Any) -> str:
    """A message as it is sent: a text as it is, anything else as JSON."""
    return message if isinstance(message, str) else json.dumps(message)


def pages(transcript: Transcript) -> Iterator[tuple[str, list[Any]]]:
    """Each client's messages, for readers of reports."""
    for client in transcript.clients:
        end = "" if client.code is None else f" (closed by {client.code})"
        yield f"{client.name}{end}", [*client.messages]


# -- what channels of an application share -----------------------------------------------------


@dataclass(eq=False)
class AppWay:
    """What a channel's clients may ask of its application by HTTP, besides the channel."""

    channel: Channel
    running: RunningApp
    ends: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def target(self, call: Call) -> str:
        """The path of the channel for a client, percent-encoded.

        Raises:
            Unfit: the path has a topic's place, and the client has none or several topics.
        """
        template, question, query = self.channel.path.partition("?")
        if "topic" not in path_names(template):
            return write_request("GET", template, Request()).target + question + query
        if len(call.topics) != 1:
            raise Unfit(f"a client of {template} has one topic, not {len(call.topics)}")
        asked = write_request("GET", template, Request(path={"topic": call.topics[0]}))
        return asked.target + question + query

    def headers(self, call: Call, **more: str) -> list[tuple[bytes, bytes]]:
        """The headers of a client's request."""
        said = {"host": "localhost", **self.channel.headers, **more}
        said |= self.channel.credentials if call.credentials else {}
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in said.items()]

    def scope(self, call: Call, **own: Any) -> dict[str, Any]:
        """A client's ASGI scope: what all kinds of them have, and what is a kind's own."""
        path, query = split_target(self.target(call))
        return {
            # Of 2.3, as servers say it: from 2.4 on apps needn't listen for the client's leaving.
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "client": ("127.0.0.1", 50000),
            "server": ("localhost", 80),
            "state": dict(self.running.state),
            "extensions": {},
            **own,
        }

    async def publish(self, topic: str, message: Any) -> None:
        """Publish by the declared request.

        Raises:
            Unfit: no request is declared.
        """
        if self.channel.via is None:
            raise Unfit("nothing says how to publish: `via` is missing")
        method, template = self.channel.via.split(" ", 1)
        path = {"topic": topic} if "topic" in path_names(template) else {}
        headers = {**self.channel.headers, **self.channel.credentials}
        request = Request(path=path, headers=headers, body=message, has_body=True)
        await self.running.send(write_request(method, template, request))

    finish = publish

    async def count(self) -> Any:
        """The number at the declared place of the application.

        Raises:
            ServiceError: there is none.
        """
        path, _, pointer = str(self.channel.subscriptions).partition("#")
        response = await self.running.send(write_request("GET", path, Request()))
        found = found_at(pointer, read_response(response).data)
        if found is None:
            raise ServiceError(f"{path} tells nothing at {pointer}")
        return found

    async def close(self) -> None:
        """Have all clients leave, then let go of the application."""
        for end in self.ends:
            await end()
        await self.running.close()


@dataclass(frozen=True)
class AppChannels(ABC):
    """A channel of an app."""

    channel: Channel
    apps: Apps = field(repr=False)

    @abstractmethod
    def way(self, running: RunningApp) -> Way:
        """A way to the app that has been started."""

    async def open(self) -> Way:
        """A way to the app, which is started for it."""
        return self.way(await self.apps.open())

    async def close(self) -> None:
        """Let go of the app."""
        await self.apps.close()


@dataclass(frozen=True, slots=True)
class Host:
    """What listens at a URL, as a running application; `service` is None where it isn't asked."""

    app: str
    service: Exchange | None = field(repr=False)
    state: Mapping[str, Any] = field(default_factory=dict)

    async def send(self, request: WireRequest) -> WireResponse:
        """The answer to one HTTP request."""
        if self.service is None:
            raise Unfit(f"{self.app} is not asked by HTTP")
        connection = await self.service.open()
        return await connection.send(request)

    async def close(self) -> None:
        """Do nothing: the sockets are shared."""


@dataclass(eq=False)
class HostWay(AppWay):
    """What a channel's clients may ask of its host by HTTP, besides the channel by URL."""

    def url(self, call: Call) -> str:
        """The URL of the channel for a client."""
        scheme, _, rest = self.channel.address.partition("://")
        host = rest.partition("/")[0]
        return f"{scheme}://{host}{self.target(call)}"

    def said(self, call: Call) -> dict[str, str]:
        """The headers that the channel declares for a client."""
        return {**self.channel.headers, **(self.channel.credentials if call.credentials else {})}


def host_of(channel: Channel) -> str:
    """The base URL of a channel's host by HTTP."""
    scheme, _, rest = channel.address.partition("://")
    return f"{scheme.replace('ws', 'http', 1)}://{rest.partition('/')[0]}"


async def ended(task: asyncio.Task[Any], seconds: float = 1.0) -> None:
    """Wait for an application that has been told of its client's leaving; then cancel it."""
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=seconds)
