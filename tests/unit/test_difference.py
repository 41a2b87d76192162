"""Services and channels of two versions: rule, place, whom a change breaks, and what shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stagepact.cli.door import main
from stagepact.contract.difference import differences
from stagepact.contract.difference_model import Difference
from stagepact.contract.document import Document, parse
from stagepact.contract.source import read_yaml
from stagepact.schema.changes import Mode

SERVICE = """
name: a
services:
  shop:
    app: "shop:app"
    auth: {users: {ada: {token: t}}, default: ada, scheme: bearer}
    operations:
      GET /things/{id}:
        auth: none
        within: 100ms
        max-size: 1000
        problem: true
        request:
          path: {id: {type: integer, minimum: 7}}
          query: {page: {type: integer}, all: {type: boolean}}
          required: [all]
        responses:
          200:
            headers: {etag: {type: string}}
            content: {application/json: {type: object}, text/csv: true}
"""
CHANNEL = """
name: a
channels:
  news:
    websocket: "news:app#/ws"
    subscribe: {op: subscribe, topic: "{topic}"}
    publish: {op: publish, topic: "{topic}"}
    messages: {event: {required: [seq]}, done: {}}
    order: event* done
    within: 1s
    laws: [ordered, no-gaps]
"""
OPERATION = "/services/shop/operations/GET ~1things~1{id}"


def document(text: str) -> Document:
    return parse(read_yaml(f"stagepact: 1\n{text.strip()}\n", "a.contract.yaml"), Path("a"))


def found(text: str, before: str, after: str, mode: Mode) -> list[Difference]:
    assert before in text
    return [*differences(document(text), document(text.replace(before, after)), mode)]


REQUEST = {"method": "GET", "path": "/things/7", "query": {"all": False}}
SERVICES: list[tuple[str, str, str, str, Any, str]] = [
    ("page: {type: integer}, ", "", "parameter-removed", "request/query/page", None, ""),
    ("required: [all]", "required: [all, page]", "parameter-required", "request/query/page",
     {"request": REQUEST}, "backward"),
    ("all: {type: boolean}}", "all: {type: boolean}, new: {type: string}}", "parameter-added",
     "request/query/new", None, ""),
    ("required: [all]", "required: []", "parameter-optional", "request/query/all",
     {"request": {"method": "GET", "path": "/things/7"}}, "forward"),
    ("required: [all]", "required: [all]\n          body: {type: integer}", "body-added",
     "request/body", {"request": REQUEST}, "backward"),
    ("required: [all]", "required: [all]\n          styles: {page: comma}", "style-changed",
     "request/styles/page", {"request": REQUEST}, "both"),
    ("auth: none", "auth: required", "credentials-required", "auth",
     {"request": {**REQUEST, "credentials": None}}, "backward"),
    ("headers: {etag: {type: string}}", "headers: {}", "header-removed",
     "responses/200/headers/etag", {"response": {"status": "200", "without": "etag"}}, "backward"),
    (", text/csv: true", "", "media-type-removed", "responses/200/content/text~1csv",
     {"response": {"status": "200", "accept": "text/csv", "content-type": "application/json"}},
     "backward"),
    ("text/csv: true", "text/csv: true, text/html: true", "media-type-added",
     "responses/200/content/text~1html", None, ""),
    ("within: 100ms", "within: 200ms", "budget-raised", "within/max",
     {"seconds": 0.2, "of": "max"}, "backward"),
    ("within: 100ms", "within: 50ms", "budget-lowered", "within/max", None, ""),
    ("max-size: 1000", "max-size: 2000", "size-raised", "max-size",
     {"response": {"bytes": 1001}}, "backward"),
    ("auth: none", "auth: none\n        rate-limit: {calls: 5}", "rate-limit-narrowed",
     "rate-limit", {"request": {"calls": 6, "within": "1s"}}, "backward"),
]  # fmt: skip


MEDIA = """
name: a
services:
  shop:
    app: "shop:app"
    operations:
      POST /things:
        request:
          content: {application/json: {type: integer}, text/plain: {type: string}}
          without-body: accepted
        responses: {201: {}}
"""
BODIES: list[tuple[str, str, list[tuple[str, str]], list[str]]] = [
    (", text/plain: {type: string}", "", [("request-media-removed", "content/text~1plain")],
     ["request-media-removed"]),
    ("{type: string}}", "{type: string}, text/csv: true}",
     [("request-media-added", "content/text~1csv")], []),
    ("accepted", "refused", [("body-required", "body")], ["body-required"]),
    ("accepted", "any", [("body-required", "body")], ["body-required"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "rules", "breaking"), BODIES)
def test_a_change_of_what_a_body_may_be(
    before: str, after: str, rules: list[tuple[str, str]], breaking: list[str]
) -> None:
    told = [e for e in found(MEDIA, before, after, Mode.BACKWARD) if "parameter" not in e.rule]
    prefix = "/services/shop/operations/POST ~1things/request/"
    assert [
        (e.rule, e.pointer.removeprefix(prefix)) for e in told if "body." not in e.rule
    ] == rules
    assert [e.rule for e in told if e.breaking] == breaking
    assert all(e.place.line for e in told)


def test_a_body_that_may_be_left_out_breaks_nobody_who_sends_none() -> None:
    before = "          content: {application/json: {type: integer}, text/plain: {type: string}}\n"
    text = MEDIA.replace(before, "")
    after = differences(document(text), document(MEDIA), Mode.BACKWARD)
    assert [(e.rule, e.breaking) for e in after if e.rule.startswith("body")] == [
        ("body-added", False)
    ]


@pytest.mark.parametrize(
    ("before", "after", "rule", "where", "witness", "breaks"),
    SERVICES,
    ids=[f"{each[2]} {each[3]}" for each in SERVICES],
)
def test_a_change_of_an_operation(
    before: str, after: str, rule: str, where: str, witness: Any, breaks: str
) -> None:
    told = {mode: found(SERVICE, before, after, mode) for mode in (Mode.BACKWARD, Mode.FORWARD)}
    for mode, breaking in ((Mode.BACKWARD, "backward"), (Mode.FORWARD, "forward")):
        (one,) = [each for each in told[mode] if each.rule == rule]
        assert one.pointer == f"{OPERATION}/{where}"
        assert one.breaking is (breaks in (breaking, "both"))
        assert one.counterexample == witness
        assert one.place.line


CHANNELS: list[tuple[str, str, str, str, bool, Any]] = [
    ("#/ws", "#/ws2", "address-changed", "websocket", True, {"sent": "/ws"}),
    ("op: subscribe", "op: listen", "subscribe-changed", "subscribe", True,
     {"sent": {"op": "subscribe", "topic": "{topic}"}}),
    ("event* done", "(event | done)*", "order-widened", "order", True, {"events": []}),
    ("event* done", "event+ done", "order-changed", "order", False, None),
    ("[ordered, no-gaps]", "[ordered]", "law-removed: no-gaps", "laws", True, {"law": "no-gaps"}),
    ("[ordered, no-gaps]", "[ordered, no-gaps, burst]", "law-added: burst", "laws", False, None),
    ("within: 1s", "within: 2s", "budget-raised", "within/max", True,
     {"seconds": 2.0, "of": "max"}),
    ("within: 1s", "max-size: 10", "max-size-narrowed", "max-size", True, {"sent": "11 bytes"}),
    (", done: {}", "", "removed", "messages/done", True, None),
    ("required: [seq]", "required: []", "required-removed", "messages/event", True, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "rule", "where", "breaking", "witness"),
    CHANNELS,
    ids=[f"{each[2]} {each[3]}" for each in CHANNELS],
)
def test_a_change_of_a_channel(
    before: str, after: str, rule: str, where: str, breaking: bool, witness: Any
) -> None:
    changes = found(CHANNEL, before, after, Mode.BACKWARD)
    (one,) = [each for each in changes if each.rule == rule]
    assert one.pointer == f"/channels/news/{where}"
    assert (one.breaking, one.counterexample) == (breaking, witness)


@pytest.mark.parametrize("text", [SERVICE, CHANNEL])
def test_the_same_contract_has_no_changes(text: str) -> None:
    assert [*differences(document(text), document(text), Mode.FULL)] == []


def test_openapi_documents_are_compared_directly(tmp_path: Path) -> None:
    parameter = {"name": "q", "in": "query", "schema": {"type": "string"}}
    ok = {"200": {"description": ""}}
    old = {
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"parameters": [parameter], "responses": ok}}},
    }
    required = {**parameter, "required": True}
    new = {
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"parameters": [required], "responses": ok}}},
    }
    for name, value in (("old.json", old), ("new.json", new)):
        (tmp_path / name).write_text(json.dumps(value, indent=1))
    arguments = ["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json"), "--json"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    (one,) = json.loads(done.stdout)["differences"]
    assert (one["file"], one["rule"]) == ("new.json", "parameter-required")
    assert one["counterexample"] == {"request": {"method": "GET", "path": "/a"}}
    assert one["line"] > 5
