"""WSGI apps as services, by the protocol itself (PEP 3333), in the caller's thread."""

from __future__ import annotations

import contextvars
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from stagepact.subject.protocols.apps import Names, call_names, makes
from stagepact.subject.protocols.http import (
    MOST_BYTES,
    Connection,
    Exchange,
    ServiceError,
    WireRequest,
    WireResponse,
    describe_error,
    settled,
    split_target,
    unique,
)

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_STATUS = re.compile(r"([2-5]\d\d)(?: .*)?")
_CONVERTER = re.compile(r"<(?:[^<>]*:)?(\w+)>")
# Empty chunks add no bytes, and an app may yield them for ever.
MOST_CHUNKS = 1_000_000


def is_wsgi(value: Any) -> bool:
    """Whether a value is a WSGI app: it is called with environ and start_response."""
    return _speaks(call_names(value)) and not inspect.iscoroutinefunction(value)


def is_wsgi_factory(value: Any) -> bool:
    """Whether a value takes no arguments and is annotated to return a WSGI app."""
    return makes(value, _speaks)


def _speaks(names: Names) -> bool:
    return len(names) == 2 and (names[0] in ("environ", "env") or names[1] == "start_response")


def wsgi_service(target: Any, *, factory: bool | None = None, limit: int = MOST_BYTES) -> Exchange:
    """An app shared by all cases, or a factory's fresh app for each of them.

    Without `factory`, what is no WSGI app is taken for a function that makes one. A body is cut
    after `limit` bytes.
    """
    fresh = not is_wsgi(target) if factory is None else factory
    return WsgiService(target if fresh else lambda: target, limit)


def operations(app: Any) -> tuple[tuple[str, str], ...]:
    """Methods and path templates of an app that has a Werkzeug `url_map`, as Flask has."""
    return unique(_operations(app))


@dataclass(frozen=True, slots=True)
class WsgiService:
    """An app for each case, be it the same one or a new one; it needs no start."""

    app_for_case: Callable[[], App]
    limit: int = MOST_BYTES

    async def open(self) -> Connection:
        """A connection to the case's app."""
        return WsgiConnection(self.app_for_case(), self.limit)

    async def close(self) -> None:
        """Do nothing: a WSGI app has no lifespan."""


@dataclass(frozen=True, slots=True)
class WsgiConnection:
    """One case's way to an app."""

    app: App
    limit: int
    one_at_a_time: ClassVar[bool] = True
    """Requests that are sent together are answered one after the other."""

    async def send(self, request: WireRequest) -> WireResponse:
        """The app's response; what the app raises before it is whole is raised as it is."""
        context = contextvars.copy_context()
        response = context.run(_respond, self.app, _environ(request), self.limit)
        return settled(request.method, response)

    async def close(self) -> None:
        """Do nothing: a WSGI app has no lifespan."""


# -- one request -------------------------------------------------------------------------------


def _environ(request: WireRequest) -> dict[str, Any]:
    path, query = split_target(request.target)
    return {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # Bytes disguised as latin-1, which is how PEP 3333 carries them in a string.
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **_header_variables(request),
    }


def _header_variables(request: WireRequest) -> dict[str, str]:
    variables: dict[str, str] = {}
    for name, value in request.headers:
        key = _variable(name.decode("ascii"))
        between = "; " if key == "HTTP_COOKIE" else ","
        text = value.decode("latin-1")
        variables[key] = f"{variables[key]}{between}{text}" if key in variables else text
    return variables


def _variable(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _respond(app: App, environ: dict[str, Any], limit: int) -> WireResponse:
    answer = Answer(limit)
    result = app(environ, answer.start_response)
    try:
        answer.take(result)
    except BaseException:
        _close(result)
        raise
    try:
        _close(result)
    except Exception as error:
        return answer.response(f"raised after the response: {describe_error(error)}")
    return answer.response()


def _close(result: Any) -> None:
    close = getattr(result, "close", None)
    if close is not None:
        close()


class Answer:
    """What an app says to one request: the server's side of `start_response` and the body."""

    __slots__ = ("_chunks", "_headers", "_limit", "_overflowed", "_size", "_status")

    def __init__(self, limit: int) -> None:
        """Begin with the most bytes that a response may have."""
        self._limit = limit
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []
        self._size = 0
        self._overflowed = False

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """Begin the response, or, with `exc_info`, replace one of which nothing was sent yet."""
        if exc_info and self._size:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._status and not exc_info:
            raise ServiceError("WSGI: start_response was called twice without exc_info")
        self._status, self._headers = _status(status), tuple(_header(*pair) for pair in headers)
        return self.write

    def write(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        if not self._status:
            raise ServiceError("WSGI: the body came before start_response was called")
        if not isinstance(chunk, bytes):
            raise ServiceError(f"WSGI: a body is bytes, not {type(chunk).__name__}")
        self._chunks.append(chunk)
        self._size += len(chunk)
        self._overflowed = self._size > self._limit or len(self._chunks) > MOST_CHUNKS

    def take(self, result: Iterable[bytes]) -> None:
        """Take the body as it comes, up to the limit."""
        for chunk in result:
            self.write(chunk)
            if self._overflowed:
                return
        if not self._status:
            raise ServiceError("WSGI: the app returned without calling start_response")

    def response(self, *problems: str) -> WireResponse:
        """The response, once the app has ended."""
        body = b"".join(self._chunks)[: self._limit]
        if self._overflowed:
            problems = (f"the body goes on after {self._limit} bytes", *problems)
        return WireResponse(self._status, self._headers, body, not self._overflowed, problems)


def _status(text: Any) -> int:
    found = _STATUS.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ServiceError(f"WSGI: {text!r} is no status line like '200 OK'")
    return int(found[1])


def _header(name: Any, value: Any) -> tuple[str, str]:
    if not (isinstance(name, str) and isinstance(value, str)):
        raise ServiceError(f"WSGI: the header {name!r}: {value!r} isn't a pair of strings")
    return name.lower(), value


# -- discovery ---------------------------------------------------------------------------------


def _operations(app: Any) -> Iterator[tuple[str, str]]:
    url_map: Any = getattr(app, "url_map", None)
    for rule in getattr(url_map, "iter_rules", tuple)():
        if rule.endpoint != "static":
            path = _CONVERTER.sub(r"{\1}", rule.rule)
            # Werkzeug adds both by itself; they promise nothing of their own.
            yield from ((method, path) for method in sorted({*rule.methods} - {"HEAD", "OPTIONS"}))
