"""Hostile schemas get a clear answer, soon and within little memory: values, or what to do."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from stagepact.schema import (
    SchemaError,
    boundary,
    compile,
    contains,
    from_schema,
    mutations,
    sample,
)

pytestmark = pytest.mark.untraced

SECONDS = 5
MEGABYTES = 512


def deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


def holding_itself() -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    schema["properties"] = {"a": schema}
    return schema


HOSTILE: dict[str, Callable[[], Any]] = {
    "deep": lambda: deep(10_000),
    "at the limit of depth": lambda: deep(85),
    "holds itself": holding_itself,
    "its own reference": lambda: {"$ref": "#"},
    "no base case": lambda: {
        "$ref": "#/$defs/a",
        "$defs": {
            "a": {"type": "object", "properties": {"b": {"$ref": "#/$defs/b"}}, "required": ["b"]},
            "b": {"type": "array", "items": {"$ref": "#/$defs/a"}, "minItems": 1},
        },
    },
    "optional without end": lambda: {
        "$ref": "#/$defs/a",
        "$defs": {
            "a": {
                "type": "object",
                "properties": {name: {"$ref": "#/$defs/a"} for name in "abcdefghij"},
            }
        },
    },
    "catastrophic pattern": lambda: {"type": "string", "pattern": "^(a+)+$"},
    "catastrophic pattern with a long text": lambda: {
        "type": "string",
        "pattern": "^(([a-z])+.)+[A-Z]([a-z])+$",
        "minLength": 100,
    },
    "pattern of huge counts": lambda: {"type": "string", "pattern": "^(a{1,1000}){1,1000}$"},
    "backreference": lambda: {"type": "string", "pattern": r"^(a|b)\1$"},
    "huge minItems": lambda: {"type": "array", "minItems": 10**9},
    "huge minItems of one": lambda: {"type": "array", "items": {"const": 1}, "minItems": 10**9},
    "huge minLength": lambda: {"type": "string", "minLength": 10**9},
    "huge minLength with a pattern": lambda: {
        "type": "string",
        "pattern": "^a*$",
        "minLength": 10**9,
    },
    "huge minProperties": lambda: {"type": "object", "minProperties": 10**9},
    "huge minContains": lambda: {"type": "array", "contains": {"const": 1}, "minContains": 10**9},
    "huge maxima": lambda: {"type": "array", "maxItems": 10**30, "items": {"maxLength": 10**30}},
    "tiny multipleOf": lambda: {"type": "number", "multipleOf": 1e-300},
    "tiny multipleOf within bounds": lambda: {"multipleOf": 1e-300, "minimum": 1, "maximum": 2},
    "huge multipleOf": lambda: {"type": "integer", "multipleOf": 10**300},
    "surrogate in const": lambda: {"const": "\ud800"},
    "surrogate in enum": lambda: {"enum": ["\udfff", 1]},
    "surrogate in pattern": lambda: {"type": "string", "pattern": "^\ud800$"},
    "surrogate in a name": lambda: {"properties": {"\ud800": {"type": "null"}}},
    "NUL": lambda: {
        "properties": {"\0": {"const": "\0"}, "b": {"enum": ["\0", "a"]}, "c": {"pattern": "^\0$"}},
        "required": ["\0", "b"],
        "type": "object",
    },
    "large enum": lambda: {"enum": [f"{at:0>100}" for at in range(10_000)]},
    "large oneOf": lambda: {"oneOf": [{"const": at} for at in range(1_000)]},
    "large oneOf of objects": lambda: {
        "oneOf": [
            {"type": "object", "properties": {"t": {"const": at}}, "required": ["t"]}
            for at in range(1_000)
        ]
    },
    "large allOf": lambda: {
        "allOf": [{"properties": {f"p{at}": {"minimum": at}}} for at in range(500)]
    },
    "not JSON": lambda: {"const": {1, 2}},
    "not a number": lambda: {"minimum": float("nan")},
}


def draws(schema: Any) -> list[Any]:
    found: list[Any] = []

    @settings(
        max_examples=3,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(from_schema(schema))
    def run(value: Any) -> None:
        found.append(value)

    run()
    return found


def invalid(schema: Any) -> list[Any]:
    found: list[Any] = []
    made = mutations(schema)
    if made.is_empty:
        return found

    @settings(
        max_examples=3,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made)
    def run(case: Any) -> None:
        found.append(case.value)

    run()
    return found


def samples(schema: Any) -> list[Any]:
    return list(islice(sample(schema), 20))


def cases(schema: Any) -> list[Any]:
    return [case.value for case in boundary(schema) if case.valid]


DOORS: dict[str, Callable[[Any], list[Any]]] = {
    "from_schema": draws,
    "sample": samples,
    "boundary": cases,
    "mutations": invalid,
    "compile": lambda schema: [compile(schema).accepts(1)] * 0,
    "contains": lambda schema: [contains(schema, {"const": 1})] * 0,
}


def answer(schema: Any, door: str) -> str:
    """What a door says: values, or an error of ours; every value is judged."""
    try:
        values = DOORS[door](schema)
        accepts = compile(schema).accepts
    except SchemaError as error:
        return f"SchemaError: {error}"
    wrong = [each for each in values if accepts(each) is (door == "mutations")]
    return f"wrong: {wrong[0]!r:.200}" if wrong else f"{len(values)} values"


ASKED = [pytest.param(name, door, id=f"{name}: {door}") for name in HOSTILE for door in DOORS]


@pytest.mark.parametrize(("name", "door"), ASKED)
def test_a_hostile_schema_is_answered_soon(name: str, door: str) -> None:
    """By values that are what they are said to be, or by an error of ours."""
    schema = HOSTILE[name]()
    before = process_time()
    found = answer(schema, door)
    assert process_time() - before < SECONDS
    assert not found.startswith("wrong")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("deep", "nested more than 180 levels deep"),
        ("holds itself", "nested more than 180 levels deep"),
        ("no base case", "what recurs never ends"),
        ("huge minItems", "1,000,000,000 items"),
        ("huge minContains", "1,000,000,000 items"),
        ("huge minLength", "1,000,000,000 items"),
        ("huge minProperties", "1,000,000,000 items"),
        ("surrogate in const", "half of a surrogate pair"),
        ("surrogate in enum", "half of a surrogate pair"),
        ("surrogate in a name", "half of a surrogate pair"),
    ],
)
def test_what_cannot_be_made_is_said_with_advice(name: str, message: str) -> None:
    """By both makers of values."""
    schema = HOSTILE[name]()
    for make in (draws, samples):
        with pytest.raises(SchemaError, match=message) as error:
            make(schema)
        assert error.value.advice


def test_hostile_schemas_need_little_memory() -> None:
    """All of them, one after the other, in one process that may have so much."""
    code = (
        "import test_schema_hostile as t\n"
        "for name in t.HOSTILE:\n"
        "    for door in ('from_schema', 'sample', 'compile', 'contains'):\n"
        "        assert not t.answer(t.HOSTILE[name](), door).startswith('wrong')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=limit,
    )
    assert run.returncode == 0, run.stderr


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))


@pytest.mark.parametrize(
    ("schema", "holds", "least"),
    [
        ({"type": "integer"}, lambda v: v > 1_000, 1_001),
        ({"type": "array", "items": {"type": "integer"}}, lambda v: len(v) >= 3, [0, 0, 0]),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, lambda v: v is not None, ""),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}},
                "required": ["a"],
            },
            lambda v: True,
            {"a": 0},
        ),
        ({"type": "string", "pattern": "^[a-z]{2,5}$"}, lambda v: len(v) > 2, "aaa"),
    ],
)
def test_what_fails_shrinks_to_something_plain(schema: Any, holds: Any, least: Any) -> None:
    """As Hypothesis's own strategies do."""
    quiet = settings(
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    assert find(from_schema(schema), holds, settings=quiet) == least


TREE = {
    "$ref": "#/$defs/n",
    "$defs": {
        "n": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "inner": {"type": "array", "items": {"$ref": "#/$defs/n"}},
                "by": {"type": "object", "additionalProperties": {"$ref": "#/$defs/n"}},
            },
            "required": ["inner", "by"],
        }
    },
}


def test_the_same_seed_gives_the_same_samples() -> None:
    """And another gives others."""
    first, again, other = (list(islice(sample(TREE, seed), 50)) for seed in (7, 7, 8))
    assert first == again != other


@pytest.mark.parametrize("name", ["tree", "optional without end"])
def test_values_of_what_recurs_stay_small(name: str) -> None:
    """99 of 100 are below 20 kB."""
    schema = TREE if name == "tree" else HOSTILE[name]()
    sizes = sorted(len(json.dumps(value)) for value in islice(sample(schema), 1_000))
    assert sizes[989] < 20_000
