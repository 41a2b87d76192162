"""What a contract adds to a document's operations, and what stays as the document says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from stagepact.cases import fuzz_requests
from stagepact.contract.models import RequestSchemas
from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.subject import Case
from stagepact.subject.protocols.http import write_request
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

CODE = """
from flask import Flask, jsonify, request

OPEN = False


def create() -> Flask:
    app = Flask("tills")
    app.sums, app.keys = {}, {}

    @app.get("/sums")
    def all_sums():
        return jsonify(sorted(app.sums.values()))

    @app.get("/own")
    def own():
        known = request.headers.get("x-key") == "of-ada"
        return jsonify([]) if OPEN or known else (jsonify({"error": "who?"}), 401)

    @app.post("/payments")
    def pay():
        said, key = request.get_json(), request.headers.get("idempotency-key")
        if key in app.keys:
            answer, sent = app.keys[key]
            return (jsonify(answer), 201) if sent == said else (jsonify({}), 409)
        if said["till"] not in app.sums:
            return jsonify({}), 404
        app.sums[said["till"]] += said["sum"]
        answer = {"id": len(app.keys) + 1}
        if key:
            app.keys[key] = answer, said
        return jsonify(answer), 201

    return app


def nothing(app):
    return {}


def seeded(app):
    app.sums["t-1"] = 10
"""

DOCUMENT = """
openapi: 3.1.0
info: {title: tills, version: "1"}
paths:
  /sums: {get: {responses: {"200": {description: all}}}}
  /own:
    get:
      security: [{key: []}]
      responses: {"200": {description: all}, "401": {description: who}}
  /payments:
    post:
      parameters: [{name: Idempotency-Key, in: header, schema: {type: string, minLength: 1}}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [till, sum]
              properties: {till: {type: string}, sum: {type: integer, minimum: 1, maximum: 9}}
      responses:
        "201": {description: paid}
        "404": {description: no such till}
        "409": {description: the key is used}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""

CONTRACT = """
stagepact: 1
name: tills
services:
  tills:
    app: "MODULE:create"
    openapi: api.yaml
    states: {nothing: "MODULE:nothing", seeded: "MODULE:seeded"}
    auth: {scheme: {header: X-Key}, users: {ada: {token: of-ada}}}
    operations:
      GET /sums: {within: {max: 5s}}
      GET /own: {within: {max: 5s}}
      POST /payments:
        idempotency: true
        examples:
          - name: paid
            state: seeded
            request: {body: {till: t-1, sum: 2}}
            response: {status: 201}
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"tills_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "api.yaml").write_text(DOCUMENT)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "tills.contract.yaml").write_text(CONTRACT.replace("MODULE", name))
    yield name
    sys.modules.pop(name, None)


def verdicts(folder: Path, seed: int = 1) -> dict[str, Verdict]:
    plan = make_plan(open_project([folder / "tills.contract.yaml"], folder))
    assert plan.problems == ()
    options = Options(max_examples=20, seed=seed)
    found = [each for target in plan.targets for each in check(target, options)]
    return {f"{each.item.subject}::{each.item.clause}": each for each in found}


@pytest.mark.parametrize("seed", range(3))
def test_an_operation_that_its_document_leaves_open_stays_so(
    tmp_path: Path, module: str, seed: int
) -> None:
    found = verdicts(tmp_path, seed)
    assert [name for name, each in found.items() if each.state is State.BROKEN] == []
    assert "GET /sums::auth-required" not in found
    assert found["GET /own::auth-required"].state is State.KEPT


def test_an_operation_that_its_document_protects_is_held_to_it(tmp_path: Path, module: str) -> None:
    plan = make_plan(open_project([tmp_path / "tills.contract.yaml"], tmp_path))
    sys.modules[module].OPEN = True  # type: ignore[attr-defined]
    found = [each for target in plan.targets for each in check(target, Options(max_examples=5))]
    broken = {str(each.item.clause) for each in found if each.state is State.BROKEN}
    assert "auth-required" in broken


def test_laws_are_played_in_the_state_of_the_example_that_succeeds(
    tmp_path: Path, module: str
) -> None:
    found = verdicts(tmp_path)
    assert found["POST /payments::idempotency.replay"].state is State.KEPT
    assert found["POST /payments::idempotency.conflict"].state is State.KEPT


TEXT = {"type": "string", "minLength": 1}
HEADERS = RequestSchemas(
    headers={"x-key": TEXT, "x-note": {"anyOf": [TEXT, {"type": "integer"}]}},
    required=["x-key", "x-note"],
)


@given(fuzz_requests("/", HEADERS, lambda schema: schema, [None]))
def test_drawn_headers_can_stand_in_a_field(case: Case) -> None:
    assert len(write_request("GET", "/", case.given.request).headers) == 2
