"""The expressions of `holds:` clauses: a small language, read by hand, evaluated without `eval`.

    output.vram_gb ≈ input.size * 2 * 1.2 / 1e9 ± 1%
    all(item.price > 0 for item in output.items) and len(output.items) <= input.limit

Values are JSON's. A bool is no number, numbers are compared by value, floats are IEEE 754
doubles (`0.1 + 0.2 == 0.3` is false; say `≈ … ± …`).

An evaluation always ends, and soon: it has a budget of steps and of sizes, whatever the data is.
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice, repeat
from typing import Any

import jsonschema_rs

_DEEPEST = 50
_LONGEST = 10_000
_LARGEST_POWER = 1_000
_LONGEST_STRING = 1_000_000
_HIGHEST = 100
_MOST_DIGITS = 400
# A whole number of so many bits can be shown: Python shows 4,300 digits.
_MOST_BITS = 14_000
# Of one evaluation. A step takes a microsecond or so.
_MOST_STEPS = 2_000_000
# Items of lists and characters of texts that one evaluation makes.
_MOST_MADE = 10_000_000
_MOST_BACKTRACKS = 100_000


class ExpressionError(ValueError):
    """An expression that can't be read; `offset` is the place in `text`."""

    def __init__(self, text: str, offset: int, message: str) -> None:
        super().__init__(text, offset, message)
        self.text = text
        self.offset = offset
        self.message = message

    def __str__(self) -> str:
        return self.message + pointed(self.text, self.offset)


class EvaluationError(Exception):
    """An expression that has no value here: a path that leads nowhere, a wrong type.

    `offset` is the place in `text`, once an evaluation has said both.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.text = ""

    def __str__(self) -> str:
        if self.offset is None or not _has_lines(self.text):
            return self.message
        line, column = _place(self.text, self.offset)
        return f"{self.message} (line {line + 1}, column {column + 1})"


class UndecidedError(EvaluationError):
    """An evaluation that would take too long or too much room, and so says neither yes nor no."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not decided: {reason}")


def pointed(text: str, offset: int) -> str:
    """A place in a text, to go on a message: its line (numbered, if there are more), and a mark."""
    line, column = _place(text, offset)
    shown = text.split("\n")[line].rstrip("\r")
    blank = re.sub(r"[^\t]", " ", shown[:column].ljust(column))
    number = f" (line {line + 1})" if _has_lines(text) else ""
    return f"{number}\n  {shown}\n  {blank}^"


def _has_lines(text: str) -> bool:
    return "\n" in text.strip()


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 0."""
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1


# -- the tree ----------------------------------------------------------------------------------


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


def _is_high(root: Node) -> bool:
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


# -- reading -----------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<name>[A-Za-z_]\w*)
    | (?P<mark>\+-|~=|==|!=|<=|>=|//|\*\*|\[\*\]|[-+*/%<>()\[\],.≈±≤≥≠])
    )""",
    re.VERBOSE,
)
_WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "implies",
        "matches",
        "if",
        "then",
        "else",
        "for",
        "true",
        "false",
        "null",
    ]
)
_ALIASES = {"~=": "≈", "+-": "±", "≤": "<=", "≥": ">=", "≠": "!="}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "≈", "in", "not in", "matches"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: Any
    start: int
    end: int


def _tokens(text: str) -> Iterator[_Token]:
    position, last = 0, len(text.rstrip())
    while position < last:
        match = _TOKEN.match(text, position)
        if match is None:
            offset = last - len(text[position:last].lstrip())
            raise ExpressionError(text, offset, f"unexpected {text[offset]!r}")
        start = match.end() - len(match[0].lstrip())
        kind = match.lastgroup or ""
        yield _token(kind, match[kind], start, match.end())
        position = match.end()
    end = len(text.rstrip("\r\n"))
    yield _Token("end", "", end, end)


def _token(kind: str, text: str, start: int, end: int) -> _Token:
    if kind == "number":
        whole = text.isdecimal()
        if len(text) > _MOST_DIGITS:
            raise ExpressionError(text[:80], 0, f"a number longer than {_MOST_DIGITS} characters")
        return _Token(kind, int(text) if whole else float(text), start, end)
    if kind == "string":
        value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
        return _Token(kind, value, start, end)
    if kind == "name" and text in _WORDS:
        return _Token("mark", text, start, end)
    return _Token(kind, _ALIASES.get(text, text), start, end)


class _Reader:
    """Recursive descent, a level of precedence a method, loosest first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def error(self, message: str) -> ExpressionError:
        return ExpressionError(self.text, self.token.start, message)

    def take(self, mark: str) -> bool:
        if self.token.kind == "mark" and self.token.value == mark:
            self.at += 1
            return True
        return False

    def need(self, mark: str) -> None:
        if not self.take(mark):
            raise self.error(f"expected {mark!r}")

    @property
    def last_end(self) -> int:
        return self.tokens[self.at - 1].end

    def whole(self) -> Node:
        node = self.expression()
        if self.token.kind != "end":
            raise self.error("expected an operator or the end")
        if _is_high(node):
            raise ExpressionError(self.text, 0, "too long: say it in several expressions")
        return node

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error("nested too deep")
        token = self.token
        chooses = (token.kind, token.value) == ("mark", "if")
        node = self.choice() if chooses else self.implication()
        self.depth -= 1
        return node

    def choice(self) -> Node:
        start = self.token.start
        self.need("if")
        condition = self.expression()
        self.need("then")
        then = self.expression()
        self.need("else")
        otherwise = self.expression()
        return Choice(condition, then, otherwise, start, self.last_end)

    def implication(self) -> Node:
        left = self.disjunction()
        at = self.token.start
        if self.take("implies"):
            right = self.expression()
            return Binary("implies", left, right, at, left.start, right.end)
        return left

    def disjunction(self) -> Node:
        return self.joined(self.conjunction, ("or",))

    def conjunction(self) -> Node:
        return self.joined(self.negation, ("and",))

    def joined(self, inner: Callable[[], Node], marks: tuple[str, ...]) -> Node:
        left = inner()
        while self.token.kind == "mark" and self.token.value in marks:
            mark = self.token
            self.at += 1
            right = inner()
            left = Binary(mark.value, left, right, mark.start, left.start, right.end)
        return left

    def negation(self) -> Node:
        start = self.token.start
        negations = 0
        while self.take("not"):
            negations += 1
        node = self.comparison()
        for _ in range(negations % 2 or (2 if negations else 0)):
            node = Unary("not", node, start, node.end)
        return node

    def comparison(self) -> Node:
        operands, operators = [self.sum()], []
        while (mark := self.comparing()) is not None:
            operators.append(mark)
            operands.append(self.sum())
        if not operators:
            return operands[0]
        tolerance, percent = None, False
        if operators[-1] != "≈" and (self.token.kind, self.token.value) == ("mark", "±"):
            raise self.error("a tolerance goes with ≈ (or ~=)")
        if self.take("±"):
            tolerance = self.unary()
            percent = self.take("%")
        start = operands[0].start
        return Comparison(
            tuple(operands), tuple(operators), tolerance, percent, start, self.last_end
        )

    def comparing(self) -> str | None:
        token = self.token
        if token.kind != "mark":
            return None
        following = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.value == "not" and (following.kind, following.value) == ("mark", "in"):
            self.at += 2
            return "not in"
        if token.value in _COMPARISONS:
            self.at += 1
            return str(token.value)
        return None

    def sum(self) -> Node:
        return self.joined(self.product, ("+", "-"))

    def product(self) -> Node:
        left = self.unary()
        while self.token.kind == "mark" and self.token.value in ("*", "/", "//", "%"):
            if self.token.value == "%" and not self.starts_operand(self.at + 1):
                return left
            mark = self.token
            self.at += 1
            right = self.unary()
            left = Binary(mark.value, left, right, mark.start, left.start, right.end)
        return left

    def starts_operand(self, at: int) -> bool:
        token = self.tokens[at]
        return token.kind in ("number", "string", "name") or token.value in ("(", "[", "-")

    def unary(self) -> Node:
        start = self.token.start
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error("nested too deep")
        if self.take("-"):
            operand = self.unary()
            node: Node = Unary("-", operand, start, operand.end)
        else:
            node = self.power()
        self.depth -= 1
        return node

    def power(self) -> Node:
        base = self.path()
        at = self.token.start
        if self.take("**"):
            exponent = self.unary()
            return Binary("**", base, exponent, at, base.start, exponent.end)
        return base

    def path(self) -> Node:
        node = self.primary()
        projects = False
        while self.token.kind == "mark" and self.token.value in (".", "[", "[*]"):
            mark = self.token
            self.at += 1
            at = mark.start if mark.value == "[*]" else self.token.start
            key = None if mark.value == "[*]" else self.key(mark.value)
            node = Step(node, key, projects, at, node.start, self.last_end)
            projects = projects or key is None
        return node

    def key(self, mark: str) -> Node | str:
        if mark == "[":
            index = self.expression()
            self.need("]")
            return index
        token = self.token
        if token.kind not in ("name", "mark") or not str(token.value).isidentifier():
            raise self.error("expected a key")
        self.at += 1
        return str(token.value)

    def primary(self) -> Node:
        token = self.token
        if token.kind in ("number", "string"):
            self.at += 1
            return Literal(token.value, token.start, token.end)
        if token.kind == "mark" and token.value in ("true", "false", "null"):
            self.at += 1
            value = {"true": True, "false": False, "null": None}[token.value]
            return Literal(value, token.start, token.end)
        if token.kind == "name":
            self.at += 1
            if self.take("("):
                return self.call(token)
            return Name(token.value, token.start, token.end)
        if self.take("("):
            node = self.expression()
            self.need(")")
            return replace(node, start=token.start, end=self.last_end)
        if self.take("["):
            items = self.items("]")
            return ListOf(items, token.start, self.last_end)
        raise self.error("expected a value")

    def items(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.take(closing):
            if found:
                self.need(",")
            found.append(self.expression())
        return tuple(found)

    def call(self, name: _Token) -> Node:
        if name.value not in FUNCTIONS and name.value != "exists":
            known = ", ".join(sorted([*FUNCTIONS, "exists"]))
            raise ExpressionError(self.text, name.start, f"no such function; there are {known}")
        if self.take(")"):
            raise self.error(f"{name.value} needs an argument")
        first = self.expression()
        if self.take("for"):
            if name.value == "exists":
                raise ExpressionError(self.text, name.start, "exists goes without `for`; say any")
            return self.each(name, first)
        arguments = [first]
        while not self.take(")"):
            self.need(",")
            arguments.append(self.expression())
        most = _MOST_ARGUMENTS.get(name.value, 1)
        if len(arguments) > most:
            raise ExpressionError(self.text, name.start, f"{name.value} takes at most {most}")
        return Call(name.value, tuple(arguments), name.start, self.last_end)

    def each(self, name: _Token, body: Node) -> Node:
        if self.token.kind != "name":
            raise self.error("expected a name after `for`")
        bound = self.token.value
        self.at += 1
        self.need("in")
        source = self.disjunction()
        condition = self.expression() if self.take("if") else None
        self.need(")")
        return Each(name.value, body, bound, source, condition, name.start, self.last_end)


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """The expression that a text says.

    Raises:
        ExpressionError: it can't be read.
    """
    if len(text) > _LONGEST:
        raise ExpressionError(text[:80], 0, f"longer than {_LONGEST} characters")
    return Expression(text, _Reader(text).whole())


# -- evaluating --------------------------------------------------------------------------------


class _Work:
    """What one evaluation may still cost."""

    __slots__ = ("made", "steps")

    def __init__(self) -> None:
        self.steps = _MOST_STEPS
        self.made = _MOST_MADE

    def spend(self, steps: int) -> None:
        """Count steps.

        Raises:
            UndecidedError: none is left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise UndecidedError(f"it takes more than {_MOST_STEPS:,} steps")

    def make(self, size: int) -> None:
        """Count items and characters, before or after they are made."""
        self.made -= size
        if self.made < 0:
            raise UndecidedError(f"it makes more than {_MOST_MADE:,} items and characters")

    def read(self, value: Any) -> None:
        """Count a look at all of a value: an item is cheaper than a step, a character more so."""
        if isinstance(value, str):
            self.spend(len(value) >> 8)
        elif isinstance(value, list | tuple | dict):
            self.spend(len(value) >> 2)

    def walk(self, value: Any) -> None:
        """Count all that is in a value: lists that share their parts are larger than they look."""
        waiting = [value]
        while waiting:
            each = waiting.pop()
            self.spend(1)
            if isinstance(each, str):
                self.make(len(each))
            elif isinstance(each, list | tuple):
                waiting.extend(each)
            elif isinstance(each, dict):
                waiting.extend(each)
                waiting.extend(each.values())


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvaluationError(f"{_shown(value)} is no number")
    return value


def _sequence(value: Any) -> list[Any] | tuple[Any, ...]:
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, dict):
        return list(value)
    raise EvaluationError(f"{_shown(value)} is no list")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise EvaluationError(f"{_shown(value)} is no text")
    return value


def _shown(value: Any) -> str:
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


def _bounded(value: Any) -> Any:
    """The value, unless it is a whole number too large to be shown."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise EvaluationError("the number is too large")
    return value


def equal(left: Any, right: Any, work: _Work) -> bool:
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


def _length(value: Any) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise EvaluationError(f"{_shown(value)} has no length")


def _distinct(value: Any, work: _Work) -> bool:
    items = _sequence(value)
    if set(map(type, items)) in ({str}, {int}):
        return len(set(items)) == len(items)
    return not any(equal(a, b, work) for i, a in enumerate(items) for b in items[:i])


def _sorted(value: Any, work: _Work) -> list[Any]:
    items = _sequence(value)
    for each in items:
        if isinstance(each, list | tuple):  # compared item by item
            work.walk(each)
    return sorted(items)


def _string(value: Any, work: _Work) -> str:
    """A text as it is; a number as Python writes it; all else as JSON does."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | list | tuple | dict):
        work.walk(value)
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _total(values: Any) -> float | int:
    return sum(_number(each) for each in _sequence(values))


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def function(*arguments: Any) -> Any:
        values = _sequence(arguments[0]) if len(arguments) == 1 else list(arguments)
        if not values:
            raise EvaluationError(f"{choose.__name__} of nothing")
        return choose(_number(each) for each in values)

    return function


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EvaluationError(f"{_shown(value)} is neither true nor false")
    return value


_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


def _parsed_number(value: Any) -> float | int:
    """A number as it is; of a text, what it says in digits: no `nan`, no `inf`, no `1_000`."""
    if not isinstance(value, str):
        return _number(value)
    text = value.strip()
    if _NUMBER.fullmatch(text):
        number = int(text) if re.fullmatch(r"[+-]?\d{1,400}", text) else float(text)
        if math.isfinite(number):
            return number
    raise EvaluationError(f"{_shown(value)} is no number")


def _few_digits(digits: Any) -> int:
    # Rounding a whole number to -10**9 digits would reckon with 10**10**9.
    if abs(_number(digits)) > _MOST_DIGITS:
        raise EvaluationError(f"rounding to {_shown(digits)} digits")
    return int(digits)


def _keys(value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise EvaluationError(f"{_shown(value)} is no object")
    return list(value)


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "len": _length,
    "sum": _total,
    "min": _extreme(min),
    "max": _extreme(max),
    "abs": lambda value: abs(_number(value)),
    "round": lambda value, digits=0: round(_number(value), _few_digits(digits)),
    "floor": lambda value: math.floor(_number(value)),
    "ceil": lambda value: math.ceil(_number(value)),
    "sorted": _sorted,
    "distinct": _distinct,
    "keys": _keys,
    "values": lambda value: [value[key] for key in _keys(value)],
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "string": _string,
    "number": _parsed_number,
    "all": lambda values: all(_truth(each) for each in _sequence(values)),
    "any": lambda values: any(_truth(each) for each in _sequence(values)),
    "count": lambda values: len(_sequence(values)),
}

# They count their own work, which grows faster than what they are given.
_COUNTING = frozenset({"distinct", "sorted", "string"})

# Of the functions that take more than one.
_MOST_ARGUMENTS = {"round": 2, "min": 1_000, "max": 1_000, "exists": 1_000}


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = _number(base), _number(exponent)
    if abs(exponent) > _LARGEST_POWER or abs(base) > 1e100:
        raise EvaluationError("the power is too large")
    if isinstance(base, int) and (base.bit_length() - 1) * exponent > _MOST_BITS:
        raise EvaluationError("the number is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise EvaluationError("the power is no real number")
    return _bounded(result)


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > _LONGEST_STRING:
            raise EvaluationError("the text is too long")
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        return left + right
    return _bounded(_number(left) + _number(right))


def _numeric(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda left, right: _bounded(function(_number(left), _number(right)))


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _numeric(operator.sub),
    "*": _numeric(operator.mul),
    "/": _numeric(operator.truediv),
    "//": _numeric(operator.floordiv),
    "%": _numeric(operator.mod),
    "**": _power,
}


def _reckoned(mark: str, left: Any, right: Any, work: _Work) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        work.spend(left.bit_length() * right.bit_length() >> 20)
    elif isinstance(left, str | list) and isinstance(right, str | list):
        work.make(len(left) + len(right))
    return _ARITHMETIC[mark](left, right)


def _ordered(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any, _Work], bool]:
    def compare(left: Any, right: Any, work: _Work) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            work.read(left)
            return function(left, right)
        return function(_number(left), _number(right))

    return compare


def _contains(left: Any, right: Any, work: _Work) -> bool:
    if isinstance(right, str):
        work.read(right)
        return _text(left) in right
    return any(equal(left, each, work) for each in _sequence(right))


# The bytes of a compiled pattern, and the steps that a character is then counted as. Few searches
# need so many; one that does could take as long as these bytes times the characters.
_SIZES = {10_000: 1, 100_000: 6, 1_000_000: 32, 5_000_000: 64}
# A pattern that can't be compiled has been tried in all sizes.
_REFUSAL = 10_000


@dataclass(frozen=True, slots=True)
class _Search:
    """A compiled regular expression; one that `goes_back` isn't searched for in linear time."""

    validator: jsonschema_rs.Draft202012Validator
    cost: int
    goes_back: bool

    def cost_of(self, text: str) -> int:
        length = len(text)
        return self.cost * (length + (length * length >> 8 if self.goes_back else 0))


@lru_cache(maxsize=256)
def _search(pattern: str) -> _Search:
    """A pattern by the engine of schemas: linear time, unless it looks around or back.

    Raises:
        EvaluationError: it is no regular expression, or not one that this engine reads.
    """
    for goes_back in (False, True):
        for size, cost in _SIZES.items():
            options = (
                jsonschema_rs.FancyRegexOptions(_MOST_BACKTRACKS, size, size)
                if goes_back
                else jsonschema_rs.RegexOptions(size, size)
            )
            try:
                validator = jsonschema_rs.Draft202012Validator(
                    {"pattern": pattern}, pattern_options=options
                )
            except ValueError:
                continue
            return _Search(validator, cost, goes_back)
    try:
        re.compile(pattern)
    except re.error as error:
        raise EvaluationError(f"invalid regular expression {pattern!r}: {error}") from None
    raise UndecidedError(f"the regular expression {_shown(pattern)} is none of JSON Schema's")


_NO_ANSWER = (
    jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded,
    jsonschema_rs.ValidationErrorKind.RegexEngineFailure,
)


def _matches(left: Any, right: Any, work: _Work) -> bool:
    pattern, text = _text(right), re.sub("[\ud800-\udfff]", "\ufffd", _text(left))
    try:
        search = _search(pattern)
    except EvaluationError:
        work.spend(_REFUSAL)
        raise
    work.spend(search.cost_of(text) + len(pattern))
    if search.validator.is_valid(text):
        return True
    if search.goes_back:
        for error in search.validator.iter_errors(text):
            if isinstance(error.kind, _NO_ANSWER):
                raise UndecidedError(f"the search for {_shown(pattern)} goes back too often")
    return False


_COMPARE: Mapping[str, Callable[[Any, Any, _Work], bool]] = {
    "==": equal,
    "!=": lambda left, right, work: not equal(left, right, work),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _contains,
    "not in": lambda left, right, work: not _contains(left, right, work),
    "matches": _matches,
}


def evaluate(expression: Expression, names: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Raises:
        EvaluationError: it has none here, or (`UndecidedError`) finding it out would cost too much.
    """
    work = _Work()
    try:
        value = _value(expression.root, names, work)
        if not isinstance(expression.root, Name | Step):
            work.walk(value)
    except EvaluationError as error:
        error.text = expression.text
        raise
    return value


def _value(node: Node, names: Mapping[str, Any], work: _Work) -> Any:
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


def _true(node: Node, names: Mapping[str, Any], work: _Work) -> bool:
    value = _value(node, names, work)
    if not isinstance(value, bool):
        raise EvaluationError(f"{_shown(value)} is neither true nor false", node.start)
    return value


def _name(node: Name, names: Mapping[str, Any], work: _Work) -> Any:
    if node.name not in names:
        raise EvaluationError(f"there is no {node.name!r} here")
    return names[node.name]


def _list(node: ListOf, names: Mapping[str, Any], work: _Work) -> list[Any]:
    work.make(len(node.items))
    return [_value(item, names, work) for item in node.items]


def _step(node: Step, names: Mapping[str, Any], work: _Work) -> Any:
    of = _value(node.of, names, work)
    if node.key is None:
        found: list[Any] = []
        for each in of if node.projects else [of]:
            items = each.values() if isinstance(each, dict) else _sequence(each)
            work.spend(1)
            work.make(len(items))
            found.extend(items)
        return found
    if node.projects:
        work.make(len(of))
        return [_at(each, node.key, names, work) for each in of]
    return _at(of, node.key, names, work)


def _at(of: Any, key: Node | str, names: Mapping[str, Any], work: _Work) -> Any:
    wanted = key if isinstance(key, str) else _value(key, names, work)
    if isinstance(of, dict) and isinstance(wanted, str):
        if wanted in of:
            return of[wanted]
        known = ", ".join(map(str, islice(of, 8))) or "no key"
        raise EvaluationError(f"there is no {wanted!r}; there is {known}")
    if isinstance(of, list | tuple) and isinstance(wanted, int) and not isinstance(wanted, bool):
        if -len(of) <= wanted < len(of):
            return of[wanted]
        raise EvaluationError(f"there is no [{wanted}]; there are {len(of)} items")
    raise EvaluationError(f"there is no {_shown(wanted)} in {_shown(of)}")


def _binary(node: Binary, names: Mapping[str, Any], work: _Work) -> Any:
    if node.operator == "and":
        return _true(node.left, names, work) and _true(node.right, names, work)
    if node.operator == "or":
        return _true(node.left, names, work) or _true(node.right, names, work)
    if node.operator == "implies":
        return not _true(node.left, names, work) or _true(node.right, names, work)
    left = _value(node.left, names, work)
    return _reckoned(node.operator, left, _value(node.right, names, work), work)


def _unary(node: Unary, names: Mapping[str, Any], work: _Work) -> Any:
    if node.operator == "not":
        return not _true(node.operand, names, work)
    return -_number(_value(node.operand, names, work))


def _comparison(node: Comparison, names: Mapping[str, Any], work: _Work) -> bool:
    return _first_false(node, names, work) is None


def _first_false(node: Comparison, names: Mapping[str, Any], work: _Work) -> int | None:
    """The place of the operator that doesn't hold; what comes after it isn't looked at."""
    left = _value(node.operands[0], names, work)
    for place, (mark, operand) in enumerate(zip(node.operators, node.operands[1:], strict=True)):
        right = _value(operand, names, work)
        try:
            if mark == "≈":
                low, high = _tolerated(node, right, names, work)
                held = low <= _number(left) <= high
            else:
                held = _COMPARE[mark](left, right, work)
        except EvaluationError as error:
            error.offset = operand.start if error.offset is None else error.offset
            raise
        if not held:
            return place
        left = right
    return None


def _tolerated(
    node: Comparison, right: Any, names: Mapping[str, Any], work: _Work
) -> tuple[float | int, float | int]:
    centre = _number(right)
    if node.tolerance is None:
        allowed: float | int = abs(centre) * 1e-9
    else:
        allowed = abs(_number(_value(node.tolerance, names, work)))
        allowed = abs(centre) * allowed / 100 if node.percent else allowed
    return centre - allowed, centre + allowed


def _call(node: Call, names: Mapping[str, Any], work: _Work) -> Any:
    if node.function == "exists":
        return _exists(node, names, work)
    return _applied(node.function, [_value(each, names, work) for each in node.arguments], work)


def _applied(function: str, arguments: list[Any], work: _Work) -> Any:
    for each in arguments:
        work.read(each)
    counted = (work,) if function in _COUNTING else ()
    result = FUNCTIONS[function](*arguments, *counted)
    if isinstance(result, str | list):
        work.make(len(result))
    return result


def _exists(node: Call, names: Mapping[str, Any], work: _Work) -> bool:
    try:
        return all(_value(each, names, work) is not None for each in node.arguments)
    except UndecidedError:
        raise
    except EvaluationError:
        return False


def _each(node: Each, names: Mapping[str, Any], work: _Work) -> Any:
    values = []
    for item in _sequence(_value(node.source, names, work)):
        inner = {**names, node.name: item}
        if node.condition is None or _true(node.condition, inner, work):
            values.append(_value(node.body, inner, work))
    return _applied(node.function, [values], work)


def _choice(node: Choice, names: Mapping[str, Any], work: _Work) -> Any:
    chosen = node.then if _true(node.condition, names, work) else node.otherwise
    return _value(chosen, names, work)


_EVALUATE: Mapping[type, Callable[[Any, Mapping[str, Any], _Work], Any]] = {
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


# -- explaining --------------------------------------------------------------------------------


def explain(expression: Expression, names: Mapping[str, Any]) -> str:
    """Why an expression is not true: the parts that are false, with their values."""
    told: dict[str, None] = {}
    try:
        for reason in _reasons(expression.root, expression.text, names, _Work()):
            told[reason] = None
    except UndecidedError:
        pass  # that it isn't true is known; not all of the why
    except EvaluationError as error:
        error.text = expression.text
        raise
    return "; ".join(told) or f"{expression.text} is not true"


def _reasons(node: Node, text: str, names: Mapping[str, Any], work: _Work) -> Iterator[str]:
    if isinstance(node, Binary) and node.operator in ("and", "or", "implies"):
        if node.operator == "implies":
            yield f"{text[node.left.start : node.left.end]} is true"
            yield from _reasons(node.right, text, names, work)
            return
        for part in (node.left, node.right):
            if _value(part, names, work) is not True:
                yield from _reasons(part, text, names, work)
                if node.operator == "and":
                    return
        return
    if isinstance(node, Comparison):
        place = _first_false(node, names, work)
        compared = node.operands if place is None else node.operands[: place + 2]
        for operand in compared:
            if not isinstance(operand, Literal):
                value = _value(operand, names, work)
                yield f"{text[operand.start : operand.end]} = {_shown(value)}"
        if node.operators[-1] == "≈" and len(compared) == len(node.operands):
            low, high = _tolerated(node, _value(node.operands[-1], names, work), names, work)
            yield f"allowed {_rounded(low)} to {_rounded(high)}"
        return
    yield f"{text[node.start : node.end]} = {_shown(_value(node, names, work))}"


def _rounded(number: float | int) -> str:
    try:
        return f"{number:g}"
    except OverflowError:  # a whole number beyond what a float can hold
        return _shown(number)
