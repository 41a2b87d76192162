"""HTTP clients as things that fail: where each kind of client is taken hold of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any

import wrapt

from stagepact.errors import Misuse, Place, Problem
from stagepact.faults.course import Arm

# Late, for they need the client's library: docs/decisions/0002.
_MODULES = {
    ("httpx", "Client"): "stagepact.faults.httpx_client",
    ("httpx", "AsyncClient"): "stagepact.faults.httpx_client",
    ("requests", "Session"): "stagepact.faults.requests_client",
    ("aiohttp", "ClientSession"): "stagepact.faults.aiohttp_client",
}


class FaultClientError(Misuse):
    """A client of a version in which it can't be made to fail."""


@dataclass(frozen=True, slots=True)
class Seam:
    """The attribute of a client that leads to its connections, and how it is made to fail."""

    name: str
    make: Callable[[Any, Any, Sequence[Arm]], Any]

    def failing(self, client: Any, arms: Sequence[Arm]) -> Any:
        """What is to stand there instead.

        Raises:
            FaultClientError: this version of the client has no such attribute.
        """
        if not hasattr(client, self.name):
            raise _too_old(client, self.name)
        return self.make(client, getattr(client, self.name), arms)


def seam_of(thing: Any) -> Seam | None:
    """Where a thing is taken hold of if it is a client that is known; else nothing."""
    client = thing.__wrapped__ if type(thing) is ArmedClient else thing
    for kind in type(client).__mro__:
        module = _MODULES.get((kind.__module__.partition(".")[0], kind.__name__))
        if module is not None:
            found = import_module(module)
            return Seam(found.SEAM, found.FAILING)
    return None


def _too_old(client: Any, name: str) -> FaultClientError:
    kind = type(client)
    found = f"a {kind.__module__}.{kind.__qualname__} without `{name}`"
    advice = "upgrade the client, or put `tcp_proxy` before its server"
    problem = Problem(Place("faults"), found, "a version that has it", advice, "old-client")
    return FaultClientError(problem)


if TYPE_CHECKING:
    ObjectProxy = wrapt.ObjectProxy[Any]
else:
    ObjectProxy = wrapt.ObjectProxy  # no generic class before wrapt 2


class ArmedClient(ObjectProxy):
    """Stands for a client: its methods run on this object, which has another seam."""

    def __init__(self, client: Any, seam: Seam, arms: Sequence[Arm]) -> None:
        super().__init__(client)
        self._self_seam = seam.name
        self._self_failing = seam.failing(client, arms)

    def __getattr__(self, name: str) -> Any:
        if name == self._self_seam:
            return self._self_failing
        value = getattr(self.__wrapped__, name)
        if isinstance(value, MethodType) and value.__self__ is self.__wrapped__:
            return MethodType(value.__func__, self)
        return value

    def __enter__(self) -> Any:
        self.__wrapped__.__enter__()
        return self

    async def __aenter__(self) -> Any:
        await self.__wrapped__.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self.__wrapped__.__aexit__(*error)
