"""What an app object tells of itself without being called."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from stagepact.subject.protocols.apps import call_names


def plain(scope: Any, _receive: Any, send: Any) -> None: ...


def with_defaults(scope: Any, receive: Any = None, *rest: Any, send: Any, **more: Any) -> None: ...


def positional_only(scope: Any, /, receive: Any) -> None: ...


async def later(scope: Any, receive: Any, send: Any) -> None: ...


@functools.wraps(plain)
def wrapped(*args: Any, **kwargs: Any) -> None: ...


def signed(*args: Any) -> None: ...


signed.__signature__ = inspect.signature(positional_only)  # type: ignore[attr-defined]


class App:
    def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (plain, ("scope", "receive", "send")),
        (with_defaults, ("scope",)),
        (positional_only, ("scope", "receive")),
        (later, ("scope", "receive", "send")),
        (wrapped, ("scope", "receive", "send")),
        (signed, ("scope", "receive")),
        (lambda: None, ()),
        (App(), ("scope", "receive", "send")),
        (App().__call__, ("scope", "receive", "send")),
        (functools.partial(plain, None), ("receive", "send")),
        (App, ()),
        ("no callable", ()),
    ],
)
def test_the_arguments_that_a_call_must_give_are_told_by_name(
    value: Callable[..., Any], names: tuple[str, ...]
) -> None:
    assert call_names(value) == names
