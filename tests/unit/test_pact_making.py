"""A schema as Pact says it: the example, what its rules take and refuse, and what is lost."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pact_pairs import category

from stagepact.contract.document import Document, parse
from stagepact.contract.source import Json, read_yaml
from stagepact.pact.making.made import Made, Written, made
from stagepact.pact.making.spots import Spots
from stagepact.pact.making.texts import whole
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.patterns import matches
from stagepact.schema import SchemaError

EMPTY = parse(read_yaml("stagepact: 1\nname: none\n", "none.contract.yaml"), Path("none"))


def of(schema: Any, written: Written | None = None, *, closed: bool = False) -> Made:
    return made(schema, Spots.of(EMPTY, schema, ()), written=written, closed=closed)


def takes(schema: Any, value: Json, written: Written | None = None) -> bool:
    found = of(schema, written)
    return not json_mismatches(found.example, value, category(found.rules))


def kinds(found: Made, *, stricter: bool) -> set[tuple[str, str]]:
    return {(each.path, each.kind) for each in found.lost if each.stricter is stricter}


def members(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties]}


TEXT, WHOLE, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}
TREE = {
    "$defs": {"T": members(name=TEXT, below={"type": "array", "items": {"$ref": "#/$defs/T"}})},
    "$ref": "#/$defs/T",
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (members(a=TEXT, b=WHOLE), {"a": "a", "b": 1}),
        ({**members(a=TEXT), "properties": {"a": TEXT, "b": TEXT}}, {"a": "a"}),
        ({"type": "string", "format": "uuid"}, "6f1c1f0e-2b57-4c39-9a0a-2d6c5d1b7a11"),
        ({"type": "string", "minLength": 9}, "texttextt"),
        ({"type": "string", "examples": ["Ada"]}, "Ada"),
        ({"type": "string", "default": "en", "maxLength": 2}, "en"),
        ({"type": "string", "examples": ["too long"], "maxLength": 2}, "te"),
        ({"enum": ["b", "a"]}, "b"),
        ({"const": None}, None),
        ({"type": "boolean"}, True),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "number", "exclusiveMinimum": 2, "maximum": 3, "multipleOf": 0.5}, 3),
        ({"type": "array", "items": WHOLE, "minItems": 2}, [1, 1]),
        ({"type": "array", "items": WHOLE, "maxItems": 0}, []),
        ({"type": "array", "items": WHOLE, "minItems": 2, "uniqueItems": True}, [0, 1]),
        (
            {"items": {"enum": ["a", None]}, "type": "array", "minItems": 2, "uniqueItems": True},
            [
                "a",
                None,
            ],
        ),
        ({"type": "object", "additionalProperties": WHOLE}, {"key": 1}),
        ({"anyOf": [members(a=TEXT), NULL]}, None),
        ({"anyOf": [NULL, TEXT]}, "text"),
        ({**members(a=TEXT), "examples": [{"a": "Ada", "b": 1}]}, {"a": "Ada"}),
    ],
)
def test_an_example_is_small_and_as_its_writer_has_it(schema: Any, expected: Json) -> None:
    found = of(schema).example
    if schema.get("uniqueItems"):
        assert len(set(found)) == 2  # type: ignore[arg-type]
    else:
        assert found == expected


def test_an_example_of_what_recurs_ends() -> None:
    assert str(of(TREE).example).count("below") in (2, 3)
    assert takes(TREE, {"name": "x", "below": []})
    assert not takes(TREE, {"name": "x", "below": [{"name": 1, "below": []}]})


def test_a_schema_without_values_has_no_example() -> None:
    with pytest.raises(SchemaError, match="admits no value"):
        of({"type": "integer", "minimum": 2, "maximum": 1})


@pytest.mark.parametrize(
    ("schema", "right", "wrong"),
    [
        (TEXT, ["", "x"], [1, None, True, [], {}]),
        ({"type": "string", "pattern": "b"}, ["abc", "b"], ["a", ""]),
        ({"type": "string", "pattern": "^a$"}, ["a"], ["a\nb", "b\na", "ab"]),
        ({"type": "string", "pattern": "^[0-9]+$"}, ["12"], [12, "١"]),
        ({"type": "string", "pattern": "a|^b"}, ["xa", "bx"], ["xb"]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "a\nb", "🙂🙂"], ["a", "abcd"]),
        ({"type": "string", "pattern": "^a", "maxLength": 2}, ["ab"], ["abc", "bb"]),
        ({"type": "string", "format": "date-time"}, ["2026-01-02T03:04:05.678+01:00"], ["2026"]),
        ({"enum": ["a.b", "c|d"]}, ["a.b", "c|d"], ["axb", "c", None]),
        ({"const": "a"}, ["a"], ["b", None]),
        ({"const": 1}, [1, 1.0], [2, True, "1"]),
        ({"enum": [1, "x", None]}, [1, "x", None], [2, "y"]),
        ({"const": {"a": [1, "x"]}}, [{"a": [1, "x"]}], [{"a": [1]}, {"a": [2, "x"]}, {}]),
        (WHOLE, [1, -7, 0], [1.5, "1", None, True]),
        ({"type": "number"}, [1, 1.5], ["1", None]),
        ({"type": "boolean"}, [True, False], ["true", 0, None]),
        (NULL, [None], [0, "", False]),
        ({"type": ["string", "null"]}, ["x", None], [1, []]),
        ({"type": ["integer", "null"]}, [1, None], ["x", 1.5]),
        ({"type": ["boolean", "null"]}, [True, False, None], [1, "x"]),
        ({"type": ["string", "object", "array"]}, ["x", {"a": 1}, [1]], []),
        ({"type": ["integer", "object"]}, [1, {}], ["x", []]),
        ({"anyOf": [members(a=TEXT), NULL]}, [{"a": "x"}, None], ["x", []]),
        (True, [None, 1, "x", [], {"a": 1}], []),
        ({"type": "array", "items": WHOLE}, [[], [1], [1, 2, 3]], [["x"], [None], {}]),
        ({"type": "array", "items": WHOLE, "minItems": 1, "maxItems": 2}, [[1]], [[], [1, 2, 3]]),
        (
            {"type": "array", "items": members(a=WHOLE)},
            [[], [{"a": 1, "b": 2}]],
            [[{}], [{"a": "x"}]],
        ),
        ({"type": "array", "items": True}, [[], [1, "x", None, {"a": 1}]], [1]),
        (
            {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False, "minItems": 2},
            [["a", 1]],
            [["a"], [1, "a"], ["a", 1, 2]],
        ),
        (
            {"type": "object", "additionalProperties": members(n=WHOLE)},
            [{}, {"x": {"n": 1}}, {"x": {"n": 1}, "y": {"n": 2, "m": 3}}],
            [{"x": {}}, {"x": {"n": "1"}}, {"key": 1}],
        ),
        (
            {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z]$"},
                "additionalProperties": WHOLE,
            },
            [{"a": 1}],
            [{"ab": 1}],
        ),
        (
            {
                "anyOf": [
                    members(is_={"const": "a"}, n=WHOLE),
                    members(is_={"const": "b"}, t=TEXT),
                ]
            },
            [{"is_": "a", "n": 1}, {"is_": "b", "t": "x"}],
            [{"is_": "c"}, {"is_": 1}, []],
        ),
        (
            {"allOf": [members(a=WHOLE), members(b=TEXT)]},
            [{"a": 1, "b": "x"}],
            [{"a": 1}, {"b": "x"}],
        ),
        (members(**{"a b": WHOLE, 'c"d': WHOLE}), [{"a b": 2, 'c"d': 3}], [{"a b": "x", 'c"d': 3}]),
    ],
)
def test_rules_take_what_the_schema_permits(
    schema: Any, right: list[Json], wrong: list[Json]
) -> None:
    assert [each for each in right if not takes(schema, each)] == []
    assert [each for each in wrong if takes(schema, each)] == []


OPTIONAL = {**members(a=WHOLE), "properties": {"a": WHOLE, "b": WHOLE}}


def test_optional_properties_are_left_out_of_the_example_and_told() -> None:
    assert takes(OPTIONAL, {"a": 1})
    assert takes(OPTIONAL, {"a": 1, "b": "x"})
    assert ("$.b", "optional") in kinds(of(OPTIONAL), stricter=False)


def test_an_optional_property_that_is_asked_for_has_to_be_there() -> None:
    written = Written({"a": 1, "b": 2})
    assert not takes(OPTIONAL, {"a": 1}, written)
    assert ("$.b", "optional") in kinds(of(OPTIONAL, written), stricter=True)


def test_rules_of_different_scalars_in_a_list_take_them_in_any_order() -> None:
    schema = {"type": "array", "items": {"enum": ["a", "b", None, 3]}, "minItems": 2}
    distinct = {**schema, "uniqueItems": True}
    assert all(takes(distinct, value) for value in (["a", None], [None, 3, "b"], [3, "a"]))
    assert not takes(distinct, ["a", "other"])
    assert not takes(distinct, ["a", 4])


def test_items_of_a_written_example_that_differ_are_all_as_the_first() -> None:
    schema = {"type": "array", "items": OPTIONAL}
    written = Written([{"a": 1}, {"a": 2, "b": 3}])
    assert of(schema, written).example == [{"a": 1}, {"a": 1}]
    assert takes(schema, [{"a": 5}, {"a": 6}, {"a": 7}], written)


def test_a_written_object_in_place_of_null_is_stricter() -> None:
    schema = {"anyOf": [members(a=TEXT), NULL]}
    written = Written({"a": "x"})
    assert not takes(schema, None, written)
    assert ("$", "union") in kinds(of(schema, written), stricter=True)


def test_a_closed_body_takes_no_other_keys() -> None:
    assert ("$.b", "optional") in kinds(of(OPTIONAL, closed=True), stricter=True)


@pytest.mark.parametrize(
    ("schema", "path", "kind"),
    [
        ({"type": "integer", "minimum": 1}, "$", "bounds"),
        ({"type": "number", "multipleOf": 0.5}, "$", "multiple"),
        ({"type": "array", "items": TEXT, "uniqueItems": True}, "$", "distinct"),
        ({"type": "array", "contains": {"const": 1}}, "$", "contains"),
        ({**members(a=TEXT), "additionalProperties": False}, "$", "closed"),
        ({**members(a=TEXT), "maxProperties": 3}, "$", "size"),
        ({**members(a=TEXT), "additionalProperties": WHOLE}, "$", "further-keys"),
        ({"type": "string", "format": "email"}, "$", "format"),
        ({"type": "string", "pattern": r"\bword\b"}, "$", "pattern"),
        (members(a={"anyOf": [members(b=TEXT), NULL]}), "$.a", "union"),
        (
            {"type": "array", "items": members(n={"type": "integer", "maximum": 3})},
            "$[*].n",
            "bounds",
        ),
        ({**members(a=TEXT), "not": members(a={"const": "x"}, b=TEXT)}, "$.a", "beyond-rules"),
    ],
)
def test_what_is_lost_is_told(schema: Any, path: str, kind: str) -> None:
    assert (path, kind) in kinds(of(schema), stricter=False)


def test_nothing_is_lost_of_what_pact_can_say() -> None:
    schema = members(a=TEXT, b={"type": ["string", "null"]}, c={"type": "array", "items": TEXT})
    assert of(schema).lost == ()


def document(text: str) -> Document:
    return parse(read_yaml(dedent(text), "a.contract.yaml"), Path("a.contract.yaml"))


def test_a_loss_is_placed_where_the_schema_says_it() -> None:
    read = document(
        """\
        stagepact: 1
        name: ui
        schemas:
          Price: {type: number, minimum: 0}
          Item:
            type: object
            required: [price]
            properties:
              price: {$ref: "#/schemas/Price"}
        """
    )
    schema = {"type": "array", "items": {"$ref": "#/schemas/Item"}}
    spots = Spots.of(read, schema, ("consumes", "x"))
    (lost,) = made(read.scope.bundle(schema), spots).lost
    assert (lost.path, lost.schema) == ("$[*].price", ("schemas", "Price", "minimum"))
    assert read.place(*lost.schema).line == 4


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("^a+$", "a+"),
        ("a", r"[\s\S]*a[\s\S]*"),
        (r"^\d{2}-\w*$", "[0-9]{2}-[0-9A-Z_a-z]*"),
        ("^(a|b)c$", "(?:a|b)c"),
        (r"^\.\*$", r"\.\*"),
        ("^[^/]+$", "[^/]+"),
        ("^x{2,}y{,3}$".replace("{,3}", "{0,3}"), "x{2,}y{0,3}"),
    ],
)
def test_a_pattern_is_written_anew_for_whole_texts(pattern: str, expected: str) -> None:
    assert whole(pattern) == expected
    matches(expected, "")  # the native matcher can read it
