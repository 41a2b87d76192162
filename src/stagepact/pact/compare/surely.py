"""What is certain of all values of a shape without looking at any: a rule holds of each of them.

A row says yes only where it is proven; no means that it isn't known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from stagepact.contract.source import Json
from stagepact.pact import values
from stagepact.pact.path import WHOLE
from stagepact.pact.rules import Rule, RuleList
from stagepact.schema.formats import widest
from stagepact.schema.regular import Language, NotRegular
from stagepact.schema.regular.language import missing_from
from stagepact.schema.shape import Arrays, Integers, Numbers, Objects, Shape, Texts

Sure = Callable[[Rule, Json, Shape], bool]

# What means another thing to Oniguruma, to ECMA-262 or to Python.
_OWN = re.compile(r"\\[A-Zahz]|\(\?(?!:)|\[\[|&&|[*+?}]\+")
_ANY_CHARACTER = re.compile(r"\[(\\s\\S|\\S\\s|\\d\\D|\\D\\d|\\w\\W|\\W\\w)\]")
_PLAIN: Mapping[type, Json] = {Integers: 0, Numbers: 0.5, Texts: "", Arrays: [], Objects: {}}


def of_scalars(rules: RuleList, expected: Json, shape: Shape) -> bool:
    """Whether the rules hold of all values of a shape, where the example is no list or mapping."""
    combined = any if rules.any_of else all
    return combined(_SCALARS.get(rule.kind, _never)(rule, expected, shape) for rule in rules.rules)


def of_mappings(rule: Rule, shape: Objects) -> bool:
    """Whether a rule holds of all mappings of a shape, whatever is in them."""
    least, most = max(shape.min_properties, len(shape.required)), shape.max_properties
    if shape.extra is None:
        declared = len(shape.required) + len(shape.optional)
        most = declared if most is None else min(declared, most)
    return _of_boxes(rule, least, most, values.MAPPINGS)


def of_lists(rule: Rule, shape: Arrays) -> bool:
    """Whether a rule holds of all lists of a shape, whatever is in them."""
    return _of_boxes(rule, shape.min_items, shape.max_items, values.LISTS)


def _of_boxes(
    rule: Rule, least: int, most: int | None, known: Mapping[str, Callable[..., bool]]
) -> bool:
    if rule.kind == "type":
        fits = rule.most is None or (most is not None and most <= rule.most)
        return fits and (rule.least or 0) <= least
    if rule.kind == "notEmpty":
        return least > 0
    return rule.kind in known and rule.kind != "equality"


def of_text(rule: Rule, shape: Texts) -> bool:
    """Whether a rule holds of all texts of a shape, outside of JSON: of keys."""
    return rule.kind == "type" or of_scalars(RuleList(WHOLE, (rule,)), "", shape)


def refused_text(rule: Rule, shape: Texts) -> str | None:
    """A text of a shape that isn't what a regular expression matches; None where none is known."""
    inner = _language(shape)
    try:
        return None if _own(rule.text) else missing_from(_whole(rule.text), inner)
    except NotRegular:
        return None


def _never(rule: Rule, expected: Json, shape: Shape) -> bool:
    return False


def _always(rule: Rule, expected: Json, shape: Shape) -> bool:
    return True


def _type(rule: Rule, expected: Json, shape: Shape) -> bool:
    return type(shape) in _PLAIN and values.alike(expected, _PLAIN[type(shape)])


def _number(rule: Rule, expected: Json, shape: Shape) -> bool:
    return isinstance(shape, Integers | Numbers)


def _integer(rule: Rule, expected: Json, shape: Shape) -> bool:
    if not isinstance(shape, Integers) or shape.minimum is None or shape.maximum is None:
        return False
    return values.is_whole(shape.minimum) and values.is_whole(shape.maximum)


def _decimal(rule: Rule, expected: Json, shape: Shape) -> bool:
    return isinstance(shape, Numbers) and shape.fractional


def _not_empty(rule: Rule, expected: Json, shape: Shape) -> bool:
    if isinstance(shape, Texts):
        return shape.min_length > 0
    return isinstance(shape, Integers | Numbers)


def _regex(rule: Rule, expected: Json, shape: Shape) -> bool:
    if not isinstance(shape, Texts) or _own(rule.text):
        return False
    try:
        return missing_from(_whole(rule.text), _language(shape)) is None
    except NotRegular:
        return False


def _own(regex: str) -> bool:
    return _OWN.search(_ANY_CHARACTER.sub("", regex)) is not None


def _whole(regex: str) -> Language:
    return Language((f"^(?:{regex})$",))


def _language(shape: Texts) -> Language:
    """A language that has all texts of a shape."""
    known = tuple(filter(None, map(widest, shape.formats)))
    return Language(
        (*known, *shape.patterns), shape.excluded_patterns, shape.min_length, shape.max_length
    )


_SCALARS: Mapping[str, Sure] = {
    "type": _type,
    "number": _number,
    "integer": _integer,
    "decimal": _decimal,
    "regex": _regex,
    "notEmpty": _not_empty,
    **dict.fromkeys(("eachKey", "eachValue", "arrayContains", "statusCode"), _always),
}
