"""Older drafts and OpenAPI's dialect as JSON Schema 2020-12, keyword by keyword, places kept.

Sources: the release notes of each draft ("What's new", appendix of its core document) and OpenAPI
3.0.4, section "Schema Object".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import jsonschema_rs

from stagepact.schema.normalise import DIALECT, JsonSchema


class Dialect(StrEnum):
    """A dialect that schemas are read in; the value is what `$schema` says, or OpenAPI's name."""

    DRAFT_4 = "http://json-schema.org/draft-04/schema"
    DRAFT_6 = "http://json-schema.org/draft-06/schema"
    DRAFT_7 = "http://json-schema.org/draft-07/schema"
    DRAFT_2019_09 = "https://json-schema.org/draft/2019-09/schema"
    DRAFT_2020_12 = DIALECT
    OPENAPI_3_0 = "openapi-3.0"
    OPENAPI_3_1 = "https://spec.openapis.org/oas/3.1/dialect/base"

    @property
    def draft(self) -> int:
        """The draft as jsonschema-rs numbers it; OpenAPI's dialects are read as 2020-12."""
        return _DRAFTS.get(self, jsonschema_rs.Draft202012)


_DRAFTS: Mapping[Dialect, int] = {
    Dialect.DRAFT_4: jsonschema_rs.Draft4,
    Dialect.DRAFT_6: jsonschema_rs.Draft6,
    Dialect.DRAFT_7: jsonschema_rs.Draft7,
    Dialect.DRAFT_2019_09: jsonschema_rs.Draft201909,
    Dialect.DRAFT_2020_12: jsonschema_rs.Draft202012,
}


def dialect_of(schema: JsonSchema) -> Dialect:
    """The dialect that a schema says it is written in; 2020-12 where it says nothing we know."""
    said = schema.get("$schema") if isinstance(schema, dict) else None
    text = said.removesuffix("#") if isinstance(said, str) else ""
    return Dialect(text) if text in set(Dialect) else Dialect.DRAFT_2020_12


def modern(schema: JsonSchema, dialect: Dialect | None = None) -> JsonSchema:
    """The schema in 2020-12: the same instances, each keyword where it was or where it went."""
    known = dialect_of(schema) if dialect is None else dialect
    rules = _RULES.get(known)
    if rules is None or isinstance(schema, bool):
        return schema
    return dict(_Upgrade(rules, recurs=schema.get("$recursiveAnchor") is True).of(schema))


_DATA = frozenset({"const", "default", "enum", "example", "examples"})
_BY_NAME = frozenset(
    {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)
_RECURSIVE = "recursive"
_ANCHOR = re.compile(r"[A-Za-z_][-A-Za-z0-9._]*")


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is different in a dialect: keywords it doesn't know, and rewriting, in order."""

    unknown: frozenset[str] = frozenset()
    rewrites: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Upgrade:
    """One pass; `recurs` says whether the resource that we are in lets itself be extended."""

    rules: _Rules
    recurs: bool

    def of(self, schema: Any) -> Any:
        """A schema, or what holds some, upgraded."""
        if isinstance(schema, list):
            return [self.of(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        known = {key: value for key, value in schema.items() if key not in self.rules.unknown}
        for rewrite in self.rules.rewrites:
            known = rewrite(known)
        own = known.get("$id")
        if isinstance(own, str) and not own.startswith("#"):
            inner = replace(self, recurs=known.get("$recursiveAnchor") is True)
            return inner._values(known)
        return self._values(known)

    def _values(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {key: self._value(key, value) for key, value in self._recursive(schema).items()}

    def _value(self, key: str, value: Any) -> Any:
        if key in _DATA:
            return value
        if key == "$defs" and isinstance(value, dict):
            # Older drafts don't know it: it may hold all sorts.
            return {name: self.of(each) for name, each in value.items() if _is_schema(each)}
        if key in _BY_NAME and isinstance(value, dict):
            return {name: self.of(each) for name, each in value.items()}
        if key == "$ref" and isinstance(value, str):
            return _moved(value)
        if key == "$schema":
            return DIALECT
        return self.of(value)

    def _recursive(self, schema: dict[str, Any]) -> dict[str, Any]:
        """`$recursiveRef` as `$dynamicRef`, where the resource lets itself be extended."""
        found = {}
        for key, value in schema.items():
            if key == "$recursiveAnchor" and value is True:
                found["$dynamicAnchor"] = _RECURSIVE
            elif key == "$recursiveRef":
                found["$dynamicRef" if self.recurs else "$ref"] = (
                    f"#{_RECURSIVE}" if self.recurs else value
                )
            elif key != "$recursiveAnchor":
                found[key] = value
        return found


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _moved(reference: str) -> str:
    """A reference by pointer to where its target is in 2020-12."""
    before, sharp, pointer = reference.partition("#")
    if not pointer.startswith("/"):
        return reference
    steps = pointer.split("/")
    for at, step in enumerate(steps[:-1]):
        if step == "items" and steps[at + 1].isdigit():
            steps[at] = "prefixItems"
        elif step == "dependencies":
            steps[at] = "dependentSchemas"
    steps = ["items" if step == "additionalItems" else step for step in steps]
    return before + sharp + "/".join(steps)


def _with_id(schema: dict[str, Any]) -> dict[str, Any]:
    """Draft 4's `id` is `$id`."""
    if not isinstance(schema.get("id"), str):
        return schema
    return {("$id" if key == "id" else key): value for key, value in schema.items()}


def _with_anchors(schema: dict[str, Any]) -> dict[str, Any]:
    """`$id: "#name"` of drafts 6 and 7 is an `$anchor`; `$id: "#/a/pointer"` says nothing."""
    own = schema.get("$id")
    if not isinstance(own, str) or "#" not in own.removesuffix("#"):
        return schema
    base, _, name = own.partition("#")
    rest = {key: value for key, value in schema.items() if key != "$id"}
    anchor = {"$anchor": name} if _ANCHOR.fullmatch(name) else {}
    return {**({"$id": base} if base else {}), **anchor, **rest}


def _with_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """`exclusiveMinimum: true` makes `minimum` an open bound."""
    found = dict(schema)
    for bound in ("minimum", "maximum"):
        keyword = f"exclusive{bound.capitalize()}"
        is_open = found.get(keyword)
        if isinstance(is_open, bool):
            del found[keyword]
            if is_open and bound in found:
                found[keyword] = found.pop(bound)
    return found


def _alone(schema: dict[str, Any]) -> dict[str, Any]:
    """What stands beside a `$ref` says nothing, but for definitions."""
    if not isinstance(schema.get("$ref"), str):
        return schema
    kept = ("$ref", "$schema", "definitions", "$defs")
    return {key: value for key, value in schema.items() if key in kept}


def _with_items(schema: dict[str, Any]) -> dict[str, Any]:
    """A list in `items` is `prefixItems`, and `additionalItems` is then `items`."""
    found = {key: value for key, value in schema.items() if key != "additionalItems"}
    if isinstance(found.get("items"), list):
        found["prefixItems"] = found.pop("items")
        if "additionalItems" in schema:
            found["items"] = schema["additionalItems"]
    return found


def _with_dependencies(schema: dict[str, Any]) -> dict[str, Any]:
    """`dependencies` are of names or of schemas."""
    dependencies = schema.get("dependencies")
    if not isinstance(dependencies, dict):
        return schema
    found = {key: value for key, value in schema.items() if key != "dependencies"}
    names = {key: value for key, value in dependencies.items() if isinstance(value, list)}
    schemas = {key: value for key, value in dependencies.items() if key not in names}
    if names:
        found["dependentRequired"] = names
    if schemas:
        found["dependentSchemas"] = schemas
    return found


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """`nullable: true` of OpenAPI 3.0 adds null to the type, where there is one."""
    found = {key: value for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        if "enum" in found and None not in found["enum"]:
            found["enum"] = [*found["enum"], None]
    return found


_OF_2020 = frozenset({"$dynamicAnchor", "$dynamicRef", "prefixItems"})
_OF_2019 = frozenset(
    {"$anchor", "$recursiveAnchor", "$recursiveRef", "dependentRequired", "dependentSchemas"}
    | {"maxContains", "minContains", "unevaluatedItems", "unevaluatedProperties"}
)
_OF_7 = frozenset({"else", "if", "then"})
_OF_6 = frozenset({"const", "contains", "propertyNames"})
_OLDER = (_alone, _with_items, _with_dependencies)

_RULES: Mapping[Dialect, _Rules] = {
    Dialect.DRAFT_4: _Rules(
        _OF_2020 | _OF_2019 | _OF_7 | _OF_6, (_with_id, _with_anchors, _with_bounds, *_OLDER)
    ),
    Dialect.DRAFT_6: _Rules(_OF_2020 | _OF_2019 | _OF_7, (_alone, _with_anchors, *_OLDER[1:])),
    Dialect.DRAFT_7: _Rules(_OF_2020 | _OF_2019, (_alone, _with_anchors, *_OLDER[1:])),
    Dialect.DRAFT_2019_09: _Rules(_OF_2020, (_with_items,)),
    Dialect.OPENAPI_3_0: _Rules(
        _OF_2020 | _OF_2019 | _OF_7 | _OF_6, (_with_bounds, _alone, _with_null)
    ),
}
