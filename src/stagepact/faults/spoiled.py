"""What a call returned, spoiled: each kind of fault that changes a value instead of raising."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from stagepact.contract.models.fault_terms import FaultType

UNSPOILED = object()
"""Stands for a value that a kind can't spoil: an empty list has no other order."""

JUNK = "\ufffd{\x00"


def null(value: Any) -> Any:
    """Nothing."""
    return None


def emptied(value: Any) -> Any:
    """The same kind of thing with nothing in it; of an object, each of its texts and lists."""
    if _is_record(value) or not isinstance(value, _SIZED):
        return _with_members(value, emptied)
    return type(value)() if value else UNSPOILED


def of_wrong_type(value: Any) -> Any:
    """A value of another type."""
    for kind, other in _OTHERS:
        if isinstance(value, kind):
            return other
    return "text"


# bool stands before int, which it is.
_OTHERS: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    (bool, "text"),
    ((int, float), "text"),
    ((str, bytes, bytearray), 7),
    (dict, []),
    ((list, tuple), {}),
)


def malformed(value: Any) -> Any:
    """The same type with junk in it; of a mapping its first member is gone, too."""
    if isinstance(value, str):
        return value[: len(value) // 2] + JUNK
    if isinstance(value, bytes | bytearray):
        return type(value)(value[: len(value) // 2] + b"\xff\x00{")
    if isinstance(value, dict):
        rest = dict(list(value.items())[1:])
        return {**rest, JUNK: JUNK}
    if isinstance(value, list):
        return [*value[:-1], JUNK]
    return _with_members(value, malformed)


def truncated(value: Any) -> Any:
    """The first half."""
    if _is_record(value) or not isinstance(value, _SIZED):
        return _with_members(value, truncated)
    if not value:
        return UNSPOILED
    half = len(value) // 2
    if isinstance(value, dict | set | frozenset):
        return type(value)(list(value.items() if isinstance(value, dict) else value)[:half])
    return value[:half]


def doubled(value: Any) -> Any:
    """Each item twice."""
    if isinstance(value, list | tuple) and not _is_record(value) and value:
        return type(value)(item for item in value for _ in range(2))
    return UNSPOILED


def reordered(value: Any) -> Any:
    """The items in another order."""
    if not isinstance(value, list | tuple) or _is_record(value):
        return UNSPOILED
    turned = type(value)(reversed(value))
    return turned if turned != value else UNSPOILED


SPOILERS: Mapping[FaultType, Callable[[Any], Any]] = {
    FaultType.NULL: null,
    FaultType.EMPTY: emptied,
    FaultType.WRONG_TYPE: of_wrong_type,
    FaultType.MALFORMED: malformed,
    FaultType.TRUNCATED: truncated,
    FaultType.HALF_A_BODY: truncated,
    FaultType.DUPLICATED: doubled,
    FaultType.OUT_OF_ORDER: reordered,
}


def spoiled(kind: FaultType, value: Any, members: Sequence[str] = ()) -> Any:
    """The value spoiled by a kind, in these members only where it has one of them."""
    spoil = SPOILERS[kind]
    if members and isinstance(value, dict) and not set(members).isdisjoint(value):
        changed = {name: spoil(value[name]) for name in members if name in value}
        whole = {name: new for name, new in changed.items() if new is not UNSPOILED}
        return {**value, **whole} if whole else UNSPOILED
    if members and not set(members).isdisjoint(_members(value)):
        return _with_members(value, spoil, members)
    return spoil(value)


class SpoiledStream:
    """Spoils a stream item by item: what comes in is pushed, what goes out is returned.

    `fired` tells whether anything was changed. The end of a stream is what is cut off it.
    """

    def __init__(self, kind: FaultType, members: Sequence[str] = ()) -> None:
        self.fired = False
        self._kind = kind
        self._only = members
        self._held: list[Any] = []

    def push(self, item: Any) -> tuple[Any, ...]:
        """What goes out after one more item came in."""
        if self._kind in _HELD_BACK:
            return self._after_next(item)
        self.fired = True
        if self._kind is FaultType.EMPTY:
            return ()
        if self._kind is FaultType.DUPLICATED:
            return (item, item)
        found = spoiled(self._kind, item, self._only)
        return (item if found is UNSPOILED else found,)

    def _after_next(self, item: Any) -> tuple[Any, ...]:
        if not self._held:
            self._held.append(item)
            return ()
        before = self._held.pop()
        if self._kind is FaultType.OUT_OF_ORDER:
            self.fired = True
            return (item, before)
        self._held.append(item)
        return (before,)

    def end(self) -> tuple[Any, ...]:
        """What goes out after the last item."""
        if self._kind is FaultType.OUT_OF_ORDER:
            return tuple(self._held)
        self.fired = self.fired or bool(self._held)
        return ()


_HELD_BACK = frozenset({FaultType.OUT_OF_ORDER, FaultType.TRUNCATED, FaultType.HALF_A_BODY})
_SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset)


def _with_members(value: Any, spoil: Callable[[Any], Any], only: Sequence[str] = ()) -> Any:
    """An object like this one whose texts, lists and mappings are spoiled, or those of `only`."""
    members = _members(value)
    changed = {
        name: new
        for name, old in members.items()
        if (not only or name in only)
        and isinstance(old, str | bytes | list | tuple | dict)
        and (new := spoil(old)) is not UNSPOILED
    }
    if not changed:
        return UNSPOILED
    if isinstance(value, BaseModel):
        return value.model_copy(update=changed)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(value, **changed)
    return value._replace(**changed)


def _is_record(value: Any) -> bool:
    """Whether it is a named tuple."""
    return isinstance(value, tuple) and hasattr(value, "_asdict")


def _members(value: Any) -> dict[str, Any]:
    if isinstance(value, BaseModel):
        return {name: getattr(value, name) for name in type(value).model_fields}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = (each for each in dataclasses.fields(value) if each.init)
        return {each.name: getattr(value, each.name) for each in fields}
    if _is_record(value):
        return dict(value._asdict())
    return {}
