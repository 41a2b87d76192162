"""`laws.create-read` where creation leaves out a member, and reading agrees with that."""

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
    app = Flask("rooms")
    rooms = {}

    @app.post("/rooms")
    def add():
        said = request.get_json()
        room = {"id": len(rooms) + 1, **said}
        if FLAVOUR == "drops tags":
            room["tags"] = []
        if FLAVOUR == "drops the city" or (FLAVOUR == "a city of halls" and said["kind"] == "desk"):
            room.pop("city", None)
        if FLAVOUR == "trims":
            room["tags"] = [each.strip() for each in said.get("tags", []) if each.strip()]
        if FLAVOUR == "leaves defaults out" and room.get("size") == 7:
            del room["size"]
        if FLAVOUR == "keeps secrets":
            room.pop("pin", None)
        rooms[room["id"]] = room
        return jsonify({"id": room["id"]} if FLAVOUR == "says little" else room), 201

    @app.get("/rooms/<int:id>")
    def read(id):
        return jsonify(rooms[id]) if id in rooms else ({}, 404)

    return app
"""

CONTRACT = """
stagepact: 1
name: rooms
schemas:
  Said:
    type: object
    required: [kind]
    properties:
      kind: {enum: [hall, desk]}
      city: {enum: [Oslo, Rome]}
      tags: {type: array, items: {type: string, maxLength: 9}, maxItems: 3}
      size: {type: integer, minimum: 1, default: 7}
      pin: {type: string, minLength: 4, writeOnly: true}
    additionalProperties: false
services:
  rooms:
    app: "MODULE:create"
    operations:
      POST /rooms: {request: {body: {$ref: "#/schemas/Said"}}, responses: {201: {body: BODY}}}
      GET /rooms/{id}: {responses: {200: {body: BODY}, 404: {}}}
"""


ROOM = '{allOf: [{$ref: "#/schemas/Said"}, {type: object, required: [id], properties: {id: {}}}]}'


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"rooms_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield name
    sys.modules.pop(name, None)


def created(folder: Path, module: str, flavour: str, seed: int, body: str = ROOM) -> Verdict:
    text = CONTRACT.replace("MODULE", module).replace("BODY", body)
    (folder / "rooms.contract.yaml").write_text(text)
    plan = make_plan(open_project([folder / "rooms.contract.yaml"], folder))
    assert plan.problems == ()
    sys.modules[module].FLAVOUR = flavour  # type: ignore[attr-defined]
    (target,) = (e for e in plan.targets if e.items[0].clause.id == "laws.create-read")
    (verdict,) = check(target, Options(seed=seed))
    return verdict


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "flavour",
    ["", "a city of halls", "trims", "leaves defaults out", "keeps secrets", "says little"],
)
def test_nobody_is_blamed_for_what_is_right(
    tmp_path: Path, module: str, flavour: str, seed: int
) -> None:
    found = created(tmp_path, module, flavour, seed)
    assert (found.state, found.violations) == (State.KEPT, ())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("flavour", "member"), [("drops tags", "tags"), ("drops the city", "city")]
)
def test_what_is_left_out_is_found(
    tmp_path: Path, module: str, flavour: str, member: str, seed: int
) -> None:
    found = created(tmp_path, module, flavour, seed)
    assert found.state is State.BROKEN
    assert found.violations[0].pointer[-1] == member


def test_one_schema_for_both_says_nothing_of_who_says_a_member(tmp_path: Path, module: str) -> None:
    found = created(tmp_path, module, "drops the city", 1, "{$ref: '#/schemas/Said'}")
    assert found.state is State.KEPT
