"""Whether one value is what one rule demands: a table for JSON values, one for texts.

A row is a predicate; a rule that has none in a table is for no such value. What can't be told (a
content type that isn't known by its looks) is raised as `Undecided`.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from stagepact.contract.source import Json
from stagepact.pact import content, moments, patterns
from stagepact.pact.rules import STATUS_CLASSES, Rule
from stagepact.pact.undecided import Undecided

_SEMVER = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?|nan)", re.ASCII | re.I
)
_LEAST_WHOLE, _MOST_WHOLE = -(2**63), 2**64 - 1
_ZEROS = re.compile(r"e([+-]?)0*(\d+)")


def is_whole(value: Json) -> bool:
    """Whether JSON wrote it without a point, and 64 bits hold it, as the reference has it."""
    return _is_number(value) and isinstance(value, int) and _LEAST_WHOLE <= value <= _MOST_WHOLE


def same(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal; 1, 1.0 and true are three."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    one, other = _as_read(one), _as_read(other)
    return type(one) is type(other) and one == other


def alike(one: Json, other: Json) -> bool:
    """Whether two JSON values are of the same type; all numbers are."""
    return _type(one) is _type(other)


def text_of(value: Json) -> str:
    """A value as a text: a text as it is, anything else as JSON writes it."""
    if isinstance(value, str):
        return value
    try:
        return _written(value)
    except RecursionError:
        return "a value that is nested very deeply"


def _written(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(key)}:{_written(value[key])}" for key in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    read = _as_read(value)
    return _float(read) if isinstance(read, float) else json.dumps(read, ensure_ascii=False)


def _as_read(value: Json) -> Json:
    """A whole number that 64 bits don't hold is read as one with a point, as the reference does."""
    if not _is_number(value) or is_whole(value):
        return value
    try:
        return float(value)  # type: ignore[arg-type]  # it is a number
    except OverflowError:
        return value


def _float(value: float) -> str:
    if 1e-5 <= abs(value) < 1e-4:
        return format(Decimal(repr(value)), "f")
    return _ZEROS.sub(lambda found: f"e{found[1]}{found[2]}", repr(value))


def _type(value: Json) -> type:
    return float if _is_number(value) else type(value)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Json, words: frozenset[str]) -> bool:
    return isinstance(value, str) and value in words


_TRUTHS = frozenset({"true", "false"})


def _sized(rule: Rule, size: int) -> bool:
    return (rule.least or 0) <= size and (rule.most is None or size <= rule.most)


def _of_type(rule: Rule, expected: Json, actual: Json) -> bool:
    return alike(expected, actual)


def _moment(rule: Rule, actual: str) -> bool:
    return moments.fits(actual, rule.text)


def _status(rule: Rule, status: int) -> bool:
    return status in (rule.statuses or STATUS_CLASSES[rule.text])


def has_content_type(rule: Rule, data: bytes) -> bool:
    """Whether data looks like what the rule names; Undecided for what isn't known by its looks."""
    wanted = content.parse(rule.text)
    name = wanted.name if wanted else rule.text
    if name not in content.KNOWN:
        raise Undecided(f"whether data is {rule.text} is for the official engine to tell")
    found = content.of_bytes(data)
    if name == "text/plain":
        return found in content.BY_TEXT
    return found == name or (found.endswith("/xml") and name.endswith("/xml"))


def _data(value: Json) -> bytes:
    """What a value holds: of base64 what it encodes, if that is anything; else its text."""
    text = text_of(value).encode()
    try:
        decoded = base64.b64decode(text, validate=True) if isinstance(value, str) else text
    except (binascii.Error, ValueError):
        return text
    return text if content.of_bytes(decoded) == content.UNKNOWN else decoded


_Check = Callable[[Rule, Json, Json], bool]

SCALARS: Mapping[str, _Check] = {
    "equality": lambda rule, expected, actual: same(expected, actual),
    "values": lambda rule, expected, actual: same(expected, actual),
    "type": _of_type,
    "regex": lambda rule, expected, actual: patterns.matches(rule.text, text_of(actual)),
    "include": lambda rule, expected, actual: rule.text in text_of(actual),
    "integer": lambda rule, expected, actual: is_whole(actual),
    "decimal": lambda rule, expected, actual: _is_number(actual) and not is_whole(actual),
    "number": lambda rule, expected, actual: _is_number(actual),
    "boolean": lambda rule, expected, actual: isinstance(actual, bool) or _is_text(actual, _TRUTHS),
    "null": lambda rule, expected, actual: actual is None,
    "date": lambda rule, expected, actual: _moment(rule, text_of(actual)),
    "time": lambda rule, expected, actual: _moment(rule, text_of(actual)),
    "datetime": lambda rule, expected, actual: _moment(rule, text_of(actual)),
    "contentType": lambda rule, expected, actual: has_content_type(rule, _data(actual)),
    "notEmpty": lambda rule, expected, actual: actual is not None and actual not in ("", [], {}),
    "semver": lambda rule, expected, actual: (
        isinstance(actual, str) and _SEMVER.fullmatch(actual) is not None
    ),
    **dict.fromkeys(
        ("eachKey", "eachValue", "arrayContains", "statusCode"),
        lambda rule, expected, actual: True,  # they are for lists, mappings and statuses
    ),
}
"""Where the example is a text, a number, true, false or null; the value may be anything."""

_HELD = ["regex", "eachKey", "eachValue", "arrayContains", "values"]


def _anything(rule: Rule, expected: Json, actual: Json) -> bool:
    return True


def _by_size(rule: Rule, expected: Json, actual: Json) -> bool:
    return _sized(rule, len(actual) if isinstance(actual, list | dict) else 0)


_BOXES: Mapping[str, _Check] = {
    "equality": lambda rule, expected, actual: same(expected, actual),
    "type": _by_size,
    "notEmpty": lambda rule, expected, actual: bool(actual),
    **dict.fromkeys(_HELD, _anything),
}
_IN_LISTS = (
    "integer",
    "decimal",
    "number",
    "date",
    "time",
    "datetime",
    "include",
    "contentType",
    "boolean",
    "semver",
)

MAPPINGS: Mapping[str, _Check] = _BOXES
"""Where the example and the value are mappings; a rule without a row holds of none."""

LISTS: Mapping[str, _Check] = {**_BOXES, **dict.fromkeys(_IN_LISTS, _anything)}
"""Where both are lists; what a rule demands of single values is demanded of the items."""

TEXTS: Mapping[str, Callable[[Rule, str, str], bool]] = {
    "equality": lambda rule, expected, actual: expected == actual,
    "values": lambda rule, expected, actual: expected == actual,
    "type": lambda rule, expected, actual: True,
    "regex": lambda rule, expected, actual: patterns.matches(rule.text, actual),
    "include": lambda rule, expected, actual: rule.text in actual,
    "integer": lambda rule, expected, actual: _WHOLE.fullmatch(actual) is not None,
    "decimal": lambda rule, expected, actual: _NUMBER.fullmatch(actual) is not None,
    "number": lambda rule, expected, actual: _NUMBER.fullmatch(actual) is not None,
    "boolean": lambda rule, expected, actual: actual in _TRUTHS,
    "date": lambda rule, expected, actual: _moment(rule, actual),
    "time": lambda rule, expected, actual: _moment(rule, actual),
    "datetime": lambda rule, expected, actual: _moment(rule, actual),
    "contentType": lambda rule, expected, actual: has_content_type(rule, actual.encode()),
    "statusCode": lambda rule, expected, actual: actual.isdecimal() and _status(rule, int(actual)),
    "notEmpty": lambda rule, expected, actual: actual != "",
    "semver": lambda rule, expected, actual: _SEMVER.fullmatch(actual) is not None,
}
"""Texts outside of JSON: headers, parameters, paths, plain bodies, keys of mappings."""

STATUSES: Mapping[str, Callable[[Rule, int, int], bool]] = {
    "equality": lambda rule, expected, actual: expected == actual,
    "regex": lambda rule, expected, actual: patterns.matches(rule.text, str(actual)),
    "include": lambda rule, expected, actual: rule.text in str(actual),
    "statusCode": lambda rule, expected, actual: _status(rule, actual),
    **dict.fromkeys(("type", "integer", "number"), lambda rule, expected, actual: True),
}
"""The status of a response."""
