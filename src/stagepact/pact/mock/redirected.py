"""Clients taken hold of in process: what they send to a mock's host, the mock answers.

httpx and requests are met where they hand a request to the network, aiohttp where it opens a
connection. All else that they send goes its way. Nothing is held when no mock is open.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

import wrapt

from stagepact.pact.mock.provider import Provider
from stagepact.pact.mock.sockets import connected

_LOCK = RLock()
_HOSTS: dict[str, Provider] = {}
_HELD: list[tuple[type, str, Any, Any]] = []
_WATCHED: set[str] = set()


@contextmanager
def redirected(provider: Provider) -> Iterator[str]:
    """A URL at which httpx, requests and aiohttp find a provider while the block lasts."""
    with _LOCK:
        host = _free_host(provider.name)
        _HOSTS[host] = provider
        if len(_HOSTS) == 1:
            _hold_all()
    try:
        yield f"http://{host}"
    finally:
        with _LOCK:
            del _HOSTS[host]
            if not _HOSTS:
                _let_go()


def _free_host(name: str) -> str:
    """A name of the reserved domain `.test` (RFC 6761), so that no such host can be met."""
    label = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "provider"
    host, number = f"{label}.pact.test", 1
    while host in _HOSTS:
        number += 1
        host = f"{label}-{number}.pact.test"
    return host


def _hold_all() -> None:
    for name in _CLIENTS:
        if name in sys.modules:
            _hold(name)
        elif name not in _WATCHED:
            _WATCHED.add(name)
            wrapt.register_post_import_hook(_imported, name)


def _imported(module: Any) -> None:
    with _LOCK:
        if _HOSTS:
            _hold(module.__name__)


def _hold(name: str) -> None:
    if any(kind.__module__.partition(".")[0] == name for kind, *_ in _HELD):
        return
    for module, kind_name, method, make in _CLIENTS[name]:
        kind = getattr(import_module(module), kind_name)
        own = getattr(kind, method)
        ours = make(own)
        setattr(kind, method, ours)
        _HELD.append((kind, method, own, ours))


def _let_go() -> None:
    while _HELD:
        kind, method, own, ours = _HELD.pop()
        if getattr(kind, method) is ours:  # else another tool holds it by now, around ours
            setattr(kind, method, own)


def _httpx(own: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, request: Any) -> Any:
        provider = _HOSTS.get(request.url.host)
        if provider is None:
            return own(self, request)
        return _late("httpx_transport").answered(provider, request, request.read())

    return handle_request


def _httpx_async(own: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, request: Any) -> Any:
        provider = _HOSTS.get(request.url.host)
        if provider is None:
            return await own(self, request)
        return _late("httpx_transport").answered(provider, request, await request.aread())

    return handle_async_request


def _requests(own: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, request: Any, *args: Any, **how: Any) -> Any:
        provider = _HOSTS.get(urlsplit(request.url).hostname or "")
        if provider is None:
            return own(self, request, *args, **how)
        return _late("requests_adapter").answered(provider, request)

    return send


def _aiohttp(own: Callable[..., Any]) -> Callable[..., Any]:
    async def _create_connection(self: Any, req: Any, *args: Any, **how: Any) -> Any:
        provider = _HOSTS.get(req.url.host or "")
        if provider is None:
            return await own(self, req, *args, **how)
        near = connected(provider)
        _, protocol = await self._loop.create_connection(self._factory, sock=near)
        return protocol

    return _create_connection


def _late(name: str) -> Any:
    return import_module(f"stagepact.pact.mock.{name}")


# Where aiohttp opens a connection has no public name: docs/decisions/0031.
_CLIENTS: dict[str, tuple[tuple[str, str, str, Callable[..., Any]], ...]] = {
    "httpx": (
        ("httpx", "HTTPTransport", "handle_request", _httpx),
        ("httpx", "AsyncHTTPTransport", "handle_async_request", _httpx_async),
    ),
    "requests": (("requests.adapters", "HTTPAdapter", "send", _requests),),
    "aiohttp": (("aiohttp", "TCPConnector", "_create_connection", _aiohttp),),
}
