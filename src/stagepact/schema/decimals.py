"""Decimals in JSON: numbers and texts with so many digits and places, within bounds.

Pydantic counts digits before and after the point (`max_digits`, `decimal_places`), and leaves them,
and the bounds of texts, out of its JSON Schemas.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

from stagepact.schema.formats import LIKE

_MOST_SHOWN = 12
_SPAN = 10**6
_MOST_DIGITS = 6
_MOST_PLACES = 2


def tight_decimal(branch: dict[str, Any], schema: Any) -> dict[str, Any]:
    """A branch of a decimal's schema, number or text, with its digits."""
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    if branch.get("type") == "number":
        return _number(branch, digits, places)
    if branch.get("type") != "string":
        return branch
    spelt = {"pattern": _spelling(digits, places), "format": LIKE + decimals_like(schema)}
    return {**branch, **spelt}


def _number(branch: dict[str, Any], digits: int | None, places: int | None) -> dict[str, Any]:
    if digits is not None and places is None:
        some = [_of_digits({}, digits - after, after) for after in range(digits + 1)]
        return {**branch, "anyOf": some}
    return _of_digits(branch, None if digits is None else digits - (places or 0), places)


def _of_digits(branch: dict[str, Any], whole: int | None, places: int | None) -> dict[str, Any]:
    """A schema of numbers that has bounds and steps of its own, with so many digits."""
    found = dict(branch)
    if places is not None:
        found.setdefault("multipleOf", 10.0**-places if places else 1)
    if whole is not None:
        low, high = found.get("exclusiveMinimum", -math.inf), found.get("exclusiveMaximum")
        found["exclusiveMinimum"] = max(low, -(10**whole))
        found["exclusiveMaximum"] = min(math.inf if high is None else high, 10**whole)
    if whole == 0:
        found["not"] = {"const": 0}  # its 0 stands before the point
    return found


def _spelling(digits: int | None, places: int | None) -> str:
    """A pattern of all texts with so many digits, as they are usually written."""
    whole = None if digits is None else digits - (places or 0)
    before = r"\d+" if whole is None else rf"0*\d{{1,{whole}}}" if whole else "0+"
    after = r"\d+" if places is None else rf"\d{{1,{places}}}0*" if places else "0+"
    return rf"^[+-]?({before}(\.({after})?)?|0*\.{after})([eE][+-]?\d+)?$"


def decimals_like(schema: Any) -> str:
    """How texts of numbers look that are surely within the bounds of a core schema."""
    digits, places = schema.get("max_digits"), schema.get("decimal_places")
    if schema.get("type") == "int":
        places = 0
    if digits is not None and places is None:
        places = 0
    whole = None if digits is None else digits - (places or 0)
    low = max(float(schema.get(key, "-inf")) for key in ("ge", "gt"))
    high = min(float(schema.get(key, "inf")) for key in ("le", "lt"))
    most = _MOST_DIGITS if whole is None else min(whole, _MOST_DIGITS)
    if high < 10 ** (most + 1):
        most = min(most, len(str(int(high))) - 1) if high >= 10 else 0
    least = len(str(int(low))) + 1 if low >= 1 else 1
    if least > most or "multiple_of" in schema:
        return _listed(schema, (low, high), whole, places)
    after = "" if places == 0 else rf"(\.\d{{1,{min(places or _MOST_PLACES, _MOST_PLACES)}}})?"
    sign = "-?" if low < -(10**most) else ""
    return rf"^{sign}[1-9]\d{{{least - 1},{most - 1}}}{after}$"


def _listed(schema: Any, bounds: tuple[float, float], whole: int | None, places: int | None) -> str:
    """Some of the multiples within bounds, one by one."""
    shown = _MOST_PLACES if places is None else places
    step = Fraction(str(schema.get("multiple_of", Decimal(1).scaleb(-shown))))
    low, high = _span(*bounds)
    least, most = math.ceil(low / step), math.floor(high / step)
    every = max(1, (most - least) // _MOST_SHOWN)
    numbers = (_exactly(step * each) for each in range(least, most + 1, every))
    texts = [_text(each, places) for each in numbers if _fits(each, schema, whole)]
    return f"^({'|'.join(each.replace('.', '[.]') for each in texts)})$"


def _span(low: float, high: float) -> tuple[Fraction, Fraction]:
    """Both bounds; where one is open, a million from the other, or from 0."""
    if math.isinf(low):
        low = (0 if math.isinf(high) else high) - _SPAN
    return Fraction(str(low)), Fraction(str(low + _SPAN if math.isinf(high) else high))


def _exactly(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _text(number: Decimal, places: int | None) -> str:
    text = format(number, "f")
    return text if places == 0 or "." in text else f"{text}.0"


def _fits(number: Decimal, schema: Any, whole: int | None) -> bool:
    if whole is not None and abs(number) >= 10**whole:
        return False
    holds = {"ge": number.__ge__, "gt": number.__gt__, "le": number.__le__, "lt": number.__lt__}
    return all(test(Decimal(str(schema[key]))) for key, test in holds.items() if key in schema)
