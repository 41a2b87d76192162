"""Handlers of consumers: how they are called, what is told of them, and what can't be tried."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pact_mocking import document, got, rules, sent

from stagepact.errors import Misuse
from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.strategies import pact_messages, pact_responses
from stagepact.verdict.model import State, Verdict

HANDLERS = """
import asyncio
import aiohttp
import httpx

class Gone(Exception):
    pass

def by_client(client, id, q):
    assert (id, q) == ("s 1", "tea")
    return client.get("/sessions/s%201", params={"q": q}).json()["jobs"]

async def by_async_client(client, id, q):
    return (await client.get(f"/sessions/s%201?q={q}")).json()["jobs"]

def by_address(address, *, q, more=None):
    return httpx.get(f"{address}/sessions/s%201?q={q}").json()["jobs"]

async def by_base_url(base_url):
    async with aiohttp.ClientSession(base_url) as session:
        async with session.get("/sessions/s%201?q=tea", ) as answer:
            return (await answer.json())["jobs"]

def by_session(session, url):
    return session.get(f"{url}/sessions/s%201?q=tea").json()["jobs"]

def by_transport(transport):
    with httpx.Client(transport=transport, base_url="http://any") as client:
        return client.get("/sessions/s%201?q=tea").json()["jobs"]

def by_app(app):
    async def ask():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://any") as client:
            return (await client.get("/sessions/s%201?q=tea")).json()["jobs"]
    return asyncio.run(ask())

class Client:
    def __call__(self, provider):
        return provider.client.get("/sessions/s%201?q=tea").json()["jobs"]

    async def method(self, url):
        return httpx.get(f"{url}/sessions/s%201?q=tea").json()["jobs"]

by_object = Client()
by_method = Client().method

def first(client):
    return client.get("/sessions/s%201?q=tea").json()["jobs"][0]

def elsewhere(url):
    return httpx.get(f"{url}/session")

def nothing(url):
    return None

def raising(url):
    httpx.get(f"{url}/sessions/s%201?q=tea")
    raise Gone("it is gone")

def unknown(url, colour, size):
    pass

def hanging(url):
    import time
    time.sleep(60)

def exiting(url):
    raise SystemExit(3)

constant = 7

def text(contents): return contents.strip()
def both(contents, headers): return contents["n"] + len(headers["topic"])
async def named(contents, *, metadata=None): return metadata["topic"]
def optional(contents, metadata=None): return metadata["topic"]
"""
CONTRACT = """\
stagepact: 1
name: ui
consumes:
  voice-api:
    interactions:
      jobs:
        request: {{path: "/sessions/{{id}}", values: {{id: "s 1"}}, query: {{q: tea}}}}
        response:
          body: {{type: object, required: [jobs], properties: {{jobs: {{type: array, items: {{type: integer}}}}}}}}
        example: {{jobs: [1]}}
        handler: "handlers_of_ui:{handler}"
        {more}
"""  # noqa: E501 - a flow mapping


def planned(folder: Path, text: str, handlers: str = HANDLERS) -> Plan:
    (folder / "handlers_of_ui.py").write_text(handlers)
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    (folder / "ui.contract.yaml").write_text(text)
    return make_plan(open_project([folder / "ui.contract.yaml"], folder))


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "handlers_of_ui", raising=False)


def judged(plan: Plan, examples: int = 10) -> Verdict:
    (target,) = [
        each for each in plan.targets if {i.clause.kind for i in each.items} == {"pact.consumer"}
    ]
    (verdict,) = check(target, Options(seed=0, max_examples=examples))
    return verdict


def jobs(folder: Path, handler: str, more: str = "") -> Plan:
    return planned(folder, CONTRACT.format(handler=handler, more=more))


WAYS = [
    *("by_client", "by_async_client", "by_address", "by_base_url", "by_session", "by_transport"),
    *("by_app", "by_object", "by_method"),
]


@pytest.mark.parametrize("handler", WAYS)
def test_handlers_are_called_by_the_names_of_their_parameters(handler: str, tmp_path: Path) -> None:
    plan = jobs(tmp_path, handler)
    assert plan.problems == ()
    verdict = judged(plan)
    assert (verdict.state, verdict.item.path) == (State.KEPT, "handler")
    assert verdict.item.subject == "pacts/ui-voice-api.json"


@pytest.mark.parametrize(
    ("handler", "more", "seen"),
    [
        ("elsewhere", "", "it raised NotAsPact: voice-api was asked GET /session, which is no"),
        ("nothing", "", "it raised NotAsPact: voice-api was never asked 'jobs' (GET /sessions"),
        ("raising", "", "it raised Gone: it is gone"),
        ("exiting", "", "it raised SystemExit: 3"),
        (
            "by_client",
            'raises: ["handlers_of_ui:Gone"]',
            "it raised NotRaised: it is to raise Gone, and returned [",
        ),
    ],
)
def test_what_a_handler_does_not_take_is_told(
    handler: str, more: str, seen: str, tmp_path: Path
) -> None:
    verdict = judged(jobs(tmp_path, handler, more))
    assert verdict.state is State.BROKEN
    assert verdict.violations[0].seen.startswith(seen)


def test_the_smallest_response_is_found(tmp_path: Path) -> None:
    verdict = judged(jobs(tmp_path, "first"), 30)
    assert verdict.state is State.BROKEN
    assert verdict.violations[0].seen == "it raised IndexError: list index out of range"
    assert '"body": {"jobs": []}' in verdict.violations[0].command


def test_an_error_that_has_to_be_raised_is_right(tmp_path: Path) -> None:
    assert judged(jobs(tmp_path, "raising", 'raises: ["handlers_of_ui:Gone"]')).state is State.KEPT


@pytest.mark.parametrize(
    ("handler", "more", "line", "told"),
    [
        ("frist", "", 11, "found `handlers_of_ui:frist`; expected an attribute 'frist'"),
        ("constant", "", 11, "found handlers_of_ui:constant, which can't be called; expected a"),
        ("unknown", "", 11, "found the parameter 'colour', 'size' of handlers_of_ui:unknown;"),
        ("first", 'raises: ["handlers_of_ui:first"]', 12, "first, which is no exception"),
        ("first", 'raises: ["handlers_of_ui:Gon"]', 12, "an attribute 'Gon' of handlers_of_ui"),
    ],
)
def test_a_handler_that_cannot_be_had_is_a_problem(
    handler: str, more: str, line: int, told: str, tmp_path: Path
) -> None:
    plan = jobs(tmp_path, handler, more)
    (problem,) = plan.problems
    assert problem.place.line == line
    assert told in str(problem)
    assert judged(plan).reason == "its handler can't be had: see the problems"


MESSAGE = """\
stagepact: 1
name: ui
consumes:
  jobs:
    messages:
      done:
        contents: {contents}
        {more}
        metadata: {{topic: t}}
        handler: "handlers_of_ui:{handler}"
"""


@pytest.mark.parametrize(
    ("handler", "contents"),
    [
        ("both", "{type: object, required: [n], properties: {n: {type: integer}}}"),
        ("named", "{type: integer}"),
        ("optional", "{type: integer}"),
        ("text", "{type: string}"),
    ],
)
def test_handlers_of_messages_are_called_as_they_take_them(
    handler: str, contents: str, tmp_path: Path
) -> None:
    plan = planned(tmp_path, MESSAGE.format(handler=handler, contents=contents, more=""))
    assert (plan.problems, judged(plan).state) == ((), State.KEPT)


def test_an_interaction_and_a_message_may_share_a_description(tmp_path: Path) -> None:
    both = MESSAGE.format(handler="text", contents="{type: string}", more="")
    interaction = (
        '    interactions: {done: {request: {path: /}, handler: "handlers_of_ui:nothing"}}\n'
    )
    plan = planned(tmp_path, both + interaction)
    ids = {item.id.clause for target in plan.targets for item in target.items}
    assert {"done (interaction)", "done (message)"} <= ids


def test_what_the_consumer_rules_out_is_not_given(tmp_path: Path) -> None:
    """Rules of Pact can't say what an integer's bounds are, and dates by their looks only."""
    handler = (
        "def bounded(contents):\n"
        "    from datetime import datetime\n"
        "    datetime.fromisoformat(contents['at'])\n"
        "    assert 1 <= contents['n'] <= 5\n"
    )
    contents = (
        "{type: object, required: [n, at], properties: "
        "{n: {type: integer, minimum: 1, maximum: 5}, at: {type: string, format: date}}}"
    )
    text = MESSAGE.format(handler="bounded", contents=contents, more="")
    plan = planned(tmp_path, text, handler)
    assert (plan.problems, judged(plan, 200).state) == ((), State.KEPT)


def drawn(strategy: Any) -> list[Any]:
    found: list[Any] = []

    @settings(
        max_examples=30, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def gather(value: Any) -> None:
        found.append(value)

    gather()
    return found


def test_strategies_of_files_draw_plain_values(tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    session = got("s", "/", {"n": 1}, matchingRules={"body": rules(n={"match": "integer"})})
    xml = got("x", "/x")
    xml["response"]["body"] = {"contentType": "application/xml", "content": "<a/>"}
    file.write_text(document(session, xml, sent("m", {"n": 1})))
    values = drawn(pact_responses(file, "s"))
    assert {each["status"] for each in values} == {200}
    assert len({each["body"]["n"] for each in values}) > 3
    told = drawn(pact_messages(file, "m"))
    assert all(each["contents"]["n"] == 1 for each in told)
    with pytest.raises(Misuse, match="no 'ss'; expected one of 's', 'x'; did you mean 's'"):
        pact_responses(file, "ss")
    with pytest.raises(Misuse, match="no 's'; expected one of 'm'"):
        pact_messages(file, "s")
    with pytest.raises(Misuse, match="XML is compared by the official engine only"):
        pact_responses(file, "x")


def test_what_a_strategy_of_a_file_is_made_of_is_made_before_the_first_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its time counts as that of the draw, which Hypothesis finds too slow (`too_slow`)."""
    file = tmp_path / "p.json"
    file.write_text(document(got("s", "/", {"n": 1})))
    made: list[str] = []
    late = st.deferred(lambda: made.append("made") or st.nothing())  # type: ignore[func-returns-value]
    monkeypatch.setattr("stagepact.pact.fuzzing.files.responses", lambda _: late)
    pact_responses(file, "s")
    assert made == ["made"]
