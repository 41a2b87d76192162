"""A text as tokens: numbers, strings, names and marks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagepact.contract.expression.errors import ExpressionError
from stagepact.contract.expression.values import MOST_DIGITS

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
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a string, a name, a mark, or the end; and where it stands."""

    kind: str
    value: Any
    start: int
    end: int


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of a text, and its end.

    Raises:
        ExpressionError: there is something that is no token.
    """
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
    yield Token("end", "", end, end)


def _token(kind: str, text: str, start: int, end: int) -> Token:
    if kind == "number":
        whole = text.isdecimal()
        if len(text) > MOST_DIGITS:
            raise ExpressionError(text[:80], 0, f"a number longer than {MOST_DIGITS} characters")
        return Token(kind, int(text) if whole else float(text), start, end)
    if kind == "string":
        value = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), text[1:-1])
        return Token(kind, value, start, end)
    if kind == "name" and text in _WORDS:
        return Token("mark", text, start, end)
    return Token(kind, _ALIASES.get(text, text), start, end)
