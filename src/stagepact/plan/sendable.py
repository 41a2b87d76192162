"""What is sent of all that a document permits: documents say less than servers ask for.

Frameworks make documents from models and lose what JSON Schema has no word for. Values that a
document permits only for that reason aren't sent as valid ones; they aren't taken for invalid
ones either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stagepact.contract.models import RequestSchemas
from stagepact.schema.normalise import JsonSchema

Bundle = Callable[[JsonSchema], JsonSchema]

# One segment, of characters that are seen: servers take a slash for another path.
_SEGMENT = r"^[^/\\\x00-\x20\x7f-\xa0]+$"
# Of addresses, what every server takes: no quotes, no comments, a domain that may exist.
_ADDRESS = r"^[a-z][a-z0-9]{0,9}@[a-z]{2,9}[.](com|org|net)$"
_MODEST = 999
_OWN = frozenset({"enum", "const", "format", "pattern", "$ref"})
_DATA = frozenset({"const", "default", "enum", "examples"})


def sendable(bundle: Bundle) -> Bundle:
    """Bundles schemas, without what servers refuse although their document permits it."""
    known: dict[str, JsonSchema] = {}

    def bundled(schema: JsonSchema) -> JsonSchema:
        key = repr(schema)
        if key not in known:
            known[key] = _tamed(bundle(schema))
        return known[key]

    return bundled


def in_a_path(request: RequestSchemas) -> RequestSchemas:
    """The request whose texts in the path are one segment."""
    path = {name: _segment(schema) for name, schema in request.path.items()}
    return request.model_copy(update={"path": path})


def _segment(schema: JsonSchema) -> JsonSchema:
    if not isinstance(schema, dict) or schema.get("type") != "string" or _OWN & set(schema):
        return schema
    return {"minLength": 1, **schema, "pattern": _SEGMENT}


def _tamed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tamed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: each if key in _DATA else _tamed(each) for key, each in schema.items()}
    if isinstance(found.get("anyOf"), list):
        found["anyOf"] = _numbers(found["anyOf"])
    if found.get("format") == "email" and not {"pattern", "minLength", "maxLength"} & set(found):
        found["pattern"] = _ADDRESS
    return found


def _numbers(alternatives: list[Any]) -> list[Any]:
    """Pydantic's decimals are numbers or texts; how many digits they may have isn't said."""
    kinds = [each.get("type") if isinstance(each, dict) else None for each in alternatives]
    is_decimal = {"number", "string"} <= set(kinds) <= {"number", "string", "null"}
    texts = [each for each, kind in zip(alternatives, kinds, strict=True) if kind == "string"]
    if not is_decimal or any({"enum", "const", "format"} & set(each) for each in texts):
        return alternatives
    return [
        _of_few_digits(each) if kind == "number" else each
        for each, kind in zip(alternatives, kinds, strict=True)
        if kind != "string"
    ]


def _of_few_digits(schema: dict[str, Any]) -> dict[str, Any]:
    if {"maximum", "exclusiveMaximum", "multipleOf"} & set(schema):
        return schema
    least = max(schema.get("minimum", 0), schema.get("exclusiveMinimum", 0))
    return schema if least >= _MODEST else {**schema, "maximum": _MODEST, "multipleOf": 1}
