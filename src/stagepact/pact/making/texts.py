"""Texts of a schema as one regular expression that any engine of Pact reads alike.

Pact's expressions match whole texts, and are Oniguruma's, where `^` and `$` stand at each line and
`\\d` is any digit of Unicode. So patterns are taken apart and written anew, without either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import singledispatch

from stagepact.schema.regular import NotRegular
from stagepact.schema.regular.characters import EVERY, Intervals, complement
from stagepact.schema.regular.pattern import (
    Assertion,
    Char,
    Choice,
    Look,
    Pattern,
    Repeat,
    Sequence,
    parse,
)
from stagepact.schema.shape import Texts

ANY = r"[\s\S]*"
_MOST_RANGES = 64
_SPECIAL = frozenset(r"\^$.|?*+()[]{}")
_SPECIAL_IN_SETS = frozenset(r"\^[]-&~")
_BEGINS, _ENDS = Assertion("^"), Assertion("$")

_DATE = (
    r"[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
    r"|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))"
)
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_ZONE, _HEX = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])", "[0-9A-Fa-f]"
FORMS: Mapping[str, str] = {
    "date-time": rf"{_DATE}[Tt]{_CLOCK}{_ZONE}",
    "date": _DATE,
    "time": _CLOCK + _ZONE,
    "uuid": rf"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}",
    "ipv4": r"[0-9]{1,3}(\.[0-9]{1,3}){3}",
    "email": rf"{ANY}@{ANY}",
    "idn-email": rf"{ANY}@{ANY}",
    "uri": rf"[A-Za-z][A-Za-z0-9+.-]*:{ANY}",
    "iri": rf"[A-Za-z][A-Za-z0-9+.-]*:{ANY}",
    "ipv6": r"[0-9A-Fa-f:.]{2,}",
    "json-pointer": rf"(/{ANY})?",
}
"""By format, what all of its texts look like; not everything that looks so is of the format."""
EXACT = frozenset({"uuid"})
"""Formats that are nothing but a form."""


def literal(text: str) -> str:
    """The expression for this very text."""
    return "".join(map(_character, map(ord, text)))


def expression(texts: Texts) -> tuple[str | None, tuple[str, ...]]:
    """The expression for these texts, None where any will do; and the patterns that it lacks."""
    parts, lost = [FORMS[each] for each in texts.formats if each in FORMS], []
    for pattern in texts.patterns:
        try:
            parts.append(whole(pattern))
        except NotRegular:
            lost.append(pattern)
    if texts.min_length or texts.max_length is not None:
        length = Repeat(Char(EVERY), texts.min_length, texts.max_length)
        parts.append(_written(length))
    if not parts:
        return None, tuple(lost)
    *ahead, last = parts
    return "".join(rf"(?=(?:{each})\z)" for each in ahead) + last, tuple(lost)


def any_of(expressions: Iterable[str]) -> str:
    """The expression for what any of some matches."""
    found = dict.fromkeys(expressions)
    return "|".join(found)


def whole(pattern: str) -> str:
    """The expression for all texts in which a pattern of a schema is found.

    Raises:
        NotRegular: it has something that can't be written anew.
    """
    found = parse(pattern)
    parts = found.parts if isinstance(found, Sequence) else (found,)
    begins, ends = parts[:1] == (_BEGINS,), len(parts) > 1 and parts[-1:] == (_ENDS,)
    inner = Sequence(parts[begins : len(parts) - ends])
    text = f"(?:{_written(inner)})" if isinstance(found, Choice) else _written(inner)
    return ("" if begins else ANY) + text + ("" if ends else ANY)


@singledispatch
def _written(pattern: Pattern) -> str:
    raise NotRegular(f"nothing is known of {type(pattern).__name__}")


@_written.register
def _(pattern: Char) -> str:
    return _set(pattern.of)


@_written.register
def _(pattern: Sequence) -> str:
    return "".join(_grouped(each, Choice) for each in pattern.parts)


@_written.register
def _(pattern: Choice) -> str:
    return "|".join(map(_written, pattern.branches))


@_written.register
def _(pattern: Repeat) -> str:
    part = _grouped(pattern.part, Choice, Sequence, Repeat, Look, Assertion)
    bounds = (pattern.least, pattern.most)
    if bounds in _SHORT:
        return part + _SHORT[bounds]
    most = "" if pattern.most is None else str(pattern.most)
    return (
        f"{part}{{{most}}}" if most == str(pattern.least) else f"{part}{{{pattern.least},{most}}}"
    )


_SHORT = {(0, None): "*", (1, None): "+", (0, 1): "?"}


@_written.register
def _(pattern: Look) -> str:
    return f"(?{'=' if pattern.wanted else '!'}{_written(pattern.part)})"


@_written.register
def _(pattern: Assertion) -> str:
    if pattern == _BEGINS:
        return r"\A"
    if pattern == _ENDS:
        return r"\z"
    raise NotRegular("where words end differs between engines")


def _grouped(pattern: Pattern, *kinds: type[Pattern]) -> str:
    text = _written(pattern)
    return f"(?:{text})" if isinstance(pattern, kinds) else text


def _set(of: Intervals) -> str:
    if of == EVERY:
        return r"[\s\S]"
    if len(of) == 1 and of[0][0] == of[0][1]:
        return _character(of[0][0])
    others = complement(of)
    negated = bool(others) and len(others) < len(of)
    ranges = others if negated else of
    if len(ranges) > _MOST_RANGES or not ranges:
        raise NotRegular("a set of characters with very many ranges")
    return f"[{'^' if negated else ''}{''.join(_range(*each) for each in ranges)}]"


def _range(first: int, last: int) -> str:
    ends = [_character(code, _SPECIAL_IN_SETS) for code in (first, last)]
    if first == last:
        return ends[0]
    return ("" if last == first + 1 else "-").join(ends)


_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\f": r"\f", "\v": r"\v"}


def _character(code: int, special: frozenset[str] = _SPECIAL) -> str:
    text = chr(code)
    if text in _ESCAPES:
        return _ESCAPES[text]
    if text in special:
        return "\\" + text
    if code < 0x20 or code == 0x7F:
        return rf"\x{code:02x}"
    if 0xD800 <= code <= 0xDFFF:
        raise NotRegular("half of a character")
    return text


def is_plain(text: str) -> bool:
    """Whether a text reads as a value of JSON that isn't a text, such as `12` or `null`."""
    return re.fullmatch(r"null|true|false|-?[0-9].*|[\[{].*", text, re.DOTALL) is not None
