"""Mutations: nearly valid, truly invalid, each breaks the constraint that it names."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from jsonschema import Draft202012Validator
from schema_models import MODELS

from stagepact.schema import SchemaError, Validator, json_schema, mutations
from stagepact.schema.mutate import Mutation, mutated

VARIED = ("Order", "Owner", "Node", "Maps", "Choices", "Unions", "Config", "Bounds", "Texts")


@pytest.mark.parametrize("name", VARIED)
def test_a_mutation_is_invalid_and_breaks_what_it_names(name: str) -> None:
    schema = json_schema(MODELS[name])
    first, second = Validator(schema), Draft202012Validator(schema)
    found = mutated(schema, 40, seed=1)
    assert len(found) == 40
    for mutation in found:
        assert not first.accepts(mutation.value)
        if mutation.keyword != "format":
            assert not second.is_valid(mutation.value)
        assert mutation.keyword in {
            step for each in _leaves(second.iter_errors(mutation.value)) for step in each
        } | {"format"}


def _leaves(errors: Any) -> Any:
    for error in errors:
        yield error.absolute_schema_path
        yield from _leaves(error.context or ())


def test_most_mutations_break_one_constraint_only() -> None:
    schema = json_schema(MODELS["Order"])
    validator = Validator(schema)
    found = mutated(schema, 100, seed=1)
    assert sum(validator.count(each.value) == 1 for each in found) >= 90
    assert len({each.schema_pointer for each in found}) >= 20


def test_mutations_are_told_by_their_places() -> None:
    schema = {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}
    found = {each.name: each for each in mutated(schema, 60, seed=1)}
    assert found["/a one above"] == Mutation(
        found["/a one above"].value, "/a one above", "const", ("a",), ("properties", "a", "const")
    )
    assert {"without a", "is array", "/a not the constant"} <= set(found)


@pytest.mark.parametrize("schema", [True, {}, {"description": "anything"}])
def test_where_all_is_valid_there_are_none(schema: Any) -> None:
    assert mutations(schema).is_empty
    assert mutated(schema, 5) == []


def test_where_nothing_is_valid_all_is_a_mutation() -> None:
    assert {each.name for each in mutated(False, 5)} == {"is there"}


def test_one_seed_gives_the_same_mutations_again() -> None:
    first, second, other = (mutated(MODELS["Order"], 20, seed=seed) for seed in (1, 1, 2))
    assert json.dumps([m.value for m in first]) == json.dumps([m.value for m in second])
    assert [m.value for m in first] != [m.value for m in other]


def test_an_edge_that_no_instance_hits_is_left_out() -> None:
    schema = {"type": "null", "anyOf": [{"type": "null"}]}
    assert {each.keyword for each in mutated(schema, 20)} == {"type", "anyOf"}
    impossible = {"type": "object", "oneOf": [{"type": "object"}], "minProperties": 0}
    assert "minProperties" not in {each.keyword for each in mutated(impossible, 20)}


def test_mutations_shrink_to_small_values() -> None:
    found = find(mutations({"type": "integer", "minimum": 5}), lambda m: m.keyword == "minimum")
    assert found.value == 4


def test_a_dialect_is_read() -> None:
    @given(mutations({"type": "string", "nullable": True}, dialect="openapi-3.0"))
    @settings(max_examples=20, database=None, suppress_health_check=list(HealthCheck))
    def check(mutation: Mutation) -> None:
        assert mutation.value is not None
        assert not isinstance(mutation.value, str)

    check()


def test_a_reference_out_of_the_schema_is_refused() -> None:
    with pytest.raises(SchemaError, match="elsewhere"):
        mutations({"$ref": "elsewhere.json"})


def test_no_constraint_is_broken_more_often_than_asked() -> None:
    schema = json_schema(MODELS["Order"])
    found = Counter((each.name, each.schema_pointer) for each in mutated(schema, 1000, each=2))
    assert set(found.values()) <= {1, 2}
    once = {(each.name, each.schema_pointer) for each in mutated(schema, 1000, each=1)}
    assert found.keys() == once
