"""httpx clients that fail on purpose: a transport around the client's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import httpx

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
    done,
    done_async,
    exchange,
    strike,
)
from stagepact.faults.wire import Wire, refusing

_ERRORS: dict[FaultType, type[httpx.TransportError]] = {
    FaultType.TIMEOUT: httpx.ReadTimeout,
    FaultType.POOL_EXHAUSTED: httpx.PoolTimeout,
    FaultType.ERROR: httpx.NetworkError,
    FaultType.INTERMITTENT: httpx.NetworkError,
}


class FaultyTransport(httpx.BaseTransport):
    """A transport whose requests may fail, around one that does the rest."""

    def __init__(self, transport: httpx.BaseTransport, arms: Sequence[Arm]) -> None:
        self._transport, self._arms = transport, arms

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, unless a fault strikes."""
        found = strike(self._arms, request.method.lower())
        if found is None:
            return self._transport.handle_request(request)
        request.read()  # so that it can be sent twice
        steps = exchange(found, _own(request))
        response: httpx.Response = done(steps, lambda effect: self._do(effect, request, found))
        return response

    def _do(self, effect: Effect, request: httpx.Request, found: Strike) -> Any:
        if isinstance(effect, Ask):
            return self._transport.handle_request(request)
        if isinstance(effect, Read):
            response = self._transport.handle_request(request)
            response.read()
            response.close()
            return _answer(request, response)
        if isinstance(effect, Wait):
            return found.arm.clock.wait(effect.seconds, found.arm.lifted)
        if isinstance(effect, Play):
            return _played(request, Wire(effect.script, found.arm.clock, found.arm.lifted))
        with refusing() as origin, httpx.HTTPTransport(verify=False) as transport:
            return transport.handle_request(_redirected(request, origin))

    def close(self) -> None:
        """Close what does the rest."""
        self._transport.close()


class FaultyAsyncTransport(httpx.AsyncBaseTransport):
    """As `FaultyTransport`, on an event loop."""

    def __init__(self, transport: httpx.AsyncBaseTransport, arms: Sequence[Arm]) -> None:
        self._transport, self._arms = transport, arms

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, unless a fault strikes."""
        found = strike(self._arms, request.method.lower())
        if found is None:
            return await self._transport.handle_async_request(request)
        await request.aread()  # so that it can be sent twice
        steps = exchange(found, _own(request))
        made: httpx.Response = await done_async(
            steps, lambda effect: self._do(effect, request, found)
        )
        return made

    async def _do(self, effect: Effect, request: httpx.Request, found: Strike) -> Any:
        if isinstance(effect, Ask):
            return await self._transport.handle_async_request(request)
        if isinstance(effect, Read):
            response = await self._transport.handle_async_request(request)
            await response.aread()
            await response.aclose()
            return _answer(request, response)
        if isinstance(effect, Wait):
            return await found.arm.clock.wait_async(effect.seconds, found.arm.lifted)
        if isinstance(effect, Play):
            wire = Wire(effect.script, found.arm.clock, found.arm.lifted)
            return await _played_async(request, wire)
        with refusing() as origin:
            async with httpx.AsyncHTTPTransport(verify=False) as transport:
                return await transport.handle_async_request(_redirected(request, origin))

    async def aclose(self) -> None:
        """Close what does the rest."""
        await self._transport.aclose()


def _own(request: httpx.Request) -> Own:
    def making(error: type[httpx.TransportError]) -> Callable[[str], BaseException]:
        return lambda message: error(message, request=request)

    errors = {kind: making(error) for kind, error in _ERRORS.items()}
    return Own(errors, request.extensions.get("timeout", {}).get("read"))


def _answer(request: httpx.Request, response: httpx.Response) -> Answer:
    headers = response.headers.multi_items()
    return Answer.of(response.status_code, headers, response.content, request.method.lower())


def _redirected(request: httpx.Request, origin: str) -> httpx.Request:
    """The same request without its body, to another place, with the same time-outs."""
    url = httpx.URL(origin, raw_path=request.url.raw_path)
    timeouts = {k: v for k, v in request.extensions.items() if k == "timeout"}
    return httpx.Request(request.method, url, extensions=timeouts)


def _played(request: httpx.Request, wire: Wire) -> httpx.Response:
    transport = httpx.HTTPTransport(verify=False)  # it is loopback, without TLS
    try:
        response = transport.handle_request(_redirected(request, wire.origin))
    except BaseException:
        transport.close()
        wire.close()
        raise
    stream = response.stream
    if not isinstance(stream, httpx.SyncByteStream):
        raise TypeError("a synchronous transport gave an asynchronous stream")
    return _answered(response, _Stream(stream, transport, wire))


async def _played_async(request: httpx.Request, wire: Wire) -> httpx.Response:
    transport = httpx.AsyncHTTPTransport(verify=False)  # it is loopback, without TLS
    try:
        response = await transport.handle_async_request(_redirected(request, wire.origin))
    except BaseException:
        await transport.aclose()
        wire.close()
        raise
    stream = response.stream
    if not isinstance(stream, httpx.AsyncByteStream):
        raise TypeError("an asynchronous transport gave a synchronous stream")
    return _answered(response, _AsyncStream(stream, transport, wire))


def _answered(
    response: httpx.Response, stream: httpx.SyncByteStream | httpx.AsyncByteStream
) -> httpx.Response:
    """The same response, whose body comes through a stream that ends what it came by."""
    return httpx.Response(
        response.status_code,
        headers=response.headers.raw,
        stream=stream,
        extensions=response.extensions,
    )


class _Stream(httpx.SyncByteStream):
    """A body over a wire, which ends with it."""

    def __init__(
        self, stream: httpx.SyncByteStream, transport: httpx.HTTPTransport, wire: Wire
    ) -> None:
        self._stream, self._transport, self._wire = stream, transport, wire

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
        self._transport.close()
        self._wire.close()


class _AsyncStream(httpx.AsyncByteStream):
    """As `_Stream`, on an event loop."""

    def __init__(
        self, stream: httpx.AsyncByteStream, transport: httpx.AsyncHTTPTransport, wire: Wire
    ) -> None:
        self._stream, self._transport, self._wire = stream, transport, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()
        await self._transport.aclose()
        self._wire.close()


def transport_chooser(client: Any, own: Callable[..., Any], arms: Sequence[Arm]) -> Any:
    """What chooses a client's transport by URL, and makes it one that may fail."""
    make: Any = FaultyAsyncTransport if isinstance(client, httpx.AsyncClient) else FaultyTransport

    def chosen(url: Any) -> Any:
        return make(own(url), arms)

    return chosen


# How httpx chooses a transport (its own, or of `mounts`) has no public name: docs/decisions/0027.
SEAM = "_transport_for_url"
FAILING = transport_chooser
