"""What a single word of a document means, by YAML 1.2's core schema and by what JSON can hold.

The core schema (yaml.org/spec/1.2.2, section 10.3.2), not PyYAML's 1.1: `no`, `on`, `1_000`,
`12:30:00` and `2026-12-31` are texts.
"""

import re

from stagepact.contract.tree import Scalar, shorten
from stagepact.errors import Place, Problem

MAX_DIGITS = 500
"""Python can be set to refuse decimals over 640 digits; a number read here can always be shown."""

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BASES = {"0x": 16, "0o": 8}


def resolve(text: str) -> Scalar:
    """Return what a plain YAML scalar means.

    Raises ValueError, whose text is what was found, for a number that JSON or Python can't hold.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return whole(text)
    if _FLOAT.fullmatch(text):
        return finite(text)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"`{text}`, which JSON does not have")
    return text


def whole(text: str) -> int:
    """Return the whole number, or raise ValueError when it has too many digits to be shown."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a whole number of {len(text):,} digits")
    return int(text, _BASES.get(text[:2], 10))


def finite(text: str) -> float:
    """Return the number, or raise ValueError when it is beyond what a float can hold."""
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number `{shorten(text)}`, which is too large")
    return value


def odd_value(place: Place, found: str) -> Problem:
    """Return the problem of a value that JSON does not have."""
    advice = "write a number or a text that JSON can hold"
    return Problem(place, found, "a value that JSON has", advice, "odd-value")


def place_at(text: str, offset: int, file: str) -> Place:
    """Return the place of a character in a text."""
    start = text.rfind("\n", 0, offset) + 1
    return Place(file, text.count("\n", 0, offset) + 1, offset - start + 1)
