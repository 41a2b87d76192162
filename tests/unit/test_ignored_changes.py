"""`laws.update-read` where a change succeeds, and its answer says that nothing was changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

CODE = """
from flask import Flask, jsonify, request

FLAVOUR = ""


def create() -> Flask:
    app = Flask("tasks")
    tasks = {}

    @app.post("/tasks")
    def add():
        task = {"id": len(tasks) + 1, "done": False, "points": 1, "tags": [], **request.get_json()}
        tasks[task["id"]] = task
        return jsonify(task), 201

    @app.get("/tasks/<int:id>")
    def read(id):
        return jsonify(tasks[id]) if id in tasks else ({}, 404)

    @app.patch("/tasks/<int:id>")
    def change(id):
        if id not in tasks:
            return {}, 404
        said = request.get_json()
        if FLAVOUR == "ignores":
            return jsonify(tasks[id])
        if FLAVOUR == "trims" and "title" in said:
            said["title"] = said["title"].strip().lower() or "untitled"
        if FLAVOUR == "rounds" and "points" in said:
            said["points"] = round(said["points"])
        task = {**tasks[id], **said}
        if FLAVOUR == "forgets tags":
            task["tags"] = said.get("tags", [])
        if FLAVOUR == "untags what is done" and said.get("done"):
            task["tags"] = []
        tasks[id] = task
        return jsonify(task)

    return app
"""

CONTRACT = """
stagepact: 1
name: tasks
schemas:
  Said:
    type: object
    properties:
      title: {type: string, maxLength: 9}
      done: {type: boolean}
      points: {type: number, minimum: 0, maximum: 9}
      tags: {type: array, items: {type: string, minLength: 1, maxLength: 5}, maxItems: 2}
    additionalProperties: false
  Any: {type: object, properties: {id: {}, title: {}, done: {}, points: {}, tags: {}}}
services:
  tasks:
    app: "MODULE:create"
    operations:
      POST /tasks:
        request: {body: {$ref: "#/schemas/Said"}}
        responses: {201: {$ref: "#/schemas/Any"}}
      GET /tasks/{id}: {responses: {200: {$ref: "#/schemas/Any"}, 404: {}}}
      PATCH /tasks/{id}:
        request: {body: {$ref: "#/schemas/Said"}}
        responses: {200: {$ref: "#/schemas/Any"}, 404: {}}
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"tasks_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "tasks.contract.yaml").write_text(CONTRACT.replace("MODULE", name))
    yield name
    sys.modules.pop(name, None)


def updated(folder: Path, module: str, flavour: str, seed: int) -> Verdict:
    plan = make_plan(open_project([folder / "tasks.contract.yaml"], folder))
    assert plan.problems == ()
    sys.modules[module].FLAVOUR = flavour  # type: ignore[attr-defined]
    (target,) = (e for e in plan.targets if e.items[0].clause.id == "laws.update-read")
    (verdict,) = check(target, Options(seed=seed))
    return verdict


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("flavour", ["", "trims", "rounds", "untags what is done"])
def test_nobody_is_blamed_for_what_is_right(
    tmp_path: Path, module: str, flavour: str, seed: int
) -> None:
    found = updated(tmp_path, module, flavour, seed)
    assert (found.state, found.violations) == (State.KEPT, ())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("flavour", ["ignores", "forgets tags"])
def test_what_no_change_does_is_found(tmp_path: Path, module: str, flavour: str, seed: int) -> None:
    assert updated(tmp_path, module, flavour, seed).state is State.BROKEN
