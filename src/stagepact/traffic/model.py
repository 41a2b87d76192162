"""One request and its response, as they were recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Headers = Mapping[str, str]

_JSON = ("application/json", "+json")


@dataclass(frozen=True, slots=True)
class Message:
    """Headers by their lower-case names, and the body as bytes."""

    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    @property
    def media(self) -> str:
        """The media type, without parameters; "" where none is said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON, and is."""
        return self.media.endswith(_JSON) and self.json is not None

    @property
    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request to an absolute URL, and the response to it."""

    method: str
    url: str
    status: int
    request: Message = field(default_factory=Message)
    response: Message = field(default_factory=Message)

    @property
    def origin(self) -> str:
        """Scheme and host."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def path(self) -> str:
        """The path, percent-encoded."""
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> dict[str, Any]:
        """The query's parameters; one that is repeated is a list."""
        found: dict[str, Any] = {}
        for name, value in parse_qsl(urlsplit(self.url).query, keep_blank_values=True):
            known = found.get(name)
            found[name] = value if known is None else [*_listed(known), value]
        return found


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
