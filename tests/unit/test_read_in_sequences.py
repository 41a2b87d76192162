"""`laws.sequences`: what is read between the calls has its schema, too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

CODE = """
from flask import Flask, jsonify, request

LOSES = False


def create() -> Flask:
    app = Flask("cards")
    cards = []

    @app.post("/boards/<int:board_id>/cards")
    def add(board_id):
        cards.append({"id": len(cards) + 1, **request.get_json()})
        return jsonify(cards[-1]), 201

    @app.get("/cards/<int:card_id>")
    def read(card_id):
        if card_id > len(cards):
            return {}, 404
        card = cards[card_id - 1]
        hidden = {"id"} if LOSES and "who" not in card else set()
        return jsonify({name: value for name, value in card.items() if name not in hidden})

    return app
"""

CONTRACT = """
stagepact: 1
name: cards
schemas:
  Said: {type: object, properties: {who: {enum: [ada, bob]}}, additionalProperties: false}
  Card: {type: object, required: [id]}
services:
  cards:
    app: "MODULE:create"
    operations:
      POST /boards/{board_id}/cards:
        request: {path: {board_id: {const: 1}}, body: {$ref: "#/schemas/Said"}}
        responses: {201: {$ref: "#/schemas/Card"}}
        examples: [{name: one, request: {path: {board_id: 1}, body: {}}, response: {status: 201}}]
      GET /cards/{card_id}: {responses: {200: {$ref: "#/schemas/Card"}, 404: {}}}
"""


@pytest.mark.parametrize(("loses", "state"), [(False, State.KEPT), (True, State.BROKEN)])
def test_what_is_read_has_its_schema(tmp_path: Path, loses: bool, state: State) -> None:
    name = f"read_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "cards.contract.yaml").write_text(CONTRACT.replace("MODULE", name))
    plan = make_plan(open_project([tmp_path / "cards.contract.yaml"], tmp_path))
    assert plan.problems == ()
    sys.modules[name].LOSES = loses  # type: ignore[attr-defined]
    (target,) = (e for e in plan.targets if e.items[0].clause.id == "laws.sequences")
    (verdict,) = check(target, Options(seed=1))
    sys.modules.pop(name)
    assert verdict.state is state
