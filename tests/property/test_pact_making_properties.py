"""Pacts of generated schemas and of models: the laws of what is made, and both engines agree.

The law: a value that the schema permits is taken by the rules, but where a loss says that they are
stricter; and one that it forbids is refused, but where a loss says what is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from domain_models import DOMAINS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pact_pairs import Pair, category
from schema_models import MODELS
from test_pact_engines import Reference

from stagepact.contract.document import parse
from stagepact.contract.source import Json, read_yaml
from stagepact.pact.making.made import Made, made
from stagepact.pact.making.spots import Spots
from stagepact.pact.matching.json import json_mismatches
from stagepact.pact.mismatch import Mismatch
from stagepact.pact.path import parse_path
from stagepact.schema import compile_schema, sample
from stagepact.schema.models import json_schema
from stagepact.schema.mutate import mutated

NOBODY = parse(read_yaml("stagepact: 1\nname: none\n", "none.contract.yaml"), Path("none"))
ALL = {**MODELS, **DOMAINS}
VALUES = st.sampled_from([1, 2.5, "x", "null", None, True])
UNREACHED = "it's"
NAMES = st.sampled_from(["a", "b", "some key", UNREACHED])


def of(schema: Any) -> Made:
    return made(schema, Spots.of(NOBODY, schema, ()))


def refused(found: Made, value: Json) -> list[Mismatch]:
    return json_mismatches(found.example, value, category(found.rules))


def untold(found: Made, mismatches: Iterable[Mismatch]) -> Iterator[Mismatch]:
    """What is refused, and no loss says that the pact is stricter there or above."""
    stricter = [_steps(each.path) for each in found.lost if each.stricter]
    for mismatch in mismatches:
        place = _steps(mismatch.path.partition(f"['{UNREACHED}']")[0])
        if not any(_is_at(place, each) for each in stricter):
            yield mismatch


def _steps(path: str) -> list[str]:
    """A path as its steps; an item or any key is `*`."""
    return [token.name or "*" for token in parse_path(path).tokens]


def _is_at(place: list[str], stricter: list[str]) -> bool:
    """Whether a place is the one that a loss names, or below it; `*` stands for any step."""
    return len(stricter) <= len(place) and all(
        said in ("*", step) for said, step in zip(stricter, place, strict=False)
    )


@pytest.mark.parametrize("name", ALL)
def test_a_models_values_are_taken_and_its_example_is_one(name: str) -> None:
    schema = json_schema(ALL[name])
    found = of(schema)
    assert compile_schema(schema).accepts(found.example)
    assert refused(found, found.example) == []
    for value in islice(sample(schema, 7), 40):
        assert [*untold(found, refused(found, value))] == [], value


@pytest.mark.parametrize("name", [*ALL][::6])
def test_the_reference_engine_takes_and_refuses_the_same(name: str) -> None:
    schema = json_schema(ALL[name])
    found, reference = of(schema), Reference()
    assert reference.accepts(Pair(found.example, found.rules, found.example))
    values = [*islice(sample(schema, 3), 8), *(each.value for each in mutated(schema, 8, 3))]
    for value in values:
        accepted = reference.accepts(Pair(found.example, found.rules, value))
        assert accepted is not bool(refused(found, value)), value


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_nine_tenths_of_what_models_forbid_are_refused_or_told(step: int) -> None:
    counted, missed = 0, []
    for name in [*ALL][::step]:
        schema = json_schema(ALL[name])
        found = of(schema)
        lost = [_steps(each.path) for each in found.lost if not each.stricter]
        for each in mutated(schema, 12, 5):
            counted += 1
            place = [str(step) for step in each.instance_pointer]
            told = any(_is_at(place, other) for other in lost)
            if not told and not refused(found, each.value):
                missed.append((name, each.name, each.value))
    assert counted > 1000 / step
    assert len(missed) <= counted / 10, missed[:5]


NAMED = [
    "*",
    "a.b",
    UNREACHED,
    'g"h',
    "$",
    "c d",
    "\\",
    "",
    "[0]",
    "a]b",
    "é",
    "0",
    " ",
    "\n",
    "😀",
]


@pytest.mark.parametrize("key", NAMED)
def test_the_reference_engine_can_read_the_rules_for_any_key(key: str) -> None:
    """A path that it can't read would have it refuse the whole interaction."""
    schema = {"type": "object", "required": [key], "properties": {key: {"type": "string"}}}
    found, reference = of(schema), Reference()
    assert reference.accepts(Pair(found.example, found.rules, found.example))
    taken = reference.accepts(Pair(found.example, found.rules, {key: "another"}))
    assert taken is not any(each.kind == "key" for each in found.lost)


def _schemas() -> st.SearchStrategy[Any]:
    scalars = st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("integer")}, optional={"minimum": st.integers(-9, 9)}
        ),
        st.fixed_dictionaries(
            {"type": st.just("number")}, optional={"maximum": st.integers(-9, 9)}
        ),
        st.fixed_dictionaries(
            {"type": st.just("string")},
            optional={
                "minLength": st.integers(0, 3),
                "pattern": st.sampled_from(["a", "^b+$", "."]),
            },
        ),
        st.lists(
            st.sampled_from([1, 2.5, "x", "null", None, True]), min_size=1, unique_by=repr
        ).map(lambda values: {"enum": values}),
        st.sampled_from([True, {"type": "null"}, {"type": "boolean"}, {"const": {"k": [1]}}]),
    )
    return st.recursive(scalars, _boxes, max_leaves=6)


def _boxes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.dictionaries(NAMES, inner, max_size=3).flatmap(
        lambda properties: (
            st.sets(st.sampled_from(sorted(properties))).map(
                lambda required: {
                    "type": "object",
                    "properties": properties,
                    "required": sorted(required),
                }
            )
            if properties
            else st.just({"type": "object"})
        )
    )
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={"minItems": st.integers(0, 2), "maxItems": st.integers(2, 3)},
    )
    tuples = st.lists(inner, min_size=1, max_size=2).map(
        lambda items: {"type": "array", "prefixItems": items}
    )
    maps = inner.map(lambda each: {"type": "object", "additionalProperties": each})
    unions = st.lists(inner, min_size=2, max_size=3).map(lambda each: {"anyOf": each})
    return st.one_of(objects, lists, tuples, maps, unions)


_PAIR = {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]}
_ONES_OR_PAIRS = {
    "anyOf": [
        {"type": "object", "additionalProperties": {"enum": [1]}},
        {"type": "object", "additionalProperties": _PAIR},
    ]
}


@settings(max_examples=120, deadline=None)
@example(_ONES_OR_PAIRS)
@given(_schemas())
def test_what_a_generated_schema_permits_is_taken(schema: Any) -> None:
    found = of(schema)
    assert compile_schema(schema).accepts(found.example)
    assert refused(found, found.example) == []
    for value in islice(sample(schema, 1), 15):
        assert [*untold(found, refused(found, value))] == [], (found, value)


def test_the_reference_engine_takes_the_examples_of_what_is_written() -> None:
    files = sorted((Path(__file__).resolve().parents[2] / "contracts" / "pacts").glob("*.json"))
    assert len(files) > 1
    for file in files:
        for each in json.loads(file.read_text(encoding="utf-8"))["interactions"]:
            side = each.get("response", each)
            body = side.get("contents") or side.get("body") or {}
            rules = side.get("matchingRules", {}).get("body", {})
            if body.get("contentType"):
                pair = Pair(body["content"], rules, body["content"])
                assert Reference().accepts(pair), each["description"]
