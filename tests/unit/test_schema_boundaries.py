"""Cases on the edge of every constraint: named by it, on the side they say, one fault each."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from pydantic import BaseModel
from schema_constraints import broken_by, constraints, reference
from schema_models import MODELS

from stagepact.schema import SchemaError, Validator, boundary, json_schema
from stagepact.schema.boundaries import BoundaryCase

OBJECT = {"type": "object"}


@cache
def of_model(name: str) -> tuple[Any, tuple[BoundaryCase, ...]]:
    schema = json_schema(MODELS[name])
    return schema, boundary(schema)


def cases(schema: Any, valid: bool | None = None) -> dict[str, Any]:
    return {c.name: c.value for c in boundary(schema) if valid in (None, c.valid)}


# What they are called, and what they hold.


@pytest.mark.parametrize(
    ("schema", "name", "value", "valid"),
    [
        ({"minimum": 3}, "at minimum", 3, True),
        ({"minimum": 3}, "below minimum", 2.99, False),
        ({"type": "integer", "minimum": 3}, "below minimum", 2, False),
        ({"type": "integer", "minimum": 2.5}, "at minimum", 3, True),
        ({"type": "integer", "minimum": 2.5}, "below minimum", 2, False),
        ({"maximum": 3}, "at maximum", 3, True),
        ({"type": "integer", "maximum": 3}, "above maximum", 4, False),
        ({"type": "integer", "exclusiveMinimum": 3}, "just above exclusiveMinimum", 4, True),
        ({"type": "integer", "exclusiveMinimum": 3}, "at exclusiveMinimum", 3, False),
        ({"exclusiveMaximum": 3}, "just below exclusiveMaximum", 2.99, True),
        ({"exclusiveMaximum": 3}, "at exclusiveMaximum", 3, False),
        ({"maximum": 2**60}, "above maximum", 2**60 + 256, False),
        ({"maximum": 10**400}, "at maximum", 10**400, True),
        ({"minimum": 4, "multipleOf": 5}, "at minimum", 5, True),
        ({"minimum": 4, "multipleOf": 5}, "below minimum", 0, False),
        ({"type": "integer"}, "is no integer", 0.5, False),
        ({"type": "integer", "minimum": 3}, "is no integer", 3.5, False),
        ({"type": "integer", "minimum": 2.5}, "is no integer", 3.5, False),
        ({"type": "integer", "maximum": -1}, "is no integer", -2.5, False),
        ({"type": "string"}, "is integer", 0, False),
        ({"type": ["string", "null"]}, "is null", None, True),
        ({"type": "string", "minLength": 2}, "at minLength", "  ", True),
        ({"type": "string", "minLength": 2}, "below minLength", " ", False),
        ({"type": "string", "maxLength": 1}, "above maxLength", "  ", False),
        ({"type": "array", "items": {"const": 7}, "minItems": 2}, "below minItems", [7], False),
        ({"type": "array", "items": {"const": 7}, "maxItems": 1}, "above maxItems", [7, 7], False),
        ({"type": "array", "items": {"const": 7}}, "no items", [], True),
        ({"prefixItems": [{"const": 1}], "items": False}, "one item more", [1, None], False),
        ({"uniqueItems": True, "items": {"const": 7}}, "an item twice", [7, 7], False),
        ({"const": "ab"}, "the constant", "ab", True),
        ({"const": "ab"}, "in other case", "AB", False),
        ({"const": "ab"}, "with a space", "ab ", False),
        ({"enum": [1, 2]}, "one below", 0, False),
        ({"enum": [1, 2]}, "one above", 3, False),
        ({"enum": ["x", 1]}, "member 1", 1, True),
        ({"not": {"const": 1}}, "what is excluded", 1, False),
        ({"not": {}}, "what is excluded", None, False),
        (False, "is there", None, False),
        ({**OBJECT, "required": ["a"]}, "without a", {}, False),
        ({**OBJECT, "required": ["a"]}, "only what is required", {"a": None}, True),
        ({"properties": {"a": {"const": 1}}}, "all that is declared", {"a": 1}, True),
        ({"properties": {"a": False}}, "with a", {"a": None}, False),
        ({"additionalProperties": False}, "with extra", {"extra": None}, False),
        ({"additionalProperties": {"const": 1}}, "with extra", {"extra": 1}, True),
        ({"unevaluatedProperties": False}, "with extra", {"extra": None}, False),
        (
            {"properties": {"extra": True}, "additionalProperties": False},
            "with extra_",
            {"extra_": None},
            False,
        ),
        ({"minProperties": 1}, "below minProperties", {}, False),
        ({"dependentRequired": {"a": ["b"]}}, "a without b", {"a": None}, False),
        ({"contains": {"const": 1}}, "contains none", [], False),
        ({"contains": {"const": 1}, "minContains": 2}, "below minContains", [1], False),
        ({"contains": {"const": 1}, "maxContains": 1}, "above maxContains", [1, 1], False),
        ({"oneOf": [{"const": 1}, {"enum": [1, 2]}]}, "branch 1", 2, True),
        ({"oneOf": [{"const": 1}, {"enum": [1, 2]}]}, "two branches", 1, False),
        ({"patternProperties": {"^a$": {"const": 1}}}, "/a not the constant", {"a": 0}, False),
    ],
)
def test_an_edge(schema: Any, name: str, value: Any, valid: bool) -> None:
    assert (name, value) in [(c.name, c.value) for c in boundary(schema) if c.valid is valid]


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        (
            {"properties": {"items": {"items": {"properties": {"price": {"minimum": 0}}}}}},
            {"/items/0/price at minimum", "/items/0/price below minimum"},
        ),
        ({"allOf": [{"maximum": 1}, {"minimum": 0}]}, {"above maximum", "below minimum"}),
        ({"if": {"minimum": 0}, "then": {"maximum": 9}}, {"above maximum", "as then says"}),
        ({"if": {"minimum": 0}, "else": {"multipleOf": 2}}, {"no multiple", "as else says"}),
        ({"dependentSchemas": {"a": {"maxProperties": 2}}}, {"above maxProperties"}),
        ({"prefixItems": [True, {"maximum": 1}]}, {"/1 above maximum"}),
        ({"additionalProperties": {"maximum": 1}}, {"/extra above maximum"}),
        ({"unevaluatedItems": {"maximum": 1}}, {"/0 above maximum"}),
        ({"unevaluatedProperties": {"maximum": 1}}, {"/extra above maximum"}),
        ({"propertyNames": {"maxLength": 3}}, {"a name that isn't allowed"}),
        ({"dependentSchemas": {"a": False}}, {"is there"}),
        ({"if": {"const": 1}, "then": False}, {"is there"}),
    ],
)
def test_a_place(schema: Any, names: set[str]) -> None:
    assert names <= set(cases(schema))


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": ["null", "boolean", "integer", "number", "string", "array", "object"]},
        {"uniqueItems": False},
        {"format": "uint16"},
        {"minContains": 2},
        {"minItems": 0, "required": []},
        {"items": True, "unevaluatedItems": False},
        {"propertyNames": True},
        {"additionalProperties": {}},
    ],
)
def test_what_is_always_valid_has_no_invalid_case(schema: Any) -> None:
    assert cases(schema, valid=False) == {}


def test_a_case_tells_both_places() -> None:
    schema = {"properties": {"a/b": {"anyOf": [{"minLength": 1}, {"const": 1}]}}}
    found = next(c for c in boundary(schema) if c.keyword == "minLength" and c.valid)
    assert (found.instance_pointer, found.schema_pointer) == (
        ("a/b",),
        ("properties", "a/b", "anyOf", 0, "minLength"),
    )


def test_what_is_too_large_to_count_has_no_case() -> None:
    assert not [c for c in boundary({"minItems": 10**9}) if c.keyword == "minItems"]


def test_an_undeclared_name_keeps_what_names_must_be() -> None:
    schema = {"propertyNames": {"$ref": "#/$defs/n"}, "$defs": {"n": {"enum": ["cpu"]}}}
    assert cases({**schema, "additionalProperties": {"maximum": 1}})["/cpu above maximum"] == {
        "cpu": 1.01
    }


def test_a_branch_that_another_absorbs_is_broken_with_it() -> None:
    point, point3 = (
        {"properties": {name: {"type": "number"} for name in names}, "required": [*names]}
        for names in ("xy", "xyz")
    )
    found = cases({"type": "object", "anyOf": [point, point3]}, valid=False)
    assert isinstance(found["/z is string"]["z"], str)


def test_a_reference_out_of_the_schema_is_refused() -> None:
    with pytest.raises(SchemaError, match="elsewhere"):
        boundary({"$ref": "elsewhere.json"})


def test_a_model_and_a_dialect_are_read() -> None:
    class Model(BaseModel):
        a: int

    assert "/a is string" in cases(Model)
    assert "at minimum" in {
        c.name for c in boundary({"minimum": 1, "exclusiveMinimum": False}, dialect="openapi-3.0")
    }


# How good they are, over varied models.


@pytest.mark.parametrize("name", MODELS)
def test_two_validators_agree_on_each_case(name: str) -> None:
    schema, found = of_model(name)
    second = reference(schema)
    first = Validator(schema)
    assert found
    for case in found:
        assert first.accepts(case.value) is case.valid, case
        assert second.is_valid(case.value) is case.valid, case


def test_nearly_all_invalid_cases_have_one_error() -> None:
    shares = []
    for name in MODELS:
        schema, found = of_model(name)
        second = reference(schema)
        counts = [len(list(second.iter_errors(c.value))) for c in found if not c.valid]
        if counts:
            shares.append(counts.count(1) / len(counts))
    assert mean(shares) >= 0.97


@pytest.mark.parametrize("name", MODELS)
def test_each_invalid_case_breaks_the_constraint_that_it_names(name: str) -> None:
    schema, found = of_model(name)
    for case in found:
        if not case.valid:
            broken = set(broken_by(schema, reference(schema).iter_errors(case.value)))
            assert case.schema_pointer in {each[: len(case.schema_pointer)] for each in broken}


def test_nearly_all_constraints_are_broken_by_some_case() -> None:
    shares = {}
    for name in MODELS:
        schema, found = of_model(name)
        broken = {
            each
            for case in found
            if not case.valid
            for each in broken_by(schema, reference(schema).iter_errors(case.value))
        }
        asked = set(constraints(schema, schema))
        if asked:
            shares[name] = len(asked & broken) / len(asked)
    assert mean(shares.values()) >= 0.97
    assert min(shares.values()) >= 0.8


def test_a_schema_of_thirty_fields_takes_less_than_a_second() -> None:
    schema = json_schema(MODELS["Record"])
    start = time.process_time()
    boundary(schema)
    assert time.process_time() - start < 1


@pytest.mark.untraced
def test_they_are_the_same_in_another_process() -> None:
    source = (
        "from schema_models import MODELS; from stagepact.schema import boundary;"
        "print([[boundary(MODELS[n])] for n in ('Order', 'Chat', 'Maps', 'Unions')])"
    )
    path = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])
    first, second = (
        subprocess.run(
            [sys.executable, "-c", source],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    )
    assert first == second
