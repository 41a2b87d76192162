"""What a returned object looks like as JSON; the object itself is never changed.

Plain JSON comes back as the same object. What has no JSON form stays as it is (bytes, sets, any
class of the user's), so that the check on JSON finds it instead of a conversion that hides it.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from operator import is_
from pathlib import PurePath
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_jsonable_python

_PLAIN = frozenset({str, int, float, bool, type(None)})


def json_form(value: object) -> Any:
    """The JSON form of a value; the value itself where it is JSON already or has no such form.

    A structure that holds itself, or is too deep to walk, counts as having none.
    """
    try:
        return _part(value)
    except (RecursionError, PydanticSerializationError):
        return value


def _part(value: object) -> Any:
    kind: Any = type(value)
    return value if kind in _PLAIN else _form_of(kind)(value)


def _same(value: Any) -> Any:
    return value


def _object(value: Mapping[Any, Any]) -> Any:
    if any(isinstance(key, Enum) for key in value):
        return {_part(key): _part(item) for key, item in value.items()}
    changed = {key: form for key, item in value.items() if (form := _part(item)) is not item}
    return {**value, **changed} if changed or not isinstance(value, dict) else value


def _list(value: list[Any]) -> list[Any]:
    forms = [_part(item) for item in value]
    return value if all(map(is_, forms, value)) else forms


def _array(value: tuple[Any, ...]) -> list[Any]:
    return [_part(item) for item in value]


def _model(value: BaseModel) -> Any:
    return value.model_dump(mode="json", by_alias=True)


def _record(value: Any) -> dict[str, Any]:
    return {each.name: _part(getattr(value, each.name)) for each in dataclasses.fields(value)}


def _struct(value: Any) -> Any:
    # A Struct can't exist unless its library is loaded; importing it here would make it ours.
    return sys.modules["msgspec"].to_builtins(value)


def _is_struct(kind: type) -> bool:
    return hasattr(kind, "__struct_fields__") and "msgspec" in sys.modules


def _is(*kinds: type) -> Callable[[type], bool]:
    return lambda kind: issubclass(kind, kinds)


# The first row that holds decides: an Enum may be a str, and a model may be a mapping.
_FORMS: tuple[tuple[Callable[[type], bool], Callable[[Any], Any]], ...] = (
    (_is(Enum), lambda value: _part(value.value)),
    (_is(str, int, float), _same),
    (_is(BaseModel), _model),
    (_is_struct, _struct),
    (dataclasses.is_dataclass, _record),
    (_is(Mapping), _object),
    (_is(list), _list),
    (_is(tuple), _array),
    (_is(PurePath), str),
    (_is(datetime, date, time, timedelta), to_jsonable_python),
    (_is(UUID, Decimal), to_jsonable_python),
    (_is(IPv4Address, IPv6Address), str),
)


@lru_cache(maxsize=1024)
def _form_of(kind: type) -> Callable[[Any], Any]:
    return next((form for holds, form in _FORMS if holds(kind)), _same)
