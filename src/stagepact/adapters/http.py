"""Services by URL: what goes over a socket, to the one host that was configured.

Requests go straight to httpx's transport: its client would follow, remember cookies and add
headers, and a case must not see what another one left.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

try:
    import httpx
except ImportError as error:  # pragma: no cover - tests run with httpx
    raise ImportError(
        "a service by URL needs httpx: pip install 'stagepact[http]'", name="httpx"
    ) from error

from stagepact.subject import Unfit
from stagepact.subject.protocols.http import (
    MOST_BYTES,
    Connection,
    Exchange,
    ServiceError,
    WireRequest,
    WireResponse,
    describe_error,
)

SECONDS = 10.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # RFC 9110, 9.2.1


def is_url(value: Any) -> bool:
    """Whether a value is the base URL of a service: http or https, and a host."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def http_service(
    url: str, *, seconds: float = SECONDS, limit: int = MOST_BYTES, verify: Any = True
) -> Exchange:
    """The service at a base URL, to whose path the operations' paths are added.

    `seconds` bounds each wait for the server; a body is cut after `limit` bytes; `verify` is
    False or an `ssl.SSLContext` for a certificate that no public authority has signed.
    """
    if not is_url(url):
        raise ValueError(f"{url!r} is no http or https URL with a host")
    return HttpService(url.rstrip("/"), seconds, limit, verify)


@dataclass(slots=True)
class HttpService:
    """A service by URL; its sockets are shared by the cases of one event loop."""

    url: str
    seconds: float = SECONDS
    limit: int = MOST_BYTES
    verify: Any = True
    _sockets: Sockets | None = field(default=None, repr=False, compare=False)
    _loop: Any = field(default=None, repr=False, compare=False)

    async def open(self) -> Connection:
        """A connection to the service; no socket is opened before a request is sent."""
        loop = asyncio.get_running_loop()
        if self._sockets is None or self._loop is not loop:
            self._loop = loop
            self._sockets = Sockets.of(self.verify)
        return HttpConnection(self.url, self._sockets, self.seconds, self.limit)

    async def close(self) -> None:
        """Close the sockets; those of a loop that is gone went with it."""
        sockets, self._sockets = self._sockets, None
        if sockets and self._loop is asyncio.get_running_loop():
            await sockets.kept.aclose()
            await sockets.fresh.aclose()


@dataclass(frozen=True, slots=True)
class Sockets:
    """Sockets that are kept for the next request, and those that are new for each.

    A server may close a kept one at any time, also while a request is on its way. That is no
    fault of its own, and a safe request is then sent again (RFC 9112, 9.3.1). Others could have
    been done already, so they never go over a socket that was kept.
    """

    kept: httpx.AsyncHTTPTransport
    fresh: httpx.AsyncHTTPTransport

    @classmethod
    def of(cls, verify: Any) -> Sockets:
        """No socket is opened before a request is sent."""
        context = httpx.create_ssl_context(verify=verify, trust_env=False)
        none = httpx.Limits(max_keepalive_connections=0)
        return cls(
            httpx.AsyncHTTPTransport(verify=context, trust_env=False),
            httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=none),
        )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The response, as httpx's transport has it."""
        if request.method not in _SAFE:
            return await self.fresh.handle_async_request(request)
        opened: list[str] = []

        async def trace(event: str, _: Any) -> None:
            if event.startswith("connection.connect"):
                opened.append(event)

        request.extensions["trace"] = trace
        try:
            return await self.kept.handle_async_request(request)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if opened:
                raise
            return await self.fresh.handle_async_request(request)


@dataclass(frozen=True, slots=True)
class HttpConnection:
    """One case's way to a service; `app` is its base URL."""

    app: str
    sockets: Sockets
    seconds: float
    limit: int

    async def send(self, request: WireRequest) -> WireResponse:
        """The service's response; one whose body breaks off is incomplete and says why.

        Raises:
            Unfit: HTTP doesn't allow the request.
            ServiceError: no response came.
        """
        try:
            response = await self.sockets.send(self._request(request))
        except (httpx.LocalProtocolError, httpx.InvalidURL) as error:
            raise Unfit(f"HTTP doesn't allow the request: {error}") from error
        except (httpx.TransportError, OSError) as error:
            raise ServiceError(self._failure(error)) from error
        try:
            body, problem = await _body(response, self.limit)
        finally:
            await response.aclose()
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in response.headers.raw
        )
        return WireResponse(response.status_code, headers, body, not problem, problem)

    async def close(self) -> None:
        """Do nothing: the sockets are shared."""

    def _request(self, request: WireRequest) -> httpx.Request:
        timeout = httpx.Timeout(self.seconds).as_dict()
        target = urlsplit(self.app).path + request.target
        return httpx.Request(
            request.method,
            self.app,
            headers=list(request.headers),
            content=request.body or None,
            # The URL would be written anew; the target goes out as it was given.
            extensions={"timeout": timeout, "target": target.encode("ascii")},
        )

    def _failure(self, error: Exception) -> str:
        if isinstance(error, httpx.TimeoutException):
            return f"{self.app}: no answer within {self.seconds:g} s ({type(error).__name__})"
        return f"{self.app}: {describe_error(error)}"


async def _body(response: httpx.Response, limit: int) -> tuple[bytes, tuple[str, ...]]:
    """The body as far as it came, and why it came no further."""
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.aiter_raw():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                return b"".join(chunks)[:limit], (f"the body goes on after {limit} bytes",)
    except httpx.TransportError as error:
        return b"".join(chunks), (f"the body broke off: {describe_error(error)}",)
    return b"".join(chunks), ()
