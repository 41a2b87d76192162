"""Channels by URL and Socket.IO, against real servers on loopback."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from plans import Make, make, verdicts
from servers import by_hand, closed_port, served

from bank import live
from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict import State

__all__ = ["make"]

CONTRACT = (
    Path(__file__).resolve().parents[1] / "bank" / "contracts" / "live-channels.contract.yaml"
)


def of_bank(folder: Path, host: str) -> Plan:
    """The bank's contract of channels, of a service by URL."""
    text = CONTRACT.read_text(encoding="utf-8").partition("  bus:\n")[0]
    before, _, rest = text.partition("  impatient:\n")
    text = before + rest[rest.index("  stream:\n") :]
    text = text.replace("bank.live:fresh#/ws", f"ws://{host}/ws")
    text = text.replace("bank.live:fresh#/events", f"http://{host}/events")
    path = folder / "live.contract.yaml"
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    path.write_text(text.replace("patience: 500ms", "patience: 2s"))
    return make_plan(open_project([path], folder))


def broken(plan: Plan, law: str = "") -> dict[str, str]:
    return {
        f"{each.item.subject}.{each.item.clause}": each.reason or str(each.violations)
        for target in plan.targets
        if not law or any(law in item.id.clause for item in target.items)
        for each in check(target, Options(seed=0))
        if each.state is not State.KEPT
    }


@pytest.mark.slow
def test_a_clean_service_by_url_keeps_its_laws(tmp_path: Path) -> None:
    with served(live.make()) as host:
        plan = of_bank(tmp_path, host)
        assert plan.problems == ()
        assert broken(plan) == {}
        assert broken(plan) == {}  # topics are new, though the service is the same


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bug", "law"),
    [
        ("events-swapped", "ordered"),
        ("event-twice", "no-duplicates"),
        ("event-lost", "no-gaps"),
        ("prefix-hears-too", "isolated"),
        ("dies-of-binary", "survives-malformed"),
        ("gap-on-reconnect", "resumes"),
        # burst-loses-one shows in a queue of forty, which a quick server never has
        ("crowd-mixed-up", "concurrent"),
        ("channel-auth-not-asked", "handshake"),
        ("sse-auth-not-asked", "handshake"),
        ("wrong-close-code", "close-code"),
        ("wrong-subprotocol", "subprotocol"),
        ("ping-unanswered", "ping"),
        ("ack-missing", "acknowledgement"),
        ("slow-delivery", "latency"),
        ("subscriptions-kept-after-disconnect", "subscriptions-gone"),
        ("stream-subscription-kept", "subscriptions-gone"),
    ],
)
def test_a_planted_bug_is_found_by_url(bug: str, law: str, tmp_path: Path) -> None:
    with served(live.make(frozenset({bug}))) as host:
        found = broken(of_bank(tmp_path, host), law)
        assert [each for each in found if each.endswith(f"laws.{law}")]


# -- servers that fail -------------------------------------------------------------------------


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def speaks_no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()
    writer.close()


async def knows_no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


async def redirects(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    said = "HTTP/1.1 302 Found\r\nLocation: http://example.invalid/\r\nContent-Length: 0\r\n\r\n"
    writer.write(said.encode())
    await writer.drain()
    writer.close()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def dies_half_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    writer.write(head.encode() + b"40\r\nid: 1\ndata: {\n")
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.close()


LAW = "laws: [handshake]"


def of_handshake(where: str, make: Make, patience: str = "10s") -> Any:
    """What was seen; only who never answers need not be waited for."""
    channel = f"{{{where}, {LAW}, patience: {patience}}}"
    (found,) = verdicts(make("", a=f"channels: {{c: {channel}}}")).values()
    assert found.state is State.BROKEN
    return found.violations[0].seen


@pytest.mark.parametrize("scheme", ["websocket: 'ws", "sse: 'http"])
@pytest.mark.parametrize(
    ("server", "seen"),
    [
        (silent, "no answer"),
        (speaks_no_http, "Error"),
        (redirects, "closed by 302"),
        (hangs_up, "Error"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_server_that_fails_is_an_observation(
    scheme: str, server: Any, seen: str, make: Make
) -> None:
    with by_hand(server) as host:
        patience = "300ms" if server is silent else "10s"
        told = of_handshake(f"{scheme}://{host}/c'", make, patience)
    assert seen in told or (seen == "Error" and "InvalidMessage" in told)


@pytest.mark.parametrize("scheme", ["websocket: 'ws", "sse: 'http", "websocket: 'wss"])
def test_a_port_where_nobody_listens_is_told(scheme: str, make: Make) -> None:
    told = of_handshake(f"{scheme}://{closed_port()}/c'", make)
    assert "ServiceError" in told
    assert "127.0.0.1" in told


@pytest.mark.parametrize("scheme", ["websocket: 'wss", "sse: 'https"])
def test_a_server_without_tls_is_told(scheme: str, make: Make) -> None:
    with by_hand(knows_no_tls) as host:
        told = of_handshake(f"{scheme}://{host}/c'", make)
    assert "ServiceError" in told
    assert "SSL" in told


def test_a_stream_that_breaks_off_is_closed(make: Make) -> None:
    with by_hand(dies_half_way) as host:
        assert of_handshake(f"sse: 'http://{host}/c'", make) == "closed by 500"


DYING = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    await receive()
    raise ValueError("half-way")
"""


def test_a_socket_that_dies_half_way_is_closed(make: Make) -> None:
    space: dict[str, Any] = {}
    exec(DYING, space)
    keys = "ping: {send: a, answer: {a: 1}}, sentinel: {send: b, answer: {b: 1}}"
    with served(space["app"], lifespan="off") as host:
        found = of_handshake(f"websocket: 'ws://{host}/c', {keys}", make)
    assert found in ("closed by 1006", "closed by 1011", "closed by 1012")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("websocket: 'ws://127.0.0.1:1/a'", "`sentinel`, `subscribed` or `subscriptions`"),
        ("sse: 'http://127.0.0.1:1/a', via: POST /", "`sentinel`, `subscribed`"),
    ],
)
def test_what_tells_no_subscription_is_not_exercised(keys: str, reason: str, make: Make) -> None:
    text = f"channels: {{c: {{{keys}, publish: {{a: 1}}, laws: [burst]}}}}"
    (found,) = verdicts(make("", a=text)).values()
    assert found.state is State.NOT_EXERCISED
    assert reason in found.reason


# -- Socket.IO ---------------------------------------------------------------------------------

SOCKETIO = """
import json, os
import socketio

bugs = os.environ.get("SIO_BUG", "")

def make():
    server = socketio.AsyncServer(async_mode="asgi", async_handlers=False)
    rooms, numbers = {}, {}

    @server.event(namespace="/live")
    async def connect(sid, environ, auth):
        if bugs != "open" and (auth or {}).get("key") != "k":
            raise socketio.exceptions.ConnectionRefusedError("who?")

    @server.event(namespace="/live")
    async def subscribe(sid, data):
        topic = data["topic"]
        rooms.setdefault(topic, []).append(sid)
        await server.emit("subscribed", {"topic": topic}, to=sid, namespace="/live")

    @server.event(namespace="/live")
    async def publish(sid, data):
        topic = data["topic"]
        number = numbers[topic] = numbers.get(topic, 0) + 1
        event = {"topic": topic, "seq": number, "data": data["data"]}
        for member in rooms.get(topic, []):
            if bugs == "loses" and number == 3:
                continue
            for _ in range(2 if bugs == "twice" and number == 2 else 1):
                await server.emit("event", event, to=member, namespace="/live")
        return {"seq": number}

    @server.event(namespace="/live")
    async def ask(sid, data):
        await server.emit("answer", data, to=sid, namespace="/live")

    @server.on("message", namespace="/live")
    async def message(sid, data):
        if bugs == "dies":
            await server.disconnect(sid, namespace="/live")
        await server.emit("refused", {"code": "unknown"}, to=sid, namespace="/live")

    @server.event(namespace="/live")
    async def disconnect(sid, *reason):
        for members in rooms.values():
            if sid in members:
                members.remove(sid)

    return socketio.ASGIApp(server)

def fresh() -> socketio.ASGIApp:
    return make()
"""
SPOKEN = """
    namespace: /live
    credentials: {key: k}
    subscribe: {type: subscribe, data: {topic: "{topic}"}}
    subscribed: {type: subscribed}
    publish: {type: publish, id: "{id}", data: {topic: "{topic}", data: {n: "{number}"}}}
    sentinel: {send: {type: ask, data: "{topic}"}, answer: {type: answer, data: "{topic}"}}
    ack: {type: ack, id: "{id}"}
    error: {type: refused}
    match: {type: /type, topic: /data/topic}
    events: event
    messages: {event: {required: [data]}}
    number: /data/seq
    within: 5s
    clients: 20
    laws: [ordered, no-duplicates, no-gaps, isolated, survives-malformed, burst, concurrent,
           handshake, acknowledgement, latency]
"""


def of_socketio(make: Make, where: str, law: str = "") -> dict[str, str]:
    plan = make(SOCKETIO, a=f"channels:\n  c:\n    socketio: '{where}'{SPOKEN}")
    assert plan.problems == ()
    return broken(plan, law)


def test_socket_io_in_process_keeps_its_laws(make: Make) -> None:
    assert of_socketio(make, "code_of_plan:fresh#/socket.io/") == {}


def test_socket_io_by_url_keeps_its_laws(make: Make) -> None:
    space: dict[str, Any] = {}
    exec(SOCKETIO, space)
    with served(space["fresh"]()) as host:
        assert of_socketio(make, f"ws://{host}/socket.io/") == {}


@pytest.mark.parametrize(
    ("bug", "law"),
    [
        ("open", "handshake"),
        ("loses", "no-gaps"),
        ("twice", "no-duplicates"),
        ("dies", "survives-malformed"),
    ],
)
@pytest.mark.slow
def test_a_bug_of_socket_io_is_found(
    bug: str, law: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIO_BUG", bug)
    assert f"c.laws.{law}" in of_socketio(make, "code_of_plan:fresh#/socket.io/", law)
