"""The stub: what it answers, and that it keeps the contract that it serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest
from servers import served

from stagepact.contract.read import read_documents
from stagepact.discovery import resolve
from stagepact.flow import Options, check
from stagepact.flow.model import Target, View
from stagepact.plan.door import make_plan, open_project
from stagepact.stub.app import Stub
from stagepact.stub.guard import Guard, tokens
from stagepact.subject.protocols.templates import matched
from stagepact.verdict import State
from stagepact.verdict.model import Verdict

BANK = Path(__file__).resolve().parents[1] / "bank" / "contracts"

CONTRACT = """
stagepact: 1
name: shop
schemas:
  Order:
    type: object
    required: [id, quantity]
    additionalProperties: false
    properties: {id: {type: string, pattern: "^o-[0-9]+$"}, quantity: {type: integer, minimum: 1}}
  Problem:
    type: object
    required: [type, title, status]
    properties: {type: {type: string}, title: {type: string}, status: {type: integer, minimum: 400}}
services:
  shop:
    url: "http://stub.example"
    problem: true
    methods: true
    operations:
      GET /health:
        responses: {200: {body: {const: {status: ok}}, headers: {cache-control: {const: no-store}}}}
      GET /orders/{id}:
        request: {path: {id: {type: string, pattern: "^o-[0-9]+$"}}}
        responses:
          200: {body: {$ref: "#/schemas/Order"}}
          404: {content-type: application/problem+json, body: {$ref: "#/schemas/Problem"}}
          422: {content-type: application/problem+json, body: {$ref: "#/schemas/Problem"}}
        examples:
          - {name: seven, request: {path: {id: o-7}}, response: {status: 200, body: {id: o-7, quantity: 7}}}
          - {name: none, request: {path: {id: o-0}}, response: {status: 404}}
          - {name: eight, request: {path: {id: o-8}}, response: {status: 200, matches: {properties: {quantity: {const: 8}}}}}
          - {name: nine, request: {path: {id: o-9}}, response: {status: 200, matches: {examples: [{id: o-9, quantity: 99}]}}}
      GET /orders/first:
        responses: {200: {content-type: text/plain, body: {const: "the first"}}}
      GET /orders:
        request: {query: {limit: {type: integer, minimum: 1, maximum: 50}}, headers: {x-reader: {type: string, minLength: 3}}, required: [x-reader]}
        responses:
          200: {body: {type: array, items: {$ref: "#/schemas/Order"}}}
          422: {body: {$ref: "#/schemas/Problem"}}
      POST /orders:
        request: {body: {type: object, required: [quantity], properties: {quantity: {type: integer, minimum: 1, maximum: 99}, note: {type: string}}}}
        responses:
          201: {headers: {location: {type: string, pattern: "^/orders/o-[0-9]$"}}, body: {$ref: "#/schemas/Order"}}
          400: {body: {$ref: "#/schemas/Problem"}}
          415: {body: {$ref: "#/schemas/Problem"}}
          422: {body: {$ref: "#/schemas/Problem"}}
        examples:
          - {name: two, request: {body: {quantity: 2}}, response: {status: 201, body: {id: o-1, quantity: 2}, headers: {location: /orders/o-1}}}
      DELETE /orders/{id}:
        responses: {204: {}}
"""  # noqa: E501

Ask = Callable[..., httpx.Response]


def stub_of(folder: Path, text: str, seed: int = 0) -> Stub:
    path = folder / "stub.contract.yaml"
    path.write_text(dedent(text))
    reading = read_documents([path], folder)
    assert reading.problems == ()
    documents = tuple(reading.documents)
    return Stub(documents, seed, guard=Guard(tokens(documents, {}, resolve)))


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    stub = stub_of(tmp_path_factory.mktemp("stub"), CONTRACT)
    with served(stub) as host, httpx.Client(base_url=f"http://{host}") as client:
        yield client.request


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"),
    [
        ("GET", "/health", None, 200, {"status": "ok"}),
        ("GET", "/orders/o-7", None, 200, {"id": "o-7", "quantity": 7}),
        ("GET", "/orders/o-9", None, 200, {"id": "o-9", "quantity": 99}),
        ("POST", "/orders", {"quantity": 2}, 201, {"id": "o-1", "quantity": 2}),
    ],
)
def test_examples_are_answered_first(
    method: str, path: str, body: Any, status: int, answer: Any, ask: Ask
) -> None:
    response = ask(method, path, json=body) if body else ask(method, path)
    assert (response.status_code, response.json()) == (status, answer)


def test_an_example_s_schema_is_met(ask: Ask) -> None:
    assert ask("GET", "/orders/o-8").json()["quantity"] == 8


def test_what_has_no_example_is_generated_the_same_each_time(ask: Ask) -> None:
    reader = {"x-reader": "ada"}
    one, other = (ask("GET", "/orders", headers=reader).json() for _ in range(2))
    assert one == other
    made = ask("POST", "/orders", json={"quantity": 5})
    assert made.status_code == 201
    assert made.headers["location"].startswith("/orders/o-")
    assert made.json()["quantity"] >= 1


def test_a_text_is_a_text_and_a_path_without_names_is_meant_first(ask: Ask) -> None:
    response = ask("GET", "/orders/first")
    assert (response.text, response.headers["content-type"]) == ("the first", "text/plain")


def test_head_and_no_content_have_no_body(ask: Ask) -> None:
    assert ask("HEAD", "/health").content == b""
    assert ask("HEAD", "/health").headers["cache-control"] == "no-store"
    assert ask("DELETE", "/orders/o-1").status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "pointer", "key"),
    [
        ("GET", "/nowhere", {}, 404, "", ""),
        ("PUT", "/orders", {}, 405, "", ""),
        ("GET", "/orders/x", {}, 422, "#/path/id", "id: {type: string, pattern"),
        ("GET", "/orders", {}, 422, "#/headers/x-reader", "required: [x-reader]"),
        ("GET", "/orders?limit=51", {"headers": {"x-reader": "ada"}}, 422, "#/query/limit", ""),
        ("GET", "/orders?limit=x", {"headers": {"x-reader": "ada"}}, 422, "#/query/limit", ""),
        ("GET", "/orders", {"headers": {"x-reader": "a"}}, 422, "#/headers/x-reader", "x-reader"),
        ("POST", "/orders", {"json": {"quantity": 0}}, 422, "#/body/quantity", "quantity"),
        ("POST", "/orders", {"json": {}}, 422, "#/body", "quantity"),
        ("POST", "/orders", {"json": [1]}, 422, "#/body", "quantity"),
        ("POST", "/orders", {"content": "{"}, 400, "#/body", "quantity"),
        ("POST", "/orders", {"content": "a", "headers": {"content-type": "text/plain"}}, 415,
         "#/headers/content-type", "quantity"),
    ],
)  # fmt: skip
def test_a_request_that_breaks_the_contract_is_told_where(
    method: str, path: str, how: Any, status: int, pointer: str, key: str, ask: Ask
) -> None:
    response = ask(method, path, **how)
    said = response.json()
    assert response.status_code == said["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    if not pointer:
        return
    (error,) = said["errors"]
    assert error["pointer"] == pointer
    file, line = error["contract"].split(":")
    assert file == "stub.contract.yaml"
    assert key in CONTRACT.splitlines()[int(line) - 1]
    assert pointer[1:] in said["detail"]


def test_a_header_beyond_ascii_is_taken_as_it_came(ask: Ask) -> None:
    """Bytes of a header are ISO-8859-1 by custom (RFC 9110, 5.5)."""
    assert ask("GET", "/orders", headers={"x-reader": b"00\x80"}).status_code == 200


def test_methods_that_are_there_are_told(ask: Ask) -> None:
    assert ask("PUT", "/orders").headers["allow"] == "GET, POST, HEAD"


def test_a_body_that_is_too_large_is_refused(ask: Ask) -> None:
    assert ask("POST", "/orders", content=b"x" * 10_000_001).status_code == 413


# -- the property: the stub keeps the contract that it serves -----------------------------------


# What a service keeps from one call to the next; a stub keeps nothing.
OVER_CALLS = ("laws.", "lifecycle.", "conservation.")


@contextmanager
def checked(folder: Path, text: str, url: str = "") -> Iterator[list[Verdict]]:
    """The verdicts of a contract, held against the stub of the same contract."""
    with served(stub_of(folder, text)) as host:
        (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
        path = folder / "stub.contract.yaml"
        path.write_text(dedent(text).replace(url or "http://stub.example", f"http://{host}"))
        plan = make_plan(open_project([path], folder))
        assert plan.problems == ()
        options = Options(max_examples=30, seed=0)
        targets = [replace(each, views=views) for each in plan.targets if (views := _asked(each))]
        yield [verdict for target in targets for verdict in check(target, options)]


def _asked(target: Target) -> tuple[View, ...]:
    """The views of a target without the clauses of which a stub knows nothing."""
    views = []
    for view in target.views:
        items = tuple(e for e in view.items if not e.id.clause.startswith(OVER_CALLS))
        views += [replace(view, items=items)] if items else []
    return tuple(views)


def test_the_stub_keeps_its_contract(tmp_path: Path) -> None:
    with checked(tmp_path, CONTRACT) as found:
        broken = [e for e in found if e.state is State.BROKEN]
        assert [str(e.item) for e in broken if not e.item.clause.startswith("laws.")] == []
        assert sum(each.state is State.KEPT for each in found) >= 30


STATES = """
def signed(url): return {"headers": {"authorization": "Bearer ada-key"}}
def order(url): return {"path": {"id": "o-1"}, **signed(url)}
def customer(url): return {"path": {"id": "c-1"}, **signed(url)}
def job(url): return {"path": {"id": "j-1"}, **signed(url)}
"""
# Another answer to the same request in another state, and a rule over responses.
STATEFUL = {
    "GET /orders examples.none",
    "GET /orders examples.all",
    "GET /orders/{id} examples.another's",
    "POST /orders holds.the total is the price",
    "DELETE /orders/{id} examples.another's",
}
# What is one's own, what has changed, and what was asked before: only the service knows.
OF_THE_SERVICE = {
    "owned", "idempotency", "login", "logout", "refresh", "credentials", "laws",
    "lifecycle", "conservation",
}  # fmt: skip


CACHED = """
stagepact: 1
name: cached
services:
  cached:
    url: "http://stub.example"
    operations:
      GET /tagged:
        caching: {etag: true, private: true}
        responses: {200: {body: {type: integer}}, 304: {}, 422: {}}
        request: {query: {n: {type: integer}}}
      GET /named:
        caching: {etag: true}
        responses: {200: {body: {const: 1}}, 304: {}}
        examples: [{name: one, response: {status: 200, body: 1, headers: {etag: 'W/"v1"'}}}]
      GET /plain: {responses: {200: {body: {const: 1}}}}
"""


def test_a_stub_keeps_what_caching_declares(tmp_path: Path) -> None:
    with checked(tmp_path, CACHED) as found:
        assert {str(e.item): e.violations for e in found if e.state is not State.KEPT} == {}
        kept = {each.item.clause for each in found}
    assert {"caching.etag", "caching.not-modified", "caching.private"} <= kept


def test_a_stub_tells_who_has_the_answer_that_it_is_the_same(tmp_path: Path) -> None:
    with served(stub_of(tmp_path, CACHED)) as host, httpx.Client(base_url=f"http://{host}") as ask:

        def status(path: str, tag: str) -> int:
            return ask.get(path, headers={"if-none-match": tag}).status_code

        tag = ask.get("/tagged").headers["etag"]
        other = next(
            each for n in range(9) if (each := ask.get(f"/tagged?n={n}").headers["etag"]) != tag
        )
        told = [status("/tagged", each) for each in (tag, f"W/{tag}", f'"x", {tag}', "*", other)]
        assert told == [304, 304, 304, 304, 200]
        assert ask.get("/tagged?n=x", headers={"if-none-match": "*"}).status_code == 422
        same = ask.get("/named", headers={"if-none-match": '"v1"'})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"v1"')
        assert "etag" not in ask.get("/plain").headers


@pytest.mark.slow
def test_the_stub_of_the_bank_s_shop_keeps_what_needs_no_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "states_of_stub.py").write_text(STATES)
    text = (BANK / "shop.contract.yaml").read_text(encoding="utf-8")
    text = text.replace('app: "bank.shop:app"', 'url: "http://stub.example"')
    for old, new in (("empty", "signed"), ("seed_customer", "customer"), ("seed_job", "job")):
        text = text.replace(f"bank.shop:{old}", f"states_of_stub:{new}")
    text = text.replace("bank.shop:seed", "states_of_stub:order")
    with checked(tmp_path, text) as found:
        broken = {
            f"{e.item.subject} {e.item.clause}"
            for e in found
            if e.state is State.BROKEN and e.item.clause.partition(".")[0] not in OF_THE_SERVICE
        }
        assert broken <= STATEFUL, sorted(broken - STATEFUL)
        assert sum(each.state is State.KEPT for each in found) > 100


def test_the_stub_of_the_bank_s_channels_keeps_their_laws(tmp_path: Path) -> None:
    text = (BANK / "live-channels.contract.yaml").read_text(encoding="utf-8")
    before, _, rest = text.partition("  impatient:\n")
    text = before + rest[rest.index("  stream:\n") : rest.index("  bus:\n")]
    text = re.sub("(patience|within): .*", r"\1: 30s", text)  # what is looked at is no time
    text = text.replace("bank.live:fresh#/ws", "ws://stub.example/ws")
    text = text.replace("bank.live:fresh#/events", "http://stub.example/events")
    stub = stub_of(tmp_path, text)
    with served(stub) as host:
        (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
        path = tmp_path / "stub.contract.yaml"
        path.write_text(text.replace("stub.example", host))
        plan = make_plan(open_project([path], tmp_path))
        found = [v for target in plan.targets for v in check(target, Options(seed=0))]
    assert [(str(e.item), e.reason, e.violations) for e in found if e.state is not State.KEPT] == []


# -- templates read backwards ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "message", "found"),
    [
        ({"op": "s", "topic": "{topic}"}, {"op": "s", "topic": "a", "more": 1}, {"topic": "a"}),
        ({"op": "s", "topic": "{topic}"}, {"op": "s"}, None),
        ({"n": "{number}"}, {"n": {"deep": 1}}, {"number": {"deep": 1}}),
        ("room-{topic}-{id}", "room-a-b", {"topic": "a", "id": "b"}),
        ("room-{topic}", 3, None),
        (["{id}", "{id}"], [1, 1], {"id": 1}),
        (["{id}", "{id}"], [1, 2], None),
        ([1], [1, 2], None),
        ({"a": 1}, [], None),
        ("{other}", "{other}", {}),
    ],
)
def test_a_template_is_read_backwards(template: Any, message: Any, found: Any) -> None:
    assert matched(template, message) == found
