"""WebSockets by URL as channels, by the library websockets: to the one host that was configured.

Nothing is sent that a scenario doesn't send: no keep-alive, no redirect, no proxy.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

try:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import (
        ConnectionClosed,
        InvalidStatus,
        NegotiationError,
        WebSocketException,
    )
    from websockets.typing import Subprotocol
except ImportError as error:  # pragma: no cover - tests run with websockets
    raise ImportError(
        "a WebSocket by URL needs websockets: pip install 'stagepact[websocket]'", name="websockets"
    ) from error

from stagepact.contract.models import Channel, seconds
from stagepact.subject.protocols.channels import Call, Host, HostWay, Line, Way
from stagepact.subject.protocols.http import MOST_BYTES, Exchange, ServiceError, describe_error

_UNSEEN, _PROTOCOL = 1006, 1002
_LEAVING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class UrlWebSockets:
    """A channel over a WebSocket by URL; `service` is its host by HTTP."""

    channel: Channel
    service: Exchange | None = field(repr=False)
    ssl: Any = field(default=None, repr=False)

    async def open(self) -> Way:
        """A way to the host, to which nothing has been said yet."""
        return _Way(self.channel, Host(self.channel.address, self.service), ssl=self.ssl)

    async def close(self) -> None:
        """Let go of the host."""
        if self.service is not None:
            await self.service.close()


class _Connect(connect):
    """A connection that goes where it was told, and nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Take a redirect for the refusal that it is."""
        return exc


@dataclass(eq=False)
class _Way(HostWay):
    ssl: Any = None

    async def connect(self, call: Call) -> Line:
        """A client whose handshake has been answered, or which got no answer in time.

        Raises:
            ServiceError: nobody listens, TLS fails, or what answers speaks no HTTP.
        """
        line, asked = Line(), self.channel.subprotocol
        url = self.url(call)
        connecting = _Connect(
            url,
            subprotocols=[Subprotocol(asked)] if asked is not None and call.subprotocol else None,
            additional_headers=self.said(call),
            open_timeout=seconds(self.channel.patience),
            close_timeout=_LEAVING_SECONDS,
            compression=None,
            ping_interval=None,
            max_size=MOST_BYTES,
            proxy=None,
            **({} if self.ssl is None else {"ssl": self.ssl}),
        )
        try:
            socket = await connecting
        except TimeoutError:
            return line
        except InvalidStatus as refusal:
            line.end(refusal.response.status_code)
        except NegotiationError:
            if (response := connecting.connection.response) is not None:
                line.subprotocol = response.headers.get("Sec-WebSocket-Protocol")
            line.end(_PROTOCOL)
        except (OSError, WebSocketException) as error:
            raise ServiceError(f"{url}: {describe_error(error)}") from error
        else:
            self.ends.append(_Socket(socket, line, call).leave)
        return line


class _Socket:
    """One client: what is to be sent waits in an outbox, what arrives goes to its line."""

    def __init__(self, socket: ClientConnection, line: Line, call: Call) -> None:
        self._socket, self._line, self._decode = socket, line, call.decode
        line.accepted, line.subprotocol = True, socket.subprotocol
        self._outbox: asyncio.Queue[str | bytes] = asyncio.Queue()
        line.say, line.leave = self._outbox.put_nowait, self.leave
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._send())]

    async def _hear(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                self._line.take(self._decode(await self._socket.recv()))
        code = self._socket.close_code
        self._line.end(_UNSEEN if code is None else code)

    async def _send(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                await self._socket.send(await self._outbox.get())

    async def leave(self) -> None:
        """Close the connection; the server has been told when this returns."""
        self._line.end(None)
        with suppress(OSError, WebSocketException):
            await self._socket.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
