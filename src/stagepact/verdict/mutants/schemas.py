"""Schemas turned wrong: one constraint at a time, each so that what it speaks of must break it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from sys import float_info
from typing import Any

from stagepact.schema import SchemaError, Validator
from stagepact.schema.contain import contains

# A schema of hundreds of places is proven by its first few; this ends the search in a hostile one.
MOST = 500

# A name and a value that nobody has.
_NOTHING = "stagepact: there is no such thing"
_MANY = 10**9
_NO_TEXT = r"[^\s\S]"
_SECONDS = 1.0

Schema = dict[str, Any]
# What a keyword's value becomes: other keywords for the same place.
_Turned = Callable[[Any, Schema], Schema]


def turned_wrong(validator: Validator) -> Iterator[Validator]:
    """The schema with one constraint turned wrong, the outermost first."""
    for schema in islice(_mutated(validator.schema), MOST):
        try:
            yield Validator(schema)
        except SchemaError:
            continue


def permits_everything(validator: Validator) -> bool:
    """Whether every JSON value has the schema, as far as that can be decided."""
    samples: tuple[Any, ...] = (None, True, 0, -1.5, "", "a", [], [0, 0], {}, {_NOTHING: 0})
    if not all(map(validator.accepts, samples)):
        return False
    try:
        return contains(validator.schema, True, seconds=_SECONDS).answer == "yes"
    except SchemaError:
        return False


def _mutated(root: Any) -> Iterator[Any]:
    waiting: deque[tuple[tuple[str | int, ...], Any]] = deque([((), root)])
    while waiting:
        path, schema = waiting.popleft()
        if not isinstance(schema, dict):
            continue
        for wrong in _turned_here(schema):
            yield _with(root, path, wrong)
        waiting.extend(((*path, *steps), part) for steps, part in _parts(schema))


def _turned_here(schema: Schema) -> Iterator[Schema]:
    for keyword, value in schema.items():
        if keyword in _TURNED:
            yield {**schema, **_TURNED[keyword](value, schema)}
        if keyword in _SPEAKS_OF:
            yield {**schema, "allOf": [*schema.get("allOf", ()), _none_of(_SPEAKS_OF[keyword])]}


def _none_of(type_: str) -> Schema:
    return {"not": {"type": type_}}


def _other_types(value: Any, _: Schema) -> Schema:
    said = {value} if isinstance(value, str) else set(value)
    said |= {"integer", "number"} if said & {"integer", "number"} else set()
    types = ("array", "boolean", "integer", "null", "number", "object", "string")
    return {"type": [each for each in types if each not in said]}


def _one_more(value: Any, _: Schema) -> Schema:
    return {"required": [*value, _NOTHING]}


def _absent(value: Any, schema: Schema) -> Schema:
    """What must not be there is asked for."""
    absent = [name for name, part in value.items() if part is False]
    return {"required": [*schema.get("required", ()), *absent]} if absent else {}


_TURNED: Mapping[str, _Turned] = {
    "type": _other_types,
    "required": _one_more,
    "enum": lambda value, _: {"enum": [_NOTHING]},
    "const": lambda value, _: {"const": _NOTHING},
    "minimum": lambda value, _: {"minimum": float_info.max},
    "exclusiveMinimum": lambda value, _: {"exclusiveMinimum": float_info.max},
    "maximum": lambda value, _: {"maximum": -float_info.max},
    "exclusiveMaximum": lambda value, _: {"exclusiveMaximum": -float_info.max},
    "minLength": lambda value, _: {"minLength": _MANY},
    "minItems": lambda value, _: {"minItems": _MANY},
    "minProperties": lambda value, _: {"minProperties": _MANY},
    "minContains": lambda value, _: {"minContains": _MANY},
    "pattern": lambda value, _: {"pattern": _NO_TEXT},
    "contains": lambda value, _: {"contains": False},
    "not": lambda value, _: {"not": True},
    "anyOf": lambda value, _: {"anyOf": [False]},
    "oneOf": lambda value, _: {"oneOf": [False]},
    "properties": _absent,
}

# Bounds that what was seen may lie on, so that none is beyond: then no such value is permitted.
_SPEAKS_OF: Mapping[str, str] = {
    "maxLength": "string",
    "format": "string",
    "contentEncoding": "string",
    "multipleOf": "number",
    "minimum": "number",
    "maximum": "number",
    "maxItems": "array",
    "uniqueItems": "array",
    "maxContains": "array",
    "unevaluatedItems": "array",
    "maxProperties": "object",
    "additionalProperties": "object",
    "unevaluatedProperties": "object",
    "propertyNames": "object",
    "dependentRequired": "object",
}

_ONE = (
    "additionalProperties", "items", "then", "else", "contains", "unevaluatedItems",
    "unevaluatedProperties", "propertyNames", "additionalItems",
)  # fmt: skip
_NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
_LISTED = ("allOf", "anyOf", "oneOf", "prefixItems", "items")


def _parts(schema: Schema) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The schemas in a schema, with how to get there."""
    for keyword in _ONE:
        if isinstance(schema.get(keyword), dict):
            yield (keyword,), schema[keyword]
    for keyword in _NAMED:
        if isinstance(schema.get(keyword), dict):
            yield from (((keyword, name), part) for name, part in schema[keyword].items())
    for keyword in _LISTED:
        if isinstance(schema.get(keyword), list):
            yield from (((keyword, at), part) for at, part in enumerate(schema[keyword]))


def _with(container: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    changed = container.copy()
    changed[step] = _with(container[step], tuple(rest), value)
    return changed
