"""Services: how they are reached, their states, reserved keys, and what no contract speaks of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

CODE = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def app(environ, start_response):
    start_response("200 OK", [("content-type", "application/json")])
    return [b'{"path": "%s"}' % environ["PATH_INFO"].encode()]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError("no lifespan")
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


async def things(request):
    return PlainTextResponse("ok")


routed = Starlette(routes=[Route("/things", things, methods=["GET", "POST"])])
number = 7


def create_app():
    return app


def known(app):
    return {"id": "7"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    name = f"service_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "name").write_text(name)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield tmp_path
    sys.modules.pop(name, None)


def planned(folder: Path, service: str) -> Plan:
    text = f"stagepact: 1\nname: shop\nservices:\n  shop:\n{service}"
    path = folder / "shop.contract.yaml"
    path.write_text(text.replace("CODE", (folder / "name").read_text()))
    return make_plan(open_project([path], folder))


def verdicts(plan: Plan) -> dict[str, State]:
    options = Options(max_examples=5, seed=1)
    return {each.item.name: each.state for t in plan.targets for each in check(t, options)}


@pytest.mark.parametrize(("app", "path"), [("app", "wsgi"), ("asgi", "asgi")])
def test_an_app_is_spoken_to_by_its_protocol(folder: Path, app: str, path: str) -> None:
    service = f"    app: 'CODE:{app}'\n    operations: {{GET /: {{responses: {{200: {{}}}}}}}}\n"
    assert verdicts(planned(folder, service)) == {
        f"no-server-error[{path}]": State.KEPT,
        f"no-secrets[{path}]": State.KEPT,
        f"responses.status[{path}]": State.KEPT,
    }


def test_a_state_gives_what_the_path_lacks(folder: Path) -> None:
    service = """
    app: "CODE:app"
    states: {it is known: "CODE:known"}
    operations:
      GET /things/{id}:
        state: it is known
        responses: {200: {body: {properties: {path: {const: /things/7}}}}}
"""
    found = verdicts(planned(folder, service))
    assert found["responses.200.body[wsgi]"] is State.KEPT


def test_an_example_without_a_state_is_in_the_operations(folder: Path) -> None:
    service = """
    app: "CODE:app"
    states: {it is known: "CODE:known"}
    operations:
      GET /things/{id}:
        state: it is known
        responses: {200: {body: {properties: {path: {const: /things/7}}}}}
        examples: [{name: seven, request: {}, response: {status: 200}}]
"""
    found = verdicts(planned(folder, service))
    assert found["responses.200.body[wsgi]"] is State.KEPT


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ("    app: 'CODE:number'\n", ["is neither"]),
        ("    app: 'CODE:create_app'\n", ["let CODE:create_app say by its annotation"]),
        ("    app: 'CODE:nothing'\n", ["'CODE:nothing'"]),
        (
            "    app: 'CODE:app'\n    states: {a: 'CODE:nope', b: 'CODE:neither'}\n",
            ["CODE:nope", "CODE:neither"],
        ),
    ],
)
def test_what_cannot_be_reached_is_a_problem_each(
    folder: Path, service: str, told: list[str]
) -> None:
    problems = planned(folder, service).problems
    name = (folder / "name").read_text()
    assert len(problems) == len(told)
    for problem, words in zip(problems, told, strict=True):
        assert words.replace("CODE", name).strip("'") in str(problem)
        assert problem.place.line > 4


def test_a_request_outside_of_what_is_assumed_is_held_to_its_response(folder: Path) -> None:
    service = """
    app: "CODE:app"
    operations:
      GET /things:
        request: {query: {n: {type: integer}}}
        responses: {200: {}}
        holds: {numbers: "request.query.n + 1 > 0"}
        within: {max: 10s}
        fuzz: false
        examples: [{name: text, request: {query: {n: seven}}, response: {status: 200}}]
"""
    assert verdicts(planned(folder, service)) == {
        "no-server-error[wsgi]": State.KEPT,
        "no-secrets[wsgi]": State.KEPT,
        "responses.status[wsgi]": State.KEPT,
        "examples.text[wsgi]": State.KEPT,
        "holds.numbers[wsgi]": State.NOT_EXERCISED,
        "within.max[wsgi]": State.NOT_EXERCISED,
    }


def test_what_an_app_implements_and_no_contract_declares_is_listed(folder: Path) -> None:
    service = "    app: 'CODE:routed'\n    operations: {GET /things: {responses: {200: {}}}}\n"
    plan = planned(folder, service)
    listed = [(each.name, each.why) for each in plan.listed if each.kind == "operation"]
    assert listed == [("POST /things", "unmatched")]


def test_exceptions_of_an_operation_are_its_own(folder: Path) -> None:
    way_out = "except: [{clause: '*', reason: known, issue: '#1', until: 2999-01-01}]"
    service = f"""
    app: "CODE:app"
    operations:
      GET /a: {{responses: {{404: {{}}}}, {way_out}}}
      GET /b: {{responses: {{404: {{}}}}}}
"""
    plan = planned(folder, service)
    found = {
        (each.item.subject, each.excused)
        for target in plan.targets
        for each in check(target, Options(max_examples=3))
        if each.state is State.BROKEN
    }
    assert found == {("GET /a", True), ("GET /b", False)}


def test_an_operation_with_a_schema_that_is_none_is_a_problem(folder: Path) -> None:
    service = (
        "    app: 'CODE:app'\n    operations: {GET /: {responses: {200: {body: {type: 5}}}}}\n"
    )
    assert [problem.code for problem in planned(folder, service).problems] == ["invalid-schema"]


def test_a_path_is_asked_by_every_method_that_it_does_not_have(folder: Path) -> None:
    service = """
    app: "CODE:routed"
    methods: true
    operations:
      GET /things: {responses: {200: {}}}
      POST /things: {responses: {200: {}}}
      GET /things/{id}: {responses: {404: {}}}
"""
    plan = planned(folder, service)
    found = {
        each.item.subject: (each.state, each.cases)
        for target in plan.targets
        for each in check(target, Options(max_examples=3))
        if each.item.clause == "methods"
    }
    asked = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
    assert found["/things"] == (State.KEPT, asked)
    assert found["/things/{id}"][0] is State.BROKEN
