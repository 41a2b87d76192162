"""Server-Sent Events by URL as channels, over httpx's transport: to the one configured host."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

try:
    import httpx
except ImportError as error:  # pragma: no cover - tests run with httpx
    raise ImportError(
        "Server-Sent Events by URL need httpx: pip install 'stagepact[http]'", name="httpx"
    ) from error

from stagepact.contract.models import Channel, seconds
from stagepact.subject.protocols.channels import Call, Host, HostWay, Line, Way
from stagepact.subject.protocols.event_stream import Lines
from stagepact.subject.protocols.http import Exchange, ServiceError, describe_error

_ACCEPTED = 200
_BROKEN_OFF = 500


@dataclass(frozen=True, slots=True)
class UrlEventStreams:
    """A channel over an event stream by URL; `service` is its host by HTTP."""

    channel: Channel
    service: Exchange | None = field(repr=False)
    verify: Any = field(default=True, repr=False)

    async def open(self) -> Way:
        """A way to the host, to which nothing has been said yet."""
        # Without limits: each client has a connection of its own, and a law has a hundred.
        limits = httpx.Limits(max_connections=None)
        transport = httpx.AsyncHTTPTransport(verify=self.verify, trust_env=False, limits=limits)
        return _Way(self.channel, Host(self.channel.address, self.service), transport=transport)

    async def close(self) -> None:
        """Let go of the host."""
        if self.service is not None:
            await self.service.close()


@dataclass(eq=False)
class _Way(HostWay):
    transport: Any = None

    async def connect(self, call: Call) -> Line:
        """A client whose request has been answered, or which got no answer in time.

        Raises:
            ServiceError: nobody listens, TLS fails, or what answers speaks no HTTP.
        """
        resumed = {} if call.cursor is None else {"last-event-id": str(call.cursor)}
        headers = {"accept": "text/event-stream", **self.said(call), **resumed}
        patience = seconds(self.channel.patience)
        timeout: dict[str, float | None] = {"connect": patience, "read": patience}
        request = httpx.Request(
            "GET", self.url(call), headers=headers, extensions={"timeout": timeout}
        )
        stream = _Stream(self.transport)
        self.ends.append(stream.leave)
        try:
            await stream.begin(request)
            # The transport reads it anew for each chunk: a stream may be silent for long.
            timeout["read"] = None
        except (httpx.TransportError, OSError) as error:
            raise ServiceError(f"{request.url}: {describe_error(error)}") from error
        return stream.line

    async def close(self) -> None:
        """Have all clients leave, then let go of the host."""
        await super().close()
        await self.transport.aclose()


class _Stream:
    """One streamed response."""

    def __init__(self, transport: httpx.AsyncHTTPTransport) -> None:
        self._transport = transport
        self._task: asyncio.Task[None] | None = None
        self.line = Line(leave=self.leave)

    async def begin(self, request: httpx.Request) -> None:
        """Wait for the beginning of the response, as long as the request says."""
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.TimeoutException:
            return
        self.line.media = response.headers.get("content-type", "")
        self.line.accepted = response.status_code == _ACCEPTED
        if self.line.accepted:
            self._task = asyncio.create_task(self._hear(response))
        else:
            self.line.end(response.status_code)
            await response.aclose()

    async def _hear(self, response: httpx.Response) -> None:
        lines = Lines()
        try:
            async for chunk in response.aiter_raw():
                for event in lines.events(chunk):
                    self.line.arrive(event)
            self.line.end(None)
        except httpx.TransportError:
            self.line.end(_BROKEN_OFF)
        finally:
            await response.aclose()

    async def leave(self) -> None:
        """Close the connection."""
        self.line.end(None)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
