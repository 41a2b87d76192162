"""Values as they are at one moment, made so that two of them can be compared, and told apart.

What has no JSON form is taken by what it holds; where nothing shows that two objects differ, they
count as the same, for nobody may be blamed for an address.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from stagepact.subject.json_form import json_form

_DEEPEST = 60
_LEAVES = (str, int, bool, type(None))


def plain(value: Any) -> Any:
    """A value of lists, mappings and leaves, which shares nothing with what it was made of."""
    return _plain(json_form(value), 0, ())


def _plain(value: Any, depth: int, inside: tuple[int, ...]) -> Any:
    if type(value) in _LEAVES:
        return value
    if isinstance(value, float):
        return value if value == value else "NaN"
    if depth > _DEEPEST or id(value) in inside:
        return "…"
    inside = (*inside, id(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1, inside) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1, inside) for item in value]
    if isinstance(value, Set):
        return sorted(repr(_plain(item, depth + 1, inside)) for item in value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return _of_object(value, depth, inside)


def _of_object(value: Any, depth: int, inside: tuple[int, ...]) -> Any:
    kind: Any = type(value)
    if isinstance(value, str | int):
        return str(value)
    listed = getattr(kind, "tolist", None)
    if listed is not None:
        return _plain(value.tolist(), depth + 1, inside)
    if kind.__repr__ is not object.__repr__ and kind.__eq__ is not object.__eq__:
        return f"{kind.__qualname__} {value!r}"
    return kind.__qualname__
