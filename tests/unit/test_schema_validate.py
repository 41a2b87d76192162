"""Accept fast, explain slowly; whatever a subject returns is judged, and nothing raises."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.schema import SchemaError, Validator, compile_schema
from stagepact.schema.explain import shorten, shorten_text
from stagepact.schema.validate import json_violations


def holds_itself() -> Any:
    value: list[Any] = [1]
    value.append({"again": value})
    return value


def shared(levels: int) -> Any:
    value: Any = [1]
    for _ in range(levels):
        value = [value, value]
    return value


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("schema", "value", "promised", "seen"),
    [
        ({"type": "integer"}, "x", "the type integer", '"x"'),
        ({"type": ["integer", "null"]}, "x", "the type null or integer", '"x"'),
        ({"const": {"a": 1}}, 2, '{"a": 1}', "2"),
        ({"enum": ["a", "b", 3]}, "c", 'one of "a", "b" or 3', '"c"'),
        ({"minimum": 1}, 0, "at least 1", "0"),
        ({"maximum": 1}, 2, "at most 1", "2"),
        ({"exclusiveMinimum": 1}, 1, "more than 1", "1"),
        ({"exclusiveMaximum": 1}, 1, "less than 1", "1"),
        ({"multipleOf": 2}, 3, "a multiple of 2", "3"),
        ({"minLength": 2}, "a", "at least 2 characters", '"a"'),
        ({"maxLength": 1}, "ab", "at most 1 characters", '"ab"'),
        ({"pattern": "^a"}, "b", "text that matches ^a", '"b"'),
        ({"format": "date"}, "soon", "text of the format date", '"soon"'),
        ({"minItems": 1}, [], "at least 1 items", "[]"),
        ({"maxItems": 1}, [1, 2], "at most 1 items", "[1, 2]"),
        ({"uniqueItems": True}, [1, 1], "no item twice", "[1, 1]"),
        ({"minProperties": 1}, {}, "at least 1 properties", "{}"),
        ({"maxProperties": 0}, {"a": 1}, "at most 0 properties", '{"a": 1}'),
        ({"required": ["a"]}, {}, 'the property "a"', "{}"),
        (
            {"properties": {"b": {}}, "additionalProperties": False},
            {"a": 1},
            'no property "a"',
            '{"a": 1}',
        ),
        (False, 1, "nothing here", "1"),
    ],
)
def test_a_violation_says_what_was_promised_and_what_was_seen(
    schema: Any, value: Any, promised: str, seen: str
) -> None:
    """In words, not in keywords."""
    validator = compile_schema(schema)
    assert not validator.accepts(value)
    (violation,) = validator.violations(value)
    assert (violation.promised, violation.seen) == (promised, seen)


def test_all_violations_are_told_with_their_places() -> None:
    """Sorted as they stand in the value."""
    schema = {
        "properties": {"a": {"items": {"type": "integer"}}, "b": {"type": "string"}},
        "required": ["c"],
    }
    found = compile_schema(schema).violations({"a": [1, "x"], "b": 2})
    assert [each.instance_pointer for each in found] == [("a", 1), ("b",), ()]
    assert [each.keyword for each in found] == ["type", "type", "required"]
    assert compile_schema(schema).violations({"c": 1}) == ()


@pytest.mark.parametrize(
    ("value", "pointer", "seen"),
    [
        ({"a": {1, 2}}, ("a",), "set: {1, 2}"),
        ([1, b"x"], (1,), "bytes: b'x'"),
        ({"a": float("nan")}, ("a",), "float: NaN"),
        (float("-inf"), (), "float: -Infinity"),
        ({1: 2}, ("1",), "int: 1"),
        ([holds_itself()], (0, 1, "again"), "itself"),
        (deep(300), (0,) * 201, "nested deeper than 200 levels"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(value: Any, pointer: Any, seen: str) -> None:
    """And comes before what a schema says of it."""
    (violation,) = json_violations(value)
    assert (violation.instance_pointer, violation.seen) == (pointer, seen)
    text = compile_schema({"type": "string"})
    assert text.violations(value) == (violation,)


def test_half_of_a_surrogate_pair_is_a_violation_and_no_crash() -> None:
    """UTF-8 can't write it, so the engine can't read it."""
    validator = compile_schema({"type": "string"})
    assert not validator.accepts("\ud800")
    (violation,) = validator.violations("\ud800")
    assert violation.keyword == "json"


@pytest.mark.parametrize("value", [None, 1, 1.5, "x", True, [1, (2,)], {"a": {}}, shared(100)])
def test_json_is_json(value: Any) -> None:
    """Also where one list stands in more places than can be counted."""
    assert json_violations(value) == ()


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strng"}, "no valid JSON Schema: the type 'strng', which JSON doesn't have"),
        ({"minimum": "1"}, "no valid JSON Schema: "),
        ({"$ref": "https://example.com/x"}, "leads outside of the project"),
        ({"$ref": "#/$defs/x"}, "JSON Schema: "),
        ({"pattern": "a("}, r'"a\(", which is no regular expression: missing .*\n  a\(\n   \^'),
        ({"pattern": "(?(1)"}, "no valid JSON Schema: "),
        ({"const": {1, 2}}, "a schema must be JSON"),
    ],
)
def test_what_is_no_schema_is_an_error(schema: Any, message: str) -> None:
    """Told when it is compiled, not when it is used."""
    with pytest.raises(SchemaError, match=message):
        compile_schema(schema)


def test_validators_are_values() -> None:
    """Equal by their schema, and made once."""
    one, other = compile_schema({"type": "integer"}), Validator({"type": "integer"})
    assert one == other
    assert hash(one) == hash(other)
    assert one != compile_schema({"type": "string"})
    assert one != {"type": "integer"}
    assert compile_schema({"type": "integer"}) is one
    assert repr(one) == "Validator({'type': 'integer'})"


class Shy:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": "é"}, '{"a": "é"}'),
        ("x" * 300, '"' + "x" * 99 + " … " + "x" * 99 + '"'),
        ({1}, "{1}"),
        (Shy(), "<Shy, whose repr raises RuntimeError>"),
        pytest.param(10**5000, "<int, whose repr raises ValueError>", id="huge"),
    ],
)
def test_a_value_is_shown_on_one_short_line(value: Any, text: str) -> None:
    """Whatever its repr does."""
    assert shorten(value) == text


def test_a_long_sentence_is_cut() -> None:
    """At five hundred characters."""
    assert shorten_text("x" * 501) == "x" * 500 + "…"
    assert shorten_text("x" * 500) == "x" * 500


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        (b"[1]", True),
        ("[1.0]", True),
        (b'["1"]', False),
        (b"[1", False),
        (b"[1] [1]", False),
        (b"[NaN]", False),
        (b"[1e999]", False),
        (b"\xff", False),
        (b"[" * 1_000 + b"]" * 1_000, False),
    ],
)
def test_a_text_is_judged_from_its_bytes(text: bytes | str, holds: bool) -> None:
    assert Validator({"items": {"type": "integer"}}).accepts_bytes(text) is holds
