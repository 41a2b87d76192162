"""A mock provider as an ASGI app."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from stagepact.pact.mock.provider import Provider
from stagepact.pact.mock.wire import request_of, sent, with_length
from stagepact.pact.model import Request

_Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[_Message]]
Send = Callable[[_Message], Awaitable[None]]
Tell = Callable[[Request, int], None]


@dataclass(frozen=True, slots=True)
class App:
    """A provider that speaks ASGI; `tell` is told of each request and its status."""

    provider: Provider
    tell: Tell = lambda request, status: None

    async def __call__(self, scope: _Message, receive: Receive, send: Send) -> None:
        """Answer one request, or start and end with the server."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise ValueError(f"a mock provider of HTTP was asked for {scope['type']}")
        request = _request(scope, await _read(receive))
        bare = request.method == "HEAD"
        made = sent(self.provider.answer(request), bare=bare)
        self.tell(request, made.status)
        headers = [
            (name.lower().encode("latin-1"), text.encode("latin-1", "replace"))
            for name, text in with_length(made, bare=bare)
        ]
        start = {"type": "http.response.start", "status": made.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": made.data})


def _request(scope: _Message, data: bytes) -> Request:
    raw = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"].decode("latin-1")
    target = raw.decode("latin-1").partition("?")[0] + (f"?{query}" if query else "")
    headers = ((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
    return request_of(scope["method"], target, headers, data)


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _lifespan(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
