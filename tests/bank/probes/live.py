"""Probes of the live service; each starts with one of its own, by raw ASGI."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from bank import live
from bank.probes.reply import Reply, ask_asgi

# Longer than anything clean takes to answer; only what never comes is waited for so long.
PATIENCE = 0.5
SENTINEL = "the-end-of-what-was-asked"
OFFERED = (live.SUBPROTOCOL,)

Told = list[dict[str, Any]]


class Talk:
    """One WebSocket, as a client sees it."""

    def __init__(self, app: Any, key: str, offered: tuple[str, ...]) -> None:
        self.app = app
        self.given: asyncio.Queue[Any] = asyncio.Queue()
        self.said: asyncio.Queue[Any] = asyncio.Queue()
        self.code: int | None = None
        self.subprotocol: str | None = None
        headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
        self.scope = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/ws",
            "raw_path": b"/ws",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("localhost", 80),
            "subprotocols": list(offered),
        }
        self.given.put_nowait({"type": "websocket.connect"})

    async def run(self) -> None:
        """Let the app talk until it returns."""
        await self.app(self.scope, self.given.get, self.said.put)

    async def next(self) -> dict[str, Any] | None:
        """What is said next; None when it's closed, or nothing comes."""
        if self.code is not None:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                message = await self.said.get()
        except TimeoutError:
            return None
        if message["type"] == "websocket.close":
            self.code = message.get("code", 1000)
            return None
        if message["type"] == "websocket.accept":
            self.subprotocol = message.get("subprotocol")
            return {"type": "accepted"}
        told: dict[str, Any] = json.loads(message["text"])
        return told

    def ask(self, **asked: Any) -> None:
        """Send a message."""
        self.text(json.dumps(asked))

    def text(self, text: str) -> None:
        """Send any text."""
        self.given.put_nowait({"type": "websocket.receive", "text": text})

    async def told(self, *asked: dict[str, Any]) -> Told:
        """All that is said up to now, with what these messages bring about."""
        for each in asked:
            self.ask(**each)
        self.ask(op="unsubscribe", topic=SENTINEL)
        found: Told = []
        while (message := await self.next()) is not None and message.get("topic") != SENTINEL:
            found.append(message)
        return found

    async def survives(self) -> bool:
        """Whether an error is said, and the connection lives on."""
        return [each["type"] for each in await self.told()] == ["error"] and self.code is None


class Api:
    """A live service, and how clients connect."""

    def __init__(self, bugs: frozenset[str]) -> None:
        self.bugs = bugs
        self.app = live.make(bugs)

    @property
    def bus(self) -> live.Bus:
        """The service's topics."""
        bus: live.Bus = self.app.state.live.bus
        return bus

    @asynccontextmanager
    async def talk(
        self, key: str = live.KEY, offered: tuple[str, ...] = OFFERED, app: Any = None
    ) -> AsyncIterator[Talk]:
        """A connection, whose first message is taken; in the end the client leaves."""
        talk = Talk(app or self.app, key, offered)
        running = asyncio.create_task(talk.run())
        try:
            await talk.next()
            yield talk
        finally:
            talk.given.put_nowait({"type": "websocket.disconnect", "code": 1000})
            with suppress(Exception):
                await running

    async def heard(self, count: int, topic: str = "news") -> Told:
        """What a subscriber is told while so many events are published in process."""
        async with self.talk() as talk:
            await talk.told(subscribe(topic))
            for number in range(1, count + 1):
                self.bus.publish(topic, number)
            return await talk.told()

    async def resumed(self, cursor: int) -> list[int]:
        """The numbers told to a subscriber that comes after four events with a cursor."""
        for number in range(1, 5):
            self.bus.publish("news", number)
        async with self.talk() as talk:
            told = await talk.told(subscribe("news", cursor=cursor))
        return [int(each["seq"]) for each in told if each["type"] == "event"]

    async def stream(self, key: str = live.KEY, **headers: str) -> Reply:
        """The whole stream of a topic with two events and an end."""
        self.bus.publish("news", [1])
        self.bus.publish("news", [2])
        self.bus.finish("news")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            named["authorization"] = f"Bearer {key}"
        return await ask_asgi(self.app, "GET", "/events/news", b"", named)


def subscribe(topic: str, **more: Any) -> dict[str, Any]:
    return {"op": "subscribe", "topic": topic, **more}


def publish(topic: str, data: Any = None, id: Any = "p") -> dict[str, Any]:
    return {"op": "publish", "topic": topic, "data": data, "id": id}


def events(told: Told) -> Told:
    return [each for each in told if each["type"] == "event"]


def numbers(told: Told) -> list[int]:
    """The numbers of events, whatever their type on the wire."""
    return [int(each["seq"]) for each in events(told)]


Probe = Callable[[Api], Awaitable[bool]]
PROBES: dict[str, Probe] = {}


def probe(function: Probe) -> Probe:
    """Put a probe into the table, under the bug that its name is."""
    PROBES[getattr(function, "__name__", "").replace("_", "-")] = function
    return function


@probe
async def event_number_is_text(api: Api) -> bool:
    return events(await api.heard(1))[0]["seq"] == 1


@probe
async def finished_without_number(api: Api) -> bool:
    async with api.talk() as talk:
        await talk.told(subscribe("news"))
        api.bus.finish("news")
        return "seq" in (await talk.told())[0]


@probe
async def events_swapped(api: Api) -> bool:
    seen = numbers(await api.heard(4))
    return seen == sorted(seen)


@probe
async def finished_twice(api: Api) -> bool:
    api.bus.finish("news")
    with suppress(live.FinishedError):
        api.bus.finish("news")
    return api.bus.last("news") == 1


@probe
async def event_twice(api: Api) -> bool:
    seen = numbers(await api.heard(4))
    return len(seen) == len(set(seen))


@probe
async def repeats_on_reconnect(api: Api) -> bool:
    return 2 not in await api.resumed(2)


@probe
async def event_lost(api: Api) -> bool:
    return set(numbers(await api.heard(4))) == {1, 2, 3, 4}


@probe
async def gap_on_reconnect(api: Api) -> bool:
    seen = await api.resumed(2)
    return not seen or 3 in seen


@probe
async def prefix_hears_too(api: Api) -> bool:
    async with api.talk() as talk:
        await talk.told(subscribe("new"))
        api.bus.publish("news", 1)
        return events(await talk.told()) == []


@probe
async def leaks_after_leaving(api: Api) -> bool:
    async with api.talk() as talk:
        await talk.told(subscribe("news"), {"op": "unsubscribe", "topic": "news"})
        api.bus.publish("news", 1)
        return events(await talk.told()) == []


@probe
async def bus_keeps_receivers(api: Api) -> bool:
    heard: list[Any] = []
    bus = live.Bus(api.bugs)
    bus.subscribe("news", heard.append)()
    bus.publish("news", 1)
    return heard == []


@probe
async def bus_forgets_second_receiver(api: Api) -> bool:
    heard: list[Any] = []
    bus = live.Bus(api.bugs)
    for _ in range(3):
        bus.subscribe("news", heard.append)
    bus.publish("news", 1)
    return len(heard) == 3


@probe
async def dies_of_non_json(api: Api) -> bool:
    async with api.talk() as talk:
        talk.text("{")
        return await talk.survives() or talk.code is None


@probe
async def dies_of_binary(api: Api) -> bool:
    async with api.talk() as talk:
        talk.given.put_nowait({"type": "websocket.receive", "bytes": b"\x00"})
        return await talk.survives()


@probe
async def dies_of_oversize(api: Api) -> bool:
    async with api.talk() as talk:
        talk.text(json.dumps({"op": "ping", "pad": "x" * 5000}))
        return await talk.survives()


@probe
async def dies_of_unknown_operation(api: Api) -> bool:
    async with api.talk() as talk:
        talk.ask(op="dance")
        return await talk.survives()


@probe
async def malformed_mutes_others(api: Api) -> bool:
    async with api.talk() as talk, api.talk() as other:
        await other.told(subscribe("news"))
        talk.text("{")
        await talk.next()
        api.bus.publish("news", 1)
        return len(events(await other.told())) == 1


@probe
async def resume_loses_tail(api: Api) -> bool:
    return await api.resumed(2) != []


@probe
async def last_event_id_ignored(api: Api) -> bool:
    return b"event: event" not in (await api.stream(last_event_id="2")).body


@probe
async def burst_loses_one(api: Api) -> bool:
    seen = set(numbers(await api.heard(60)))
    return seen >= set(range(4, 61))


@probe
async def crowd_mixed_up(api: Api) -> bool:
    async with AsyncExitStack() as crowd:
        talks = [await crowd.enter_async_context(api.talk()) for _ in range(12)]
        told = [await each.told(publish("news", 1, id)) for id, each in enumerate(talks)]
    return all(each["id"] == id for id, found in enumerate(told) for each in found)


@probe
async def channel_auth_not_asked(api: Api) -> bool:
    async with api.talk(key="") as talk:
        await talk.told()
        return talk.code is not None


@probe
async def sse_auth_not_asked(api: Api) -> bool:
    return (await api.stream(key="")).status == 401


@probe
async def wrong_close_code(api: Api) -> bool:
    async with api.talk(key="wrong") as talk:
        await talk.told()
        return talk.code != 1008


@probe
async def wrong_subprotocol(api: Api) -> bool:
    async with api.talk() as talk:
        return talk.subprotocol == "live.v1"


@probe
async def subprotocol_not_required(api: Api) -> bool:
    async with api.talk(offered=()) as talk:
        await talk.told()
        return talk.code == 4406


@probe
async def ping_unanswered(api: Api) -> bool:
    async with api.talk() as talk:
        return await talk.told({"op": "ping"}) == [{"type": "pong"}]


@probe
async def idle_never_closed(api: Api) -> bool:
    async with api.talk(app=live.make(api.bugs, idle=0.01)) as talk:
        await talk.next()
        return talk.code == 4408


@probe
async def ack_missing(api: Api) -> bool:
    async with api.talk() as talk:
        return await talk.told(publish("news")) == [{"type": "ack", "id": "p", "seq": 1}]


@probe
async def slow_delivery(api: Api) -> bool:
    for attempt in range(3):
        begun = time.perf_counter()
        await api.heard(6, f"news-{attempt}")
        if time.perf_counter() - begun < 0.14:
            return True
    return False


@probe
async def subscriptions_kept_after_disconnect(api: Api) -> bool:
    async with api.talk() as talk:
        await talk.told(subscribe("news"))
    return (await ask_asgi(api.app, "GET", "/health", b"", {})).json["subscriptions"] == 0


@probe
async def stream_subscription_kept(api: Api) -> bool:
    await api.stream()
    return (await ask_asgi(api.app, "GET", "/health", b"", {})).json["subscriptions"] == 0


@probe
async def sse_wrong_content_type(api: Api) -> bool:
    return (await api.stream()).media in ("text/event-stream", "application/problem+json")


@probe
async def sse_id_missing(api: Api) -> bool:
    return b"id: 1\n" in (await api.stream()).body


@probe
async def sse_lines_broken(api: Api) -> bool:
    lines = (await api.stream()).body.decode().splitlines()
    return all(line.startswith(("id: ", "event: ", "data: ")) for line in lines if line)
