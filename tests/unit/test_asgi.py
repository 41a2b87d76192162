"""ASGI apps as services: messages, lifespan, failures, discovery."""

from __future__ import annotations

import asyncio
import contextvars
import gc
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute

from stagepact.adapters import asgi
from stagepact.adapters.asgi import asgi_service, is_asgi, is_asgi_factory, operations
from stagepact.subject import Case, Given, Output, Request, SubjectId
from stagepact.subject.protocols.http import Exchange, OperationSubject, ServiceError

PROBE: Any = None  # an operation tells its probe nothing
START = {"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1")]}
BODY = {"type": "http.response.body", "body": b"hi"}


def operation(service: Exchange, method: str = "GET", template: str = "/") -> OperationSubject:
    return OperationSubject(SubjectId("s", "s", "service"), method, template, service)


def call(
    service: Exchange, method: str = "GET", template: str = "/", times: int = 1, **request: Any
) -> Output:
    subject = operation(service, method, template)
    case = Case("c", Given(request=Request(**request)))

    async def several() -> Output:
        try:
            outputs = [await subject(case, PROBE) for _ in range(times)]
            return outputs[-1]
        finally:
            await subject.close()

    return asyncio.run(several())


def says(*messages: Any, raises: BaseException | None = None) -> Any:
    """An app without a lifespan that sends these messages and then raises."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        for message in messages:
            await send(message)
        if raises:
            raise raises

    return app


def test_a_request_arrives_as_asgi_has_it() -> None:
    """Decoded path, raw path, query, bytes of headers and body, then a disconnect."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        seen.extend([scope, await receive()])
        await send(START)
        await send(BODY)
        seen.append(await receive())

    output = call(
        asgi_service(app),
        "POST",
        "/s/{id}",
        path={"id": "a/é"},
        query={"q": "x y"},
        headers={"X-B": "2"},
        body=1,
        has_body=True,
    )
    scope, request, left = seen
    assert (output.status, output.data, output.headers) == ("200", "hi", {"x-a": "1"})
    assert scope["path"] == "/s/a/é"
    assert scope["raw_path"] == b"/s/a%2F%C3%A9"
    assert scope["query_string"] == b"q=x%20y"
    assert scope["headers"][:2] == [(b"host", b"localhost"), (b"x-b", b"2")]
    assert request == {"type": "http.request", "body": b"1", "more_body": False}
    assert left == {"type": "http.disconnect"}


def test_a_host_that_is_given_stays() -> None:
    """The adapter names a host only when the case doesn't."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert [value for name, value in scope["headers"] if name == b"host"] == [b"other"]
        await send(START)
        await send(BODY)

    assert call(asgi_service(app), headers={"Host": "other"}).status == "200"


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ([], "returned without a response"),
        ([BODY], "http.response.body can't come here"),
        ([START, START], "http.response.start can't come here"),
        ([{"type": "websocket.send"}], "websocket.send can't come here"),
        ([{**START, "status": 100}], "100 is no final status"),
        ([{**START, "status": "200"}], "'200' is no final status"),
        ([{**START, "headers": [("a", "b")]}], "isn't a pair of bytes"),
        ([START, {**BODY, "body": "text"}], "a body is bytes, not str"),
    ],
)
def test_an_app_that_breaks_the_protocol_is_told_so(messages: Any, words: str) -> None:
    """The error is the service's, and says which message was wrong."""
    with pytest.raises(ServiceError, match=words):
        call(asgi_service(says(*messages)))


@pytest.mark.parametrize("messages", [[], [START], [START, {**BODY, "more_body": True}]])
@pytest.mark.parametrize("error", [KeyError("id"), SystemExit(3), KeyboardInterrupt()])
def test_what_the_app_raises_is_raised_as_it_is(messages: Any, error: BaseException) -> None:
    """Also what would end the loop, and also when the response had begun."""
    with pytest.raises(type(error)) as raised:
        call(asgi_service(says(*messages, raises=error)))
    assert raised.value is error


def test_what_comes_after_a_whole_response_is_noted() -> None:
    """The client has its response; what was raised then is told beside it."""
    output = call(asgi_service(says(START, BODY, raises=KeyError("id"))))
    assert (output.data, output.error) == ("hi", "raised after the response: KeyError: 'id'")
    late = call(asgi_service(says(START, BODY, BODY)))
    assert "http.response.body can't come here" in str(late.error)
    with pytest.raises(SystemExit):
        call(asgi_service(says(START, BODY, raises=SystemExit())))


def test_a_body_that_stops_is_incomplete() -> None:
    """The app returned without its last message."""
    output = call(asgi_service(says(START, {**BODY, "more_body": True})))
    assert not output.raw.complete
    assert output.error == "the app returned before the end of the body"


def test_a_body_that_never_ends_is_cut() -> None:
    """By bytes, and by messages when they are empty; apps that go on are told again."""
    refused: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        await send(START)
        while len(refused) < 3:
            try:
                await send({**BODY, "more_body": True})
            except BrokenPipeError as error:
                refused.append(error)
        raise RuntimeError("gone")

    output = call(asgi_service(app, limit=5))
    assert (output.data, output.raw.complete) == ("hihih", False)
    assert output.error == "the body goes on after 5 bytes"


def test_empty_chunks_without_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starlette's own streaming stops when the client has gone."""
    monkeypatch.setattr(asgi, "MOST_MESSAGES", 10)

    async def nothing() -> Any:
        while True:
            yield b""

    async def stream(request: HttpRequest) -> StreamingResponse:
        return StreamingResponse(nothing())

    output = call(asgi_service(Starlette(routes=[Route("/", stream)])))
    assert (output.data, output.raw.complete) == (None, False)


def test_context_stays_in_the_request() -> None:
    """What an app sets in a context variable is not seen by the next case."""
    variable = contextvars.ContextVar("variable", default="unset")
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(variable.get())
        variable.set("set")
        await send(START)
        await send(BODY)

    call(asgi_service(app), times=2)
    assert set(seen) == {"unset"}


def test_a_cancelled_case_cancels_the_app() -> None:
    """Nothing goes on running behind an observer that gave up."""
    ended: list[str] = []
    begun = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("ended")

    async def give_up() -> None:
        case = asyncio.ensure_future(operation(asgi_service(app))(Case("c"), PROBE))
        await begun.wait()
        case.cancel()
        with pytest.raises(asyncio.CancelledError):
            await case

    asyncio.run(give_up())
    assert ended == ["ended"]


# -- lifespan


def lifespan_app(log: list[str], fails: str = "") -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        log.append("up")
        if fails == "startup":
            raise RuntimeError("no database")
        yield {"pool": log}
        log.append("down")
        if fails == "shutdown":
            raise RuntimeError("still busy")

    async def home(request: HttpRequest) -> JSONResponse:
        request.state.pool.append("call")
        return JSONResponse({"ok": True})

    return Starlette(routes=[Route("/", home)], lifespan=lifespan)


def test_a_shared_app_is_started_once() -> None:
    """Lazily, with its state in each request, and stopped in the end."""
    log: list[str] = []
    assert call(asgi_service(lifespan_app(log)), times=2).data == {"ok": True}
    assert log == ["up", "call", "call", "down"]


def test_a_factory_makes_an_app_for_each_case() -> None:
    """Each with a lifespan of its own, which ends with the case."""
    log: list[str] = []
    call(asgi_service(lambda: lifespan_app(log)), times=2)
    assert log == ["up", "call", "down"] * 2


def test_concurrent_cases_start_a_shared_app_once() -> None:
    """Whoever comes second waits for the start-up."""
    log: list[str] = []
    service = asgi_service(lifespan_app(log))

    async def together() -> None:
        await asyncio.gather(*(service.open() for _ in range(3)))
        await service.close()
        await service.close()

    asyncio.run(together())
    assert log == ["up", "down"]


# Python says of the tasks on those loops that they never ended, which is what is tested.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_shared_app_starts_again_on_another_loop() -> None:
    """What ran on a loop that is gone can't be used, nor stopped."""
    log: list[str] = []

    def begun_on_four_loops() -> None:
        service = asgi_service(lifespan_app(log))

        async def opened() -> None:
            await service.open()

        asyncio.run(opened())
        asyncio.run(service.close())
        asyncio.run(opened())
        asyncio.run(opened())

    begun_on_four_loops()
    gc.collect()
    assert log.count("up") == 3


def test_a_lifespan_is_nothing_that_a_case_left_behind() -> None:
    """Nor are the app's own workers among the tasks that an observer sweeps after each case."""
    workers: list[Any] = []

    async def has_a_worker(receive: Any, send: Any) -> None:
        workers.append(asyncio.create_task(asyncio.sleep(60)))
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        workers[0].cancel()

    async def look() -> None:
        service = asgi_service(lifespan_only(has_a_worker))
        await service.open()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        await service.close()

    asyncio.run(look())
    assert workers[0].cancelled()


def test_a_lifespan_that_was_cancelled_is_begun_again() -> None:
    """An app whose start-up was undone can't answer."""
    starts: list[Any] = []

    async def cancels_itself(receive: Any, send: Any) -> None:
        task = asyncio.current_task()
        assert task
        starts.append(task)
        await send({"type": "lifespan.startup.complete"})
        if len(starts) == 1:
            task.cancel()
        await receive()
        await receive()

    assert call(asgi_service(lifespan_only(cancels_itself)), times=3).data == "hi"
    assert len(starts) == 2


@pytest.mark.parametrize("fails", ["startup", "shutdown"])
@pytest.mark.parametrize("factory", [False, True])
def test_a_lifespan_that_fails_is_a_service_error(fails: str, factory: bool) -> None:
    """With the app's own last words, and what it raised as the cause."""
    app = lifespan_app([], fails)
    with pytest.raises(ServiceError, match=f"the app's {fails} failed: RuntimeError") as raised:
        call(asgi_service((lambda: app) if factory else app))
    assert isinstance(raised.value.__cause__, RuntimeError)


def lifespan_only(step: Callable[[Any, Any], Any]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await step(receive, send)
        else:
            await send(START)
            await send(BODY)

    return app


async def answers_nothing(receive: Any, send: Any) -> None: ...


async def raises(receive: Any, send: Any) -> None:
    raise ValueError


async def exits(receive: Any, send: Any) -> None:
    raise SystemExit(2)


async def says_it_twice(receive: Any, send: Any) -> None:
    await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.startup.complete"})


async def fails_silently(receive: Any, send: Any) -> None:
    await send({"type": "lifespan.startup.failed"})


async def never_stops(receive: Any, send: Any) -> None:
    await send({"type": "lifespan.startup.complete"})
    await asyncio.sleep(60)


async def never_starts(receive: Any, send: Any) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("step", [answers_nothing, raises, says_it_twice])
def test_an_app_without_a_lifespan_is_fine(step: Any) -> None:
    """ASGI lets an app raise or return instead of answering."""
    assert call(asgi_service(lifespan_only(step))).data == "hi"


def test_an_app_that_exits_while_starting_is_observed() -> None:
    """The exit reaches the observer and not the loop."""
    with pytest.raises(SystemExit):
        call(asgi_service(lifespan_only(exits)))


def test_a_failure_without_words_is_told() -> None:
    """The message of `lifespan.startup.failed` is optional."""
    with pytest.raises(ServiceError, match="startup failed: no reason given"):
        call(asgi_service(lifespan_only(fails_silently)))


def test_a_shutdown_that_hangs_is_bounded() -> None:
    """It is cancelled after its seconds."""
    with pytest.raises(ServiceError, match=r"took longer than 0\.01 s"):
        call(asgi_service(lifespan_only(never_stops), shutdown=0.01))


def test_a_startup_that_hangs_can_be_cancelled() -> None:
    """Its task is gone when the observer gives up."""

    async def give_up() -> set[Any]:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await asgi_service(lifespan_only(never_starts)).open()
        return asyncio.all_tasks()

    assert len(asyncio.run(give_up())) == 1


# -- frameworks


def test_starlettes_answer_to_a_crash_is_the_response() -> None:
    """It sends a 500 and raises; the client sees the 500."""

    async def crash(request: HttpRequest) -> None:
        raise KeyError("id")

    output = call(asgi_service(Starlette(routes=[Route("/", crash)])))
    assert output.status == "500"
    assert output.error == "raised after the response: KeyError: 'id'"


def test_background_tasks_are_waited_for() -> None:
    """So what they do belongs to the case that caused it."""
    log: list[str] = []

    async def home(request: HttpRequest) -> PlainTextResponse:
        return PlainTextResponse("x", background=BackgroundTask(log.append, "done"))

    assert call(asgi_service(Starlette(routes=[Route("/", home)]))).data == "x"
    assert log == ["done"]


def fastapi_app() -> FastAPI:
    app = FastAPI()
    router = APIRouter(prefix="/more")

    @app.post("/s/{id}")
    def make(id: int) -> dict[str, int]:
        return {"id": id}

    @router.get("/files/{path:path}")
    def read(path: str) -> str:
        return path

    app.include_router(router)
    return app


def test_fastapi_answers() -> None:
    """Sync endpoints run too; a request that doesn't fit is its 422."""
    assert call(asgi_service(fastapi_app()), "POST", "/s/{id}", path={"id": 3}).data == {"id": 3}
    refused = call(asgi_service(fastapi_app()), "POST", "/s/{id}", path={"id": "x"})
    assert refused.status == "422"


class Endpoint(HTTPEndpoint):
    def get(self, request: HttpRequest) -> None: ...

    def delete(self, request: HttpRequest) -> None: ...


class Undocumented:
    routes = ()

    def openapi(self) -> Any:
        raise RuntimeError("a model is broken")


def endpoint(request: HttpRequest) -> None: ...


@pytest.mark.parametrize(
    ("app", "found"),
    [
        (fastapi_app(), {("POST", "/s/{id}"), ("GET", "/more/files/{path}")}),
        (
            CORSMiddleware(
                Starlette(
                    routes=[
                        Route("/a/{id:int}", endpoint, methods=["GET", "PUT"]),
                        Route("/head", endpoint, methods=["HEAD"]),
                        Route("/hidden", endpoint, include_in_schema=False),
                        Route("/e", Endpoint),
                        WebSocketRoute("/ws", endpoint),
                        Mount("/sub", routes=[Route("/b", endpoint)]),
                    ]
                )
            ),
            {
                ("GET", "/a/{id}"),
                ("PUT", "/a/{id}"),
                ("HEAD", "/head"),
                ("GET", "/e"),
                ("DELETE", "/e"),
                ("GET", "/sub/b"),
            },
        ),
        (Undocumented(), set()),
        (says(), set()),
    ],
)
def test_operations_are_found(app: Any, found: Any) -> None:
    """In routes, mounts, endpoints, behind middleware, and in the app's own document."""
    assert set(operations(app)) == found


class SyncButAsgi:
    def __call__(self, scope: Any, receive: Any, send: Any) -> Any: ...


async def stage(a: Any, b: Any, c: Any) -> None: ...


def make_app() -> Starlette:
    return Starlette()


@pytest.mark.parametrize(
    ("value", "app", "factory"),
    [
        (Starlette(), True, False),
        (fastapi_app(), True, False),
        (says(), True, False),
        (SyncButAsgi(), True, False),
        (CORSMiddleware(Starlette()), True, False),
        (stage, False, False),
        (Endpoint, False, False),
        (Starlette, False, False),
        (make_app, False, True),
        (lambda: Starlette(), False, False),
        (fastapi_app, False, True),
        (5, False, False),
    ],
)
def test_apps_and_factories_are_told_apart(value: Any, app: bool, factory: bool) -> None:
    """By the names in their signatures; nothing is called."""
    assert (is_asgi(value), is_asgi_factory(value)) == (app, factory)
