"""What is wrong with an instance: all faults, both places, a sentence; of a union, one branch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, TypeAdapter

from stagepact.schema import compile
from stagepact.schema.explain import safe_repr, shorten

INTEGER = {"type": "integer"}
TEXT = {"type": "string"}
NULL = {"type": "null"}
DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}


def record(properties: Any, *required: str, **rest: Any) -> Any:
    return {"type": "object", "properties": properties, "required": [*required], **rest}


def array(items: Any) -> Any:
    return {"type": "array", "items": items}


def either(*branches: Any) -> Any:
    return {"anyOf": [*branches]}


def one(*branches: Any) -> Any:
    return {"oneOf": [*branches]}


def pointer(steps: Any) -> str:
    return "".join(f"/{step}" for step in steps)


def told(schema: Any, value: Any) -> list[tuple[str, str, str]]:
    """Where in the instance, where in the schema, and what was promised there."""
    return [
        (pointer(each.instance_pointer), pointer(each.schema_pointer), each.promised)
        for each in compile(schema).violations(value)
    ]


CAT = record({"t": {"const": "cat"}, "lives": INTEGER}, "t", "lives")
DOG = record({"t": {"const": "dog"}, "name": TEXT}, "t", "name")
LEFT = record({"k": {"const": "left"}, "n": INTEGER}, "k", "n")
RIGHT = record({"k": {"enum": ["right", "up"]}, "m": TEXT}, "k", "m")
BIRD = record({"t": {"const": "bird"}, "wing": one(LEFT, RIGHT)}, "t", "wing")

ONE_FAULT: dict[str, tuple[Any, Any, tuple[str, str, str]]] = {
    "a format": ({"format": "date"}, "x", ("", "/format", "text of the format date")),
    "a reference": (
        {"properties": {"p": {"$ref": "#/$defs/p"}}, "$defs": {"p": record({"a": INTEGER})}},
        {"p": {"a": "x"}},
        ("/p/a", "/$defs/p/properties/a/type", "the type integer"),
    ),
    "a recursive reference": (
        {
            "$ref": "#/$defs/n",
            "$defs": {"n": record({"v": INTEGER, "n": either({"$ref": "#/$defs/n"}, NULL)}, "v")},
        },
        {"v": 1, "n": {"v": 2, "n": {"v": "x"}}},
        ("/n/n/v", "/$defs/n/properties/v/type", "the type integer"),
    ),
    "a name": (
        {"propertyNames": {"maxLength": 2}},
        {"abc": 1},
        ("", "/propertyNames/maxLength", "as a name, at most 2 characters"),
    ),
    "no name at all": (
        {"propertyNames": False},
        {"a": 1, "b": 1},
        ("", "/propertyNames", 'no property "a" or "b"'),
    ),
    "no property but those declared": (
        record({"a": {}}, additionalProperties=False),
        {"b": 1, "c": 2},
        ("", "/additionalProperties", 'no property "b" or "c"'),
    ),
    "no property at all": (
        {"additionalProperties": False},
        {"b": 1},
        ("", "/additionalProperties", 'no property "b"'),
    ),
    "a property that must not be": (
        {"properties": {"a": False}},
        {"a": 1},
        ("/a", "/properties/a", "nothing here"),
    ),
    "a property that is called like a keyword": (
        {"properties": {"additionalProperties": False}},
        {"additionalProperties": {"x": 1}},
        ("/additionalProperties", "/properties/additionalProperties", "nothing here"),
    ),
    "an additional property that holds what it may not": (
        {"additionalProperties": {"additionalProperties": False}},
        {"b": {"c": 1}},
        ("/b", "/additionalProperties/additionalProperties", 'no property "c"'),
    ),
    "a closed list": (
        {"prefixItems": [INTEGER], "items": False},
        [1, 2],
        ("/1", "/items", "nothing here"),
    ),
    "a closed list of draft 7": (
        {**DRAFT_7, "items": [INTEGER], "additionalItems": False},
        [1, 2],
        ("", "/additionalItems", "at most 1 items"),
    ),
    "no unevaluated property": (
        {"allOf": [record({"a": {}})], "unevaluatedProperties": False},
        {"a": 1, "b": 2, "c": 3},
        ("", "/unevaluatedProperties", 'no unevaluated property "b" or "c"'),
    ),
    "an unevaluated property that doesn't fit": (
        {"properties": {"a": {}}, "unevaluatedProperties": INTEGER},
        {"a": 1, "b": "x"},
        ("", "/unevaluatedProperties", 'no unevaluated property "b"'),
    ),
    "no unevaluated item": (
        {"prefixItems": [INTEGER], "unevaluatedItems": False},
        [1, "x", 3],
        ("", "/unevaluatedItems", 'no unevaluated item "x" or 3'),
    ),
    "a dependency": (
        {"dependentRequired": {"a": ["b"]}},
        {"a": 1},
        ("", "/dependentRequired", 'the property "b"'),
    ),
    "a dependent schema": (
        {"dependentSchemas": {"a": {"required": ["b"]}}},
        {"a": 1},
        ("", "/dependentSchemas/a/required", 'the property "b"'),
    ),
    "then": (
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}},
        {"a": 1},
        ("", "/then/required", 'the property "b"'),
    ),
    "else": (
        {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}},
        {"b": 1},
        ("", "/else/required", 'the property "c"'),
    ),
    "not": ({"not": {"const": 1}}, 1, ("", "/not", 'what isn\'t {"const": 1}')),
    "nothing is contained": (
        {"contains": INTEGER},
        ["x"],
        ("", "/contains", "an item that fits `contains`"),
    ),
    "too few are contained": (
        {"contains": INTEGER, "minContains": 2},
        ["x", 1],
        ("", "/minContains", "more items that fit `contains`"),
    ),
    "too many are contained": (
        {"contains": INTEGER, "maxContains": 1},
        [1, 2],
        ("", "/maxContains", "fewer items that fit `contains`"),
    ),
    "a media type": (
        {**DRAFT_7, "contentMediaType": "application/json"},
        "{",
        ("", "/contentMediaType", "text of the media type application/json"),
    ),
    "an encoding": (
        {**DRAFT_7, "contentEncoding": "base64"},
        "{",
        ("", "/contentEncoding", "text encoded as base64"),
    ),
}

UNIONS: dict[str, tuple[Any, Any, tuple[str, str, str]]] = {
    "the branch of the tag": (
        one(CAT, DOG),
        {"t": "cat", "lives": "x"},
        ("/lives", "/oneOf/0/properties/lives/type", "the type integer"),
    ),
    "the branch of the tag, though another is nearer": (
        one(CAT, record({"t": {"const": "dog"}, "lives": INTEGER}, "t", "a", "b")),
        {"t": "cat", "lives": "x"},
        ("/lives", "/oneOf/0/properties/lives/type", "the type integer"),
    ),
    "something is missing": (
        one(CAT, DOG),
        {"t": "dog"},
        ("", "/oneOf/1/required", 'the property "name"'),
    ),
    "an unknown tag": (one(CAT, DOG), {"t": "cow"}, ("/t", "/oneOf", 'one of "cat" or "dog"')),
    "an unknown tag of several": (
        one(LEFT, RIGHT),
        {"k": "down"},
        ("/k", "/oneOf", 'one of "left", "right" or "up"'),
    ),
    "tags of two properties": (
        either(record({"t": {"const": "a"}}, "t"), record({"u": {"const": "b"}}, "u")),
        {"t": "z", "u": "z"},
        ("/t", "/anyOf/0/properties/t/const", '"a"'),
    ),
    "another kind of value": (one(CAT, DOG), 3, ("", "/oneOf", "the type object")),
    "the nearest branch": (
        either(record({"a": INTEGER, "b": INTEGER}, "a", "b"), record({}, "c", "d")),
        {"a": 1},
        ("", "/anyOf/0/required", 'the property "b"'),
    ),
    "the branch that goes deepest": (
        either(record({"a": array(INTEGER)}), record({"a": record({"x": INTEGER})})),
        {"a": {"x": "no"}},
        ("/a/x", "/anyOf/1/properties/a/properties/x/type", "the type integer"),
    ),
    "a tag in a branch": (
        either(CAT, BIRD),
        {"t": "bird", "wing": {"k": "left", "n": "x"}},
        ("/wing/n", "/anyOf/1/properties/wing/oneOf/0/properties/n/type", "the type integer"),
    ),
    "an unknown tag in a branch": (
        either(CAT, BIRD),
        {"t": "bird", "wing": {"k": "down"}},
        ("/wing/k", "/anyOf/1/properties/wing/oneOf", 'one of "left", "right" or "up"'),
    ),
    "a union in a union": (
        either(one(CAT, DOG), INTEGER),
        {"t": "cat", "lives": None},
        ("/lives", "/anyOf/0/oneOf/0/properties/lives/type", "the type integer"),
    ),
    "no kind of a union in a union": (
        either(either(INTEGER, TEXT), NULL),
        [],
        ("", "/anyOf", "the type integer or the type string or the type null"),
    ),
    "an item of a union": (
        array(one(CAT, DOG)),
        [{"t": "cat", "lives": 1}, {"t": "dog", "name": 2}],
        ("/1/name", "/items/oneOf/1/properties/name/type", "the type string"),
    ),
    "an object that may be null": (
        either(record({"a": INTEGER}, "a"), NULL),
        {"a": "x"},
        ("/a", "/anyOf/0/properties/a/type", "the type integer"),
    ),
    "an object that may be the constant null": (
        either({"const": None}, record({"a": INTEGER}, "a")),
        {"a": "x"},
        ("/a", "/anyOf/1/properties/a/type", "the type integer"),
    ),
    "a bound of what may be null": (
        either({**INTEGER, "minimum": 3}, NULL),
        1,
        ("", "/anyOf/0/minimum", "at least 3"),
    ),
    "another kind of what may be null": (
        either(INTEGER, NULL),
        "x",
        ("", "/anyOf", "the type integer or the type null"),
    ),
    "null or null": (either(NULL, {"const": None}), 1, ("", "/anyOf", "the type null or null")),
    "several branches fit": (
        one(INTEGER, TEXT, {"minimum": 0}),
        7,
        ("", "/oneOf", "one branch that fits, not 0 and 2 at once"),
    ),
    "all branches fit": (
        one(INTEGER, {"minimum": 0}, {"minimum": 5}),
        7,
        ("", "/oneOf", "one branch that fits, not 0, 1 and 2 at once"),
    ),
    "several branches of what may be null fit": (
        either(one(INTEGER, {"minimum": 0}), NULL),
        7,
        ("", "/anyOf/0/oneOf", "one branch that fits, not 0 and 1 at once"),
    ),
    "no branch is possible": (either(False, False), 1, ("", "/anyOf", "nothing here")),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_is_told_in_a_sentence(name: str) -> None:
    schema, value, expected = ONE_FAULT[name]
    assert told(schema, value) == [expected]


@pytest.mark.parametrize("name", UNIONS)
def test_of_a_union_the_branch_that_was_meant_is_told(name: str) -> None:
    schema, value, expected = UNIONS[name]
    assert told(schema, value) == [expected]


def test_all_faults_are_told() -> None:
    schema = record(
        {"a": {**INTEGER, "minimum": 3, "multipleOf": 2}, "b": array(record({"c": TEXT}, "c"))},
        "d",
    )
    assert told(schema, {"a": 1, "b": [{}, {"c": 1}, {"c": "x"}]}) == [
        ("/a", "/properties/a/minimum", "at least 3"),
        ("/a", "/properties/a/multipleOf", "a multiple of 2"),
        ("/b/0", "/properties/b/items/required", 'the property "c"'),
        ("/b/1/c", "/properties/b/items/properties/c/type", "the type string"),
        ("", "/required", 'the property "d"'),
    ]


def test_all_faults_of_the_branch_are_told() -> None:
    value = {"t": "cat", "lives": "x", "wing": 1}
    schema = either(DOG, record({**CAT["properties"], "wing": NULL}, "t", "legs"))
    assert [place for place, _, _ in told(schema, value)] == ["/lives", "/wing", ""]


@pytest.mark.parametrize("table", [ONE_FAULT, UNIONS])
def test_jsonschema_finds_them_invalid_too(table: Any) -> None:
    for schema, value, (_, place, _) in table.values():
        if "$schema" not in schema and place != "/format":
            assert not Draft202012Validator(schema).is_valid(value)


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=1)


class Dog(BaseModel):
    kind: Literal["dog"]
    friend: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None


def test_models_are_told_as_pydantic_tells_them() -> None:
    """The branch of the tag, at any depth, and nothing of the others."""
    pet = TypeAdapter(Annotated[Cat | Dog, Field(discriminator="kind")])
    lives = ("/friend/lives", "/$defs/Cat/properties/lives/minimum", "at least 1")
    assert told(pet, {"kind": "dog", "friend": {"kind": "cat", "lives": 0}}) == [lives]
    ((place, _, promised),) = told(pet, {"kind": "dog", "friend": {"kind": "cow"}})
    assert (place, promised) == ("/friend/kind", 'one of "cat" or "dog"')


def test_what_was_seen_is_the_part_that_is_wrong() -> None:
    (name,) = compile({"propertyNames": {"maxLength": 2}}).violations({"abc": 1, "b": 2})
    (tag,) = compile(one(CAT, DOG)).violations({"t": "cow"})
    (rest,) = compile({"additionalProperties": False}).violations({"b": 1})
    assert [each.seen for each in (name, tag, rest)] == ['"abc"', '"cow"', '{"b": 1}']


def test_a_long_sentence_is_cut() -> None:
    ((_, _, promised),) = told({"enum": [*range(1000)]}, "x")
    assert promised.endswith("…")
    assert len(promised) < 600


class Shy:
    def __repr__(self) -> str:
        raise KeyError


def test_any_value_is_shown() -> None:
    assert shorten("a" * 500, 20) == f'"{"a" * 9} … {"a" * 9}"'
    assert shorten({1, 2}) == "{1, 2}"
    assert safe_repr(Shy()) == "<Shy, whose repr raises KeyError>"
