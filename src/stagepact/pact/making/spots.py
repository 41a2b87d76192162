"""Where in a contract the schema of a part of a value stands, and what is written there.

A canonical shape knows no file and no annotation; these are found beside it, by the same steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from stagepact.contract.document import Document
from stagepact.errors import Place
from stagepact.schema.normalise import NAMED, named

Path = tuple[str | int, ...]

_MOST = 200
"""So many schemas are asked about one value; a document may be made to refer without end."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A schema in a contract: what it says, its path, and the schema that its `#` means."""

    schema: Any
    path: Path
    root: Path
    base: Any


@dataclass(frozen=True)
class Spots:
    """All schemas that are asked about one part of a value; the outermost first."""

    document: Document
    found: tuple[Spot, ...]

    @classmethod
    def of(cls, document: Document, schema: Any, path: Path) -> Spots:
        """Those of a whole value, whose schema stands at a path of the contract."""
        return cls(document, _expanded(document, [Spot(schema, path, path, schema)]))

    def key(self, name: str) -> Spots:
        """Those of a property."""
        return self._below(lambda spot: _property(spot, name))

    def extra(self) -> Spots:
        """Those of a property that isn't declared."""
        return self._below(_extra)

    def item(self, index: int) -> Spots:
        """Those of an item."""
        return self._below(lambda spot: _item(spot, index))

    def _below(self, inner: Any) -> Spots:
        found = [each for spot in self.found for each in inner(spot)]
        return Spots(self.document, _expanded(self.document, found))

    def path(self, *keywords: str) -> Path:
        """The path of the first of these keywords that is said anywhere; else of the schema."""
        for keyword in keywords:
            for spot in self.found:
                if keyword in spot.schema:
                    return (*spot.path, keyword)
        return self.found[0].path if self.found else ()

    def place(self, path: Path) -> Place:
        """The place in the file of a path; of what a model says, the model's."""
        return self.document.place(*path)

    def said(self, keyword: str) -> Iterator[Any]:
        """What each of the schemas says by a keyword."""
        for spot in self.found:
            if keyword in spot.schema:
                yield spot.schema[keyword]


def _expanded(document: Document, open_ends: Sequence[Spot]) -> tuple[Spot, ...]:
    """Schemas with all that they refer to about the very value."""
    found: dict[Path, Spot] = {}
    waiting = list(open_ends)
    while waiting and len(found) < _MOST:
        spot = waiting.pop(0)
        if not isinstance(spot.schema, dict) or spot.path in found:
            continue
        found[spot.path] = spot
        waiting[:0] = [*_referred(document, spot), *_branches(spot)]
    return tuple(found.values())


def _referred(document: Document, spot: Spot) -> Iterator[Spot]:
    target = spot.schema.get("$ref")
    if not isinstance(target, str):
        return
    name = named(target)
    if name is not None and name in document.schemas:
        schema, root = document.schemas[name], ("schemas", name)
        rest = target.removeprefix(NAMED).partition("/")[2]
        yield from _at(Spot(schema, root, root, schema), rest)
    elif target == "#" or target.startswith("#/"):
        yield from _at(Spot(spot.base, spot.root, spot.root, spot.base), target[2:])


def _at(spot: Spot, pointer: str) -> Iterator[Spot]:
    schema, path = spot.schema, spot.path
    for step in unquote(pointer).split("/") if pointer else ():
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and step.isdecimal() and int(step) < len(schema):
            schema, path = schema[int(step)], (*path, int(step))
        elif isinstance(schema, dict) and step in schema:
            schema, path = schema[step], (*path, step)
        else:
            return
    yield Spot(schema, path, spot.root, spot.base)


def _branches(spot: Spot) -> Iterator[Spot]:
    for keyword in ("allOf", "anyOf", "oneOf"):
        listed = spot.schema.get(keyword)
        for index, each in enumerate(listed if isinstance(listed, list) else ()):
            yield _inner(spot, each, keyword, index)
    for keyword in ("then", "else"):
        if keyword in spot.schema:
            yield _inner(spot, spot.schema[keyword], keyword)


def _inner(spot: Spot, schema: Any, *steps: str | int) -> Spot:
    return Spot(schema, (*spot.path, *steps), spot.root, spot.base)


def _mapping(spot: Spot, keyword: str) -> dict[str, Any]:
    value = spot.schema.get(keyword)
    return value if isinstance(value, dict) else {}


def _property(spot: Spot, name: str) -> Iterator[Spot]:
    declared = _mapping(spot, "properties")
    if name in declared:
        yield _inner(spot, declared[name], "properties", name)
        return
    yield from _extra(spot, name)


def _extra(spot: Spot, name: str | None = None) -> Iterator[Spot]:
    for pattern, schema in _mapping(spot, "patternProperties").items():
        if name is None or _is_found(pattern, name):
            yield _inner(spot, schema, "patternProperties", pattern)
    if "additionalProperties" in spot.schema:
        yield _inner(spot, spot.schema["additionalProperties"], "additionalProperties")


def _is_found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return True


def _item(spot: Spot, index: int) -> Iterator[Spot]:
    first = spot.schema.get("prefixItems")
    if isinstance(first, list) and index < len(first):
        yield _inner(spot, first[index], "prefixItems", index)
    elif "items" in spot.schema:
        yield _inner(spot, spot.schema["items"], "items")
