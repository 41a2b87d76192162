"""What the official engine found, as the values in which the native matcher says it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from stagepact.pact.mismatch import Mismatch
from stagepact.pact.path import shown

_PARTS = ("status", "header", "body", "metadata")
_SHOWN = 200

Told: TypeAlias = Mapping[str, Any]
"""An entry of the engine's results."""


def mismatches(entries: list[Told]) -> tuple[Mismatch, ...]:
    """Each thing that the engine says isn't as expected, sorted: its own order differs by run."""
    found = (each for told in entries for each in _KINDS.get(told["type"], _other)(told))
    return tuple(sorted(dict.fromkeys(found), key=_rank))


def _rank(found: Mismatch) -> tuple[int, str, str]:
    rank = _PARTS.index(found.part) if found.part in _PARTS else len(_PARTS)
    return rank, found.path, found.expected


def _status(told: Told) -> Iterator[Mismatch]:
    yield Mismatch("status", "", _expected(told), str(told["actual"]))


def _expected(told: Told) -> str:
    wanted = "no body" if told["expected"] is None else str(told["expected"])
    sentence = _short(told["mismatch"])
    return f"{_short(wanted)} ({sentence})" if wanted else sentence


def _header(told: Told) -> Iterator[Mismatch]:
    yield Mismatch("header", told["key"], _expected(told), _actual(told))


def _metadata(told: Told) -> Iterator[Mismatch]:
    yield Mismatch("metadata", shown((told["key"],)), _expected(told), _actual(told))


def _body_type(told: Told) -> Iterator[Mismatch]:
    yield Mismatch("body", "$", _expected(told), _actual(told))


def _body(told: Told) -> Iterator[Mismatch]:
    missing = _missing(told)
    for key in missing:
        path = told["path"] + shown((key,))[1:]
        yield Mismatch("body", path, "a value", "nothing: the key is missing")
    if not missing:
        path = "$" if told["path"] == "/" else told["path"]
        yield Mismatch("body", path, _expected(told), _actual(told))


def _missing(told: Told) -> list[str]:
    """The keys that an object lacks: the engine tells them all in one, at the object."""
    if "is missing the following keys" not in told["mismatch"]:
        return []
    try:
        wanted, got = json.loads(told["expected"]), json.loads(told["actual"])
    except ValueError:
        return []
    return [key for key in wanted if key not in got]


def _actual(told: Told) -> str:
    if "was missing" in told["mismatch"]:
        return "nothing: it is missing"
    return _short("null" if told["actual"] is None else str(told["actual"])) or '""'


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _other(told: Told) -> Iterator[Mismatch]:
    path = str(told.get("path") or told.get("key") or "")
    yield Mismatch(str(told["type"]), path, str(told.get("mismatch", "")), "something else")


_KINDS: Mapping[str, Callable[[Told], Iterator[Mismatch]]] = {
    "StatusMismatch": _status,
    "HeaderMismatch": _header,
    "MetadataMismatch": _metadata,
    "BodyTypeMismatch": _body_type,
    "BodyMismatch": _body,
}
