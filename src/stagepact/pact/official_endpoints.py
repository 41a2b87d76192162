"""What the official engine speaks to: one HTTP server for a provider, its states and its messages.

Each question is put to the provider in the loop of whoever waits for the engine, so a provider's
code runs where it would without an engine. States and messages that fail are answered by 400: the
engine would ask again for two minutes after a 500.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, TypeVar

from stagepact.contract.source import Json, Kind, read_json
from stagepact.pact.files import message_of
from stagepact.pact.model import Interaction, Message, Version
from stagepact.pact.part import Part
from stagepact.subject.protocols.http import WireRequest, WireResponse

_T = TypeVar("_T")

STATES, MESSAGES = "/-stagepact-states", "/-stagepact-messages"
_HOST = "127.0.0.1"
_POLL = 0.02  # seconds until a server that is told to end has noticed
_QUESTION = Kind("a question of the official engine")
# Of the connection to the engine, not of what is said (RFC 9110, 7.6.1), or written anew.
_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
_NO_BODY = frozenset({204, 304})


class Provider(Protocol):
    """What is asked while an interaction is verified; what it raises is kept for the result."""

    async def enter(self, interaction: Interaction) -> Mapping[str, Json]:
        """Make the interaction's states hold; the values that they give."""

    async def leave(self, interaction: Interaction) -> None:
        """Take back what `enter` did; called once for each `enter` that didn't raise."""

    async def respond(self, interaction: Interaction, request: WireRequest) -> WireResponse:
        """The answer to the interaction's request."""

    async def produce(self, interaction: Interaction, asked: Message | None) -> Message:
        """The interaction's message, or the answer to the message that is `asked`."""


@dataclass(slots=True)
class Desk:
    """Answers the engine's questions, one interaction after the other."""

    provider: Provider
    interactions: Sequence[Interaction]
    raised: dict[int, BaseException] = field(default_factory=dict)
    """By number, what the provider raised first."""
    _current: int = -1
    _entered: bool = False
    _running: asyncio.Task[Any] | None = None

    async def answer(self, request: WireRequest) -> WireResponse:
        """The answer to one question: of a state, for a message, or to the provider itself."""
        if request.target == STATES:
            return await self._state(json.loads(request.body))
        if request.target == MESSAGES:
            return await self._message(request.body)
        interaction = self.interactions[self._current]
        answer = await self._run(lambda: self.provider.respond(interaction, request))
        return _failed(500) if answer is None else answer

    async def end(self) -> None:
        """Leave what was entered last, if the engine hasn't."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.wait([self._running])
            given_up = TimeoutError("no answer in the time that the official engine waits")
            self.raised.setdefault(self._current, given_up)
        if self._entered:
            self._entered = False
            await self._run(lambda: self._left(self.interactions[self._current]))

    async def _state(self, asked: Mapping[str, Any]) -> WireResponse:
        await self.end()
        if asked["action"] != "setup":
            return _json({})
        self._current = int(asked["state"])
        interaction = self.interactions[self._current]
        values = await self._run(lambda: self.provider.enter(interaction))
        self._entered = values is not None
        return _failed(400) if values is None else _json(values)

    async def _message(self, body: bytes) -> WireResponse:
        interaction = self.interactions[self._current]
        question = Part.whole(read_json(body, "question", _QUESTION))
        asked = message_of(question.get("request"), Version.V4) if question.has("request") else None
        made = await self._run(lambda: self.provider.produce(interaction, asked))
        return _failed(400) if made is None else _told(made)

    async def _left(self, interaction: Interaction) -> bool:
        await self.provider.leave(interaction)
        return True

    async def _run(self, call: Callable[[], Awaitable[_T]]) -> _T | None:
        """What the provider gives; None where it raises, which is kept, or was given up."""
        self._running = task = asyncio.create_task(_outcome(call))
        await asyncio.wait([task])
        if task.cancelled():
            return None
        value, error = task.result()
        if error is not None:
            self.raised.setdefault(self._current, error)
        return value


async def _outcome(call: Callable[[], Awaitable[_T]]) -> tuple[_T | None, BaseException | None]:
    """A task that raises `SystemExit` would stop the loop, so it is a value."""
    try:
        return await call(), None
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        return None, error


def _failed(status: int) -> WireResponse:
    return WireResponse(status, (("content-type", "text/plain"),), b"raised; see the result")


def _json(values: Mapping[str, Json]) -> WireResponse:
    body = json.dumps(values, default=str).encode()
    return WireResponse(200, (("content-type", "application/json"),), body)


def _told(message: Message) -> WireResponse:
    metadata = base64.b64encode(json.dumps(message.metadata).encode()).decode()
    headers = [("pact-message-metadata", metadata)]
    if message.contents.content_type:
        headers.append(("content-type", message.contents.content_type))
    return WireResponse(200, tuple(headers), message.contents.data)


# -- over HTTP ---------------------------------------------------------------------------------


@contextmanager
def served(desk: Desk) -> Iterator[tuple[str, int]]:
    """The desk behind a port of this machine, in the running loop; host and port."""
    loop = asyncio.get_running_loop()

    class Handler(_Handler):
        def asked(self, request: WireRequest) -> WireResponse:
            return asyncio.run_coroutine_threadsafe(desk.answer(request), loop).result()

    with _Server((_HOST, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
        thread.start()
        try:
            yield _HOST, server.server_port
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    """One question of the engine, which opens a connection for each."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def asked(self, request: WireRequest) -> WireResponse:
        """The answer to a request."""
        raise NotImplementedError

    def parse_request(self) -> bool:
        """Whether there is a request; it is answered here, whatever its method is called."""
        if super().parse_request():
            self._answer()
        return False

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = tuple(
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in self.headers.items()
            if name.lower() not in _HOP
        )
        answer = self.asked(WireRequest(self.command, self.path, headers, body))
        self.close_connection = True
        with suppress(OSError):  # The engine has given it up.
            self.wfile.write(_written(answer, self.command))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what was asked stands in the results."""


def _written(answer: WireResponse, method: str) -> bytes:
    kept = [(name, value) for name, value in answer.headers if name not in _HOP]
    bodyless = method == "HEAD" or answer.status in _NO_BODY
    if not bodyless:
        kept.append(("content-length", str(len(answer.body))))
    head = [f"HTTP/1.1 {answer.status} -", "connection: close"]
    lines = [*head, *(f"{name}: {value}" for name, value in kept), "", ""]
    return "\r\n".join(lines).encode("latin-1") + (b"" if bodyless else answer.body)
