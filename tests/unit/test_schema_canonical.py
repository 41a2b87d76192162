"""Canonical forms become shapes that values can be made of."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from stagepact.schema import compile, sample
from stagepact.schema.canonical import canonical, shapes
from stagepact.schema.prepared import Unsatisfiable
from stagepact.schema.shape import Checked, Either, Named, Shape

MANY = 400
LEAF = {"type": "string"}
LOOP = {"$ref": "#/$defs/n"}

CASES: dict[str, Any] = {
    "one of several properties, each of which recurs": {
        "anyOf": [
            LEAF,
            {
                "type": "object",
                "properties": {"a": LOOP, "b": LOOP},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ]
    },
    "an intersection that recurs": {
        "type": "object",
        "properties": {"in": {"type": "array", "items": {"allOf": [LOOP, {"$ref": "#/$defs/m"}]}}},
    },
    "an intersection with a union, which leaves nothing": {
        "type": "array",
        "items": {"allOf": [{"type": ["null", "array", "object"]}, {"$ref": "#/$defs/u"}]},
    },
    "a union of itself": {"anyOf": [{"type": "null"}, {"allOf": [LOOP, {"$ref": "#/$defs/m"}]}]},
    "two unions": {"allOf": [{"$ref": "#/$defs/u"}, {"$ref": "#/$defs/v"}]},
}
OTHERS = {
    "m": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
    "u": {
        "oneOf": [
            {"type": "string", "minLength": 3},
            {"type": "object", "properties": {"in": {"$ref": "#/$defs/n"}}},
        ]
    },
    "v": {"oneOf": [{"type": "object", "required": ["k"]}, {"type": "string", "maxLength": 3}]},
}


@pytest.mark.parametrize("name", CASES)
def test_samples_of_what_recurs_and_intersects_are_found(name: str) -> None:
    """No part is too rare to be found by trying."""
    schema = {"$ref": "#/$defs/n", "$defs": {"n": CASES[name], **OTHERS}}
    accepts = compile(schema).accepts
    found = list(islice(sample(schema, 1), MANY))
    assert all(map(accepts, found))


def test_objects_whose_needed_properties_never_end_are_unsatisfiable() -> None:
    """Though none of them is required."""
    schema = {
        "type": "object",
        "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}},
        "additionalProperties": False,
        "minProperties": 1,
    }
    with pytest.raises(Unsatisfiable):
        next(sample(schema))


def branches(shape: Shape) -> int:
    inner = shape.shape if isinstance(shape, Checked) else shape
    return len(inner.branches) if isinstance(inner, Either) else 1


def test_an_intersection_of_unions_is_the_union_of_intersections() -> None:
    """Without what leaves nothing."""
    whole = shapes(canonical({"$ref": "#/$defs/n", "$defs": {"n": CASES["two unions"], **OTHERS}}))
    met = [shape for name, shape in whole.named.items() if "&" in name]
    assert isinstance(whole.root, Named)
    assert [branches(shape) for shape in met] == [2]
