"""Is every instance of one schema one of another? Pairs whose answers are known."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema_rs import canonical as rs
from pydantic import BaseModel, Field, TypeAdapter

from stagepact.schema import SchemaError, boundary, compile, contains, json_schema, proof, sample
from stagepact.schema.canonical import canonical
from stagepact.schema.proof import Side

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
OBJECT = {"type": "object"}
ARRAY = {"type": "array"}
NULL = {"type": "null"}
CHECKER = FormatChecker()


@CHECKER.checks("date-time")  # jsonschema has it as an extra
def _is_date_time(text: object) -> bool:
    return jsonschema_rs.is_valid({"format": "date-time"}, text, validate_formats=True)


def text(**rest: Any) -> Any:
    return {**TEXT, **rest}


def record(properties: Any, *required: str, **rest: Any) -> Any:
    return {**OBJECT, "properties": properties, "required": [*required], **rest}


def array(items: Any, **rest: Any) -> Any:
    return {**ARRAY, "items": items, **rest}


def tree(value: Any, name: str = "tree", **rest: Any) -> Any:
    children = array({"$ref": f"#/$defs/{name}"})
    node = record({"value": value, "children": children}, "value", **rest)
    return {"$ref": f"#/$defs/{name}", "$defs": {name: node}}


def either(*branches: Any, **rest: Any) -> Any:
    return {"anyOf": [*branches], **rest}


def one(*branches: Any, **rest: Any) -> Any:
    return {"oneOf": [*branches], **rest}


def both(*branches: Any, **rest: Any) -> Any:
    return {"allOf": [*branches], **rest}


def tree_of(value: Any) -> Any:
    """A tree that names itself, wherever it stands."""
    return {
        "$id": "urn:tree",
        **record({"value": value, "children": array({"$ref": "#"})}, "value"),
    }


def tree_defs(value: Any) -> Any:
    return {"$defs": tree(value)["$defs"]}


def unrolled(*values: Any) -> Any:
    """A tree whose levels alternate."""
    inner = record({"value": values[-1], "children": array({"$ref": "#/$defs/tree"})}, "value")
    return {
        "$ref": "#/$defs/tree",
        "$defs": {"tree": record({"value": values[0], "children": array(inner)}, "value")},
    }


def chain(value: Any, union: Callable[..., Any] = either) -> Any:
    after = union({"$ref": "#/$defs/node"}, NULL)
    return {"$defs": {"node": record({"value": value, "next": after}, "value", "next")}}


def document(*leaves: Any) -> Any:
    parts = {"$ref": "#/$defs/any"}
    whole = either(*leaves, array(parts), {**OBJECT, "additionalProperties": parts})
    return {**parts, "$defs": {"any": whole}}


def mutual(even: Any, odd: Any) -> Any:
    """Lists of two kinds that alternate."""
    return {
        "$ref": "#/$defs/even",
        "$defs": {
            "even": record({"value": even, "next": {"$ref": "#/$defs/odd"}}, "value"),
            "odd": record({"value": odd, "next": {"$ref": "#/$defs/even"}}, "value"),
        },
    }


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=0, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Fish(BaseModel):
    kind: Literal["fish"]
    litres: float


class OlderCat(BaseModel):
    kind: Literal["cat"]
    lives: int


Pet = Annotated[Cat | Dog, Field(discriminator="kind")]
Animal = Annotated[Cat | Dog | Fish, Field(discriminator="kind")]
OlderPet = Annotated[OlderCat | Dog, Field(discriminator="kind")]


class Price(BaseModel):
    amount: Decimal = Field(max_digits=6, decimal_places=2, ge=0)


class Amount(BaseModel):
    amount: Decimal = Field(max_digits=8, decimal_places=3)


class Event(BaseModel):
    day: date
    note: str | None = None


class Person(BaseModel):
    name: str
    friends: list[Person] = []


class Named(BaseModel):
    name: str


YES: dict[str, tuple[Any, Any]] = {
    # numbers
    "integers are numbers": (NUMBER, INTEGER),
    "numbers without a fraction are integers": (INTEGER, {**NUMBER, "multipleOf": 1}),
    "more than 0 is at least 0": ({"minimum": 0}, {"exclusiveMinimum": 0}),
    "integers above 0 are at least 1": (
        {**INTEGER, "minimum": 1},
        {**INTEGER, "exclusiveMinimum": 0},
    ),
    "integers below 10 are at most 9": ({"maximum": 9}, {**INTEGER, "exclusiveMaximum": 10}),
    "multiples of 6 are multiples of 3": ({"multipleOf": 3}, {**INTEGER, "multipleOf": 6}),
    "multiples of 2 and 3 are multiples of 6": (
        {"multipleOf": 6},
        both({**INTEGER, "multipleOf": 2}, {"multipleOf": 3}),
    ),
    "cents are tenths of cents": ({"multipleOf": 0.001}, {**NUMBER, "multipleOf": 0.01}),
    "an interval within another": (
        {"minimum": 0, "maximum": 10},
        {**NUMBER, "exclusiveMinimum": 1, "maximum": 9.5},
    ),
    "two intervals cover a third": (
        either({"maximum": 5}, {"minimum": 5}),
        {**NUMBER, "minimum": -1, "maximum": 20},
    ),
    "halves of the integers": (
        either({**INTEGER, "minimum": 0}, {**INTEGER, "maximum": -1}),
        INTEGER,
    ),
    "even and odd are all integers": (
        either({"multipleOf": 2}, {"not": {"multipleOf": 2}}),
        INTEGER,
    ),
    "an integer range is an enum": (
        {"enum": [1, 2, 3, 4]},
        {**INTEGER, "minimum": 1, "maximum": 3},
    ),
    # enum, const, types
    "fewer members": ({"enum": ["a", "b", "c"]}, {"enum": ["c", "a"]}),
    "a constant of an enum": ({"enum": [1, "x"]}, {"const": 1.0}),
    "booleans are listed": ({"enum": [True, False]}, {"type": "boolean"}),
    "members that fit a bound": ({"minimum": 2}, {"enum": [2, 3, "x"]}),
    "an object that is listed": (record({"a": INTEGER}, "a"), {"const": {"a": 1, "b": 2}}),
    "a type of several": ({"type": ["string", "null"]}, NULL),
    "all types are anything": (True, {"type": ["string", "integer", "null"]}),
    "anything by all types": (
        {"type": ["null", "boolean", "number", "string", "array", "object"]},
        {},
    ),
    "nothing is within all": ({"const": 1}, False),
    "a contradiction is within all": ({"const": 1}, both(INTEGER, TEXT)),
    # unions
    "a branch of a union": (either(TEXT, INTEGER), INTEGER),
    "a union in another order": (either(TEXT, INTEGER, NULL), either(NULL, TEXT)),
    "exactly one of two that are apart": (one(TEXT, INTEGER), either(INTEGER, TEXT)),
    "a union of objects by their tags": (
        one(
            record({"t": {"const": "a"}, "x": NUMBER}, "t"),
            record({"t": {"const": "b"}}, "t"),
        ),
        either(
            record({"t": {"const": "b"}}, "t"),
            record({"t": {"const": "a"}, "x": INTEGER}, "t"),
        ),
    ),
    "an object whose tag is one of two": (
        either(record({"t": {"const": "a"}}, "t"), record({"t": {"const": "b"}}, "t")),
        record({"t": {"enum": ["a", "b"]}}, "t"),
    ),
    "all of several": (
        both({"minimum": 0}, {"maximum": 9}),
        {**INTEGER, "minimum": 2, "maximum": 3},
    ),
    "a part of all of several": (
        record({"a": INTEGER}, "a"),
        both(record({"a": INTEGER}, "a"), record({"b": TEXT}, "b")),
    ),
    "not what is apart": ({"not": TEXT}, INTEGER),
    "twice not": ({"not": {"not": NUMBER}}, INTEGER),
    "not a smaller one": ({"not": {"const": 3}}, {**INTEGER, "minimum": 4}),
    # conditions
    "then holds where it is asked": (
        {"if": {"minimum": 10}, "then": {"multipleOf": 10}},
        {**INTEGER, "minimum": 10, "multipleOf": 20},
    ),
    "a condition that is never met": (
        {"if": TEXT, "then": {"minLength": 3}},
        {"type": ["integer", "null"]},
    ),
    "else holds elsewhere": (
        {"if": TEXT, "else": NUMBER},
        {"type": ["string", "integer"]},
    ),
    "a condition between properties": (
        {
            "if": record({"t": {"const": "a"}}, "t"),
            "then": {"required": ["x"]},
        },
        record({"t": {"const": "a"}, "x": INTEGER}, "t", "x"),
    ),
    # objects
    "more is required": (record({}, "a"), record({}, "a", "b")),
    "properties are narrower": (record({"a": NUMBER}), record({"a": INTEGER})),
    "closed within open": (
        record({"a": INTEGER}),
        record({"a": INTEGER}, additionalProperties=False),
    ),
    "fewer declared in a closed one": (
        record({"a": INTEGER, "b": TEXT}, additionalProperties=False),
        record({"a": INTEGER}, additionalProperties=False),
    ),
    "additional ones are narrower": (
        {**OBJECT, "additionalProperties": NUMBER},
        record({"a": INTEGER}, additionalProperties=INTEGER),
    ),
    "declared as the pattern says": (
        {**OBJECT, "patternProperties": {"^x_": TEXT}},
        record({"x_a": TEXT}, additionalProperties=False),
    ),
    "a narrower pattern of names": (
        {**OBJECT, "patternProperties": {"^[a-z]+$": NUMBER}, "additionalProperties": False},
        {**OBJECT, "patternProperties": {"^[ab]+$": INTEGER}, "additionalProperties": False},
    ),
    "names that a pattern closes": (
        {**OBJECT, "additionalProperties": INTEGER},
        {**OBJECT, "propertyNames": {"pattern": "^x"}, "patternProperties": {"^x": INTEGER}},
    ),
    "shorter names": (
        {"propertyNames": {"maxLength": 5}},
        {**OBJECT, "propertyNames": {"maxLength": 3}},
    ),
    "declared names are short": (
        {"propertyNames": {"maxLength": 2}},
        record({"a": {}, "bc": {}}, additionalProperties=False),
    ),
    "names that are listed": (
        record({"a": INTEGER}, additionalProperties=INTEGER),
        {**OBJECT, "propertyNames": {"enum": ["a", "b"]}, "additionalProperties": INTEGER},
    ),
    "what is required counts": ({"minProperties": 2}, record({}, "a", "b", "c")),
    "fewer declared than the most": (
        {**OBJECT, "maxProperties": 2},
        record({"a": {}, "b": {}}, additionalProperties=False),
    ),
    "fewer at most": ({"maxProperties": 4}, {**OBJECT, "maxProperties": 3}),
    "a dependency on what is always there": (
        {"dependentRequired": {"a": ["b"]}},
        record({}, "b"),
    ),
    "a dependency of what is never there": (
        {"dependentRequired": {"a": ["b"]}},
        record({"c": {}}, additionalProperties=False),
    ),
    "a chain of dependencies": (
        {"dependentRequired": {"a": ["c"]}},
        {**OBJECT, "dependentRequired": {"a": ["b"], "b": ["c"]}},
    ),
    "a dependent schema that always holds": (
        {"dependentSchemas": {"a": record({"b": NUMBER})}},
        record({"a": {}, "b": INTEGER}),
    ),
    "nothing unevaluated": (
        record({"a": INTEGER, "b": TEXT}, unevaluatedProperties=False),
        record({"a": INTEGER}, additionalProperties=False),
    ),
    "nothing unevaluated beside two branches": (
        record({"a": NUMBER, "b": TEXT}),
        both(record({"a": INTEGER}), record({"b": TEXT}), unevaluatedProperties=False),
    ),
    "two branches evaluate what is declared": (
        both(record({"a": NUMBER}), record({"b": TEXT}), unevaluatedProperties=False),
        record({"a": INTEGER, "b": TEXT}, additionalProperties=False),
    ),
    # arrays
    "items are narrower": (array(NUMBER), array(INTEGER)),
    "lengths within": (
        {**ARRAY, "minItems": 1, "maxItems": 5},
        {**ARRAY, "minItems": 2, "maxItems": 3},
    ),
    "a tuple is a list": (
        array(NUMBER),
        array(False, prefixItems=[INTEGER, NUMBER]),
    ),
    "a longer tuple": (
        {"prefixItems": [NUMBER]},
        {**ARRAY, "prefixItems": [INTEGER, TEXT]},
    ),
    "no item is anything": (array(TEXT), array(INTEGER, maxItems=0)),
    "contains what all items are": ({"contains": NUMBER}, array(INTEGER, minItems=1)),
    "contains what is contained": (
        {"contains": NUMBER},
        {**ARRAY, "contains": INTEGER, "minContains": 2},
    ),
    "contains the first": (
        {"contains": {"const": 1}},
        {**ARRAY, "prefixItems": [{"const": 1}], "minItems": 1},
    ),
    "contains at most as many as there are": (
        {**ARRAY, "contains": INTEGER, "minContains": 0, "maxContains": 3},
        {**ARRAY, "maxItems": 3},
    ),
    "contains at most what never is": (
        {**ARRAY, "contains": TEXT, "minContains": 0, "maxContains": 1},
        array(INTEGER),
    ),
    "unique within any": (array(NUMBER), array(NUMBER, uniqueItems=True)),
    "one item is unique": ({"uniqueItems": True}, {**ARRAY, "maxItems": 1}),
    "a tuple of different constants is unique": (
        {"uniqueItems": True},
        array(False, prefixItems=[{"const": 1}, {"const": 2}]),
    ),
    "unique members are no more than the enum": (
        {"maxItems": 2},
        array({"enum": ["a", "b"]}, uniqueItems=True),
    ),
    "no unevaluated items": (
        {"prefixItems": [NUMBER, NUMBER], "unevaluatedItems": False},
        array(False, prefixItems=[INTEGER]),
    ),
    # texts
    "lengths of texts within": (text(minLength=1), text(minLength=2, maxLength=3)),
    "a narrower pattern": (text(pattern="^[a-z]+$"), text(pattern="^[a-f]{3,5}$")),
    "a pattern of another": (text(pattern="b"), text(pattern="^a+b+c+$")),
    "a pattern by length": (text(maxLength=4), text(pattern="^[a-z]{2}(-[A-Z])?$")),
    "patterns of both ends": (
        text(pattern="^a.*z$"),
        both(text(pattern="^a"), text(pattern="z$"), text(pattern="^[a-z]{2,}$")),
    ),
    "alternatives of a pattern": (text(pattern="^(cat|dog|cow)$"), text(pattern="^(c(at|ow))$")),
    "members that match": (text(pattern="^[ab]+$"), {"enum": ["a", "ab", "bb"]}),
    "a pattern within an enum": ({"enum": ["a", "b", "c"]}, text(pattern="^[ab]$")),
    "a uuid has 36 characters": (text(maxLength=36), text(format="uuid")),
    "a uuid is hexadecimal": (text(pattern="^[0-9a-fA-F-]+$"), text(format="uuid")),
    "a date has ten characters": (text(minLength=10, maxLength=10), text(format="date")),
    "a date and its pattern": (text(format="date"), text(format="date", pattern="^2")),
    "an address is a text": (text(maxLength=15), text(format="ipv4")),
    # references
    "trees of integers are trees of numbers": (tree(NUMBER), tree(INTEGER)),
    "the same tree by another name": (tree(INTEGER, "node"), tree(INTEGER, "tree")),
    "closed trees": (tree(NUMBER), tree(INTEGER, additionalProperties=False)),
    "chains": (
        {"$ref": "#/$defs/node", **chain(NUMBER)},
        {"$ref": "#/$defs/node", **chain(INTEGER)},
    ),
    "mutual recursion": (mutual(NUMBER, NUMBER), mutual(INTEGER, NUMBER)),
    "mutual recursion is recursion": (
        {
            "$ref": "#/$defs/n",
            "$defs": {"n": record({"value": NUMBER, "next": {"$ref": "#/$defs/n"}}, "value")},
        },
        mutual(INTEGER, NUMBER),
    ),
    "recursion to the root": (
        record({"a": NUMBER, "sub": {"$ref": "#"}}),
        record({"a": INTEGER, "sub": {"$ref": "#"}}),
    ),
    "one level more": (
        record({"sub": {"$ref": "#"}}),
        record({"sub": record({"sub": {"$ref": "#"}})}),
    ),
    "a reference is what it means": (
        record({"a": INTEGER}),
        {"$ref": "#/$defs/a", "$defs": {"a": record({"a": INTEGER})}},
    ),
    # nullable, models, adapters
    "what isn't null is nullable": (either(INTEGER, NULL), INTEGER),
    "a type list is a union with null": (either(INTEGER, NULL), {"type": ["integer", "null"]}),
    "a discriminated union has one more branch": (TypeAdapter(Animal), TypeAdapter(Pet)),
    "a branch is widened": (TypeAdapter(OlderPet), TypeAdapter(Pet)),
    "one model of a discriminated union": (TypeAdapter(Pet), Cat),
    "a recursive model": (Named, Person),
    "a recursive model within itself": (TypeAdapter(list[Person]), TypeAdapter(list[Person])),
    "adapters": (TypeAdapter(list[int | str]), TypeAdapter(list[int])),
    "dictionaries": (TypeAdapter(dict[str, float]), TypeAdapter(dict[str, int])),
    "tuples": (TypeAdapter(list[float]), TypeAdapter(tuple[int, float])),
    "decimals with fewer digits": (Amount, Price),
    "an optional field": (
        Event,
        record({"day": text(format="date")}, "day", additionalProperties=False),
    ),
    # harder ones
    "documents of any depth": (document(NUMBER, TEXT, NULL), document(INTEGER, NULL)),
    "recursion unrolled by one level": (tree(NUMBER), unrolled(NUMBER)),
    "recursion rolled up again": (unrolled(NUMBER), tree(NUMBER)),
    "exactly one of two that recur": (
        one({"$ref": "#/$defs/node"}, NULL, **chain(NUMBER, one)),
        either({"$ref": "#/$defs/node"}, NULL, **chain(INTEGER, either)),
    ),
    "anchors of dynamic references": (
        {"$dynamicAnchor": "n", **record({"v": NUMBER, "n": {"$dynamicRef": "#n"}})},
        {"$dynamicAnchor": "n", **record({"v": INTEGER, "n": {"$dynamicRef": "#n"}})},
    ),
    "a condition is a union": (
        either(
            record({"t": {"const": "a"}}, "t", "x"), {"not": record({"t": {"const": "a"}}, "t")}
        ),
        {"if": record({"t": {"const": "a"}}, "t"), "then": {"required": ["x"]}},
    ),
    "a union keeps all conditions": (
        both(
            {"if": record({"t": {"const": "a"}}, "t"), "then": {"required": ["x"]}},
            {"if": record({"t": {"const": "b"}}, "t"), "then": {"required": ["y"]}},
        ),
        one(record({"t": {"const": "a"}}, "t", "x"), record({"t": {"const": "b"}}, "t", "y")),
    ),
    "a property of two types": (
        either(record({"a": INTEGER}, "a"), record({"a": TEXT}, "a")),
        record({"a": {"type": ["integer", "string"]}}, "a"),
    ),
    "there or not": (either({"required": ["a"]}, {"not": {"required": ["a"]}}), OBJECT),
    "never there": ({"not": {"required": ["a"]}}, {**OBJECT, "properties": {"a": False}}),
    "lists of either": (array(either(INTEGER, TEXT)), either(array(INTEGER), array(TEXT))),
    "short or long lists": (either({"maxItems": 3}, {"minItems": 4}), ARRAY),
    "short or long texts": (either(text(maxLength=3), text(minLength=4)), TEXT),
    "two patterns cover a third": (
        either(text(pattern="^a"), text(pattern="^b"), NULL),
        text(pattern="^[ab]"),
    ),
    "two patterns hold at once": (
        {**OBJECT, "patternProperties": {"^ab": {"minimum": 0, "maximum": 5}}},
        {
            **OBJECT,
            "patternProperties": {"^a": {**INTEGER, "minimum": 0}, "b": {"maximum": 5}},
        },
    ),
    "names of a pattern": (
        {"propertyNames": {"pattern": "^[a-z]+$"}},
        record({"zz": {}}, patternProperties={"^[ab]+$": {}}, additionalProperties=False),
    ),
    "not of a pattern": (text(**{"not": {"pattern": "^x"}}), text(pattern="^[a-c]+$")),
    "a look-ahead": (text(pattern="^(?!x)"), text(pattern="^[a-c]")),
    "without a look-ahead": (
        text(**{"not": {"pattern": "^(?=.*b)a"}}),
        text(pattern="^a[ac]*$"),
    ),
    "a format that nobody knows": (text(format="colour"), TEXT),
    "a format that nobody knows, or null": (
        either(text(format="colour"), NULL),
        {"type": ["string", "null"]},
    ),
    "a format by its pattern": (text(format="date"), text(pattern="^20[0-9]{2}-01-1[0-9]$")),
    "an address by its pattern": (text(format="ipv4"), text(pattern=r"^10\.0\.0\.[1-9]$")),
    "a uuid by its pattern": (
        text(format="uuid"),
        text(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    ),
    "a pointer by its pattern": (text(format="json-pointer"), text(pattern="^(/[a-z]+)*$")),
    "an e-mail is three characters": (text(minLength=3), text(format="email")),
    "what is contained after the first": (
        {"contains": {"const": 1}},
        {**ARRAY, "prefixItems": [TEXT, {"const": 1}], "minItems": 2},
    ),
    "one text before numbers": (
        {"contains": TEXT, "maxContains": 1},
        array(INTEGER, prefixItems=[TEXT], minItems=1),
    ),
    "fewer of more are contained": (
        {"contains": INTEGER, "minContains": 0, "maxContains": 3},
        {**ARRAY, "contains": NUMBER, "minContains": 0, "maxContains": 2},
    ),
    "five integers": (
        {"maxItems": 5},
        array({**INTEGER, "minimum": 1, "maximum": 5}, uniqueItems=True),
    ),
    "three types are different": (
        {"uniqueItems": True},
        array(False, prefixItems=[INTEGER, TEXT, NULL]),
    ),
    "nothing unevaluated by a condition": (
        {"propertyNames": {"enum": ["a", "b"]}},
        {
            **OBJECT,
            "properties": {"a": TEXT},
            "if": {"required": ["a"]},
            "then": {"properties": {"b": INTEGER}},
            "unevaluatedProperties": False,
        },
    ),
    "items that contains evaluates": (
        {**ARRAY, "contains": INTEGER, "unevaluatedItems": False},
        array(INTEGER, minItems=1),
    ),
    "steps within bounds are listed": (
        {"enum": [0, 0.5, 1]},
        {**NUMBER, "minimum": 0, "maximum": 1, "multipleOf": 0.5},
    ),
}

NO: dict[str, tuple[Any, Any]] = {
    # numbers
    "numbers aren't integers": (INTEGER, NUMBER),
    "0 isn't above 0": ({"exclusiveMinimum": 0}, {**INTEGER, "minimum": 0}),
    "between 9 and 10": ({"maximum": 9}, {**NUMBER, "exclusiveMaximum": 10}),
    "multiples of 3 aren't multiples of 6": ({"multipleOf": 6}, {**INTEGER, "multipleOf": 3}),
    "a hole between intervals": (
        either({"maximum": 5}, {"minimum": 6}),
        {**NUMBER, "minimum": 0, "maximum": 10},
    ),
    "one integer in a hole": (
        {"not": {"const": 77}},
        {**INTEGER, "minimum": 0, "maximum": 1000},
    ),
    "a range has one more": ({"enum": [1, 2, 3]}, {**INTEGER, "minimum": 1, "maximum": 4}),
    "a rare multiple": ({"not": {"multipleOf": 997}}, {**INTEGER, "minimum": 1}),
    # enum, const, types
    "a member more": ({"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}),
    "true isn't 1": ({"const": 1}, {"enum": [1, True]}),
    "a type more": ({"type": ["string", "null"]}, {"type": ["string", "null", "integer"]}),
    "not anything": ({"type": ["null", "boolean", "number", "string", "array"]}, {}),
    "nothing holds nothing": (False, {"const": None}),
    # unions
    "a branch is missing": (either(TEXT, INTEGER), either(TEXT, INTEGER, NULL)),
    "two branches fit": (one({"minimum": 0}, {"maximum": 0}), NUMBER),
    "exactly one excludes the other": (
        one(INTEGER, {**NUMBER, "minimum": 5}),
        {**INTEGER, "minimum": 3},
    ),
    "a tag more": (
        either(record({"t": {"const": "a"}}, "t"), record({"t": {"const": "b"}}, "t")),
        record({"t": {"enum": ["a", "b", "c"]}}, "t"),
    ),
    "a branch is narrower": (
        one(record({"t": {"const": "a"}, "x": INTEGER}, "t"), record({"t": {"const": "b"}}, "t")),
        one(record({"t": {"const": "a"}, "x": NUMBER}, "t"), record({"t": {"const": "b"}}, "t")),
    ),
    "one of all isn't met": (both({"minimum": 0}, {"maximum": 9}), {**INTEGER, "minimum": 0}),
    "what is excluded": ({"not": INTEGER}, NUMBER),
    "an object that is excluded": ({"not": record({}, "a")}, record({"a": INTEGER})),
    # conditions
    "then isn't held": ({"if": {"minimum": 10}, "then": {"multipleOf": 10}}, INTEGER),
    "else isn't held": ({"if": TEXT, "else": NUMBER}, {"type": ["string", "boolean"]}),
    "a condition between properties is broken": (
        {"if": record({"t": {"const": "a"}}, "t"), "then": {"required": ["x"]}},
        record({"t": {"enum": ["a", "b"]}, "x": INTEGER}, "t"),
    ),
    # objects
    "less is required": (record({}, "a", "b"), record({}, "a")),
    "a property is wider": (record({"a": INTEGER}), record({"a": NUMBER})),
    "open within closed": (record({"a": {}}, additionalProperties=False), record({"a": {}})),
    "undeclared may be anything": (record({"a": INTEGER}), record({"b": TEXT})),
    "an additional one is wider": (
        {**OBJECT, "additionalProperties": INTEGER},
        {**OBJECT, "additionalProperties": NUMBER},
    ),
    "a name of the pattern": (
        {**OBJECT, "patternProperties": {"^x_": TEXT}},
        record({"x_a": INTEGER}),
    ),
    "two patterns meet": (
        {**OBJECT, "patternProperties": {"^a": INTEGER}},
        {**OBJECT, "patternProperties": {"z$": TEXT}},
    ),
    "longer names": (
        {"propertyNames": {"maxLength": 3}},
        {**OBJECT, "propertyNames": {"maxLength": 5}},
    ),
    "too few": ({"minProperties": 3}, record({}, "a", "b")),
    "too many": ({"maxProperties": 2}, record({"a": {}}, "b")),
    "a dependency isn't met": (
        {"dependentRequired": {"a": ["b"]}},
        record({"a": INTEGER, "b": INTEGER}),
    ),
    "a dependent schema isn't met": (
        {"dependentSchemas": {"a": record({"b": INTEGER})}},
        record({"a": {}, "b": NUMBER}),
    ),
    "something unevaluated": (
        both(record({"a": {}}), record({"b": {}}), unevaluatedProperties=False),
        record({"a": {}, "b": {}, "c": {}}),
    ),
    # arrays
    "an item is wider": (array(INTEGER), array(NUMBER)),
    "too short": ({**ARRAY, "minItems": 2}, {**ARRAY, "minItems": 1}),
    "too long": (array(False, prefixItems=[INTEGER, INTEGER]), array(INTEGER)),
    "the second isn't": (
        {"prefixItems": [NUMBER, TEXT]},
        {**ARRAY, "prefixItems": [INTEGER, INTEGER]},
    ),
    "an empty list contains nothing": ({"contains": NUMBER}, array(INTEGER)),
    "contains too few": (
        {"contains": INTEGER, "minContains": 3},
        {**ARRAY, "contains": INTEGER, "minContains": 2},
    ),
    "contains too many": (
        {"contains": INTEGER, "minContains": 0, "maxContains": 2},
        array(INTEGER),
    ),
    "an item twice": (array(NUMBER, uniqueItems=True), array(INTEGER, minItems=2)),
    "an item twice of a few": ({"uniqueItems": True}, array({"enum": ["a", "b"]}, minItems=2)),
    "an unevaluated item": (
        {"prefixItems": [NUMBER], "unevaluatedItems": False},
        {**ARRAY, "prefixItems": [INTEGER, TEXT]},
    ),
    # texts
    "texts are longer": (text(maxLength=3), text(maxLength=4)),
    "a wider pattern": (text(pattern="^[a-f]+$"), text(pattern="^[a-z]{12}$")),
    "one text of a pattern": (text(pattern="^(?!secret$)"), text(pattern="^[a-z]{6}$")),
    "patterns that differ in one character": (
        text(pattern=r"^v\d+\.\d+$"),
        text(pattern=r"^v\d+\.\d*$"),
    ),
    "a pattern and its length": (text(maxLength=9), text(pattern="^[a-z]{2}(-[A-Z]{4}){0,2}$")),
    "a uuid doesn't have 35": (text(maxLength=35), text(format="uuid")),
    "a text is no uuid": (text(format="uuid"), TEXT),
    "a date is no time": (text(format="date-time"), text(format="date")),
    "a time is no date": (text(format="date"), text(format="date-time")),
    "an address of six bytes": (text(format="ipv4"), text(format="ipv6")),
    "not all addresses": (text(pattern="com$"), text(format="email")),
    # references
    "trees of numbers aren't trees of integers": (tree(INTEGER), tree(NUMBER)),
    "open trees": (tree(INTEGER, additionalProperties=False), tree(INTEGER)),
    "chains of numbers": (
        {"$ref": "#/$defs/node", **chain(INTEGER)},
        {"$ref": "#/$defs/node", **chain(NUMBER)},
    ),
    "the second in mutual recursion": (mutual(INTEGER, INTEGER), mutual(INTEGER, NUMBER)),
    "deep in recursion": (
        record({"sub": record({"sub": record({"sub": False})})}),
        record({"sub": {"$ref": "#"}}),
    ),
    # nullable, models, adapters
    "null isn't an integer": (INTEGER, either(INTEGER, NULL)),
    "a discriminated union has one less": (TypeAdapter(Pet), TypeAdapter(Animal)),
    "a branch is narrowed": (TypeAdapter(Pet), TypeAdapter(OlderPet)),
    "a recursive model has more": (Person, Named),
    "an adapter of more": (TypeAdapter(list[int]), TypeAdapter(list[int | str])),
    "dictionaries of floats": (TypeAdapter(dict[str, int]), TypeAdapter(dict[str, float])),
    "a tuple is shorter": (TypeAdapter(tuple[int, int]), TypeAdapter(tuple[int])),
    "decimals with more digits": (Price, Amount),
    "a field that isn't null": (record({"note": TEXT}), Event),
    # harder ones
    "documents with booleans": (document(TEXT, NULL), document(TEXT, NULL, {"type": "boolean"})),
    "narrower at the second level": (unrolled(NUMBER, INTEGER), tree(NUMBER)),
    "narrower at the fourth level": (
        record({"n": record({"n": record({"n": record({"v": INTEGER})})})}),
        record({"v": NUMBER, "n": {"$ref": "#"}}),
    ),
    "lists in lists": (
        array(array(array(array({**ARRAY, "maxItems": 0})))),
        array({"$ref": "#"}),
    ),
    "a rare number in recursion": (
        record({"v": {"not": {"const": 123456789}}, "n": {"$ref": "#"}}),
        record({"v": INTEGER, "n": {"$ref": "#"}}),
    ),
    "a rare combination": (
        {"not": record({"a": {"const": 1}, "b": {"const": 2}}, "a", "b")},
        record({"a": INTEGER, "b": INTEGER}),
    ),
    "one text of a property": (
        record({"a": text(pattern="^(?!secret$)")}),
        record({"a": text(pattern="^[a-z]{6}$")}),
    ),
    "one name of many": (
        {"propertyNames": {"pattern": "^[a-y]{8}$"}},
        {**OBJECT, "propertyNames": {"pattern": "^[a-y]{7}[a-z]$"}},
    ),
    "a text of a thousand": (text(maxLength=1000), TEXT),
    "a thousand items": ({"maxItems": 1000}, ARRAY),
    "a hundred properties": ({"maxProperties": 100}, OBJECT),
    "a uuid may be in capitals": (text(pattern="^[0-9a-f-]+$"), text(format="uuid")),
    "days that no month has": (text(format="date"), text(pattern=r"^[12]\d{3}-\d\d-\d\d$")),
    "an undeclared key of a listed object": (
        {"enum": [{"a": 1}, {"a": 2}]},
        record({"a": {"enum": [1, 2]}}, "a"),
    ),
    "two branches of objects": (
        one(record({"a": {}}, "a"), record({"b": {}}, "b")),
        record({"a": {}, "b": {}}, "a"),
    ),
    "lists of both": (either(array(INTEGER), array(TEXT)), array(either(INTEGER, TEXT))),
    "not by a condition": (
        record({"a": {}}, additionalProperties=False),
        {
            **OBJECT,
            "properties": {"a": TEXT},
            "if": {"required": ["a"]},
            "then": {"properties": {"b": INTEGER}},
            "unevaluatedProperties": False,
        },
    ),
    "the least step more": ({"maximum": 0.1}, {**NUMBER, "maximum": 0.1000001}),
    "one more than a machine counts": ({"maximum": 2**63 - 1}, INTEGER),
}


@cache
def reference(name: str) -> tuple[Any, Any]:
    """How jsonschema judges the outer and the inner schema of a pair."""
    outer, inner = (
        Draft202012Validator(json_schema(each), format_checker=CHECKER) for each in NO[name]
    )
    return outer.is_valid, inner.is_valid


@pytest.mark.parametrize("name", YES)
def test_every_instance_of_one_is_one_of_the_other(name: str) -> None:
    outer, inner = YES[name]
    assert contains(outer, inner).answer == "yes"


@pytest.mark.parametrize("name", NO)
def test_a_no_has_a_witness_for_both_validators(name: str) -> None:
    outer, inner = NO[name]
    found = contains(outer, inner)
    assert found.answer == "no"
    assert compile(inner).accepts(found.witness)
    assert not compile(outer).accepts(found.witness)
    takes, emits = reference(name)
    assert emits(found.witness)
    assert not takes(found.witness)


@pytest.mark.parametrize("name", YES)
def test_a_yes_agrees_with_random_instances(name: str) -> None:
    """With 1,000 of every pair whose inner schema has any."""
    outer, inner = YES[name]
    try:
        values = list(islice(sample(inner, 7), 1_000))
    except SchemaError:
        assert contains(False, inner).answer == "yes"
        return
    accepts = compile(outer).accepts
    assert [each for each in values if not accepts(each)] == []


@pytest.mark.parametrize("name", [*YES][::5])
def test_a_schema_contains_the_values_that_it_accepts(name: str) -> None:
    """By random instances of the inner schema and the edges of the outer one."""
    outer, inner = (json_schema(each) for each in YES[name])
    edges = [case.value for case in boundary(outer)][:30]
    values = [*islice(sample(inner, 3), 20), *edges]
    answers = [contains(outer, {"const": each}).answer for each in values]
    accepts = compile(outer).accepts
    assert answers == ["yes" if accepts(each) else "no" for each in values]


def test_the_time_is_kept() -> None:
    """No answer becomes another one for want of time, but for unknown."""
    for answer, pairs in (("yes", YES), ("no", NO)):
        for outer, inner in pairs.values():
            began = time.thread_time()
            assert contains(outer, inner, seconds=0.01).answer in (answer, "unknown")
            assert time.thread_time() - began < 2


def sides(pair: tuple[Any, Any]) -> tuple[Side, Side]:
    outer, inner = (Side.of_root(canonical(json_schema(each))) for each in pair)
    return outer, inner


def is_proven(pair: tuple[Any, Any]) -> bool:
    try:
        return proof.proven(*sides(pair), time.monotonic() + 5)
    except proof.Unproven:
        return False


@pytest.fixture
def without_algebra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs by structure alone, but for the leaves."""
    covers = proof._covers
    inner_nodes = (rs.ObjectView, rs.ArrayView, rs.StringView, rs.AnyOfView, rs.OneOfView)

    def of_leaves(outer: Side, inner: Side) -> bool:
        views = outer.form.view(), inner.form.view()
        return not any(isinstance(each, inner_nodes) for each in views) and covers(outer, inner)

    monkeypatch.setattr(proof, "_covers", of_leaves)


@pytest.mark.usefixtures("without_algebra")
def test_structure_alone_proves_nothing_wrong() -> None:
    assert [name for name, pair in NO.items() if is_proven(pair)] == []
    assert [name for name, pair in YES.items() if is_proven(pair[::-1]) and not is_yes(pair)] == []


@pytest.mark.usefixtures("without_algebra")
def test_structure_alone_proves_most() -> None:
    proven = [name for name, pair in YES.items() if is_proven(pair)]
    assert len(proven) > 0.6 * len(YES)


def is_yes(pair: tuple[Any, Any]) -> bool:
    """Whether the outer schema is within the inner one as well."""
    return contains(*pair[::-1]).answer == "yes"


DRAFT_7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
AGAIN = r"^(a|b)\1$"
"""No regular language."""

UNDECIDED = {
    "formats of another draft",
    "not of a format",
    "what is no regular language",
    "no regular language in a list",
    "closed names of no regular language",
}
"""What is unknown so far, and may be."""

ODD: dict[str, tuple[Any, Any, str]] = {
    "a cycle of references admits all": (
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}},
        tree(INTEGER),
        "yes",
    ),
    "all of two that recur": (
        both({"$ref": "#/$defs/tree"}, record({"x": NUMBER}), **tree_defs(NUMBER)),
        both({"$ref": "#/$defs/tree"}, record({"x": INTEGER}), **tree_defs(INTEGER)),
        "yes",
    ),
    "one of two that recur": (
        one({"$ref": "#/$defs/tree"}, array({"$ref": "#/$defs/tree"}), **tree_defs(NUMBER)),
        {"$ref": "#/$defs/tree", **tree_defs(INTEGER)},
        "yes",
    ),
    "one of two that recur, of which both may fit": (
        one({"$ref": "#/$defs/tree"}, record({"x": {"$ref": "#/$defs/tree"}}), **tree_defs(NUMBER)),
        {"$ref": "#/$defs/tree", **tree_defs(INTEGER)},
        "no",
    ),
    "formats of another draft": (
        {**DRAFT_7, **text(format="date", minLength=1)},
        text(format="date", minLength=2),
        "yes",
    ),
    "not of a format": (
        array(text(**{"not": {"format": "date"}})),
        array(text(pattern="^x")),
        "yes",
    ),
    "what is no regular language": (text(pattern="^..$"), text(pattern=AGAIN), "yes"),
    "no regular language in a list": ({"enum": ["aa", "bb"]}, text(pattern=AGAIN), "yes"),
    "names of no regular language": (
        {**OBJECT, "patternProperties": {AGAIN: NUMBER}},
        {**OBJECT, "patternProperties": {"^..$": INTEGER}, "additionalProperties": INTEGER},
        "yes",
    ),
    "closed names of no regular language": (
        {**OBJECT, "additionalProperties": tree_of(NUMBER)},
        {
            **OBJECT,
            "propertyNames": {"pattern": AGAIN},
            "patternProperties": {AGAIN: tree_of(INTEGER), "^a": tree_of(INTEGER)},
        },
        "yes",
    ),
    "recursive values of no keys": (
        {**OBJECT, "patternProperties": {"^a": tree_of(NUMBER)}},
        {**OBJECT, "patternProperties": {"^a": tree_of(INTEGER), "^b": False}},
        "yes",
    ),
    "recursive values of short names": (
        {**OBJECT, "propertyNames": {"maxLength": 3}, "additionalProperties": tree_of(NUMBER)},
        record({"abc": tree_of(INTEGER)}, additionalProperties=False),
        "yes",
    ),
    "recursive values of long names": (
        {**OBJECT, "propertyNames": {"maxLength": 2}, "additionalProperties": tree_of(NUMBER)},
        record({"abc": tree_of(INTEGER)}, additionalProperties=False),
        "no",
    ),
    "recursive values of any names": (
        {**OBJECT, "propertyNames": {"maxLength": 2}},
        {**OBJECT, "additionalProperties": tree_of(INTEGER)},
        "no",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_right_or_unknown(name: str) -> None:
    outer, inner, expected = ODD[name]
    found = contains(outer, inner)
    assert found.answer == ("unknown" if name in UNDECIDED else expected)


@pytest.mark.usefixtures("without_algebra")
@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_is_not_proven_wrongly(name: str) -> None:
    outer, inner, expected = ODD[name]
    assert expected == "yes" or not is_proven((outer, inner))
    assert not is_proven((inner, outer)) or contains(inner, outer).answer != "no"


def test_a_proof_has_its_time() -> None:
    outer, inner = sides(YES["documents of any depth"])
    with pytest.raises(proof.Unproven):
        proof.proven(outer, inner, time.thread_time() - 1)


def test_what_leads_outside_is_retrieved() -> None:
    found = contains(
        {"$ref": "https://example.com/x"}, NUMBER, retrieve=lambda uri: {"type": "integer"}
    )
    assert found.answer == "no"
    with pytest.raises(SchemaError, match="leads outside"):
        contains({"$ref": "https://example.com/x"}, NUMBER)


def test_a_dialect_is_for_both() -> None:
    outer = {"minimum": 1, "exclusiveMinimum": True}
    inner = {"type": "integer", "minimum": 2, "exclusiveMinimum": False}
    assert contains(outer, inner, dialect="openapi-3.0").answer == "yes"
