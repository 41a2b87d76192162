"""Values → the JSON Schema that all of them have: types, keys, and forms that are sure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from stagepact.traffic.templates import is_id

# A form is believed when so many different texts have it, and no other.
_SURE = 3
_MANY_KEYS = 3
_FORMATS = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE),
}


def schema_of(values: Iterable[Any]) -> dict[str, Any]:
    """A schema that each of these values of JSON has; keys that all objects have are required."""
    told = list(values)
    kinds = {kind: [each for each in told if _kind(each) == kind] for kind in map(_kind, told)}
    if "number" in kinds and "integer" in kinds:
        kinds["number"] += kinds.pop("integer")
    schema: dict[str, Any] = {}
    if set(kinds) == {"null"}:
        return schema  # of what was never there nothing is known
    if kinds:
        names = sorted(kinds)
        schema["type"] = names[0] if len(names) == 1 else names
    if "object" in kinds:
        schema |= _of_objects(kinds["object"])
    if "array" in kinds and (items := [each for value in kinds["array"] for each in value]):
        schema["items"] = schema_of(items)
    if "string" in kinds and (form := _form({*kinds["string"]})):
        schema["format"] = form
    return schema


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _of_objects(objects: list[dict[str, Any]]) -> dict[str, Any]:
    keys = list(dict.fromkeys(key for each in objects for key in each))
    if len(keys) >= _MANY_KEYS and all(map(is_id, keys)):
        values = [value for each in objects for value in each.values()]
        return {"additionalProperties": schema_of(values)}
    required = [key for key in keys if all(key in each for each in objects)]
    found: dict[str, Any] = {"required": required} if required else {}
    if keys:
        found["properties"] = {
            key: schema_of([each[key] for each in objects if key in each]) for key in keys
        }
    return found


def _form(texts: set[str]) -> str:
    for name, pattern in _FORMATS.items():
        if len(texts) >= _SURE and all(map(pattern.fullmatch, texts)):
            return name
    return ""
