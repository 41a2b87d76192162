"""Items of services under pytest: ids with spaces and braces, selected, repeated, spread."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from tiny_project import Project

pytestmark = pytest.mark.untraced

APP = """
from flask import Flask, abort, jsonify, request


def create() -> Flask:
    app = Flask("books")
    books = {}

    @app.post("/books")
    def add():
        body = request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("title"), str):
            abort(422)
        book = {"id": len(books) + 1, "title": body["title"]}
        books[book["id"]] = book
        return jsonify(book), 201

    @app.get("/books/<int:id>")
    def read(id):
        if id not in books:
            abort(404)
        return jsonify({**books[id], "title": books[id]["title"][:3]})

    return app
"""
CONTRACT = """
stagepact: 1
name: books
services:
  books:
    app: "books:create"
    operations:
      POST /books:
        request:
          body:
            type: object
            required: [title]
            properties: {title: {type: string, minLength: 1, maxLength: 9}}
        responses: {201: {body: {type: object, required: [id]}}, 422: {}}
        examples:
          - name: "one book {new}"
            request: {body: {title: Emma}}
            response: {status: 201}
      GET /books/{id}:
        request: {path: {id: {type: integer, minimum: 1, maximum: 9}}}
        responses: {200: {body: {type: object, required: [id, title]}}, 404: {}}
"""
FILE = "contracts/books.contract.yaml"
READ = f"{FILE}::GET /books/{{id}}::responses.status[wsgi]"
LAW = f"{FILE}::/books::laws.create-read[wsgi]"
EXAMPLE = f"{FILE}::POST /books::examples.one book {{new}}[wsgi]"


@pytest.fixture
def books(project: Project) -> Project:
    """A service that answers titles cut to three letters."""
    project.file("books.py", APP)
    project.file(FILE, CONTRACT)
    return project


def told(project: Project, *arguments: str) -> str:
    """What pytest says, run as users do."""
    path = os.pathsep.join(filter(None, (str(project.root), os.environ.get("PYTHONPATH"))))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "CI"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--hypothesis-seed=1", *arguments],
        cwd=project.root,
        env={**kept, "PYTHONPATH": path, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done.stdout


def collected(project: Project, *arguments: str) -> list[str]:
    out = told(project, "--collect-only", "-q", *arguments)
    return [line for line in out.splitlines() if "::" in line]


def outcomes(text: str) -> dict[str, int]:
    found = re.findall(r"(\d+) (passed|failed|skipped|deselected)", text.splitlines()[-1])
    return {name: int(number) for number, name in found}


@pytest.mark.slow
def test_ids_are_each_their_own_and_the_same_each_time(books: Project) -> None:
    first, second = (collected(books, "contracts") for _ in "12")
    assert first == second
    assert len(first) == len(set(first))
    assert {READ, LAW, EXAMPLE} <= set(first)


def test_an_id_collects_itself(books: Project) -> None:
    assert collected(books, READ, LAW, EXAMPLE) == [READ, LAW, EXAMPLE]


def test_items_are_found_by_parts_of_their_ids(books: Project) -> None:
    found = collected(books, "contracts", "-k", "create-read or examples and one")
    assert sorted(found) == sorted([LAW, EXAMPLE])


@pytest.mark.slow
def test_what_failed_last_is_run_again_alone(books: Project) -> None:
    first = told(books, "contracts", "-q", "-rf")
    failed = {line.split(" - ")[0] for line in first.splitlines() if line.startswith("FAILED ")}
    assert f"FAILED {LAW}" in failed
    assert len(failed) == outcomes(first)["failed"]
    assert outcomes(first)["passed"] > 0
    again = told(books, "contracts", "-q", "-rf", "--lf")
    assert outcomes(again)["failed"] == len(failed)
    assert "passed" not in outcomes(again)
    assert f"FAILED {LAW}" in again


def verdicts(project: Project, *arguments: str) -> dict[str, Any]:
    told(project, "contracts", "-q", "--stagepact-json=run.json", *arguments)
    run = json.loads((project.root / "run.json").read_text(encoding="utf-8"))
    return {
        json.dumps(each["item"]): (each["state"], each["reason"], each["spots"], each["runs"])
        for each in run["verdicts"]
    }


@pytest.mark.slow
def test_two_workers_come_to_the_same_verdicts_as_one(books: Project) -> None:
    """State, reason, places and the number of runs of every clause."""
    alone, two = verdicts(books, "-n", "0"), verdicts(books, "-n", "2")
    assert {state for state, *_ in alone.values()} >= {"kept", "broken"}
    assert two == alone


@pytest.mark.slow
def test_two_workers_run_no_operation_twice(books: Project) -> None:
    """Each call of the app is written down by whoever made it."""
    path = books.root / "calls.txt"
    app = books.root / "books.py"
    noted = f"""books = {{}}

    @app.before_request
    def note():
        with open({str(path)!r}, "a") as calls:
            calls.write(f"{{request.method}} {{request.full_path}}\\n")
"""
    text = app.read_text(encoding="utf-8").replace("books = {}\n", noted)
    app.write_text(text, encoding="utf-8")
    calls = []
    for workers in ("0", "2"):
        path.unlink(missing_ok=True)
        verdicts(books, "-n", workers)
        calls.append(sorted(path.read_text(encoding="utf-8").splitlines()))
    assert calls[0] == calls[1]
