"""Flows: each edge by its schemas, and by running what takes on what gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

CODE = """
import json

KEPT = []


def make(n: int) -> dict:
    return {"n": n}


def double(made: dict) -> dict:
    return {"n": made["n"] * 2}


def choosy(made: dict) -> dict:
    if made["n"] > 5:
        raise ValueError("too much")
    return {"n": made["n"]}


def keep(made: dict) -> dict:
    KEPT.append({"n": made["n"]})
    return {"kept": True}


def kept(ports) -> list:
    return list(KEPT)


def app(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = json.loads(environ["wsgi.input"].read(length))
    good = isinstance(body, dict) and isinstance(body.get("n"), int)
    start_response("201 Created" if good else "400 Bad Request",
                   [("content-type", "application/json")])
    return [b"{}"]
"""

MADE = "{type: object, required: [n], properties: {n: {type: integer, minimum: 0, maximum: 9}}}"
HEAD = f"""
stagepact: 1
name: flows
schemas:
  Made: {MADE}
  Text: {{type: string}}
stages:
  make:
    subject: "CODE:make"
    given: {{input: {{type: integer, minimum: 0, maximum: 9}}}}
    output: {{data: {{$ref: "#/schemas/Made"}}}}
    events: {{types: {{done: {{$ref: "#/schemas/Made"}}}}}}
  double:
    subject: "CODE:double"
    given: {{input: {{$ref: "#/schemas/Made"}}}}
    output: {{data: {{type: object}}}}
  choosy:
    subject: "CODE:choosy"
    given: {{inputs: {{made: {{$ref: "#/schemas/Made"}}}}}}
    output: {{status: ok}}
  keep:
    subject: "CODE:keep"
    given: {{inputs: {{made: {{$ref: "#/schemas/Made"}}}}}}
    output: {{data: {{type: object}}}}
services:
  shop:
    app: "CODE:app"
    operations:
      POST /items:
        request: {{body: {{$ref: "#/schemas/Made"}}}}
        responses: {{201: {{}}, 400: {{}}}}
stores:
  kept: {{schema: {{$ref: "#/schemas/Made"}}, read: "CODE:kept"}}
  unread: {{schema: {{$ref: "#/schemas/Made"}}}}
flows:
"""
ENDS = {
    "made": "/stages/make/output/data",
    "told": "/stages/make/events/types/done",
    "double": "/stages/double/given/input",
    "choosy": "/stages/choosy/given/inputs/made",
    "keeping": "/stages/keep/output/data",
    "posted": "/services/shop/operations/POST ~1items/request/body",
    "kept": "/stores/kept",
    "unread": "/stores/unread",
    "text": "/schemas/Text",
    "nothing": "/stages/make/output",
    "answer": "/services/shop/operations/POST ~1items/responses/201",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    name = f"flows_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "name").write_text(name)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield tmp_path
    sys.modules.pop(name, None)


def planned(folder: Path, flow: str) -> Plan:
    text = (HEAD + f"  it: {flow}\n").replace("CODE", (folder / "name").read_text())
    path = folder / "flows.contract.yaml"
    path.write_text(text)
    return make_plan(open_project([path], folder))


def verdicts(plan: Plan) -> dict[str, Verdict]:
    targets = [target for target in plan.targets if target.name.startswith("flow ")]
    options = Options(max_examples=30, seed=1)
    return {each.item.name: each for target in targets for each in check(target, options)}


def edge(giver: str, taker: str) -> str:
    return f"{{from: {ENDS[giver]}, to: {ENDS[taker]}}}"


@pytest.mark.parametrize(
    ("giver", "taker", "schema", "run"),
    [
        ("made", "double", State.KEPT, State.KEPT),
        ("told", "double", State.KEPT, State.KEPT),
        ("made", "posted", State.KEPT, State.KEPT),
        ("made", "choosy", State.KEPT, State.BROKEN),
        ("text", "double", State.BROKEN, State.NOT_EXERCISED),
        ("text", "posted", State.BROKEN, State.BROKEN),
        ("double", "unread", State.KEPT, State.NOT_EXERCISED),
        ("made", "made", State.KEPT, State.NOT_EXERCISED),
    ],
)
def test_an_edge_is_held_by_its_schemas_and_by_running(
    folder: Path, giver: str, taker: str, schema: State, run: State
) -> None:
    plan = planned(folder, edge(giver, taker))
    assert plan.problems == ()
    found = verdicts(plan)
    assert (found["edge[schema]"].state, found["edge[run]"].state) == (schema, run)


def test_what_is_stored_is_held_to_the_stores_schema(folder: Path) -> None:
    found = verdicts(planned(folder, f"{{from: {ENDS['keeping']}, to: {ENDS['kept']}}}"))
    assert found["edge[run]"].state is State.KEPT
    assert found["edge[run]"].promise == "what keep stores is of /stores/kept"


def test_a_chain_has_an_edge_between_each_two_ends(folder: Path) -> None:
    chain = f"{{chain: [{ENDS['made']}, {ENDS['double']}, {ENDS['posted']}]}}"
    found = verdicts(planned(folder, chain))
    assert sorted(found) == ["edge.1[run]", "edge.1[schema]", "edge.2[run]", "edge.2[schema]"]


def test_the_smallest_value_that_an_edge_breaks_on_is_told(folder: Path) -> None:
    broken = verdicts(planned(folder, edge("made", "choosy")))["edge[run]"]
    (violation,) = broken.violations
    assert "n: 6" in violation.example
    assert "too much" in violation.seen


@pytest.mark.parametrize(
    ("giver", "taker", "told"),
    [
        ("nothing", "double", "leads to no schema"),
        ("made", "answer", "leads to no body"),
    ],
)
def test_an_end_without_a_schema_is_a_problem(
    folder: Path, giver: str, taker: str, told: str
) -> None:
    (problem,) = planned(folder, edge(giver, taker)).problems
    assert told in problem.found
    assert problem.place.line == HEAD.count("\n") + 1


def test_an_edge_may_be_excepted(folder: Path) -> None:
    written = edge("made", "choosy").rstrip("}")
    way_out = 'except: [{clause: "edge*", reason: known, issue: "#1", until: 2999-01-01}]'
    found = verdicts(planned(folder, f"{written}, {way_out}}}"))
    assert found["edge[run]"].excused
