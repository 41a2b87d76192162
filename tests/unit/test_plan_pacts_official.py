"""The official engine in the place of the native one: the same items, and the same is said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from pact_documents import body, document, http, like, message, states
from plans import Make, all_verdicts, make

from stagepact.flow import Options, check
from stagepact.pact.official import engine as official_engine
from stagepact.plan import Plan
from stagepact.verdict.model import State, Verdict

__all__ = ["make"]

CODE = """
    import json

    SESSIONS = {}

    async def app(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        asked = (await receive())["body"]
        path = scope["path"]
        if path == "/boom":
            raise KeyError("boom")
        found = SESSIONS.get(path.rpartition("/")[2])
        status = 404 if found is None else 200
        if path == "/echo":
            status, found = 200, json.loads(asked or b"null")
        kind = b"application/json"
        if path == "/xml":
            status, kind = 200, b"application/xml"
        headers = [(b"content-type", kind)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        told = b"<a b='1'/>" if path == "/xml" else json.dumps(found or {}).encode()
        await send({"type": "http.response.body", "body": told})

    def exists(id):
        SESSIONS[id] = {"id": id, "n": 1}
        yield {"id": id}
        del SESSIONS[id]

    def fails():
        raise OSError("the database is down")

    async def paid(id="o-1"):
        return {"id": id, "sum": 7}, {"topic": "orders"}

    def raises():
        raise LookupError("no such order")

    def answered(request):
        return {"echo": request["ask"]}
"""
SERVICE = "services: {voice: {app: 'code_of_plan:app'}}\n"
PACTS = """\
states: {here: 'code_of_plan:exists', broken: 'code_of_plan:fails'}
messages:
  paid*: {function: 'code_of_plan:paid'}
  raises: {function: 'code_of_plan:raises'}
  ask: {function: 'code_of_plan:answered'}
"""
HERE = states(("here", {"id": "s-1"}))
OF_STATE = {"path": {"type": "ProviderState", "expression": "/s/${id}"}}
POSTED = {"headers": {"Content-Type": ["application/json"]}, "body": body({"a": ["é", 1.5]})}
ASK: dict[str, Any] = {
    "type": "Synchronous/Messages",
    "description": "ask",
    "request": {"contents": body({"ask": 1})},
    "response": [{"contents": body({"echo": 1})}],
}


@dataclass(frozen=True)
class Scenario:
    """An interaction, and where it is broken; None where it isn't exercised."""

    interaction: dict[str, Any]
    broken: set[str] | None


SCENARIOS = {
    "kept": Scenario(http("it", "/s/s-1", given=HERE, answer={"id": "s-1", "n": 1}), set()),
    "a status": Scenario(http("it", "/s/s-1"), {"status"}),
    "a key": Scenario(http("it", "/s/s-1", given=HERE, answer={"id": "s-1", "m": 1}), {"body/m"}),
    "a value": Scenario(
        http("it", "/s/s-1", given=HERE, answer={"id": 1, "n": 2.5}, rules=like(id="integer")),
        {"body/id", "body/n"},
    ),
    "a header": Scenario(
        {**http("it", "/x"), "response": {"status": 404, "headers": {"X-Part": ["one"]}}},
        {"header/X-Part"},
    ),
    "by what a state gives": Scenario(
        http("it", "/s/other", given=HERE, request={"generators": OF_STATE}), set()
    ),
    "no state gives it": Scenario(http("it", "/s/x", request={"generators": OF_STATE}), None),
    "a posted body": Scenario(
        http("it", "/echo", method="POST", request=POSTED, answer={"a": ["é", 1.5]}), set()
    ),
    "a state that raises": Scenario(http("it", "/x", given=states("broken")), {"state"}),
    "a state that nobody knows": Scenario(http("it", "/x", given=states("heer")), {"state"}),
    "a state that needs more": Scenario(http("it", "/x", given=states("here")), {"state"}),
    "an app that raises": Scenario(http("it", "/boom"), {"response"}),
    "pending": Scenario(http("it", "/s/s-1", pending=True), None),
    "a message": Scenario(message("paid", {"id": "o-9", "sum": 7}, rules=like(id="type")), set()),
    "a message of a state": Scenario(message("paid", {"id": "s-1", "sum": 7}, given=HERE), set()),
    "its contents": Scenario(message("paid", {"id": 7, "sum": 7, "k": 1}), {"body/id", "body/k"}),
    "its metadata": Scenario(
        message("paid", {"sum": 7}, metadata={"topic": "other", "key": 1}),
        {"metadata/topic", "metadata/key"},
    ),
    "a message that raises": Scenario(message("raises", {}), {"response"}),
    "a message that nothing produces": Scenario(message("nobody", {}), {"message"}),
    "an answer to a message": Scenario(ASK, set()),
    "a wrong answer": Scenario(
        {**ASK, "response": [{"contents": body({"echo": 2})}]}, {"body/echo"}
    ),
}


@pytest.fixture
def planned(make: Make, tmp_path: Path) -> Callable[..., Plan]:
    """The plan of a contract whose pact has this interaction, by an engine."""

    def plan(interaction: dict[str, Any], *, said: str = "", settings: str = "") -> Plan:
        folder = tmp_path / "pacts"
        folder.mkdir(exist_ok=True)
        (folder / "ui-api.json").write_text(document(interaction))
        pacts = indent(f"provider: api\nfrom: ../pacts\n{PACTS}{said}", "  ")
        sys.modules.pop("code_of_plan", None)
        return make(CODE, settings=settings, a=f"{SERVICE}pacts:\n{pacts}\n")

    return plan


def only(plan: Plan) -> Verdict:
    assert plan.problems == ()
    (found,) = all_verdicts(plan)
    return found


def where(verdict: Verdict) -> set[str]:
    return {"/".join(map(str, each.pointer)) for each in verdict.violations}


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_both_engines_say_the_same_of_the_same_items(
    planned: Callable[..., Plan], scenario: Scenario
) -> None:
    ours = only(planned(scenario.interaction))
    theirs = only(planned(scenario.interaction, said="engine: official\n"))
    assert (ours.item, ours.place) == (theirs.item, theirs.place)
    if scenario.broken is None:
        assert (ours.state, theirs.state) == (State.NOT_EXERCISED, State.NOT_EXERCISED)
    else:
        expected = State.BROKEN if scenario.broken else State.KEPT
        assert (ours.state, theirs.state) == (expected, expected)
        assert (where(ours), where(theirs)) == (scenario.broken, scenario.broken)


@pytest.mark.parametrize(
    "name",
    [
        *("a state that raises", "a state that nobody knows", "a state that needs more"),
        *("an app that raises", "a message that raises", "a message that nothing produces"),
        "no state gives it",
    ],
)
def test_what_the_provider_fails_with_is_told_in_the_same_words(
    planned: Callable[..., Plan], name: str
) -> None:
    ours = only(planned(SCENARIOS[name].interaction))
    theirs = only(planned(SCENARIOS[name].interaction, said="engine: official\n"))
    assert theirs.reason == ours.reason
    told = [(each.promised, each.seen, each.traceback) for each in theirs.violations]
    assert told == [(each.promised, each.seen, each.traceback) for each in ours.violations]


def test_the_official_engine_compares_what_the_native_one_leaves_to_it(
    planned: Callable[..., Plan],
) -> None:
    xml = http("it", "/xml")
    xml["response"]["headers"] = {"Content-Type": ["application/xml"]}
    xml["response"]["body"] = {"contentType": "application/xml", "content": "<a b='1'></a>"}
    assert only(planned(xml)).state is State.NOT_EXERCISED
    assert only(planned(xml, said="engine: official\n")).state is State.KEPT
    xml["response"]["body"]["content"] = "<a b='2'></a>"
    assert only(planned(xml, said="engine: official\n")).state is State.BROKEN


def test_the_project_says_which_engine_instead_of_the_contract(
    planned: Callable[..., Plan],
) -> None:
    told = only(planned(SCENARIOS["a status"].interaction, settings='pact_engine = "official"\n'))
    (violation,) = told.violations
    assert violation.promised == "200 (expected 200 but was 404)"
    settings = 'pact_engine = "native"\n'
    told = only(
        planned(SCENARIOS["a status"].interaction, said="engine: official\n", settings=settings)
    )
    assert told.violations[0].promised == "200"


@pytest.mark.parametrize("name", ["kept", "a message"])
def test_a_kept_interaction_can_fail(planned: Callable[..., Plan], name: str) -> None:
    (target,) = planned(SCENARIOS[name].interaction, said="engine: official\n").targets
    (found,) = check(target, Options(prove=True))
    assert (found.state, found.unfailing) == (State.KEPT, "")


@pytest.mark.parametrize("name", ["kept", "a message"])
def test_without_pact_python_nothing_is_exercised_and_the_reason_says_what_to_install(
    planned: Callable[..., Plan], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(official_engine, "find_spec", lambda name: None)
    found = only(planned(SCENARIOS[name].interaction, said="engine: official\n"))
    assert found.state is State.NOT_EXERCISED
    assert found.reason == "pact-python is not installed: pip install 'stagepact[pact]'"


@pytest.mark.parametrize("name", ["kept", "a status", "a message"])
def test_an_engine_that_breaks_down_is_not_the_provider_s_fault_and_no_pass(
    planned: Callable[..., Plan], name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "engine.py"
    script.write_text("raise SystemError('no native library')")
    monkeypatch.setattr(official_engine, "SCRIPT", script)
    found = only(planned(SCENARIOS[name].interaction, said="engine: official\n"))
    assert found.state is State.NOT_EXERCISED
    told = "the official engine ended with 1: SystemError: no native library"
    assert told in found.reason
