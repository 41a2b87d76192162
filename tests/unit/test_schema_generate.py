"""Generated values are values that the schema permits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.schema import SchemaError, compile_schema
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


def test_what_the_engine_cannot_read_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the engine's reason, on one line."""

    def refuse(schema: Any, custom_formats: Any) -> Any:
        raise KeyError("no way\nat all")

    monkeypatch.setattr("hypothesis_jsonschema.from_schema", refuse)
    with pytest.raises(SchemaError, match="no values can be generated: KeyError: "):
        from_schema({"title": "only here"})
    with pytest.raises(SchemaError, match="no valid JSON Schema"):
        from_schema({"type": "strng"})
