"""WSGI apps as services: environ, start_response, the body, failures, discovery."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.simple_server import demo_app
from wsgiref.validate import validator

import pytest
from flask import Flask
from starlette.applications import Starlette

from stagepact.adapters import wsgi
from stagepact.adapters.wsgi import is_wsgi, is_wsgi_factory, operations, wsgi_service
from stagepact.subject import Case, Given, Output, Request, SubjectId
from stagepact.subject.protocols.http import OperationSubject, ServiceError

PROBE: Any = None  # an operation tells its probe nothing
OK = ("200 OK", [("X-A", "1")])


def call(
    app: Any, method: str = "GET", template: str = "/", times: int = 1, **options: Any
) -> Output:
    request = Request(**options.pop("request", {}))
    service = wsgi_service(app, **options)
    subject = OperationSubject(SubjectId("s", "s", "service"), method, template, service)

    async def several() -> Output:
        outputs = [await subject(Case("c", Given(request=request)), PROBE) for _ in range(times)]
        await subject.close()
        return outputs[-1]

    return asyncio.run(several())


def test_a_request_arrives_as_pep_3333_has_it() -> None:
    """Path as bytes in latin-1, lengths and types apart from other headers, repeats joined."""
    seen: dict[str, Any] = {}

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read())
        start_response(*OK)
        return [b"h", b"i"]

    output = call(
        app,
        "POST",
        "/s/{id}",
        request={
            "path": {"id": "a/é"},
            "query": {"q": "x y"},
            "headers": {"X-B": ["1", "2"], "Cookie": "a=1"},
            "cookies": {"b": "2"},
            "body": 1,
            "has_body": True,
        },
    )
    assert (output.status, output.data, output.headers) == ("200", "hi", {"x-a": "1"})
    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/s/a/é".encode().decode("latin-1"),
        "QUERY_STRING": "q=x%20y",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "1",
        "HTTP_X_B": "1,2",
        "HTTP_COOKIE": "a=1; b=2",
        "HTTP_HOST": "localhost",
        "body": b"1",
        "wsgi.errors": sys.stderr,
    }
    assert {name: seen[name] for name in expected} == expected


def test_the_standard_library_finds_no_fault() -> None:
    """wsgiref's validator checks the server's side, too."""
    assert "Hello world!" in call(validator(demo_app), factory=False).data


def iterated(*chunks: Any, raises: BaseException | None = None) -> Any:
    def app(environ: Any, start_response: Any) -> Iterator[Any]:
        start_response(*OK)
        yield from chunks
        if raises:
            raise raises

    return app


def no_start(environ: Any, start_response: Any) -> list[bytes]:
    return []


def early(environ: Any, start_response: Any) -> list[bytes]:
    return [b"body"]


def twice(environ: Any, start_response: Any) -> list[bytes]:
    start_response(*OK)
    start_response(*OK)
    return []


def started(*arguments: Any) -> Any:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(*arguments)
        return []

    return app


@pytest.mark.parametrize(
    ("app", "words"),
    [
        (no_start, "without calling start_response"),
        (early, "before start_response was called"),
        (twice, "called twice without exc_info"),
        (iterated("text"), "a body is bytes, not str"),
        (started("fine", []), "'fine' is no status line"),
        (started(200, []), "200 is no status line"),
        (started("200 OK", [("a", 1)]), "isn't a pair of strings"),
    ],
)
def test_an_app_that_breaks_the_protocol_is_told_so(app: Any, words: str) -> None:
    """The error is the service's, and says what was wrong."""
    with pytest.raises(ServiceError, match=words):
        call(app)


def test_the_write_callable_comes_before_the_body() -> None:
    """An old way to send, which PEP 3333 keeps."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(*OK)(b"first ")
        return [b"second"]

    assert call(app).data == "first second"


def test_an_error_replaces_a_response_that_was_not_sent() -> None:
    """With exc_info, start_response may be called again; too late, it raises the error."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response(*OK)
        if environ["QUERY_STRING"]:
            yield b"sent"
        try:
            raise KeyError("id")
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        yield b"sorry"

    assert (call(app).status, call(app).data) == ("500", "sorry")
    with pytest.raises(KeyError):
        call(app, request={"query": {"late": 1}})


class Body:
    """A body that tells when it was closed."""

    def __init__(self, *chunks: bytes, fails: str = "") -> None:
        self.chunks, self.fails, self.closed = chunks, fails, 0

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        if "iterating" in self.fails:
            raise ValueError("iterating")

    def close(self) -> None:
        self.closed += 1
        if "closing" in self.fails:
            raise ValueError("closing")


def sends(body: Body) -> Any:
    def app(environ: Any, start_response: Any) -> Body:
        start_response(*OK)
        return body

    return app


def test_the_body_is_closed_whatever_happens() -> None:
    """After the last chunk, after the limit, and after an error."""
    whole, cut, broken = Body(b"a"), Body(b"ab", b"c"), Body(b"a", fails="iterating")
    assert call(sends(whole)).data == "a"
    output = call(sends(cut), limit=1)
    assert (output.data, output.raw.complete) == ("a", False)
    assert output.error == "the body goes on after 1 bytes"
    with pytest.raises(ValueError, match="iterating"):
        call(sends(broken))
    assert whole.closed == cut.closed == broken.closed == 1


def test_what_comes_after_a_whole_response_is_noted() -> None:
    """The client has its response; what closing raised is told beside it."""
    output = call(sends(Body(b"a", fails="closing")))
    assert (output.data, output.error) == ("a", "raised after the response: ValueError: closing")


def test_empty_chunks_without_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """They add no bytes, so they are counted."""
    monkeypatch.setattr(wsgi, "MOST_CHUNKS", 3)
    assert not call(sends(Body(*[b""] * 9))).raw.complete


@pytest.mark.parametrize("error", [KeyError("id"), SystemExit(3)])
def test_what_the_app_raises_is_raised_as_it_is(error: BaseException) -> None:
    """Also after the body had begun."""
    with pytest.raises(type(error)) as raised:
        call(iterated(b"a", raises=error))
    assert raised.value is error


def test_context_stays_in_the_request() -> None:
    """What an app sets in a context variable is not seen by the next case."""
    variable = contextvars.ContextVar("variable", default="unset")

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(*OK)
        before = variable.get()
        variable.set("set")
        return [before.encode()]

    assert call(app, times=2).data == "unset"


def test_a_factory_makes_an_app_for_each_case() -> None:
    """A shared app keeps its state, a fresh one has none."""

    def make() -> Any:
        calls: list[int] = []

        def app(environ: Any, start_response: Any) -> list[bytes]:
            calls.append(1)
            start_response(*OK)
            return [b"%d" % len(calls)]

        return app

    assert call(make(), times=2).data == "2"
    assert call(make, times=2).data == "1"


def flask_app() -> Flask:
    app = Flask("sample")

    @app.route("/s/<int:id>", methods=["GET", "PUT"])
    def session(id: int) -> dict[str, int]:
        return {"id": id}

    @app.post("/f/<path:rest>/<name>")
    def file(rest: str, name: str) -> str:
        return name

    return app


def test_flask_answers() -> None:
    """A Flask app object is a WSGI app."""
    output = call(flask_app(), "PUT", "/s/{id}", request={"path": {"id": 3}})
    assert (output.status, output.data) == ("200", {"id": 3})


@pytest.mark.parametrize(
    ("app", "found"),
    [
        (flask_app(), {("GET", "/s/{id}"), ("PUT", "/s/{id}"), ("POST", "/f/{rest}/{name}")}),
        (demo_app, set()),
    ],
)
def test_operations_are_found(app: Any, found: Any) -> None:
    """In Werkzeug's map of URLs; other apps tell none."""
    assert set(operations(app)) == found


def env_app(env: Any, respond: Any) -> None: ...


async def later(environ: Any, start_response: Any) -> None: ...


def stage(a: Any, b: Any) -> None: ...


def make_lambda() -> Callable[..., Any]:
    return demo_app


@pytest.mark.parametrize(
    ("value", "app", "factory"),
    [
        (flask_app(), True, False),
        (demo_app, True, False),
        (env_app, True, False),
        (Starlette(), False, False),
        (later, False, False),
        (stage, False, False),
        (Flask, False, False),
        (flask_app, False, True),
        (make_lambda, False, False),
        ("url", False, False),
    ],
)
def test_apps_and_factories_are_told_apart(value: Any, app: bool, factory: bool) -> None:
    """By the names in their signatures; nothing is called."""
    assert (is_wsgi(value), is_wsgi_factory(value)) == (app, factory)
