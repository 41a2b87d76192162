"""Interactions, each with an answer that keeps it and answers with a mistake: for two engines.

One pact file has an interaction for each answer, at a path of its own; the provider gives that
answer there. `BROKEN` says by description where the mistake is, as part and path.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from stagepact.contract.source import Json
from stagepact.pact.files import body_of, parse_pact
from stagepact.pact.model import Interaction, Message, Pact

Where = set[tuple[str, str]]
JSON_TYPE = {"content-type": "application/json"}


def rule(**each: Any) -> dict[str, Any]:
    return {"combine": "AND", "matchers": [each]}


@dataclass(frozen=True)
class Answer:
    """What a provider says."""

    body: Json | str = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON_TYPE)

    @property
    def data(self) -> bytes:
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Entry:
    """What is expected, the answers that keep it, and by mistake those that don't."""

    expected: dict[str, Any]
    right: tuple[Answer, ...]
    wrong: Mapping[str, tuple[Answer, Where]]
    request: dict[str, Any] = field(default_factory=dict)


def body(example: Json, rules: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An expected response with a JSON body."""
    content = {"contentType": "application/json", "encoded": False, "content": example}
    matching = {"body": {path: rule(**each) for path, each in (rules or {}).items()}}
    headers = {"Content-Type": ["application/json"]}
    return {"status": 200, "headers": headers, "body": content, "matchingRules": matching, **more}


def of_rule(
    example: Json, told: dict[str, Any], right: Json, wrong: Json, path: str = "$.at"
) -> Entry:
    """A body with one value that a rule is for."""
    good, bad = Answer({"at": right}), Answer({"at": wrong})
    return Entry(
        body({"at": example}, {"$.at": told}),
        (good, Answer({"at": example})),
        {"refused": (bad, {("body", path)})},
    )


ORDER: dict[str, Json] = {"id": "o-7", "items": [{"n": 2, "sku": "a"}], "note": None}
ORDER_RULES: dict[str, Any] = {
    "$.id": {"match": "regex", "regex": r"o-\d+"},
    "$.items": {"match": "type", "min": 1},
    "$.items[*].n": {"match": "integer"},
    "$.items[*].sku": {"match": "type"},
    "$.note": {"match": "type"},
}
ORDER_RIGHT: dict[str, Json] = {"id": "o-12", "items": [{"n": 1, "sku": "b"}], "note": None}
TEXT = {"content-type": "text/plain"}

ENTRIES: dict[str, Entry] = {
    "an order": Entry(
        body(ORDER, ORDER_RULES),
        (
            Answer(ORDER_RIGHT),
            Answer({**ORDER_RIGHT, "more": [1], "items": [{"n": 1, "sku": "x", "k": 1}] * 3}),
            Answer(ORDER_RIGHT, headers={"content-type": "application/json; charset=utf-8"}),
        ),
        {
            "another status": (Answer(ORDER_RIGHT, 201), {("status", "")}),
            "a server error": (Answer(ORDER_RIGHT, 500), {("status", "")}),
            "a key is missing": (
                Answer({"id": "o-1", "items": [{"n": 1, "sku": "a"}]}),
                {("body", "$.note")},
            ),
            "two keys are missing": (
                Answer({"items": [{"n": 1, "sku": "a"}]}),
                {("body", "$.id"), ("body", "$.note")},
            ),
            "a key of an item is missing": (
                Answer({**ORDER_RIGHT, "items": [{"n": 1, "sku": "a"}, {"n": 1}]}),
                {("body", "$.items[1].sku")},
            ),
            "a wrong type": (
                Answer({**ORDER_RIGHT, "items": [{"n": "1", "sku": "a"}]}),
                {("body", "$.items[0].n")},
            ),
            "a fraction": (
                Answer({**ORDER_RIGHT, "items": [{"n": 1.5, "sku": "a"}]}),
                {("body", "$.items[0].n")},
            ),
            "null": (
                Answer({**ORDER_RIGHT, "items": [{"n": 1, "sku": None}]}),
                {("body", "$.items[0].sku")},
            ),
            "a list for an object": (Answer([ORDER_RIGHT]), {("body", "$")}),
            "an object for a list": (
                Answer({**ORDER_RIGHT, "items": {"n": 1}}),
                {("body", "$.items")},
            ),
            "no items": (Answer({**ORDER_RIGHT, "items": []}), {("body", "$.items")}),
            "another text": (Answer({**ORDER_RIGHT, "id": "x-1"}), {("body", "$.id")}),
            "no body": (Answer(None), {("body", "$")}),
            "text instead of JSON": (
                Answer("hello", headers=TEXT),
                {("body", "$"), ("header", "Content-Type")},
            ),
            "no JSON": (Answer('{"id": '), {("body", "$")}),
            "two mistakes": (
                Answer({**ORDER_RIGHT, "id": "x", "note": 1}, 202),
                {("status", ""), ("body", "$.id"), ("body", "$.note")},
            ),
        },
    ),
    "headers": Entry(
        {
            "status": 204,
            "headers": {"X-Count": ["3"], "Cache-Control": ["no-store", "private"], "ETag": ["a"]},
            "matchingRules": {"header": {"X-Count": rule(match="regex", regex=r"\d+")}},
        },
        (
            Answer(
                None,
                204,
                {"x-count": "12", "cache-control": "no-store, private", "etag": "a", "more": "1"},
            ),
        ),
        {
            "one is missing": (
                Answer(None, 204, {"x-count": "12", "cache-control": "no-store, private"}),
                {("header", "ETag")},
            ),
            "another value": (
                Answer(
                    None,
                    204,
                    {"x-count": "many", "cache-control": "no-store, private", "etag": "b"},
                ),
                {("header", "X-Count"), ("header", "ETag")},
            ),
            "one value less": (
                Answer(None, 204, {"x-count": "1", "cache-control": "no-store", "etag": "a"}),
                {("header", "Cache-Control")},
            ),
        },
    ),
    "a redirect": Entry(
        {"status": 302, "headers": {"Location": ["/elsewhere"]}},
        (Answer(None, 302, {"location": "/elsewhere"}),),
        {"to another place": (Answer(None, 302, {"location": "/x"}), {("header", "Location")})},
    ),
    "an expected server error": Entry(
        {"status": 503},
        (Answer(None, 503), Answer({"why": "down"}, 503)),
        {"none": (Answer(None, 200), {("status", "")})},
    ),
    "a class of statuses": Entry(
        {
            "status": 200,
            "matchingRules": {"status": {"$": rule(match="statusCode", status="success")}},
        },
        (Answer(None, 201), Answer(None, 204)),
        {"a client's error": (Answer(None, 404), {("status", "")})},
    ),
    "text": Entry(
        {
            "status": 200,
            "headers": {"Content-Type": ["text/plain"]},
            "body": {"contentType": "text/plain", "encoded": False, "content": "pong"},
        },
        (Answer("pong", headers=TEXT),),
        {"other": (Answer("ping", headers=TEXT), {("body", "$")})},
    ),
    "a null body": Entry(
        body(None),
        (Answer(None),),
        {"one that is there": (Answer("null"), {("body", "$")})},
    ),
    "a list": Entry(
        body([1, 2]),
        (Answer([1, 2]),),
        {
            "shorter": (Answer([1]), {("body", "$")}),
            "longer": (Answer([1, 2, 3]), {("body", "$")}),
            "another order": (Answer([2, 1]), {("body", "$[0]"), ("body", "$[1]")}),
        },
    ),
    "exact": Entry(
        body({"a b": {"c": True}, "d": 1.5}),
        (Answer({"a b": {"c": True}, "d": 1.5, "e": 1}),),
        {
            "of a key with a blank": (
                Answer({"a b": {"c": False}, "d": 1.5}),
                {("body", "$['a b'].c")},
            ),
            "of a number": (Answer({"a b": {"c": True}, "d": 2.5}), {("body", "$.d")}),
        },
    ),
    "type": of_rule({"k": 1}, {"match": "type"}, {"k": 2}, [1]),
    "regex": of_rule("abc", {"match": "regex", "regex": r"[a-c]{3}"}, "cab", "abcd"),
    "include": of_rule("say hello", {"match": "include", "value": "hello"}, "hello!", "hullo"),
    "integer": of_rule(1, {"match": "integer"}, -7, "7"),
    "decimal": of_rule(1.5, {"match": "decimal"}, 0.25, 3),
    "number": of_rule(1, {"match": "number"}, 1.5, "1"),
    "boolean": of_rule(True, {"match": "boolean"}, False, 1),
    "no value": of_rule(None, {"match": "null"}, None, 0),
    "date": of_rule("2026-01-31", {"match": "date", "format": "yyyy-MM-dd"}, "2024-02-29", "31.1."),
    "time": of_rule("10:00", {"match": "time", "format": "HH:mm"}, "23:59", "24:99"),
    "datetime": of_rule(
        "2026-01-02T03:04:05",
        {"match": "datetime", "format": "yyyy-MM-dd'T'HH:mm:ss"},
        "2027-12-31T23:59:59",
        "2026-01-02",
    ),
    "semver": of_rule("1.2.3", {"match": "semver"}, "2.0.0-rc.1", "1.2"),
    "notEmpty": of_rule("x", {"match": "notEmpty"}, "y", ""),
    "values": Entry(
        body({"at": {"a": 1}}, {"$.at": {"match": "values"}, "$.at.*": {"match": "integer"}}),
        (Answer({"at": {"x": 5, "y": 6}}),),
        {"one is no number": (Answer({"at": {"x": 5, "y": "z"}}), {("body", "$.at.y")})},
    ),
    "eachKey": of_rule(
        {"k1": 1},
        {"match": "eachKey", "rules": [{"match": "regex", "regex": r"k\d"}], "value": "k1"},
        {"k1": 1, "k2": 2},
        {"k1": 1, "other": 2},
        "$.at.other",
    ),
    "max": of_rule([1], {"match": "type", "max": 2}, [1, 2], [1, 2, 3]),
    "arrayContains": of_rule(
        [{"kind": "x"}],
        {
            "match": "arrayContains",
            "variants": [{"index": 0, "rules": {"$.kind": rule(match="equality")}}],
        },
        [{"kind": "y"}, {"kind": "x"}],
        [{"kind": "y"}],
    ),
    "a query": Entry(
        body({"asked": [["q", "a b"], ["q", "c"], ["é", "&"]]}),
        (Answer({"asked": "ECHO"}),),
        {"not told": (Answer({"asked": "nothing"}), {("body", "$.asked")})},
        {"query": {"q": ["a b", "c"], "é": ["&"]}},
    ),
    "a posted body": Entry(
        body({"got": {"a": 1}}, status=201),
        (Answer({"got": "ECHO"}, 201),),
        {"not told": (Answer({"got": {"a": 2}}, 201), {("body", "$.got.a")})},
        {
            "method": "POST",
            "headers": {"Content-Type": ["application/json"]},
            "body": {"contentType": "application/json", "encoded": False, "content": {"a": 1}},
        },
    ),
    "what a state gives": Entry(
        body({"got": {"id": "o-12", "on": "2020-01-01"}}, {"$.got.on": {"match": "type"}}),
        (Answer({"got": "ECHO"}),),
        {"of another": (Answer({"got": {"id": "o-7", "on": "x"}}), {("body", "$.got.id")})},
        {
            "method": "PUT",
            "headers": {"Content-Type": ["application/json"], "X-Id": ["o-7"]},
            "body": {
                "contentType": "application/json",
                "encoded": False,
                "content": {"id": "o-7", "on": "2020-01-01"},
            },
            "generators": {
                "header": {"X-Id": {"type": "ProviderState", "expression": "${id}"}},
                "body": {
                    "$.id": {"type": "ProviderState", "expression": "${id}"},
                    "$.on": {"type": "Date", "format": "yyyy-MM-dd"},
                },
            },
        },
    ),
}


@dataclass(frozen=True)
class Told:
    """What a provider sends as a message."""

    contents: Json | str = None
    metadata: Mapping[str, Json] = field(default_factory=lambda: {"topic": "orders"})
    content_type: str = "application/json"

    @property
    def message(self) -> Message:
        text = self.contents if isinstance(self.contents, str) else json.dumps(self.contents)
        return Message(body_of(text.encode(), self.content_type), self.metadata)


@dataclass(frozen=True)
class Sending:
    """A message that is expected, those that are as expected, and by mistake those that aren't."""

    expected: dict[str, Any]
    right: tuple[Told, ...]
    wrong: Mapping[str, tuple[Told, Where]]


DONE: dict[str, Json] = {"id": "o-7", "status": "done", "parts": [1]}
DONE_RIGHT: dict[str, Json] = {"id": "o-8", "status": "skipped", "parts": [3, 4]}

MESSAGES: dict[str, Sending] = {
    "an order is done": Sending(
        {
            "contents": {"contentType": "application/json", "encoded": False, "content": DONE},
            "metadata": {"topic": "orders", "key": "o-7"},
            "matchingRules": {
                "body": {
                    "$.id": rule(match="type"),
                    "$.status": rule(match="regex", regex="done|skipped"),
                    "$.parts": rule(match="type", min=1),
                },
                "metadata": {"key": rule(match="regex", regex=r"o-\d+")},
            },
        },
        (
            Told(DONE_RIGHT, {"topic": "orders", "key": "o-9"}),
            Told({**DONE_RIGHT, "more": 1}, {"topic": "orders", "key": "o-1", "more": 1}),
        ),
        {
            "another member": (
                Told({**DONE_RIGHT, "status": "failed"}, {"topic": "orders", "key": "o-9"}),
                {("body", "$.status")},
            ),
            "a key is missing": (
                Told({"id": "1", "status": "done"}, {"topic": "orders", "key": "o-9"}),
                {("body", "$.parts")},
            ),
            "another topic": (
                Told(DONE_RIGHT, {"topic": "elsewhere", "key": "o-9"}),
                {("metadata", "$.topic")},
            ),
            "metadata are missing": (Told(DONE_RIGHT), {("metadata", "$.key")}),
            "metadata by a rule": (
                Told(DONE_RIGHT, {"topic": "orders", "key": "x"}),
                {("metadata", "$.key")},
            ),
            "no JSON": (
                Told("{", {"topic": "orders", "key": "o-9"}),
                {("body", "$")},
            ),
        },
    ),
    "a number in metadata": Sending(
        {
            "contents": {"contentType": "application/json", "encoded": False, "content": [1]},
            "metadata": {"partition": 3},
        },
        (Told([1], {"partition": 3}),),
        {"another": (Told([1], {"partition": 4}), {("metadata", "$.partition")})},
    ),
}


def _interactions() -> Iterator[tuple[dict[str, Any], Answer | Told, Where]]:
    for name, entry in ENTRIES.items():
        for mistake, answer, where in _variants(entry.right, entry.wrong):
            path = f"/{name}/{mistake}".replace(" ", "-").replace("'", "")
            request = {"method": "GET", **entry.request, "path": path}
            written = {"request": request, "response": entry.expected}
            yield _named("Synchronous/HTTP", name, mistake, written), answer, where
    for name, sending in MESSAGES.items():
        for mistake, told, where in _variants(sending.right, sending.wrong):
            yield _named("Asynchronous/Messages", name, mistake, sending.expected), told, where


def _variants(right: tuple[Any, ...], wrong: Mapping[str, Any]) -> Iterator[tuple[str, Any, Where]]:
    for number, answer in enumerate(right):
        yield f"kept {number}", answer, set()
    for mistake, (answer, where) in wrong.items():
        yield mistake, answer, where


def _named(kind: str, name: str, mistake: str, written: dict[str, Any]) -> dict[str, Any]:
    states = [{"name": "there is an order", "params": {"id": "o-12"}}]
    return {
        "type": kind,
        "description": f"{name}: {mistake}",
        "providerStates": states,
        **written,
    }


ALL = [*_interactions()]
BROKEN: Mapping[str, Where] = {written["description"]: where for written, _, where in ALL}
ANSWERS = {
    written["request"]["path"]: answer for written, answer, _ in ALL if isinstance(answer, Answer)
}
MADE = {written["description"]: told for written, told, _ in ALL if isinstance(told, Told)}


# -- as files of each version ----------------------------------------------------------------------


def _document(version: str, **listed: list[dict[str, Any]]) -> dict[str, Any]:
    metadata = {"pactSpecification": {"version": version}}
    return {"consumer": {"name": "ui"}, "provider": {"name": "api"}, **listed, "metadata": metadata}


def _older(part: dict[str, Any]) -> dict[str, Any]:
    """A request, a response or a message as version 3 writes it."""
    older = dict(part)
    for key in ("body", "contents"):
        if key in older:
            older[key] = older[key]["content"]
    if "headers" in older:
        older["headers"] = {name: ", ".join(texts) for name, texts in older["headers"].items()}
    if "metadata" in older:
        older["metaData"] = older.pop("metadata")
    return older


def _of_version_3() -> dict[str, Any]:
    requests: list[dict[str, Any]] = []
    messages: list[dict[str, Any]] = []
    for written, _, _ in ALL:
        rest = {key: value for key, value in written.items() if key != "type"}
        if "request" in rest:
            parts = {key: _older(rest[key]) for key in ("request", "response")}
            requests.append({**rest, **parts})
        else:
            messages.append(_older(rest))
    return _document("3.0.0", interactions=requests, messages=messages)


_FLAT = frozenset({"type", "regex"})


def _of_version_2() -> dict[str, Any]:
    """What version 2 can say: rules `type` and `regex`, for bodies and headers."""
    kept = []
    for written, _, _ in ALL:
        if "request" not in written or "generators" in written["request"]:
            continue
        parts = {key: _older(written[key]) for key in ("request", "response")}
        parts["request"]["query"] = _query_text(parts["request"].get("query", {}))
        rules = parts["response"].pop("matchingRules", {})
        flat = {**_flat(rules.get("body", {})), **_flat_headers(rules.get("header", {}))}
        kinds = {each["match"] for each in flat.values()}
        if kinds <= _FLAT and "status" not in rules:
            parts["response"]["matchingRules"] = flat
            state = written["providerStates"][0]["name"]
            named = {"description": written["description"], "providerState": state}
            kept.append({**named, **parts})
    return _document("2.0.0", interactions=kept)


def _flat(rules: dict[str, Any]) -> dict[str, Any]:
    return {f"$.body{path[1:]}": listed["matchers"][0] for path, listed in rules.items()}


def _flat_headers(rules: dict[str, Any]) -> dict[str, Any]:
    return {f"$.header.{name}": listed["matchers"][0] for name, listed in rules.items()}


def _query_text(query: dict[str, list[str]]) -> str:
    return urlencode([(name, text) for name, texts in query.items() for text in texts])


DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "2": _of_version_2(),
    "3": _of_version_3(),
    "4": _document("4.0", interactions=[written for written, _, _ in ALL]),
}


def pact(version: str) -> Pact:
    return parse_pact(json.dumps(DOCUMENTS[version]), "pacts/ui-api.json")


# -- the provider ----------------------------------------------------------------------------------


Send = Callable[[dict[str, Any]], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
    """The provider: an ASGI app that gives the answer of each path."""
    if scope["type"] != "http":
        raise NotImplementedError
    answer, asked = ANSWERS[scope["path"]], (await receive())["body"]
    data = answer.data.replace(b'"ECHO"', asked or _query(scope["query_string"]))
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


def _query(text: bytes) -> bytes:
    return json.dumps(parse_qsl(text.decode())).encode()


def produced(interaction: Interaction) -> Message:
    return MADE[interaction.description].message


# -- where the two differ --------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """An answer of which the engines say different things, and why (docs/decisions/0033)."""

    expected: dict[str, Any]
    answer: Answer
    native: str
    official: str


def _texts(kind: str, content: str) -> dict[str, Any]:
    told = {"contentType": kind, "encoded": False, "content": content}
    return {"status": 200, "headers": {"Content-Type": [kind]}, "body": told}


XML = {"content-type": "application/xml"}
MOMENT = {"match": "datetime", "format": "yyyy-MM-dd'T'HH:mm:ssXXX"}
DAY = {"match": "date", "format": "yyyy-DDD"}
WHOLE = {"header": {"X-Below": rule(match="integer")}}

DIFFERENCES: Mapping[str, Difference] = {
    "XML that is as expected": Difference(
        _texts("application/xml", "<a b='1'/>"),
        Answer('<a b="1"></a>', headers=XML),
        "undecided",
        "kept",
    ),
    "XML that isn't": Difference(
        _texts("application/xml", "<a b='1'/>"),
        Answer("<a b='2'/>", headers=XML),
        "undecided",
        "broken",
    ),
    "an offset of 13 hours": Difference(
        body({"at": "2026-01-02T03:04:05Z"}, {"$.at": MOMENT}),
        Answer({"at": "2026-01-02T03:04:05+13:00"}),
        "kept",
        "broken",
    ),
    "the 360th day of a year": Difference(
        body({"at": "2026-001"}, {"$.at": DAY}),
        Answer({"at": "2026-360"}),
        "kept",
        "broken",
    ),
    "a whole number below zero in a header": Difference(
        {"status": 200, "headers": {"X-Below": ["1"]}, "matchingRules": WHOLE},
        Answer(None, 200, {"x-below": "-7"}),
        "kept",
        "broken",
    ),
}
DIFFERENT = _document(
    "4.0",
    interactions=[
        {
            "type": "Synchronous/HTTP",
            "description": name,
            "request": {"method": "GET", "path": f"/different/{number}"},
            "response": each.expected,
        }
        for number, (name, each) in enumerate(DIFFERENCES.items())
    ],
)
ANSWERS |= {f"/different/{number}": each.answer for number, each in enumerate(DIFFERENCES.values())}


# -- named in a contract ---------------------------------------------------------------------------


def there_is_an_order(id: str) -> dict[str, str]:
    return {"id": id}


def function_of(description: str) -> str:
    return f"pact_bank:message_{[*MADE].index(description)}"


def _producer(told: Told) -> Callable[[], tuple[Any, Mapping[str, Json]]]:
    return lambda: (told.message.contents.data, told.metadata)


globals().update(
    {f"message_{number}": _producer(told) for number, told in enumerate(MADE.values())}
)
