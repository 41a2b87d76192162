"""Values as expressions take them: a function for each kind of JSON's, which refuses others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import Any

from stagepact.contract.expression.errors import EvaluationError
from stagepact.contract.expression.work import Work

MOST_DIGITS = 400
# A whole number of so many bits can be shown: Python shows 4,300 digits.
MOST_BITS = 14_000


def as_number(value: Any) -> float | int:
    """The value, if it is a number; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvaluationError(f"{shown(value)} is no number")
    return value


def as_items(value: Any) -> list[Any] | tuple[Any, ...]:
    """The items of a list, or the keys of an object."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, dict):
        return list(value)
    raise EvaluationError(f"{shown(value)} is no list")


def as_text(value: Any) -> str:
    """The value, if it is a text."""
    if not isinstance(value, str):
        raise EvaluationError(f"{shown(value)} is no text")
    return value


def as_truth(value: Any) -> bool:
    """The value, if it is true or false."""
    if not isinstance(value, bool):
        raise EvaluationError(f"{shown(value)} is neither true nor false")
    return value


def bounded(value: Any) -> Any:
    """The value, unless it is a whole number too large to be shown."""
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise EvaluationError("the number is too large")
    return value


def equal(left: Any, right: Any, work: Work) -> bool:
    """Equality as JSON has it: a bool is no number, 1 and 1.0 are the same."""
    work.spend(1)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right, repeat(work)))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k], work) for k in left)
    if isinstance(left, str):
        work.read(left)
    return bool(left == right)


def shown(value: Any) -> str:
    """A value as messages show it: its beginning, where it is long."""
    text = ""
    try:
        for piece in _pieces(value):
            text += piece
            if len(text) > 80:
                return text[:77] + "…"
    except Exception as error:  # of a huge number, or of what a subject returned
        return f"<{type(value).__qualname__}, which can't be shown: {type(error).__name__}>"
    return text


def _pieces(value: Any) -> Iterator[str]:
    """Python's `repr`, in pieces: of a large value only its beginning is needed."""
    if type(value) is str:
        yield repr(value if len(value) <= 80 else value[:100])
    elif type(value) is list:
        yield "["
        for place, each in enumerate(value):
            yield ", " if place else ""
            yield from _pieces(each)
        yield "]"
    elif type(value) is dict:
        yield "{"
        for place, (key, each) in enumerate(value.items()):
            yield ", " if place else ""
            yield from _pieces(key)
            yield ": "
            yield from _pieces(each)
        yield "}"
    else:
        yield repr(value)
