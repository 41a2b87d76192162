"""The tree that a text is read into; every node knows where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_HIGHEST = 100


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of expressions."""

    items: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name that is handed in, or bound by `for`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: a key, an index, or `[*]` for each.

    With `projects` it is taken from each item of a list that an earlier `[*]` has made; brackets
    end that. `at` is where the key stands.
    """

    of: Node
    key: Node | str | None
    projects: bool
    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x` or `not x`."""

    operator: str
    operand: Node
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, `and`, `or`, `implies`; `at` is where the operator stands."""

    operator: str
    left: Node
    right: Node
    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain such as `1 <= x <= 5`; the tolerance belongs to `≈`."""

    operands: tuple[Node, ...]
    operators: tuple[str, ...]
    tolerance: Node | None
    percent: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of its arguments."""

    function: str
    arguments: tuple[Node, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Each:
    """A function over `body for name in source if condition`."""

    function: str
    body: Node
    name: str
    source: Node
    condition: Node | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`if c then a else b`."""

    condition: Node
    then: Node
    otherwise: Node
    start: int
    end: int


Node = Literal | ListOf | Name | Step | Unary | Binary | Comparison | Call | Each | Choice


@dataclass(frozen=True)
class Expression:
    """A parsed expression, equal by its text."""

    text: str
    root: Node

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that have to be handed in."""
        return frozenset(_free(self.root, frozenset()))

    def __str__(self) -> str:
        return self.text


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, Name) and node.name not in bound:
        yield node.name
    if isinstance(node, Each):
        yield from _free(node.source, bound)
        inner = bound | {node.name}
        yield from _free(node.body, inner)
        if node.condition is not None:
            yield from _free(node.condition, inner)
        return
    for child in _children(node):
        yield from _free(child, bound)


def _children(node: Node) -> Iterator[Node]:
    match node:
        case ListOf(items=nodes) | Call(arguments=nodes):
            yield from nodes
        case Step(of=of, key=key):
            yield of
            if key is not None and not isinstance(key, str):
                yield key
        case Unary(operand=operand):
            yield operand
        case Binary(left=left, right=right):
            yield left
            yield right
        case Comparison(operands=operands, tolerance=tolerance):
            yield from operands
            if tolerance is not None:
                yield tolerance
        case Choice(condition=condition, then=then, otherwise=otherwise):
            yield from (condition, then, otherwise)


def is_high(root: Node) -> bool:
    """Whether a tree is so high (`1 + 1 + …`) that walking it could exhaust Python's stack."""
    level, height = [root], 0
    while level and height <= _HIGHEST:
        level = [child for node in level for child in _parts(node)]
        height += 1
    return bool(level)


def _parts(node: Node) -> Iterator[Node]:
    if isinstance(node, Each):
        yield from (node.body, node.source)
        if node.condition is not None:
            yield node.condition
    yield from _children(node)
