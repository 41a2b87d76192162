"""The service does what it is asked for, and answers with nothing that it doesn't declare."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import jsonschema
import pytest
from fastapi import FastAPI

from voice import mistakes, states
from voice.api import create_app

PROBLEM = "application/problem+json"
HELLO = {"audio": "aGVsbG8gdGhlcmU="}
Steps = Callable[[httpx.AsyncClient, FastAPI], Coroutine[Any, Any, None]]


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://voice") as client,
    ):
        yield client


def with_client(steps: Steps, app: FastAPI | None = None) -> None:
    async def run() -> None:
        made = app or create_app()
        async with served(made) as client:
            await steps(client, made)

    asyncio.run(run())


def declared(app: FastAPI, method: str, template: str, response: httpx.Response) -> None:
    """The response is one that the OpenAPI document has, with a body of its schema."""
    document = app.openapi()
    known = document["paths"][template][method.lower()]["responses"]
    assert str(response.status_code) in known
    content = known[str(response.status_code)].get("content")
    if content is None:
        assert response.content == b""
        return
    schema = content[response.headers["content-type"]]["schema"]
    components = {"components": document["components"]}
    jsonschema.validate(response.json(), {**schema, **components})


def test_a_session_is_begun_worked_with_and_forgotten() -> None:
    async def steps(client: httpx.AsyncClient, app: FastAPI) -> None:
        made = await client.post("/sessions", json={"title": "first"})
        assert made.status_code == 201
        declared(app, "post", "/sessions", made)
        where = made.headers["location"]
        job = await client.post(f"{where}/jobs", json=HELLO)
        assert (job.status_code, job.json()["status"]) == (201, "done")
        declared(app, "post", "/sessions/{id}/jobs", job)
        result = await client.get(f"{job.headers['location']}/result")
        declared(app, "get", "/jobs/{id}/result", result)
        assert result.json()["transcript"]["text"] == "hello there"
        assert (await client.get(where)).json()["jobs"] == 1
        gone = await client.delete(where)
        declared(app, "delete", "/sessions/{id}", gone)
        for path in (where, job.headers["location"]):
            assert (await client.get(path)).status_code == 404

    with_client(steps)


@pytest.mark.parametrize(
    ("state", "method", "path", "status"),
    [
        ("no_sessions", "GET", "/sessions", 200),
        ("no_sessions", "GET", "/sessions/{id}", 404),
        ("no_sessions", "DELETE", "/sessions/{id}", 404),
        ("no_sessions", "POST", "/sessions/{id}/jobs", 404),
        ("no_sessions", "GET", "/jobs/{id}", 404),
        ("no_sessions", "GET", "/jobs/{id}/result", 404),
        ("no_sessions", "GET", "/health", 200),
        ("session_exists", "GET", "/sessions/{id}", 200),
        ("session_exists", "DELETE", "/sessions/{id}", 204),
        ("session_exists", "POST", "/sessions/{id}/jobs", 201),
        ("job_queued", "GET", "/jobs/{id}", 200),
        ("job_queued", "GET", "/jobs/{id}/result", 409),
        ("job_done", "GET", "/jobs/{id}/result", 200),
        ("job_failed", "GET", "/jobs/{id}/result", 409),
        ("job_cancelled", "GET", "/jobs/{id}/result", 409),
        ("store_closed", "DELETE", "/sessions/{id}", 503),
        ("store_closed", "GET", "/health", 200),
    ],
)
def test_each_state_gives_the_status_it_is_for(
    state: str, method: str, path: str, status: int
) -> None:
    async def steps(client: httpx.AsyncClient, app: FastAPI) -> None:
        values = getattr(states, state)(app)
        body = {"json": HELLO} if method == "POST" else {}
        response = await client.request(method, path.format(**values), **body)
        assert response.status_code == status
        declared(app, method, path, response)

    with_client(steps)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/sessions/", 404),
        ("PATCH", "/sessions", 405),
        ("HEAD", "/health", 405),
        ("GET", "/sessions/%00", 422),
        ("GET", "/sessions/%ff%ed%a0%80", 422),
        ("GET", "/sessions/" + "9" * 5000, 422),
        ("GET", "/sessions?limit=" + "9" * 5000, 422),
        ("GET", "/sessions?limit=0", 422),
        ("GET", "/sessions?offset=nan", 422),
        ("GET", "/" + "%F0%9F%8E%A4" * 50, 404),
    ],
)
def test_an_odd_request_is_a_problem(method: str, path: str, status: int) -> None:
    async def steps(client: httpx.AsyncClient, app: FastAPI) -> None:
        response = await client.request(method, path)
        assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM)
        if method != "HEAD":
            problem = response.json()
            assert problem["status"] == status
            assert problem["instance"].isascii()

    with_client(steps)


HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"NaN",
    b"{",
    b"\x00",
    b"\xff\xfe",
    b'{"title": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"title": "\\u0000"}',
    b'{"title": NaN, "audio": Infinity}',
    b'{"title": ' + b"9" * 10_000 + b"}",
    b"[" * 100_000,
    b'{"title": ' + b"[" * 500 + b"]" * 500 + b"}",
    b'{"audio": "' + b"A" * 100_000 + b'"}',
    b'{"audio": "AAAA\\n"}',
    b'{"audio": "AAA=", "format": "exe"}',
    b'{"audio": "/////w=="}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:30]))
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data", "\x7f/", None]
)
def test_a_hostile_body_is_answered_as_declared(body: bytes, content_type: str | None) -> None:
    async def steps(client: httpx.AsyncClient, app: FastAPI) -> None:
        headers = {"content-type": content_type} if content_type else {}
        session = states.session_exists(app)["id"]
        for template in ("/sessions", "/sessions/{id}/jobs"):
            path = template.format(id=session)
            response = await client.post(path, content=body, headers=headers)
            declared(app, "post", template, response)

    with_client(steps)


def test_the_service_says_that_it_is_at_fault() -> None:
    async def run() -> None:
        app = create_app()
        app.state.service = None
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://voice") as client:
            response = await client.get("/health")
        assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)

    asyncio.run(run())


def test_an_app_knows_nothing_of_another() -> None:
    one, other = create_app(), create_app()
    states.session_exists(one)
    assert not other.state.service.ledger.sessions


def test_the_mistaken_service_is_wrong_where_it_says() -> None:
    async def steps(client: httpx.AsyncClient, app: FastAPI) -> None:
        unknown = await client.get(f"/sessions/{uuid4()}")
        assert (unknown.status_code, unknown.json()) == (200, None)
        assert (await client.post("/sessions", json={})).status_code == 200
        assert (await client.get("/health")).json()["sessions"] == "1"
        assert json.loads((await client.get("/nowhere")).text)["status"] == 404

    with_client(steps, mistakes.create_app())
