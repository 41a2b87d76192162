"""Arithmetic and comparisons, in two tables."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from stagepact.contract.expression.errors import EvaluationError
from stagepact.contract.expression.patterns import matches
from stagepact.contract.expression.values import (
    MOST_BITS,
    as_items,
    as_number,
    as_text,
    bounded,
    equal,
)
from stagepact.contract.expression.work import Work

_LARGEST_POWER = 1_000
_LONGEST_STRING = 1_000_000


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = as_number(base), as_number(exponent)
    if abs(exponent) > _LARGEST_POWER or abs(base) > 1e100:
        raise EvaluationError("the power is too large")
    if isinstance(base, int) and (base.bit_length() - 1) * exponent > MOST_BITS:
        raise EvaluationError("the number is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise EvaluationError("the power is no real number")
    return bounded(result)


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > _LONGEST_STRING:
            raise EvaluationError("the text is too long")
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    return bounded(as_number(left) + as_number(right))


def _numeric(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: bounded(function(as_number(left), as_number(right)))


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _numeric(operator.sub),
    "*": _numeric(operator.mul),
    "/": _numeric(operator.truediv),
    "//": _numeric(operator.floordiv),
    "%": _numeric(operator.mod),
    "**": _power,
}


def reckoned(mark: str, left: Any, right: Any, work: Work) -> Any:
    """The value of an arithmetic operator, its work counted first."""
    if isinstance(left, int) and isinstance(right, int):
        work.spend(left.bit_length() * right.bit_length() >> 20)
    elif isinstance(left, str | list) and isinstance(right, str | list):
        work.make(len(left) + len(right))
    return _ARITHMETIC[mark](left, right)


def _ordered(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any, Work], bool]:
    def compare(left: Any, right: Any, work: Work) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            work.read(left)
            return function(left, right)
        return function(as_number(left), as_number(right))

    return compare


def _contains(left: Any, right: Any, work: Work) -> bool:
    if isinstance(right, str):
        work.read(right)
        return as_text(left) in right
    return any(equal(left, each, work) for each in as_items(right))


COMPARE: Mapping[str, Callable[[Any, Any, Work], bool]] = {
    "==": equal,
    "!=": lambda left, right, work: not equal(left, right, work),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _contains,
    "not in": lambda left, right, work: not _contains(left, right, work),
    "matches": matches,
}
