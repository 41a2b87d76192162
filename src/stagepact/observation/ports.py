"""A port whose calls are seen: it behaves as the port does, and writes down each call."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from functools import lru_cache
from time import perf_counter
from typing import Any

from stagepact.observation.model import Call
from stagepact.subject.tracebacks import LONGEST_MESSAGE

Write = Callable[[Call], None]

_UNTOUCHED = (str, bytes, int, float, bool, type(None), list, dict, tuple, set, frozenset)


class SeenPort:
    """Stands for a port: attributes are the port's own, its methods write down their calls.

    `isinstance` is answered as the port would answer it.
    """

    __slots__ = ("_began", "_clock", "_name", "_port", "_write")

    def __init__(
        self, name: str, port: Any, write: Write, began: float, clock: Callable[[], float]
    ) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_port", port)
        object.__setattr__(self, "_write", write)
        object.__setattr__(self, "_began", began)
        object.__setattr__(self, "_clock", clock)

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return type(object.__getattribute__(self, "_port"))
        value = getattr(object.__getattribute__(self, "_port"), name)
        if name.startswith("__") or not callable(value) or isinstance(value, type):
            return value
        return _seen(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_port"), name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call a port that is a function, or whose objects can be called."""
        return _seen(self, "", object.__getattribute__(self, "_port"))(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(object.__getattribute__(self, "_port"))

    def __len__(self) -> int:
        return len(object.__getattribute__(self, "_port"))

    def __iter__(self) -> Iterator[Any]:
        return iter(object.__getattribute__(self, "_port"))

    def __bool__(self) -> bool:
        return bool(object.__getattribute__(self, "_port"))

    def __contains__(self, key: object) -> bool:
        return key in object.__getattribute__(self, "_port")

    def __getitem__(self, key: Any) -> Any:
        return object.__getattribute__(self, "_port")[key]

    def __enter__(self) -> Any:
        return object.__getattribute__(self, "_port").__enter__()

    def __exit__(self, *exc: Any) -> Any:
        return object.__getattribute__(self, "_port").__exit__(*exc)

    async def __aenter__(self) -> Any:
        return await object.__getattribute__(self, "_port").__aenter__()

    async def __aexit__(self, *exc: Any) -> Any:
        return await object.__getattribute__(self, "_port").__aexit__(*exc)


def seen_port(
    name: str, port: Any, write: Write, began: float, clock: Callable[[], float] = perf_counter
) -> Any:
    """The port with its calls written down; plain data has none and stays as it is."""
    if isinstance(port, _UNTOUCHED):
        return port
    return SeenPort(name, port, write, began, clock)


def message_of(error: BaseException) -> str:
    """An exception's message, to a limit; its `__str__` is the user's code and may raise."""
    try:
        return str(error)[:LONGEST_MESSAGE]
    except BaseException as fault:
        return f"<its message raises {type(fault).__name__}>"


@lru_cache(maxsize=1024)
def _signature(function: Any) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def _arguments(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Arguments by parameter name; by position where the signature doesn't tell."""
    bound_to = getattr(function, "__self__", None)
    plain = getattr(function, "__func__", function) if bound_to is not None else function
    try:
        signature = _signature(plain)
        if signature is not None:
            given = (bound_to, *args) if plain is not function else args
            arguments = dict(signature.bind(*given, **kwargs).arguments)
            if plain is not function:
                arguments.pop(next(iter(signature.parameters)), None)
            return arguments
    except TypeError:  # a wrong call is the subject's affair: the port itself will refuse it
        pass
    return {**{str(index): value for index, value in enumerate(args)}, **kwargs}


def _seen(seen: SeenPort, method: str, function: Any) -> Callable[..., Any]:
    port = object.__getattribute__(seen, "_name")
    write: Write = object.__getattribute__(seen, "_write")
    began: float = object.__getattribute__(seen, "_began")
    clock: Callable[[], float] = object.__getattribute__(seen, "_clock")

    def note(
        arguments: dict[str, Any], at: float, result: Any, error: BaseException | None
    ) -> None:
        duration = clock() - at
        message = "" if error is None else f"{type(error).__name__}: {message_of(error)}"
        write(Call(port, method, arguments, result, message, at - began, duration))

    def call(*args: Any, **kwargs: Any) -> Any:
        at = clock()
        arguments = _arguments(function, args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            note(arguments, at, None, error)
            raise
        if inspect.iscoroutine(result):
            return _awaited(result, arguments, at, note)
        if inspect.isasyncgen(result):
            return _streamed(result, arguments, at, note)
        note(arguments, at, result, None)
        return result

    return call


Note = Callable[[dict[str, Any], float, Any, BaseException | None], None]


async def _awaited(result: Any, arguments: dict[str, Any], at: float, note: Note) -> Any:
    try:
        value = await result
    except BaseException as error:
        note(arguments, at, None, error)
        raise
    note(arguments, at, value, None)
    return value


async def _streamed(
    result: Any, arguments: dict[str, Any], at: float, note: Note
) -> AsyncIterator[Any]:
    items: list[Any] = []
    try:
        async for item in result:
            items.append(item)
            yield item
    except BaseException as error:
        note(arguments, at, items, error)
        raise
    note(arguments, at, items, None)
