"""Why an expression is not true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from stagepact.contract.expression.errors import EvaluationError, UndecidedError
from stagepact.contract.expression.evaluation import first_false, tolerated, value_of
from stagepact.contract.expression.tree import Binary, Comparison, Expression, Literal, Node
from stagepact.contract.expression.values import shown
from stagepact.contract.expression.work import Work


def explain(expression: Expression, names: Mapping[str, Any]) -> str:
    """Why an expression is not true: the parts that are false, with their values."""
    told: dict[str, None] = {}
    try:
        for reason in _reasons(expression.root, expression.text, names, Work()):
            told[reason] = None
    except UndecidedError:
        pass  # that it isn't true is known; not all of the why
    except EvaluationError as error:
        error.text = expression.text
        raise
    return "; ".join(told) or f"{expression.text} is not true"


def _reasons(node: Node, text: str, names: Mapping[str, Any], work: Work) -> Iterator[str]:
    if isinstance(node, Binary) and node.operator == "implies":
        yield f"{_said(node.left, text)} is true"
        yield from _reasons(node.right, text, names, work)
    elif isinstance(node, Binary) and node.operator in ("and", "or"):
        parts = (node.left, node.right)
        lost = (part for part in parts if value_of(part, names, work) is not True)
        for part in islice(lost, 1 if node.operator == "and" else None):
            yield from _reasons(part, text, names, work)
    elif isinstance(node, Comparison):
        yield from _compared(node, text, names, work)
    else:
        yield f"{_said(node, text)} = {shown(value_of(node, names, work))}"


def _compared(node: Comparison, text: str, names: Mapping[str, Any], work: Work) -> Iterator[str]:
    """The operands up to the one that doesn't hold, and what `≈` allows."""
    place = first_false(node, names, work)
    compared = node.operands if place is None else node.operands[: place + 2]
    for operand in compared:
        if not isinstance(operand, Literal):
            yield f"{_said(operand, text)} = {shown(value_of(operand, names, work))}"
    if node.operators[-1] == "≈" and len(compared) == len(node.operands):
        low, high = tolerated(node, value_of(node.operands[-1], names, work), names, work)
        yield f"allowed {_rounded(low)} to {_rounded(high)}"


def _said(node: Node, text: str) -> str:
    return text[node.start : node.end]


def _rounded(number: float | int) -> str:
    try:
        return f"{number:g}"
    except OverflowError:  # a whole number beyond what a float can hold
        return shown(number)
