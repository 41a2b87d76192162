"""What goes over the wire, and the ways there: requests, responses, connections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

# A body that never ends is cut here, and the response counts as incomplete.
MOST_BYTES = 10_000_000


class ServiceError(Exception):
    """The service gave no HTTP answer: it didn't start, didn't listen, or broke the protocol."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it stands on the wire; `target` is path and query, percent-encoded."""

    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it was received; names of headers are lower-case, repeated ones repeat.

    `complete` is False when the body was cut short; `problems` says what was wrong with it.
    `traceback` is that of what an app raised once it had answered, as frameworks do.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    complete: bool = True
    problems: tuple[str, ...] = ()
    traceback: str = field(default="", compare=False, repr=False)


class Connection(Protocol):
    """A way to one service for one case."""

    @property
    def app(self) -> Any:
        """What a state function is called with: the app, or a service's base URL."""

    async def send(self, request: WireRequest) -> WireResponse:
        """The service's answer to one request."""

    async def close(self) -> None:
        """Let go of what was opened for this case."""


class Exchange(Protocol):
    """A service that connections are opened to."""

    async def open(self) -> Connection:
        """A connection for one case; the service is started when it isn't running."""

    async def close(self) -> None:
        """Let go of what the cases shared; the next `open` starts it again."""


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s;"]+)', re.IGNORECASE)


def media_type(value: str) -> tuple[str, str | None]:
    """The type, lower-case, and the charset of a `Content-Type`."""
    charset = _CHARSET.search(value)
    return value.split(";", 1)[0].strip().lower(), charset[1] if charset else None


def is_json(media: str) -> bool:
    """Whether a media type says JSON, by name or by suffix (RFC 6839)."""
    return media == JSON or media.endswith("+json")


def describe_error(error: BaseException) -> str:
    """`KeyError: 'id'`, or the bare type of an error that says nothing."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def split_target(target: str) -> tuple[str, str]:
    """The path and the query of a request's target, both as they stand on the wire."""
    path, _, query = target.partition("?")
    return path, query


def unique(operations: Iterator[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Operations in the order in which they were met, each once."""
    return tuple(dict.fromkeys(operations))
