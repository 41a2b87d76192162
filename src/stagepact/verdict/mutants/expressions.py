"""Expressions turned wrong, and whether anything that an expression reads can make it false.

That its negation breaks says nothing of an expression that is always true. So what it reads of
the runs is changed, too: each value for others of its kind, one at a time and then many at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from itertools import islice
from random import Random
from typing import Any

from stagepact.contract.expression import (
    EvaluationError,
    Expression,
    Literal,
    Name,
    Node,
    Step,
    Unary,
    evaluate,
)

Steps = tuple[str | int, ...]

# Evaluations of a few microseconds each: what can fail does so within the first ones.
_MOST_RUNS = 20
_MOST_PLACES = 60
_MOST_PARTS = 12
_MOST_AT_ONCE = 100
_LONGEST = 5_000

_MISSING = object()


def negated(expression: Expression) -> Expression:
    """True where the expression is false."""
    root = expression.root
    return replace(expression, root=Unary("not", root, root.start, root.end))


def always_true(expression: Expression, runs: Iterable[Mapping[str, Any]]) -> str:
    """Why an expression is true whatever is seen; "" where something makes it false."""
    read = tuple(dict.fromkeys(_read(expression.root, expression.names)))
    if not read:
        return "it reads nothing of the run"
    literals = tuple(_literals(expression.root))
    if any(_is_falsified(expression, names, read, literals) for names in islice(runs, _MOST_RUNS)):
        return ""
    places = ", ".join(".".join(map(str, path)) for path in read)
    return f"it stays true whatever other value {places} has"


def _is_falsified(
    expression: Expression, names: Mapping[str, Any], read: tuple[Steps, ...], literals: Steps
) -> bool:
    places = [place for path in read for place in _places(names, path)][:_MOST_PLACES]
    others = {place: _others(_at(names, place), literals) for place in places}
    changes: Iterator[Mapping[str, Any]] = (
        _set(names, place, value) for place in places for value in others[place]
    )
    if any(_is_false(expression, changed) for changed in changes):
        return True
    return any(_is_false(expression, each) for each in _many_changed(names, others))


def _many_changed(
    names: Mapping[str, Any], others: Mapping[Steps, list[Any]]
) -> Iterator[Mapping[str, Any]]:
    chance = Random(0)  # the same changes in each run
    for _ in range(_MOST_AT_ONCE):
        changed = names
        for place, values in others.items():
            if values and chance.random() < 0.7:
                changed = _set(changed, place, chance.choice(values))
        yield changed


def _is_false(expression: Expression, names: Mapping[str, Any]) -> bool:
    """Whether it is false, not only without a value."""
    try:
        return evaluate(expression, names) is False
    except EvaluationError:
        return False


# -- what is read ------------------------------------------------------------------------------


def _read(node: Any, names: frozenset[str]) -> Iterator[Steps]:
    """The places that an expression reads: names that are handed in, with the steps from there."""
    path = _path(node, names)
    if path is not None:
        yield path
        return
    for child in _children(node):
        yield from _read(child, names)


def _path(node: Any, names: frozenset[str]) -> Steps | None:
    if isinstance(node, Name):
        return (node.name,) if node.name in names else None
    if not isinstance(node, Step) or node.projects:
        return None
    key = node.key.value if isinstance(node.key, Literal) else node.key
    of = _path(node.of, names)
    if of is None or isinstance(key, bool) or not isinstance(key, str | int):
        return None
    return (*of, key)


def _children(node: Any) -> Iterator[Node]:
    for each in fields(node):
        value = getattr(node, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part


def _literals(node: Any) -> Iterator[Any]:
    if isinstance(node, Literal):
        yield node.value
    for child in _children(node):
        yield from _literals(child)


# -- other values ------------------------------------------------------------------------------


def _places(container: Any, path: Steps) -> Iterator[Steps]:
    """A place and what is in it, outermost first; of one that isn't there, the place itself."""
    waiting = [path]
    for _ in range(_MOST_PLACES):
        if not waiting:
            return
        place = waiting.pop(0)
        yield place
        waiting += ((*place, step) for step in islice(_steps(_at(container, place)), _MOST_PARTS))


def _steps(value: Any) -> Iterable[str | int]:
    if isinstance(value, dict):
        return [key for key in value if isinstance(key, str)]
    return range(len(value)) if isinstance(value, list) else ()


def _at(container: Any, path: Steps) -> Any:
    value = container
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return _MISSING
    return value


def _set(container: Any, path: Steps, value: Any) -> Any:
    """A copy with a value at a place; the same where the place isn't to be had."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(container, Mapping) and isinstance(step, str):
        inner = _set(container.get(step, {} if rest else None), rest, value)
        left = {key: part for key, part in container.items() if key != step}
        return left if inner is _MISSING else {**left, step: inner}
    if isinstance(container, list) and isinstance(step, int) and -len(container) <= step:
        if step >= len(container):
            return container
        copied = [*container]
        copied[step] = _set(container[step], rest, value)
        return [each for each in copied if each is not _MISSING]
    return container


def _others(value: Any, literals: Iterable[Any]) -> list[Any]:
    """Other values of the kind, and what the expression itself speaks of; and none at all."""
    literals = tuple(literals)
    sizes = [n for n in literals if type(n) is int and 0 <= n <= _LONGEST]
    if isinstance(value, bool):
        return [not value, _MISSING]
    if isinstance(value, int | float):
        others = [value + 1, value - 1, 0, -value - 1, 10**9, -(10**9), 0.5]
        return [*others, *(n + d for n in literals if _is_number(n) for d in (0, 1, -1)), _MISSING]
    if isinstance(value, str):
        said = [each for each in literals if isinstance(each, str)]
        long = ["x" * (size + 1) for size in sizes]
        return ["", f"{value}x", f"x{value}", "?", value.swapcase(), *said, *long, _MISSING]
    if isinstance(value, list):
        return [*_other_lists(value, sizes), _MISSING]
    if isinstance(value, dict):
        return [{}, {**value, "stagepact": 0}, _MISSING]
    return [*literals, 0, 1, "x", True, [], {}, _MISSING]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _other_lists(value: list[Any], sizes: list[int]) -> Iterator[list[Any]]:
    yield []
    yield value[1:]
    yield value[::-1]
    yield value + value
    for first in value[:1]:
        yield from ([*value, other] for other in _others(first, ()) if other is not _MISSING)
        yield from ([first] * (size + 1) for size in sizes)
    yield [1, 0]
    yield ["b", "a"]
