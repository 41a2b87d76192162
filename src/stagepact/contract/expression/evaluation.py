"""The value of a tree under names: a function for each kind of node, in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from stagepact.contract.expression.errors import EvaluationError, UndecidedError
from stagepact.contract.expression.functions import COUNTING, FUNCTIONS
from stagepact.contract.expression.operators import COMPARE, reckoned
from stagepact.contract.expression.tree import (
    Binary,
    Call,
    Choice,
    Comparison,
    Each,
    Expression,
    ListOf,
    Literal,
    Name,
    Node,
    Step,
    Unary,
)
from stagepact.contract.expression.values import as_items, as_number, shown
from stagepact.contract.expression.work import Work


def evaluate(expression: Expression, names: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Raises:
        EvaluationError: it has none here, or (`UndecidedError`) finding it out would cost too much.
    """
    work = Work()
    try:
        value = value_of(expression.root, names, work)
        if not isinstance(expression.root, Name | Step):
            work.walk(value)
    except EvaluationError as error:
        error.text = expression.text
        raise
    return value


def value_of(node: Node, names: Mapping[str, Any], work: Work) -> Any:
    """The value of one node; what can't be had says where it stands."""
    work.spend(1)
    try:
        return _EVALUATE[type(node)](node, names, work)
    except EvaluationError as error:
        if error.offset is None:
            error.offset = _spot(node)
        raise
    except Exception as error:  # objects in the data are the user's: they raise what they like
        raise EvaluationError(f"{type(error).__name__}: {error}", _spot(node)) from None


def _spot(node: Node) -> int:
    return node.at if isinstance(node, Binary | Step) else node.start


def _true(node: Node, names: Mapping[str, Any], work: Work) -> bool:
    value = value_of(node, names, work)
    if not isinstance(value, bool):
        raise EvaluationError(f"{shown(value)} is neither true nor false", node.start)
    return value


def _name(node: Name, names: Mapping[str, Any], work: Work) -> Any:
    if node.name not in names:
        raise EvaluationError(f"there is no {node.name!r} here")
    return names[node.name]


def _list(node: ListOf, names: Mapping[str, Any], work: Work) -> list[Any]:
    work.make(len(node.items))
    return [value_of(item, names, work) for item in node.items]


def _step(node: Step, names: Mapping[str, Any], work: Work) -> Any:
    of = value_of(node.of, names, work)
    if node.key is None:
        found: list[Any] = []
        for each in of if node.projects else [of]:
            items = each.values() if isinstance(each, dict) else as_items(each)
            work.spend(1)
            work.make(len(items))
            found.extend(items)
        return found
    if node.projects:
        work.make(len(of))
        return [_at(each, node.key, names, work) for each in of]
    return _at(of, node.key, names, work)


def _at(of: Any, key: Node | str, names: Mapping[str, Any], work: Work) -> Any:
    wanted = key if isinstance(key, str) else value_of(key, names, work)
    if isinstance(of, dict) and isinstance(wanted, str):
        if wanted in of:
            return of[wanted]
        known = ", ".join(map(str, islice(of, 8))) or "no key"
        raise EvaluationError(f"there is no {wanted!r}; there is {known}")
    if isinstance(of, list | tuple) and isinstance(wanted, int) and not isinstance(wanted, bool):
        if -len(of) <= wanted < len(of):
            return of[wanted]
        raise EvaluationError(f"there is no [{wanted}]; there are {len(of)} items")
    raise EvaluationError(f"there is no {shown(wanted)} in {shown(of)}")


def _binary(node: Binary, names: Mapping[str, Any], work: Work) -> Any:
    if node.operator == "and":
        return _true(node.left, names, work) and _true(node.right, names, work)
    if node.operator == "or":
        return _true(node.left, names, work) or _true(node.right, names, work)
    if node.operator == "implies":
        return not _true(node.left, names, work) or _true(node.right, names, work)
    left = value_of(node.left, names, work)
    return reckoned(node.operator, left, value_of(node.right, names, work), work)


def _unary(node: Unary, names: Mapping[str, Any], work: Work) -> Any:
    if node.operator == "not":
        return not _true(node.operand, names, work)
    return -as_number(value_of(node.operand, names, work))


def _comparison(node: Comparison, names: Mapping[str, Any], work: Work) -> bool:
    return first_false(node, names, work) is None


def first_false(node: Comparison, names: Mapping[str, Any], work: Work) -> int | None:
    """The place of the operator that doesn't hold; what comes after it isn't looked at."""
    left = value_of(node.operands[0], names, work)
    for place, (mark, operand) in enumerate(zip(node.operators, node.operands[1:], strict=True)):
        right = value_of(operand, names, work)
        try:
            if mark == "≈":
                low, high = tolerated(node, right, names, work)
                held = low <= as_number(left) <= high
            else:
                held = COMPARE[mark](left, right, work)
        except EvaluationError as error:
            error.offset = operand.start if error.offset is None else error.offset
            raise
        if not held:
            return place
        left = right
    return None


def tolerated(
    node: Comparison, right: Any, names: Mapping[str, Any], work: Work
) -> tuple[float | int, float | int]:
    """The least and the most that `≈` takes for equal."""
    centre = as_number(right)
    if node.tolerance is None:
        allowed: float | int = abs(centre) * 1e-9
    else:
        allowed = abs(as_number(value_of(node.tolerance, names, work)))
        allowed = abs(centre) * allowed / 100 if node.percent else allowed
    return centre - allowed, centre + allowed


def _call(node: Call, names: Mapping[str, Any], work: Work) -> Any:
    if node.function == "exists":
        return _exists(node, names, work)
    return _applied(node.function, [value_of(each, names, work) for each in node.arguments], work)


def _applied(function: str, arguments: list[Any], work: Work) -> Any:
    for each in arguments:
        work.read(each)
    counted = (work,) if function in COUNTING else ()
    result = FUNCTIONS[function](*arguments, *counted)
    if isinstance(result, str | list):
        work.make(len(result))
    return result


def _exists(node: Call, names: Mapping[str, Any], work: Work) -> bool:
    try:
        return all(value_of(each, names, work) is not None for each in node.arguments)
    except UndecidedError:
        raise
    except EvaluationError:
        return False


def _each(node: Each, names: Mapping[str, Any], work: Work) -> Any:
    values = []
    for item in as_items(value_of(node.source, names, work)):
        inner = {**names, node.name: item}
        if node.condition is None or _true(node.condition, inner, work):
            values.append(value_of(node.body, inner, work))
    return _applied(node.function, [values], work)


def _choice(node: Choice, names: Mapping[str, Any], work: Work) -> Any:
    chosen = node.then if _true(node.condition, names, work) else node.otherwise
    return value_of(chosen, names, work)


_EVALUATE: Mapping[type, Callable[[Any, Mapping[str, Any], Work], Any]] = {
    Literal: lambda node, names, work: node.value,
    ListOf: _list,
    Name: _name,
    Step: _step,
    Unary: _unary,
    Binary: _binary,
    Comparison: _comparison,
    Call: _call,
    Each: _each,
    Choice: _choice,
}
