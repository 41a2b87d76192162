"""Flows: each edge by its schemas, and by running what takes on what gives."""

from __future__ import annotations

from textwrap import indent

import pytest
from plans import Make, make, verdicts

from stagepact.verdict.model import State

__all__ = ["make"]

CODE = """
    rows = []

    @stagepact.contract_subject()
    def give(n: int) -> dict:
        return {"n": n}

    @stagepact.contract_subject()
    def take(given: dict) -> int:
        if given["n"] == 7:
            raise ValueError("seven")
        return given["n"]

    @stagepact.contract_subject()
    def save(n: int, rows) -> int:
        rows.append({"n": n})
        return n

    def read(ports):
        return ports["rows"].items

    async def read_later(ports):
        return ports["rows"].items

    class Rows:
        def __init__(self):
            self.items = []
        def append(self, item):
            self.items.append(item)

    async def app(scope, receive, send):
        message = await receive()
        import json
        n = json.loads(message["body"])["n"]
        status = 422 if n == 7 else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
"""


def n(low: int, high: int) -> str:
    return (
        "{type: object, required: [n], additionalProperties: false, "
        f"properties: {{n: {{type: integer, minimum: {low}, maximum: {high}}}}}}}"
    )


def contract(gives: str, takes: str, flow: str, more: str = "") -> str:
    return f"""
stages:
  give: {{given: {{input: {{type: integer}}}}, output: {{data: {gives}}}}}
  take: {{given: {{input: {takes}}}, output: {{status: [ok]}}}}
  save:
    given: {{input: {{type: integer}}, ports: {{rows: "code_of_plan:Rows"}}}}
    output: {{data: {{type: integer}}}}
services:
  api:
    app: "code_of_plan:app"
    operations: {{POST /n: {{request: {{body: {takes}}}, responses: {{200: {{}}}}}}}}
stores:
  rows: {{schema: {gives}, read: "code_of_plan:read"}}
  later: {{schema: {takes}, read: "code_of_plan:read_later"}}
  unread: {{schema: true}}
{more}
flows:
  passing:
{indent(flow, "    ")}
"""


def states(make: Make, text: str) -> dict[str, State]:
    found = verdicts(make(CODE, a=text))
    return {
        name.removeprefix("passing::"): each.state
        for name, each in found.items()
        if name.startswith("passing::")
    }


GIVES, TAKES = "/stages/give/output/data", "/stages/take/given/input"
FROM_TO = f"from: {GIVES}\nto: {TAKES}"
BOTH = {"edge[schema]", "edge[run]"}


@pytest.mark.parametrize(
    ("gives", "takes", "schema", "run"),
    [
        (n(1, 3), n(0, 5), State.KEPT, State.KEPT),
        (n(1, 9), n(0, 5), State.BROKEN, State.BROKEN),
        (n(1, 9), n(0, 9), State.KEPT, State.BROKEN),
        (n(10, 30), n(0, 5), State.BROKEN, State.KEPT),
    ],
    ids=["fits", "too wide", "fits and raises", "only the schema says no"],
)
def test_an_edge_is_checked_by_schema_and_by_run(
    make: Make, gives: str, takes: str, schema: State, run: State
) -> None:
    found = states(make, contract(gives, takes, FROM_TO))
    assert found == {"edge[schema]": schema, "edge[run]": run}


def test_a_chain_is_an_edge_for_each_pair(make: Make) -> None:
    flow = f"chain: [{GIVES}, {TAKES}, {GIVES}]"
    plan = make(CODE, a=contract(n(1, 3), n(0, 5), flow))
    names = {item.id.name for item in plan.items if item.id.subject == "passing"}
    assert names == {"edge.1[schema]", "edge.1[run]", "edge.2[schema]", "edge.2[run]"}
    found = verdicts(plan)["passing::edge.2[run]"]
    assert found.reason == f"{GIVES} takes nothing, so nothing is run"


def test_a_chain_goes_through_what_takes_and_gives(make: Make) -> None:
    body = "/services/api/operations/POST ~1n"
    flow = (
        f"chain: [{GIVES}, {TAKES}, /stages/take/output/data, {body}/request/body, "
        f"{body}/responses/200/body, {TAKES}]"
    )
    text = contract(n(1, 3), n(0, 5), flow)
    text = text.replace("{status: [ok]}", f"{{status: [ok], data: {n(20, 30)}}}")
    text = text.replace("{200: {}}", f"{{200: {{body: {n(4, 5)}}}}}")
    assert states(make, text) == {
        "edge.1[schema]": State.KEPT,
        "edge.1[run]": State.KEPT,
        "edge.3[schema]": State.BROKEN,
        "edge.3[run]": State.KEPT,
        "edge.5[schema]": State.KEPT,
        "edge.5[run]": State.KEPT,
    }


@pytest.mark.parametrize("end", ["output/data", "events/types/told"])
def test_what_has_properties_is_given_on_as_an_object(make: Make, end: str) -> None:
    untyped = "{required: [n], properties: {n: {type: integer, minimum: 1, maximum: 3}}}"
    text = contract(
        untyped,
        n(0, 5).replace("additionalProperties: false, ", ""),
        (f"from: /stages/give/{end}\nto: {TAKES}"),
    ).replace("  give: {", f"  give: {{events: {{types: {{told: {untyped}}}}}, ")
    assert states(make, text) == {"edge[schema]": State.KEPT, "edge[run]": State.KEPT}


@pytest.mark.parametrize(("high", "run"), [(3, State.KEPT), (9, State.BROKEN)])
def test_an_end_may_be_an_operation(make: Make, high: int, run: State) -> None:
    flow = f"from: {GIVES}\nto: /services/api/operations/POST ~1n/request/body"
    assert states(make, contract(n(1, high), n(0, 9), flow))["edge[run]"] is run


@pytest.mark.parametrize(
    ("store", "state"),
    [("rows", State.KEPT), ("later", State.BROKEN), ("unread", State.NOT_EXERCISED)],
)
def test_an_end_may_be_a_store(make: Make, store: str, state: State) -> None:
    gives = "{type: object, required: [n]}"
    flow = f"from: /stages/save/output/data\nto: /stores/{store}"
    found = states(make, contract(gives, n(10**9, 10**9), flow))
    assert found["edge[run]"] is state


def test_an_end_that_nothing_runs_is_told(make: Make) -> None:
    text = (
        contract(n(1, 3), n(0, 5), FROM_TO)
        .replace("  take:", "  taker:")
        .replace("/stages/take/", "/stages/taker/")
    )
    found = verdicts(make(CODE, a=text))["passing::edge[run]"]
    assert (found.state, found.reason) == (State.NOT_EXERCISED, "no subject named 'taker'")


def test_a_flow_has_ways_out(make: Make) -> None:
    out = FROM_TO + ("\nexcept: [{clause: edge, reason: known, issue: '#1', until: 2100-01-01}]")
    found = verdicts(make(CODE, a=contract(n(1, 9), n(0, 5), out)))
    assert all(found[f"passing::{name}"].excused for name in BOTH)


@pytest.mark.parametrize(
    "end", ["/stages/take/output", "/services/api/app", "/stages/give/given/ports"]
)
def test_an_end_without_a_schema_is_a_problem(make: Make, end: str) -> None:
    plan = make(CODE, a=contract(n(1, 3), n(0, 5), f"from: {end}\nto: {TAKES}"))
    assert plan.problems


def test_a_flows_runs_are_isolated_where_what_takes_is(make: Make) -> None:
    text = contract(n(1, 3), n(0, 5), FROM_TO).replace("  take: {", "  take: {isolate: process, ")
    plan = make(CODE, a=text)
    isolated = {target.name: target.isolate for target in plan.targets}
    assert isolated["flow passing.0[run]"]
    assert isolated["take[direct]"]
    assert not isolated["give[direct]"]
