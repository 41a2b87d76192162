"""Is every instance of one schema one of another? Pairs whose answers are known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Annotated, Any, Literal

import jsonschema_rs
import pytest
from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from pydantic import BaseModel, Field, TypeAdapter

from stagepact.schema import SchemaError, contains, json_schema, sample

INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
OBJECT = {"type": "object"}
ARRAY = {"type": "array"}
NULL = {"type": "null"}
CHECKER = FormatChecker(["date", "email", "ipv4", "ipv6", "regex"])


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


def chain(value: Any) -> Any:
    after = either({"$ref": "#/$defs/node"}, NULL)
    return {
        "$ref": "#/$defs/node",
        "$defs": {"node": record({"value": value, "next": after}, "value", "next")},
    }


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
    "an integer range is an enum": ({"enum": [1, 2, 3, 4]}, {**INTEGER, "minimum": 1, "maximum": 3}),
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
    "all of several": (both({"minimum": 0}, {"maximum": 9}), {**INTEGER, "minimum": 2, "maximum": 3}),
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
    "closed within open": (record({"a": INTEGER}), record({"a": INTEGER}, additionalProperties=False)),
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
    "shorter names": ({"propertyNames": {"maxLength": 5}}, {**OBJECT, "propertyNames": {"maxLength": 3}}),
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
    "contains the first": ({"contains": {"const": 1}}, {**ARRAY, "prefixItems": [{"const": 1}], "minItems": 1}),
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
    "chains": (chain(NUMBER), chain(INTEGER)),
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
    "an optional field": (Event, record({"day": text(format="date")}, "day", additionalProperties=False)),
}  # fmt: skip

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
    "longer names": ({"propertyNames": {"maxLength": 3}}, {**OBJECT, "propertyNames": {"maxLength": 5}}),
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
    "chains of numbers": (chain(INTEGER), chain(NUMBER)),
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
}  # fmt: skip
