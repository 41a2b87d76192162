"""A schema made ready for makers of values: its shapes, how far they recur, and the last word.

Generation by Hypothesis and by plain random code share what is decided here, so both have one
distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from jsonschema_rs import CanonicalSchema

from stagepact.schema.canonical import Retrieve, canonical, shapes, unsatisfiable
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.shape import Arrays, Objects, Shape, Shapes
from stagepact.schema.validate import Validator

MOST_ITEMS = 50_000
"""More items, properties or characters than this aren't made, however a schema asks for them."""

_RECURSIONS = 2
_MORE_ITEMS = (8, 6, 4, 3, 2, 1)
_MOST_OPTIONAL = (12, 8, 6, 4, 3, 2)


class Unsatisfiable(SchemaError):  # noqa: N818 - it says what was found
    """A schema admits no value; `pointer` is the place that says so, where it is known."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a schema admits, so deep in recursion as is of use, and whether a value is one."""

    shapes: Shapes
    room: int
    accepts: Callable[[object], bool]

    def most_items(self, shape: Arrays, depth: int) -> int:
        """The most items that are made of a list so deep in a value."""
        most = len(shape.first) + shape.min_items + _of(_MORE_ITEMS, depth)
        if shape.max_items is None:
            return most
        return (
            shape.max_items if shape.max_items <= len(shape.first) else min(shape.max_items, most)
        )

    def most_optional(self, depth: int) -> int:
        """The most optional properties that are made of an object so deep in a value."""
        return _of(_MOST_OPTIONAL, depth)


def _of(table: tuple[int, ...], depth: int) -> int:
    return table[min(depth, len(table) - 1)]


def prepared(
    schema: JsonSchema, *, draft: int | None = None, retrieve: Retrieve | None = None
) -> Prepared:
    """A schema made ready.

    Raises:
        Unsatisfiable: it admits no value; says where.
        SchemaError: it is no usable schema, or asks for values too large to be made.
    """
    validator = Validator(schema, draft=draft, retrieve=retrieve)
    return prepare(canonical(schema, draft=draft, retrieve=retrieve), validator.accepts, schema)


def prepare(
    form: CanonicalSchema, accepts: Callable[[object], bool], schema: JsonSchema
) -> Prepared:
    """A canonical form made ready, for a schema that it stands for.

    Raises:
        Unsatisfiable: it admits no value; says where.
        SchemaError: it asks for values too large to be made.
    """
    ready = prepare_if_any(form, accepts)
    if ready is None:
        pointer, why = unsatisfiable(schema)
        raise Unsatisfiable(
            f"the schema admits no value: {why}", pointer, "loosen what it asks for"
        )
    return ready


def prepare_if_any(form: CanonicalSchema, accepts: Callable[[object], bool]) -> Prepared | None:
    """A canonical form made ready; None where it admits no value, without looking for the cause.

    Raises:
        SchemaError: it asks for values too large to be made.
    """
    found = shapes(form)
    rank = found.rank(found.root)
    if math.isinf(rank):
        return None
    _refuse_huge(found)
    return Prepared(found, int(rank) + _RECURSIONS, accepts)


def _refuse_huge(found: Shapes) -> None:
    """Refuse what every value would need too much memory for."""
    for shape in found.needed():
        count = _least_size(shape)
        if count > MOST_ITEMS:
            message = f"every value has {count:,} items or properties in one place"
            raise SchemaError(message, advice=f"values of at most {MOST_ITEMS:,} can be made")


def _least_size(shape: Shape) -> int:
    if isinstance(shape, Arrays):
        return max(shape.min_items, *(count for _, count in shape.wanted), 0)
    if isinstance(shape, Objects):
        return shape.min_properties
    return getattr(shape, "min_length", 0)
