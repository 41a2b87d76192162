"""`laws.pagination` where pages are full, and where a list tells how many items there are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

CODE = """
from flask import Flask, jsonify, request

FLAVOUR = ""


def create() -> Flask:
    app = Flask("cards")
    cards = []

    @app.post("/cards")
    def add():
        if FLAVOUR == "ten at most" and len(cards) == 10:
            return {}, 409
        cards.append({"id": len(cards) + 1, "cents": 3, **request.get_json()})
        return jsonify(cards[-1]), 201

    @app.get("/cards")
    def listed():
        size, page = int(request.args.get("limit", 20)), int(request.args.get("page", 1))
        size = min(size, 30) if FLAVOUR == "caps pages" else size
        found = cards[(page - 1) * size : page * size]
        if FLAVOUR == "drops the last of 50" and len(found) == 50:
            del found[-1]
        if FLAVOUR == "drops the last of 20" and len(found) == 20:
            del found[-1]
        if FLAVOUR == "a sum":
            return jsonify({"items": found, "total": sum(each["cents"] for each in found)})
        said = {"items": found, "page": page, "total": len(cards)}
        if FLAVOUR == "counts the page":
            said["total"] = len(found)
        if FLAVOUR == "counts one too many":
            said["total"] = len(cards) + 1
        return jsonify(said)

    @app.get("/cards/<int:id>")
    def read(id):
        return jsonify(cards[id - 1]) if id <= len(cards) else ({}, 404)

    return app
"""

CONTRACT = """
stagepact: 1
name: cards
schemas:
  Cards: {properties: {items: {type: array, items: {properties: {id: {}}}}}}
services:
  cards:
    app: "MODULE:create"
    operations:
      POST /cards:
        request: {body: {type: object, required: [text], properties: {text: {type: string}}}}
        responses: {201: {}, 409: {}STATUS}
      GET /cards:
        request:
          query:
            page: {type: integer, minimum: 1, maximum: 999}
            limit: {type: integer, minimum: 1, maximum: 50, default: 20}
        responses: {200: {body: {$ref: "#/schemas/Cards"}}}
      GET /cards/{id}: {responses: {200: {}, 404: {}}}
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"cards_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield name
    sys.modules.pop(name, None)


def pagination(folder: Path, module: str, flavour: str, more: str = "") -> Verdict:
    text = CONTRACT.replace("MODULE", module).replace("STATUS", more)
    (folder / "cards.contract.yaml").write_text(text)
    plan = make_plan(open_project([folder / "cards.contract.yaml"], folder))
    assert plan.problems == ()
    sys.modules[module].FLAVOUR = flavour  # type: ignore[attr-defined]
    (target,) = (e for e in plan.targets if e.items[0].clause.id == "laws.pagination")
    (verdict,) = check(target, Options(seed=1))
    return verdict


@pytest.mark.parametrize("flavour", ["", "ten at most", "caps pages", "a sum"])
def test_nobody_is_blamed_for_what_is_right(tmp_path: Path, module: str, flavour: str) -> None:
    found = pagination(tmp_path, module, flavour)
    assert (found.state, found.violations) == (State.KEPT, ())


@pytest.mark.parametrize(
    ("flavour", "promised", "seen"),
    [
        ("drops the last of 50", "items in pages of 50", ", without 50"),
        ("drops the last of 20", "items in pages of 20", ", without 20, 40"),
        ("counts the page", " items in all", "1, after "),
        ("counts one too many", " items in all", ", after "),
    ],
)
def test_what_only_full_pages_and_totals_show_is_found(
    tmp_path: Path, module: str, flavour: str, promised: str, seen: str
) -> None:
    found = pagination(tmp_path, module, flavour)
    assert found.state is State.BROKEN
    assert found.violations[0].promised.endswith(promised)
    assert seen in found.violations[0].seen


def test_a_service_that_limits_its_callers_is_not_filled(tmp_path: Path, module: str) -> None:
    assert pagination(tmp_path, module, "drops the last of 50", ", 429: {}").state is State.KEPT
