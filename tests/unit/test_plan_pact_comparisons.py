"""`pacts:`: what is declared for an interaction is compared with it; nothing is run for that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pact_documents import document, http, like, message, states
from plans import Make, all_verdicts, make

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.verdict.model import State, Verdict

CODE = """
    import json

    async def app(scope, receive, send):
        found = {"id": "o-7", "n": 1}
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(found).encode()})

    def nothing(**values):
        pass

    @stagepact.contract_subject()
    def transcribe(emit):
        emit("completed", {"n": 1})

    def made():
        return {"n": 1}
"""
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "n"],
    "properties": {"id": {"type": "string"}, "n": {"type": "integer"}},
}
LOOSE = {**ORDER, "required": ["id"]}
RULES = like(id="type", n="integer")
__all__ = ["make"]

WithPacts = Callable[..., dict[str, Verdict]]


def service(schema: dict[str, Any]) -> str:
    request = {"path": {"id": {"type": "string"}}}
    operation = {"request": request, "responses": {"200": {"body": schema}}}
    operations = json.dumps({"GET /orders/{id}": operation})
    return f"services: {{api: {{app: 'code_of_plan:app', operations: {operations}}}}}\n"


@pytest.fixture
def compared(make: Make, tmp_path: Path) -> Callable[..., Plan]:
    """The plan of a contract that has something to say of a provider, and `pacts:`."""

    def plan(more: str, *interactions: dict[str, Any], said: str = "", **files: str) -> Plan:
        folder = tmp_path / "pacts"
        folder.mkdir()
        (folder / "ui-api.json").write_text(document(*interactions))
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        text = "provider: api\nfrom: ../pacts\n" + dedent(said)
        indented = "\n".join(f"  {line}" for line in text.splitlines())
        return make(CODE, a=f"{more}pacts:\n{indented}\n")

    return plan


def found(plan: Plan) -> dict[str, Verdict]:
    """The verdicts of comparisons, by the name of the interaction."""
    assert plan.problems == ()
    verdicts = [each for target in plan.targets for each in check(target, Options(prove=True))]
    return {each.item.clause: each for each in verdicts if each.item.path == "contract"}


def an_order(**more: Any) -> dict[str, Any]:
    return http("an order", "/orders/o-7", answer={"id": "o-7", "n": 1}, rules=RULES, **more)


def test_what_the_contract_declares_is_an_item_of_its_own(compared: Callable[..., Plan]) -> None:
    plan = compared(service(ORDER), an_order())
    ids = [str(item.id) for item in plan.items if item.id.subject.endswith("ui-api.json")]
    assert ids == [
        "contracts/a.contract.yaml::pacts/ui-api.json::an order[asgi]",
        "contracts/a.contract.yaml::pacts/ui-api.json::an order[contract]",
    ]
    (verdict,) = found(plan).values()
    assert (verdict.state, verdict.unfailing) == (State.KEPT, "")


def test_what_the_provider_may_send_breaks_it_though_the_run_keeps_it(
    compared: Callable[..., Plan],
) -> None:
    plan = compared(service(LOOSE), an_order())
    verdicts = {str(each.item): each for each in all_verdicts(plan)}
    run = verdicts["contracts/a.contract.yaml::pacts/ui-api.json::an order[asgi]"]
    assert run.state is State.KEPT
    (violation,) = found(plan)["an order"].violations
    assert violation.pointer == ("response", "body", "$.n")
    assert violation.promised == "the consumer expects 1"
    assert violation.seen.startswith(
        'the provider may send nothing: the key is missing; e.g. {"id":""} (contracts/a.contract'
    )


def test_what_is_not_declared_is_not_exercised(compared: Callable[..., Plan]) -> None:
    plan = compared(service(ORDER), an_order(), http("more", "/more"))
    verdict = found(plan)["more"]
    assert (verdict.state, verdict.reason) == (
        State.NOT_EXERCISED,
        "the contract says nothing of GET /more",
    )


def test_a_service_without_operations_has_nothing_to_compare(
    compared: Callable[..., Plan],
) -> None:
    plan = compared("services: {api: {app: 'code_of_plan:app'}}\n", an_order())
    assert found(plan) == {}


def test_operations_of_an_openapi_document_are_compared(compared: Callable[..., Plan]) -> None:
    content = {"application/json": {"schema": LOOSE}}
    get = {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ],
        "responses": {"200": {"description": "ok", "content": content}},
    }
    described = {"openapi": "3.1.0", "info": {"title": "x", "version": "1"},
                 "paths": {"/orders/{id}": {"get": get}}}  # fmt: skip
    more = "services: {api: {app: 'code_of_plan:app', openapi: ../openapi.json}}\n"
    plan = compared(more, an_order(), openapi_json=json.dumps(described, indent=1))
    (violation,) = found(plan)["an order"].violations
    assert violation.pointer == ("response", "body", "$.n")
    assert "(openapi.json" in violation.seen


def test_a_value_of_a_state_is_left_to_the_run(compared: Callable[..., Plan]) -> None:
    given = states("an order is there")
    plan = compared(
        service(ORDER),
        http("an order", "/orders/o-7", given=given, answer={"id": "o-7"}),
        said="states: {an order is there: 'code_of_plan:nothing'}",
    )
    assert found(plan)["an order"].state is State.KEPT


EVENTS = """\
stages:
  transcribe:
    given: {}
    examples: [{name: one}]
    events:
      types:
        completed: {type: object, required: [n], properties: {n: {type: KIND}}}
"""


@pytest.mark.parametrize("event", ["completed", "stage.transcribe.completed"])
@pytest.mark.parametrize(("kind", "state"), [("integer", State.KEPT), ("number", State.BROKEN)])
def test_events_are_what_messages_are_compared_with(
    compared: Callable[..., Plan], event: str, kind: str, state: State
) -> None:
    plan = compared(
        EVENTS.replace("KIND", kind),
        message("done", {"n": 1}, rules=like(n="integer")),
        said=f"messages: {{done: {{stage: transcribe, event: {event}}}}}",
    )
    verdict = found(plan)["done"]
    assert verdict.state is state
    assert [each.pointer for each in verdict.violations] == (
        [] if state is State.KEPT else [("contents", "$.n")]
    )


def test_a_message_of_a_function_is_compared_where_one_of_its_name_is_declared(
    compared: Callable[..., Plan],
) -> None:
    plan = compared(
        EVENTS.replace("KIND", "number"),
        message("done", {"n": 1}, rules=like(n="integer")),
        message("completed", {"n": 1}, rules=like(n="integer")),
        said="messages: {'*': {function: 'code_of_plan:made'}}",
    )
    assert {name: each.state for name, each in found(plan).items()} == {"completed": State.BROKEN}


def test_a_pending_interaction_fails_nobody(compared: Callable[..., Plan]) -> None:
    plan = compared(service(LOOSE), an_order(pending=True))
    verdict = found(plan)["an order"]
    assert verdict.state is State.NOT_EXERCISED
    assert verdict.reason.startswith("pending in the pact, and not compatible yet")


def test_a_comparison_can_be_excepted(compared: Callable[..., Plan]) -> None:
    plan = compared(
        service(LOOSE),
        an_order(),
        said="except: [{clause: an order, reason: soon, issue: '#1', until: 2999-01-01}]",
    )
    verdict = found(plan)["an order"]
    assert (verdict.state, verdict.failing) == (State.BROKEN, False)
