"""Laws of services over small shops: strange ones that are right, and ones with a mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from plans import Make, make

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.verdict.model import State, Verdict

__all__ = ["make"]

Answer = tuple[int, Any, dict[str, str]]

CODE = """
import json
from test_laws import Shop, wsgi

app = wsgi(Shop({flavour!r}))
"""

CONTRACT = """
services:
  shop:
    app: "code_of_plan:app"
    states: {nothing is kept: "test_laws:nothing", some are kept: "test_laws:some"}
    LAWS
    operations:
      POST /things:
        state: nothing is kept
        request: {body: {$ref: "#/schemas/New"}}
        responses: {201: {}, 202: {}, 409: {}}
        examples: [{name: one, request: {body: {name: Ann, kind: a}}, response: {status: 201}}]
      GET /things:
        state: some are kept
        request: {query: {QUERY, kind: {enum: [a, b]}}}
        responses: {200: {body: {$ref: "#/schemas/Things"}}}
      GET /things/{id}: {state: some are kept, responses: {200: {$ref: "#/schemas/Thing"}, 404: {}}}
      PUT /things/{id}:
        state: some are kept
        request: {headers: {if-match: {type: string}}, body: {$ref: "#/schemas/New"}}
        responses: {200: {}, 201: {}, 204: {}, 404: {}, 409: {}, 412: {}}
      DELETE /things/{id}: {state: some are kept, responses: {200: {}, 204: {}, 404: {}}}
schemas:
  New:
    type: object
    required: [name, kind]
    additionalProperties: false
    properties:
      name: {type: string, pattern: "^[A-Za-z]{1,9}$"}
      kind: {enum: [a, b]}
      note: {type: string, maxLength: 5}
  Things:
    type: object
    properties: {items: {type: array, items: {$ref: "#/schemas/Thing"}}NEXT}
  Thing:
    type: object
    required: [id]
    properties: {id: {type: string}, kind: {enum: [a, b]}}
"""
OFFSET = "offset: {type: integer, minimum: 0}, limit: {type: integer, minimum: 1, maximum: 50}"
PAGE = "page: {type: integer}, per_page: {type: integer, minimum: 1, maximum: 50}"
CURSOR = "cursor: {type: string}, limit: {type: integer, minimum: 1, maximum: 50}"


class Shop:
    """Things by id; each flavour does one thing otherwise."""

    def __init__(self, flavour: str) -> None:
        self.flavour = flavour
        self.clear()

    def clear(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self.gone: dict[str, dict[str, Any]] = {}
        self.number = 0

    def add(self, body: dict[str, Any]) -> dict[str, Any]:
        self.number += 1
        made = {"id": f"t{self.number}", **body}
        if self.flavour == "normalises":
            made["name"] = made["name"].lower()
        self.things[made["id"]] = {**made, "version": 1}
        return made

    def seen(self, thing: dict[str, Any]) -> dict[str, Any]:
        if self.flavour == "counts views":
            thing["views"] = thing.get("views", 0) + 1
        if self.flavour == "tells the time":
            self.number += 1
            return {**thing, "now": self.number}
        return {name: value for name, value in thing.items() if name != "version"}

    def create(self, body: dict[str, Any]) -> Answer:
        if self.flavour == "keeps one" and self.things:
            return 409, None, {}
        made = self.add(body)
        location = {"location": f"http://elsewhere.example/api/things/{made['id']}"}
        if self.flavour == "loses notes":
            self.things[made["id"]].pop("note", None)
            self.things[made["id"]]["note"] = ""
        if self.flavour == "accepts only":
            del self.things[made["id"]]
            return 202, None, location
        if self.flavour == "says little":
            return 201, None, location
        return 201, made, location

    def list(self, query: dict[str, str]) -> Answer:
        found = [each for each in self.things.values() if query.get("kind") in (None, each["kind"])]
        if self.flavour == "hides b" and "kind" not in query:
            found = [each for each in found if each["kind"] != "b"]
        if self.flavour == "newest first":
            found.reverse()
        limit = int(query.get("limit", query.get("per_page", 3)))
        limit = min(limit, 2) if self.flavour == "caps pages" else limit
        start = int(query.get("offset", 0) or 0)
        if "page" in self.flavour and "per_page" in query:
            start = (int(query.get("page", self.first)) - self.first) * limit
        if "cursor" in query:
            start = int(query["cursor"])
        end = start + limit
        if self.flavour == "overlapping pages" and start:
            start -= 1
        items = [self.seen(each) for each in found[start:end]]
        if self.flavour == "shortens":
            items = [{"id": each["id"], "name": each["name"][:1]} for each in items]
        more = end < len(found) or (self.flavour == "an empty end" and bool(items))
        if self.flavour in ("next by url", "next by link"):
            url = f"/things?limit={limit}&offset={end}"
            told = {"link": f'<{url}>; rel="next"'} if more else {}
            if self.flavour == "next by link":
                return 200, {"items": items}, told
            return 200, {"items": items, "next": url if more else None}, {}
        return 200, {"items": items, "next": str(end) if more else None}, {}

    @property
    def first(self) -> int:
        return 0 if self.flavour == "page from 0" else 1

    def item(self, method: str, id_: str, body: Any, tag: str | None) -> Answer:
        thing = self.things.get(id_)
        if thing is None and method == "PUT" and self.flavour == "makes by PUT":
            self.things[id_] = {"id": id_, **body, "version": 1}
            return 201, self.seen(self.things[id_]), {}
        if thing is None and method == "PUT" and self.flavour == "revives" and id_ in self.gone:
            thing = self.things[id_] = self.gone.pop(id_)
        if thing is None:
            return 404, None, {}
        if method == "GET":
            weak = "W/" if self.flavour == "weak tags" else ""
            tagged = {"etag": f'{weak}"{1 if weak else thing["version"]}"'}
            return 200, self.seen(thing), {} if self.flavour == "no tags" else tagged
        if method == "DELETE":
            if self.flavour == "marks":
                thing["deleted"] = True
            elif self.flavour != "keeps what is deleted":
                self.gone[id_] = self.things.pop(id_)
            return 204, None, {}
        if tag not in (None, f'"{thing["version"]}"') and self.flavour != "takes any tag":
            return (412, None, {}) if self.flavour != "weak tags" else (409, None, {})
        thing["version"] += 1
        if self.flavour != "forgets changes":
            thing.update({"note": "", **body})
        return 200, {**self.seen(thing), **body}, {}


def wsgi(shop: Shop) -> Callable[[Any, Any], list[bytes]]:
    import json

    def app(environ: Any, start_response: Any) -> list[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        raw = environ["wsgi.input"].read(length)
        body = json.loads(raw) if raw else {}
        query = dict(parse_qsl(environ["QUERY_STRING"]))
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        found = re.fullmatch(r"/things/([^/]+)", path)
        if found:
            answer = shop.item(method, found[1], body, environ.get("HTTP_IF_MATCH"))
        elif path == "/things" and method in ("GET", "POST"):
            answer = shop.create(body) if method == "POST" else shop.list(query)
        else:
            answer = 404, None, {}
        status, content, headers = answer
        told = [("content-type", "application/json")] if content is not None else []
        start_response(f"{status} Told", [*headers.items(), *told])
        return [json.dumps(content).encode()] if content is not None else []

    app.shop = shop  # type: ignore[attr-defined]
    return app


def nothing(app: Any) -> None:
    app.shop.clear()


def some(app: Any) -> dict[str, Any]:
    app.shop.clear()
    for name, kind in zip(("Ann", "Bob", "Cy", "Di", "Eve"), "abaab", strict=True):
        app.shop.add({"name": name, "kind": kind})
    return {"id": "t1"}


def of_laws(plan: Plan) -> dict[str, Verdict]:
    """What checking the laws of a plan finds, by `subject::clause[path]`."""
    assert plan.problems == ()
    laws = [each for each in plan.targets if each.items[0].id.name.startswith("laws.")]
    found = [verdict for target in laws for verdict in check(target, Options(seed=0))]
    return {f"{each.item.subject}::{each.item.name}": each for each in found}


def seen(make: Make, flavour: str, laws: str = "", query: str = OFFSET) -> dict[str, Verdict]:
    following = ", next: {}" if query == CURSOR or flavour == "next by url" else ""
    text = CONTRACT.replace("LAWS", laws).replace("QUERY", query).replace("NEXT", following)
    return of_laws(make(CODE.format(flavour=flavour), a=text))


def broken(found: dict[str, Verdict]) -> set[str]:
    return {
        name.rpartition("::laws.")[2].partition("[")[0]
        for name, each in found.items()
        if each.state is State.BROKEN
    }


RIGHT: dict[str, str] = {
    "plain": OFFSET,
    "normalises": OFFSET,
    "counts views": OFFSET,
    "tells the time": OFFSET,
    "keeps one": OFFSET,
    "accepts only": OFFSET,
    "says little": OFFSET,
    "hides b": OFFSET,
    "newest first": OFFSET,
    "caps pages": OFFSET,
    "makes by PUT": OFFSET,
    "weak tags": OFFSET,
    "no tags": OFFSET,
    "marks": OFFSET,
    "next by url": OFFSET,
    "next by link": OFFSET,
    "page from 0": PAGE,
    "page from 1": PAGE,
    "cursor": CURSOR,
    "an empty end": CURSOR,
}


@pytest.mark.parametrize("flavour", RIGHT)
def test_nobody_is_blamed_for_what_is_right(flavour: str, make: Make) -> None:
    found = seen(make, flavour, query=RIGHT[flavour])
    assert {name: e.violations for name, e in found.items() if e.state is State.BROKEN} == {}
    assert State.KEPT in {each.state for each in found.values()}


WRONG: dict[str, tuple[str, str]] = {
    "loses notes": ("create-read", OFFSET),
    "forgets changes": ("update-read", OFFSET),
    "keeps what is deleted": ("delete", OFFSET),
    "takes any tag": ("lost-update", OFFSET),
    "overlapping pages": ("pagination", OFFSET),
}


@pytest.mark.parametrize("flavour", WRONG)
def test_what_is_wrong_breaks_its_law(flavour: str, make: Make) -> None:
    law, query = WRONG[flavour]
    assert law in broken(seen(make, flavour, query=query))


STRICT = {"marks": ("delete", OFFSET), "normalises": ("create-read", OFFSET)}


@pytest.mark.parametrize("flavour", STRICT)
def test_what_was_asked_for_is_meant_strictly(flavour: str, make: Make) -> None:
    law, query = STRICT[flavour]
    assert broken(seen(make, flavour, f"laws: [{law}]", query)) == {law}


def test_no_laws_are_no_clauses(make: Make) -> None:
    assert seen(make, "forgets changes", "laws: []") == {}


def test_a_law_that_nothing_shows_is_not_exercised(make: Make) -> None:
    (found,) = seen(make, "plain", "laws: [idempotency-key]").values()
    assert found.state is State.NOT_EXERCISED
    assert found.reason == "/things: POST declares no header idempotency-key"


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def served() -> Iterator[tuple[Shop, str]]:
    """A shop behind a real server, and its URL."""
    shop = Shop("plain")
    with make_server("127.0.0.1", 0, wsgi(shop), handler_class=_Quiet) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield shop, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_laws_hold_by_url_as_in_process(served: tuple[Shop, str], make: Make) -> None:
    shop, url = served
    for name, kind in (("Ann", "a"), ("Bob", "b"), ("Cy", "a")):
        shop.add({"name": name, "kind": kind})
    text = CONTRACT.replace('app: "code_of_plan:app"', f"url: {url}").replace("NEXT", "")
    text = re.sub(r"state: \w+ (is|are) kept,?|    states: .*", "", text)
    text = text.replace("LAWS", "laws: [create-read, pagination, delete]").replace("QUERY", OFFSET)
    found = of_laws(make("", a=text))
    assert {name: e.violations for name, e in found.items() if e.state is State.BROKEN} == {}
    kept = {name.partition("::")[2] for name, e in found.items() if e.state is State.KEPT}
    assert {"laws.create-read[http]", "laws.pagination[http]", "laws.delete[http]"} <= kept
    shop.flavour = "keeps what is deleted"
    assert "delete" in broken(of_laws(make("", a=text)))
