"""References of every spelling lead to the part that they mean, wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.schema import SchemaError, Validator
from stagepact.schema.linked import Part, linked

PART = {"const": "this one"}
OTHER = {"const": "another"}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"$ref": "#/$defs/a", "$defs": {"a": PART}}, ("$defs", "a")),
        ({"$ref": "#/definitions/a", "definitions": {"a": PART}}, ("definitions", "a")),
        ({"$ref": "#a", "$defs": {"x": {"$anchor": "a", **PART}}}, ("$defs", "x")),
        ({"$dynamicRef": "#a", "$defs": {"x": {"$dynamicAnchor": "a", **PART}}}, ("$defs", "x")),
        ({"$ref": "#/$defs/a~1b~0c", "$defs": {"a/b~c": PART}}, ("$defs", "a/b~c")),
        ({"$ref": "#/$defs/a%25%20b", "$defs": {"a% b": PART}}, ("$defs", "a% b")),
        ({"$ref": "#/$defs/%C3%A9", "$defs": {"é": PART}}, ("$defs", "é")),
        ({"$ref": "#/allOf/1", "allOf": [OTHER, PART]}, ("allOf", "1")),
        ({"$ref": "#/$defs/", "$defs": {"": PART}}, ("$defs", "")),
        ({"$ref": "#/$defs/a/items", "$defs": {"a": {"items": PART}}}, ("$defs", "a", "items")),
        ({"$ref": "b", "$id": "http://x/a", "$defs": {"i": {"$id": "b", **PART}}}, ("$defs", "i")),
        ({"$ref": "urn:b", "$defs": {"i": {"$id": "urn:b", **PART}}}, ("$defs", "i")),
        (
            {"$ref": "b#n", "$id": "http://x/a", "$defs": {"i": {"$id": "b", "$defs": {"n": PART}}}}
            | {"$defs": {"i": {"$id": "b", "$defs": {"n": {"$anchor": "n", **PART}}}}},
            ("$defs", "i", "$defs", "n"),
        ),
        (
            {"$ref": "b#/$defs/n", "$id": "http://x/a"}
            | {"$defs": {"i": {"$id": "b", "$defs": {"n": PART}}, "n": OTHER}},
            ("$defs", "i", "$defs", "n"),
        ),
    ],
)
def test_a_reference_leads_to_its_part(schema: Any, pointer: tuple[str, ...]) -> None:
    document = linked(schema)
    assert isinstance(document.root, dict)
    assert document.part(document.root["$ref"]) == Part(PART, pointer)


def test_a_fragment_is_looked_up_in_the_resource_around_it() -> None:
    inner = {"$id": "http://x/inner", "$defs": {"a": PART}, "$ref": "#/$defs/a"}
    document = linked({"properties": {"p": inner}, "$defs": {"a": OTHER}})
    assert isinstance(document.root, dict)
    found = document.part(document.root["properties"]["p"]["$ref"])
    assert found == Part(PART, ("properties", "p", "$defs", "a"))


def test_parts_of_one_name_are_told_apart() -> None:
    schema = {
        "allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/definitions/a"}],
        "$defs": {"a": PART},
        "definitions": {"a": OTHER},
    }
    assert sorted(str(part.schema) for part in linked(schema).parts.values()) == sorted(
        [str(PART), str(OTHER)]
    )


def test_a_schema_may_refer_to_itself() -> None:
    document = linked({"$ref": "#/$defs/t", "$defs": {"t": {"items": {"$ref": "#"}}}})
    assert set(document.parts) == {"t", "root"}


@pytest.mark.parametrize(
    "reference",
    ["#/$defs/no", "#no", "other.json", "#/allOf/9", "#/allOf/x", "#/type/x", "http://x/no#a"],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_place(reference: str) -> None:
    with pytest.raises(SchemaError, match="leads nowhere") as caught:
        linked({"allOf": [{"$ref": reference}], "type": "object"})
    assert caught.value.pointer == ("allOf", 0, "$ref")


def test_a_draft_s_own_schema_is_left_to_the_validator() -> None:
    reference = "https://json-schema.org/draft/2020-12/schema"
    assert linked({"$ref": reference}).root == {"$ref": reference}


@pytest.mark.parametrize(
    "schema",
    [
        {"const": {"$ref": "#/no"}},
        {"enum": [{"$ref": "#/no", "$id": "x"}]},
        {"default": {"$anchor": "a"}, "examples": [{"$ref": "#/no"}]},
        {"properties": {"$id": {"type": "string"}, "$ref": {"type": "string"}}},
        True,
    ],
)
def test_data_and_names_are_no_references(schema: Any) -> None:
    assert linked(schema).root == schema


def test_a_schema_made_of_it_has_the_parts_it_needs_and_no_others() -> None:
    schema = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"items": {"$ref": "#/$defs/b~1"}}, "b/": {"const": 1}, "c": PART},
    }
    document = linked({**schema, "not": {"$ref": "#/$defs/c"}})
    assert isinstance(document.root, dict)
    whole = document.whole({"$ref": document.root["$ref"]})
    assert isinstance(whole, dict)
    assert set(whole["$defs"]) == {"a", "b/"}
    assert Validator(whole).accepts([1])
    assert not Validator(whole).accepts([2])
    assert document.whole({"const": 1}) == {"const": 1}
