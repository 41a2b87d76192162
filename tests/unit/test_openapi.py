"""OpenAPI documents as operations: what each part becomes, and what is wrong with others."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.contract.models import Operation
from stagepact.contract.openapi import Description, describe
from stagepact.contract.openapi.pointers import Pointer, fragment
from stagepact.errors import Place


def place(pointer: Pointer) -> Place:
    return Place("api.json" + fragment(pointer))


def described(paths: dict[str, Any], version: str = "3.1.0", **more: Any) -> Description:
    key = "swagger" if version == "2.0" else "openapi"
    return describe({key: version, "info": {"title": "t"}, "paths": paths, **more}, place)


def block(operation: dict[str, Any], version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    found = described({"/things/{id}": {"post": operation}}, version, **more)
    assert found.problems == ()
    (one,) = found.operations
    Operation.model_validate(one.block)
    return dict(one.block)


def parameter(**said: Any) -> dict[str, Any]:
    return {"name": "p", "in": "query", "schema": {"type": "string"}, **said}


TEXT = {"type": "string"}


def test_parameters_are_parts_of_the_request() -> None:
    found = block(
        {
            "parameters": [
                parameter(name="id", **{"in": "path"}, schema={"type": "integer"}, required=True),
                parameter(required=True),
                parameter(name="x-a", **{"in": "header"}),
                parameter(name="c", **{"in": "cookie"}),
                parameter(name="Accept", **{"in": "header"}),
            ]
        }
    )
    assert found["request"] == {
        "path": {"id": {"type": "integer"}},
        "query": {"p": TEXT},
        "headers": {"x-a": TEXT},
        "cookies": {"c": TEXT},
        "required": ["p"],
        "without-body": "accepted",
    }


def test_an_operations_parameter_takes_the_place_of_the_paths_own() -> None:
    item = {
        "parameters": [parameter(schema={"type": "integer"})],
        "get": {"parameters": [parameter(schema={"type": "boolean"})]},
    }
    (one,) = described({"/a": item}).operations
    assert one.block["request"]["query"] == {"p": {"type": "boolean"}}


@pytest.mark.parametrize(
    ("said", "style"),
    [
        ({"style": "form", "explode": False}, "comma"),
        ({"style": "spaceDelimited", "explode": False}, "space"),
        ({"style": "pipeDelimited", "explode": False}, "pipe"),
        ({"style": "deepObject", "explode": True}, "deep"),
        ({}, None),
    ],
)
def test_styles_are_named(said: dict[str, Any], style: str | None) -> None:
    found = block({"parameters": [parameter(schema={"type": "array"}, **said)]})
    assert found["request"].get("styles", {}).get("p") == style


def test_a_parameter_of_json_is_written_as_json() -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    found = block({"parameters": [{"name": "p", "in": "query", "content": content}]})
    assert found["request"]["styles"] == {"p": "json"}


def test_a_parameter_is_never_null() -> None:
    schema = {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "P"}
    found = block({"parameters": [parameter(schema=schema)]})
    assert found["request"]["query"]["p"] == {"title": "P", "type": "integer"}


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (["application/json", "text/plain"], {}),
        (["application/merge-patch+json"], {"content-type": "application/merge-patch+json"}),
        (
            ["application/x-www-form-urlencoded"],
            {"content-type": "application/x-www-form-urlencoded"},
        ),
    ],
)
def test_a_body_is_sent_as_json_where_that_may_be(
    content: list[str], headers: dict[str, str]
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    body = {"content": {each: {"schema": schema} for each in content}}
    request = block({"requestBody": body})["request"]
    assert request["body"]["properties"] == {"a": {"type": "integer"}}
    assert {k: v["const"] for k, v in request.get("headers", {}).items()} == headers


def test_a_file_is_a_text_that_is_sent_as_one() -> None:
    schema = {"type": "object", "properties": {"f": {"type": "string", "format": "binary"}}}
    request = block({"requestBody": {"content": {"multipart/form-data": {"schema": schema}}}})
    assert request["request"]["files"] == ["f"]
    assert request["request"]["body"]["properties"] == {"f": {"type": "string"}}


def test_what_only_one_side_says_has_a_name_for_each_direction() -> None:
    thing = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
        },
    }
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}
    found = described(
        {"/a": {"post": {"requestBody": content, "responses": {"200": content}}}},
        components={"schemas": {"T": thing}},
    )
    sent, answered = found.schemas["T (request)"], found.schemas["T (response)"]
    assert isinstance(sent, dict)
    assert isinstance(answered, dict)
    assert (sent["required"], list(sent["properties"])) == (["secret"], ["secret"])
    assert (answered["required"], list(answered["properties"])) == (["id"], ["id", "secret"])


def test_responses_have_their_media_types_headers_and_bodies() -> None:
    response = {
        "description": "good",
        "headers": {
            "X-A": {"required": True, "schema": {"type": "integer"}},
            "X-B": {"schema": TEXT},
        },
        "content": {"application/json": {"schema": {"type": "object"}}, "text/csv": {}},
    }
    assert block({"responses": {"2XX": response}})["responses"] == {
        "2XX": {
            "description": "good",
            "content": {"application/json": {"type": "object"}, "text/csv": True},
            "headers": {"X-A": {"type": "integer"}, "X-B": TEXT},
            "optional": ["X-B"],
        }
    }


def test_examples_become_requests_that_are_asked() -> None:
    body = {"content": {"application/json": {"examples": {"a": {"value": 1}, "b": {"value": 2}}}}}
    found = block({"parameters": [parameter(example="x")], "requestBody": body})
    assert [each["request"] for each in found["examples"]] == [
        {"body": 1, "query": {"p": "x"}},
        {"body": 2, "query": {"p": "x"}},
    ]


def test_errors_that_are_all_problems_are_said_to_be() -> None:
    problem = {"description": "", "content": {"application/problem+json": {}}}
    other = {"description": "", "content": {"application/json": {}}}
    assert block({"responses": {"404": problem, "422": problem}})["problem"] is True
    assert "problem" not in block({"responses": {"404": problem, "422": other}})


def test_security_and_links_are_kept() -> None:
    link = {"operationId": "read", "parameters": {"id": "$response.body#/id"}}
    responses = {"201": {"description": "", "links": {"self": link}}}
    found = described(
        {"/a": {"post": {"responses": responses}, "get": {"security": []}}},
        security=[{"key": []}],
        components={"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "k"}}},
    )
    read, made = found.operations
    assert (made.security, read.security) == (({"key": []},), ())
    assert made.links == {"201": {"self": link}}
    assert found.schemes["key"]["type"] == "apiKey"


def test_swagger_2_has_its_own_words() -> None:
    operation = {
        "consumes": ["application/json"],
        "parameters": [
            {"name": "id", "in": "path", "type": "integer", "required": True, "minimum": 1},
            {"name": "tags", "in": "query", "type": "array", "items": TEXT},
            {"name": "b", "in": "body", "schema": {"$ref": "#/definitions/B"}},
        ],
        "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/B"}}},
    }
    found = described(
        {"/things/{id}": {"put": operation}},
        "2.0",
        produces=["application/json"],
        definitions={"B": {"type": "integer", "minimum": 1, "exclusiveMinimum": True}},
    )
    assert found.problems == ()
    (one,) = found.operations
    assert one.block["request"] == {
        "body": {"$ref": "#/schemas/B"},
        "path": {"id": {"type": "integer", "minimum": 1}},
        "query": {"tags": {"type": "array", "items": TEXT}},
        "styles": {"tags": "comma"},
        "without-body": "any",
    }
    assert one.block["responses"]["200"]["content"] == {"application/json": {"$ref": "#/schemas/B"}}
    assert found.schemas["B"] == {"type": "integer", "exclusiveMinimum": 1}


def test_a_form_of_swagger_2_is_a_body() -> None:
    fields = [
        {"name": "a", "in": "formData", "type": "string", "required": True},
        {"name": "f", "in": "formData", "type": "file"},
    ]
    request = block({"parameters": fields}, "2.0")["request"]
    assert request["files"] == ["f"]
    assert request["body"]["required"] == ["a"]
    assert request["headers"] == {"content-type": {"const": "multipart/form-data"}}


def test_nullable_is_of_3_0_only() -> None:
    body = {"content": {"application/json": {"schema": {"type": "integer", "nullable": True}}}}
    assert block({"requestBody": body}, "3.0.3")["request"]["body"] == {"type": ["integer", "null"]}


def test_a_schema_may_refer_to_itself_and_to_any_place() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    there = {"$ref": "#/paths/~1a/get/responses/200/content/application~1json/schema"}
    answer = {"description": "", "content": {"application/json": {"schema": node}}}
    other = {"description": "", "content": {"application/json": {"schema": there}}}
    found = described(
        {
            "/a": {"get": {"responses": {"200": answer}}},
            "/b": {"get": {"responses": {"200": other}}},
        },
        components={"schemas": {"Node": node}},
    )
    assert found.problems == ()
    assert len(found.schemas) == 2


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"$ref": "#/components/schemas/Nope"}, "there is no 'components'", "dangling-reference"),
    ({"$ref": "other.yaml#/A"}, "leads out of the document", "external-reference"),
    ({"$ref": "https://example.com/a.json"}, "leads out of the document", "external-reference"),
]


@pytest.mark.parametrize(("schema", "told", "code"), WRONG)
def test_a_reference_that_leads_nowhere_costs_its_operation_only(
    schema: dict[str, Any], told: str, code: str
) -> None:
    body = {"content": {"application/json": {"schema": schema}}}
    found = described({"/a": {"post": {"requestBody": body}, "get": {}}, "/b": {"get": {}}})
    assert [each.name for each in found.operations] == ["GET /a", "GET /b"]
    (problem,) = found.problems
    assert told in problem.found
    assert (problem.code, bool(problem.advice)) == (code, True)
    where = "#/paths/~1a/post/requestBody/content/application~1json/schema/$ref"
    assert problem.place.file.endswith(where.replace("$", "%24"))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"openapi": "4.0.0", "paths": {}}, "the version '4.0.0'"),
        ({"swagger": "1.2"}, "the version '1.2'"),
        ({"paths": {}}, "a document with paths"),
        ([], "no OpenAPI document"),
        ({"openapi": "3.1.0", "paths": []}, "a list"),
    ],
)
def test_what_is_no_document_of_a_known_version_is_one_problem(document: Any, told: str) -> None:
    found = describe(document, place)
    (problem,) = found.problems
    assert told in problem.found
    assert found.operations == ()


@pytest.mark.parametrize(
    "operation",
    [
        {"parameters": [{"in": "query"}]},
        {"parameters": [{"name": "a", "in": "nowhere"}]},
        {"parameters": {}},
        {"responses": {"20": {}}},
        {"responses": {"200": []}},
        {"requestBody": {"content": {"application/json": {"schema": []}}}},
        [],
        {"parameters": [{"$ref": "#/paths/~1a/get/parameters/0"}]},
    ],
)
def test_a_broken_operation_is_one_problem_and_others_go_on(operation: Any) -> None:
    found = described({"/a": {"get": operation}, "/b": {"get": {}}})
    assert [each.name for each in found.operations] == ["GET /b"]
    assert len(found.problems) == 1
    assert "#/paths/~1a" in found.problems[0].place.file
