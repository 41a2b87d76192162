"""Nearly valid requests: each has one fault, and is invalid however it is read on its way."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.cases import invalid_requests, operation_case
from stagepact.cases.refuted import Refutation, arrivals
from stagepact.contract.models import OperationExample, RequestSchemas
from stagepact.subject import Case, Given, Request
from stagepact.subject.protocols.http import write_request

WHOLE = {"type": "integer", "minimum": 1, "maximum": 50}
ORDER = {
    "type": "object",
    "required": ["item", "quantity"],
    "properties": {"item": {"type": "string", "pattern": "^[a-z]{1,9}$"}, "quantity": WHOLE},
}


def refutation(
    statuses: tuple[str, ...] = ("422",), strict: bool = False, **schemas: Any
) -> Refutation:
    said = RequestSchemas.model_validate(schemas)
    return Refutation(said, lambda schema: schema, None, statuses, strict=strict)


def made(of: Refutation, count: int = 20) -> dict[str, Case]:
    return {case.name: case for case in invalid_requests(of, count)}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, 5),
        ({"type": "integer"}, "5"),
        ({"type": "integer"}, "05"),
        ({"type": "integer"}, 5.0),
        ({"type": "integer"}, ""),
        ({"type": "integer"}, " "),
        ({"type": "integer"}, " x"),
        ({"type": "boolean"}, "on"),
        ({"type": "null"}, "None"),
        ({"type": "array", "items": {"type": "integer"}}, 5),
        ({"type": "array", "items": {"type": "string"}}, "a,b"),
        ({"type": "integer"}, [5]),
        ({"type": "integer"}, []),
        ({"type": "integer"}, {"a": 1}),
        ({"type": "integer"}, None),
        ({"type": "integer"}, [None]),
        ({"type": "integer"}, "a\nb"),
    ],
)
def test_what_may_be_read_as_valid_is_not_refuted(schema: Any, value: Any) -> None:
    assert not refutation(query={"a": schema}).refutes_value("query", "a", value)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "x"),
        (WHOLE, 51),
        ({"enum": ["a", "b"]}, "c"),
        ({"const": "a"}, "A"),
        ({"type": "string", "maxLength": 2}, "abc"),
    ],
)
def test_what_is_invalid_in_every_reading_is_refuted(schema: Any, value: Any) -> None:
    assert refutation(query={"a": schema}).refutes_value("query", "a", value)


MOMENT = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, "5"),
        ({"type": "boolean"}, 1),
        ({"type": "integer"}, True),
        ({"type": "string"}, 5),
        (MOMENT, 0.5),
        ({"type": "array", "uniqueItems": True}, [1, 1]),
        ({"properties": {"a": {"items": {"type": "integer"}}}}, {"a": [1, "2"]}),
    ],
)
def test_a_body_is_read_kindly_unless_its_types_are_meant(schema: Any, value: Any) -> None:
    given = Given(request=Request(body=value, has_body=True))
    assert not refutation(body=schema).refutes(given)
    assert refutation(strict=True, body=schema).refutes(given)


@pytest.mark.parametrize("value", [{"a": 1}, {"a": "x"}, {"a": None}, {"a": ["1"]}, [], "5"])
def test_what_no_kindness_takes_is_refuted(value: Any) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 2}}}
    given = Given(request=Request(body=value, has_body=True))
    assert refutation(body=schema).refutes(given)


@pytest.mark.parametrize("value", ["", ".", "..", "a/b"])
def test_a_path_has_no_values_that_change_it(value: str) -> None:
    assert list(arrivals(value, "path")) == []


def test_a_header_has_no_text_beyond_ascii() -> None:
    assert list(arrivals("é", "headers")) == []
    assert "é" in list(arrivals("é", "query"))


@pytest.mark.parametrize(
    ("schemas", "request_", "refuted"),
    [
        ({"query": {"a": WHOLE}}, {}, False),
        ({"query": {"a": WHOLE}, "required": ["a"]}, {}, False),
        ({"query": {"a": WHOLE}, "required": ["a"]}, {"without": ["a"]}, True),
        ({"headers": {"X-A": WHOLE}, "required": ["X-A"]}, {"without": ["x-a"]}, True),
        (
            {"headers": {"x-a": WHOLE}, "required": ["x-a"]},
            {"without": ["x-a"], "headers": {"x-a": 5}},
            False,
        ),
        ({"body": ORDER}, {"without": ["body"]}, True),
        ({"body": ORDER}, {"without": ["body"], "body": {"item": "a", "quantity": 1}}, False),
        ({"body": ORDER}, {}, False),
        ({"body": ORDER}, {"body": {"item": "a"}}, True),
        ({"body": ORDER}, {"raw": "{"}, True),
        ({"body": ORDER}, {"raw": "{}"}, False),
        (
            {"body": {"type": "string"}},
            {"body": "a", "headers": {"content-type": "text/plain"}},
            True,
        ),
        ({}, {"body": [1]}, False),
    ],
)
def test_a_request_is_refuted_by_any_of_its_parts(
    schemas: Any, request_: Any, refuted: bool
) -> None:
    example = OperationExample.model_validate({"name": "a", "request": request_})
    given = operation_case(example, None).given
    assert refutation(**schemas).refutes(given) is refuted


def test_every_request_has_a_fault_and_can_be_written() -> None:
    of = refutation(
        ("400", "415", "422"),
        path={"id": WHOLE},
        query={"limit": WHOLE, "of": {"enum": ["a", "b"]}},
        headers={"x-a": {"type": "string", "pattern": "^[a-z]{2}$"}, "authorization": WHOLE},
        body=ORDER,
        required=["x-a"],
    )
    found = invalid_requests(of, 40)
    assert len(found) > 30
    for case in found:
        assert (case.kind, case.assumed, of.refutes(case.given)) == ("invalid", False, True)
        assert write_request("POST", "/things/{id}", case.given.request)
    names = " ".join(case.name for case in found)
    for part in ("path id", "query limit", "headers x-a", "without x-a", "body", "no JSON", "type"):
        assert part in names
    assert "authorization" not in names


def test_what_is_just_outside_of_each_edge_is_asked() -> None:
    found = {
        case.given.request.query["n"] for case in made(refutation(query={"n": WHOLE})).values()
    }
    assert {0, 51} <= found


def test_a_number_is_sent_as_its_text_wherever_it_stands() -> None:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "array", "items": {"type": "integer"}, "minItems": 1}},
    }
    found = made(refutation(strict=True, body=schema))
    assert found["invalid body /a/0 number as text"].given.request.body == {"a": ["0"]}


def test_a_body_breaks_each_constraint_in_two_further_ways_beyond_its_edges() -> None:
    bodies: dict[str, list[str]] = {}
    for case in invalid_requests(refutation(body=ORDER), 60):
        item = case.given.request.body
        bodies.setdefault(case.name, []).append(item["item"] if "/item" in case.name else "")
    (edge,) = bodies["invalid body /item breaks pattern"]
    further = bodies["invalid body /item breaks pattern (pattern)"]
    assert len({edge, *further}) == 3
    counted = {name: len(each) for name, each in bodies.items() if "(" in name}
    assert len(counted) == 11
    assert set(counted.values()) <= {1, 2}
    assert counted["invalid body /quantity above maximum (maximum)"] == 2


@pytest.mark.parametrize(
    ("statuses", "names"),
    [
        (("422",), set()),
        (("400",), {"invalid body, no JSON", "invalid body, empty"}),
        (("default",), {"invalid body, no JSON", "invalid body, empty"}),
        (("415",), {"invalid content type"}),
    ],
)
def test_a_body_that_cannot_be_read_is_sent_where_its_status_is_declared(
    statuses: tuple[str, ...], names: set[str]
) -> None:
    found = set(made(refutation(statuses, body=ORDER)))
    unreadable = {"invalid body, no JSON", "invalid body, empty", "invalid content type"}
    assert found & unreadable == names


def test_faults_are_put_into_the_example_that_succeeds() -> None:
    known = Request(body={"item": "tea", "quantity": 2}, has_body=True, headers={"x": "1"})
    schemas = RequestSchemas.model_validate({"body": ORDER, "query": {"n": WHOLE}})
    of = Refutation(schemas, lambda schema: schema, "kept", ("422",), known)
    found = [case.given for case in invalid_requests(of, 5)]
    assert all(given.state == "kept" and given.request.headers == {"x": "1"} for given in found)
    of_query = [given.request.body for given in found if given.request.query]
    assert set(map(str, of_query)) == {str(known.body)}


def test_where_nothing_is_valid_nothing_is_nearly_valid() -> None:
    assert invalid_requests(refutation(body=False), 5) == ()


def test_a_schema_that_permits_everything_is_not_broken() -> None:
    assert invalid_requests(refutation(query={"a": True}), 5) == ()


def test_they_are_the_same_in_each_run() -> None:
    assert invalid_requests(refutation(body=ORDER), 9) == invalid_requests(
        refutation(body=ORDER), 9
    )


def test_a_given_without_a_request_is_not_refuted() -> None:
    assert not refutation(query={"a": WHOLE}).refutes(Given())


@pytest.mark.parametrize("section", ["path", "query"])
def test_a_parameter_that_is_a_whole_number_is_asked_as_none(section: str) -> None:
    found = made(refutation(**{section: {"id": {"type": "integer"}}}, required=["id"]), 100)
    assert found
