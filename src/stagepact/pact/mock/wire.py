"""Requests and responses between what HTTP libraries have and what pacts speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from stagepact.pact.files import body_of
from stagepact.pact.matching.texts import header_values
from stagepact.pact.model import Request, Response, Values

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A response as it is sent: its status, its headers in order, its bytes."""

    status: int
    headers: Pairs
    data: bytes


def request_of(
    method: str, target: str, headers: Iterable[tuple[str, str]], data: bytes
) -> Request:
    """A request as it came; `target` is its path and query, as they stand on the wire."""
    path, _, query = target.partition("?")
    values = _headers(headers)
    content_type = next((texts[0] for name, texts in values.items() if name == "content-type"), "")
    return Request(
        method=method.upper(),
        path=path or "/",
        query=_query(query),
        query_text=unquote(query),
        headers=values,
        body=body_of(data, content_type),
    )


def sent(response: Response, *, bare: bool = False) -> Sent:
    """A response as it is sent; without its body where the request was a HEAD."""
    pairs = [(name, text) for name, texts in response.headers.items() for text in texts]
    names = {name.lower() for name, _ in pairs}
    if "content-type" not in names and response.body.content_type:
        pairs.append(("Content-Type", response.body.content_type))
    pairs = [each for each in pairs if each[0].lower() not in _OURS]
    bodiless = bare or response.status in {204, 304} or response.status < 200
    return Sent(response.status, tuple(pairs), b"" if bodiless else response.body.data)


_OURS = frozenset({"content-length", "transfer-encoding", "connection"})


def _headers(headers: Iterable[tuple[str, str]]) -> Values:
    found: dict[str, tuple[str, ...]] = {}
    for name, text in headers:
        low = name.lower()
        found[low] = (*found.get(low, ()), *header_values(low, text))
    return found


def _query(text: str) -> Values:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found[name] = (*found.get(name, ()), value)
    return found


def with_length(made: Sent, *, bare: bool = False) -> Iterator[tuple[str, str]]:
    """The headers of a response with the length of its body, where it may have one."""
    yield from made.headers
    if not bare and made.status >= 200 and made.status not in {204, 304}:
        yield "Content-Length", str(len(made.data))
