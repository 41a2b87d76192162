"""Channels as a stub serves them: topics in memory, spoken to by the contract's own templates."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from stagepact.contract.document import Document
from stagepact.contract.models import Channel
from stagepact.schema import compile_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.samples import sample
from stagepact.subject.protocols.channels import filled, written
from stagepact.subject.protocols.event_stream import event_text
from stagepact.subject.protocols.http import path_names
from stagepact.subject.protocols.routes import path_pattern
from stagepact.subject.protocols.templates import matched

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Hear = Callable[[Any], None]

_POLICY, _REFUSED, _UNAUTHORISED = 1008, 403, 401
_SAMPLES = 20


@dataclass(eq=False)
class Room:
    """One channel: its topics, each with its history and those who hear it."""

    channel: Channel
    bundle: Callable[[JsonSchema], JsonSchema]
    seed: int = 0
    told: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    heard: dict[str, list[Hear]] = field(default_factory=lambda: defaultdict(list))
    ended: set[str] = field(default_factory=set)

    def values(self, path: str) -> dict[str, str] | None:
        """The values of the path's names; None where the path is another."""
        template = self.channel.path.partition("?")[0]
        found = path_pattern(template).fullmatch(path)
        if found is None:
            return None
        pairs = zip(path_names(template), found.groups(), strict=True)
        return {name: unquote(text) for name, text in pairs}

    def subscribe(self, topic: str, hear: Hear) -> Callable[[], None]:
        """Have a topic's messages heard; the result ends that."""
        self.heard[topic].append(hear)

        def end() -> None:
            if hear in self.heard[topic]:
                self.heard[topic].remove(hear)

        return end

    def count(self) -> int:
        """How many subscriptions there are."""
        return sum(map(len, self.heard.values()))

    def since(self, topic: str, cursor: Any) -> list[Any]:
        """The messages of a topic after a number."""
        number = int(cursor) if str(cursor).isdecimal() else 0
        return self.told[topic][number:]

    def publish(self, topic: str, asked: Any) -> int | None:
        """Tell an event to all who hear its topic; its number, None after the topic's end."""
        types = self.channel.events or [*self.channel.messages] or ["event"]
        return self._tell(types[0], topic, asked)

    def finish(self, topic: str) -> int | None:
        """End a topic."""
        types = self.channel.terminal
        number = self._tell(types[0], topic, None) if types else None
        self.ended.add(topic)
        return number

    def _tell(self, type_: str, topic: str, asked: Any) -> int | None:
        if topic in self.ended:
            return None
        number = len(self.told[topic]) + 1
        message = self.message(type_, topic, number, asked)
        self.told[topic].append(message)
        for hear in [*self.heard[topic]]:
            hear(message)
        return number

    def message(self, type_: str, topic: str, number: int, asked: Any = None) -> Any:
        """A message of a type: what was asked to be published in it, the rest generated."""
        channel = self.channel
        fixed: dict[str, Any] = {}
        _put(fixed, channel.match.type, type_)
        if channel.match.topic is not None:
            _put(fixed, channel.match.topic, topic)
        if channel.number is not None:
            told = str(number) if channel.protocol == "sse" else number
            _put(fixed, channel.number, told)
        if channel.sequence is not None:
            fixed[channel.sequence.field] = channel.sequence.first + (number - 1) * (
                channel.sequence.step
            )
        said = _said(asked)
        if channel.protocol == "sse" and "data" not in said:
            said = {"data": said or None}
        return self.shaped(type_, _merged(said, fixed))

    def shaped(self, type_: str, said: Any) -> Any:
        """What is said, with all that the schema of its type wants besides."""
        schema = self.channel.messages.get(type_)
        if schema is None:
            return said
        whole = self.bundle(schema)
        validator = compile_schema(whole)
        if validator.accepts(said):
            return said
        for value, _ in zip(sample(whole, self.seed), range(_SAMPLES), strict=False):
            if validator.accepts(made := _merged(value, said)):
                return made
        return said

    def answered(self, template: dict[str, Any], values: dict[str, Any]) -> Any:
        """An answer that has what a template says."""
        said = filled(template, values)
        pointer = (self.channel.match.type or "/type").split("/")[1]
        return self.shaped(str(said.get(pointer)), said)

    def admits(self, headers: dict[str, str]) -> bool:
        """Whether a client has the credentials."""
        return all(headers.get(k.lower()) == v for k, v in self.channel.credentials.items())


def _said(asked: Any) -> Any:
    return {k: v for k, v in asked.items() if k != "op"} if isinstance(asked, dict) else {}


def _put(message: dict[str, Any], pointer: str, value: Any) -> None:
    *steps, last = pointer.split("/")[1:]
    for step in steps:
        message = message.setdefault(step, {})
    message[last] = value


def _merged(one: Any, other: Any) -> Any:
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return other
    return {**one, **{k: _merged(one.get(k), v) for k, v in other.items()}}


@dataclass(eq=False)
class Rooms:
    """All channels of some contracts that can be served."""

    rooms: tuple[Room, ...]

    @classmethod
    def of(cls, documents: Iterable[Document], seed: int) -> Rooms:
        """The rooms of all WebSockets and event streams."""
        return cls(
            tuple(
                Room(channel, document.scope.bundle, seed)
                for document in documents
                for channel in document.contract.channels.values()
                if channel.protocol in ("websocket", "sse")
            )
        )

    def _at(self, protocol: str, path: str) -> tuple[Room, dict[str, str]] | None:
        for room in self.rooms:
            values = room.values(path) if room.channel.protocol == protocol else None
            if values is not None:
                return room, values
        return None

    async def talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk with one client of a WebSocket; one whose path has no channel is refused."""
        found = self._at("websocket", scope["path"])
        await receive()
        if found is None:
            await send({"type": "websocket.close", "code": _REFUSED})
            return
        await _Client(found[0], found[1].get("topic"), send).talk(scope, receive)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Serve an event stream; False where the path has none."""
        found = self._at("sse", scope["path"]) if scope["method"] == "GET" else None
        if found is None:
            return False
        room, headers = found[0], _headers(scope)
        if not room.admits(headers):
            code = room.channel.close.unauthorised or _UNAUTHORISED
            await send({"type": "http.response.start", "status": code, "headers": []})
            await send({"type": "http.response.body"})
            return True
        await _streamed(room, found[1].get("topic", ""), headers, receive, send)
        return True

    def beside(
        self, method: str, path: str, raw: bytes | None
    ) -> tuple[int, dict[str, str], Any, bool] | None:
        """What a channel's own requests are answered: `via`, and the number of subscriptions."""
        for room in self.rooms:
            asked, template = (room.channel.via or " ").split(" ", 1)
            values = path_pattern(template).fullmatch(path) if template else None
            if values is not None and asked == method:
                return _published(room, unquote("".join(values.groups()[:1])), raw or b"")
            there, _, pointer = (room.channel.subscriptions or "").partition("#")
            if there == path and method == "GET" and pointer:
                body: dict[str, Any] = {}
                same = (r for r in self.rooms if r.channel.subscriptions == f"{there}#{pointer}")
                _put(body, pointer, sum(r.count() for r in same))
                return 200, {"content-type": "application/json"}, body, True
        return None


def _published(room: Room, topic: str, raw: bytes) -> tuple[int, dict[str, str], Any, bool]:
    try:
        asked = json.loads(raw)
    except ValueError:
        return 400, {}, None, False
    if room.channel.finish is not None and matched(room.channel.finish, asked) is not None:
        number = room.finish(topic)
    else:
        number = room.publish(topic, asked)
    return (409 if number is None else 202), {}, None, False


async def _streamed(
    room: Room, topic: str, headers: dict[str, str], receive: Receive, send: Send
) -> None:
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    end = room.subscribe(topic, inbox.put_nowait)
    head = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b": here\n\n", "more_body": True})
    for each in (
        room.since(topic, headers.get("last-event-id")) if "last-event-id" in headers else ()
    ):
        inbox.put_nowait(each)
    left = asyncio.create_task(_left(receive))
    try:
        while True:
            taking = asyncio.create_task(inbox.get())
            await asyncio.wait({taking, left}, return_when=asyncio.FIRST_COMPLETED)
            if not taking.done():
                taking.cancel()
                return
            text = event_text(taking.result()).encode()
            await send({"type": "http.response.body", "body": text, "more_body": True})
    finally:
        end()
        left.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Client:
    """One client of a WebSocket."""

    def __init__(self, room: Room, topic: str | None, send: Send) -> None:
        self._room, self._own, self._send = room, topic, send
        self._ends: dict[str, Callable[[], None]] = {}
        self._outbox: asyncio.Queue[Any] = asyncio.Queue()

    async def talk(self, scope: Scope, receive: Receive) -> None:
        """Admit the client, then do what it asks until it leaves."""
        if not await self._admitted(scope):
            return
        sending = asyncio.create_task(self._send_all())
        if self._own is not None:
            self._subscribe(self._own)
        try:
            while (message := await self._next(receive)) is not None:
                for reply in self._replies(message.get("text"), message.get("bytes")):
                    self._outbox.put_nowait(reply)
        finally:
            for end in self._ends.values():
                end()
            sending.cancel()

    async def _next(self, receive: Receive) -> dict[str, Any] | None:
        message = await receive()
        return None if message["type"] == "websocket.disconnect" else message

    async def _admitted(self, scope: Scope) -> bool:
        channel, offered = self._room.channel, scope.get("subprotocols", [])
        chosen = channel.subprotocol if channel.subprotocol in offered else None
        await self._send({"type": "websocket.accept", "subprotocol": chosen})
        code = None
        if not self._room.admits(_headers(scope)):
            code = channel.close.unauthorised or _POLICY
        elif channel.subprotocol is not None and chosen is None:
            code = channel.close.subprotocol
        if code is not None:
            await self._send({"type": "websocket.close", "code": code})
        return code is None

    async def _send_all(self) -> None:
        while True:
            text = written(await self._outbox.get())
            await self._send({"type": "websocket.send", "text": text})

    def _subscribe(self, topic: str) -> None:
        if topic not in self._ends:
            self._ends[topic] = self._room.subscribe(topic, self._outbox.put_nowait)

    def _replies(self, text: str | None, data: bytes | None) -> Iterator[Any]:
        channel = self._room.channel
        try:
            too_long = len((text or "").encode()) > (channel.max_size or 10**9)
            message = None if text is None or too_long else json.loads(text)
        except ValueError:
            message = None
        known = self._known(message) if message is not None else None
        if known is not None:
            yield from known
        elif channel.error is not None:
            yield self._room.answered(channel.error, {})

    def _known(self, message: Any) -> Iterable[Any] | None:
        """The answers to a message that the contract speaks of; None to any other."""
        channel = self._room.channel
        for asked, does in (
            (channel.resume, self._resumed),
            (channel.subscribe, self._subscribed),
            (channel.unsubscribe, self._unsubscribed),
            (channel.finish, self._finished),
            (channel.publish, self._published),
        ):
            found = None if asked is None else matched(asked, message)
            if found is not None:
                return [*does(found, message), *self._exchanged(message)]
        told = [*self._exchanged(message)]
        return told or None

    def _exchanged(self, message: Any) -> Iterator[Any]:
        channel = self._room.channel
        for each in (channel.sentinel, channel.ping):
            found = None if each is None else matched(each.send, message)
            if each is not None and found is not None:
                yield self._room.answered(each.answer, found)
                return

    def _topic(self, found: dict[str, Any]) -> str:
        return str(found.get("topic", self._own or ""))

    def _subscribed(self, found: dict[str, Any], message: Any) -> Iterator[Any]:
        room, topic = self._room, self._topic(found)
        self._subscribe(topic)
        if room.channel.subscribed is not None:
            yield room.answered(room.channel.subscribed, {"topic": topic})
        elif "subscribed" in room.channel.messages:
            yield room.message("subscribed", topic, len(room.told[topic]))

    def _resumed(self, found: dict[str, Any], message: Any) -> Iterator[Any]:
        yield from self._subscribed(found, message)
        yield from self._room.since(self._topic(found), found.get("cursor"))

    def _unsubscribed(self, found: dict[str, Any], message: Any) -> Iterator[Any]:
        end = self._ends.pop(self._topic(found), None)
        if end is not None:
            end()
        return iter(())

    def _finished(self, found: dict[str, Any], message: Any) -> Iterator[Any]:
        return self._acknowledged(found, self._room.finish(self._topic(found)))

    def _published(self, found: dict[str, Any], message: Any) -> Iterator[Any]:
        return self._acknowledged(found, self._room.publish(self._topic(found), message))

    def _acknowledged(self, found: dict[str, Any], number: int | None) -> Iterator[Any]:
        channel = self._room.channel
        if number is None:
            if channel.error is not None:
                yield self._room.answered(channel.error, {})
        elif channel.ack is not None and "id" in found:
            yield self._room.answered(channel.ack, found)


def _headers(scope: Scope) -> dict[str, str]:
    return {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
