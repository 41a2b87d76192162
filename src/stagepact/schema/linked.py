"""A schema whose references all lead into one table of parts, so that it can be taken apart.

References by `$id`, `$anchor` and pointer (2020-12 core, sections 8.2 and 9.2) become names; a
`$dynamicRef` becomes what it means at first sight, so what is built of it has to be checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urldefrag, urljoin

from stagepact.schema.normalise import JsonSchema, Pointer, SchemaError

_DATA = frozenset({"const", "default", "enum", "examples"})
_BY_NAME = frozenset(
    {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
)
_IDENTITY = frozenset(
    {"$anchor", "$defs", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "$vocabulary"}
)
_REFERENCES = frozenset({"$dynamicRef", "$recursiveRef", "$ref"})
_PREFIX = "#/$defs/"
_KNOWN = ("http://json-schema.org/draft-", "https://json-schema.org/draft/")
"""Where the drafts' own schemas are, which every validator has; they are left as they are."""


@dataclass(frozen=True, slots=True)
class Part:
    """What references lead to: a schema, and its place in the document."""

    schema: JsonSchema
    pointer: Pointer


@dataclass(frozen=True)
class Linked:
    """A schema without definitions, and by name the parts that it and they refer to."""

    root: JsonSchema
    parts: Mapping[str, Part] = field(default_factory=dict)

    def part(self, reference: str) -> Part | None:
        """What a reference of this schema leads to; None where it leads outside."""
        return self.parts.get(_name(reference))

    def whole(self, schema: JsonSchema) -> JsonSchema:
        """A schema built of this one's, with those parts that it needs."""
        needed: dict[str, JsonSchema] = {}
        open_ends = [schema]
        while open_ends:
            for name in _named_in(open_ends.pop()):
                if name not in needed and name in self.parts:
                    needed[name] = self.parts[name].schema
                    open_ends.append(needed[name])
        if not needed:
            return schema
        return {"$defs": needed, "allOf": [schema]}


def linked(schema: JsonSchema) -> Linked:
    """A self-contained 2020-12 schema, linked.

    Raises:
        SchemaError: a reference leads nowhere.
    """
    linker = _Linker(schema)
    root = linker.rewritten(schema, "", ())
    while linker.open:
        name, pointer = linker.open.pop()
        part, base = linker.at(pointer)
        linker.parts[name] = Part(linker.rewritten(part, base, pointer), pointer)
    return Linked(root, linker.parts)


class _Linker:
    """One pass over a document; parts are rewritten as references to them are met."""

    def __init__(self, document: JsonSchema) -> None:
        self._document = document
        self._resources = dict(_resources(document, "", ()))
        self._names: dict[Pointer, str] = {}
        self.parts: dict[str, Part] = {}
        self.open: list[tuple[str, Pointer]] = []

    def rewritten(self, schema: Any, base: str, pointer: Pointer, *, by_name: bool = False) -> Any:
        """The schema with its references by name; identities and definitions left out."""
        if isinstance(schema, list):
            return [self.rewritten(each, base, (*pointer, i)) for i, each in enumerate(schema)]
        if not isinstance(schema, dict):
            return schema
        if by_name:
            return {k: self.rewritten(v, base, (*pointer, k)) for k, v in schema.items()}
        if isinstance(schema.get("$id"), str):
            base = urljoin(base, schema["$id"])
        found: dict[str, Any] = {}
        for key, value in schema.items():
            if key in _REFERENCES and isinstance(value, str):
                found["$ref"] = self._linked(value, base, (*pointer, key))
            elif key in _DATA:
                found[key] = value
            elif key not in _IDENTITY:
                found[key] = self.rewritten(value, base, (*pointer, key), by_name=key in _BY_NAME)
        return found

    def _linked(self, reference: str, base: str, place: Pointer) -> str:
        target = self._resolved(reference, base)
        if target is None and urljoin(base, reference).startswith(_KNOWN):
            return urljoin(base, reference)
        if target is None:
            raise SchemaError(f"{reference!r} leads nowhere in this schema", place)
        if target not in self._names:
            name = _unused(str(target[-1]) if target else "root", set(self._names.values()))
            self._names[target] = name
            self.open.append((name, target))
        return _PREFIX + quote(self._names[target].replace("~", "~0").replace("/", "~1"), safe="~")

    def _resolved(self, reference: str, base: str) -> Pointer | None:
        document, fragment = urldefrag(urljoin(base, reference))
        if reference.startswith("#"):
            document = urldefrag(base)[0]
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._resources.get(f"{document}#{fragment}")
        start = self._resources.get(document)
        if start is None:
            return None
        target = (*start, *_steps(fragment))
        try:
            self.at(target)
        except (KeyError, IndexError, ValueError, TypeError):
            return None
        return target

    def at(self, pointer: Pointer) -> tuple[Any, str]:
        """What stands at a place, and the base of its references."""
        value: Any = self._document
        base = ""
        for step in pointer:
            if isinstance(value, dict) and isinstance(value.get("$id"), str):
                base = urljoin(base, value["$id"])
            value = value[int(step)] if isinstance(value, list) else value[step]
        return value, base


def _resources(schema: Any, base: str, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
    """By absolute URI, the place of each resource and anchor."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from _resources(part, base, (*pointer, index))
        return
    if not isinstance(schema, dict):
        return
    if not pointer:
        yield "", ()
    if isinstance(schema.get("$id"), str):
        base = urljoin(base, schema["$id"])
        yield base.removesuffix("#"), pointer
    for key in ("$anchor", "$dynamicAnchor"):
        if isinstance(schema.get(key), str):
            yield f"{urldefrag(base)[0]}#{schema[key]}", pointer
    for key, part in schema.items():
        if key not in _DATA:
            yield from _resources(part, base, (*pointer, key))


def _steps(fragment: str) -> tuple[str, ...]:
    return tuple(s.replace("~1", "/").replace("~0", "~") for s in fragment.split("/")[1:])


def _name(reference: str) -> str:
    return unquote(reference.removeprefix(_PREFIX)).replace("~1", "/").replace("~0", "~")


def _unused(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _named_in(schema: Any) -> Iterator[str]:
    open_ends = [schema]
    while open_ends:
        part = open_ends.pop()
        if isinstance(part, list):
            open_ends += part
        elif isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str):
                yield _name(reference)
            open_ends += [value for key, value in part.items() if key not in _DATA]
