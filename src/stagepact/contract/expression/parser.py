"""Tokens as a tree, by recursive descent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from stagepact.contract.expression.errors import ExpressionError
from stagepact.contract.expression.functions import FUNCTIONS, MOST_ARGUMENTS
from stagepact.contract.expression.tokens import Token, tokens_of
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
    is_high,
)

_DEEPEST = 50
_LONGEST = 10_000
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "≈", "in", "not in", "matches"})


class _Reader:
    """Recursive descent, a level of precedence a method, loosest first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens_of(text))
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
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
        if is_high(node):
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

    def call(self, name: Token) -> Node:
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
        most = MOST_ARGUMENTS.get(name.value, 1)
        if len(arguments) > most:
            raise ExpressionError(self.text, name.start, f"{name.value} takes at most {most}")
        return Call(name.value, tuple(arguments), name.start, self.last_end)

    def each(self, name: Token, body: Node) -> Node:
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
