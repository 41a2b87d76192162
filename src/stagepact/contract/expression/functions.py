"""The functions of expressions, in a table."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from stagepact.contract.expression.errors import EvaluationError
from stagepact.contract.expression.values import (
    MOST_DIGITS,
    as_items,
    as_number,
    as_text,
    as_truth,
    equal,
    shown,
)
from stagepact.contract.expression.work import Work


def _length(value: Any) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise EvaluationError(f"{shown(value)} has no length")


def _distinct(value: Any, work: Work) -> bool:
    items = as_items(value)
    if set(map(type, items)) in ({str}, {int}):
        return len(set(items)) == len(items)
    return not any(equal(a, b, work) for i, a in enumerate(items) for b in items[:i])


def _sorted(value: Any, work: Work) -> list[Any]:
    items = as_items(value)
    for each in items:
        if isinstance(each, list | tuple):  # compared item by item
            work.walk(each)
    return sorted(items)


def _string(value: Any, work: Work) -> str:
    """A text as it is; a number as Python writes it; all else as JSON does."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | list | tuple | dict):
        work.walk(value)
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _total(values: Any) -> float | int:
    return sum(as_number(each) for each in as_items(values))


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def function(*arguments: Any) -> Any:
        values = as_items(arguments[0]) if len(arguments) == 1 else list(arguments)
        if not values:
            raise EvaluationError(f"{choose.__name__} of nothing")
        return choose(as_number(each) for each in values)

    return function


_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def _parsed_number(value: Any) -> float | int:
    """A number as it is; of a text, what it says in digits: no `nan`, no `inf`, no `1_000`."""
    if not isinstance(value, str):
        return as_number(value)
    text = value.strip()
    if _NUMBER.fullmatch(text):
        number = int(text) if re.fullmatch(r"[+-]?\d{1,400}", text) else float(text)
        if math.isfinite(number):
            return number
    raise EvaluationError(f"{shown(value)} is no number")


def _few_digits(digits: Any) -> int:
    # Rounding a whole number to -10**9 digits would reckon with 10**10**9.
    if abs(as_number(digits)) > MOST_DIGITS:
        raise EvaluationError(f"rounding to {shown(digits)} digits")
    return int(digits)


def _keys(value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise EvaluationError(f"{shown(value)} is no object")
    return list(value)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": _length,
    "sum": _total,
    "min": _extreme(min),
    "max": _extreme(max),
    "abs": lambda value: abs(as_number(value)),
    "round": lambda value, digits=0: round(as_number(value), _few_digits(digits)),
    "floor": lambda value: math.floor(as_number(value)),
    "ceil": lambda value: math.ceil(as_number(value)),
    "sorted": _sorted,
    "distinct": _distinct,
    "keys": _keys,
    "values": lambda value: [value[key] for key in _keys(value)],
    "lower": lambda value: as_text(value).lower(),
    "upper": lambda value: as_text(value).upper(),
    "string": _string,
    "number": _parsed_number,
    "all": lambda values: all(as_truth(each) for each in as_items(values)),
    "any": lambda values: any(as_truth(each) for each in as_items(values)),
    "count": lambda values: len(as_items(values)),
}
# They count their own work, which grows faster than what they are given.
COUNTING = frozenset({"distinct", "sorted", "string"})
# Of the functions that take more than one.
MOST_ARGUMENTS = {"round": 2, "min": 1_000, "max": 1_000, "exists": 1_000}
