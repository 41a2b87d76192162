"""How a consumer's handler is called: with a message, or with a way to a provider."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

METADATA = "metadata"
_ONLY, _EITHER = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
_MANY = inspect.Parameter.VAR_POSITIONAL
_MORE = inspect.Parameter.VAR_KEYWORD


def on_message(handler: Callable[..., Any], contents: Any, metadata: Mapping[str, Any]) -> Any:
    """What a handler makes of a message; of an `async` one the coroutine.

    It gets the contents, and the metadata where it takes two or has a parameter `metadata`.
    """
    parameters = inspect.signature(handler).parameters
    there = parameters.get(METADATA)
    if there is not None and there.kind is inspect.Parameter.KEYWORD_ONLY:
        return handler(contents, metadata=dict(metadata))
    places = [each for each in parameters.values() if each.kind in {_ONLY, _EITHER}]
    required = [each for each in places if each.default is inspect.Parameter.empty]
    both = len(required) > 1 or (there in places[1:2] and there is not None)
    return handler(contents, dict(metadata)) if both else handler(contents)


def is_async(handler: Callable[..., Any]) -> bool:
    """Whether calling it gives a coroutine."""
    call = getattr(handler, "__call__", None)  # noqa: B004 - it is asked of an object's class
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call)


def ways(handler: Callable[..., Any]) -> tuple[str, ...]:
    """The names of a handler's parameters that have to be filled."""
    parameters = inspect.signature(handler).parameters.values()
    wanted = (each for each in parameters if each.kind not in {_MANY, _MORE})
    return tuple(each.name for each in wanted if each.default is inspect.Parameter.empty)
