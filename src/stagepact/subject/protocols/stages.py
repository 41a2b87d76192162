"""The shape of a stage, and who a stage is under its wrappers: by looking only, nothing is called.

Classes are asked, not instances: an instance's `__getattr__` is the user's code. No framework is
imported here, so a shape is a matter of names.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import FunctionType
from typing import Any, TypeGuard


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with so many arguments by position."""
    try:
        inspect.signature(function).bind(*(None,) * count)
    except (TypeError, ValueError):
        return False
    return True


def is_stage(value: object) -> bool:
    """Whether a value is a stage's class or instance: concrete, with an async `execute(ctx)`.

    It must also say its kind or its name, or that `execute` returns a StageOutput: many things
    can be executed.
    """
    cls = _class_of(value)
    if getattr(cls, "_is_protocol", False) or inspect.isabstract(cls) or not _executes(cls):
        return False
    return _is_told(cls) or _mentions(cls.execute, "return", "StageOutput")


def is_stage_function(value: object) -> bool:
    """Whether a value is a stage as a bare function: a StageContext in, a StageOutput out."""
    if not is_function(value) or not _is_runner(value):
        return False
    first = next(iter(inspect.signature(value).parameters))
    return _mentions(value, first, "StageContext") and _mentions(value, "return", "StageOutput")


def is_function(value: object) -> TypeGuard[FunctionType]:
    """Whether a value is a function or a lambda; `isinstance` would ask the value itself."""
    return issubclass(type(value), FunctionType)


def implementation(runner: Any) -> Any:
    """The user's class, instance or function under the wrappers round it."""
    seen: list[Any] = []
    while not any(runner is each for each in seen):
        seen.append(runner)
        runner = next(_held(runner), runner)
    return runner


def identity_of(code: Any, otherwise: str) -> str:
    """`module:qualname` of a class, a function or an instance's class.

    For a lambda, or what was made inside a function, which no import reaches: `otherwise`.
    """
    named = code if hasattr(code, "__qualname__") else type(code)
    if "<" in named.__qualname__:
        return otherwise
    return f"{named.__module__}:{named.__qualname__}"


def _class_of(value: object) -> Any:
    """A class itself, or an instance's class; `isinstance` would ask the instance."""
    return value if issubclass(type(value), type) else type(value)


def _executes(cls: Any) -> bool:
    execute = getattr(cls, "execute", None)
    return inspect.iscoroutinefunction(execute) and takes(execute, 2)


def _is_told(cls: type) -> bool:
    annotations = getattr(cls, "__annotations__", {})
    return any(hasattr(cls, name) or name in annotations for name in ("kind", "name"))


def _mentions(function: Any, name: str, word: str) -> bool:
    return word in str(getattr(function, "__annotations__", {}).get(name))


# What a wrapper calls the thing that it wraps; stageflow's own wrappers among them.
_HELD = ("__wrapped__", "stage", "runner", "wrapped", "inner", "stage_cls", "cls")


def _held(wrapper: Any) -> Iterator[Any]:
    """The runners that a wrapper holds under one of the usual names."""
    if isinstance(wrapper, functools.partial):
        yield wrapper.func
    if isinstance(wrapper, type):
        return
    for name in _HELD:
        for value in (*_enclosed(wrapper, name), *_attribute(wrapper, name)):
            if _is_runner(value):
                yield value


def _enclosed(wrapper: Any, name: str) -> Iterator[Any]:
    """What a function has in its closure, or as a parameter's default."""
    if not is_function(wrapper):
        return
    code, defaults = wrapper.__code__, wrapper.__defaults__ or ()
    with_default = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
    if name in with_default:
        yield defaults[with_default.index(name)]
    if name in code.co_freevars and wrapper.__closure__:
        with suppress(ValueError):  # a cell that isn't filled yet
            yield wrapper.__closure__[code.co_freevars.index(name)].cell_contents


def _attribute(wrapper: Any, name: str) -> Iterator[Any]:
    """What an instance or function itself has as an attribute; no property is asked."""
    if name in getattr(wrapper, "__dict__", {}):
        yield wrapper.__dict__[name]
    elif inspect.ismemberdescriptor(inspect.getattr_static(type(wrapper), name, None)):
        yield getattr(wrapper, name, None)


def _is_runner(value: Any) -> bool:
    """Whether a value is what a pipeline takes: something to execute, or an async function."""
    if isinstance(value, functools.partial) or _executes(_class_of(value)):
        return True
    return inspect.iscoroutinefunction(value) and takes(value, 1)
