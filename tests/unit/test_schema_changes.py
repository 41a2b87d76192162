"""What changed between two schemas: the rule, the place, whom it breaks, and a value to show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, Field, TypeAdapter

from stagepact.schema import SchemaError, compare, compile, json_schema
from stagepact.schema.changes import Breaks, Change, Mode
from stagepact.schema.normalise import closed

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
NULL = {"type": "null"}
OBJECT = {"type": "object"}
CHECKER = FormatChecker()


@CHECKER.checks("date-time")  # jsonschema has it as an extra
def _is_date_time(text: object) -> bool:
    return jsonschema_rs.is_valid({"format": "date-time"}, text, validate_formats=True)


def record(properties: Any, *required: str, **rest: Any) -> Any:
    return {**OBJECT, "properties": properties, "required": [*required], **rest}


def array(items: Any, **rest: Any) -> Any:
    return {"type": "array", "items": items, **rest}


def either(*branches: Any) -> Any:
    return {"anyOf": [*branches]}


def tagged(*tags: str) -> Any:
    return either(*(record({"t": {"const": tag}}, "t") for tag in tags))


def referring(value: Any) -> Any:
    part = {"$ref": "#/$defs/part"}
    return record({"a": part, "b": part}, **{"$defs": {"part": record({"v": value})}})


def tree(value: Any) -> Any:
    return record({"value": value, "children": array({"$ref": "#"})})


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class NineLives(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


Pets = TypeAdapter(Annotated[Cat | Dog, Field(discriminator="kind")])
FewPets = TypeAdapter(Annotated[NineLives | Dog, Field(discriminator="kind")])


class Price(BaseModel):
    amount: Decimal
    currency: str = "EUR"


PRODUCER, CONSUMER, BOTH, NONE = Breaks.PRODUCER, Breaks.CONSUMER, Breaks.BOTH, Breaks.NONE

CHANGES: dict[str, tuple[Any, Any, set[tuple[str, str, Breaks]]]] = {
    "nothing": (record({"a": INTEGER}), record({"a": INTEGER}), set()),
    "a rewritten one": (
        either(INTEGER, NULL),
        {"type": ["integer", "null"]},
        {("schema-rewritten", "", NONE)},
    ),
    "words": (INTEGER, {**INTEGER, "title": "Count"}, {("schema-rewritten", "", NONE)}),
    "an optional property added": (
        record({"a": INTEGER}),
        record({"a": INTEGER, "b": TEXT}),
        {("property-added", "/b", NONE)},
    ),
    "an object added": (
        record({"a": INTEGER}),
        record({"a": INTEGER, "b": record({"c": INTEGER})}),
        {("property-added", "/b", NONE)},
    ),
    "an optional property removed": (
        record({"a": INTEGER, "b": TEXT}),
        record({"a": INTEGER}),
        {("property-removed", "/b", NONE)},
    ),
    "a required property added": (
        record({"a": INTEGER}, "a"),
        record({"a": INTEGER, "b": TEXT}, "a", "b"),
        {("required-added", "/b", PRODUCER)},
    ),
    "two required properties added": (
        record({}),
        record({"a": {}, "b": {}}, "a", "b"),
        {("required-added", "/a", PRODUCER), ("required-added", "/b", PRODUCER)},
    ),
    "a required property removed": (
        record({"a": INTEGER, "b": TEXT}, "b"),
        record({"a": INTEGER}),
        {("required-removed", "/b", CONSUMER)},
    ),
    "a property becomes required": (
        record({"in": record({"a": INTEGER})}),
        record({"in": record({"a": INTEGER}, "a")}),
        {("required-added", "/in/a", PRODUCER)},
    ),
    "a property becomes optional": (
        record({"a": INTEGER}, "a"),
        record({"a": INTEGER}),
        {("required-removed", "/a", CONSUMER)},
    ),
    "a property is renamed": (
        record({"a": INTEGER}, "a"),
        record({"b": INTEGER}, "b"),
        {("required-added", "/b", PRODUCER), ("required-removed", "/a", CONSUMER)},
    ),
    "an optional property is renamed": (
        record({"a": INTEGER}),
        record({"b": INTEGER}),
        {("property-added", "/b", NONE), ("property-removed", "/a", NONE)},
    ),
    "a closed object has more": (
        record({"a": INTEGER}, additionalProperties=False),
        record({"a": INTEGER, "b": TEXT}, additionalProperties=False),
        {("property-added", "/b", CONSUMER)},
    ),
    "a closed object has less": (
        record({"a": INTEGER, "b": TEXT}, additionalProperties=False),
        record({"a": INTEGER}, additionalProperties=False),
        {("property-removed", "/b", PRODUCER)},
    ),
    "an object is closed": (
        record({"a": INTEGER}),
        record({"a": INTEGER}, additionalProperties=False),
        {("schema-rewritten", "", NONE)},
    ),
    "a map is closed": (
        OBJECT,
        {**OBJECT, "additionalProperties": False},
        {("additionalProperties-added", "", PRODUCER)},
    ),
    "a map is opened": (
        {**OBJECT, "additionalProperties": False},
        OBJECT,
        {("additionalProperties-removed", "", CONSUMER)},
    ),
    "the values of a map": (
        {**OBJECT, "additionalProperties": NUMBER},
        {**OBJECT, "additionalProperties": INTEGER},
        {("type-narrowed", "/extra", PRODUCER)},
    ),
    "the values of a pattern": (
        {**OBJECT, "patternProperties": {"^x": INTEGER}},
        {**OBJECT, "patternProperties": {"^x": NUMBER}},
        {("type-widened", "/x", CONSUMER)},
    ),
    "the names of a map": (
        OBJECT,
        {**OBJECT, "propertyNames": {"maxLength": 3}},
        {("propertyNames-added", "", PRODUCER)},
    ),
    "a dependency": (
        record({"a": {}, "b": {}}),
        record({"a": {}, "b": {}}, dependentRequired={"a": ["b"]}),
        {("dependentRequired-added", "", PRODUCER)},
    ),
    "a condition": (
        record({"t": {"enum": ["a", "b"]}, "x": INTEGER}),
        record(
            {"t": {"enum": ["a", "b"]}, "x": INTEGER},
            **{"if": record({"t": {"const": "a"}}, "t"), "then": {"required": ["x"]}},
        ),
        {("required-added", "/x", PRODUCER)},
    ),
    "a type is widened": (INTEGER, NUMBER, {("type-widened", "", CONSUMER)}),
    "a type is narrowed": (NUMBER, INTEGER, {("type-narrowed", "", PRODUCER)}),
    "a type is another": (
        record({"a": TEXT}),
        record({"a": INTEGER}),
        {("type-changed", "/a", BOTH)},
    ),
    "a type is added": ({}, TEXT, {("type-added", "", PRODUCER)}),
    "a type is removed": (INTEGER, True, {("type-removed", "", CONSUMER)}),
    "null is added": (
        record({"a": TEXT}),
        record({"a": {"type": ["string", "null"]}}),
        {("type-widened", "/a", CONSUMER)},
    ),
    "null is removed": (
        record({"a": either(INTEGER, NULL)}),
        record({"a": INTEGER}),
        {("type-narrowed", "/a", PRODUCER)},
    ),
    "nothing is left": (INTEGER, False, {("schema-narrowed", "", PRODUCER)}),
    "a property is forbidden": (
        record({"items": INTEGER}),
        record({"items": False}),
        {("schema-narrowed", "/items", PRODUCER)},
    ),
    "a minimum goes up": (
        {**INTEGER, "minimum": 0},
        {**INTEGER, "minimum": 5},
        {("minimum-narrowed", "", PRODUCER)},
    ),
    "a minimum goes down": (
        {**INTEGER, "minimum": 5},
        {**INTEGER, "minimum": 0},
        {("minimum-widened", "", CONSUMER)},
    ),
    "a minimum is exclusive": (
        {**NUMBER, "minimum": 0},
        {**NUMBER, "exclusiveMinimum": 0},
        {("exclusiveMinimum-narrowed", "", PRODUCER)},
    ),
    "a maximum is added": (INTEGER, {**INTEGER, "maximum": 5}, {("maximum-added", "", PRODUCER)}),
    "a maximum is removed": (
        {**INTEGER, "maximum": 5},
        INTEGER,
        {("maximum-removed", "", CONSUMER)},
    ),
    "both bounds move": (
        {**INTEGER, "minimum": 0, "maximum": 10},
        {**INTEGER, "minimum": 2, "maximum": 12},
        {("minimum-narrowed", "", PRODUCER), ("maximum-widened", "", CONSUMER)},
    ),
    "a bound and a pattern": (
        record({"a": INTEGER, "b": {**TEXT, "pattern": "^[a-z]+$"}}),
        record({"a": {**INTEGER, "minimum": 0}, "b": {**TEXT, "pattern": "^[a-f]+$"}}),
        {("minimum-added", "/a", PRODUCER), ("pattern-narrowed", "/b", PRODUCER)},
    ),
    "a multiple": (
        {**INTEGER, "multipleOf": 2},
        {**INTEGER, "multipleOf": 4},
        {("multipleOf-narrowed", "", PRODUCER)},
    ),
    "a shorter text": (
        {**TEXT, "maxLength": 5},
        {**TEXT, "maxLength": 3},
        {("maxLength-narrowed", "", PRODUCER)},
    ),
    "a member is added": (
        {"enum": ["a"]},
        {"enum": ["a", "b"]},
        {("enum-widened", "", CONSUMER)},
    ),
    "a member is removed": (
        {"enum": ["a", "b", "c"]},
        {"enum": ["a", "b"]},
        {("enum-narrowed", "", PRODUCER)},
    ),
    "a member is replaced": (
        {"enum": ["a", "b"]},
        {"enum": ["a", "c"]},
        {("enum-changed", "", BOTH)},
    ),
    "a constant": ({"const": "a"}, {"const": "b"}, {("const-changed", "", BOTH)}),
    "a constant is one of several": (
        {"const": "a"},
        {"enum": ["a", "b"]},
        {("const-widened", "", CONSUMER)},
    ),
    "a format is added": (TEXT, {**TEXT, "format": "date"}, {("format-added", "", PRODUCER)}),
    "a format is another": (
        {**TEXT, "format": "date"},
        {**TEXT, "format": "date-time"},
        {("format-changed", "", BOTH)},
    ),
    "a pattern is another": (
        {**TEXT, "pattern": "^a"},
        {**TEXT, "pattern": "^b"},
        {("pattern-changed", "", BOTH)},
    ),
    "one text is taken out": (
        {**TEXT, "pattern": "^[a-z]{6}$"},
        {**TEXT, "pattern": "^(?!secret$)[a-z]{6}$"},
        {("pattern-narrowed", "", PRODUCER)},
    ),
    "something is excluded": (TEXT, {**TEXT, "not": {"const": "x"}}, {("not-added", "", PRODUCER)}),
    "items are narrowed": (
        record({"x": array(record({"p": NUMBER}))}),
        record({"x": array(record({"p": INTEGER}))}),
        {("type-narrowed", "/x/0/p", PRODUCER)},
    ),
    "fewer items": (
        array(INTEGER, maxItems=3),
        array(INTEGER, maxItems=2),
        {("maxItems-narrowed", "", PRODUCER)},
    ),
    "items are unique": (
        array(INTEGER),
        array(INTEGER, uniqueItems=True),
        {("uniqueItems-added", "", PRODUCER)},
    ),
    "something is contained": (
        array(INTEGER),
        array(INTEGER, contains={"const": 1}),
        {("contains-added", "", PRODUCER)},
    ),
    "a tuple is longer": (
        array(False, prefixItems=[INTEGER]),
        array(False, prefixItems=[INTEGER, TEXT]),
        {("items-widened", "/1", CONSUMER)},
    ),
    "in a definition": (
        referring(NUMBER),
        referring(INTEGER),
        {("type-narrowed", "/a/v", PRODUCER)},
    ),
    "in recursion": (tree(INTEGER), tree(NUMBER), {("type-widened", "/value", CONSUMER)}),
    "a branch is added": (
        either(INTEGER, TEXT),
        either(INTEGER, TEXT, NULL),
        {("anyOf-widened", "", CONSUMER)},
    ),
    "a branch is removed": (
        either(INTEGER, TEXT, NULL),
        either(INTEGER, TEXT),
        {("anyOf-narrowed", "", PRODUCER)},
    ),
    "a tag is added": (
        tagged("a", "b"),
        tagged("a", "b", "c"),
        {("anyOf-widened", "/t", CONSUMER)},
    ),
    "a tag is removed": (
        record({"pet": tagged("a", "b", "c")}),
        record({"pet": tagged("a", "b")}),
        {("anyOf-narrowed", "/pet/t", PRODUCER)},
    ),
    "a branch is narrowed": (Pets, FewPets, {("maximum-added", "/lives", PRODUCER)}),
}


def told(change: Change) -> tuple[str, str, Breaks]:
    return change.rule, "".join(f"/{step}" for step in change.instance_pointer), change.breaks


def is_accepted(schema: Any, value: Any) -> bool:
    """What both validators say; they agree."""
    first = compile(schema).accepts(value)
    assert Draft202012Validator(schema, format_checker=CHECKER).is_valid(value) is first
    return first


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_told(name: str) -> None:
    old, new, expected = CHANGES[name]
    assert {told(each) for each in compare(old, new).changes} == expected


@pytest.mark.parametrize("name", CHANGES)
def test_a_counterexample_is_written_by_one_and_refused_by_the_other(name: str) -> None:
    old, new = (json_schema(each) for each in CHANGES[name][:2])
    for change in compare(old, new).changes:
        if change.breaks in (PRODUCER, BOTH):
            assert is_accepted(closed(old), change.counterexample)
            assert not is_accepted(new, change.counterexample)
        elif change.breaks is CONSUMER:
            assert is_accepted(closed(new), change.counterexample)
            assert not is_accepted(old, change.counterexample)


@pytest.mark.parametrize("name", CHANGES)
def test_the_answer_is_what_the_changes_say(name: str) -> None:
    old, new, expected = CHANGES[name]
    whom = {breaks for _, _, breaks in expected}
    backward = "no" if whom & {PRODUCER, BOTH} else "yes"
    forward = "no" if whom & {CONSUMER, BOTH} else "yes"
    assert compare(old, new, mode="BACKWARD").answer == backward
    assert compare(old, new, mode="FORWARD").answer == forward
    assert compare(old, new, mode="FULL").answer == min(backward, forward)


@pytest.mark.parametrize(
    ("old", "new", "place", "pointer"),
    [
        (INTEGER, {**INTEGER, "minimum": 1}, (), ("minimum",)),
        (
            record({"a": {}, "b": array(NUMBER)}),
            record({"a": {}, "b": array(INTEGER)}),
            ("b", 0),
            ("properties", "b", "items", "type"),
        ),
        (
            referring(NUMBER),
            referring(INTEGER),
            ("a", "v"),
            ("$defs", "part", "properties", "v", "type"),
        ),
        (record({}), record({"a": TEXT}), ("a",), ("properties", "a")),
        (record({}), record({"a": TEXT}, "a"), ("a",), ("required",)),
        (record({"t": tagged("a", "b")}), record({"t": tagged("a", "c")}), ("t", "t"), None),
    ],
)
def test_a_change_tells_both_places(old: Any, new: Any, place: Any, pointer: Any) -> None:
    (change,) = compare(old, new).changes
    assert change.instance_pointer == place
    assert change.schema_pointer == (pointer or ("properties", "t", "anyOf"))


def test_a_new_typed_optional_field_is_compatible() -> None:
    """Producers emit what they declare and nothing else; consumers stay open."""
    old, new = record({"a": INTEGER}, "a"), record({"a": INTEGER, "b": TEXT}, "a")
    for mode in Mode:
        assert compare(old, new, mode=mode).answer == "yes"
        assert compare(new, old, mode=mode).answer == "yes"


def test_an_optional_field_that_gets_another_type_is_not() -> None:
    found = compare(record({"a": INTEGER}), record({"a": TEXT}), mode="FULL")
    assert found.answer == "no"
    assert found.witness == found.changes[0].counterexample


FIRST, SECOND, THIRD = ({**INTEGER, "minimum": least} for least in (0, 2, 1))


@pytest.mark.parametrize(
    ("mode", "answer"),
    [
        ("BACKWARD", "yes"),
        ("BACKWARD_TRANSITIVE", "no"),
        ("FORWARD", "no"),
        ("FORWARD_TRANSITIVE", "no"),
        ("FULL", "no"),
        ("FULL_TRANSITIVE", "no"),
    ],
)
def test_all_versions_count_where_the_mode_says_so(mode: str, answer: str) -> None:
    found = compare([FIRST, SECOND], THIRD, mode=mode)
    assert (found.mode, found.answer) == (mode, answer)
    assert [told(each) for each in found.changes] == [("minimum-widened", "", CONSUMER)]


def test_versions_that_only_narrow_are_forward_compatible_with_all() -> None:
    versions = [{**INTEGER, "minimum": least} for least in (0, 1)]
    newest = {**INTEGER, "minimum": 2}
    assert compare(versions, newest, mode="FORWARD_TRANSITIVE").answer == "yes"
    assert compare(versions, newest, mode="BACKWARD_TRANSITIVE").witness in (0, 1)


def test_a_first_version_is_compatible() -> None:
    found = compare([], INTEGER)
    assert (found.answer, found.changes) == ("yes", ())


def test_a_model_reads_what_it_writes() -> None:
    """A decimal is read as a number or a text, and written as a text."""
    found = compare(Price, Price, mode="FULL_TRANSITIVE")
    assert (found.answer, found.changes) == ("yes", ())


def test_a_reference_out_of_the_schema_is_retrieved() -> None:
    def retrieve(uri: str) -> Any:
        return {"minimum": 3, "type": "integer"}

    old, new = INTEGER, {"$ref": "https://example.com/three"}
    found = compare(old, new, retrieve=retrieve)
    assert found.answer == "no"
    assert [each.breaks for each in found.changes] == [PRODUCER]
    with pytest.raises(SchemaError, match="leads outside"):
        compare(old, new)


def test_what_is_not_decided_is_no_change() -> None:
    look = {**TEXT, "pattern": r"^(\w+) \1$"}
    found = compare({**TEXT, "pattern": r"^(\w+) \1$", "maxLength": 20}, look)
    assert found.answer in ("yes", "unknown")


def test_there_are_six_modes() -> None:
    with pytest.raises(ValueError, match="SIDEWAYS"):
        compare(INTEGER, INTEGER, mode="SIDEWAYS")
