"""Generated values are values that the schema permits."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.schema import Dialect, SchemaError, compile, compile_schema, sample
from stagepact.schema.generate import from_schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3},
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        {"type": "array", "items": {"enum": [1, "x"]}, "maxItems": 3},
        {"type": "string", "format": "uuid"},
        {"type": "string", "format": "duration"},
        {"type": "string", "format": "byte"},
        {"type": "string", "format": "binary"},
        {"$defs": {"N": {"type": "integer"}}, "$ref": "#/$defs/N"},
        True,
    ],
)
def test_what_is_generated_is_permitted(schema: Any) -> None:
    """By the same validator that judges outputs."""
    validator = compile_schema(schema)

    @settings(max_examples=20, deadline=None, database=None)
    @given(st.data())
    def permitted(data: st.DataObject) -> None:
        assert validator.accepts(data.draw(from_schema(schema)))

    permitted()


def test_a_strategy_is_made_once_for_equal_schemas() -> None:
    """Making one costs more than drawing from it."""
    assert from_schema({"type": "integer"}) is from_schema({"type": "integer"})


def test_what_is_no_schema_is_an_error_of_ours() -> None:
    """With the validator's reason."""
    with pytest.raises(SchemaError, match="no valid JSON Schema"):
        from_schema({"type": "strng"})


D4 = Dialect.DRAFT_4
WIDE: list[tuple[Any, Dialect | None]] = [
    ({"not": {"type": "object"}}, None),
    ({"type": "array", "contains": {"const": 1}, "minContains": 2, "maxItems": 4}, None),
    ({"type": "array", "prefixItems": [{"type": "null"}, {"enum": [1]}], "items": False}, None),
    ({"type": "array", "not": {"uniqueItems": True}, "items": {"type": "integer"}}, None),
    ({"uniqueItems": True, "type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 2}, None),
    ({"type": "array", "uniqueItems": True, "prefixItems": [True, True], "minItems": 2}, None),
    ({"patternProperties": {"^a": {"type": "null"}}, "type": "object", "required": ["ab"]}, None),
    ({"propertyNames": {"maxLength": 2}, "minProperties": 2, "type": "object"}, None),
    ({"propertyNames": {"enum": ["a", "b"]}, "type": "object", "minProperties": 1}, None),
    ({"properties": {"a": True, "b": True}, "type": "object", "maxProperties": 1}, None),
    ({"properties": {"a": {"type": "null"}}, "unevaluatedProperties": False}, None),
    ({"type": "number", "multipleOf": 0.1, "minimum": 0, "exclusiveMaximum": 1}, None),
    ({"type": "number", "minimum": 0.5, "exclusiveMaximum": 0.75}, None),
    ({"type": "number", "not": {"type": "integer"}}, None),
    ({"type": "integer", "multipleOf": 3, "minimum": 1, "maximum": 10}, None),
    ({"type": "integer", "maximum": -(10**30)}, None),
    ({"type": "integer", "not": {"multipleOf": 2}}, None),
    ({"oneOf": [{"minimum": 3, "type": "integer"}, {"multipleOf": 2, "type": "integer"}]}, None),
    ({"type": "string", "not": {"format": "uuid"}}, None),
    ({"enum": [[1], {"a": 2}]}, None),
    ({"type": "number", "multipleOf": 0.5, "not": {"type": "integer"}}, None),
    ({"type": "number", "multipleOf": 0.01, "minimum": 0.29, "maximum": 0.29}, None),
    ({"type": "array", "prefixItems": [{"type": "null"}], "minItems": 1, "maxItems": 1}, None),
    ({"type": "array", "prefixItems": [True], "contains": {"const": 1}, "maxItems": 2}, None),
    ({"type": "object", "properties": {"a": True, "b": True}, "minProperties": 1}, None),
    ({"type": "object", "required": ["a"], "maxProperties": 1, "properties": {"b": True}}, None),
    ({"type": "object", "minProperties": 3, "dependentRequired": {"a": ["b"]}}, None),
    (
        {
            "type": "object",
            "patternProperties": {"^a": {"type": "null"}, "^b": {"type": "integer"}},
            "propertyNames": {"minLength": 3, "pattern": "c"},
            "additionalProperties": False,
            "minProperties": 2,
        },
        None,
    ),
    ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, D4),
    ({"type": "string", "nullable": True}, Dialect.OPENAPI_3_0),
]


@pytest.mark.parametrize(("schema", "dialect"), WIDE)
def test_what_is_drawn_and_what_is_sampled_is_valid(schema: Any, dialect: Dialect | None) -> None:
    """Keyword by keyword."""
    accepts = compile(schema, dialect=dialect).accepts

    @settings(max_examples=30, deadline=None, database=None)
    @given(from_schema(schema, dialect=dialect))
    def permitted(value: Any) -> None:
        assert accepts(value)

    permitted()
    assert all(map(accepts, islice(sample(schema, dialect=dialect), 100)))


def test_a_pattern_that_is_no_regular_language_is_drawn_by_trying() -> None:
    made = from_schema({"type": "string", "pattern": r"^(a|b)\1$"})

    @settings(max_examples=10, deadline=None, database=None)
    @given(made)
    def is_twice(value: str) -> None:
        assert value in ("aa", "bb")

    is_twice()


def test_a_pattern_that_nothing_can_write_is_an_error_with_advice() -> None:
    with pytest.raises(SchemaError, match="no texts can be made") as caught:
        from_schema({"type": "string", "pattern": r"^(?<a>x)\p{Greek}$"})
    assert caught.value.advice == "write a simpler pattern"


def test_formats_that_are_given_come_before_known_ones() -> None:
    """And only what is valid is taken of them."""
    texts = st.sampled_from(["a@b.de", "no address"])
    made = from_schema({"type": "string", "format": "email"}, formats={"email": texts})

    @settings(max_examples=10, deadline=None, database=None)
    @given(made)
    def is_given(value: str) -> None:
        assert value == "a@b.de"

    is_given()


def test_a_dialect_that_is_unknown_is_told_with_those_that_are_known() -> None:
    with pytest.raises(SchemaError, match=r"none of .*openapi-3\.0"):
        from_schema(True, dialect="draft 3")
