"""Named schemas and models become one schema that stands alone."""

from __future__ import annotations

import sys
import typing
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from stagepact.schema import SchemaError, SchemaScope, compile_schema, describe_type, model_schema
from stagepact.schema.normalise import Reference, closed, named, references

SCOPE = SchemaScope(
    {
        "Count": {"type": "integer"},
        "Anything": True,
        "Pair": {"type": "array", "items": {"$ref": "#/schemas/Count"}, "maxItems": 2},
        "Tree": {"type": "object", "additionalProperties": {"$ref": "#"}, "minProperties": 0},
        "Node": {"properties": {"next": {"$ref": "#/schemas/Node"}, "n": {"type": "integer"}}},
        "Local": {"$defs": {"I": {"type": "integer"}}, "properties": {"i": {"$ref": "#/$defs/I"}}},
        "Filed": {
            "$id": "https://example.com/filed",
            "$defs": {"I": {"type": "integer"}},
            "properties": {"i": {"$ref": "#/$defs/I"}},
        },
        "a/b ~c": {"properties": {"n": {"$ref": "#/properties/m"}, "m": {"type": "integer"}}},
    }
)


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (ref("Count"), 1, "x"),
        ({"properties": {"n": ref("Count")}}, {"n": 1}, {"n": "x"}),
        (ref("Pair"), [1, 2], ["x"]),
        ({"not": {"not": ref("Pair")}}, [1, 2], [1, 2, 3]),
        (ref("Tree"), {"a": {"b": {}}}, {"a": {"b": 1}}),
        ({"items": ref("Tree")}, [{"a": {}}], [{"a": {"b": 1}}]),
        (ref("Node"), {"next": {"next": {"n": 1}}}, {"next": {"next": {"n": "x"}}}),
        ({"items": ref("Local")}, [{"i": 1}], [{"i": "x"}]),
        (ref("Filed"), {"i": 1}, {"i": "x"}),
        ({"items": ref("Filed")}, [{"i": 1}], [{"i": "x"}]),
        ({"items": ref("a~1b%20~0c")}, [{"n": 1}], [{"n": "x"}]),
        (ref("Node/properties/n"), 1, "x"),
        ({"items": ref("Anything"), "minItems": 1}, [1], []),
        ({"$defs": {"Count": {"type": "string"}},
          "properties": {"s": {"$ref": "#/$defs/Count"}, "n": ref("Count")}},
         {"s": "x", "n": 1}, {"s": 1, "n": "x"}),
        ({"$ref": "#/schemas/Count", "minimum": 3}, 3, 2),
        ({"properties": {"$ref": {"type": "integer"}}}, {"$ref": 1}, {"$ref": "x"}),
        ({"const": ref("Nobody")}, ref("Nobody"), {}),
        (False, None, 1),
    ],
)  # fmt: skip
def test_a_bundle_means_what_the_schema_meant_among_its_names(
    schema: Any, good: Any, bad: Any
) -> None:
    """Names carried along, local references and data left alone."""
    validator = compile_schema(SCOPE.bundle(schema))
    assert validator.accepts(good) is (schema is not False)
    assert not validator.accepts(bad)


def test_a_schema_that_names_nothing_stays_as_it_is() -> None:
    """No copy, no keys of ours."""
    schema = {"type": "integer"}
    assert SCOPE.bundle(schema) is schema
    assert SCOPE.bundle(ref("Count")) is SCOPE.schemas["Count"]


@pytest.mark.parametrize("schema", [ref("Nobody"), {"items": ref("Nobody")}])
def test_a_name_that_is_not_there_is_an_error_with_its_place(schema: Any) -> None:
    """The pointer leads to the reference."""
    with pytest.raises(SchemaError, match="'#/schemas/Nobody' names no schema") as caught:
        SCOPE.bundle(schema)
    assert caught.value.pointer == (("items", "$ref") if "items" in schema else ("$ref",))


def test_references_are_found_where_schemas_stand_and_nowhere_else() -> None:
    """A property may be called $ref, and data may hold what looks like one."""
    schema = {
        "$ref": "a",
        "allOf": [{"$ref": "b"}],
        "properties": {"$ref": {"$ref": "c"}, "enum": {"$ref": "d"}},
        "enum": [{"$ref": "no"}],
        "default": {"$ref": "no"},
        "$defs": {"X": {"items": {"$ref": "e"}}},
    }
    assert list(references(schema)) == [
        Reference("a", ("$ref",)),
        Reference("b", ("allOf", 0, "$ref")),
        Reference("c", ("properties", "$ref", "$ref")),
        Reference("d", ("properties", "enum", "$ref")),
        Reference("e", ("$defs", "X", "items", "$ref")),
    ]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("#/schemas/A", "A"),
        ("#/schemas/A/properties/x", "A"),
        ("#/schemas/a~1b%20c~0", "a/b c~"),
        ("#/$defs/A", None),
        ("https://example.com", None),
    ],
)
def test_a_reference_names_a_schema_of_the_document_or_none(target: str, name: str | None) -> None:
    """As JSON Pointers in URI fragments are written (RFC 6901, section 6)."""
    assert named(target) == name


class Model(BaseModel):
    size: int


@dataclass
class Record:
    size: int


class Typed(TypedDict):
    size: int


@pytest.mark.parametrize("model", [Model, Record, Typed, dict[str, int]])
def test_models_of_every_kind_have_a_schema(model: Any) -> None:
    """Pydantic models, dataclasses, TypedDicts, annotations."""
    validator = compile_schema(model_schema(model))
    assert validator.accepts({"size": 1})
    assert not validator.accepts({"size": "x"})


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Pydantic takes it from 3.12 on")
def test_a_typed_dict_of_before_3_12_has_advice_of_its_own() -> None:
    """To use a TypedDict would be no advice."""
    with pytest.raises(SchemaError) as caught:
        model_schema(typing.TypedDict("Old", {"n": int}))
    told = "import TypedDict from typing_extensions, which Pydantic asks for before Python 3.12"
    assert caught.value.advice == told


class Unknown:
    pass


@pytest.mark.parametrize("model", [Unknown, "Nobody"])
def test_what_has_no_schema_is_an_error_with_advice(model: Any) -> None:
    """It says what to use instead."""
    with pytest.raises(SchemaError, match="has no JSON Schema: ") as caught:
        model_schema(model)
    assert caught.value.advice.startswith("use a Pydantic model")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (int, "int"),
        (1, "int"),
        (Unknown, f"{__name__}:Unknown"),
        (Unknown(), f"{__name__}:Unknown"),
    ],
)
def test_a_type_is_called_as_it_is_imported(value: object, name: str) -> None:
    """Builtins by their bare name."""
    assert describe_type(value) == name


OBJECT = {"type": "object", "properties": {"a": {"type": "integer"}}}
CLOSED = {**OBJECT, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (OBJECT, CLOSED),
        ({"type": "object"}, {"type": "object"}),
        ({**OBJECT, "additionalProperties": True}, {**OBJECT, "additionalProperties": True}),
        ({"allOf": [OBJECT, OBJECT]}, {"allOf": [OBJECT, OBJECT]}),
        ({"anyOf": [OBJECT, True]}, {"anyOf": [CLOSED, True]}),
        ({"items": OBJECT}, {"items": CLOSED}),
        (
            {"$ref": "#/$defs/properties", "$defs": {"properties": OBJECT}},
            {"$ref": "#/$defs/properties", "$defs": {"properties": CLOSED}},
        ),
        ({"const": OBJECT}, {"const": OBJECT}),
        (
            {**OBJECT, "required": ["b", "a"]},
            {
                **CLOSED,
                "properties": {"a": {"type": "integer"}, "b": {}},
                "required": ["b", "a"],
            },
        ),
        ({**OBJECT, "required": True}, {**CLOSED, "required": True}),
    ],
)
def test_a_producer_emits_only_what_it_declares(schema: Any, expected: Any) -> None:
    assert closed(schema) == expected
