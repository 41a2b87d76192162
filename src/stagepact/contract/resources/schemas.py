"""What the schemas of operations show of lists and their items."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import Operation
from stagepact.contract.models import Resource as SaidResource
from stagepact.schema import SchemaError
from stagepact.schema.normalise import JsonSchema

_LISTS = ("items", "data", "results", "content", "value", "entries")


def plain(document: Document, schema: JsonSchema | None) -> Any:
    """A schema without the references at its top; {} for what can't be resolved."""
    if not isinstance(schema, dict):
        return {}
    try:
        whole = document.scope.bundle(schema)
    except SchemaError:
        return {}
    return followed(whole, whole)


def followed(schema: Any, whole: Any) -> Any:
    """What a schema refers to, with the definitions of the whole."""
    for _ in range(8):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        found: Any = whole
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name, {}) if isinstance(found, dict) else {}
        schema = found
    if isinstance(schema, dict) and "$defs" not in schema and isinstance(whole, dict):
        return {**schema, "$defs": whole.get("$defs", {})}
    return schema


def members_of(schema: Any) -> Mapping[str, Any]:
    """The schemas of an object's members, by name."""
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def present(schema: Any) -> Any:
    """A schema's only branch but null, as optional parameters are written."""
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword) if isinstance(schema, dict) else None
        if isinstance(branches, list):
            known = [followed(each, schema) for each in branches]
            known = [e for e in known if not (isinstance(e, dict) and e.get("type") == "null")]
            if len(known) == 1:
                return known[0]
    return schema


def values_of(schema: Any) -> tuple[Any, ...]:
    """The scalar values that an enumeration has, without null; () for none."""
    found = present(schema)
    values = found.get("enum") if isinstance(found, dict) else None
    scalars = values if isinstance(values, list) else []
    if any(isinstance(each, list | dict) for each in scalars):
        return ()
    return tuple(each for each in scalars if each is not None)


def succeeded(operation: Operation) -> JsonSchema | None:
    """The schema of a successful answer's body."""
    answers = [each for status, each in operation.responses.items() if status[0] == "2"]
    bodies = [each.body for each in answers]
    bodies += [
        schema
        for each in answers
        for media, schema in each.content.items()
        if media.endswith(("/json", "+json"))
    ]
    return next((body for body in bodies if body is not None), None)


def bare(schema: Any) -> Any:
    """A schema without its definitions; None where nothing is left."""
    if not isinstance(schema, dict):
        return None
    return {key: value for key, value in schema.items() if key not in ("$defs", "$id")} or None


def items_schema(
    document: Document,
    operations: Mapping[str, Operation],
    roles: Mapping[str, str],
    said: SaidResource,
    path: str,
) -> Any:
    """The schema of the items of a list; None where no list is to be seen."""
    if "list" not in roles:
        return None
    whole = plain(document, succeeded(operations[roles["list"]]))
    schema = whole
    if said.items is not None:
        for step in said.items[1:].split("/"):
            schema = followed(members_of(schema).get(step, {}), whole)
        return _of_array(schema, whole) or {}
    if not isinstance(schema, dict):
        return None
    found = _of_array(schema, whole)
    if found is not None:
        return found
    arrays = {
        name: _of_array(followed(each, whole), whole) for name, each in members_of(schema).items()
    }
    known = {name: each for name, each in arrays.items() if each is not None}
    for name in (*_LISTS, path.rpartition("/")[2]):
        if name in known:
            return known[name]
    return next(iter(known.values())) if len(known) == 1 else None


def _of_array(schema: Any, whole: Any) -> Any:
    is_array = isinstance(schema, dict) and schema.get("type") == "array"
    if not is_array or not isinstance(schema.get("items"), dict):
        return None
    found = followed(schema["items"], whole)
    is_object = found.get("type") == "object" or "properties" in found
    return found if is_object else None
