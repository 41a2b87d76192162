"""`conservation: {after: […]}`: what some calls leave as it is, and others may change."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.errors import ContractError
from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

CODE = """
from flask import Flask, jsonify, request

LOSES = 0


def create() -> Flask:
    app = Flask("accounts")
    app.sums = []

    @app.post("/accounts")
    def add():
        app.sums.append(request.get_json()["sum"])
        return jsonify({"id": len(app.sums)}), 201

    @app.get("/accounts")
    def listed():
        return jsonify([{"id": n, "sum": each} for n, each in enumerate(app.sums, 1)])

    @app.post("/transfers")
    def transfer():
        said = request.get_json()
        if not {said["giver"], said["taker"]} <= set(range(1, len(app.sums) + 1)):
            return {}, 404
        app.sums[said["giver"] - 1] -= said["sum"]
        app.sums[said["taker"] - 1] += said["sum"] - LOSES
        return {}, 200

    return app


def two(app):
    app.sums[:] = [50, 50]
"""

CONTRACT = """
stagepact: 1
name: accounts
services:
  accounts:
    app: "MODULE:create"
    states: {two are there: "MODULE:two"}
    conservation:
      no money is lost:
        over: {accounts: GET /accounts}
        expr: sum(accounts[*].sum) == sum(before.accounts[*].sum)
        AFTER
    operations:
      POST /accounts:
        state: two are there
        request:
          body:
            type: object
            required: [sum]
            properties: {sum: {type: integer, minimum: 1, maximum: 99}}
        responses: {201: {}}
      GET /accounts: {state: two are there, responses: {200: {}}}
      POST /transfers:
        state: two are there
        responses: {200: {}, 404: {}}
        examples:
          - name: of ten
            request: {body: {giver: GIVER, taker: 2, sum: 10}}
            response: {status: 200}
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"accounts_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield name
    sys.modules.pop(name, None)


def conserved(
    folder: Path, module: str, after: str, loses: int, seed: int = 1, giver: int = 1
) -> Verdict:
    text = CONTRACT.replace("MODULE", module).replace("AFTER", after).replace("GIVER", str(giver))
    (folder / "accounts.contract.yaml").write_text(text)
    plan = make_plan(open_project([folder / "accounts.contract.yaml"], folder))
    if plan.problems:
        raise ContractError(*plan.problems)
    sys.modules[module].LOSES = loses  # type: ignore[attr-defined]
    (target,) = (e for e in plan.targets if e.items[0].clause.kind == "conservation")
    (verdict,) = check(target, Options(seed=seed))
    return verdict


AFTER = "after: [POST /transfers]"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("after", "loses", "state"),
    [(AFTER, 0, State.KEPT), (AFTER, 1, State.BROKEN), ("", 0, State.BROKEN)],
)
def test_other_calls_may_change_what_these_conserve(
    tmp_path: Path, module: str, after: str, loses: int, state: State, seed: int
) -> None:
    assert conserved(tmp_path, module, after, loses, seed).state is state


def test_a_call_that_never_succeeds_conserves_nothing(tmp_path: Path, module: str) -> None:
    found = conserved(tmp_path, module, AFTER, 1, giver=77)
    told = "POST /transfers is answered by 404: give an example that succeeds"
    assert (found.state, found.reason) == (State.NOT_EXERCISED, told)


def test_a_call_that_is_no_operation_is_a_problem(tmp_path: Path, module: str) -> None:
    with pytest.raises(ContractError) as raised:
        conserved(tmp_path, module, "after: [POST /transfer]", 0)
    (problem,) = raised.value.problems
    assert (problem.place.line, problem.found) == (12, "POST /transfer")
    assert problem.advice == "did you mean 'POST /transfers'?"
