"""Live topics (Starlette): a WebSocket, Server-Sent Events, and the event bus behind them.

`make(bugs)` is the service with those bugs; `make()` has none.

The WebSocket takes JSON objects with `op`: `subscribe` (`topic`, and a `cursor` after which events
are sent again), `unsubscribe`, `publish` (`topic`, `data`, `id`), `finish` (`topic`) and `ping`. It
sends objects with `type`: `subscribed`, `unsubscribed`, `event`, `finished`, `ack`, `pong` and
`error`. Events of a topic are numbered from 1; `finished` is its last one.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bank.bugs import planted

Bugs = frozenset[str]
Event = dict[str, Any]
Receiver = Callable[[Event], None]

KEY = "live-key"
SUBPROTOCOL = "live.v1"
TOPIC = re.compile(r"[a-z0-9-]{1,40}(?:/[a-z0-9-]{1,40}){0,3}")
MOST_BYTES = 4096
IDLE_SECONDS = 30.0
# Close codes: not authorised, no common subprotocol, idle.
UNAUTHORISED, NO_SUBPROTOCOL, IDLE = 4401, 4406, 4408
CROWD = 10


class FinishedError(Exception):
    """Something was published on a topic after its end."""


class Bus:
    """Topics in process: publish, subscribe, and what was said since an event."""

    def __init__(self, bugs: Bugs = frozenset()) -> None:
        self.bugs = bugs
        self.events: dict[str, list[Event]] = {}
        self.receivers: dict[str, list[Receiver]] = {}

    def subscribe(self, topic: str, receiver: Receiver) -> Callable[[], None]:
        """Have the receiver called with each event of a topic; the result ends that."""
        self.receivers.setdefault(topic, []).append(receiver)

        def unsubscribe() -> None:
            if "bus-keeps-receivers" in self.bugs:
                return
            if receiver in self.receivers.get(topic, []):
                self.receivers[topic].remove(receiver)

        return unsubscribe

    def publish(self, topic: str, data: Any) -> int:
        """Tell an event to all receivers of its topic; its number.

        Raises:
            FinishedError: the topic has ended.
        """
        if self.finished(topic):
            raise FinishedError(topic)
        return self._emit("event", topic, data)

    def finish(self, topic: str) -> int:
        """End a topic.

        Raises:
            FinishedError: it has ended before.
        """
        if self.finished(topic) and "finished-twice" not in self.bugs:
            raise FinishedError(topic)
        return self._emit("finished", topic, None)

    def finished(self, topic: str) -> bool:
        """Whether a topic has ended."""
        events = self.events.get(topic, [])
        return bool(events) and events[-1]["type"] == "finished"

    def since(self, topic: str, number: int) -> list[Event]:
        """The events of a topic after a number."""
        return self.events.get(topic, [])[number:]

    def last(self, topic: str) -> int:
        """The number of a topic's last event."""
        return len(self.events.get(topic, []))

    def _emit(self, kind: str, topic: str, data: Any) -> int:
        number = self.last(topic) + 1
        event = {"type": kind, "topic": topic, "seq": number, "data": data}
        self.events.setdefault(topic, []).append(event)
        for receiver in self._receivers(topic):
            receiver(event)
        return number

    def _receivers(self, topic: str) -> list[Receiver]:
        found = list(self.receivers.get(topic, []))
        if "prefix-hears-too" in self.bugs:
            shorter = (each for each in self.receivers if each != topic and topic.startswith(each))
            found += [receiver for each in shorter for receiver in self.receivers[each]]
        if "bus-forgets-second-receiver" in self.bugs:
            del found[1:2]
        return found

    def count(self) -> int:
        """How many subscriptions there are."""
        return sum(map(len, self.receivers.values()))


# -- a client's connection ---------------------------------------------------------------------


@dataclass(eq=False)
class Live:
    """All that one app keeps, and its bugs."""

    bugs: Bugs
    idle: float = IDLE_SECONDS
    clients: list[Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all topics."""
        self.bus = Bus(self.bugs)


@dataclass(eq=False)
class Client:
    """One WebSocket: its subscriptions, and what is to be sent to it."""

    live: Live
    socket: WebSocket
    outbox: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    topics: dict[str, Callable[[], None]] = field(default_factory=dict)
    late: Event | None = None

    @property
    def bugs(self) -> Bugs:
        """The bugs of its service."""
        return self.live.bugs

    def say(self, type: str, **values: Any) -> None:
        """Put a message into the outbox."""
        self.outbox.put_nowait({"type": type, **values})

    def hear(self, event: Event) -> None:
        """Take an event of a topic."""
        number, is_event = event["seq"], event["type"] == "event"
        if "event-lost" in self.bugs and is_event and number == 3:
            return
        if "burst-loses-one" in self.bugs and self.outbox.qsize() == 40:
            return
        if "events-swapped" in self.bugs and is_event and number == 2:
            self.late = event
            return
        self.outbox.put_nowait(self._written(event))
        if "event-twice" in self.bugs and is_event and number == 2:
            self.outbox.put_nowait(event)
        if self.late:
            self.outbox.put_nowait(self.late)
            self.late = None

    def _written(self, event: Event) -> Event:
        if "event-number-is-text" in self.bugs and event["type"] == "event":
            return {**event, "seq": str(event["seq"])}
        if "finished-without-number" in self.bugs and event["type"] == "finished":
            return {name: event[name] for name in event if name != "seq"}
        return event

    async def send_all(self) -> None:
        """Send what is put into the outbox, until None is."""
        while (message := await self.outbox.get()) is not None:
            if "slow-delivery" in self.bugs and message.get("seq") == 5:
                await asyncio.sleep(0.15)
            await self.socket.send_text(json.dumps(message))

    async def take_all(self) -> None:
        """Do what the client asks, until it leaves, or says nothing for too long."""
        idle = None if "idle-never-closed" in self.bugs else self.live.idle
        while True:
            try:
                async with asyncio.timeout(idle):
                    message = await self.socket.receive()
            except TimeoutError:
                await self.socket.close(IDLE, "idle")
                return
            if message["type"] == "websocket.disconnect":
                return
            try:
                self.take(message)
            except RefusalError as refusal:
                self.say("error", code=refusal.code, detail=refusal.detail)
                if "malformed-mutes-others" in self.bugs and refusal.code == "not-json":
                    for client in self.live.clients:
                        client.outbox.put_nowait(None)

    def take(self, message: Any) -> None:
        """Do what one message asks.

        Raises:
            RefusalError: it asks for nothing that there is.
        """
        asked = _parsed(message, self.bugs)
        op = asked.get("op")
        operation = OPERATIONS.get(op) if isinstance(op, str) else None
        if operation is None:
            if "dies-of-unknown-operation" in self.bugs:
                raise KeyError(op)
            raise RefusalError("unknown-operation", f"known are {', '.join(OPERATIONS)}")
        operation(self, asked)

    def leave(self) -> None:
        """End all subscriptions."""
        self.live.clients.remove(self)
        if "subscriptions-kept-after-disconnect" not in self.bugs:
            for unsubscribe in self.topics.values():
                unsubscribe()
        self.topics.clear()


class RefusalError(Exception):
    """A message that is not understood."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def _parsed(message: Any, bugs: Bugs) -> dict[str, Any]:
    """The object that a message holds.

    Raises:
        RefusalError: it is none.
    """
    text = message.get("text")
    if text is None:
        if "dies-of-binary" in bugs:
            raise TypeError("a bytes-like object")
        raise RefusalError("binary", "messages are text")
    if len(text.encode(errors="replace")) > MOST_BYTES:
        if "dies-of-oversize" in bugs:
            raise MemoryError(len(text))
        raise RefusalError("too-large", f"at most {MOST_BYTES} bytes")
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError) as error:
        if "dies-of-non-json" in bugs:
            raise
        raise RefusalError("not-json", "messages are JSON") from error
    if not isinstance(asked, dict):
        raise RefusalError("invalid", "messages are objects")
    return asked


# -- operations --------------------------------------------------------------------------------


def _topic(asked: dict[str, Any]) -> str:
    topic = asked.get("topic")
    if not isinstance(topic, str) or not TOPIC.fullmatch(topic):
        raise RefusalError("invalid", "topic: up to four names of a-z, 0-9 and -, with / between")
    return topic


def _subscribe(client: Client, asked: dict[str, Any]) -> None:
    topic, cursor = _topic(asked), asked.get("cursor")
    if cursor is not None and (isinstance(cursor, bool) or not isinstance(cursor, int)):
        raise RefusalError("invalid", "cursor: a number of an event")
    if cursor is not None and cursor < 0:
        raise RefusalError("invalid", "cursor: not below 0")
    bus = client.live.bus
    if topic not in client.topics:
        client.topics[topic] = bus.subscribe(topic, client.hear)
    client.say("subscribed", topic=topic, cursor=bus.last(topic))
    if cursor is None or "resume-loses-tail" in client.bugs:
        return
    if "gap-on-reconnect" in client.bugs:
        cursor += 1
    if "repeats-on-reconnect" in client.bugs:
        cursor = max(0, cursor - 1)
    for event in bus.since(topic, cursor):
        client.outbox.put_nowait(event)


def _unsubscribe(client: Client, asked: dict[str, Any]) -> None:
    topic = _topic(asked)
    end = client.topics.pop(topic, None)
    if end and "leaks-after-leaving" not in client.bugs:
        end()
    client.say("unsubscribed", topic=topic)


def _publish(client: Client, asked: dict[str, Any]) -> None:
    topic = _topic(asked)
    _acknowledged(client, asked, lambda: client.live.bus.publish(topic, asked.get("data")))


def _finish(client: Client, asked: dict[str, Any]) -> None:
    topic = _topic(asked)
    _acknowledged(client, asked, lambda: client.live.bus.finish(topic))


def _acknowledged(client: Client, asked: dict[str, Any], does: Callable[[], int]) -> None:
    try:
        number = does()
    except FinishedError as end:
        raise RefusalError("finished", "the topic has ended") from end
    if "ack-missing" in client.bugs:
        return
    clients = client.live.clients
    if "crowd-mixed-up" in client.bugs and len(clients) >= CROWD:
        client = clients[clients.index(client) - 1]
    client.say("ack", id=asked.get("id"), seq=number)


def _ping(client: Client, asked: dict[str, Any]) -> None:
    if "ping-unanswered" not in client.bugs:
        client.say("pong")


OPERATIONS: dict[str, Callable[[Client, dict[str, Any]], None]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "publish": _publish,
    "finish": _finish,
    "ping": _ping,
}

# -- routes ------------------------------------------------------------------------------------


def _live(scoped: Request | WebSocket) -> Live:
    live: Live = scoped.app.state.live
    return live


async def websocket(socket: WebSocket) -> None:
    """Talk with one client."""
    live = _live(socket)
    if not await _admitted(socket, live.bugs):
        return
    client = Client(live, socket)
    live.clients.append(client)
    sending = asyncio.create_task(client.send_all())
    try:
        await client.take_all()
    except WebSocketDisconnect:
        pass
    except Exception:
        await socket.close(1011, "internal error")
    finally:
        client.leave()
        client.outbox.put_nowait(None)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def _admitted(socket: WebSocket, bugs: Bugs) -> bool:
    """Accept the connection, and close it again if the client can't stay."""
    offered = socket.scope.get("subprotocols", [])
    chosen: str | None = SUBPROTOCOL if SUBPROTOCOL in offered else None
    if "wrong-subprotocol" in bugs and chosen:
        chosen = "live.v0"
    await socket.accept(chosen)
    key = socket.headers.get("authorization", "").removeprefix("Bearer ")
    key = key or socket.query_params.get("key", "")
    if key != KEY and "channel-auth-not-asked" not in bugs:
        await socket.close(1008 if "wrong-close-code" in bugs else UNAUTHORISED, "say who you are")
        return False
    if chosen is None and "subprotocol-not-required" not in bugs:
        await socket.close(NO_SUBPROTOCOL, f"offer {SUBPROTOCOL}")
        return False
    return True


async def health(request: Request) -> Response:
    """Tell that the service is there, and how many use it."""
    live = _live(request)
    return JSONResponse(
        {"status": "ok", "clients": len(live.clients), "subscriptions": live.bus.count()}
    )


async def publish(request: Request) -> Response:
    """Publish by HTTP: `{"data": …}`, or `{"finish": true}`."""
    live, topic = _live(request), request.path_params["topic"]
    try:
        asked = json.loads(await request.body())
    except (ValueError, RecursionError):
        return _problem(400, "the body is not JSON")
    if not TOPIC.fullmatch(topic):
        return _problem(422, "no topic has that name")
    if not isinstance(asked, dict) or set(asked) not in ({"data"}, {"finish"}):
        return _problem(422, "an object with data or finish")
    try:
        finish = "finish" in asked
        number = live.bus.finish(topic) if finish else live.bus.publish(topic, asked["data"])
    except FinishedError:
        return _problem(409, "the topic has ended")
    return JSONResponse({"topic": topic, "seq": number}, 202)


async def stream(request: Request) -> Response:
    """A topic's events as Server-Sent Events, after `Last-Event-ID`, until it is finished."""
    live, topic = _live(request), request.path_params["topic"]
    last = request.headers.get("last-event-id", "0")
    if not re.fullmatch(r"[0-9]{1,9}", last) or not TOPIC.fullmatch(topic):
        return _problem(422, "Last-Event-ID is the number of an event")
    known = request.headers.get("authorization") == f"Bearer {KEY}"
    if not known and "sse-auth-not-asked" not in live.bugs:
        return _problem(401, "say who you are", {"WWW-Authenticate": "Bearer"})
    if "last-event-id-ignored" in live.bugs:
        last = "0"
    media = "text/plain" if "sse-wrong-content-type" in live.bugs else "text/event-stream"
    headers = {"cache-control": "no-store"}
    return StreamingResponse(_events(live, topic, int(last)), 200, headers, media)


async def _events(live: Live, topic: str, last: int) -> AsyncIterator[str]:
    inbox: asyncio.Queue[Event] = asyncio.Queue()
    end = live.bus.subscribe(topic, inbox.put_nowait)
    try:
        for event in live.bus.since(topic, last):
            inbox.put_nowait(event)
        while True:
            event = await inbox.get()
            yield _written(event, live.bugs)
            if event["type"] == "finished":
                return
    finally:
        if "stream-subscription-kept" not in live.bugs:
            end()


def _written(event: Event, bugs: Bugs) -> str:
    lines = json.dumps(event["data"], indent=1).splitlines()
    head = "" if "sse-id-missing" in bugs else f"id: {event['seq']}\n"
    prefix = "data: "
    if "sse-lines-broken" in bugs:
        return f"{head}event: {event['type']}\n{prefix}" + "\n".join(lines) + "\n\n"
    return f"{head}event: {event['type']}\n" + "".join(f"{prefix}{x}\n" for x in lines) + "\n"


def _problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    said = {"type": "about:blank", "title": detail, "status": status, "detail": detail}
    return JSONResponse(said, status, headers, "application/problem+json")


# -- the app -----------------------------------------------------------------------------------


def empty(app: Starlette) -> dict[str, Any]:
    """No topic has an event."""
    app.state.live.reset()
    return {"path": {"topic": "news"}, "headers": {"authorization": f"Bearer {KEY}"}}


def finished_topic(app: Starlette) -> dict[str, Any]:
    """The topic has three events and its end."""
    values = empty(app)
    bus: Bus = app.state.live.bus
    for number in range(1, 4):
        bus.publish("news", {"number": number})
    bus.finish("news")
    return values


def make(bugs: Bugs = frozenset(), *, idle: float = IDLE_SECONDS) -> Starlette:
    """The service with these bugs; a client that is silent for `idle` seconds is closed."""
    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/topics/{topic:path}", publish, methods=["POST"]),
            Route("/events/{topic:path}", stream),
            WebSocketRoute("/ws", websocket),
        ]
    )
    app.state.live = Live(bugs, idle)
    return app


app = make(planted())


def fresh() -> Starlette:
    """A new service with the bugs that the environment asks for."""
    return make(planted())


def hasty() -> Starlette:
    """The same, which closes a client that is silent for 50 ms."""
    return make(planted(), idle=0.05)


def fresh_bus() -> Bus:
    """A new bus with the bugs that the environment asks for."""
    return Bus(planted())
