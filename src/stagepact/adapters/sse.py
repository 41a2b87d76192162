"""Server-Sent Events of ASGI apps as channels, by raw ASGI: no port."""

from __future__ import annotations

import asyncio
from typing import Any

from stagepact.contract.models import seconds
from stagepact.subject.protocols.channels import (
    AppChannels,
    AppWay,
    Call,
    Line,
    RunningApp,
    Way,
    ended,
    happened,
)
from stagepact.subject.protocols.event_stream import Lines

_FAILED = 500


class _Way(AppWay):
    async def connect(self, call: Call) -> Line:
        """A client whose request has been answered, or which got no answer in time."""
        stream = _Stream(self.running.app, self._scope(call))
        self.ends.append(stream.leave)
        await stream.begun(seconds(self.channel.patience))
        return stream.line

    def _scope(self, call: Call) -> dict[str, Any]:
        resumed = {} if call.cursor is None else {"last-event-id": str(call.cursor)}
        headers = self.headers(call, accept="text/event-stream", **resumed)
        return self.scope(call, type="http", method="GET", scheme="http", headers=headers)


class EventStreams(AppChannels):
    """A channel over an event stream of an app."""

    def way(self, running: RunningApp) -> Way:
        """A way to the app that has been started."""
        return _Way(self.channel, running)


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
