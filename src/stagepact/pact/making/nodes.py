"""Shapes without unions and names, by the kind of value in JSON that they are of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from stagepact.contract.source import Json
from stagepact.pact.making.examples import kind_of
from stagepact.schema.shape import (
    NOTHING,
    Anything,
    Arrays,
    Integers,
    Numbers,
    Objects,
    Texts,
    Values,
)

Node: TypeAlias = Anything | Values | Integers | Numbers | Texts | Arrays | Objects


def unboxed(shape: Values) -> Iterator[Node]:
    """Values, each object and list among them as the shape that only it is of."""
    plain = tuple(each for each in shape.values if not isinstance(each, dict | list))
    if plain:
        yield Values(plain)
    for each in shape.values:
        if isinstance(each, dict):
            yield Objects({key: Values((value,)) for key, value in each.items()}, {}, None)
        elif isinstance(each, list):
            items = tuple(Values((value,)) for value in each)
            yield Arrays(items, NOTHING, len(items), len(items))


def by_kind_of(node: Node) -> Iterator[tuple[str, Node]]:
    """A shape as one or more of a single kind of value each, with the kind."""
    if not isinstance(node, Values):
        yield _KIND_OF[type(node)], node
        return
    for kind in dict.fromkeys(map(kind_of, node.values)):
        yield kind, Values(tuple(each for each in node.values if kind_of(each) == kind))


_KIND_OF: Mapping[type, str] = {
    Texts: "text",
    Integers: "integer",
    Numbers: "number",
    Objects: "object",
    Arrays: "array",
}


def only_value(parts: Sequence[Node]) -> Json:
    """The one value that there may be; None where there are several, or it is null."""
    values = [each.values if isinstance(each, Values) else (1, 2) for each in parts]
    found = [each for some in values for each in some]
    return found[0] if len(found) == 1 else None
