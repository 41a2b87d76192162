"""A thing that fails on purpose: it is such a thing, and each call asks whether a fault strikes."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import update_wrapper
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

import wrapt

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.faults.course import Arm
from stagepact.faults.http import ArmedClient, seam_of
from stagepact.faults.raised import raised
from stagepact.faults.spoiled import SPOILERS, UNSPOILED, SpoiledStream, spoiled

_SLOW = 1.0  # seconds, where none are said
_ENDLESS = float("inf")
# A stream has begun before its connection breaks.
_AFTER_THE_FIRST = frozenset({FaultType.CONNECTION_RESET, FaultType.CONNECTION_LOST})
_FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType)


def armed(thing: Any, arms: Sequence[Arm]) -> Any:
    """The thing, whose calls may fail: of several arms the last that has a fault strikes.

    A function becomes one of its own kind (async, generator, …). Any other object is stood for:
    attributes are its own, `isinstance` is answered as it would be, and its public methods and
    its call may fail. A class makes things that are armed. Of an HTTP client that is known (httpx,
    requests, aiohttp) each request may fail, as its server or its connection would.
    """
    if isinstance(thing, _FUNCTIONS):
        return armed_call(thing, arms, "")
    seam = seam_of(thing)
    return _Armed(thing, arms) if seam is None else ArmedClient(thing, seam, arms)


def unarmed(thing: Any) -> Any:
    """What an armed object stands for; anything else is itself."""
    while type(thing) in (_Armed, ArmedClient):
        thing = thing.__wrapped__
    return thing


if TYPE_CHECKING:
    _Proxy = wrapt.ObjectProxy[Any]
else:  # before wrapt 2 it takes no parameter
    _Proxy = wrapt.ObjectProxy


class _Armed(_Proxy):
    """Stands for an object. What it has of its own begins with `_self_`, by wrapt's custom."""

    def __init__(self, thing: Any, arms: Sequence[Arm]) -> None:
        super().__init__(thing)
        self._self_arms = arms
        self._self_calls: dict[str, tuple[Any, Any]] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.__wrapped__, name)
        known = self._self_calls.get(name)
        if known is not None and known[0] == value:
            return known[1]
        if name.startswith("_") or not callable(value) or isinstance(value, type):
            return value
        made = armed_call(value, self._self_arms, name)
        self._self_calls[name] = (value, made)
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        thing = self.__wrapped__
        if isinstance(thing, type):
            return armed(thing(*args, **kwargs), self._self_arms)
        return armed_call(thing, self._self_arms, "")(*args, **kwargs)

    def __aiter__(self) -> Any:
        return aiter(self.__wrapped__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copied and pickled, it is the thing itself."""
        return self.__wrapped__.__reduce_ex__(protocol)


def armed_call(call: Callable[..., Any], arms: Sequence[Arm], method: str) -> Callable[..., Any]:
    """A function whose calls may fail, of the same kind as the function."""
    code = call if inspect.isroutine(call) else type(call).__call__
    make = next((make for is_kind, make in _KINDS if is_kind(code)), _plain)
    return update_wrapper(make(call, arms, method), call)


def _strike(arms: Sequence[Arm], method: str) -> _Strike | None:
    """The fault of this call; each arm counts it."""
    found = None
    for arm in arms:
        number, fault = arm.next(method)
        if fault is not None:
            found = _Strike(arm, method, number, fault)
    return found


class _Strike:
    """One call that a fault strikes."""

    __slots__ = ("_arm", "_fault", "_method", "_number", "error", "seconds")

    def __init__(self, arm: Arm, method: str, number: int, fault: Fault) -> None:
        self._arm, self._method, self._number, self._fault = arm, method, number, fault
        self.error = raised(fault)
        self.seconds = _seconds(fault)
        if self.error is not None or self.seconds:
            self.fired()

    @property
    def kind(self) -> FaultType:
        """What strikes."""
        return self._fault.kind

    @property
    def breaks_later(self) -> bool:
        """Whether a stream gives an item before it fails."""
        return self.error is not None and self.kind in _AFTER_THE_FIRST

    def fired(self) -> None:
        """Write down that it struck."""
        self._arm.fired(self._method, self._fault, self._number)

    def wait(self) -> None:
        """Let the fault's seconds pass, then raise what it raises."""
        if self.seconds:
            self._arm.clock.wait(self.seconds, self._arm.lifted)
        if self.error is not None and not self.breaks_later:
            raise self.error

    async def wait_async(self) -> None:
        """As `wait`, on an event loop."""
        if self.seconds:
            await self._arm.clock.wait_async(self.seconds, self._arm.lifted)
        if self.error is not None and not self.breaks_later:
            raise self.error

    def raise_later(self) -> None:
        """Raise what is raised once a stream has begun, or where there is no stream."""
        if self.error is not None:
            raise self.error

    @property
    def spoils(self) -> bool:
        """Whether it changes what comes back."""
        return self.kind in SPOILERS and self.error is None

    def spoiled(self, value: Any) -> Any:
        """What comes back instead; `UNSPOILED` where this can't be spoiled so."""
        found = spoiled(self.kind, value, self._fault.members)
        if found is not UNSPOILED:
            self.fired()
        return found

    def stream(self) -> SpoiledStream:
        """What spoils a stream so."""
        return SpoiledStream(self.kind, self._fault.members)

    def pushed(self, stream: SpoiledStream, item: Any) -> tuple[Any, ...]:
        """What a spoiled stream gives for one more item."""
        return self._noted(stream, stream.push, item)

    def ended(self, stream: SpoiledStream) -> tuple[Any, ...]:
        """What a spoiled stream gives in the end."""
        return self._noted(stream, stream.end)

    def _noted(
        self, stream: SpoiledStream, go_on: Callable[..., tuple[Any, ...]], *item: Any
    ) -> tuple[Any, ...]:
        before = stream.fired
        out = go_on(*item)
        if stream.fired and not before:
            self.fired()
        return out

    def doubled(self) -> bool:
        """Whether the call itself comes twice, for its result can't; that is written down."""
        if self.kind is FaultType.DUPLICATED:
            self.fired()
        return self.kind is FaultType.DUPLICATED


def _seconds(fault: Fault) -> float:
    if fault.kind is FaultType.HANG:
        return fault.duration or _ENDLESS
    if fault.kind is FaultType.SLOW:
        return _SLOW if fault.duration is None else fault.duration
    return fault.duration or 0.0


# -- functions of each kind ------------------------------------------------------------------------


def _plain(call: Callable[..., Any], arms: Sequence[Arm], method: str) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        strike = _strike(arms, method)
        if strike is None:
            return call(*args, **kwargs)
        return _struck(strike, call, args, kwargs)

    return called


def _struck(strike: _Strike, call: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    strike.wait()
    strike.raise_later()
    result = call(*args, **kwargs)
    if not strike.spoils:
        return result
    if inspect.isawaitable(result):
        return _spoiled_later(strike, result, lambda: call(*args, **kwargs))
    if inspect.isasyncgen(result):
        return _stream_async(strike, result)
    if inspect.isgenerator(result):
        return _stream(strike, result)
    found = strike.spoiled(result)
    if found is UNSPOILED:
        return call(*args, **kwargs) if strike.doubled() else result
    return found


async def _spoiled_later(
    strike: _Strike, result: Awaitable[Any], again: Callable[[], Awaitable[Any]]
) -> Any:
    value = await result
    found = strike.spoiled(value)
    if found is UNSPOILED:
        return await again() if strike.doubled() else value
    return found


def _asynchronous(call: Callable[..., Any], arms: Sequence[Arm], method: str) -> Any:
    async def called(*args: Any, **kwargs: Any) -> Any:
        strike = _strike(arms, method)
        if strike is None:
            return await call(*args, **kwargs)
        await strike.wait_async()
        strike.raise_later()
        if not strike.spoils:
            return await call(*args, **kwargs)
        return await _spoiled_later(strike, call(*args, **kwargs), lambda: call(*args, **kwargs))

    return called


def _streaming_async(call: Callable[..., Any], arms: Sequence[Arm], method: str) -> Any:
    async def called(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        strike = _strike(arms, method)
        items = call(*args, **kwargs)
        if strike is not None:
            await strike.wait_async()
            items = _stream_async(strike, items)
        async for item in items:
            yield item

    return called


async def _stream_async(strike: _Strike, items: AsyncIterator[Any]) -> AsyncIterator[Any]:
    stream = strike.stream() if strike.spoils else None
    async for item in items:
        for out in (item,) if stream is None else strike.pushed(stream, item):
            yield out
        strike.raise_later()
    strike.raise_later()
    for out in () if stream is None else strike.ended(stream):
        yield out


def _streaming(call: Callable[..., Any], arms: Sequence[Arm], method: str) -> Any:
    def called(*args: Any, **kwargs: Any) -> Iterator[Any]:
        strike = _strike(arms, method)
        items = call(*args, **kwargs)
        if strike is not None:
            strike.wait()
            items = _stream(strike, items)
        yield from items

    return called


def _stream(strike: _Strike, items: Iterator[Any]) -> Iterator[Any]:
    stream = strike.stream() if strike.spoils else None
    for item in items:
        yield from (item,) if stream is None else strike.pushed(stream, item)
        strike.raise_later()
    strike.raise_later()
    yield from () if stream is None else strike.ended(stream)


_KINDS: tuple[tuple[Callable[[Any], bool], Callable[..., Any]], ...] = (
    (inspect.iscoroutinefunction, _asynchronous),
    (inspect.isasyncgenfunction, _streaming_async),
    (inspect.isgeneratorfunction, _streaming),
)
