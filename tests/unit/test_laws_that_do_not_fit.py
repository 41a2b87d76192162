"""What is right and looks wrong: numbers that are masked later, and reads that lag behind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

pytestmark = pytest.mark.untraced

CODE = """
from flask import Flask, jsonify, request

FLAVOUR = ""


def create() -> Flask:
    app = Flask("cards")
    cards = []

    @app.post("/cards")
    def add():
        cards.append({"id": len(cards) + 1, **request.get_json()})
        return jsonify(cards[-1]), 201

    def shown(card):
        number = card["number"]
        if FLAVOUR == "masks":
            number = "*" * 8 + number[-4:]
        return {**card, "number": number[:4] if FLAVOUR == "cuts" else number}

    @app.get("/cards")
    def listed():
        return jsonify([shown(each) for each in cards])

    @app.get("/cards/<int:id>")
    def read(id):
        there = len(cards) - (FLAVOUR == "lags behind")
        return jsonify(shown(cards[id - 1])) if id <= there else ({}, 404)

    return app
"""

CONTRACT = """
stagepact: 1
name: cards
schemas:
  Number: {type: string, minLength: 12, maxLength: 12, pattern: "^[0-9]+$"}
services:
  cards:
    app: "MODULE:create"
    resources: {/cards: {RESOURCE}}
    operations:
      POST /cards:
        request:
          body: {type: object, required: [number], properties: {number: {$ref: "#/schemas/Number"}}}
        responses: {201: {}}
      GET /cards: {responses: {200: {body: {type: array, items: {properties: {id: {}}}}}}}
      GET /cards/{id}: {responses: {200: {}, 404: {}}}
"""
LAGS = "without: {create-read: reads lag behind, sequences: as above, list-get: as above}"


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"cards_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield name
    sys.modules.pop(name, None)


def laws(folder: Path, module: str, flavour: str, resource: str = "") -> dict[str, State]:
    text = CONTRACT.replace("MODULE", module).replace("RESOURCE", resource)
    (folder / "cards.contract.yaml").write_text(text)
    plan = make_plan(open_project([folder / "cards.contract.yaml"], folder))
    assert plan.problems == ()
    sys.modules[module].FLAVOUR = flavour  # type: ignore[attr-defined]
    targets = [each for each in plan.targets if each.items[0].clause.id.startswith("laws.")]
    found = [verdict for target in targets for verdict in check(target, Options(seed=1))]
    return {each.item.clause.removeprefix("laws."): each.state for each in found}


def test_a_number_may_be_masked_once_it_is_stored(tmp_path: Path, module: str) -> None:
    assert set(laws(tmp_path, module, "masks").values()) == {State.KEPT}


def test_a_number_that_is_cut_is_no_masked_one(tmp_path: Path, module: str) -> None:
    assert laws(tmp_path, module, "cuts")["create-read"] is State.BROKEN


def test_a_law_that_is_not_meant_for_a_resource_is_left_out(tmp_path: Path, module: str) -> None:
    assert laws(tmp_path, module, "lags behind")["create-read"] is State.BROKEN
    assert laws(tmp_path, module, "lags behind", LAGS) == {}
