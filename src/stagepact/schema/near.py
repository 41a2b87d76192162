"""Texts that nearly keep a constraint: small edits of one that does.

What algebra can't say — a URI that is too long, but a URI — an edit often hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def near_misses(keyword: str, limit: Any, value: Any) -> Iterator[str]:
    """Edits of a valid text that may break a keyword and nothing else; the likeliest first."""
    make = _TABLE.get(keyword)
    if make is not None and isinstance(value, str) and value:
        yield from make(value, limit)


def _longer(text: str, limit: Any) -> Iterator[str]:
    missing = int(limit) + 1 - len(text)
    if missing > 0:
        yield text + text[-1] * missing
        yield f"{text}/{'a' * (missing - 1)}"
        yield text[0] * missing + text


def _shorter(text: str, limit: Any) -> Iterator[str]:
    yield text[: int(limit) - 1]
    yield text[len(text) - int(limit) + 1 :]


def _other(text: str, limit: Any) -> Iterator[str]:
    yield f"x{text}"
    yield f"{text} "
    yield f"{text}x"
    yield f"{text[:-1]} "
    yield f" {text[1:]}"
    yield text.swapcase()
    yield text[:-1]
    yield text[1:]


def neighbours(value: Any) -> Iterator[Any]:
    """Values that differ in one place: a text edited, a key or an item more."""
    if isinstance(value, str):
        yield from _other(value, None)
    elif isinstance(value, dict):
        yield {**value, "extra": None}
        for key, held in value.items():
            yield from ({**value, key: other} for other in neighbours(held))
    elif isinstance(value, list):
        yield [*value, *(value[-1:] or [None])]
        for index, held in enumerate(value):
            yield from ([*value[:index], o, *value[index + 1 :]] for o in neighbours(held))


_TABLE: Mapping[str, Callable[[str, Any], Iterator[str]]] = {
    "format": _other,
    "maxLength": _longer,
    "minLength": _shorter,
    "pattern": _other,
}
