"""A recording proxy: an ASGI app that forwards to one target, and keeps what went by."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

try:
    import httpx
    import uvicorn
except ImportError as error:  # pragma: no cover - tests run with both
    raise ImportError(
        "a recording proxy needs httpx and uvicorn: pip install 'stagepact[record]'",
        name=error.name,
    ) from error

from stagepact.traffic.model import Message, Recorded

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

SECONDS = 30.0
# Of one connection only (RFC 9110, 7.6.1).
_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-connection",
    }
)
_MOST_BYTES = 10_000_000


@dataclass(eq=False)
class Proxy:
    """Forwards to `target` and nowhere else; `recorded` grows, `tell` hears of each exchange."""

    target: str
    tell: Callable[[Recorded], None] = lambda exchange: None
    recorded: list[Recorded] = field(default_factory=list)
    _transport: httpx.AsyncHTTPTransport | None = field(default=None, repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as the target does, or by 502 where it doesn't."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._forward(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close"})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._transport = httpx.AsyncHTTPTransport(trust_env=False)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._transport.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        request = self._request(scope, body)
        try:
            assert self._transport is not None
            response = await self._transport.handle_async_request(request)
            content = await response.aread()
        except (httpx.TransportError, OSError) as error:
            await _answer(send, 502, [], f"{self.target}: {type(error).__name__}: {error}".encode())
            return
        kept = [(k.lower(), v) for k, v in response.headers.raw if k.lower().decode() not in _HOP]
        # What was decoded is no longer as long, nor as encoded, as it was.
        plain = [(k, v) for k, v in kept if k not in (b"content-encoding", b"content-length")]
        self._keep(scope, request, body, response, content)
        await _answer(send, response.status_code, plain, content)

    def _request(self, scope: Scope, body: bytes) -> httpx.Request:
        path = scope.get("raw_path") or scope["path"].encode()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        there = urlsplit(self.target)
        headers = [
            (k, v)
            for k, v in scope["headers"]
            if k.decode() not in (*_HOP, "host", "content-length")
        ]
        timeout = httpx.Timeout(SECONDS).as_dict()
        target = there.path.rstrip("/").encode() + path + query
        return httpx.Request(
            scope["method"],
            self.target,
            headers=headers,
            content=body or None,
            extensions={"timeout": timeout, "target": target},
        )

    def _keep(
        self,
        scope: Scope,
        request: httpx.Request,
        body: bytes,
        response: httpx.Response,
        content: bytes,
    ) -> None:
        there = urlsplit(self.target)
        url = f"{there.scheme}://{there.netloc}{request.extensions['target'].decode('latin-1')}"
        asked = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        answered = {k.lower(): v for k, v in response.headers.items()}
        exchange = Recorded(
            scope["method"],
            url,
            response.status_code,
            Message(asked, body[:_MOST_BYTES]),
            Message(answered, content[:_MOST_BYTES]),
        )
        self.recorded.append(exchange)
        self.tell(exchange)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, headers: list[Any], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    said = headers if status in (204, 304) else [*headers, length]
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": body})


def serve(proxy: Proxy, host: str, port: int) -> None:
    """Serve until Ctrl-C, or until the process is told to end."""
    uvicorn.Server(uvicorn.Config(proxy, host=host, port=port, log_level="warning")).run()
