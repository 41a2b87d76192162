"""What can be told about an app object without calling it: by the signature of its call."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, get_type_hints

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

# With one of these a function has another's signature.
_REDIRECTING = frozenset({"__wrapped__", "__signature__"})

Names = tuple[str, ...]


def call_names(value: Any) -> Names:
    """The names of the arguments that a call must give; empty for classes and what can't tell.

    Leading underscores are taken off: they say that an argument is unused.
    """
    if isinstance(value, type) or not callable(value):
        return ()
    return _required(value)


def makes(value: Any, speaks: Callable[[Names], bool]) -> bool:
    """Whether a value is called without arguments and says that it returns an app."""
    if isinstance(value, type) or not inspect.isroutine(value) or _required(value):
        return False
    try:
        made = get_type_hints(value).get("return")
    except Exception:  # A string annotation is the user's code, which may raise anything.
        return False
    return isinstance(made, type) and speaks(_required(made.__call__)[1:])


def _required(value: Any) -> Names:
    if type(value) is FunctionType and _REDIRECTING.isdisjoint(value.__dict__):
        # What `inspect` would find, too, at a tenth of the cost: discovery asks every function.
        code, defaults = value.__code__, value.__defaults__ or ()
        plain = code.co_varnames[: code.co_argcount - len(defaults)]
        return tuple(name.lstrip("_") for name in plain)
    try:
        parameters = inspect.signature(value).parameters.values()
    except Exception:  # Proxies and mocks may raise anything when they are looked at.
        return ()
    needed = [each for each in parameters if each.default is each.empty]
    return tuple(each.name.lstrip("_") for each in needed if each.kind in _POSITIONAL)
