"""The rules for texts, numbers, true and false, and null: a function for each kind of value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stagepact.pact.making import texts
from stagepact.pact.making.nodes import Node, only_value
from stagepact.pact.making.ruled import Matcher, Ruled
from stagepact.pact.making.spots import Spots
from stagepact.schema.regular import NotRegular
from stagepact.schema.shape import Integers, Numbers, Texts, Values

ANYTHING: Matcher = {"match": "regex", "regex": texts.ANY}
TYPE: Matcher = {"match": "type"}
EQUAL: Matcher = {"match": "equality"}
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _null(ruled: Ruled, at: str, parts: list[Node], spots: Spots) -> list[Matcher]:
    return [{"match": "null"}]


def _booleans(ruled: Ruled, at: str, parts: list[Node], spots: Spots) -> list[Matcher]:
    values = {value for each in parts if isinstance(each, Values) for value in each.values}
    return [TYPE if len(values) > 1 else EQUAL]


def _numbers(ruled: Ruled, at: str, parts: list[Node], spots: Spots) -> list[Matcher]:
    if all(isinstance(each, Integers) for each in parts):
        return [{"match": "integer"}]
    values = [value for each in parts if isinstance(each, Values) for value in each.values]
    if not all(isinstance(each, Values) for each in parts):
        if values:
            ruled.lose(at, spots, "enum", "which of the numbers it may be", "enum", "const")
        return [{"match": "number"}]
    if any(abs(each) >= 1e15 or _is_fine(each) for each in values):
        ruled.lose(at, spots, "enum", "which of the numbers it may be", "enum", "const")
        return [{"match": "number"}]
    regex = texts.any_of(map(_number, values))
    return [{"match": "number"}, {"match": "regex", "regex": regex}]


def _is_fine(number: float) -> bool:
    """Whether engines differ in how they write it."""
    return 0 < abs(number) < 1e-4


def _number(number: float) -> str:
    text = repr(number)
    if float(number).is_integer():
        text = str(int(number))
        return texts.literal(text) + r"(\.0+)?" if number else r"-?0(\.0+)?"
    return texts.literal(text)


def _texts(ruled: Ruled, at: str, parts: list[Node], spots: Spots) -> list[Matcher]:
    """`type`, and an expression where not any text will do; of one text that very text."""
    if only_value(parts) is not None:
        return [EQUAL]
    found: list[str | None] = []
    for each in parts:
        if isinstance(each, Values):
            found += (_literal(ruled, at, str(value), spots) for value in each.values)
        elif isinstance(each, Texts):
            expression, lost = texts.expression(each)
            found.append(expression)
            _lost_of_texts(ruled, at, each, lost, spots)
    if None in found or not found:
        return [TYPE]
    regex = texts.any_of(each for each in found if each is not None)
    return [TYPE, {"match": "regex", "regex": regex}]


def _literal(ruled: Ruled, at: str, text: str, spots: Spots) -> str | None:
    try:
        return texts.literal(text)
    except NotRegular:
        ruled.lose(at, spots, "enum", "which text it is", "const", "enum")
        return None


def _lost_of_texts(ruled: Ruled, at: str, shape: Texts, lost: Sequence[str], spots: Spots) -> None:
    for each in shape.formats:
        if each in texts.EXACT:
            continue
        text = f"that it is a {each}" + (", beyond its form" if each in texts.FORMS else "")
        ruled.lose(at, spots, "format", text, "format")
    if lost:
        ruled.lose(at, spots, "pattern", f"that it matches `{lost[0]}`", "pattern")
    if shape.excluded_patterns:
        text = f"that it doesn't match `{shape.excluded_patterns[0]}`"
        ruled.lose(at, spots, "pattern", text, "not")


def _box(ruled: Ruled, at: str, parts: list[Node], spots: Spots) -> list[Matcher]:
    raise AssertionError("a single kind of box has an example that is one")


def lost_of_numbers(ruled: Ruled, at: str, node: Node, spots: Spots) -> None:
    """Tell what rules don't say of numbers: their bounds, and of what they are multiples."""
    if not isinstance(node, Integers | Numbers):
        return
    if node.minimum is not None or node.maximum is not None:
        more, less = (getattr(node, f"open_{end}", False) for end in ("minimum", "maximum"))
        low = _bound(node.minimum, "more than" if more else "at least")
        high = _bound(node.maximum, "less than" if less else "at most")
        text = f"that it is {' and '.join(filter(None, (low, high)))}"
        ruled.lose(at, spots, "bounds", text, *_BOUNDS)
    if node.step not in (None, 1):
        ruled.lose(at, spots, "multiple", f"that it is a multiple of {node.step}", "multipleOf")


def _bound(number: Any, words: str) -> str:
    if number is None:
        return ""
    return f"{words} {number.numerator if number.denominator == 1 else float(number)}"


MATCHERS: Mapping[str, Callable[[Ruled, str, list[Node], Spots], list[Matcher]]] = {
    "null": _null,
    "boolean": _booleans,
    "integer": _numbers,
    "number": _numbers,
    "text": _texts,
    "object": _box,
    "array": _box,
}
