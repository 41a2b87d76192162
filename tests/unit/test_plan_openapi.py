"""Services by their OpenAPI documents: where those come from, how operations are tried."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

CODE = """
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from flask import Flask, jsonify, request
from pydantic import BaseModel


class New(BaseModel):
    title: str
    stars: int


class Book(New):
    id: int


MISSING = {404: {"description": "there is none"}}
CRASH = ""


def create() -> FastAPI:
    app = FastAPI()
    books: dict[int, Book] = {}

    @app.post("/books", status_code=201)
    async def add(new: New) -> Book:
        book = Book(id=len(books) + 1, **new.model_dump())
        books[book.id] = book
        return book

    @app.get("/books")
    async def all_books(least: Annotated[int, Query(ge=0, le=9)] = 0) -> list[Book]:
        if CRASH == "empty" and not books:
            raise IndexError
        if CRASH == "listed" and books:
            raise IndexError
        return [book for book in books.values() if book.stars >= least]

    @app.get("/books/{book_id}", responses=MISSING)
    async def read(book_id: int) -> Book:
        if book_id not in books:
            raise HTTPException(404)
        if CRASH == "read":
            raise KeyError(book_id)
        return books[book_id]

    return app


app = create()
flask = Flask("things")
DOCUMENT = {}


@flask.get("/openapi.json")
def document():
    return jsonify(DOCUMENT)


@flask.get("/things")
def things():
    return jsonify(request.args.getlist("n", type=int))


@flask.get("/hidden")
def hidden():
    return jsonify(1)
"""

LIST = {"type": "array", "items": {"type": "integer"}}
ANSWER = {"200": {"description": "", "content": {"application/json": {"schema": LIST}}}}
THINGS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "things", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "parameters": [{"name": "n", "in": "query", "schema": LIST}],
                "responses": ANSWER,
            }
        }
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    name = f"described_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "name").write_text(name)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield tmp_path
    sys.modules.pop(name, None)


def planned(folder: Path, service: str, **said: Any) -> Plan:
    name = (folder / "name").read_text()
    text = f"stagepact: 1\nname: shop\nservices:\n  shop:\n{service}".replace("CODE", name)
    path = folder / "shop.contract.yaml"
    path.write_text(text)
    opened = open_project([path], folder)
    module = __import__(name)
    for key, value in said.items():
        setattr(module, key, value)
    return make_plan(opened)


def found(plan: Plan, seed: int = 1) -> dict[str, Verdict]:
    options = Options(max_examples=20, seed=seed)
    verdicts = [each for target in plan.targets for each in check(target, options)]
    return {f"{each.item.subject}::{each.item.clause}": each for each in verdicts}


def broken(plan: Plan) -> set[str]:
    return {name for name, each in found(plan).items() if each.state is State.BROKEN}


@pytest.mark.parametrize("app", ["app", "create"])
@pytest.mark.parametrize("seed", range(3))
def test_a_clean_app_keeps_what_its_own_document_says(folder: Path, app: str, seed: int) -> None:
    plan = planned(folder, f"    app: 'CODE:{app}'\n    openapi: true\n")
    assert plan.problems == ()
    states = {name: each.state for name, each in found(plan, seed).items()}
    assert [name for name, state in states.items() if state is State.BROKEN] == []
    for name in ("POST /books", "GET /books", "GET /books/{book_id}"):
        assert states[f"{name}::no-server-error"] is State.KEPT
        assert states[f"{name}::valid-accepted"] is State.KEPT
        assert states[f"{name}::invalid-refused"] is State.KEPT
        assert states[f"{name}::implemented"] is State.KEPT
    assert states["GET /books/{book_id}::responses.200.body"] is State.KEPT


PUT = """
from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel

app = FastAPI()
tags = {}
CRASH = ""
MISSING = {404: {"description": "there is none"}}


class Tag(BaseModel):
    colour: str


@app.put("/tags/{name}", responses={201: {"model": Tag}})
async def put(name: str, tag: Tag, response: Response) -> Tag:
    response.status_code = 200 if name in tags else 201
    tags[name] = tag
    return tag


@app.get("/tags/{name}", responses=MISSING)
async def read(name: str) -> Tag:
    if name not in tags:
        raise HTTPException(404)
    if CRASH == "read":
        raise KeyError(name)
    return tags[name]


@app.delete("/tags/{name}", status_code=204, responses=MISSING)
async def delete(name: str) -> None:
    if name not in tags:
        raise HTTPException(404)
    if CRASH == "delete":
        raise KeyError(name)
    del tags[name]
"""


ERRORS = ("no-server-error", "responses.status")


@pytest.mark.parametrize(
    ("crash", "broken_"),
    [
        ("", set()),
        ("read", {"GET /tags/{name}::no-server-error", "GET /tags/{name}::responses.status"}),
        (
            "delete",
            {"DELETE /tags/{name}::no-server-error", "DELETE /tags/{name}::responses.status"},
        ),
    ],
)
def test_what_only_put_makes_is_put_first(folder: Path, crash: str, broken_: set[str]) -> None:
    (folder / f"{(folder / 'name').read_text()}.py").write_text(PUT)
    seen = found(planned(folder, "    app: 'CODE:app'\n    openapi: true\n", CRASH=crash))
    operations = {name: e for name, e in seen.items() if "laws." not in name}
    assert {name for name, e in operations.items() if e.state is State.BROKEN} == broken_
    if not crash:
        for name in ("GET /tags/{name}::responses.200.body", "DELETE /tags/{name}::valid-accepted"):
            assert seen[name].state is State.KEPT
        assert seen["/tags/{name}::laws.create-read"].state is State.KEPT


@pytest.mark.parametrize(
    ("crash", "clause"),
    [
        ("empty", "GET /books::no-server-error"),
        ("listed", "GET /books::no-server-error"),
        ("read", "GET /books/{book_id}::no-server-error"),
    ],
)
def test_a_store_is_tried_empty_and_with_what_requests_made(
    folder: Path, crash: str, clause: str
) -> None:
    plan = planned(folder, "    app: 'CODE:create'\n    openapi: true\n", CRASH=crash)
    assert clause in broken(plan)


def test_a_document_is_asked_of_an_app_that_has_no_other(folder: Path) -> None:
    plan = planned(folder, "    app: 'CODE:flask'\n    openapi: true\n", DOCUMENT=THINGS)
    assert plan.problems == ()
    assert broken(plan) == set()
    assert [each.name for each in plan.listed] == ["GET /hidden", "GET /openapi.json"]
    items = {str(item.clause.place) for item in plan.items if item.id.subject == "GET /things"}
    assert any(each.endswith(":flask/openapi.json#/paths/~1things/get") for each in items)


def test_a_path_of_the_service_is_named(folder: Path) -> None:
    service = "    app: 'CODE:flask'\n    openapi: /openapi.json\n"
    assert broken(planned(folder, service, DOCUMENT=THINGS)) == set()


def test_a_file_of_the_project_has_lines(folder: Path) -> None:
    text = json.dumps(THINGS, indent=1)
    (folder / "api.json").write_text(text)
    plan = planned(folder, "    app: 'CODE:flask'\n    openapi: api.json\n")
    assert plan.problems == ()
    places = {item.clause.id: str(item.clause.place) for item in plan.items}
    line = 1 + text[: text.rindex('"schema"')].count("\n")
    assert places["responses.200.body"] == f"api.json:{line}"


def test_what_a_document_has_and_the_app_has_not_is_broken(folder: Path) -> None:
    paths = {**THINGS["paths"], "/gone": {"get": {"responses": ANSWER}}}
    plan = planned(
        folder, "    app: 'CODE:flask'\n    openapi: true\n", DOCUMENT={**THINGS, "paths": paths}
    )
    assert "GET /gone::implemented" in broken(plan)


def test_what_a_contract_says_of_a_described_operation_is_added(folder: Path) -> None:
    service = """
    app: "CODE:flask"
    openapi: true
    operations:
      GET /things: {responses: {200: {headers: {x-not-there: {}}}}}
"""
    plan = planned(folder, service, DOCUMENT=THINGS)
    verdicts = found(plan)
    assert verdicts["GET /things::responses.200.headers.x-not-there"].state is State.BROKEN
    assert verdicts["GET /things::responses.status"].place.file == "shop.contract.yaml"
    assert verdicts["GET /things::responses.status@openapi"].state is State.KEPT


@pytest.mark.parametrize(
    ("openapi", "told"),
    [
        ("nowhere.json", "no file"),
        ("/nowhere.json", "no document at /nowhere.json: 404"),
        ("https://example.com/openapi.json", "nothing else is called"),
        ("shop.contract.yaml", "a document with"),
    ],
)
def test_a_document_that_cannot_be_had_is_one_problem(
    folder: Path, openapi: str, told: str
) -> None:
    plan = planned(folder, f"    app: 'CODE:flask'\n    openapi: {openapi}\n", DOCUMENT=THINGS)
    (problem,) = plan.problems
    assert told in str(problem)
    assert problem.place.line


def test_an_app_without_a_document_is_told(folder: Path) -> None:
    plan = planned(folder, "    app: 'CODE:flask'\n    openapi: true\n", DOCUMENT={})
    (problem,) = plan.problems
    assert "no OpenAPI document at the usual places" in str(problem)


def test_a_broken_operation_is_a_problem_and_others_are_checked(folder: Path) -> None:
    bad = {"get": {"parameters": [{"name": "a", "in": "query", "schema": {"type": "strange"}}]}}
    paths = {**THINGS["paths"], "/hidden": bad}
    plan = planned(
        folder, "    app: 'CODE:flask'\n    openapi: true\n", DOCUMENT={**THINGS, "paths": paths}
    )
    (problem,) = plan.problems
    assert "#/paths/~1hidden/get/parameters/0/schema" in problem.place.file
    assert "GET /things::no-server-error" in found(plan)


@pytest.mark.parametrize(
    ("expr", "state"),
    [
        ("output.stars == request.body.stars", State.KEPT),
        ("output.stars == request.body.stars + 1", State.BROKEN),
    ],
)
def test_what_a_contract_holds_is_judged_by_requests_of_the_document(
    folder: Path, expr: str, state: State
) -> None:
    service = f"""
    app: "CODE:create"
    openapi: true
    operations:
      POST /books: {{holds: {{the stars are kept: {expr!r}}}}}
      GET /books/{{id}}: {{responses: {{200: {{content-type: text/plain}}}}}}
"""
    verdicts = found(planned(folder, service))
    assert verdicts["POST /books::holds.the stars are kept"].state is state
    assert verdicts["GET /books/{id}::responses.200.content-type"].state is State.BROKEN


def test_a_block_with_a_request_is_judged_by_its_own(folder: Path) -> None:
    service = """
    app: "CODE:create"
    openapi: true
    operations:
      POST /books:
        request: {body: {const: {title: one, stars: 1}}}
        holds: {only one: output.stars == 1}
"""
    assert found(planned(folder, service))["POST /books::holds.only one"].state is State.KEPT
