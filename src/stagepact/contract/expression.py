"""The expressions of `holds:` clauses: a small language, read by hand, evaluated without `eval`.

    output.vram_gb ≈ input.size * 2 * 1.2 / 1e9 ± 1%
    all(item.price > 0 for item in output.items) and len(output.items) <= input.limit

Values are JSON's. A bool is no number, numbers are compared by value, floats are IEEE 754
doubles (`0.1 + 0.2 == 0.3` is false; say `≈ … ± …`).
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

_DEEPEST = 50
_LONGEST = 10_000
_LARGEST_POWER = 1_000
_LONGEST_STRING = 1_000_000
_HIGHEST = 100
_MOST_DIGITS = 400
# A whole number of so many bits can be shown: Python shows 4,300 digits.
_MOST_BITS = 14_000


class ExpressionError(ValueError):
    """An expression that can't be read; `offset` is the place in `text`."""

    def __init__(self, text: str, offset: int, message: str) -> None:
        super().__init__(text, offset, message)
        self.text = text
        self.offset = offset
        self.message = message

    def __str__(self) -> str:
        return f"{self.message}\n  {self.text}\n  {' ' * self.offset}^"


class EvaluationError(Exception):
    """An expression that has no value here: a path that leads nowhere, a wrong type."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


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
    """One step of a path: a key, an index, or `[*]` for each."""

    of: Node
    key: Node | str | None
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
    """Arithmetic, `and`, `or`, `implies`."""

    operator: str
    left: Node
    right: Node
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
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            offset = position + len(text[position:]) - len(text[position:].lstrip())
            raise ExpressionError(text, offset, f"unexpected {text[offset]!r}")
        start = match.end() - len(match[0].lstrip())
        kind = match.lastgroup or ""
        yield _token(kind, match[kind], start, match.end())
        position = match.end()
    yield _Token("end", "", len(text), len(text))


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
        if self.take("implies"):
            right = self.expression()
            return Binary("implies", left, right, left.start, right.end)
        return left

    def disjunction(self) -> Node:
        return self.joined(self.conjunction, ("or",))

    def conjunction(self) -> Node:
        return self.joined(self.negation, ("and",))

    def joined(self, inner: Callable[[], Node], marks: tuple[str, ...]) -> Node:
        left = inner()
        while self.token.kind == "mark" and self.token.value in marks:
            mark = self.token.value
            self.at += 1
            right = inner()
            left = Binary(mark, left, right, left.start, right.end)
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
            mark = self.token.value
            self.at += 1
            right = self.unary()
            left = Binary(mark, left, right, left.start, right.end)
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
        if self.take("**"):
            exponent = self.unary()
            return Binary("**", base, exponent, base.start, exponent.end)
        return base

    def path(self) -> Node:
        node = self.primary()
        while True:
            if self.take("."):
                if (
                    self.token.kind not in ("name", "mark")
                    or not str(self.token.value).isidentifier()
                ):
                    raise self.error("expected a key")
                key = str(self.token.value)
                self.at += 1
                node = Step(node, key, node.start, self.last_end)
            elif self.take("[*]"):
                node = Step(node, None, node.start, self.last_end)
            elif self.take("["):
                index = self.expression()
                self.need("]")
                node = Step(node, index, node.start, self.last_end)
            else:
                return node

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
            return node
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


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvaluationError(f"{_shown(value)} is no number")
    return value


def _sequence(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, dict):
        return list(value)
    raise EvaluationError(f"{_shown(value)} is no list")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise EvaluationError(f"{_shown(value)} is no text")
    return value


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # of a huge number, or of what a subject returned
        return f"<{type(value).__qualname__}, which can't be shown: {type(error).__name__}>"
    return text if len(text) <= 80 else text[:77] + "…"


def _bounded(value: Any) -> Any:
    """The value, unless it is a whole number too large to be shown."""
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        raise EvaluationError("the number is too large")
    return value


def equal(left: Any, right: Any) -> bool:
    """Equality as JSON has it: a bool is no number, 1 and 1.0 are the same."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[k], right[k]) for k in left)
    return bool(left == right)


def _length(value: Any) -> int:
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise EvaluationError(f"{_shown(value)} has no length")


def _distinct(value: Any) -> bool:
    items = _sequence(value)
    return not any(equal(a, b) for i, a in enumerate(items) for b in items[:i])


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


def _parsed_number(value: Any) -> float | int:
    try:
        return int(value) if re.fullmatch(r"[+-]?\d{1,400}", _text(value)) else float(value)
    except ValueError:
        raise EvaluationError(f"{_shown(value)} is no number") from None


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
    "sorted": lambda values: sorted(_sequence(values)),
    "distinct": _distinct,
    "keys": _keys,
    "values": lambda value: [value[key] for key in _keys(value)],
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "string": lambda value: value if isinstance(value, str) else str(value),
    "number": _parsed_number,
    "all": lambda values: all(_truth(each) for each in _sequence(values)),
    "any": lambda values: any(_truth(each) for each in _sequence(values)),
    "count": lambda values: len(_sequence(values)),
}


# Of the functions that take more than one.
_MOST_ARGUMENTS = {"round": 2, "min": 1_000, "max": 1_000, "exists": 1_000}


def _power(base: Any, exponent: Any) -> Any:
    base, exponent = _number(base), _number(exponent)
    if abs(exponent) > _LARGEST_POWER or abs(base) > 1e100:
        raise EvaluationError("the power is too large")
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


def _ordered(function: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(left: Any, right: Any) -> bool:
        if isinstance(left, str) and isinstance(right, str):
            return function(left, right)
        return function(_number(left), _number(right))

    return compare


def _contains(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        return _text(left) in right
    return any(equal(left, each) for each in _sequence(right))


def _matches(left: Any, right: Any) -> bool:
    try:
        return re.search(_text(right), _text(left)) is not None
    except re.error as error:
        raise EvaluationError(f"invalid regular expression {right!r}: {error}") from None


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "in": _contains,
    "not in": lambda left, right: not _contains(left, right),
    "matches": _matches,
}


def evaluate(expression: Expression, names: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Raises:
        EvaluationError: it has none here.
    """
    return _value(expression.root, names)


def _value(node: Node, names: Mapping[str, Any]) -> Any:
    try:
        return _EVALUATE[type(node)](node, names)
    except EvaluationError as error:
        error.offset = error.offset or node.start
        raise
    except Exception as error:  # objects in the data are the user's: they raise what they like
        raise EvaluationError(f"{type(error).__name__}: {error}", node.start) from None


def _name(node: Name, names: Mapping[str, Any]) -> Any:
    if node.name not in names:
        raise EvaluationError(f"there is no {node.name!r} here")
    return names[node.name]


def _step(node: Step, names: Mapping[str, Any]) -> Any:
    of = _value(node.of, names)
    if node.key is None:
        return list(of.values() if isinstance(of, dict) else _sequence(of))
    if _is_projection(node.of):
        return [_at(each, node.key, names) for each in of]
    return _at(of, node.key, names)


def _is_projection(node: Node) -> bool:
    return isinstance(node, Step) and (node.key is None or _is_projection(node.of))


def _at(of: Any, key: Node | str | None, names: Mapping[str, Any]) -> Any:
    wanted = key if isinstance(key, str) or key is None else _value(key, names)
    if isinstance(of, dict) and isinstance(wanted, str):
        if wanted in of:
            return of[wanted]
        known = ", ".join(map(str, list(of)[:8])) or "no key"
        raise EvaluationError(f"there is no {wanted!r}; there is {known}")
    if isinstance(of, list | tuple) and isinstance(wanted, int) and not isinstance(wanted, bool):
        if -len(of) <= wanted < len(of):
            return of[wanted]
        raise EvaluationError(f"there is no [{wanted}]; there are {len(of)} items")
    raise EvaluationError(f"there is no {wanted!r} in {_shown(of)}")


def _binary(node: Binary, names: Mapping[str, Any]) -> Any:
    left = _value(node.left, names)
    if node.operator == "and":
        return _truth(left) and _truth(_value(node.right, names))
    if node.operator == "or":
        return _truth(left) or _truth(_value(node.right, names))
    if node.operator == "implies":
        return not _truth(left) or _truth(_value(node.right, names))
    return _ARITHMETIC[node.operator](left, _value(node.right, names))


def _unary(node: Unary, names: Mapping[str, Any]) -> Any:
    value = _value(node.operand, names)
    return not _truth(value) if node.operator == "not" else -_number(value)


def _comparison(node: Comparison, names: Mapping[str, Any]) -> bool:
    left = _value(node.operands[0], names)
    for mark, operand in zip(node.operators, node.operands[1:], strict=True):
        right = _value(operand, names)
        if mark == "≈":
            low, high = _tolerated(node, right, names)
            held = low <= _number(left) <= high
        else:
            held = _COMPARE[mark](left, right)
        if not held:
            return False
        left = right
    return True


def _tolerated(
    node: Comparison, right: Any, names: Mapping[str, Any]
) -> tuple[float | int, float | int]:
    centre = _number(right)
    if node.tolerance is None:
        allowed: float | int = abs(centre) * 1e-9
    else:
        allowed = abs(_number(_value(node.tolerance, names)))
        allowed = abs(centre) * allowed / 100 if node.percent else allowed
    return centre - allowed, centre + allowed


def _call(node: Call, names: Mapping[str, Any]) -> Any:
    if node.function == "exists":
        return _exists(node, names)
    return FUNCTIONS[node.function](*(_value(each, names) for each in node.arguments))


def _exists(node: Call, names: Mapping[str, Any]) -> bool:
    try:
        return all(_value(each, names) is not None for each in node.arguments)
    except EvaluationError:
        return False


def _each(node: Each, names: Mapping[str, Any]) -> Any:
    values = []
    for item in _sequence(_value(node.source, names)):
        inner = {**names, node.name: item}
        if node.condition is None or _truth(_value(node.condition, inner)):
            values.append(_value(node.body, inner))
    return FUNCTIONS[node.function](values)


def _choice(node: Choice, names: Mapping[str, Any]) -> Any:
    chosen = node.then if _truth(_value(node.condition, names)) else node.otherwise
    return _value(chosen, names)


_EVALUATE: Mapping[type, Callable[[Any, Mapping[str, Any]], Any]] = {
    Literal: lambda node, names: node.value,
    ListOf: lambda node, names: [_value(item, names) for item in node.items],
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
    told = list(dict.fromkeys(_reasons(expression.root, expression.text, names)))
    return "; ".join(told) or f"{expression.text} is not true"


def _reasons(node: Node, text: str, names: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(node, Binary) and node.operator in ("and", "or", "implies"):
        if node.operator == "implies":
            yield f"{text[node.left.start : node.left.end]} is true"
            yield from _reasons(node.right, text, names)
            return
        for part in (node.left, node.right):
            if _value(part, names) is not True:
                yield from _reasons(part, text, names)
                if node.operator == "and":
                    return
        return
    if isinstance(node, Comparison):
        compared = _compared(node, names)
        for operand in compared:
            if not isinstance(operand, Literal):
                value = _value(operand, names)
                yield f"{text[operand.start : operand.end]} = {_shown(value)}"
        if node.operators[-1] == "≈" and len(compared) == len(node.operands):
            low, high = _tolerated(node, _value(node.operands[-1], names), names)
            yield f"allowed {_rounded(low)} to {_rounded(high)}"
        return
    yield f"{text[node.start : node.end]} = {_shown(_value(node, names))}"


def _compared(node: Comparison, names: Mapping[str, Any]) -> tuple[Node, ...]:
    """The operands up to the first comparison that is false: what comes after wasn't looked at."""
    for count in range(1, len(node.operators)):
        start = Comparison(
            node.operands[: count + 1],
            node.operators[:count],
            node.tolerance,
            node.percent,
            node.start,
            node.operands[count].end,
        )
        if not _comparison(start, names):
            return start.operands
    return node.operands


def _rounded(number: float | int) -> str:
    try:
        return f"{number:g}"
    except OverflowError:  # a whole number beyond what a float can hold
        return _shown(number)
