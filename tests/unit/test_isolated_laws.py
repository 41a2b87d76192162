"""Laws of services whose operations run in processes of their own: a death is an observation."""

from __future__ import annotations

import pytest
from plans import Make, make, verdicts

from stagepact.verdict.model import State, Verdict

__all__ = ["make"]

CODE = """
import json
import os

from flask import Flask, Response, request

app = Flask("things")
things = {}


@app.post("/things")
def add():
    things[str(len(things) + 1)] = request.get_json()
    made = {"id": str(len(things)), **request.get_json()}
    return Response(json.dumps(made), 201, content_type="application/json")


@app.get("/things/<id>")
def read(id):
    if "DIES":
        os._exit(3)
    if id not in things:
        return Response("", 404)
    return Response(json.dumps({"id": id, **things[id]}), content_type="application/json")


@app.put("/things/<id>/lock")
def lock(id):
    if "DIES":
        os._exit(3)
    things[id]["status"] = "locked"
    return Response("", 204)
"""

CONTRACT = """
services:
  things:
    app: "code_of_plan:app"
    lifecycle:
      resource: /things/{id}
      states: open locked
      moves: {lock: {call: "PUT /things/{id}/lock", from: open, to: locked}}
    operations:
      POST /things:
        request: {body: {type: object, required: [status], additionalProperties: false, properties: {status: {const: open}}}}
        responses: {201: {}}
      GET /things/{id}: {isolate: process, responses: {200: {}, 404: {}}}
      PUT /things/{id}/lock: {isolate: process, responses: {204: {}}}
"""  # noqa: E501
LAWS = ("laws.create-read", "laws.sequences", "lifecycle.allowed.open")


def of_laws(make: Make, dies: str) -> dict[str, Verdict]:
    code = CODE.replace('"DIES"', dies)
    found = verdicts(make(code, a=CONTRACT))
    return {e.item.clause: e for e in found.values() if e.item.clause in LAWS}


@pytest.mark.slow
def test_laws_hold_over_processes(make: Make) -> None:
    found = of_laws(make, "False")
    assert {name: each.state for name, each in found.items()} == dict.fromkeys(LAWS, State.KEPT)


@pytest.mark.slow
def test_a_law_whose_walk_kills_the_process_is_broken_and_others_go_on(make: Make) -> None:
    found = of_laws(make, "True")
    assert {name: each.state for name, each in found.items()} == dict.fromkeys(LAWS, State.BROKEN)
    assert all("exit" in each.violations[0].seen for each in found.values()), found


@pytest.mark.parametrize("clause", LAWS)
def test_other_services_laws_run_here(clause: str, make: Make) -> None:
    plan = make(CODE.replace('"DIES"', "False"), a=CONTRACT.replace("isolate: process, ", ""))
    (target,) = (t for t in plan.targets if t.items[0].clause.id == clause)
    assert not target.isolate
