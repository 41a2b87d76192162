"""What users hand to the engine becomes a schema that it reads, or is refused with a reason."""

from __future__ import annotations

import dataclasses
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from stagepact.schema import Dialect, SchemaError, compile, normal_form
from stagepact.schema.source import Given, given, key_of


class Model(BaseModel):
    a: int


class Typed(TypedDict):
    a: int


@dataclasses.dataclass
class Data:
    a: int


@pytest.mark.parametrize("source", [Model, Typed, Data, TypeAdapter(Model)])
def test_a_model_of_any_kind_is_a_schema(source: Any) -> None:
    assert compile(source).accepts({"a": 1})
    assert not compile(source).accepts({"a": "x"})
    assert normal_form(source)["required"] == ["a"]


def test_a_schema_is_read_by_what_it_says() -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [True]}
    assert given(schema) == Given(schema)
    assert normal_form(schema)["prefixItems"] == [True]
    assert normal_form(True) is True


@pytest.mark.parametrize(
    ("dialect", "found"),
    [
        (Dialect.DRAFT_4, Given({"minimum": 1}, jsonschema_rs.Draft4)),
        ("http://json-schema.org/draft-04/schema#", Given({"minimum": 1}, jsonschema_rs.Draft4)),
        ("openapi-3.0", Given({"minimum": 1})),
    ],
)
def test_a_dialect_that_is_given_wins(dialect: Any, found: Given) -> None:
    assert given({"minimum": 1}, dialect) == found


def test_an_openapi_schema_is_compiled_in_its_dialect() -> None:
    schema = {"type": "string", "nullable": True}
    assert compile(schema, dialect="openapi-3.0").accepts(None)
    assert not compile(schema).accepts(None)
    old = {"minimum": 1, "exclusiveMinimum": True}
    assert not compile(old, dialect=Dialect.DRAFT_4).accepts(1)
    assert normal_form(old, dialect=Dialect.DRAFT_4) == {"exclusiveMinimum": 1}


def test_an_unknown_dialect_is_refused_with_those_there_are() -> None:
    with pytest.raises(SchemaError, match=r"none of .*openapi-3\.0"):
        compile({}, dialect="draft-99")


def nested(levels: int) -> Any:
    schema: Any = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def holding_itself() -> Any:
    schema: dict[str, Any] = {}
    schema["not"] = schema
    return schema


@pytest.mark.parametrize("schema", [nested(10_000), nested(181), holding_itself()])
@pytest.mark.parametrize("read", [given, normal_form, compile])
def test_what_is_nested_too_deep_is_refused_with_advice(schema: Any, read: Any) -> None:
    with pytest.raises(SchemaError, match="180 levels") as caught:
        read(schema)
    assert caught.value.advice == "give its parts names in `$defs`"


def test_what_is_nested_as_deep_as_can_be_is_read() -> None:
    assert compile(nested(170)).accepts([])


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strng"}, "JSON doesn't have"),
        ({"$ref": "http://x/other"}, "leads outside"),
        ({"$ref": "#/no"}, "no usable JSON Schema|no valid JSON Schema"),
        (3, "JSON Schema"),
    ],
)
def test_what_is_no_schema_is_refused(schema: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        compile(schema)


def test_a_reference_outside_is_asked_of_who_was_injected() -> None:
    asked = []

    def retrieve(uri: str) -> Any:
        asked.append(uri)
        return {"type": "integer"}

    validator = compile({"$ref": "http://x/other"}, retrieve=retrieve)
    assert (validator.accepts(1), validator.accepts("x"), asked) == (
        True,
        False,
        ["http://x/other"],
    )


def test_equal_schemas_have_one_key() -> None:
    assert key_of({"type": "null"}) == key_of({"type": "null"}) != key_of({"type": "string"})


@pytest.mark.parametrize("schema", [{"const": {1}}, holding_itself()])
def test_what_is_no_json_has_no_key(schema: Any) -> None:
    with pytest.raises(SchemaError, match="must be JSON"):
        key_of(schema)
