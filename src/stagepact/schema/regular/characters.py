"""Sets of characters as intervals of code points, and those that patterns have names for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

Intervals = tuple[tuple[int, int], ...]
"""Code points from first to last, sorted, apart from each other."""

LAST = 0x10FFFF
EVERY: Intervals = ((0, 0xD7FF), (0xE000, LAST))
"""All that a JSON text can hold: surrogates have no UTF-8."""


class NotRegular(ValueError):  # noqa: N818 - it says what was found
    """A pattern whose language no finite automaton knows, or one that is too large."""


def union(*sets: Iterable[tuple[int, int]]) -> Intervals:
    """All code points of all sets."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pair for each in sets for pair in each):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)


def intersection(one: Intervals, other: Intervals) -> Intervals:
    """The code points that are in both."""
    found = []
    i = j = 0
    while i < len(one) and j < len(other):
        first, last = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if first <= last:
            found.append((first, last))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def complement(of: Intervals) -> Intervals:
    """All other code points that a text can hold."""
    gaps, start = [], 0
    for first, last in of:
        if start < first:
            gaps.append((start, first - 1))
        start = last + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return intersection(tuple(gaps), EVERY)


def of_text(text: str) -> Intervals:
    """The characters of a text."""
    return union((ord(char), ord(char)) for char in text)


DIGITS = ((48, 57),)
WORD: Intervals = ((48, 57), (65, 90), (95, 95), (97, 122))
LINE_END = of_text("\n")
"""What `.` doesn't match, to validators: to ECMA-262, the other ends of lines neither."""

SPACE = union(
    of_text("\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"), ((0x2000, 0x200A),)
)
CLASSES = {
    "d": DIGITS,
    "D": complement(DIGITS),
    "w": WORD,
    "W": complement(WORD),
    "s": SPACE,
    "S": complement(SPACE),
}
CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}

_CATEGORIES = {
    "Letter": "L",
    "Cased_Letter": "LC",
    "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Titlecase_Letter": "Lt",
    "Modifier_Letter": "Lm",
    "Other_Letter": "Lo",
    "Mark": "M",
    "Combining_Mark": "M",
    "Nonspacing_Mark": "Mn",
    "Spacing_Mark": "Mc",
    "Enclosing_Mark": "Me",
    "Number": "N",
    "Decimal_Number": "Nd",
    "digit": "Nd",
    "Letter_Number": "Nl",
    "Other_Number": "No",
    "Punctuation": "P",
    "punct": "P",
    "Connector_Punctuation": "Pc",
    "Dash_Punctuation": "Pd",
    "Open_Punctuation": "Ps",
    "Close_Punctuation": "Pe",
    "Initial_Punctuation": "Pi",
    "Final_Punctuation": "Pf",
    "Other_Punctuation": "Po",
    "Symbol": "S",
    "Math_Symbol": "Sm",
    "Currency_Symbol": "Sc",
    "Modifier_Symbol": "Sk",
    "Other_Symbol": "So",
    "Separator": "Z",
    "Space_Separator": "Zs",
    "Line_Separator": "Zl",
    "Paragraph_Separator": "Zp",
    "Other": "C",
    "Control": "Cc",
    "cntrl": "Cc",
    "Format": "Cf",
    "Private_Use": "Co",
    "Unassigned": "Cn",
}
_SHORT = frozenset(_CATEGORIES.values()) | {"LC"}


@lru_cache(maxsize=64)
def category(name: str) -> Intervals:
    """The code points of `\\p{name}`: a general category; scripts aren't in Python's tables."""
    if name == "Any":
        return EVERY
    if name == "ASCII":
        return ((0, 127),)
    name = name.removeprefix("General_Category=").removeprefix("gc=")
    wanted = _CATEGORIES.get(name, name)
    if wanted not in _SHORT:
        raise NotRegular(f"\\p{{{name}}} is no general category of Unicode")
    return _in_categories(("Lu", "Ll", "Lt") if wanted == "LC" else (wanted,))


def _in_categories(starts: tuple[str, ...]) -> Intervals:
    found: list[tuple[int, int]] = []
    for first, last in EVERY:
        for code in range(first, last + 1):
            if unicodedata.category(chr(code)).startswith(starts):
                if found and found[-1][1] == code - 1:
                    found[-1] = (found[-1][0], code)
                else:
                    found.append((code, code))
    return tuple(found)


@lru_cache(maxsize=1)
def words() -> Intervals:
    """The characters at whose border `\\b` stands, to validators: all letters, not just `\\w`.

    Source: Unicode Technical Standard 18, annex C; circled letters and joiners are among them.
    """
    circled = ((0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189))
    joiners = ((0x200C, 0x200D),)
    return union(_in_categories(("L", "M", "Nd", "Nl", "Pc")), circled, joiners)


_PLAIN = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    " _-./:@+*,;!?#%&=()<>[]{}'\"|~^$`\\"
)
_RANKS = {ord(character): rank for rank, character in enumerate(_PLAIN)}
_MOST_SHOWN = 256


def plainness(code: int) -> tuple[int, int]:
    """A key that sorts characters as people would have them: digits, letters, signs, the rest."""
    return (_RANKS.get(code, len(_RANKS)), code)


def plainest(of: Intervals) -> int:
    """The plainest code point of a set that isn't empty."""
    return next((c for c in _RANKS if any(first <= c <= last for first, last in of)), of[0][0])


@lru_cache(maxsize=4096)
def palette(of: Intervals) -> str:
    """Up to 256 characters that stand for a set, the plainest first, the edges among them."""
    plain = [c for c in _PLAIN if any(first <= ord(c) <= last for first, last in of)]
    edges = [chr(c) for first, last in of[:50] for c in (first, last, (first + last) // 2)]
    return "".join(dict.fromkeys([*plain, *edges]))[:_MOST_SHOWN]
