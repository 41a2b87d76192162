"""`stagepact schema`: the engine on one schema or model."""

from __future__ import annotations

import json

import pytest
from tiny_project import Project

ORDER = """
    {"type": "object",
     "properties": {"id": {"type": "integer", "minimum": 1}, "kind": {"enum": ["a", "b"]}},
     "required": ["id"], "additionalProperties": false}
"""


@pytest.fixture
def order(project: Project) -> Project:
    """A project with a schema."""
    project.file("order.schema.json", ORDER)
    return project


def test_generated_values_are_a_line_each_and_the_same_for_the_same_seed(order: Project) -> None:
    first = order.run("schema", "generate", "order.schema.json", "-n", "5", "--seed", "3")
    values = [json.loads(line) for line in first.stdout.splitlines()]
    assert (first.exit_code, len(values)) == (0, 5)
    assert all(value["id"] >= 1 and value.keys() <= {"id", "kind"} for value in values)
    again = order.run("schema", "generate", "order.schema.json", "-n", "5", "--seed", "3")
    assert again.stdout == first.stdout


def test_edges_are_named_by_their_constraint(order: Project) -> None:
    lines = order.run("schema", "boundary", "order.schema.json").stdout.splitlines()
    assert {" ".join(line.split()) for line in lines} >= {
        'valid /id at minimum {"id": 1}',
        'invalid /id below minimum {"id": 0}',
        "invalid without id {}",
    }
    cases = order.json("schema", "boundary", "order.schema.json", "--json")
    assert {"name", "valid", "value", "keyword", "instance_pointer", "schema_pointer"} == {
        *cases[0]
    }


def test_mutations_name_what_they_break(order: Project) -> None:
    found = order.json("schema", "mutate", "order.schema.json", "-n", "20", "--json")
    assert len(found) == 20
    assert {each["keyword"] for each in found} <= {
        "type",
        "minimum",
        "required",
        "enum",
        "additionalProperties",
    }
    told = order.run("schema", "mutate", "order.schema.json", "-n", "2").stdout.splitlines()
    assert len(told) == 2


def test_a_schema_that_nothing_breaks_has_no_mutations(project: Project) -> None:
    project.file("any.json", "{}")
    assert project.run("schema", "mutate", "any.json").stdout == ""


def test_files_are_held_to_a_schema(order: Project) -> None:
    order.file("good.json", '{"id": 1}')
    order.file("many.jsonl", '{"id": 1}\n\n{"id": 0}\n')
    kept = order.run("schema", "validate", "order.schema.json", "good.json")
    assert (kept.exit_code, kept.stdout) == (0, "all valid\n")
    broken = order.run("schema", "validate", "order.schema.json", "good.json", "many.jsonl")
    assert broken.exit_code == 1
    assert "many.jsonl:3#/id: promised at least 1, seen 0" in broken.stdout
    told = order.json("schema", "validate", "order.schema.json", "many.jsonl", "--json")
    assert [each["keyword"] for each in told] == ["minimum"]


def test_two_schemas_are_compared_by_mode(order: Project) -> None:
    order.file("new.json", ORDER.replace('"a", "b"', '"a", "b", "c"'))
    backward = order.run("schema", "compare", "order.schema.json", "new.json")
    assert (backward.exit_code, backward.stdout.splitlines()[-1]) == (0, "BACKWARD: compatible")
    forward = order.run("schema", "compare", "order.schema.json", "new.json", "--mode", "forward")
    assert forward.exit_code == 1
    assert "/kind  enum-widened, breaks consumers: e.g. " in forward.stdout
    told = order.json("schema", "compare", "order.schema.json", "new.json", "--json")
    assert told["compatible"] == "yes"
    assert [each["rule"] for each in told["changes"]] == ["enum-widened"]
    same = order.run("schema", "compare", "order.schema.json", "order.schema.json")
    assert same.stdout == "BACKWARD: compatible\n"


def test_a_model_is_a_schema_too(shop: Project) -> None:
    value = json.loads(shop.run("schema", "generate", "shop:Order", "-n", "1").stdout)
    assert isinstance(value["id"], int)


def test_a_schema_may_be_yaml(project: Project) -> None:
    project.file("one.yaml", "const: 1")
    assert project.run("schema", "generate", "one.yaml", "-n", "1").stdout == "1\n"


WRONG = {
    "nothing.json: found a file that can't be read": ["generate", "nothing.json"],
    "found no valid JSON Schema: the type 'strin'": ["boundary", "typo.json"],
    "found the schema admits no value: ": ["generate", "never.json"],
    "found no module `no`": ["generate", "no.such:Model"],
    "broken.json": ["generate", "broken.json"],
    "found no JSON: ": ["validate", "one.json", "broken.json"],
    "gone.json: found a file that can't be read": ["validate", "one.json", "gone.json"],
    "'SIDEWAYS' is not a valid Mode": ["compare", "one.json", "one.json", "--mode", "sideways"],
}


@pytest.mark.parametrize(("message", "arguments"), WRONG.items(), ids=WRONG)
def test_what_is_wrong_is_one_clear_message(
    project: Project, message: str, arguments: list[str]
) -> None:
    project.file("typo.json", '{"type": "strin"}')
    project.file("never.json", '{"type": "integer", "minimum": 2, "maximum": 1}')
    project.file("broken.json", '{"type": ')
    project.file("one.json", '{"const": 1}')
    found = project.run("schema", *arguments)
    assert found.exit_code == 2
    assert message in found.stderr
