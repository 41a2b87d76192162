"""Resources are seen from paths, schemas and headers; what isn't there is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from plans import Make, make, told

from stagepact.contract.document import parse
from stagepact.contract.resources import Resource, resources, service_laws
from stagepact.contract.source import read_yaml

__all__ = ["make"]


def document(operations: dict[str, Any], **said: Any) -> Any:
    contract = {"name": "a", "services": {"s": {"app": "a:b", "operations": operations, **said}}}
    return parse(read_yaml(yaml.safe_dump(contract), "a.yaml"), Path("a.yaml"))


def seen(operations: dict[str, Any], **said: Any) -> dict[str, Resource]:
    made = document(operations, **said)
    return {each.name: each for each in resources(made, made.contract.services["s"])}


def laws(operations: dict[str, Any], **said: Any) -> dict[str, set[str]]:
    made = document(operations, **said)
    found: dict[str, set[str]] = {}
    for resource, clause, reason in service_laws(made, "s", made.contract.services["s"]):
        if not reason:
            found.setdefault(resource.name, set()).add(clause.id.removeprefix("laws."))
    return found


ITEM = {"type": "object", "properties": {"id": {}, "kind": {"enum": ["a", "b"]}}}
LIST = {"type": "array", "items": ITEM}


def test_a_collection_has_its_item() -> None:
    found = seen({"POST /orders": {}, "GET /orders/{id}": {}, "GET /health": {}})
    assert set(found) == {"/orders"}
    assert (found["/orders"].item, found["/orders"].parameter) == ("/orders/{id}", "id")


def test_what_is_below_an_item_is_a_resource_of_its_own() -> None:
    found = seen({"GET /a/{id}": {}, "POST /a/{id}/b": {}, "GET /a/{id}/b/{n}": {}})
    assert {name: each.item for name, each in found.items()} == {
        "/a/{id}": "/a/{id}",
        "/a/{id}/b": "/a/{id}/b/{n}",
    }


def test_the_collection_of_an_item_may_have_no_operation() -> None:
    """Its path ends with a parameter as the item's does, and nothing is there."""
    found = seen({"GET /tiles/{z}/{x}/{y}": {}})
    assert {name: each.item for name, each in found.items()} == {
        "/tiles/{z}/{x}/{y}": "/tiles/{z}/{x}/{y}"
    }


def test_put_makes_items_where_it_says_so_and_nothing_else_does() -> None:
    put: dict[str, Any] = {"responses": {"200": {}, "201": {}}}
    (found,) = seen({"PUT /a/{id}": put, "GET /a/{id}": {}}).values()
    assert (found.is_put, found.name) == (True, "/a/{id}")
    assert laws({"PUT /a/{id}": put, "GET /a/{id}": {}, "DELETE /a/{id}": {}}) == {
        "/a/{id}": {"create-read", "update-read", "delete", "delete-siblings"}
    }
    (found,) = seen({"PUT /a/{id}": {"responses": {"200": {}}}, "GET /a/{id}": {}}).values()
    assert not found.has("create")
    (found,) = seen({"PUT /a/{id}": put, "GET /a/{id}": {}, "POST /a": {}}).values()
    assert (found.is_put, found.roles["create"]) == (False, "POST /a")


def test_what_put_makes_has_no_second_one_and_no_drawn_sequences() -> None:
    put: dict[str, Any] = {"responses": {"200": {}, "201": {}}}
    made = document(
        {"PUT /a/{id}": put, "GET /a/{id}": {}}, laws=["create-twice", "sequences"],
        resources={"/a": {"item": "/a/{id}", "unique": ["/x"]}},
    )  # fmt: skip
    told = {c.id: why for _, c, why in service_laws(made, "s", made.contract.services["s"])}
    assert told == {
        "laws.create-twice": "/a/{id}: PUT of an item replaces what is there",
        "laws.sequences": "/a/{id}: its items are made by PUT: their ids aren't drawn",
    }


def test_a_call_below_an_item_is_no_item() -> None:
    found = seen({"POST /jobs": {}, "GET /jobs/{id}": {}, "POST /jobs/{id}/{move}": {}})
    assert set(found) == {"/jobs"}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (LIST, True),
        ({"type": "object", "properties": {"items": LIST}}, True),
        ({"type": "object", "properties": {"things": LIST, "links": {"type": "object"}}}, True),
        ({"type": "object", "properties": {"a": LIST, "b": LIST}}, False),
        ({"type": "array", "items": {"type": "string"}}, False),
        ({"type": "object"}, False),
        (True, False),
    ],
)
def test_a_list_is_one_that_a_schema_shows(body: Any, shown: bool) -> None:
    found = seen({"GET /things": {"responses": {"200": {"body": body}}}, "GET /things/{id}": {}})
    assert found["/things"].listed is shown


def test_only_laws_that_are_meant_are_tried() -> None:
    assert laws({"POST /a": {}, "GET /a/{id}": {}}) == {"/a": {"create-read", "sequences"}}
    assert laws({"POST /a": {"responses": {"202": {}}}, "GET /a/{id}": {}}) == {"/a": {"sequences"}}
    assert laws({"GET /a/{id}": {}, "PUT /a/{id}": {}}) == {"/a/{id}": {"update-read"}}


def test_a_parameter_is_a_filter_with_a_members_name_and_values() -> None:
    def tried(query: dict[str, Any]) -> bool:
        listed = {"request": {"query": query}, "responses": {"200": {"body": LIST}}}
        return "filter" in laws({"GET /a": listed, "GET /a/{id}": {}})["/a"]

    assert tried({"kind": {"enum": ["a", "b"]}})
    assert not tried({"kind": {"enum": ["a", "c"]}})
    assert not tried({"sort": {"enum": ["a", "b"]}})
    assert not tried({"kind": {"type": "string"}})


def test_a_parameter_bounds_a_number_by_its_name() -> None:
    item = {"type": "object", "properties": {"price": {"type": "integer"}, "kind": {"enum": ["a"]}}}
    number = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}
    text = {"type": "string"}
    query = {"min_price": number, "priceMax": number, "max_kind": text, "min_stars": number}
    listed = {
        "request": {"query": {**query, "price_gte": text}},
        "responses": {"200": {"body": {"type": "array", "items": item}}},
    }
    found = seen({"GET /a": listed, "GET /a/{id}": {}})["/a"].ranges
    bounds = {name: (each.pointer, each.sign) for name, each in found.items()}
    assert bounds == {"min_price": ("/price", 1), "priceMax": ("/price", -1)}


def test_optional_parameters_and_named_schemas_are_looked_through() -> None:
    kind = {"enum": ["a", "b"]}
    item = {"type": "object", "properties": {"kind": {"$ref": "#/$defs/Kind"}}}
    body = {"$defs": {"Kind": kind}, "type": "array", "items": item}
    query = {
        "kind": {"anyOf": [kind, {"type": "null"}]},
        "limit": {"anyOf": [{"type": "integer", "minimum": 2, "maximum": 9}, {"type": "null"}]},
        "offset": {"type": "integer"},
    }
    listed = {"request": {"query": query}, "responses": {"200": {"body": body}}}
    found = seen({"GET /a": listed, "GET /a/{id}": {}})["/a"]
    assert found.filters == {"kind": ("/kind", ("a", "b"))}
    assert found.sizes == (2, 9)
    assert (found.pages.limit, found.pages.offset) == ("limit", "offset")


def test_a_slash_at_the_end_is_no_segment() -> None:
    found = seen({"POST /a/": {}, "GET /a/{id}/": {}})
    assert found["/a"].item == "/a/{id}"
    assert found["/a"].roles == {"create": "POST /a/", "read": "GET /a/{id}/"}


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": []},
        {"properties": {"items": True}},
        {"type": "array", "items": True},
        {"type": "array", "items": {"$ref": "#/$defs/a/allOf/0"}, "$defs": {"a": {"allOf": [{}]}}},
        {"$ref": "#"},
        {"enum": [[1]], "anyOf": 3},
    ],
)
def test_what_is_odd_shows_nothing(schema: Any) -> None:
    post = {"request": {"body": schema, "query": {"kind": schema, "limit": schema}}}
    answers = {"responses": {"200": {"body": schema}}}
    found = seen({"POST /a": post, "GET /a": {**post, **answers}, "GET /a/{id}": answers})["/a"]
    assert not found.listed
    assert found.filters == {}


def test_an_id_that_clients_say_is_unique_where_a_conflict_is_declared() -> None:
    body = {"type": "object", "required": ["isbn"]}
    post = {"request": {"body": body}, "responses": {"201": {}, "409": {}}}
    assert "create-twice" in laws({"POST /b": post, "GET /b/{isbn}": {}})["/b"]
    post = {"request": {"body": body}, "responses": {"201": {}}}
    assert "create-twice" not in laws({"POST /b": post, "GET /b/{isbn}": {}})["/b"]


CONTRACT = """
services:
  s:
    app: "code_of_plan:app"
    resources: {RESOURCES}
    conservation: {CONSERVATION}
    operations:
      GET /orders: {responses: {200: {body: {type: array}}}}
      GET /orders/{id}: {responses: {200: {}}}
"""
CODE = """
def app(environ, start_response):
    start_response("404 Not Found", [])
    return []
"""


@pytest.mark.parametrize(
    ("said", "conserved", "words"),
    [
        ("/ordres: {id: /id}", "", ("the resource '/ordres'", "did you mean '/orders'?", ":7:")),
        ("/orders: {filters: {q: /name}}", "", ("the filter 'q'", "its query: it has none")),
        ("/orders: {unique: email}", "", ("unique",)),
        ("/orders: {id: id}", "", ('"id"', "resources/~1orders/id")),
        ("", "a: {over: {x: GET /orders}, expr: y == 1}", ("the name 'y'", "one of x, before")),
        ("", "a: {over: {x: POST /orders}, expr: x == 1}", ("POST /orders", "a GET operation")),
        ("", "a: {over: {x: GET /orders}, expr: x ==}", ("x ==",)),
        ("", "a: {over: {}, expr: 'true'}", ("over",)),
    ],
)
def test_what_is_wrong_is_told(
    said: str, conserved: str, words: tuple[str, ...], make: Make
) -> None:
    text = CONTRACT.replace("RESOURCES", said).replace("CONSERVATION", conserved)
    problems = told(make(CODE, a=text))
    assert len(problems) == 1, problems
    assert all(word in problems[0] for word in words), problems


def test_items_may_be_made_below_what_they_belong_to() -> None:
    """Cards are created on a board, and read by themselves."""
    boards = {"POST /boards": {}, "GET /boards/{board_id}": {}}
    cards = {"POST /boards/{board_id}/cards": {}, "GET /cards/{card_id}": {}}
    found = seen({**boards, **cards})["/boards/{board_id}/cards"]
    assert found.item == "/cards/{card_id}"
    assert set(found.roles) == {"create", "read"}


@pytest.mark.parametrize(
    "other",
    [
        {"POST /lists/{list_id}/cards": {}},  # two ways to make one
        {"GET /boards/{board_id}/cards/{n}": {}},  # those have items of their own
        {"POST /cards": {}},  # the nearer one
    ],
)
def test_items_are_not_taken_for_those_of_another_collection(other: dict[str, Any]) -> None:
    cards = {"POST /boards/{board_id}/cards": {}, "GET /cards/{card_id}": {}}
    found = seen({**cards, **other})
    assert [each.path for each in found.values() if each.item == "/cards/{card_id}"] == ["/cards"]


def test_sequences_hold_answers_to_the_schemas_of_their_bodies() -> None:
    """One of several media types, too, if it is JSON."""
    item = {"responses": {"200": {"content": {"text/html": {}, "application/json": ITEM}}}}
    made = document(
        {
            "POST /orders": {"request": {"body": ITEM}, "responses": {"201": {"body": ITEM}}},
            "GET /orders/{id}": item,
        }
    )
    found = {
        clause.id: clause.value.bodies
        for _, clause, reason in service_laws(made, "s", made.contract.services["s"])
        if not reason
    }
    assert set(found["laws.sequences"]) == {("POST /orders", "201"), ("GET /orders/{id}", "200")}
