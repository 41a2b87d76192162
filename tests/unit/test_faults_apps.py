"""Apps that fail: real servers (uvicorn, wsgiref) on loopback, real clients before them."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import httpx
import pytest
import requests
from servers import served

from stagepact.faults import Arm, Course, Journal, VirtualClock, armed, fault_steps
from stagepact.faults.apps import FaultAppError, faulty_app

VALUE = {"item": "tea", "no": 7}
BODY = json.dumps(VALUE).encode()


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return
    none = scope["path"] == "/none"
    headers = [(b"content-type", b"application/json")]
    status = 204 if none else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for part in (b"",) if none else (BODY[:5], BODY[5:]):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def wsgi(environ: Any, start_response: Any) -> Any:
    none = environ["PATH_INFO"] == "/none"
    start_response("204 No Content" if none else "200 OK", [("content-type", "application/json")])
    return [] if none else [BODY[:5], BODY[5:]]


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        return

    def get_stderr(self) -> Any:
        return io.StringIO()


@contextmanager
def by_uvicorn(arms: list[Arm]) -> Iterator[str]:
    with served(faulty_app(asgi, arms), lifespan="off") as address:
        yield f"http://{address}"


@contextmanager
def by_wsgiref(arms: list[Arm]) -> Iterator[str]:
    with WSGIServer(("127.0.0.1", 0), Quiet) as server:
        server.set_app(faulty_app(wsgi, arms))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            for each in arms:
                each.lifted.set()
            server.shutdown()
            thread.join()


SERVERS = {"uvicorn": by_uvicorn, "wsgiref": by_wsgiref}
every_server = pytest.mark.parametrize("serving", SERVERS.values(), ids=SERVERS.keys())


def by_httpx(url: str, patience: float = 60) -> Any:
    return httpx.get(url, timeout=httpx.Timeout(60, read=patience))


def by_requests(url: str) -> Any:
    return requests.get(url, timeout=60)


every_client = pytest.mark.parametrize("get", [by_httpx, by_requests])
Serving = Callable[[list[Arm]], Any]


def arm(text: str, **more: Any) -> Arm:
    return Arm("app", Course(fault_steps(text)), Journal(), **more)


def told(given: Arm) -> list[str]:
    return [str(each) for each in given.journal.entries]


@every_server
@every_client
@pytest.mark.parametrize(
    ("text", "status", "body"),
    [
        ("429", 429, None),
        ("403", 403, None),
        ("500", 500, None),
        ("503", 503, None),
        ("malformed", 200, BODY[: len(BODY) // 2] + b'{"'),
        ("empty", 200, b""),
        ("null", 200, b"null"),
        ("wrong-type", 200, b"[]"),
        ("slow 1ms", 200, BODY),
    ],
)
def test_an_app_answers_something_else(
    serving: Serving, get: Any, text: str, status: int, body: bytes | None
) -> None:
    given = arm(text)
    with serving([given]) as url:
        response = get(url)
    assert response.status_code == status
    assert body in (None, response.content)
    assert told(given) == [f"{text.split()[0]} at call 1 of app.get"]


@every_server
@pytest.mark.parametrize(
    "text", ["half-a-body", "truncated", "connection-reset", "connection-lost"]
)
def test_an_answer_breaks_off(serving: Serving, text: str) -> None:
    given = arm(text)
    with serving([given]) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            by_httpx(url)
        with pytest.raises(requests.RequestException):
            by_requests(url)
    assert len(told(given)) == 2


@every_server
@pytest.mark.parametrize("text", ["hang", "slow 30s"])
def test_a_late_app_meets_the_client_s_time_out(serving: Serving, text: str) -> None:
    given = arm(f"{text} x1")
    with serving([given]) as url:
        with pytest.raises(httpx.ReadTimeout):
            by_httpx(url, 1)
        given.lifted.set()
    assert told(given) == [f"{text.split()[0]} at call 1 of app.get"]


@every_server
def test_what_can_t_be_spoiled_so_fires_nothing(serving: Serving) -> None:
    given = arm("half-a-body x1 then empty x1 then null")
    with serving([given]) as url:
        assert [by_httpx(f"{url}/none").status_code for _ in range(3)] == [204, 204, 204]
    assert told(given) == []


@every_server
def test_a_head_has_no_body_to_be_spoiled(serving: Serving) -> None:
    given = arm("half-a-body x1 then empty x1 then ok")
    with serving([given]) as url:
        assert [httpx.head(url).status_code for _ in range(3)] == [200, 200, 200]
    assert told(given) == []


@every_server
def test_an_exception_of_an_app_is_its_server_s_500(serving: Serving) -> None:
    given = arm("error x1")
    with serving([given]) as url:
        assert [by_httpx(url).status_code for _ in range(2)] == [500, 200]
    assert told(given) == ["error at call 1 of app.get"]


def test_nobody_waits_on_a_virtual_clock() -> None:
    clock = VirtualClock()
    app = faulty_app(asgi, [arm("slow 60s", clock=clock)])

    async def run() -> Any:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return (await client.get("http://app.test/")).json()

    assert asyncio.run(run()) == VALUE
    assert clock.now == 60


def test_an_app_called_in_process_raises_where_it_breaks_off() -> None:
    app = faulty_app(asgi, [arm("half-a-body")])

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            await client.get("http://app.test/")

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(run())


def test_an_app_keeps_its_attributes_and_its_other_protocols() -> None:
    from fastapi import FastAPI

    app = faulty_app(FastAPI(title="shop"), [arm("503")])
    assert app.title == "shop"
    started: list[str] = []

    async def lifespan(scope: Any, receive: Any, send: Any) -> None:
        started.append(scope["type"])

    asyncio.run(faulty_app(lifespan, [arm("503")])({"type": "lifespan"}, None, None))
    assert started == ["lifespan"]


def test_an_armed_client_before_a_failing_app_meets_both() -> None:
    of_app, of_client = arm("503 x1"), arm("ok x1 then 429 x1")
    with by_uvicorn([of_app]) as url, armed(httpx.Client(), [of_client]) as client:
        assert [client.get(url).status_code for _ in range(3)] == [503, 429, 200]


@pytest.mark.parametrize("thing", [7, len, lambda: None])
def test_what_is_no_app_is_told(thing: Any) -> None:
    with pytest.raises(FaultAppError, match="expected an app"):
        faulty_app(thing, [])
