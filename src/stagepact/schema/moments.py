"""Days, times and durations within bounds, of which Pydantic's JSON Schemas say nothing.

No keyword of JSON Schema compares texts, so these are likenesses: some texts that surely fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from stagepact.schema.formats import LIKE, PATTERNS

_DAY_OF_MONTH = r"-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
_SIDES: Mapping[str, str] = {
    "past": rf"(19\d\d|200\d){_DAY_OF_MONTH}",
    "future": rf"[3-9]\d{{3}}{_DAY_OF_MONTH}",
}
_CLOCK = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d"
_DAY = 86_400
_SHOWN = 8
_MOST_SECONDS = 999_999_999 * _DAY
_BOUNDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
}
_NAIVE = r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$"


def tight_moment(found: dict[str, Any], schema: Any) -> dict[str, Any]:
    """The schema of a day, a time or a duration, with what texts look like within its bounds."""
    if found.get("type") == "number":  # a duration in seconds
        bounds = {_BOUNDS[key]: schema[key].total_seconds() for key in schema.keys() & _BOUNDS}
        return {**found, "minimum": -_MOST_SECONDS, "maximum": _MOST_SECONDS, **bounds}
    is_naive = schema.get("tz_constraint") == "naive"
    like = _like(schema, "" if is_naive else "Z")
    if schema["type"] == "datetime" and is_naive:
        found = {key: value for key, value in found.items() if key != "format"}
        found["pattern"] = _NAIVE
        like = like or f"^{PATTERNS['naive-date-time']}$"
    if like is None or found.get("type") != "string":
        return found
    return {**found, "allOf": [{"format": LIKE + like}]}


def _like(schema: Any, zone: str) -> str | None:
    kind = schema["type"]
    if {"ge", "gt", "le", "lt"} & set(schema):
        low, high = _bounds(schema, *_RANGES[kind])
        width = high - low
        texts = [_TEXTS[kind](low + width * each // (_SHOWN - 1), zone) for each in range(_SHOWN)]
        return f"^({'|'.join(dict.fromkeys(texts))})$" if width >= 0 else None
    side = _SIDES.get(schema.get("now_op", ""))
    if side is None:
        return None
    return f"^{side}{_CLOCK}{zone}$" if kind == "datetime" else f"^{side}$"


def _bounds(
    schema: Any, number: Callable[[Any], float], span: int, every: range
) -> tuple[int, int]:
    """The least and the greatest whole number inside; where a bound is open, a span away."""
    low, high = -math.inf, math.inf
    for key, value in schema.items():
        if key in ("ge", "gt"):
            low = max(low, math.floor(number(value)) + 1 if key == "gt" else number(value))
        elif key in ("le", "lt"):
            high = min(high, math.ceil(number(value)) - 1 if key == "lt" else number(value))
    low = max(high - span if math.isinf(low) else low, every.start)
    return math.ceil(low), math.floor(min(high, low + span, every.stop - 1))


def _second_of(value: Any) -> float:
    """Seconds since 1970 in UTC; a bound without a zone is read in it."""
    moment: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
    return moment.timestamp()


def _second_of_day(value: Any) -> float:
    clock: time = value
    return clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6


def _date(day: int, zone: str) -> str:
    return date.fromordinal(day).isoformat()


def _date_time(second: int, zone: str) -> str:
    moment = datetime(1970, 1, 1) + timedelta(seconds=second)
    return moment.isoformat() + zone


def _time(second: int, zone: str) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{zone}"


def _duration(second: int, zone: str) -> str:
    return f"PT{second}S"


_RANGES: Mapping[str, tuple[Callable[[Any], float], int, range]] = {
    "date": (lambda day: float(day.toordinal()), 3650, range(1, date.max.toordinal() + 1)),
    "datetime": (_second_of, 3650 * _DAY, range(-62_135_596_800, 253_402_300_800)),
    "time": (_second_of_day, _DAY, range(_DAY)),
    "timedelta": (lambda took: float(took.total_seconds()), 1000, range(10**9 * _DAY)),
}
"""By kind: its bound as a number, how far to go from one, all numbers that there are."""

_TEXTS: Mapping[str, Callable[[int, str], str]] = {
    "date": _date,
    "datetime": _date_time,
    "time": _time,
    "timedelta": _duration,
}
"""By kind: the text of a number in a zone."""
