"""WebSockets of ASGI apps as channels, by the protocol itself (ASGI 3, WebSocket): no port.

Each client's app runs in a task of its own; what it raises closes the client by 1011, as servers
do (RFC 6455, section 7.4.1).
"""

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

_FAILED, _LEFT, _REFUSED = 1011, 1000, 403
# Of the handshake (RFC 6455, 4.1): servers leave it in, and Engine.IO looks for it.
_UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "c3RhZ2VwYWN0c3RhZ2VwYQ==",
}


class _Way(AppWay):
    async def connect(self, call: Call) -> Line:
        """A client whose handshake has been answered, or which got no answer in time."""
        socket = _Socket(self.running.app, self._scope(call), call)
        self.ends.append(socket.leave)
        await socket.shaken(seconds(self.channel.patience))
        return socket.line

    def _scope(self, call: Call) -> dict[str, Any]:
        asked = self.channel.subprotocol
        offered = [asked] if asked is not None and call.subprotocol else []
        headers = self.headers(call, **_UPGRADE)
        if offered:
            headers.append((b"sec-websocket-protocol", offered[0].encode()))
        return self.scope(
            call, type="websocket", scheme="ws", headers=headers, subprotocols=offered
        )


class WebSockets(AppChannels):
    """A channel over a WebSocket of an app."""

    def way(self, running: RunningApp) -> Way:
        """A way to the app that has been started."""
        return _Way(self.channel, running)


class _Socket:
    """The server's side of ASGI's WebSocket messages, for one client."""

    def __init__(self, app: Any, scope: dict[str, Any], call: Call) -> None:
        self._decode = call.decode
        self._given: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._given.put_nowait({"type": "websocket.connect"})
        self._answered = asyncio.Event()
        self.line = Line(say=self._say, leave=self.leave)
        self._task = asyncio.create_task(self._talk(app, scope))

    async def _talk(self, app: Any, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._given.get, self._take)
        except asyncio.CancelledError:
            raise
        except BaseException:
            self._end(_FAILED)
        self._end(_FAILED)

    async def shaken(self, seconds: float) -> None:
        """Wait for the handshake's answer."""
        await happened(self._answered, seconds)

    def _say(self, message: str | bytes) -> None:
        kind = "text" if isinstance(message, str) else "bytes"
        self._given.put_nowait({"type": "websocket.receive", kind: message})

    async def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "websocket.accept":
            self.line.accepted = True
            self.line.subprotocol = message.get("subprotocol")
            self._answered.set()
        elif kind == "websocket.send":
            text = message.get("text")
            self.line.take(self._decode(text if text is not None else message.get("bytes")))
        elif kind == "websocket.close":
            code = message.get("code", _LEFT)
            if not self.line.accepted:
                self.line.refused = code
            self._end(code if self.line.accepted else _REFUSED)

    def _end(self, code: int) -> None:
        if self.line.closed is None:
            self.line.end(code)
            self._given.put_nowait({"type": "websocket.disconnect", "code": code})
        self._answered.set()

    async def leave(self) -> None:
        """Close the connection, and wait for the app to take notice."""
        if self.line.closed is None:
            self.line.end(None)
            self._given.put_nowait({"type": "websocket.disconnect", "code": _LEFT})
        await ended(self._task)
