"""Schemas turned wrong: whatever a constraint speaks of breaks one of its mutants."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.schema import SchemaError, Validator
from stagepact.verdict.mutants import schemas
from stagepact.verdict.mutants.schemas import MOST, permits_everything, turned_wrong

CONSTRAINED: list[tuple[Any, Any]] = [
    ({"type": "integer"}, 1),
    ({"type": ["number", "null"]}, 1),
    ({"type": "number"}, 1),
    ({"enum": [1, 2]}, 2),
    ({"const": None}, None),
    ({"minimum": 0}, 0),
    ({"maximum": 0}, -5),
    ({"exclusiveMinimum": 0}, 0.5),
    ({"exclusiveMaximum": 1}, 0),
    ({"multipleOf": 3}, 0),
    ({"minLength": 1}, "a"),
    ({"maxLength": 3}, ""),
    ({"pattern": "^a*$"}, ""),
    ({"format": "uuid"}, "6f1c1f0e-2b57-4c39-9a0a-2d6c5d1b7a11"),
    ({"minItems": 1}, [0]),
    ({"maxItems": 1}, []),
    ({"uniqueItems": True}, [1, 2]),
    ({"contains": {"type": "integer"}}, [1]),
    ({"prefixItems": [{"type": "integer"}]}, [1]),
    ({"items": {"type": "integer"}}, [1]),
    ({"minProperties": 1}, {"a": 1}),
    ({"maxProperties": 1}, {}),
    ({"required": ["a"]}, {"a": 1}),
    ({"propertyNames": {"maxLength": 1}}, {"a": 1}),
    ({"additionalProperties": False}, {}),
    ({"additionalProperties": {"type": "integer"}}, {"a": 1}),
    ({"properties": {"a": {"type": "integer"}}}, {"a": 1}),
    ({"properties": {"a": False}}, {"b": 1}),
    ({"patternProperties": {"^a": {"type": "integer"}}}, {"ab": 1}),
    ({"not": {"required": ["a"]}}, {}),
    ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, 1),
    ({"allOf": [{"type": "integer"}]}, 1),
    ({"$ref": "#/$defs/N", "$defs": {"N": {"type": "integer"}}}, 1),
    ({"if": {"type": "integer"}, "then": {"minimum": 0}}, 1),
    ({"if": {"type": "integer"}, "else": {"type": "string"}}, "a"),
    ({"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 1}),
    ({"properties": {"a": {"items": {"required": ["b"]}}}}, {"a": [{"b": 1}]}),
]


@pytest.mark.parametrize(("schema", "value"), CONSTRAINED)
def test_what_a_constraint_speaks_of_breaks_a_mutant(schema: Any, value: Any) -> None:
    validator = Validator(schema)
    assert validator.accepts(value)
    assert not permits_everything(validator)
    assert any(not each.accepts(value) for each in turned_wrong(validator))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"minLength": 1}, 5),
        ({"properties": {"a": {"type": "integer"}}}, {"b": 1}),
        ({"items": {"type": "integer"}}, []),
        ({"required": ["a"]}, "text"),
        (True, 1),
    ],
)
def test_what_it_does_not_speak_of_breaks_none(schema: Any, value: Any) -> None:
    assert all(each.accepts(value) for each in turned_wrong(Validator(schema)))


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"title": "x"},
        {"minLength": 0},
        {"anyOf": [True]},
        {"$ref": "#/$defs/A", "$defs": {"A": {}}},
    ],
)
def test_a_schema_that_permits_everything_is_known(schema: Any) -> None:
    assert permits_everything(Validator(schema))


def test_a_schema_itself_is_not_changed() -> None:
    schema = {"properties": {"a": {"required": ["b"]}}, "allOf": [{"minimum": 0}]}
    validator = Validator(schema)
    before = repr(schema)
    assert len(list(turned_wrong(validator))) > 2
    assert repr(schema) == before


def test_a_hostile_schema_ends() -> None:
    wide = {"properties": {f"p{n}": {"type": "integer"} for n in range(2 * MOST)}}
    assert len(list(turned_wrong(Validator(wide)))) <= MOST


def test_a_mutant_that_is_no_schema_is_left_out() -> None:
    """Draft 4 has booleans for bounds: a number there is none of its schemas."""
    old = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "minimum": 0,
        "exclusiveMinimum": True,
    }
    found = list(turned_wrong(Validator(old)))
    assert any(not each.accepts(1) for each in found)


def test_what_cannot_be_decided_is_not_called_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def undecided(*given: Any, **more: Any) -> Any:
        raise SchemaError("too deep")

    monkeypatch.setattr(schemas, "contains", undecided)
    assert not permits_everything(Validator({}))
