"""A thing that fails on purpose: it is such a thing, and each call asks whether a fault strikes."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from functools import update_wrapper
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.faults.course import Arm
from stagepact.faults.http import ArmedClient, ObjectProxy, seam_of
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
    if seam is not None:
        return ArmedClient(thing, seam, arms)
    return _armed_class(type(thing))(thing, arms)


def unarmed(thing: Any) -> Any:
    """What an armed object stands for; anything else is itself."""
    while issubclass(type(thing), _Armed | ArmedClient):
        thing = thing.__wrapped__
    return thing


class _Armed(ObjectProxy):
    """Stands for an object. What it has of its own begins with `_self_`, by wrapt's custom.

    A subclass for the object's class has a `_Slot` for each method, and with the first call of one
    the armed method itself stands on the proxy: a lookup that fails first costs more than a call.
    """

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

    def _self_found(self, name: str) -> Any:
        """A method of the object's class; from now on it is found without a `_Slot`."""
        thing = self.__wrapped__
        value = getattr(thing, name)
        if not isinstance(value, MethodType) or value.__self__ is not thing:
            return self.__getattr__(name)
        made = _made(value, (thing, name), self._self_arms, name)
        super().__setattr__(name, made)
        return made

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            super().__setattr__(name, value)
        else:
            setattr(self.__wrapped__, name, value)

    def __delattr__(self, name: str) -> None:
        if name.startswith("_"):
            super().__delattr__(name)
        else:
            delattr(self.__wrapped__, name)

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


class _Slot:
    """A method of an object's class, until it was asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, armed: Any, owner: type | None = None) -> Any:
        return self if armed is None else armed._self_found(self._name)


_classes: WeakKeyDictionary[type, type[_Armed]] = WeakKeyDictionary()


def _armed_class(kind: type) -> type[_Armed]:
    """What stands for objects of a class."""
    found = _classes.get(kind)
    if found is None:
        names = [name for name in dir(kind) if not name.startswith("_")]
        methods = [name for name in names if inspect.isfunction(inspect.getattr_static(kind, name))]
        found = type("_Armed", (_Armed,), {name: _Slot(name) for name in methods})
        _classes[kind] = found
    return found


def armed_call(call: Callable[..., Any], arms: Sequence[Arm], method: str) -> Callable[..., Any]:
    """A function whose calls may fail, of the same kind as the function."""
    return _made(call, (_Alone(call), "call"), arms, method)


class _Alone(NamedTuple):
    """Owns a function that is no object's method."""

    call: Callable[..., Any]


_Place = tuple[Any, str]
"""An owner and a name: what is called is what stands there then, for it may be replaced."""


def _made(
    like: Callable[..., Any], place: _Place, arms: Sequence[Arm], method: str
) -> Callable[..., Any]:
    """A function that looks like one, calls what stands at a place, and may fail."""
    code = like if inspect.isroutine(like) else type(like).__call__
    make = next((make for is_kind, make in _KINDS if is_kind(code)), _plain)
    return update_wrapper(make(place, arms, method), like)


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


def _plain(place: _Place, arms: Sequence[Arm], method: str) -> Callable[..., Any]:
    owner, name = place

    def called(*args: Any, **kwargs: Any) -> Any:
        strike = _strike(arms, method)
        if strike is None:
            return getattr(owner, name)(*args, **kwargs)
        return _struck(strike, getattr(owner, name), args, kwargs)

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


def _asynchronous(place: _Place, arms: Sequence[Arm], method: str) -> Any:
    owner, name = place

    async def called(*args: Any, **kwargs: Any) -> Any:
        strike = _strike(arms, method)
        if strike is None:
            return await getattr(owner, name)(*args, **kwargs)
        call = getattr(owner, name)
        await strike.wait_async()
        strike.raise_later()
        if not strike.spoils:
            return await call(*args, **kwargs)
        return await _spoiled_later(strike, call(*args, **kwargs), lambda: call(*args, **kwargs))

    return called


def _streaming_async(place: _Place, arms: Sequence[Arm], method: str) -> Any:
    owner, name = place

    async def called(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        strike = _strike(arms, method)
        items = getattr(owner, name)(*args, **kwargs)
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


def _streaming(place: _Place, arms: Sequence[Arm], method: str) -> Any:
    owner, name = place

    def called(*args: Any, **kwargs: Any) -> Iterator[Any]:
        strike = _strike(arms, method)
        items = getattr(owner, name)(*args, **kwargs)
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
