"""Schemas of a contract as `components: {schemas: …}` of a document that others read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagepact.contract.openapi.pointers import escaped
from stagepact.schema.normalise import JsonSchema, named

_HOME = "#/components/schemas/"
_UNNAMED = re.compile(r"[^A-Za-z0-9._-]+")
_DATA = frozenset({"const", "default", "enum", "examples"})
_BY_NAME = frozenset({"dependentSchemas", "patternProperties", "properties"})


class Components:
    """Collects the schemas that are referred to; `schemas` is what the document has of them."""

    def __init__(self, known: Mapping[str, JsonSchema]) -> None:
        self.schemas: dict[str, Any] = {}
        self._known = known
        self._names: dict[str, str] = {}

    def all(self) -> None:
        """Have every named schema, referred to or not."""
        for name in self._known:
            self._named(name)

    def of(self, schema: Any, hint: str = "schema") -> Any:
        """A schema whose references are to components."""
        if isinstance(schema, dict) and ("$defs" in schema or _refers_inside(schema)):
            return {"$ref": _HOME + self._add(self._free(hint), schema)}
        return self._moved(schema, "", {})

    def _named(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self._free(name)
            self._add(self._names[name], self._known.get(name, True))
        return self._names[name]

    def _free(self, name: str) -> str:
        plain = _UNNAMED.sub(".", name).strip(".") or "schema"
        free, number = plain, 2
        while free in self.schemas or free in self._names.values():
            free, number = f"{plain}.{number}", number + 1
        self.schemas[free] = True
        return free

    def _add(self, name: str, schema: Any) -> str:
        inner: dict[str, str] = {}
        if isinstance(schema, dict) and isinstance(schema.get("$defs"), dict):
            inner = {key: self._free(str(key)) for key in schema["$defs"]}
            for key, each in schema["$defs"].items():
                self.schemas[inner[key]] = self._moved(each, name, inner)
            schema = {key: each for key, each in schema.items() if key != "$defs"}
        self.schemas[name] = self._moved(schema, name, inner)
        return name

    def _moved(self, schema: Any, home: str, inner: Mapping[str, str]) -> Any:
        if isinstance(schema, list):
            return [self._moved(each, home, inner) for each in schema]
        if not isinstance(schema, dict):
            return schema
        found: dict[str, Any] = {}
        for key, value in schema.items():
            if key in ("$id", "$schema"):
                continue
            if key == "$ref" and isinstance(value, str):
                found[key] = self._reference(value, home, inner)
            elif key in _BY_NAME and isinstance(value, dict):
                found[key] = {n: self._moved(each, home, inner) for n, each in value.items()}
            else:
                found[key] = value if key in _DATA else self._moved(value, home, inner)
        return found

    def _reference(self, target: str, home: str, inner: Mapping[str, str]) -> str:
        name = named(target)
        if name is not None:
            rest = "/".join(target.split("/")[3:])
            return _HOME + escaped(self._named(name)) + (f"/{rest}" if rest else "")
        steps = target.split("/")
        if steps[:2] == ["#", "$defs"] and len(steps) > 2 and steps[2] in inner:
            return "/".join([_HOME + inner[steps[2]], *steps[3:]])
        return _HOME + home + target[1:] if target.startswith("#") and home else target


def _refers_inside(schema: Any) -> bool:
    if isinstance(schema, list):
        return any(map(_refers_inside, schema))
    if not isinstance(schema, dict):
        return False
    target = schema.get("$ref")
    inside = isinstance(target, str) and target.startswith("#") and named(target) is None
    return inside or any(_refers_inside(v) for k, v in schema.items() if k not in _DATA)
