"""Credentials of the provider's users, put on consumers' requests as they are sent.

A pact has an example of a credential at most: which one is valid only the provider knows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote_plus

from stagepact.pact.model import Http
from stagepact.subject.protocols.callers import Authentication, Caller, Scheme
from stagepact.subject.protocols.http import Connection, WireRequest, WireResponse

_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Signing:
    """The user of a service as whom consumers ask; `refused` are its statuses for nobody."""

    authentication: Authentication
    user: str
    refused: frozenset[str] = frozenset()

    def sender(
        self, exchange: Http, connection: Connection, ports: Mapping[str, Any]
    ) -> Callable[[WireRequest], Awaitable[WireResponse]]:
        """What sends an interaction's request over a connection, with the user's credentials.

        A request of which the consumer expects that it is refused for its credentials, or for
        having none, is sent as it is.
        """
        scheme, expected = self.authentication.scheme, str(exchange.response.status)
        caller = Caller(self.authentication, connection, ports)

        async def send(request: WireRequest) -> WireResponse:
            bare = _bare(request, scheme)
            refused = not self.refused.isdisjoint({expected, f"{expected[0]}XX"})
            refused = refused and bare == request
            if expected == str(_UNAUTHORIZED) or refused:
                return await connection.send(request)
            text = scheme.text(await caller.credential(self.user))
            response = await connection.send(_with(bare, scheme, text))
            if response.status == _UNAUTHORIZED and await caller.renewed(self.user):
                text = scheme.text(await caller.credential(self.user))
                response = await connection.send(_with(bare, scheme, text))
            return response

        return send


def _bare(request: WireRequest, scheme: Scheme) -> WireRequest:
    """The request without what stands where credentials do."""
    if scheme.section == "query":
        path, mark, query = request.target.partition("?")
        parts = query.split("&") if mark else []
        left = [each for each in parts if unquote_plus(each.partition("=")[0]) != scheme.name]
        return replace(request, target=_target(path, left)) if left != parts else request
    name = scheme.name if scheme.section == "headers" else "cookie"
    own = [each for each in request.headers if _is(each, name)]
    kept = tuple(each for each in request.headers if not _is(each, name))
    if not own or scheme.section == "headers":
        return replace(request, headers=kept)
    cookies = [part for _, text in own for part in _cookies(text)]
    left = [each for each in cookies if each.partition("=")[0] != scheme.name]
    if left == cookies:
        return request
    return replace(request, headers=(*kept, *_cookie_header(left)))


def _with(bare: WireRequest, scheme: Scheme, text: str) -> WireRequest:
    """A request that has none, with this text where credentials stand."""
    if scheme.section == "query":
        path, mark, query = bare.target.partition("?")
        own = f"{quote(scheme.name, safe='')}={quote(text, safe='')}"
        return replace(bare, target=_target(path, [*([query] if mark and query else []), own]))
    if scheme.section == "headers":
        field = (scheme.name.lower().encode("latin-1"), text.encode("latin-1"))
        return replace(bare, headers=(*bare.headers, field))
    there = [part for each in bare.headers if _is(each, "cookie") for part in _cookies(each[1])]
    kept = tuple(each for each in bare.headers if not _is(each, "cookie"))
    return replace(bare, headers=(*kept, *_cookie_header([*there, f"{scheme.name}={text}"])))


def _is(field: tuple[bytes, bytes], name: str) -> bool:
    return field[0].decode("latin-1").lower() == name.lower()


def _target(path: str, parts: list[str]) -> str:
    return f"{path}?{'&'.join(parts)}" if parts else path


def _cookies(text: bytes) -> list[str]:
    return [each.strip() for each in text.decode("latin-1").split(";") if each.strip()]


def _cookie_header(parts: list[str]) -> list[tuple[bytes, bytes]]:
    return [(b"cookie", "; ".join(parts).encode("latin-1"))] if parts else []
