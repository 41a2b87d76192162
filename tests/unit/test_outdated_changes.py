"""`laws.lost-update` where the plainest change changes nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

pytestmark = pytest.mark.untraced

CODE = """
from flask import Flask, jsonify, request

REFUSES = True


def create() -> Flask:
    app = Flask("notes")
    notes = {}

    def told(number, status=200):
        note, version = notes[number]
        return jsonify({"id": number, **note}), status, {"ETag": f'"{version}"'}

    @app.post("/notes")
    def add():
        notes[len(notes) + 1] = request.get_json(), 1
        return told(len(notes), 201)

    @app.get("/notes/<int:id>")
    def read(id):
        return told(id) if id in notes else ({}, 404)

    @app.patch("/notes/<int:id>")
    def change(id):
        note, version = notes[id]
        if REFUSES and request.headers.get("if-match") != f'"{version}"':
            return {}, 412
        changed = {**note, **request.get_json()}
        notes[id] = changed, version + (changed != note)
        return told(id)

    return app
"""

CONTRACT = """
stagepact: 1
name: notes
schemas:
  Note: {type: object, properties: {text: {type: string}}, additionalProperties: false}
services:
  notes:
    app: "MODULE:create"
    operations:
      POST /notes: {request: {body: {$ref: "#/schemas/Note"}}, responses: {201: {}}}
      GET /notes/{id}: {responses: {200: {}, 404: {}}}
      PATCH /notes/{id}:
        request:
          headers: {If-Match: {type: string}}
          body: {$ref: "#/schemas/Note"}
        responses: {200: {}, 412: {}}
"""


@pytest.mark.parametrize(("refuses", "state"), [(True, State.KEPT), (False, State.BROKEN)])
def test_a_change_that_changes_nothing_is_followed_by_another(
    tmp_path: Path, refuses: bool, state: State
) -> None:
    name = f"notes_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "notes.contract.yaml").write_text(CONTRACT.replace("MODULE", name))
    plan = make_plan(open_project([tmp_path / "notes.contract.yaml"], tmp_path))
    sys.modules[name].REFUSES = refuses  # type: ignore[attr-defined]
    found = [
        each
        for target in plan.targets
        for each in check(target, Options(max_examples=5, seed=1))
        if each.item.clause == "laws.lost-update"
    ]
    sys.modules.pop(name)
    assert [(each.state, each.reason) for each in found] == [(state, "")]
