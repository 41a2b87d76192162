"""Server-Sent Events of ASGI apps as channels, by raw ASGI: no port."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from stagepact.contract.models import Channel, seconds
from stagepact.subject.protocols.channels import (
    Apps,
    AppWay,
    Call,
    Line,
    Way,
    ended,
    happened,
)
from stagepact.subject.protocols.event_stream import Lines
from stagepact.subject.protocols.http import split_target

_FAILED = 500


@dataclass(frozen=True, slots=True)
class EventStreams:
    """A channel over an event stream of an app."""

    channel: Channel
    apps: Apps = field(repr=False)

    async def open(self) -> Way:
        """A way to the app, which has been started."""
        return _Way(self.channel, await self.apps.open())

    async def close(self) -> None:
        """Let go of the app."""
        await self.apps.close()


class _Way(AppWay):
    async def connect(self, call: Call) -> Line:
        """A client whose request has been answered, or which got no answer in time."""
        stream = _Stream(self.running.app, self._scope(call))
        self.ends.append(stream.leave)
        await stream.begun(seconds(self.channel.patience))
        return stream.line

    def _scope(self, call: Call) -> dict[str, Any]:
        path, query = split_target(self.target(call))
        resumed = {} if call.cursor is None else {"last-event-id": str(call.cursor)}
        return {
            "type": "http",
            # Of 2.3, as servers say it: from 2.4 on apps needn't listen for the client's leaving.
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": self.headers(call, accept="text/event-stream", **resumed),
            "client": ("127.0.0.1", 50000),
            "server": ("localhost", 80),
            "state": dict(self.running.state),
            "extensions": {},
        }


class _Stream:
    """The server's side of one streamed response."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self._asked = False
        self._begun, self._left = asyncio.Event(), asyncio.Event()
        self._lines = Lines()
        self.line = Line(leave=self.leave)
        self._task = asyncio.create_task(self._talk(app, scope))

    async def _talk(self, app: Any, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._take)
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._end(_FAILED)
        self._end(None)

    def _end(self, code: int | None) -> None:
        self.line.end(code)
        self._begun.set()
        self._left.set()

    async def begun(self, seconds: float) -> None:
        """Wait for the beginning of the response; of a refusal, for its end."""
        await happened(self._begun, seconds)

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._start(message)
        elif self.line.accepted:
            for event in self._lines.events(message.get("body", b"")):
                self.line.arrive(event)
            if not message.get("more_body", False):
                self._end(None)

    def _start(self, message: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in message.get("headers", ())}
        self.line.media = headers.get(b"content-type", b"").decode("latin-1")
        self.line.accepted = message["status"] == 200
        if not self.line.accepted:
            self.line.end(message["status"])
        self._begun.set()

    async def leave(self) -> None:
        """Go away, and wait for the app to take notice."""
        self._end(None)
        await ended(self._task)
