"""Dates and times by the patterns of pact files, which are those of Java's DateTimeFormatter.

Each letter is a row: how often it may stand, what it takes of a text, and within which bounds.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

DEFAULTS: Mapping[str, str] = {
    "date": "yyyy-MM-dd",
    "time": "HH:mm:ss",
    "datetime": "yyyy-MM-dd'T'HH:mm:ssXXX",
}

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_HOURS = r"(?>1[0-8]|0\d|\d)"  # of an offset; Java goes to 18
_MINUTES = r"[0-5]?\d"
_PIECE = re.compile(r"''|'((?:[^']|'')+)'|([A-Za-z])\2*|[^A-Za-z0-9'{}\[\]]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pattern: what it takes of a text, and what is right of that."""

    letter: str
    takes: re.Pattern[str]
    bounds: tuple[int, int] | None = None
    names: Callable[[], frozenset[str]] | None = None

    def end(self, text: str, at: int) -> int | None:
        """Where it ends in a text that it is tried on, or None where it doesn't fit."""
        found = self.takes.match(text, at)
        if found is None:
            return None
        if self.bounds and not self.bounds[0] <= int(found.group()) <= self.bounds[1]:
            return None
        if self.names and found.group() not in self.names():
            return None
        return found.end()


def fits(text: str, pattern: str) -> bool:
    """Whether a text is a date or time in the form of a pattern, and one that there is."""
    at, seen = 0, dict[str, str]()
    for piece in pieces(pattern):
        end = piece.end(text, at)
        if end is None:
            return False
        seen[piece.letter] = text[at:end]
        at = end
    return at == len(text) and _exists(seen)


@lru_cache(maxsize=256)
def pieces(pattern: str) -> tuple[Piece, ...]:
    """A pattern, taken apart.

    Raises:
        ValueError: it isn't one; the text says what was found.
    """
    made, at = [], 0
    while at < len(pattern):
        found = _PIECE.match(pattern, at)
        if found is None:
            raise ValueError(f"`{pattern[at]}` at character {at + 1} of `{pattern}`")
        made.append(_piece(found))
        at = found.end()
    if not made:
        raise ValueError("an empty pattern")
    return tuple(made)


def written(moment: datetime, pattern: str) -> str:
    """A time in the form of a pattern.

    Raises:
        ValueError: a letter of it can't be written.
    """
    pieces(pattern)
    return "".join(_written(found, moment) for found in _PIECE.finditer(pattern))


def _written(found: re.Match[str], moment: datetime) -> str:
    text, letter = found.group(), found[2]
    if letter is None:
        return "'" if text == "''" else (found[1] or text).replace("''", "'")
    if letter not in _WRITERS:
        raise ValueError(f"`{text}` is for the official engine to write")
    return _WRITERS[letter](moment, len(text))


def _zone(moment: datetime, count: int, zero: str) -> str:
    offset = moment.strftime("%z") or "+0000"
    if offset == "+0000" and zero:
        return zero
    return offset[:3] + ":" + offset[3:5] if count in {3, 5} else offset[: 3 if count == 1 else 5]


def _padded(code: str) -> Callable[[datetime, int], str]:
    return lambda moment, count: str(int(moment.strftime(code))).zfill(count)


def _name(names: list[str], index: int, count: int) -> str:
    name = names[index].capitalize()
    return name[:3] if count <= 3 else name


def _month_written(moment: datetime, count: int) -> str:
    if count <= 2:
        return str(moment.month).zfill(count)
    return _name(_MONTHS, moment.month - 1, count)


def _year_written(moment: datetime, count: int) -> str:
    return f"{moment.year:04}"[-2:] if count == 2 else str(moment.year).zfill(count)


_WRITERS: Mapping[str, Callable[[datetime, int], str]] = {
    "G": lambda moment, count: "AD",
    "y": _year_written,
    "u": _year_written,
    "M": _month_written,
    "L": lambda moment, count: str(moment.month).zfill(min(count, 2)),
    "d": _padded("%d"),
    "D": _padded("%j"),
    "E": lambda moment, count: _name(_DAYS, moment.weekday(), count),
    "a": lambda moment, count: "AM" if moment.hour < 12 else "PM",
    "H": _padded("%H"),
    "k": lambda moment, count: str(moment.hour or 24).zfill(count),
    "h": _padded("%I"),
    "K": lambda moment, count: str(moment.hour % 12).zfill(count),
    "m": _padded("%M"),
    "s": _padded("%S"),
    "S": lambda moment, count: f"{moment.microsecond:06}000"[:count],
    "n": lambda moment, count: str(moment.microsecond * 1000),
    "X": lambda moment, count: _zone(moment, count, "Z"),
    "x": lambda moment, count: _zone(moment, count, ""),
    "Z": lambda moment, count: _zone(moment, 5 if count == 5 else 2, ""),
}


def _piece(found: re.Match[str]) -> Piece:
    text, letter = found.group(), found[2]
    if letter is None:
        literal = "'" if text == "''" else (found[1] or text).replace("''", "'")
        return Piece("", re.compile(re.escape(literal)))
    row = _LETTERS.get(letter)
    if row is None:
        raise ValueError(f"the letter `{letter}`, which stands for nothing")
    most, made = row
    if len(text) > most:
        raise ValueError(f"`{text}`, of which at most {most} may stand together")
    return made(letter, len(text))


_Made = Callable[[str, int], Piece]


def _number(digits: int, low: int, high: int) -> _Made:
    takes = re.compile(rf"\d{{1,{digits}}}", re.ASCII)
    return lambda letter, count: Piece(letter, takes, (low, high))


def _words(words: list[str], count: int) -> re.Pattern[str]:
    chosen = [word[:3] for word in words] if count == 3 else words
    return re.compile("|".join(chosen), re.IGNORECASE)


def _fixed(regex: str) -> _Made:
    takes = re.compile(regex, re.IGNORECASE | re.ASCII)
    return lambda letter, count: Piece(letter, takes)


def _year(letter: str, count: int) -> Piece:
    return Piece("y", re.compile(rf"\d{{1,{count if count > 1 else 9}}}", re.ASCII))


def _month(letter: str, count: int) -> Piece:
    if count <= 2 or letter == "L":
        return Piece("M", re.compile(r"\d{1,2}", re.ASCII), (1, 12))
    return Piece("M", _words(_MONTHS, count))


def _day_name(letter: str, count: int) -> Piece:
    return Piece("E", _words(_DAYS, 3 if count <= 3 else count))


def _day_of_week(letter: str, count: int) -> Piece:
    if count > 2:
        return _day_name(letter, count)
    return Piece(letter, re.compile(r"\d", re.ASCII), (1, 7))


def _quarter(letter: str, count: int) -> Piece:
    if count < 3:
        return Piece(letter, re.compile(r"\d{1,2}", re.ASCII), (1, 4))
    named = r"Q[1-4]" if count == 3 else r"(?:1st|2nd|3rd|4th) quarter"
    return Piece(letter, re.compile(named, re.IGNORECASE))


def _fraction(letter: str, count: int) -> Piece:
    return Piece(letter, re.compile(rf"\d{{1,{count}}}", re.ASCII))


_OFFSETS = {
    1: rf"[+-]{_HOURS}(?:{_MINUTES})?",
    2: rf"[+-]{_HOURS}{_MINUTES}",
    3: rf"[+-]{_HOURS}:{_MINUTES}",
    4: rf"[+-]{_HOURS}{_MINUTES}(?:{_MINUTES})?",
    5: rf"[+-]{_HOURS}:{_MINUTES}(?::{_MINUTES})?",
}


def _offset(letter: str, count: int) -> Piece:
    zero = "Z|" if letter == "X" else ""
    return Piece(letter, re.compile(zero + _OFFSETS[count], re.ASCII))


def _offset_z(letter: str, count: int) -> Piece:
    if count == 4:
        return Piece(letter, re.compile(rf"(?:GMT|UTC)(?:{_OFFSETS[3]})?", re.ASCII))
    return Piece(letter, re.compile(_OFFSETS[2 if count < 4 else 3], re.ASCII))


def _offset_gmt(letter: str, count: int) -> Piece:
    minutes = rf":{_MINUTES}" if count == 4 else rf"(?::{_MINUTES})?"
    return Piece(letter, re.compile(rf"(?:GMT|UTC)[+-]{_HOURS}{minutes}", re.ASCII))


def _zone_id(letter: str, count: int) -> Piece:
    return Piece(letter, re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*"), names=_zones)


def _zone_name(letter: str, count: int) -> Piece:
    return Piece(letter, re.compile("[A-Z]{3,5}"), names=_zone_names)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    """The short names that zones have in winter and in summer: CET, CEST, EST."""
    seasons = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7)]
    zones = [ZoneInfo(name) for name in _zones()]
    return frozenset(when.astimezone(zone).strftime("%Z") for zone in zones for when in seasons)


_LETTERS: Mapping[str, tuple[int, _Made]] = {
    "G": (5, _fixed("AD|BC")),
    **dict.fromkeys("yYu", (19, _year)),
    **dict.fromkeys("ML", (5, _month)),
    "D": (3, _number(3, 1, 366)),
    "d": (2, _number(2, 1, 31)),
    "Q": (5, _quarter),
    "q": (2, _quarter),
    "w": (2, _number(2, 1, 56)),
    "W": (2, _number(2, 1, 5)),
    "F": (2, _number(2, 0, 4)),
    "E": (5, _day_name),
    "e": (5, _day_of_week),
    "c": (1, _day_of_week),
    "a": (1, _fixed("AM|PM")),
    "h": (2, _number(2, 1, 12)),
    "H": (2, _number(2, 0, 23)),
    "k": (2, _number(2, 1, 24)),
    "K": (2, _number(2, 0, 11)),
    "m": (2, _number(2, 0, 59)),
    "s": (2, _number(2, 0, 60)),
    "S": (9, _fraction),
    **dict.fromkeys("nAN", (19, _fixed(r"\d+"))),
    "x": (5, _offset),
    "X": (5, _offset),
    "Z": (5, _offset_z),
    "O": (4, _offset_gmt),
    "z": (3, _zone_name),
    "V": (2, _zone_id),
}


def _exists(seen: Mapping[str, str]) -> bool:
    """Whether the month has the day; 29 February needs a leap year, where a year is told."""
    if "d" not in seen or "M" not in seen:
        return True
    month = seen["M"]
    names = [name[:3] for name in _MONTHS]
    number = int(month) if month.isdecimal() else names.index(month[:3].lower()) + 1
    year = int(seen.get("y", "2001"))
    leap = 2000 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 2001
    return int(seen["d"]) <= monthrange(leap, number)[1]
