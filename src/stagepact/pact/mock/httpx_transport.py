"""A mock provider as a transport of httpx, for clients of both kinds."""

from __future__ import annotations

import httpx

from stagepact.pact.mock.provider import Provider
from stagepact.pact.mock.wire import request_of, sent


class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Sends no request anywhere: a provider answers."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The provider's answer."""
        return answered(self._provider, request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The provider's answer, on an event loop."""
        return answered(self._provider, request, await request.aread())


def answered(provider: Provider, request: httpx.Request, data: bytes) -> httpx.Response:
    """What a provider says to a request that was read."""
    target = request.url.raw_path.decode("ascii")
    asked = request_of(request.method, target, request.headers.multi_items(), data)
    made = sent(provider.answer(asked), bare=request.method == "HEAD")
    headers = [(k.encode("latin-1"), v.encode("latin-1", "replace")) for k, v in made.headers]
    return httpx.Response(made.status, headers=headers, content=made.data, request=request)
