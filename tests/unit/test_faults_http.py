"""HTTP clients that fail: real clients, a real server on loopback, each fault as they see it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter
from servers import served
from urllib3.util import Retry

from stagepact.faults import (
    Arm,
    Course,
    InjectedFault,
    Journal,
    VirtualClock,
    armed,
    fault_steps,
    inject_fault,
)
from stagepact.faults.http import FaultClientError, seam_of

LONG = 60.0  # seconds that clients wait for an answer that comes
PATIENCE = 1.0  # and for one that doesn't
asked: list[tuple[str, str, bytes]] = []


async def orders(scope: Any, receive: Any, send: Any) -> None:
    """A JSON server, which writes down what it was asked; `/text` is no JSON, `/none` is empty."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    asked.append((scope["method"], scope["path"], body))
    answers = {"/text": (200, b"plain text"), "/none": (204, b"")}
    status, text = answers.get(scope["path"], (200, json.dumps({"item": "tea", "no": 7}).encode()))
    kind = b"text/plain" if scope["path"] == "/text" else b"application/json"
    headers = [(b"content-type", kind), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    if status != 204:
        headers.append((b"content-length", str(len(text)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served(orders, lifespan="off") as address:
        yield f"http://{address}"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    asked.clear()
    yield
    left = [each for each in threading.enumerate() if each.name == "stagepact-wire"]
    assert left == []


def arm(text: str, **more: Any) -> Arm:
    return Arm("shop", Course(fault_steps(text)), Journal(), **more)


def told(given: Arm) -> list[str]:
    return [str(each) for each in given.journal.entries]


Got = tuple[int, dict[str, str], bytes]
Call = Callable[..., Got]


def by_httpx(method: str, url: str, given: Arm, patience: float = LONG) -> Got:
    with armed(httpx.Client(timeout=httpx.Timeout(LONG, read=patience)), [given]) as client:
        response = client.request(method, url, content=b"{}" if method == "POST" else None)
        assert str(response.url) == url
        assert dict(client.cookies) in ({}, {"a": "1", "b": "2"})
        return response.status_code, dict(response.headers), response.content


def by_httpx_async(method: str, url: str, given: Arm, patience: float = LONG) -> Got:
    async def run() -> Got:
        timeout = httpx.Timeout(LONG, read=patience)
        async with armed(httpx.AsyncClient(timeout=timeout), [given]) as client:
            response = await client.request(
                method, url, content=b"{}" if method == "POST" else None
            )
            assert str(response.url) == url
            return response.status_code, dict(response.headers), response.content

    return asyncio.run(run())


def by_requests(method: str, url: str, given: Arm, patience: float = LONG) -> Got:
    with armed(requests.Session(), [given]) as session:
        data = b"{}" if method == "POST" else None
        response = session.request(method, url, data=data, timeout=(LONG, patience))
        assert response.url == url
        assert response.request.url == url
        assert session.cookies.get_dict() in ({}, {"a": "1", "b": "2"})
        return response.status_code, lower(response.headers), response.content


def by_aiohttp(method: str, url: str, given: Arm, patience: float = LONG) -> Got:
    async def run() -> Got:
        timeout = aiohttp.ClientTimeout(sock_read=patience)
        async with armed(aiohttp.ClientSession(timeout=timeout), [given]) as session:
            data = b"{}" if method == "POST" else None
            async with session.request(method, url, data=data) as response:
                return response.status, lower(response.headers), await response.read()

    return asyncio.run(run())


def lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


CLIENTS: dict[str, Call] = {
    "httpx": by_httpx,
    "httpx-async": by_httpx_async,
    "requests": by_requests,
    "aiohttp": by_aiohttp,
}
every_client = pytest.mark.parametrize("call", CLIENTS.values(), ids=CLIENTS.keys())
BODY = b'{"item": "tea", "no": 7}'


@every_client
def test_an_armed_client_that_no_fault_strikes_is_as_before(call: Call, server: str) -> None:
    given = arm("ok")
    status, headers, body = call("POST", f"{server}/orders?a=b", given)
    assert (status, headers["content-type"], body) == (200, "application/json", BODY)
    assert asked == [("POST", "/orders", b"{}")]
    assert told(given) == []


OWN: dict[str, dict[str, Any]] = {
    "httpx": {
        "timeout": httpx.ReadTimeout,
        "slow 30s": httpx.ReadTimeout,
        "hang": httpx.ReadTimeout,
        "connection-refused": httpx.ConnectError,
        "connection-reset": httpx.ReadError,
        "connection-lost": (httpx.ReadError, httpx.RemoteProtocolError),
        "half-a-body": httpx.RemoteProtocolError,
        "truncated": httpx.RemoteProtocolError,
        "pool-exhausted": httpx.PoolTimeout,
        "error": httpx.NetworkError,
        "cancelled": asyncio.CancelledError,
        "no-memory": MemoryError,
    },
    "requests": {
        "timeout": requests.ReadTimeout,
        "slow 30s": requests.ReadTimeout,
        "hang": requests.ReadTimeout,
        "connection-refused": requests.ConnectionError,
        "connection-reset": requests.ConnectionError,
        "connection-lost": (requests.ConnectionError, requests.exceptions.ChunkedEncodingError),
        "half-a-body": requests.exceptions.ChunkedEncodingError,
        "truncated": requests.exceptions.ChunkedEncodingError,
        "pool-exhausted": requests.ConnectionError,
        "error": requests.ConnectionError,
        "cancelled": asyncio.CancelledError,
        "no-memory": MemoryError,
    },
    "aiohttp": {
        "timeout": aiohttp.ServerTimeoutError,
        "slow 30s": aiohttp.ServerTimeoutError,
        "hang": aiohttp.ServerTimeoutError,
        "connection-refused": aiohttp.ClientConnectorError,
        "connection-reset": aiohttp.ClientOSError,
        "connection-lost": (aiohttp.ClientOSError, aiohttp.ClientPayloadError),
        "half-a-body": aiohttp.ClientPayloadError,
        "truncated": aiohttp.ClientPayloadError,
        "pool-exhausted": aiohttp.ServerTimeoutError,
        "error": aiohttp.ClientConnectionError,
        "cancelled": asyncio.CancelledError,
        "no-memory": MemoryError,
    },
}
OWN["httpx-async"] = OWN["httpx"]
RAISING = [
    pytest.param(CLIENTS[name], text, error, id=f"{name}-{text.replace(' ', '-')}")
    for name, errors in OWN.items()
    for text, error in errors.items()
]


@pytest.mark.parametrize(("call", "text", "error"), RAISING)
def test_a_client_raises_its_own_exception(call: Call, text: str, error: Any, server: str) -> None:
    given, is_late = arm(text), text in ("hang", "slow 30s")
    with pytest.raises(error):
        call("POST", f"{server}/orders", given, PATIENCE if is_late else LONG)
    assert told(given) == [f"{text.split()[0]} at call 1 of shop.post"]


@every_client
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("null", b"null"),
        ("empty", b""),
        ("wrong-type", b"[]"),
        ("malformed", b'{"item": "te{"'),
        ("slow 1ms", BODY),
        ("duplicated", BODY),
    ],
)
def test_an_answer_is_spoiled(call: Call, text: str, expected: bytes, server: str) -> None:
    given = arm(text)
    status, headers, body = call("GET", f"{server}/orders", given)
    assert (status, headers["content-type"], body) == (200, "application/json", expected)
    assert told(given) == [f"{text.split()[0]} at call 1 of shop.get"]
    assert len(asked) == (2 if text == "duplicated" else 1)


@every_client
@pytest.mark.parametrize("text", ["429", "403", "500", "503"])
def test_a_server_refuses_without_being_asked(call: Call, text: str, server: str) -> None:
    given = arm(text)
    status, headers, body = call("POST", f"{server}/orders", given)
    assert (status, headers["content-type"]) == (int(text), "application/json")
    assert text in json.loads(body)["detail"]
    assert asked == []
    assert told(given) == [f"{text} at call 1 of shop.post"]


@every_client
@pytest.mark.parametrize(
    ("text", "path"),
    [("null", "/text"), ("wrong-type", "/text"), ("empty", "/none"), ("half-a-body", "/none")],
)
def test_what_can_t_be_spoiled_so_fires_nothing(
    call: Call, text: str, path: str, server: str
) -> None:
    given = arm(text)
    assert call("GET", f"{server}{path}", given)[0] in (200, 204)
    assert told(given) == []


@every_client
def test_a_head_has_no_body_to_be_spoiled(call: Call, server: str) -> None:
    given = arm("half-a-body x1 then slow 1ms x1 then 503")
    assert [call("HEAD", f"{server}/orders", given)[0] for _ in range(3)] == [200, 200, 503]
    assert told(given) == ["slow at call 2 of shop.head", "503 at call 3 of shop.head"]


@every_client
def test_faults_come_and_go_as_their_course_says(call: Call, server: str) -> None:
    given = arm("503 x2 then ok")
    assert [call("GET", f"{server}/orders", given)[0] for _ in range(4)] == [503, 503, 200, 200]


@every_client
def test_only_the_methods_that_are_named_fail(call: Call, server: str) -> None:
    given = arm("503", methods=frozenset({"post"}))
    assert call("GET", f"{server}/orders", given)[0] == 200
    assert call("POST", f"{server}/orders", given)[0] == 503


@pytest.mark.parametrize("name", ["httpx", "requests"])
def test_on_a_virtual_clock_nobody_waits_to_be_timed_out(name: str, server: str) -> None:
    clock = VirtualClock()
    with pytest.raises(OWN[name]["timeout"]):
        CLIENTS[name]("GET", f"{server}/orders", arm("slow 600s", clock=clock))
    assert clock.now == LONG
    assert CLIENTS[name]("GET", f"{server}/orders", arm("slow 100ms", clock=clock))[0] == 200
    assert clock.now == pytest.approx(LONG + 0.1)


def test_retry_after_is_said_in_whole_seconds(server: str) -> None:
    with (
        httpx.Client() as client,
        inject_fault(client, "429", retry_after=1.5, message="slow down"),
    ):
        response = client.get(server)
    assert (response.headers["retry-after"], response.json()) == ("2", {"detail": "slow down"})


def test_a_hanging_answer_comes_when_the_fault_is_lifted(server: str) -> None:
    with httpx.Client(timeout=LONG) as client, inject_fault(client, "hang") as injected:
        lifting = threading.Timer(0.1, injected.lift)
        lifting.start()
        assert client.get(server).status_code == 200
        lifting.join()


def test_a_stream_breaks_off_in_the_middle(server: str) -> None:
    got = b""

    def read() -> None:
        nonlocal got
        with client.stream("GET", server) as response:
            for chunk in response.iter_bytes():
                got += chunk

    with (
        httpx.Client() as client,
        inject_fault(client, "half-a-body"),
        pytest.raises(httpx.RemoteProtocolError),
    ):
        read()
    assert got == BODY[: len(BODY) // 2]


def test_a_transport_without_a_socket_meets_the_client_s_time_outs() -> None:
    mock = httpx.MockTransport(lambda request: httpx.Response(200, json={"a": 1}))
    with (
        httpx.Client(transport=mock, timeout=LONG) as client,
        inject_fault(client, "hang x1 then half-a-body x1"),
    ):
        with pytest.raises(httpx.ReadTimeout):
            client.get("http://shop.test/", timeout=httpx.Timeout(LONG, read=PATIENCE))
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("http://shop.test/")
        assert client.get("http://shop.test/").json() == {"a": 1}


def test_mounted_transports_fail_too() -> None:
    mock = httpx.MockTransport(lambda request: httpx.Response(200))
    with httpx.Client(mounts={"http://shop.test": mock}) as client, inject_fault(client, "503"):
        assert client.get("http://shop.test/").status_code == 503


@pytest.mark.parametrize("make", [httpx.Client, httpx.AsyncClient, requests.Session])
def test_after_the_block_a_client_is_as_before(make: Any) -> None:
    client = make()
    before = dict(vars(client))
    with inject_fault(client, "503"), inject_fault(client, "429"):
        assert vars(client) != before
    assert vars(client) == before


def test_an_aiohttp_session_fails_in_a_block_and_is_as_before(server: str) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            with inject_fault(session, "503") as injected:
                async with session.get(server) as response:
                    assert response.status == 503
            async with session.get(server) as response:
                assert response.status == 200
                assert await response.read() == BODY
            assert len(injected.fired) == 1

    asyncio.run(run())


def test_an_armed_client_is_such_a_client_and_the_other_is_untouched(server: str) -> None:
    with httpx.Client() as client:
        failing = armed(client, [arm("503")])
        assert isinstance(failing, httpx.Client)
        assert failing.get(server).status_code == 503
        assert client.get(server).status_code == 200
        with inject_fault(failing, "429"):
            assert client.get(server).status_code == 429


def test_one_s_own_exception_is_raised(server: str) -> None:
    with (
        requests.Session() as session,
        inject_fault(session, "error", error=InjectedFault("quota")),
        pytest.raises(InjectedFault),
    ):
        session.get(server)


def test_a_module_s_client_fails_by_its_place(server: str) -> None:
    globals()["client"] = httpx.Client()
    with globals()["client"], inject_fault(f"{__name__}:client", "500"):
        assert globals()["client"].get(server).status_code == 500
        assert type(globals()["client"]) is not httpx.Client
    del globals()["client"]


TRYING_AGAIN: list[tuple[str, dict[str, Any], list[str]]] = [
    ("503 x2 then ok", {"status_forcelist": [503]}, ["503", "503"]),
    ("connection-refused x2 then ok", {"connect": 3}, ["connection-refused"] * 2),
    ("connection-reset x2 then ok", {"read": 3}, ["connection-reset"] * 2),
    ("timeout x2 then ok", {"read": 3}, ["timeout"] * 2),
    ("error x1 then 503 x1 then ok", {"status_forcelist": [503]}, ["error", "503"]),
]


def trying_again(**how: Any) -> requests.Session:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods=None, **how)))
    return session


@pytest.mark.parametrize(("text", "how", "fired"), TRYING_AGAIN)
def test_what_an_adapter_of_requests_tries_again_is_tried_again(
    text: str, how: dict[str, Any], fired: list[str], server: str
) -> None:
    body = io.BytesIO(b"body")
    with trying_again(**how) as session, inject_fault(session, text) as injected:
        assert session.post(server, data=body, timeout=LONG).json() == {"item": "tea", "no": 7}
    assert [each.kind for each in injected.fired] == fired
    assert asked[-1][2] == b"body"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("503", requests.exceptions.RetryError),
        ("connection-refused", requests.ConnectionError),
        ("timeout", requests.ReadTimeout),
    ],
)
def test_retries_of_requests_come_to_an_end(text: str, error: Any, server: str) -> None:
    with (
        trying_again(status_forcelist=[503]) as session,
        inject_fault(session, text) as injected,
        pytest.raises(error),
    ):
        session.get(server)
    assert len(injected.fired) == 4


def test_a_status_that_is_not_raised_is_returned_in_the_end(server: str) -> None:
    how: dict[str, Any] = {"status_forcelist": [503], "raise_on_status": False}
    with trying_again(**how) as session, inject_fault(session, "503") as injected:
        assert session.get(server).status_code == 503
    assert len(injected.fired) == 4


def test_a_client_without_the_seam_is_told() -> None:
    class Session(requests.Session):
        @property
        def get_adapter(self) -> Any:
            raise AttributeError("get_adapter")

    session = Session()
    assert seam_of(session) is not None
    with pytest.raises(FaultClientError, match="without `get_adapter`"):
        armed(session, [])
