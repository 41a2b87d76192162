"""Long unions of objects: made in no time, and what they admit stays the same."""

from __future__ import annotations

from itertools import islice
from typing import Any

import jsonschema_rs
import pytest

from stagepact.schema import contains
from stagepact.schema.canonical import canonical
from stagepact.schema.samples import sample
from stagepact.schema.unions import apart


def branch(number: int) -> dict[str, Any]:
    """An object like those of a list of tasks: its name, and inputs of its own."""
    inputs = {f"input{number}_{each}": {"type": "string"} for each in range(6)}
    return {
        "properties": {
            "task": {"pattern": f"^Task{number}@[0-9]$"},
            "inputs": {"properties": inputs, "required": list(inputs)[:2]},
        },
        "required": ["inputs"],
    }


def tasks(count: int, union: str = "anyOf") -> dict[str, Any]:
    """A union of so many, and what all of them have."""
    return {
        "type": "object",
        "properties": {"task": {"type": "string"}, "inputs": {"type": "object"}},
        "required": ["task"],
        "additionalProperties": False,
        union: [branch(each) for each in range(count)],
    }


@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_each_branch_of_a_long_union_is_behind_a_name(union: str) -> None:
    found = apart(tasks(60, union))

    assert isinstance(found, dict)
    assert all(list(each) == ["$ref"] for each in found[union])
    assert len(found["$defs"]) == 60


@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_a_union_taken_apart_admits_what_it_admitted(union: str) -> None:
    schema = tasks(60, union)
    before, after = jsonschema_rs.validator_for(schema), jsonschema_rs.validator_for(apart(schema))
    inputs = {"input7_0": "a", "input7_1": "b"}
    values = [
        {"task": "Task7@1", "inputs": inputs},
        {"task": "Task8@1", "inputs": inputs},
        {"task": "Task7@1", "inputs": inputs, "more": 1},
        {"inputs": inputs},
        {"task": "Task7@1"},
        7,
    ]

    assert [after.is_valid(each) for each in values] == [before.is_valid(each) for each in values]
    assert before.is_valid(values[0])


@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_values_of_a_long_union_are_of_many_branches(union: str) -> None:
    schema = tasks(60, union)
    valid = jsonschema_rs.validator_for(schema)

    values = list(islice(sample(schema, seed=1), 200))

    assert all(map(valid.is_valid, values))
    assert len({each["task"].split("@")[0] for each in values}) > 20


def test_a_long_union_of_numbers_is_left_as_it_is() -> None:
    schema = {"anyOf": [{"const": each} for each in range(300)]}

    assert apart(schema) is schema


@pytest.mark.parametrize("own", [{"$id": "https://example.com/part"}, {"$anchor": "part"}])
def test_a_schema_with_places_of_other_uris_is_left_as_it_is(own: dict[str, str]) -> None:
    schema = {"$defs": {"part": {"type": "integer", **own}}, **tasks(30)}

    assert apart(schema) is schema


def test_what_looks_at_its_neighbours_keeps_them_beside_it() -> None:
    schema = {"unevaluatedProperties": False, "anyOf": [branch(each) for each in range(30)]}

    assert apart(schema) == {**schema, "$defs": {}}


def test_a_property_called_id_is_no_uri() -> None:
    schema = {"properties": {"id": {"type": "string"}}, "anyOf": tasks(30)["anyOf"]}

    found = apart(schema)

    assert isinstance(found, dict)
    assert len(found["$defs"]) == 30


def test_a_long_union_contains_each_of_its_branches() -> None:
    schema = tasks(30)
    part = {**schema, "anyOf": schema["anyOf"][3:4]}

    assert contains(schema, part).answer == "yes"


def test_two_hundred_and_fifty_branches_have_a_canonical_form() -> None:
    assert type(canonical(tasks(250)).view()).__name__ == "AnyOfView"
