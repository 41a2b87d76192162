"""ASGI apps as services, by the protocol itself (ASGI 3, HTTP and lifespan): no port, no client.

Each request runs in a task of its own, so that what an app sets in its context stays there and
an app that calls `sys.exit` ends its task instead of the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import unquote

from stagepact.subject.protocols.apps import Names, call_names, makes
from stagepact.subject.protocols.http import (
    MOST_BYTES,
    ServiceError,
    WireRequest,
    WireResponse,
    describe_error,
    plain_template,
    settled,
    split_target,
    unique,
)
from stagepact.subject.tracebacks import users_traceback

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

LIFESPAN_TASK = "stagepact-lifespan"

# Empty chunks add no bytes, and an app may send them for ever.
MOST_MESSAGES = 1_000_000
SHUTDOWN_SECONDS = 10.0

_VERSION = {"version": "3.0", "spec_version": "2.4"}
_CLIENT, _SERVER = ("127.0.0.1", 50000), ("localhost", 80)


def is_asgi(value: Any) -> bool:
    """Whether a value is an ASGI 3 app: it is called with scope, receive and send."""
    return _speaks(call_names(value))


def is_asgi_factory(value: Any) -> bool:
    """Whether a value takes no arguments and is annotated to return an ASGI app."""
    return makes(value, _speaks)


def _speaks(names: Names) -> bool:
    return names == ("scope", "receive", "send")


def asgi_service(
    target: Any,
    *,
    factory: bool | None = None,
    limit: int = MOST_BYTES,
    shutdown: float = SHUTDOWN_SECONDS,
) -> SharedApp | FreshApps:
    """An app shared by all cases, or a factory's fresh app for each of them.

    Without `factory`, what is no ASGI app is taken for a function that makes one. A body is cut
    after `limit` bytes; a lifespan gets `shutdown` seconds to end.
    """
    fresh = not is_asgi(target) if factory is None else factory
    return FreshApps(target, limit, shutdown) if fresh else SharedApp(target, limit, shutdown)


def operations(app: Any, *, hidden: bool = False) -> tuple[tuple[str, str], ...]:
    """Methods and path templates of an app: its routes, then what its OpenAPI document adds.

    Only its `hidden` routes, which it keeps out of its documents, where they are asked for.
    """
    if hidden:
        return unique(_route_operations(getattr(_routed(app), "routes", None) or (), "", False))
    return unique(_operations(app))


# -- services ----------------------------------------------------------------------------------


@dataclass(slots=True)
class SharedApp:
    """One app for all cases; its lifespan starts with the first one and ends in `close`."""

    app: App
    limit: int = MOST_BYTES
    shutdown: float = SHUTDOWN_SECONDS
    _lifespan: Lifespan | None = field(default=None, repr=False, compare=False)

    async def open(self) -> AppConnection:
        """A connection to the app, which is started when it isn't running on this loop."""
        lifespan = self._lifespan
        if lifespan is None or lifespan.lost():
            lifespan = self._lifespan = Lifespan(self.app, self.shutdown)
        if not lifespan.started:
            before = asyncio.all_tasks()
            await lifespan.start()
            _set_apart(asyncio.all_tasks() - before)
        return AppConnection(self.app, lifespan, self.limit, owns=False)

    async def close(self) -> None:
        """End the app's lifespan; one whose loop is gone has ended with it."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan and not lifespan.lost():
            await lifespan.stop()


def _set_apart(tasks: set[asyncio.Task[Any]]) -> None:
    """Take tasks of a shared app's start-up out of the loop's list of tasks.

    They outlive the case that began them, so whoever looks for what a case left behind, and
    cancels it, mustn't find them. The function is documented under "Extending asyncio".
    """
    for task in tasks:
        asyncio._unregister_task(task)


@dataclass(frozen=True, slots=True)
class FreshApps:
    """A new app, with its own lifespan, for each case."""

    make: Callable[[], App]
    limit: int = MOST_BYTES
    shutdown: float = SHUTDOWN_SECONDS

    async def open(self) -> AppConnection:
        """A connection to a new app, which has been started."""
        app = self.make()
        lifespan = Lifespan(app, self.shutdown)
        await lifespan.start()
        return AppConnection(app, lifespan, self.limit, owns=True)

    async def close(self) -> None:
        """Do nothing: each connection has stopped its own app."""


@dataclass(frozen=True, slots=True)
class AppConnection:
    """One case's way to an app; it stops the app in the end when it `owns` it."""

    app: App
    lifespan: Lifespan
    limit: int
    owns: bool

    @property
    def state(self) -> dict[str, Any]:
        """What the lifespan gives to every connection."""
        return self.lifespan.state

    async def send(self, request: WireRequest) -> WireResponse:
        """The app's response; what the app raises before it is whole is raised as it is."""
        talk = Conversation(request.body, self.limit)
        scope = _http_scope(request, self.lifespan.state)
        raised = await asyncio.create_task(_outcome(self.app, scope, talk.receive, talk.send))
        return settled(request.method, talk.result(raised))

    async def close(self) -> None:
        """Stop the app that was made for this case."""
        if self.owns:
            await self.lifespan.stop()


async def _outcome(
    app: App, scope: dict[str, Any], receive: Receive, send: Send
) -> BaseException | None:
    """What the app raised, as a value: a task that raises `SystemExit` would stop the loop."""
    try:
        await app(scope, receive, send)
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return error
    return None


# -- one request -------------------------------------------------------------------------------


def _http_scope(request: WireRequest, state: dict[str, Any]) -> dict[str, Any]:
    path, query = split_target(request.target)
    headers = request.headers
    if all(name != b"host" for name, _ in headers):
        headers = ((b"host", b"localhost"), *headers)
    return {
        "type": "http",
        "asgi": _VERSION,
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": list(headers),
        "client": _CLIENT,
        "server": _SERVER,
        "state": state.copy(),
        "extensions": {},
    }


class Conversation:
    """One request and what the app says to it: the server's side of ASGI's HTTP messages."""

    __slots__ = (
        "_asked",
        "_body",
        "_chunks",
        "_complete",
        "_ended",
        "_headers",
        "_limit",
        "_overflowed",
        "_size",
        "_status",
    )

    def __init__(self, body: bytes, limit: int) -> None:
        """Begin with the request's body and the most bytes that a response may have."""
        self._body = body
        self._limit = limit
        self._asked = False
        self._ended = asyncio.Event()
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []
        self._size = 0
        self._complete = False
        self._overflowed = False

    async def receive(self) -> Message:
        """The whole body at once, then, when the response has ended, that the client left."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self._ended.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take the app's next message.

        Raises:
            ServiceError: the message isn't one that ASGI allows here.
            BrokenPipeError: the body is over the limit, so the client has gone.
        """
        if self._overflowed:
            # Some apps go on regardless; the loop must still get its turn to stop them.
            await asyncio.sleep(0)
            raise BrokenPipeError("the client has gone")
        kind = message["type"]
        if kind == "http.response.body" and self._status and not self._complete:
            self._take(message)
        elif kind == "http.response.start" and not self._status:
            self._begin(message)
        else:
            raise ServiceError(f"ASGI: {kind} can't come here")

    def _begin(self, message: Message) -> None:
        status = message["status"]
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise ServiceError(f"ASGI: {status!r} is no final status")
        self._headers = tuple(_header(*pair) for pair in message.get("headers", ()))
        self._status = int(status)

    def _take(self, message: Message) -> None:
        chunk = message.get("body", b"")
        if not isinstance(chunk, bytes | bytearray | memoryview):
            raise ServiceError(f"ASGI: a body is bytes, not {type(chunk).__name__}")
        self._chunks.append(bytes(chunk))
        self._size += len(chunk)
        self._complete = not message.get("more_body", False)
        if self._size > self._limit or len(self._chunks) > MOST_MESSAGES:
            self._complete, self._overflowed = False, True
        if self._complete or self._overflowed:
            self._ended.set()

    def result(self, raised: BaseException | None) -> WireResponse:
        """The response, once the app has ended."""
        if self._overflowed:
            return self._response(f"the body goes on after {self._limit} bytes")
        if raised and not (self._complete and isinstance(raised, Exception)):
            raise raised
        if not self._status:
            raise ServiceError("ASGI: the app returned without a response")
        if not self._complete:
            return self._response("the app returned before the end of the body")
        if raised:
            told = f"raised after the response: {describe_error(raised)}"
            return replace(self._response(told), traceback=users_traceback(raised))
        return self._response()

    def _response(self, *problems: str) -> WireResponse:
        body = b"".join(self._chunks)[: self._limit]
        return WireResponse(self._status, self._headers, body, self._complete, problems)


def _header(name: Any, value: Any) -> tuple[str, str]:
    if not (isinstance(name, bytes) and isinstance(value, bytes)):
        raise ServiceError(f"ASGI: the header {name!r}: {value!r} isn't a pair of bytes")
    return name.decode("latin-1").lower(), value.decode("latin-1")


# -- lifespan ----------------------------------------------------------------------------------


class Lifespan:
    """An app's start-up and shut-down, which run in one task of their own.

    An app that raises or returns before it answers has no lifespan, which ASGI allows.
    """

    def __init__(self, app: App, seconds: float) -> None:
        """Belong to the running loop; the app isn't called yet."""
        self.loop = asyncio.get_running_loop()
        self.state: dict[str, Any] = {}
        self.started = False
        self._app = app
        self._seconds = seconds
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[BaseException | None] | None = None

    def lost(self) -> bool:
        """Whether it can't be gone on with: its loop is not this one, or it was cancelled."""
        cancelled = self._task is not None and self._task.cancelled()
        return cancelled or self.loop is not asyncio.get_running_loop()

    async def start(self) -> None:
        """Start the app, once however many ask for it.

        Raises:
            ServiceError: the app says that its start-up failed.
        """
        async with self._lock:
            if self.started:
                return
            self._begin()
            await self._answer("startup")
            self.started = True

    async def stop(self) -> None:
        """Stop the app.

        Raises:
            ServiceError: the app says that its shut-down failed, or doesn't end in time.
        """
        async with self._lock:
            self.started = False
            if self._task is None:
                return
            self._inbox.put_nowait({"type": "lifespan.shutdown"})
            try:
                async with asyncio.timeout(self._seconds):
                    await self._answer("shutdown")
                    await self._end()
            except TimeoutError as error:
                late = f"the app's shut-down took longer than {self._seconds:g} s"
                raise ServiceError(late) from error
            finally:
                await self._abandon()

    def _begin(self) -> None:
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._inbox.put_nowait({"type": "lifespan.startup"})
        self._replies = {phase: self.loop.create_future() for phase in ("startup", "shutdown")}
        scope = {"type": "lifespan", "asgi": _VERSION, "state": self.state}
        talk = _outcome(self._app, scope, self._inbox.get, self._reply)
        self._task = asyncio.create_task(talk, name=LIFESPAN_TASK)

    async def _reply(self, message: Message) -> None:
        _, phase, outcome = message["type"].split(".")
        reply = self._replies[phase]
        if not reply.done():
            reply.set_result(_failure(message) if outcome == "failed" else None)

    async def _answer(self, phase: str) -> None:
        """Wait until the app has answered, or has ended without an answer."""
        task, reply = self._task, self._replies[phase]
        assert task is not None
        try:
            await asyncio.wait({task, reply}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._abandon()
            raise
        if not reply.done():
            await self._unsupported()
        elif failure := reply.result():
            raised = await self._end()
            raise ServiceError(f"the app's {phase} failed: {failure}") from raised

    async def _unsupported(self) -> None:
        raised = await self._end()
        if raised and not isinstance(raised, Exception):
            raise raised

    async def _end(self) -> BaseException | None:
        """What the lifespan's task ended with."""
        task, self._task = self._task, None
        return await task if task else None

    async def _abandon(self) -> None:
        task, self._task = self._task, None
        if task:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _failure(message: Message) -> str:
    """The last line of what the app said: Starlette sends the whole traceback."""
    lines = str(message.get("message", "")).strip().splitlines()
    return lines[-1] if lines else "no reason given"


# -- discovery ---------------------------------------------------------------------------------


class Routed(Protocol):
    """What routes of Starlette and FastAPI have in common, as far as it is read here."""

    path: str
    methods: set[str] | None
    endpoint: Any


_VERBS = ("get", "post", "put", "patch", "delete", "options", "head", "trace")


def _operations(app: Any) -> Iterator[tuple[str, str]]:
    inner = _routed(app)
    yield from _route_operations(getattr(inner, "routes", None) or (), "")
    yield from _documented(inner)


def _routed(app: Any) -> Any:
    """The app inside its middleware, each of which holds the next as `app`."""
    seen: list[Any] = []
    while not hasattr(app, "routes") and hasattr(app, "app") and len(seen) < 50:
        seen.append(app)
        app = app.app
    return app


def _route_operations(routes: Any, prefix: str, shown: bool = True) -> Iterator[tuple[str, str]]:
    for route in routes:
        path = prefix + str(getattr(route, "path", ""))
        if getattr(route, "routes", None):
            yield from _route_operations(route.routes, path, shown)
        elif getattr(route, "include_in_schema", not shown) is shown:
            yield from ((method, plain_template(path)) for method in _methods(route))


def _methods(route: Routed) -> list[str]:
    methods = getattr(route, "methods", None)
    if methods is None:
        endpoint = getattr(route, "endpoint", None)
        return [verb.upper() for verb in _VERBS if hasattr(endpoint, verb)]
    # Starlette adds HEAD to every GET; it promises nothing of its own.
    return sorted(set(methods) - ({"HEAD"} if "GET" in methods else set()))


def _documented(app: Any) -> Iterator[tuple[str, str]]:
    """The operations of the app's own OpenAPI document, which sees routers that routes hide."""
    document: Any = {}
    with suppress(Exception):  # Making the document runs the user's models.
        document = app.openapi()
    paths = document.get("paths", {}) if isinstance(document, dict) else {}
    for path, item in paths.items():
        yield from ((verb.upper(), path) for verb in _VERBS if verb in item)
