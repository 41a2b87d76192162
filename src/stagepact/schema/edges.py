"""What lies on each constraint and just outside of it: a table from keyword to narrower schemas.

An edge outside breaks its own keyword and keeps all others of its schema, so that an instance of it
has one fault. Keywords are those of 2020-12 (validation, section 6; core, section 10).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.schema.places import NEVER, is_long, undeclared, with_property, without
from stagepact.schema.validate import compile_schema

_Subschema = dict[str, Any]
_MOST_COUNTED = 4_096
_MOST_BRANCHES = 8
_MOST_MEMBERS = 500


@dataclass(frozen=True, slots=True)
class Edge:
    """Instances on one side of a constraint: its name, its keyword and part, what they are.

    `is_single` is false where what breaks the constraint surely breaks another as well.
    """

    label: str
    keyword: str
    valid: bool
    schema: JsonSchema
    part: Pointer = ()
    is_single: bool = True

    @property
    def looser(self) -> Iterator[JsonSchema]:
        """What breaks the constraint without keeping all others of its schema."""
        parts = self.schema.get("allOf", []) if isinstance(self.schema, dict) else []
        if len(parts) > 1:
            yield _both(*parts[1:])


def edges(schema: _Subschema) -> Iterator[Edge]:
    """The edges of all constraints of a subschema, in the order in which it has them."""
    for keyword, value in schema.items():
        make = _TABLE.get(keyword)
        if make is not None:
            yield from make(schema, value)


def _both(*schemas: JsonSchema) -> JsonSchema:
    asking = [each for each in schemas if each not in (True, {})]
    return {"allOf": asking} if asking else True


_OTHER_TYPES: Mapping[str, tuple[str, ...]] = {
    "string": ("integer", "null"),
    "integer": ("string", "null"),
    "number": ("string", "null"),
    "boolean": ("string", "null"),
    "null": ("string",),
    "array": ("object", "null"),
    "object": ("array", "null"),
}


def _type(schema: _Subschema, value: Any) -> Iterator[Edge]:
    types = [value] if isinstance(value, str) else list(value)
    if len(types) > 1:
        for each in types:
            yield Edge(f"is {each}", "type", True, _both(schema, {"type": each}))
    is_named = "enum" in schema or "const" in schema
    rest = without(schema, "type", "enum", "const")
    others = list(dict.fromkeys(each for name in types for each in _OTHER_TYPES[name]))
    found = [each for each in others if each not in types]
    found = [each for each in found if each != "integer" or "number" not in types]
    for each in found[:1] if is_named else found:
        outside = _both(rest, {"type": each})
        yield Edge(f"is {each}", "type", False, outside, is_single=not is_named)
    if (
        "integer" in types
        and "number" not in types
        and not {"multipleOf", "enum", "const"} & {*schema}
    ):
        yield Edge("is no integer", "type", False, _both(rest, _exactly(_fraction(schema))))


def _fraction(schema: _Subschema) -> Fraction:
    """A number that is no integer, inside of the bounds of a schema where it can be."""
    half = Fraction(1, 2)
    low = max((Fraction(str(schema[k])) for k in _LEAST if k in schema), default=None)
    high = min((Fraction(str(schema[k])) for k in _MOST if k in schema), default=None)
    if low is not None:
        return math.floor(low) + half if math.floor(low) + half > low else math.ceil(low) + half
    return half if high is None or half < high else math.ceil(high) - 3 * half


_LEAST = ("minimum", "exclusiveMinimum")
_MOST = ("maximum", "exclusiveMaximum")


def _exactly(number: Fraction) -> JsonSchema:
    plain = int(number) if number.denominator == 1 else float(number)
    return {"type": "number", "minimum": plain, "maximum": plain}


def _step(schema: _Subschema, bound: Fraction) -> Fraction:
    """How far the neighbours of a bound are, no nearer than floats there can tell."""
    if schema.get("type") == "integer":
        return Fraction(str(schema.get("multipleOf", 1)))
    step = Fraction(str(schema.get("multipleOf", "0.01")))
    digits = bound.numerator.bit_length() - bound.denominator.bit_length()
    return step * math.ceil(Fraction(2) ** max(digits - 52, -1_074) / step)


def _bound(keyword: str, sign: int) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    """A bound that is itself inside; `sign` leads from it to the inside."""

    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        bound = Fraction(str(value))
        step = _step(schema, bound)
        inside = _next(bound, step, sign, schema)
        side = "below" if sign > 0 else "above"
        yield Edge(f"at {keyword}", keyword, True, _both(schema, _exactly(inside)))
        outside = _both(without(schema, keyword), _exactly(inside - sign * step))
        yield Edge(f"{side} {keyword}", keyword, False, outside)

    return make


def _open_bound(keyword: str, sign: int) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    """A bound that is itself outside."""

    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        bound = Fraction(str(value))
        step = _step(schema, bound)
        inside = _next(bound, step, sign, schema)
        inside += sign * step if inside == bound else 0
        side = "above" if sign > 0 else "below"
        yield Edge(f"just {side} {keyword}", keyword, True, _both(schema, _exactly(inside)))
        outside = _both(without(schema, keyword), _exactly(inside - sign * step))
        yield Edge(f"at {keyword}", keyword, False, outside)

    return make


def _next(bound: Fraction, step: Fraction, sign: int, schema: _Subschema) -> Fraction:
    """The number that may be an instance nearest to a bound, on it or inside."""
    if "multipleOf" not in schema and schema.get("type") != "integer":
        return bound
    return (math.ceil if sign > 0 else math.floor)(bound / step) * step


def _multiple_of(schema: _Subschema, value: Any) -> Iterator[Edge]:
    type_ = {"type": "integer" if schema.get("type") == "integer" else "number"}
    yield Edge("a multiple", "multipleOf", True, _both(schema, type_))
    outside = _both(without(schema, "multipleOf"), type_, {"not": {"multipleOf": value}})
    yield Edge("no multiple", "multipleOf", False, outside)


def _count(keyword: str, type_: str, sign: int) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    """A bound of lengths, items or properties; `sign` leads from it to the inside."""
    noun = keyword[3:]

    def counted(count: int) -> JsonSchema:
        return {"type": type_, f"min{noun}": count, f"max{noun}": count}

    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        if value > _MOST_COUNTED:
            return
        count = int(value)
        yield Edge(f"at {keyword}", keyword, True, _both(schema, counted(count)))
        if count - sign >= 0:
            side = "below" if sign > 0 else "above"
            outside = _both(without(schema, keyword), counted(count - sign))
            yield Edge(f"{side} {keyword}", keyword, False, outside)

    return make


_PROBES = ("", " ", "(", "{", "%", "\0")
"""Of every format that is asserted, one of these texts is none."""


def _is_asserted(keyword: str, value: Any) -> bool:
    accepts = compile_schema({keyword: value}).accepts
    return keyword != "format" or not all(map(accepts, _PROBES))


def _text(keyword: str) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        if not _is_asserted(keyword, value):
            return
        text = {"type": "string"}
        yield Edge(f"keeps {keyword}", keyword, True, _both(schema, text))
        outside = _both(without(schema, keyword), text, {"not": {keyword: value}})
        yield Edge(f"breaks {keyword}", keyword, False, outside)

    return make


def _enum(schema: _Subschema, value: Any) -> Iterator[Edge]:
    rest = without(schema, "enum")
    for index, each in enumerate(value[:_MOST_MEMBERS]):
        yield Edge(f"member {index}", "enum", True, _both(rest, {"const": each}), (index,))
    types = {_type_of(each) for each in value}
    like = {"type": next(iter(types))} if len(types) == 1 and types <= _OPEN_TYPES else {}
    yield Edge("no member", "enum", False, _both(rest, like, {"not": {"enum": value}}))
    yield from _near_misses(rest, "enum", value)


def _const(schema: _Subschema, value: Any) -> Iterator[Edge]:
    yield Edge("the constant", "const", True, schema)
    like = {"type": _type_of(value)} if _type_of(value) in _OPEN_TYPES else {}
    rest = without(schema, "const")
    yield Edge("not the constant", "const", False, _both(rest, like, {"not": {"const": value}}))
    yield from _near_misses(rest, "const", [value])


def _near_misses(rest: _Subschema, keyword: str, members: list[Any]) -> Iterator[Edge]:
    """Values that look like members: a text in other case or with a space, a number beside."""
    texts = [each for each in members if isinstance(each, str) and each]
    numbers = [each for each in members if type(each) in (int, float)]
    near: dict[str, Any] = {}
    if texts:
        near |= {"in other case": texts[0].swapcase(), "with a space": texts[0] + " "}
    if numbers:
        near |= {"one below": min(numbers) - 1, "one above": max(numbers) + 1}
    for label, each in near.items():
        if each not in members:
            yield Edge(label, keyword, False, _both(rest, {"const": each}))


_OPEN_TYPES = frozenset({"string", "integer", "number", "array", "object", "boolean"})


def _type_of(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return "null" if value is None else names.get(type(value), "object")


def _required(schema: _Subschema, value: Any) -> Iterator[Edge]:
    for name in value:
        rest = {**schema, "required": [each for each in value if each != name]}
        outside = _both(rest, {"type": "object", "not": {"required": [name]}})
        yield Edge(f"without {name}", "required", False, outside, (name,))
    least = max(len(value), schema.get("minProperties", 0))
    only = _both(schema, {"type": "object", "maxProperties": least})
    yield Edge("only what is required", "required", True, only)


def _properties(schema: _Subschema, value: Any) -> Iterator[Edge]:
    allowed = [name for name, each in value.items() if each is not False]
    whole = _both(schema, {"type": "object", "required": allowed})
    yield Edge("all that is declared", "properties", True, whole)
    for name, each in value.items():
        if each is False:
            rest = {**schema, "properties": {k: v for k, v in value.items() if k != name}}
            outside = with_property(rest, name, True)
            yield Edge(f"with {name}", "properties", False, outside, (name,))


def _closed(keyword: str) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        name = undeclared(schema)
        if name is None:
            return
        extended = with_property(without(schema, keyword), name, True)
        if value is False:
            yield Edge(f"with {name}", keyword, False, extended)
        else:
            inside = _both(schema, {"type": "object", "required": [name]})
            yield Edge(f"with {name}", keyword, True, inside)

    return make


def _items(keyword: str) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        if keyword == "unevaluatedItems" and "items" in schema:
            return
        if value is not False:
            yield Edge("no items", keyword, True, _both(schema, {"type": "array", "maxItems": 0}))
            return
        count = len(schema.get("prefixItems", ())) + 1
        more = {"type": "array", "minItems": count, "maxItems": count}
        outside = _both(without(schema, keyword, "maxItems"), more)
        yield Edge("one item more", keyword, False, outside)

    return make


def _unique(schema: _Subschema, value: Any) -> Iterator[Edge]:
    if value is True:
        twice = {"type": "array", "not": {"uniqueItems": True}}
        outside = _both(without(schema, "uniqueItems"), twice)
        yield Edge("an item twice", "uniqueItems", False, outside)


def _property_names(schema: _Subschema, value: Any) -> Iterator[Edge]:
    if value is not True:
        wrong = {"type": "object", "not": {"propertyNames": value}}
        rest = without(schema, "propertyNames")
        yield Edge("a name that isn't allowed", "propertyNames", False, _both(rest, wrong))
        parts = edges(value) if isinstance(value, dict) else iter(())
        for each in parts:
            if not each.valid and each.keyword not in ("type", "format"):
                name = {"type": "object", "minProperties": 1, "propertyNames": each.schema}
                yield Edge(f"a name {each.label}", "propertyNames", False, _both(rest, name))


_CONTAINS = ("contains", "minContains", "maxContains")


def _contains(schema: _Subschema, value: Any) -> Iterator[Edge]:
    least = schema.get("minContains", 1)
    rest = without(schema, *_CONTAINS)
    if least == 1:
        outside = _both(rest, {"type": "array", "items": {"not": value}})
        yield Edge("contains none", "contains", False, outside)


def _contained(keyword: str, sign: int) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        count = value - sign
        if "contains" not in schema or count < 0 or value > _MOST_COUNTED:
            return
        some = {"contains": schema["contains"], "minContains": count, "maxContains": count}
        outside = _both(without(schema, *_CONTAINS), {"type": "array", **some})
        yield Edge(f"{'below' if sign > 0 else 'above'} {keyword}", keyword, False, outside)

    return make


def _dependent_required(schema: _Subschema, value: Any) -> Iterator[Edge]:
    rest = without(schema, "dependentRequired")
    for name, needs in value.items():
        for need in needs:
            wrong = {"type": "object", "required": [name], "not": {"required": [need]}}
            label = f"{name} without {need}"
            yield Edge(label, "dependentRequired", False, _both(rest, wrong), (name,))


def _never(schema: _Subschema, value: Any) -> Iterator[Edge]:
    yield Edge("is there", NEVER, False, True)


def _not(schema: _Subschema, value: Any) -> Iterator[Edge]:
    yield Edge("what is excluded", "not", False, _both(without(schema, "not"), value))


_PLAIN_VALUES: list[Any] = [None, 0, "", [], {}, False]


def _union(keyword: str) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        for index, each in () if is_long(value) else enumerate(value):
            yield Edge(f"branch {index}", keyword, True, _both(schema, each), (index,))
        rest = without(schema, keyword)
        if is_long(value):  # what none of so many admits can't be reasoned out in time
            yield Edge("no branch", keyword, False, _both(rest, {"enum": _PLAIN_VALUES}))
            return
        outside = _both(rest, {"not": {"anyOf": value}})
        yield Edge("no branch", keyword, False, outside)
        if keyword == "oneOf" and len(value) > 1:
            few = value[:_MOST_BRANCHES]
            pairs = [{"allOf": [few[i], few[k]]} for i in range(len(few)) for k in range(i)]
            yield Edge("two branches", keyword, False, _both(rest, {"anyOf": pairs}))

    return make


def _conditional(keyword: str) -> Callable[[_Subschema, Any], Iterator[Edge]]:
    def make(schema: _Subschema, value: Any) -> Iterator[Edge]:
        if "if" in schema:
            condition = schema["if"] if keyword == "then" else {"not": schema["if"]}
            yield Edge(f"as {keyword} says", keyword, True, _both(schema, condition))

    return make


_TABLE: Mapping[str, Callable[[_Subschema, Any], Iterator[Edge]]] = {
    "additionalProperties": _closed("additionalProperties"),
    "anyOf": _union("anyOf"),
    "const": _const,
    "contains": _contains,
    "dependentRequired": _dependent_required,
    "else": _conditional("else"),
    NEVER: _never,
    "enum": _enum,
    "exclusiveMaximum": _open_bound("exclusiveMaximum", -1),
    "exclusiveMinimum": _open_bound("exclusiveMinimum", 1),
    "format": _text("format"),
    "items": _items("items"),
    "maxContains": _contained("maxContains", -1),
    "maxItems": _count("maxItems", "array", -1),
    "maxLength": _count("maxLength", "string", -1),
    "maxProperties": _count("maxProperties", "object", -1),
    "maximum": _bound("maximum", -1),
    "minContains": _contained("minContains", 1),
    "minItems": _count("minItems", "array", 1),
    "minLength": _count("minLength", "string", 1),
    "minProperties": _count("minProperties", "object", 1),
    "minimum": _bound("minimum", 1),
    "multipleOf": _multiple_of,
    "not": _not,
    "oneOf": _union("oneOf"),
    "pattern": _text("pattern"),
    "properties": _properties,
    "propertyNames": _property_names,
    "required": _required,
    "then": _conditional("then"),
    "type": _type,
    "unevaluatedItems": _items("unevaluatedItems"),
    "unevaluatedProperties": _closed("unevaluatedProperties"),
    "uniqueItems": _unique,
}
