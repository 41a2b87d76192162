"""Text that any output can hold: what can't be printed is written as an escape.

Data seen at a subject is hostile: a control character moves the cursor, a bidirectional
override reorders a line, a lone surrogate can't be encoded, and XML 1.0 allows few of them.
"""

from __future__ import annotations

import re

# Cc except tab and newline; surrogates; the two non-characters that XML 1.0 excludes;
# and the bidirectional controls (CVE-2021-42574).
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
    "\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)

# What our own sentences use beyond ASCII, for a console that can't show it.
_ASCII = {"✓": "+", "✗": "x", "–": "-", "─": "-", "·": "-", "…": "...", "→": "->", "≈": "~="}


def printable(text: str) -> str:
    r"""The text with every unprintable character as an escape (`\x1b`, `\ud800`)."""
    return _UNPRINTABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def encodable(text: str, encoding: str) -> str:
    """The printable text in the characters that an encoding has."""
    text = printable(text)
    if _fits(text, encoding):
        return text
    return "".join(each if _fits(each, encoding) else _substitute(each) for each in text)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _substitute(character: str) -> str:
    return _ASCII.get(character) or character.encode("ascii", "backslashreplace").decode("ascii")


def shortened(text: str, limit: int) -> str:
    """The text, cut at a number of characters and saying how many are missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"
