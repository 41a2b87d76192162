"""Pacts of a provider: which interactions are run, by what, in which states, and what is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from pact_documents import body, document, http, like, states
from plans import Make, all_verdicts, make, told, verdicts
from servers import by_hand

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.verdict.model import State, Verdict

CODE = """
    import json

    SESSIONS = {}
    STARTED = []

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            STARTED.append("up")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive())["body"]
        path = scope["path"]
        if path == "/boom":
            raise KeyError("boom")
        found = SESSIONS.get(path.rpartition("/")[2])
        status = 404 if found is None else 200
        if path == "/echo":
            status, found = 200, {
                "query": scope["query_string"].decode(),
                "body": json.loads(body or b"null"),
                "type": dict(scope["headers"]).get(b"content-type", b"").decode(),
            }
        headers = [(b"content-type", b"application/json"), (b"x-part", b"one")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(found or {}).encode()})

    def exists(id, kind="plain"):
        SESSIONS[id] = {"id": id, "n": 1, "kind": kind}
        yield {"id": id}
        del SESSIONS[id]

    async def also(app):
        assert callable(app)
        return {"token": "t-1"}

    def fails():
        raise OSError("the database is down")

    async def hangs():
        import asyncio
        await asyncio.sleep(3600)

    def blocks():
        import time
        time.sleep(3600)

    def undone_never():
        yield
        blocks()

    def renamed(id):
        SESSIONS[id]["kind"] = "renamed"

    def own(app, id):
        SESSIONS[id] = {"id": id, "n": 2, "kind": "own"}

    no_function = 3
"""
SERVICE = "services: {voice: {app: 'code_of_plan:app'}}\n"
ID = {"$.id": {"matchers": [{"match": "type"}]}}

WithPacts = Callable[..., Plan]
__all__ = ["make"]


@pytest.fixture
def kept(make: Make, tmp_path: Path) -> WithPacts:
    """The plan of a contract with `pacts:` of these interactions; `files` are more pact files."""

    def plan(
        *interactions: dict[str, Any],
        pacts: str = "",
        said: dict[str, str] | None = None,
        code: str = CODE,
        more: str = SERVICE,
        files: dict[str, str] | None = None,
    ) -> Plan:
        folder = tmp_path / "pacts"
        folder.mkdir()
        if interactions:
            (folder / "ui-api.json").write_text(document(*interactions))
        for name, text in (files or {}).items():
            (folder / name).write_text(text)
        keys = {"provider": "api", "from": "../pacts", **(said or {})}
        text = "".join(f"{key}: {value}\n" for key, value in keys.items()) + dedent(pacts)
        indented = "\n".join(f"  {line}" for line in text.splitlines())
        return make(code, a=f"{dedent(more)}pacts:\n{indented}\n")

    return plan


def only(plan: Plan) -> Verdict:
    assert plan.problems == ()
    (found,) = all_verdicts(plan)
    return found


def seen(verdict: Verdict) -> list[str]:
    return [
        f"{'/'.join(map(str, each.pointer))}: {each.promised} | {each.seen}"
        for each in verdict.violations
    ]


# -- ids -----------------------------------------------------------------------------------------


def test_each_interaction_is_an_item_at_its_place_in_the_pact_file(kept: WithPacts) -> None:
    plan = kept(http("one", "/a", status=404), http("two", "/b", status=404))
    assert [str(item.id) for item in plan.items] == [
        "contracts/a.contract.yaml::pacts/ui-api.json::one[asgi]",
        "contracts/a.contract.yaml::pacts/ui-api.json::two[asgi]",
    ]
    assert [item.clause.place.file for item in plan.items] == ["pacts/ui-api.json"] * 2
    lines = [item.clause.place.line for item in plan.items]
    assert lines == sorted(set(lines))
    assert {each.state for each in all_verdicts(plan)} == {State.KEPT}


def test_a_description_that_stands_twice_is_told_apart_by_its_states(kept: WithPacts) -> None:
    plan = kept(
        http("it", "/s/s-1", given=states(("here", {"id": "s-1"}))),
        http("it", "/s/s-1", status=404),
        pacts="states: {here: 'code_of_plan:exists'}",
    )
    found = verdicts(plan)
    assert sorted(found) == [
        "pacts/ui-api.json::it given here[asgi]",
        "pacts/ui-api.json::it given nothing[asgi]",
    ]
    assert {each.state for each in found.values()} == {State.KEPT}


def test_the_interactions_of_a_pact_share_the_app_s_life(kept: WithPacts) -> None:
    plan = kept(*(http(f"number {each}", "/a", status=404) for each in range(5)))
    assert len(all_verdicts(plan)) == 5
    import code_of_plan  # type: ignore[import-not-found]  # written by the test

    assert code_of_plan.STARTED == ["up"]


# -- states --------------------------------------------------------------------------------------

PATH_OF_STATE = {
    "path": {"type": "ProviderState", "expression": "/s/${id}"},
}


def test_states_hold_in_order_and_give_values_to_the_request(kept: WithPacts) -> None:
    plan = kept(
        http(
            "it",
            "/s/example",
            given=states(("here", {"id": "s-7"}), "signed in"),
            answer={"id": "s-1", "n": 1},
            rules=like(id="type"),
            request={"generators": PATH_OF_STATE},
        ),
        pacts="""
        states:
          here: "code_of_plan:exists"
          "signed *": "code_of_plan:also"
        """,
    )
    assert only(plan).state is State.KEPT
    import code_of_plan

    assert code_of_plan.SESSIONS == {}, "a state that yields is undone"


def test_each_state_finds_what_the_one_before_it_made(kept: WithPacts) -> None:
    """Two states of one name, in the order of the pact: the second tells the first's session."""
    given = [*states(("here", {"id": "s-7", "kind": "old"})), *states(("renamed", {"id": "s-7"}))]
    plan = kept(
        http("it", "/s/s-7", given=given, answer={"id": "s-7", "n": 1, "kind": "renamed"}),
        pacts="""
        states:
          here: "code_of_plan:exists"
          renamed: "code_of_plan:renamed"
        """,
    )
    assert only(plan).state is State.KEPT


def test_a_parameter_of_a_state_is_a_value_for_the_request(kept: WithPacts) -> None:
    """As the reference's verifier has it: what a state gives comes before what it was given."""
    given = states(("there", {"id": "s-7"}))
    request = {"generators": PATH_OF_STATE}
    plan = kept(
        http("it", "/s/example", given=given, answer={"id": "s-7", "n": 2}, request=request),
        pacts='states: {there: "code_of_plan:own"}',
    )
    assert only(plan).state is State.KEPT


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("hangs", "the state `slow` hung: the time for the interaction is over"),
        pytest.param(
            "blocks",
            "the state `slow` hung: the time for the interaction is over",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "undone_never",
            "undoing the state `slow` hung: the time for the interaction is over",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_state_that_hangs_is_told_by_its_name(
    kept: WithPacts, monkeypatch: pytest.MonkeyPatch, function: str, told: str
) -> None:
    monkeypatch.setattr("stagepact.plan.pacts._SECONDS", 1.0)
    plan = kept(
        http("it", "/s/s-1", given=states("slow"), status=404),
        pacts=f"states: {{slow: 'code_of_plan:{function}'}}",
    )
    found = only(plan)
    assert found.state is State.BROKEN
    assert seen(found) == [f"state: the state `slow` | {told}"]


def test_the_service_s_own_states_serve_too(kept: WithPacts) -> None:
    more = "services: {voice: {app: 'code_of_plan:app', states: {here: 'code_of_plan:own'}}}\n"
    plan = kept(
        http("it", "/s/s-1", given=states(("here", {"id": "s-1"})), answer={"kind": "own"}),
        more=more,
    )
    assert only(plan).state is State.KEPT


def test_a_state_of_which_nothing_is_to_be_done_holds(kept: WithPacts) -> None:
    plan = kept(
        http("it", "/s/s-1", given=states("nobody is there"), status=404),
        pacts="states: {nobody is there: null}",
    )
    assert only(plan).state is State.KEPT


@pytest.mark.parametrize(
    ("given", "told_so"),
    [
        (
            states("heer"),
            "nothing brings the state `heer` about: known are `here`, `broken`; "
            "did you mean `here`?",
        ),
        (states("broken"), "the state `broken` raised OSError: the database is down"),
        (states("here"), "the state `here`: `exists` needs `id`; given are none"),
    ],
)
def test_a_state_that_does_not_hold_breaks_the_interaction(
    kept: WithPacts, given: list[dict[str, Any]], told_so: str
) -> None:
    plan = kept(
        http("it", "/s/s-1", given=given, status=404),
        pacts="states: {here: 'code_of_plan:exists', broken: 'code_of_plan:fails'}",
    )
    found = only(plan)
    assert found.state is State.BROKEN
    (violation,) = found.violations
    assert violation.seen == told_so
    assert violation.promised == f"the state `{given[0]['name']}`"


def test_what_a_state_raised_is_told_with_its_line(kept: WithPacts) -> None:
    plan = kept(
        http("it", "/s/s-1", given=states("broken")),
        pacts="states: {broken: 'code_of_plan:fails'}",
    )
    (violation,) = only(plan).violations
    assert 'raise OSError("the database is down")' in violation.traceback
    assert violation.traceback.endswith("\nOSError: the database is down\n")


def test_a_state_that_nobody_knows_has_no_traceback(kept: WithPacts) -> None:
    (violation,) = only(kept(http("it", "/s/s-1", given=states("unheard of")))).violations
    assert violation.traceback == ""


def test_a_value_that_no_state_gives_is_not_exercised_with_the_reason(kept: WithPacts) -> None:
    plan = kept(http("it", "/s/example", request={"generators": PATH_OF_STATE}))
    found = only(plan)
    assert found.state is State.NOT_EXERCISED
    assert "the provider's states give no `id`" in found.reason


# -- what is compared ----------------------------------------------------------------------------


def test_a_response_is_compared_by_the_matchers_and_all_that_differs_is_told(
    kept: WithPacts,
) -> None:
    plan = kept(
        http(
            "it",
            "/s/s-1",
            given=states(("here", {"id": "s-1"})),
            answer={"id": 7, "items": [{"n": 1}], "n": 9},
            rules={**like(id="type"), **like(n="integer")},
        ),
        pacts="states: {here: 'code_of_plan:exists'}",
    )
    found = only(plan)
    assert found.state is State.BROKEN
    assert sorted(seen(found)) == [
        'body/id: the type of the example (7) | "s-1"',
        'body/items: [{"n":1}] | nothing: the key is missing',
    ]


def test_the_request_goes_out_as_the_consumer_wrote_it(kept: WithPacts) -> None:
    plan = kept(
        http(
            "it",
            "/echo",
            method="POST",
            request={
                "query": {"q": ["a b", "ü&"]},
                "headers": {"Content-Type": ["application/json; charset=utf-8"]},
                "body": body({"name": "Zoë"}),
            },
            answer={
                "query": "q=a%20b&q=%C3%BC%26",
                "body": {"name": "Zoë"},
                "type": "application/json; charset=utf-8",
            },
        )
    )
    assert only(plan).state is State.KEPT


def test_a_response_that_breaks_off_is_told_though_what_came_is_expected(kept: WithPacts) -> None:
    """Nothing is expected of the body, and yet a body that is cut off is none."""
    text = "{url: 'http://%s'}"
    with by_hand(breaks_off) as host:
        plan = kept(http("it", "/"), more=f"services: {{voice: {text % host}}}\n")
        found = only(plan)
    assert found.state is State.BROKEN
    assert "a whole response" in seen(found)[0]


async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()


def test_what_the_app_raises_is_told_with_its_traceback(kept: WithPacts) -> None:
    found = only(kept(http("it", "/boom")))
    assert found.state is State.BROKEN
    assert seen(found) == ["response: a response (200) | raised KeyError: 'boom'"]
    assert 'raise KeyError("boom")' in found.violations[0].traceback


def test_what_can_t_be_compared_is_not_exercised_and_tells_who_can(kept: WithPacts) -> None:
    xml = http("it", "/s/s-1", given=states(("here", {"id": "s-1"})))
    xml["response"]["body"] = {"contentType": "application/json", "content": "<a/>"}
    xml["response"]["headers"] = {"Content-Type": ["application/xml"]}
    code = CODE.replace('b"application/json"', 'b"application/xml"')
    found = only(kept(xml, code=code, pacts="states: {here: 'code_of_plan:exists'}"))
    assert found.state is State.NOT_EXERCISED
    assert found.reason == "XML is compared by the official engine only; `engine: official` " + (
        "compares it"
    )


def test_a_pending_interaction_does_not_fail_and_says_what_would(kept: WithPacts) -> None:
    found = only(kept(http("it", "/s/s-1", pending=True)))
    assert found.state is State.NOT_EXERCISED
    assert found.reason == "pending in the pact, and not kept yet: expected 200, got 404"


def test_an_interaction_can_be_excepted(kept: WithPacts) -> None:
    plan = kept(
        http("it", "/s/s-1"),
        pacts="""
        except:
          - {clause: it, reason: not built yet, issue: "#1", until: 2999-01-01}
        """,
    )
    found = only(plan)
    assert found.state is State.BROKEN
    assert not found.failing


def test_an_exception_that_covers_no_interaction_says_so(kept: WithPacts) -> None:
    plan = kept(
        http("it", "/s/s-1", status=404),
        pacts="""
        except:
          - {clause: its, reason: not built yet, issue: "#1", until: 2999-01-01}
        """,
    )
    found = {each.item.clause: each for each in all_verdicts(plan)}
    assert found["it"].state is State.KEPT
    assert found["except.1"].state is State.NOT_EXERCISED
    assert found["except.1"].reason.endswith("is called 'its'; did you mean 'it'?")


@pytest.mark.parametrize("answer", [None, {"id": "s-1", "n": 1}])
def test_a_kept_interaction_can_fail(kept: WithPacts, answer: Any) -> None:
    plan = kept(
        http("it", "/s/s-1", given=states(("here", {"id": "s-1"})), answer=answer),
        pacts="states: {here: 'code_of_plan:exists'}",
    )
    (target,) = plan.targets
    (found,) = check(target, Options(prove=True))
    assert (found.state, found.unfailing) == (State.KEPT, "")


# -- what is wrong with the mapping --------------------------------------------------------------

ONE = http("one", "/a", status=404)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"from": "../pact"}, "a.contract.yaml:6: found no file or folder `../pact`"),
        ({"from": "[../pacts, '../x*.json']"}, "a.contract.yaml:6: found the glob `../x*.json`"),
        (
            {"provider": "apo"},
            "found the provider 'apo', for which no pact is; expected one of those that the "
            "files name: api; did you mean 'api'?",
        ),
        ({"consumers": "[uy]"}, "found the consumer 'uy', which has no pact with api"),
        ({"only": "onn"}, "found only: 'onn', which is in no description of 1 interactions"),
        ({"only": "'('"}, "invalid regular expression"),
        ({"service": "vocie"}, "found the service 'vocie'; expected one of voice; did you"),
        ({"states": "{a: 'code_of_plan:nobody'}"}, "a.contract.yaml:7: found"),
        ({"states": "{a: 'code_of_plan:no_function'}"}, "which is no function (int)"),
        ({"states": "{a: 'nobody'}"}, "a.contract.yaml:7: found"),
        ({"mesages": "{}"}, "found unknown key 'mesages' in /pacts"),
    ],
)
def test_what_is_wrong_with_pacts_is_one_clear_problem(
    kept: WithPacts, said: dict[str, str], problem: str
) -> None:
    (found,) = told(kept(ONE, said=said))
    assert problem in found


def test_http_interactions_need_a_service(kept: WithPacts) -> None:
    (found,) = told(kept(ONE, more=""))
    assert "found 1 HTTP interactions (the first at pacts/ui-api.json:" in found
    assert found.endswith("and no service; expected one in `services:` that answers them; "
                          "say `service:`")  # fmt: skip


BROKEN = {
    "truncated": '{"consumer": {"name": "ui"}, "provider": {"name": "api"}, "interactions": [',
    "not JSON": "consumer: ui",
    "unknown version": document(ONE).replace('"4.0"', '"5.0"'),
    "unknown matcher": document(http("it", "/a", answer={"id": 1}, rules=like(id="tipe"))),
    "empty": document(),
}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BROKEN["truncated"], "pacts/bad.json:1: found"),
        (BROKEN["not JSON"], "pacts/bad.json:1: found"),
        (BROKEN["unknown version"], "found version `5.0` of the Pact specification"),
        (BROKEN["unknown matcher"], "found the matcher `tipe`"),
        (BROKEN["empty"], "found no interactions; expected `interactions`"),
    ],
)
def test_a_pact_file_with_a_fault_is_one_problem_at_its_line(
    kept: WithPacts, text: str, problem: str
) -> None:
    (found,) = told(kept(files={"bad.json": text}))
    assert found.startswith("pacts/bad.json:")
    assert problem in found


def test_a_folder_without_pacts_is_a_problem(kept: WithPacts) -> None:
    (found,) = told(kept())
    assert "found the folder `../pacts`, in which there is no `*.json`" in found
