"""Where a provider's contract speaks of a place in a body: the line of its schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stagepact.contract.document import Document
from stagepact.errors import Place
from stagepact.pact.path import Token, parse_path
from stagepact.schema.normalise import NAMED

_UNIONS = ("allOf", "anyOf", "oneOf")
_MOST_REFERENCES = 50

At = tuple[str | int, ...]


def schema_place(document: Document, at: At, schema: Any, path: str) -> Place:
    """The place of what is said of a path, or of the nearest part above it."""
    where = at
    try:
        tokens = parse_path(path).tokens
    except ValueError:
        tokens = ()
    for token in tokens:
        found = next(_children(document, where, schema, token), None)
        if found is None:
            break
        where, schema = found
    return document.place(*where)


def _children(document: Document, at: At, schema: Any, token: Token) -> Iterator[tuple[At, Any]]:
    """The schemas of a step, with where they stand; the first one is the nearest."""
    for where, each in _alternatives(document, at, schema):
        properties = each.get("properties")
        if isinstance(properties, dict) and token.name in properties:
            yield (*where, "properties", token.name), properties[token.name]
            continue
        is_index = token.indexes_only or token.name.isdecimal()
        for key in ("items",) if is_index else ("additionalProperties",):
            if isinstance(each.get(key), dict):
                yield (*where, key), each[key]


def _alternatives(document: Document, at: At, schema: Any) -> Iterator[tuple[At, dict[str, Any]]]:
    """A schema, what it refers to, and the branches of its unions."""
    open_ends = [(at, schema)]
    for _ in range(_MOST_REFERENCES):
        if not open_ends:
            return
        where, each = open_ends.pop(0)
        if not isinstance(each, dict):
            continue
        yield where, each
        target = each.get("$ref")
        name = target.removeprefix(NAMED) if isinstance(target, str) else ""
        if name in document.schemas and target != name:
            open_ends.append((("schemas", name), document.schemas[name]))
        for key in _UNIONS:
            if isinstance(each.get(key), list):
                open_ends += [((*where, key, i), part) for i, part in enumerate(each[key])]
