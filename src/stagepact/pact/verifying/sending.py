"""Requests of pacts as they stand on the wire, and responses from there as pacts compare them."""

from __future__ import annotations

from urllib.parse import quote

from stagepact.pact.files import body_of
from stagepact.pact.matching.texts import header_values
from stagepact.pact.model import Presence, Request, Response, Values
from stagepact.subject.protocols.http import WireRequest, WireResponse, plain_request

# `pchar`, the slash, and escapes that are there already (RFC 3986, 3.3).
_LITERAL = "/!$&'()*+,;=:@%"
_CONTENT_TYPE = "content-type"


def wire_request(request: Request) -> WireRequest:
    """A consumer's request as it is sent.

    Raises:
        Unfit: it can't stand in a request of HTTP.
    """
    query = "&".join(
        f"{quote(name, safe='')}={quote(text, safe='')}"
        for name, texts in request.query.items()
        for text in texts
    )
    target = quote(request.path or "/", safe=_LITERAL) + (f"?{query}" if query else "")
    headers = [(name, ", ".join(texts)) for name, texts in request.headers.items()]
    body = request.body
    named = any(name.lower() == _CONTENT_TYPE for name, _ in headers)
    if body.presence is Presence.PRESENT and body.content_type and not named:
        headers.append((_CONTENT_TYPE, body.content_type))
    return plain_request(request.method, target, headers, body.data)


def wire_response(response: WireResponse) -> Response:
    """A provider's response as a pact compares it."""
    headers: dict[str, tuple[str, ...]] = {}
    for name, text in response.headers:
        headers[name] = (*headers.get(name, ()), *header_values(name, text))
    return Response(response.status, headers, body_of(response.body, _content_type(headers)))


def _content_type(headers: Values) -> str:
    return next(iter(headers.get(_CONTENT_TYPE, ())), "")
