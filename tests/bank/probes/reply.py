"""What a probe gets back, and how requests reach ASGI and WSGI apps without a client library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any


@dataclass(frozen=True)
class Reply:
    """A response; an app that raised is one of status 500."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def media(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").split(";")[0]


async def ask_asgi(
    app: Any, method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> Reply:
    """An ASGI app's reply."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("localhost", 80),
    }
    said: list[Any] = []
    asked: list[Any] = []

    async def receive() -> Any:
        if asked:
            await asyncio.Event().wait()
        asked.append(target)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    try:
        await app(scope, receive, send)
    except Exception as error:
        return Reply(500, {}, repr(error).encode())
    got = {name.decode().lower(): value.decode() for name, value in said[0]["headers"]}
    return Reply(said[0]["status"], got, b"".join(each.get("body", b"") for each in said[1:]))


def ask_wsgi(app: Any, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """A WSGI app's reply."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": None,
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": headers[name] for name in headers}
    begun: list[Any] = []
    got = b"".join(app(environ, lambda status, headers, exc=None: begun.append((status, headers))))
    status, named = begun[-1]
    return Reply(int(status[:3]), {name.lower(): value for name, value in named}, got)
