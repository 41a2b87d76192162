"""Mock providers: they answer real clients as pacts say, and tell what was asked amiss."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from pact_mocking import got, pact_of, rules, sent

from stagepact.pact.mock.messages import OfferedMessage, message_of
from stagepact.pact.mock.offered import NotAsPact, Offered
from stagepact.pact.mock.provider import Provider
from stagepact.pact.model import Pact

SESSION = got("GET session", "/sessions/s-1", {"id": "s-1"}, headers={"Set-Cookie": ["k=v"]})
MADE = got(
    "a session is made",
    "/sessions",
    {"id": "s-2"},
    method="POST",
    status=201,
    request={
        "query": {"dry": ["no"]},
        "headers": {"X-Tenant": "acme"},
        "body": {"contentType": "application/json", "content": {"name": "tea"}},
        "matchingRules": {"body": rules(name={"match": "type"})},
    },
)
PACT = pact_of(SESSION, MADE)


def offered(pact: Pact = PACT, *, served: bool = False, expected: bool = False) -> Offered:
    provider = Provider(pact.provider, pact.interactions)
    return Offered(provider, pact.interactions if expected else (), served)


def by_httpx(url: str) -> Any:
    httpx.post(
        f"{url}/sessions?dry=no", json={"name": "x"}, headers={"X-Tenant": "acme"}
    ).raise_for_status()
    return httpx.get(f"{url}/sessions/s-1").json()


def by_httpx_async(url: str) -> Any:
    async def ask() -> Any:
        async with httpx.AsyncClient(base_url=url) as client:
            made = await client.post(
                "/sessions", params={"dry": "no"}, json={"name": "x"}, headers={"X-Tenant": "acme"}
            )
            made.raise_for_status()
            return (await client.get("/sessions/s-1")).json()

    return asyncio.run(ask())


def by_requests(url: str) -> Any:
    with requests.Session() as session:
        made = session.post(
            f"{url}/sessions",
            params={"dry": "no"},
            json={"name": "x"},
            headers={"X-Tenant": "acme"},
            timeout=60,
        )
        made.raise_for_status()
        found = session.get(f"{url}/sessions/s-1", timeout=60)
        assert session.cookies["k"] == "v"
        return found.json()


def by_aiohttp(url: str) -> Any:
    async def ask() -> Any:
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            sent = {"json": {"name": "x"}, "headers": {"X-Tenant": "acme"}}
            async with session.post(f"{url}/sessions?dry=no", **sent) as made:
                await made.read()
            async with session.get(f"{url}/sessions/s-1") as answer:
                return await answer.json()

    return asyncio.run(ask())


CLIENTS = [by_httpx, by_httpx_async, by_requests, by_aiohttp]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name is looked up, and nothing is connected."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.usefixtures("no_network")
def test_clients_are_answered_in_process(ask: Callable[[str], Any]) -> None:
    with offered(expected=True) as provider:
        assert ask(provider.url) == {"id": "s-1"}


@pytest.mark.parametrize("ask", CLIENTS)
def test_clients_are_answered_at_a_port(ask: Callable[[str], Any]) -> None:
    with offered(expected=True, served=True) as provider:
        assert provider.url.startswith("http://127.0.0.1:")
        assert ask(provider.url) == {"id": "s-1"}


@pytest.mark.usefixtures("no_network")
def test_there_are_clients_to_hand_on() -> None:
    with offered() as provider:
        assert provider.client.get("/sessions/s-1").json() == {"id": "s-1"}
        assert provider.session.get(f"{provider.url}/sessions/s-1").json() == {"id": "s-1"}
        with httpx.Client(transport=provider.transport, base_url="http://any") as client:
            assert client.get("/sessions/s-1").status_code == 200

        async def ask() -> None:
            async with provider.async_client as client:
                assert (await client.get("/sessions/s-1")).status_code == 200
            app = httpx.ASGITransport(app=provider.app)
            async with httpx.AsyncClient(transport=app, base_url="http://any") as client:
                assert (await client.get("/sessions/s-1")).json() == {"id": "s-1"}

        asyncio.run(ask())
    assert len(provider.asked) == 5


def test_what_goes_elsewhere_goes_its_way() -> None:
    with offered(served=True) as real, offered() as other:
        assert by_httpx(real.url) == by_requests(real.url) == by_aiohttp(real.url)
        assert other.asked == ()
        by_httpx(other.url)


def test_clients_are_let_go_in_the_end() -> None:
    before = httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send
    with offered() as one, offered() as two:
        assert one.url != two.url
        assert httpx.HTTPTransport.handle_request is not before[0]
        by_httpx(one.url)
        by_requests(two.url)
    assert (httpx.HTTPTransport.handle_request, requests.adapters.HTTPAdapter.send) == before


def test_what_another_tool_holds_by_then_stays_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patches:
        with offered() as provider:
            by_httpx(provider.url)
            held = httpx.HTTPTransport.handle_request
            patches.setattr(httpx.HTTPTransport, "handle_request", lambda *args: held(*args))
            theirs = httpx.HTTPTransport.handle_request
            by_httpx(provider.url)
        assert httpx.HTTPTransport.handle_request is theirs


def amiss(url: str) -> None:
    headers = {"X-Tenant": "x", "Content-Type": "application/json"}
    httpx.post(f"{url}/sessions?dry=yes", content=b'{"name":7,"more":1}', headers=headers)


TOLD = """\
voice-api was asked POST /sessions?dry=yes with {"name":7,"more":1}, which is no interaction of \
the pact
  nearest is 'a session is made' (pacts/ui-voice-api.json:32):
    query dry: expected "no", got "yes"
    header X-Tenant: expected "acme", got "x"
    body $.more: expected no such key, got 1
    body $.name: expected the type of the example ("tea"), got 7
voice-api was never asked 'GET session' (GET /sessions/s-1); pacts/ui-voice-api.json:9
voice-api was never asked 'a session is made' (POST /sessions); pacts/ui-voice-api.json:32"""


def test_what_is_amiss_is_told_at_once() -> None:
    with pytest.raises(NotAsPact) as raised, offered(expected=True) as provider:
        amiss(provider.url)
    assert str(raised.value) == TOLD


def test_an_error_of_the_test_has_what_was_amiss_beside_it() -> None:
    def fail() -> None:
        with offered(expected=True) as provider:
            amiss(provider.url)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        fail()
    assert raised.value.__notes__ == ["\n".join(TOLD.splitlines()[:-2])]


def test_the_client_is_told_by_a_problem_document() -> None:
    provider = offered()
    answer = httpx.get(f"{provider.url}/sessions/s-2")
    provider.close()
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["nearest"] == "GET session"
    assert problem["mismatches"] == [
        {"part": "path", "path": "", "expected": '"/sessions/s-1"', "actual": '"/sessions/s-2"'}
    ]


def test_a_mock_that_nobody_asks_is_told() -> None:
    with pytest.raises(NotAsPact, match="voice-api was never asked anything"), offered():
        pass


def test_the_same_request_is_answered_in_the_order_of_the_pact() -> None:
    pact = pact_of(
        got("it runs", "/jobs/1", {"state": "running"}, states=("running",)),
        got("it is done", "/jobs/1", {"state": "done"}, states=("done",)),
    )
    with offered(pact, expected=True) as provider:
        seen = [provider.client.get("/jobs/1").json()["state"] for _ in range(3)]
        assert seen == ["running", "done", "done"]
        meant = provider.client.get("/jobs/1", headers={"Pact-State": "running"})
        assert meant.json() == {"state": "running"}


GENERATED = got(
    "made anew",
    "/jobs/1",
    {"n": 1, "self": "http://localhost:1/jobs/1", "id": "s-1", "state": 7},
    generators={
        "body": {
            "$.n": {"type": "RandomInt", "min": 100, "max": 10_000_000},
            "$.self": {"type": "MockServerURL", "regex": ".*(/jobs/1)"},
            "$.id": {"type": "Regex", "regex": "s-[0-9]{8}"},
            "$.state": {"type": "ProviderState", "expression": "${unknown}"},
        },
        "header": {"X-Id": {"type": "Uuid"}},
    },
    headers={"X-Id": ["e2490de5-5bd3-43d5-b7c4-526e33f71304"]},
)


def answers(pact: Pact) -> Iterator[Any]:
    with offered(pact) as provider:
        for _ in range(2):
            answer = provider.client.get("/jobs/1")
            yield answer.json(), answer.headers["x-id"], provider.url


def test_generators_are_applied_from_a_seed() -> None:
    first, again = list(answers(pact_of(GENERATED))), list(answers(pact_of(GENERATED)))
    assert first == again
    (body, id_, url), (other, other_id, _) = first
    assert body["n"] >= 100
    assert body["self"] == f"{url}/jobs/1"
    assert body["state"] == 7
    assert body["id"].startswith("s-")
    assert (body["n"], body["id"], id_) != (other["n"], other["id"], other_id)


def test_several_threads_are_answered() -> None:
    with offered() as provider, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: by_requests(provider.url), range(20)))
    assert len(provider.asked) == 40


def test_a_body_that_comes_in_chunks_is_read() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"name":'
        yield b'"x"}'

    headers = {"X-Tenant": "acme", "Content-Type": "application/json"}
    for served in (True, False):
        with offered(served=served) as provider:
            made = httpx.post(f"{provider.url}/sessions?dry=no", content=chunks(), headers=headers)
            assert made.status_code == 201
            url = f"{provider.url}/sessions?dry=no"
            assert requests.post(url, data=chunks(), headers=headers, timeout=60).status_code == 201


def test_answers_without_bodies_have_none() -> None:
    pact = pact_of(
        got("gone", "/jobs/1", method="DELETE", status=204),
        got("seen", "/jobs/1", {"id": 1}, method="HEAD"),
    )
    for served in (True, False):
        with offered(pact, expected=True, served=served) as provider:
            assert httpx.delete(f"{provider.url}/jobs/1").content == b""
            assert requests.head(f"{provider.url}/jobs/1", timeout=60).content == b""


def test_a_message_is_for_a_handler() -> None:
    pact = pact_of(
        sent("done", {"n": 1}, metadata={"topic": "jobs"}),
        got("GET session", "/sessions/s-1"),
    )
    message = message_of(pact.interactions[0])
    assert message is not None
    assert message_of(pact.interactions[1]) is None
    held = OfferedMessage(pact.interactions[0], message)
    assert not held.used
    assert (held.contents, held.metadata) == ({"n": 1}, {"topic": "jobs"})

    async def both(contents: Any, metadata: Any) -> Any:
        return contents["n"], metadata["topic"]

    def named(contents: Any, *, metadata: Any) -> Any:
        return metadata["topic"]

    assert held.verify(lambda contents: contents["n"]) == 1
    assert held.verify(both) == (1, "jobs")
    assert held.verify(named) == "jobs"
    assert asyncio.run(held.verify_async(both)) == (1, "jobs")
    with pytest.raises(KeyError, match="other"):
        held.verify(lambda contents: contents["other"])


def test_nothing_heavy_is_imported_for_the_first_answer() -> None:
    script = (
        "import sys; from stagepact.pact.mock.offered import Offered; "
        "heavy = {'jsonschema_rs', 'hypothesis', 'httpx', 'requests', 'aiohttp', 'pydantic'}; "
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
