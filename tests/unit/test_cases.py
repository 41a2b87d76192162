"""Contracts → cases: examples as they are written, strategies of what is permitted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from stagepact.cases import (
    Assumption,
    RequestAssumption,
    all_of,
    edge_requests,
    example_case,
    fuzz_cases,
    fuzz_requests,
    operation_case,
)
from stagepact.contract.models import Example, OperationExample, RequestSchemas
from stagepact.schema import compile_schema
from stagepact.subject import Case, Given

DIGIT = {"type": "integer", "minimum": 0, "maximum": 9}


def drawn(strategy: st.SearchStrategy[Case] | None, number: int = 50) -> list[Case]:
    cases: list[Case] = []
    assert strategy is not None

    @settings(
        max_examples=number,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(case: Case) -> None:
        cases.append(case)

    draw()
    return cases


@pytest.mark.parametrize(
    ("schemas", "all_schemas"),
    [
        ([], None),
        ([DIGIT], DIGIT),
        ([DIGIT, DIGIT], DIGIT),
        ([DIGIT, {"multipleOf": 2}], {"allOf": [DIGIT, {"multipleOf": 2}]}),
        ([True, DIGIT], {"allOf": [True, DIGIT]}),
    ],
)
def test_schemas_add_up(schemas: list[Any], all_schemas: Any) -> None:
    assert all_of(schemas) == all_schemas


def test_schemas_that_add_up_keep_their_own_references() -> None:
    one = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "integer"}}}
    other = {"$ref": "#/$defs/A", "$defs": {"A": {"minimum": 5}}}
    both = all_of([one, other])
    assert both is not None
    validator = compile_schema(both)
    assert [validator.accepts(value) for value in (5, 4, "x")] == [True, False, False]


ASSUMED = Assumption(
    said=True, input=DIGIT, inputs={"up": DIGIT}, config={"a": 1}, context={"b": 2}
)


@pytest.mark.parametrize(
    ("given_", "admitted"),
    [
        (Given(input=1, inputs={"up": 2}), True),
        (Given(input=10, inputs={"up": 2}), False),
        (Given(input=1, inputs={"up": "x"}), False),
        (Given(input=1), False),
    ],
)
def test_what_is_assumed_is_admitted(given_: Given, admitted: bool) -> None:
    assert ASSUMED.admits(given_) is admitted


def test_an_example_is_over_what_is_the_same_in_every_case() -> None:
    example = Example.model_validate(
        {"name": "x", "given": {"input": 1, "inputs": {"up": 2}, "config": {"c": 3}}}
    )
    case = example_case(example, ASSUMED, {"port": 7})
    assert case == Case(
        "x",
        Given(1, {"up": 2}, {"port": 7}, {"a": 1, "c": 3}, {"b": 2}),
    )
    assert not example_case(Example(name="y"), ASSUMED, {}).assumed


def test_cases_are_of_the_schemas() -> None:
    for case in drawn(fuzz_cases(ASSUMED)):
        assert case.kind == "fuzz"
        assert ASSUMED.admits(case.given)
        assert (case.given.config, case.given.context) == ({"a": 1}, {"b": 2})


@pytest.mark.parametrize(
    ("assumption", "input_", "inputs"),
    [
        (Assumption(input={"const": 1}), 1, {}),
        (Assumption(inputs={"up": {"const": 2}}), None, {"up": 2}),
    ],
    ids=["its own input", "upstreams only"],
)
def test_only_what_is_assumed_varies(
    assumption: Assumption, input_: Any, inputs: dict[str, Any]
) -> None:
    (case,) = drawn(fuzz_cases(assumption))
    assert (case.given.input, case.given.inputs) == (input_, inputs)


def test_where_nothing_varies_there_is_no_strategy() -> None:
    assert fuzz_cases(Assumption(said=True)) is None


# -- requests ----------------------------------------------------------------------------------


def requests(template: str, states: list[str | None], **schemas: Any) -> list[Case]:
    model = RequestSchemas.model_validate(schemas)
    return drawn(fuzz_requests(template, model, lambda schema: schema, states))


def test_required_parameters_are_always_there_and_others_sometimes() -> None:
    found = requests("/a", [None], query={"q": DIGIT, "r": DIGIT}, required=["q"], body=DIGIT)
    queries = [case.given.request.query for case in found]
    assert all("q" in query for query in queries)
    assert {"r" in query for query in queries} == {True, False}
    assert all(case.given.request.has_body for case in found)


def test_a_path_parameter_without_a_schema_is_any_text() -> None:
    for case in requests("/a/{id}", [None]):
        assert 1 <= len(case.given.request.path["id"]) <= 64
        assert not case.given.request.has_body


def test_with_a_state_the_path_is_the_states_and_half_of_the_time_any() -> None:
    assert {bool(c.given.request.path) for c in requests("/a/{id}", ["here"])} == {False}
    found = requests("/a/{id}", ["here"], path={"id": DIGIT})
    assert {bool(case.given.request.path) for case in found} == {True, False}


def test_every_state_is_tried() -> None:
    assert {case.given.state for case in requests("/a", [None, "x"], query={"q": DIGIT})} == {
        None,
        "x",
    }


@pytest.mark.parametrize(
    ("request_", "has_body"), [({}, False), ({"body": None}, True), ({"body": 1}, True)]
)
def test_a_body_that_is_null_is_a_body(request_: dict[str, Any], has_body: bool) -> None:
    example = OperationExample.model_validate({"name": "x", "request": request_})
    case = operation_case(example, "the operation's")
    assert case.given.request.has_body is has_body
    assert case.given.state == "the operation's"
    own = OperationExample(name="x", state="own")
    assert operation_case(own, "the operation's").given.state == "own"


SCHEMAS = RequestSchemas.model_validate(
    {
        "path": {"id": DIGIT},
        "query": {"q": DIGIT, "r": {"type": "string"}},
        "headers": {"X-N": DIGIT},
        "body": {"type": "object", "required": ["n"]},
        "required": ["q", "X-N"],
    }
)


@pytest.mark.parametrize(
    ("changed", "admitted"),
    [
        ({}, True),
        ({"path": {"id": 7}}, True),
        ({"path": {"id": "7"}}, True),
        ({"path": {"id": 10}}, False),
        ({"query": {"q": "3", "r": "3", "other": [1]}}, True),
        ({"query": {"q": "three"}}, False),
        ({"query": {"r": "x"}}, False),
        ({"headers": {"X-N": "12"}}, False),
        ({"headers": {}}, False),
        ({"body": {"m": 1}}, False),
        ({"body": None}, False),
    ],
)
def test_an_operations_example_may_be_outside_of_what_is_assumed(
    changed: dict[str, Any], admitted: bool
) -> None:
    request = {"query": {"q": 1}, "headers": {"x-n": 1}, "body": {"n": 1}, **changed}
    example = OperationExample.model_validate({"name": "x", "request": request})
    admits = RequestAssumption(SCHEMAS, lambda schema: schema).admits
    assert operation_case(example, None, admits).assumed is admitted


def test_where_a_body_is_assumed_none_is_outside() -> None:
    example = OperationExample(name="x")
    schemas = RequestSchemas(body={"type": "null"})
    admits = RequestAssumption(schemas, lambda schema: schema).admits
    assert not operation_case(example, None, admits).assumed
    assert operation_case(example, None, RequestAssumption(RequestSchemas(), bool).admits).assumed


def test_texts_of_requests_are_tried_with_marks_other_scripts_and_no_length() -> None:
    body = {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "minLength": 10, "maxLength": 12},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "day": {"type": "string", "format": "date"},
        },
    }
    schemas = RequestSchemas(query={"q": {"type": "string"}}, body=body)
    found = {c.name: c.given.request for c in edge_requests(schemas, lambda s: s, [None])}
    assert "%" in found["query q of marks"].query["q"]
    assert not found["query q of other scripts"].query["q"].isascii()
    assert "query q of no length" not in found
    assert 10 <= len(found["body /name of marks"].body["name"]) <= 12
    assert not found["body /note of other scripts"].body["note"].isascii()
    assert len(found["body /note of no length"].body["note"]) > 900
    assert not [name for name in found if name.startswith("body /day of")]
