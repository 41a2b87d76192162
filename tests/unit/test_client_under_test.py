"""Clients under test: good ones keep their laws, and each mistake breaks its own."""

from __future__ import annotations

from typing import Any

import pytest
from plans import Make, make, told, verdicts

from stagepact.verdict import State

__all__ = ["make"]

CLIENTS = '''
import asyncio, json, os, random, time
import httpx, websockets
from websockets.sync.client import connect as connect_sync

bug = os.environ.get("CLIENT_BUG", "")


class GaveUp(Exception):
    pass


def delay_of(attempt):
    return 0.02 if bug == "constant" else 0.02 * 2 ** attempt


async def run(url, heard, sleep=asyncio.sleep):
    """A client over a WebSocket that comes back."""
    last, attempt, topic = 0, 0, "news"
    if bug == "slow-start":
        await asyncio.sleep(1.2)
    while True:
        try:
            async with websockets.connect(url, proxy=None, compression=None) as socket:
                attempt = 0
                again = last and bug != "forgets-cursor"
                message = {"op": "subscribe", "topic": topic}
                if again:
                    message["cursor"] = last
                if not (last and bug == "silent"):
                    await socket.send(json.dumps(message))
                async for text in socket:
                    event = json.loads(text)
                    if event["type"] != "event":
                        continue
                    last = event["seq"]
                    heard(event)
        except websockets.InvalidStatus as refusal:
            status = refusal.response.status_code
            if status in (400, 404) and bug != "never-gives-up" or bug == "gives-up":
                raise GaveUp(status)
        except (OSError, websockets.WebSocketException):
            pass
        if bug == "stays-away":
            return
        if bug == "other-topic":
            topic = "olds"
        await sleep(delay_of(attempt) * (random.random() if bug == "jitter" else 1))
        attempt += 1


async def real(url, heard):
    await run(url, heard)


async def yields(url):
    """The same, as an iterable."""
    queue = asyncio.Queue()
    task = asyncio.create_task(run(url, queue.put_nowait))
    try:
        while not task.done():
            taking = asyncio.create_task(queue.get())
            await asyncio.wait({task, taking}, return_when=asyncio.FIRST_COMPLETED)
            if taking.done():
                yield taking.result()
            else:
                taking.cancel()
        task.result()
    finally:
        task.cancel()


def blocking(url, heard, sleep=time.sleep):
    """One that blocks a thread."""
    last, attempt = 0, 0
    while True:
        try:
            with connect_sync(url, proxy=None, compression=None) as socket:
                attempt = 0
                message = {"op": "subscribe", "topic": "news"}
                socket.send(json.dumps({**message, "cursor": last} if last else message))
                for text in socket:
                    event = json.loads(text)
                    if event["type"] == "event":
                        last = event["seq"]
                        heard(event)
        except websockets.InvalidStatus as refusal:
            if refusal.response.status_code in (400, 404):
                return
        except (OSError, websockets.WebSocketException):
            pass
        sleep(delay_of(attempt))
        attempt += 1


async def reader(url, heard, sleep):
    """One of an event stream."""
    last, attempt = None, 0
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        while True:
            headers = {"last-event-id": last} if last and bug != "forgets-cursor" else {}
            try:
                async with client.stream("GET", url, headers=headers) as response:
                    if response.status_code in (400, 404):
                        return
                    if response.status_code == 200:
                        attempt = 0
                        async for line in response.aiter_lines():
                            name, _, value = line.partition(": ")
                            if name == "id":
                                last = value
                            elif name == "data":
                                heard({"id": last, "data": json.loads(value)})
            except httpx.HTTPError:
                pass
            await sleep(delay_of(attempt))
            attempt += 1


async def absent(url, heard):
    raise ValueError("no route")


async def idle(url, heard):
    await asyncio.sleep(60)

silent = 3
'''
LAWS = "[reconnects, backs-off, resubscribes, fetches-missed, handles-errors]"
SPOKEN = """
    subscribe: {op: subscribe, topic: "{topic}"}
    resume: {op: subscribe, topic: "{topic}", cursor: "{cursor}"}
    subscribed: {type: subscribed}
    publish: {type: event, topic: "{topic}", seq: "{number}"}
    number: /seq
    errors: {400: give-up, 404: give-up, 500: retry}
    patience: 1s
"""
STREAMED = """
    over: sse
    publish: {id: "{number}", data: {number: "{number}"}}
    number: /id
    errors: {400: give-up, 404: give-up, 500: retry}
    patience: 1s
"""


def judged(make: Make, client: str, keys: str = SPOKEN, laws: str = LAWS) -> dict[str, Any]:
    text = f"channels:\n  c:\n    client: code_of_plan:{client}{keys}    laws: {laws}\n"
    plan = make(CLIENTS, a=text)
    assert plan.problems == ()
    return {name.removeprefix("c::laws."): each for name, each in verdicts(plan).items()}


def broken(make: Make, client: str, keys: str = SPOKEN, laws: str = LAWS) -> dict[str, str]:
    found = judged(make, client, keys, laws).items()
    return {
        name.partition("[")[0]: each.reason or each.violations[0].seen
        for name, each in found
        if each.state is not State.KEPT
    }


@pytest.mark.parametrize("client", ["run", "real", "yields", "blocking"])
@pytest.mark.slow
def test_a_client_that_comes_back_keeps_its_laws(client: str, make: Make) -> None:
    assert broken(make, client) == {}


def test_a_client_of_a_stream_keeps_its_laws(make: Make) -> None:
    assert broken(make, "reader", STREAMED) == {
        "resubscribes": "a stream has no subscription to send"
    }


@pytest.mark.parametrize(
    ("bug", "law", "seen"),
    [
        ("stays-away", "reconnects", "it returned"),
        ("constant", "backs-off", "20 ms, 20 ms, 20 ms, 20 ms, 20 ms"),
        ("other-topic", "resubscribes", "olds"),
        ("silent", "resubscribes", "nothing that is `subscribe`"),
        ("forgets-cursor", "fetches-missed", "1, 2, 5 (cursor: null)"),
        ("never-gives-up", "handles-errors", "another attempt"),
        ("gives-up", "handles-errors", "it raised GaveUp: 500"),
    ],
)
def test_a_mistake_of_a_client_breaks_its_law(
    bug: str, law: str, seen: str, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_BUG", bug)
    unhurried = SPOKEN if bug == "silent" else SPOKEN.replace("patience: 1s", "patience: 5s")
    assert seen in broken(make, "run", unhurried, f"[{law}]")[law]


def test_a_client_that_starts_slowly_is_waited_for(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_BUG", "slow-start")
    assert broken(make, "run", laws="[reconnects]") == {}


def test_a_stream_s_client_that_forgets_is_found(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_BUG", "forgets-cursor")
    assert "1, 2, 5" in broken(make, "reader", STREAMED)["fetches-missed"]


def test_jitter_is_growth(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIENT_BUG", "jitter")
    found = [judged(make, "run", laws="[backs-off]")["backs-off[client]"] for _ in range(20)]
    assert [each.violations for each in found if each.state is State.BROKEN] == []
    # On a busy machine the client may come back too seldom for its delays to be compared.
    assert State.KEPT in {each.state for each in found}


@pytest.mark.parametrize(
    ("client", "seen"),
    [("absent", "it raised ValueError: no route"), ("idle", "no visit within 5 × 100ms")],
)
def test_a_client_that_does_not_connect_is_told(client: str, seen: str, make: Make) -> None:
    keys = SPOKEN.replace("patience: 1s", "patience: 100ms")
    (found,) = judged(make, client, keys, "[reconnects]").values()
    assert found.state is State.NOT_EXERCISED
    assert seen in found.reason


@pytest.mark.parametrize(
    ("keys", "law", "reason"),
    [
        ("client: code_of_plan:run", "handles-errors", "doesn't say `errors`"),
        ("client: code_of_plan:run", "resubscribes", "doesn't say `subscribe`"),
        ("client: code_of_plan:run", "fetches-missed", "doesn't say `publish`"),
        ("client: code_of_plan:run", "burst", "the channel is a client's"),
        ("websocket: 'ws://127.0.0.1:1/'", "reconnects", "no client is under test"),
    ],
)
def test_what_a_law_of_clients_lacks_is_told(keys: str, law: str, reason: str, make: Make) -> None:
    plan = make(CLIENTS, a=f"channels:\n  c: {{{keys}, laws: [{law}]}}\n")
    (found,) = verdicts(plan).values()
    assert found.state is State.NOT_EXERCISED
    assert reason in found.reason


def test_what_is_no_client_is_told(make: Make) -> None:
    (problem,) = told(make(CLIENTS, a="channels: {c: {client: code_of_plan:silent}}"))
    assert "expected a function that takes a URL" in problem


def test_the_laws_of_clients_can_fail(make: Make) -> None:
    from stagepact.flow import Options, check

    text = f"channels:\n  c:\n    client: code_of_plan:run{SPOKEN}    laws: {LAWS}\n"
    plan = make(CLIENTS, a=text)
    found = [v for t in plan.targets for v in check(t, Options(seed=0, prove=True))]
    assert [each.unfailing for each in found if each.unfailing] == []
