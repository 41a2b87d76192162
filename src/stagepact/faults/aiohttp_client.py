"""Sessions of aiohttp that fail on purpose: a middleware before the session's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
from yarl import URL

from stagepact.contract.models.fault_terms import FaultType
from stagepact.faults.course import Arm
from stagepact.faults.exchange import (
    Answer,
    Ask,
    Effect,
    Own,
    Play,
    Read,
    Strike,
    Wait,
    done_async,
    exchange,
    strike,
)
from stagepact.faults.wire import Wire, refusing

_OWN = Own(
    {
        FaultType.TIMEOUT: aiohttp.SocketTimeoutError,
        FaultType.POOL_EXHAUSTED: aiohttp.ConnectionTimeoutError,
        FaultType.ERROR: aiohttp.ClientConnectionError,
        FaultType.INTERMITTENT: aiohttp.ClientConnectionError,
    }
)
_Handler = Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]]


class FaultyMiddleware:
    """A middleware whose requests may fail."""

    def __init__(self, arms: Sequence[Arm]) -> None:
        self._arms = arms

    async def __call__(
        self, request: aiohttp.ClientRequest, handler: _Handler
    ) -> aiohttp.ClientResponse:
        """Send it, unless a fault strikes."""
        found = strike(self._arms, request.method.lower())
        if found is None:
            return await handler(request)
        made: aiohttp.ClientResponse = await done_async(
            exchange(found, _OWN), lambda effect: _do(effect, request, handler, found)
        )
        return made


async def _do(
    effect: Effect, request: aiohttp.ClientRequest, handler: _Handler, found: Strike
) -> Any:
    if isinstance(effect, Ask):
        return await handler(request)
    if isinstance(effect, Read):
        response = await handler(request)
        return Answer.of(
            response.status,
            [(k.decode("latin-1"), v.decode("latin-1")) for k, v in response.raw_headers],
            await response.read(),
            request.method.lower(),
        )
    if isinstance(effect, Wait):
        return await found.arm.clock.wait_async(effect.seconds, found.arm.lifted)
    if isinstance(effect, Play):
        return await _played(
            request, handler, Wire(effect.script, found.arm.clock, found.arm.lifted)
        )
    with refusing() as origin:
        return await _sent(request, handler, origin)


async def _played(
    request: aiohttp.ClientRequest, handler: _Handler, wire: Wire
) -> aiohttp.ClientResponse:
    try:
        response = await _sent(request, handler, wire.origin)
    except BaseException:
        wire.close()
        raise
    _closed_with(response, wire)
    return response


def _closed_with(response: aiohttp.ClientResponse, wire: Wire) -> None:
    """End a wire when its connection has: its script sends no more than one answer."""
    connection = response.connection
    if connection is None:
        wire.close()
    else:
        connection.add_callback(wire.close)


async def _sent(
    request: aiohttp.ClientRequest, handler: _Handler, origin: str
) -> aiohttp.ClientResponse:
    """The same request to another place, by the session's own connector and time-outs."""
    url, proxy = request.url, request.proxy
    request.url = URL(origin).join(url.relative())
    request.proxy = None
    try:
        return await handler(request)
    finally:
        request.url, request.proxy = url, proxy


def with_middleware(session: Any, own: Sequence[Any], arms: Sequence[Arm]) -> Any:
    """A session's middlewares with one that may fail behind them, next to the connection."""
    return (*own, FaultyMiddleware(arms))


# `ClientSession(middlewares=…)` is public, what it was given isn't: docs/decisions/0027.
SEAM = "_middlewares"
FAILING = with_middleware
