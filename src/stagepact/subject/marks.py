"""Decorators by which code says what stagepact shall make of it; they change nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T", bound=Callable[..., Any])

_ATTRIBUTE = "__stagepact_mark__"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorator has said: a subject's name and tags, or why it is to be left alone."""

    subject: bool = False
    name: str | None = None
    tags: frozenset[str] = frozenset()
    skip: str = ""


def contract_subject(name: str | None = None, tags: Iterable[str] = ()) -> Callable[[T], T]:
    """Make a function, class or callable object a subject, found by looking into its module."""
    if name is not None and not isinstance(name, str):
        raise TypeError("write @contract_subject() with its parentheses")
    told = frozenset(tags)
    return lambda marked: _marked(marked, replace(_own(marked), subject=True, name=name, tags=told))


def skip_contract_tests(reason: str) -> Callable[[T], T]:
    """Leave a stage, pipeline factory or function alone; every report says so, with the reason."""
    if not isinstance(reason, str) or not reason.strip():
        raise TypeError("write @skip_contract_tests('the reason')")
    return lambda marked: _marked(marked, replace(_own(marked), skip=reason))


def mark_of(value: object) -> Mark:
    """What decorators have said of a function or class, or of an instance's class."""
    own = _own(value)
    return own if own != Mark() or isinstance(value, type) else _own(type(value))


def own_mark_of(value: object) -> Mark:
    """What decorators have said of this very object: a partial, a callable instance."""
    try:
        return _own(value)
    except Exception:  # a proxy of nothing raises whatever is asked of it
        return Mark()


def tags_of(value: object) -> frozenset[str]:
    """The tags of a subject: those of its mark, and of an attribute `stagepact_tags`."""
    tags = getattr(value, "stagepact_tags", ())
    plain = tags if isinstance(tags, list | tuple | set | frozenset) else ()
    return mark_of(value).tags | {tag for tag in plain if isinstance(tag, str)}


def _own(value: object) -> Mark:
    """The mark of this very object: a subclass says its own, it doesn't inherit."""
    mark = getattr(value, "__dict__", {}).get(_ATTRIBUTE)
    return mark if isinstance(mark, Mark) else Mark()


def _marked(value: T, mark: Mark) -> T:
    setattr(value, _ATTRIBUTE, mark)
    return value
