"""A Run as JSON-like values, and back: `read_run(plain(run)) == run`.

Both directions follow the dataclasses' own annotations, so a new field needs nothing here.
Strings are kept as they are; two exceptions to equality: what `meta` holds beyond JSON is
written as text, and JSON text joins a surrogate pair that a string holds as two characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from stagepact.verdict.model import Run, State

T = TypeVar("T")


class Unreadable(ValueError):  # noqa: N818 - it says of the values what they are
    """The values are not those of a Run; the message says where and what was expected."""


def plain(value: Any) -> Any:
    """The value as dicts, lists, strings, finite numbers, booleans and None."""
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    return _plain_collection(value)


def _plain_collection(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return str(value)


def read_run(values: Any) -> Run:
    """The Run of what `plain` gave; missing fields take their defaults, unknown ones are ignored.

    Raises:
        Unreadable: a value has the wrong shape.
    """
    return read(Run, values)


def read(kind: type[T], values: Any) -> T:
    """A value of the type, from what `plain` made of it."""
    result: T = _read(kind, values, "")
    return result


def _read(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    origin = get_origin(hint)
    if origin in _BY_ORIGIN:
        return _BY_ORIGIN[origin](hint, value, where)
    if is_dataclass(hint):
        return _read_fields(hint, value, where)
    return _read_leaf(hint, value, where)


def _read_tuple(hint: Any, value: Any, where: str) -> tuple[Any, ...]:
    each = get_args(hint)[0]
    parts = _expect(list, value, where)
    return tuple(_read(each, part, f"{where}/{index}") for index, part in enumerate(parts))


def _read_mapping(hint: Any, value: Any, where: str) -> dict[str, Any]:
    each = get_args(hint)[1]
    parts = _expect(dict, value, where)
    return {key: _read(each, part, f"{where}/{key}") for key, part in parts.items()}


def _read_union(hint: Any, value: Any, where: str) -> Any:
    reasons = []
    for each in get_args(hint):
        try:
            return _read(each, value, where)
        except Unreadable as error:
            reasons.append(error)
    # The first alternative is the one that is meant; None is the last of every union here.
    raise reasons[0]


def _read_fields(hint: Any, value: Any, where: str) -> Any:
    parts = _expect(dict, value, where)
    known = {
        name: _read(each, parts[name], f"{where}/{name}")
        for name, each in _hints(hint).items()
        if name in parts
    }
    try:
        return hint(**known)
    except TypeError as error:
        raise Unreadable(f"{where or '/'}: {error}") from error


def _read_leaf(hint: Any, value: Any, where: str) -> Any:
    if hint is float and type(value) is int:
        return float(value)
    if hint not in _FROM_TEXT:
        return _expect(hint, value, where)
    text = _expect(str, value, where)
    try:
        return _FROM_TEXT[hint](text)
    except ValueError as error:
        raise Unreadable(f"{where or '/'}: {error}") from error


def _expect(kind: type[Any], value: Any, where: str) -> Any:
    if type(value) is kind:
        return value
    raise Unreadable(f"{where or '/'}: expected {kind.__name__}, found {type(value).__name__}")


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)


_FROM_TEXT: Mapping[Any, Callable[[str], Any]] = {date: date.fromisoformat, State: State}

_BY_ORIGIN: Mapping[Any, Callable[[Any, Any, str], Any]] = {
    tuple: _read_tuple,
    Mapping: _read_mapping,
    Union: _read_union,
    UnionType: _read_union,
}
