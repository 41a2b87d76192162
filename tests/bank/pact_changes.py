"""Changes of a provider's contract, each with what it does to a consumer that goes on as it is.

A change is two documents (OpenAPI for HTTP, AsyncAPI for messages) and the text of a pact. The
pact is kept before each change. `breaks` says whether a provider that keeps the document of after
may send what the consumer's matchers refuse, or refuse what the consumer sends; by Pact's own
semantics, in which a key of the example must be there, and more than that may be.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

Schema = dict[str, Any]
Kind = Literal["http", "message"]

RUN: Schema = {
    "type": "object",
    "required": ["id", "status", "duration_ms", "ratio", "items", "owner"],
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "string", "enum": ["completed", "skipped"]},
        "duration_ms": {"type": "integer"},
        "ratio": {"type": "number"},
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "bytes"],
                "properties": {"name": {"type": "string"}, "bytes": {"type": "integer"}},
            },
        },
        "owner": {
            "type": "object",
            "required": ["mail"],
            "properties": {"mail": {"type": "string"}, "phone": {"type": "string"}},
        },
        "note": {"type": "string"},
    },
}

EXAMPLE: Schema = {
    "id": "r-1",
    "status": "completed",
    "duration_ms": 120,
    "ratio": 0.5,
    "items": [{"name": "text", "bytes": 4}],
    "owner": {"mail": "ada@example.com"},
}

RULES: Schema = {
    "$.id": {"matchers": [{"match": "type"}]},
    "$.status": {"matchers": [{"match": "regex", "regex": "^(completed|skipped)$"}]},
    "$.duration_ms": {"matchers": [{"match": "integer"}]},
    "$.ratio": {"matchers": [{"match": "number"}]},
    "$.items": {"matchers": [{"match": "type", "min": 1}]},
    "$.items[*].name": {"matchers": [{"match": "type"}]},
    "$.items[*].bytes": {"matchers": [{"match": "integer"}]},
    "$.owner.mail": {"matchers": [{"match": "type"}, {"match": "regex", "regex": "[\\s\\S]*"}]},
}

PATH = "/runs/{id}"


@dataclass(frozen=True, slots=True)
class PactChange:
    """A provider's document before and after a change, a pact, and what is to be said of it."""

    name: str
    kind: Kind
    before: Schema
    after: Schema
    pact: str
    breaks: bool

    @property
    def id(self) -> str:
        """`http: a field becomes optional`."""
        return f"{self.kind}: {self.name}"


def openapi(schema: Schema) -> Schema:
    """A provider of runs, by HTTP."""
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    view = {"name": "view", "in": "query", "schema": {"enum": ["full", "short"]}}
    etag = {"required": True, "schema": {"type": "string", "pattern": "^[a-z0-9]+$"}}
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Run"}}}
    note = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    responses = {
        "200": {"description": "a run", "headers": {"ETag": etag}, "content": body},
        "404": {"description": "no run"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "runs", "version": "1"},
        "paths": {
            PATH: {
                "get": {"parameters": [parameter, view], "responses": responses},
                "post": {
                    "parameters": [parameter],
                    "requestBody": {
                        "required": True,
                        "content": {"application/json": {"schema": note}},
                    },
                    "responses": {"204": {"description": "noted"}},
                },
            }
        },
        "components": {"schemas": {"Run": schema}},
    }


def asyncapi(schema: Schema) -> Schema:
    """A provider of the same runs, by messages."""
    reference = {"payload": {"$ref": "#/components/schemas/Run"}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "runs", "version": "1"},
        "channels": {"runs": {"address": "runs", "messages": {"run.completed": reference}}},
        "components": {"schemas": {"Run": schema}},
    }


def http_pact() -> str:
    """What the consumer expects by HTTP: a run, no run, and that a note is taken."""
    header = {"ETag": {"matchers": [{"match": "regex", "regex": "[a-z0-9]+"}]}}
    a_run = {
        "description": "a run",
        "request": {"method": "GET", "path": "/runs/r-1", "query": {"view": ["full"]}},
        "response": {
            "status": 200,
            "headers": {"Content-Type": "application/json", "ETag": "a1"},
            "body": EXAMPLE,
            "matchingRules": {"body": RULES, "header": header},
        },
    }
    none = {
        "description": "no run",
        "request": {"method": "GET", "path": "/runs/r-2"},
        "response": {"status": 404},
    }
    note = {
        "description": "a note",
        "request": {
            "method": "POST",
            "path": "/runs/r-1",
            "headers": {"Content-Type": "application/json"},
            "body": {"text": "good"},
        },
        "response": {"status": 204},
    }
    return _pact("3.0.0", [a_run, none, note])


def message_pact() -> str:
    """What the consumer expects by messages."""
    contents = {"contentType": "application/json", "encoded": False, "content": EXAMPLE}
    message = {
        "type": "Asynchronous/Messages",
        "description": "run.completed",
        "contents": contents,
        "matchingRules": {"body": RULES},
    }
    return _pact("4.0", [message])


def _pact(version: str, interactions: list[Schema]) -> str:
    document = {
        "consumer": {"name": "ui"},
        "provider": {"name": "runs"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": version}},
    }
    return json.dumps(document, indent=1)


Edit = Callable[[Schema], Any]


def _property(schema: Schema, path: str) -> Schema:
    """The schema of a property, such as `items.bytes`."""
    for name in path.split("."):
        schema = (schema["items"] if schema.get("type") == "array" else schema)["properties"][name]
    return schema


def _optional(*names: str) -> Edit:
    return lambda schema: [schema["required"].remove(name) for name in names]


def _said(path: str, **more: Any) -> Edit:
    return lambda schema: _property(schema, path).update(more)


def _without(path: str, key: str) -> Edit:
    return lambda schema: _property(schema, path).pop(key)


def _removed(name: str) -> Edit:
    return lambda schema: (schema["required"].remove(name), schema["properties"].pop(name))


def _union(schema: Schema) -> None:
    other = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
    before = copy.deepcopy(schema)
    schema.clear()
    schema["oneOf"] = [before, other]


OF_VALUES: tuple[tuple[str, Edit, bool], ...] = (
    ("a field becomes optional", _optional("duration_ms"), True),
    ("a field below becomes optional", lambda s: _property(s, "owner")["required"].clear(), True),
    (
        "a field of items becomes optional",
        lambda s: _property(s, "items")["items"]["required"].remove("bytes"),
        True,
    ),
    ("a field becomes nullable", _said("duration_ms", type=["integer", "null"]), True),
    ("an object becomes nullable", _said("owner", type=["object", "null"]), True),
    ("a list becomes nullable", _said("items", type=["array", "null"]), True),
    (
        "a field of items becomes nullable",
        _said("items.bytes", type=["integer", "null"]),
        True,
    ),
    (
        "an enum gets a member",
        _said("status", enum=["completed", "skipped", "running"]),
        True,
    ),
    ("an enum becomes free text", _without("status", "enum"), True),
    ("a list may be empty", _without("items", "minItems"), True),
    ("integer becomes number", _said("duration_ms", type="number"), True),
    ("integer of items becomes number", _said("items.bytes", type="number"), True),
    ("a field is removed", _removed("duration_ms"), True),
    ("an object is removed", _removed("owner"), True),
    ("a field becomes text", _said("duration_ms", type="string"), True),
    ("text becomes a number", _said("id", type="integer"), True),
    ("an object becomes text", _said("owner", type="string"), True),
    ("a list becomes an object", _said("items", type="object"), True),
    ("items become texts", lambda s: s["properties"].update(items=_TEXTS), True),
    ("the whole becomes one of two", _union, True),
    ("the whole becomes a list", lambda s: s.update(_LIST_OF), True),
    ("nothing changes", lambda s: None, False),
    ("a new optional field", lambda s: s["properties"].update(more={"type": "object"}), False),
    (
        "a new required field",
        lambda s: (s["properties"].update(more=True), s["required"].append("more")),
        False,
    ),
    ("an unused field becomes nullable", _said("note", type=["string", "null"]), False),
    ("an unused field is retyped", _said("owner.phone", type="integer"), False),
    ("an unused field is removed", lambda s: s["properties"].pop("note"), False),
    ("an enum loses a member", _said("status", enum=["skipped"]), False),
    ("an enum becomes a stricter pattern", _said("status", pattern="^completed$"), False),
    (
        "an enum becomes a pattern of the same",
        lambda s: s["properties"].update(status=_SAME),
        False,
    ),
    ("text gets a pattern", _said("id", pattern="^r-[0-9]+$"), False),
    ("text gets a format", _said("owner.mail", format="email"), False),
    ("text gets a greatest length", _said("id", maxLength=20), False),
    ("a number gets bounds", _said("duration_ms", minimum=0, maximum=10_000), False),
    ("number becomes integer", _said("ratio", type="integer"), False),
    ("a list needs more items", _said("items", minItems=3), False),
    ("a list gets a greatest length", _said("items", maxItems=5), False),
    ("items must be distinct", _said("items", uniqueItems=True), False),
    ("a description changes", _said("id", description="who it is"), False),
    ("an object is closed", _said("owner", additionalProperties=False), False),
    ("an object may have more", _said("owner", additionalProperties={"type": "string"}), False),
    ("a field gets a default", _said("status", default="skipped"), False),
)
"""What changes in the schema of a body: the name, how, and whether it breaks the consumer."""

_TEXTS = {"type": "array", "minItems": 1, "items": {"type": "string"}}
_SAME = {"type": "string", "pattern": "^(completed|skipped)$"}
_LIST_OF = {"type": "array", "items": {"type": "string"}}


def _get(document: Schema) -> Schema:
    found: Schema = document["paths"][PATH]["get"]
    return found


def _note(document: Schema) -> Schema:
    found: Schema = document["paths"][PATH]["post"]["requestBody"]
    return found


def _note_schema(document: Schema) -> Schema:
    found: Schema = _note(document)["content"]["application/json"]["schema"]
    return found


def _required_query(document: Schema) -> None:
    more = {"name": "zone", "in": "query", "required": True, "schema": {"type": "string"}}
    _get(document)["parameters"].append(more)


def _optional_query(document: Schema) -> None:
    more = {"name": "zone", "in": "query", "schema": {"type": "string"}}
    _get(document)["parameters"].append(more)


def _etag(document: Schema) -> Schema:
    found: Schema = _get(document)["responses"]["200"]["headers"]["ETag"]
    return found


def _moved(document: Schema) -> None:
    document["paths"]["/v2" + PATH] = document["paths"].pop(PATH)


def _as_xml(document: Schema) -> None:
    content = _get(document)["responses"]["200"]["content"]
    content["application/xml"] = content.pop("application/json")


_GONE = {"description": "gone"}

OF_HTTP: tuple[tuple[str, Edit, bool], ...] = (
    ("an operation is removed", lambda d: d["paths"][PATH].pop("post"), True),
    ("a path moves", _moved, True),
    ("a status is removed", lambda d: _get(d)["responses"].pop("404"), True),
    ("a header is removed", lambda d: _get(d)["responses"]["200"].pop("headers"), True),
    ("a header becomes optional", lambda d: _etag(d).pop("required"), True),
    ("a header may be another text", lambda d: _etag(d)["schema"].pop("pattern"), True),
    ("another media type", _as_xml, True),
    (
        "a parameter becomes stricter",
        lambda d: _get(d)["parameters"][0]["schema"].update(pattern="^[0-9]+$"),
        True,
    ),
    (
        "a value of a parameter is removed",
        lambda d: _get(d)["parameters"][1]["schema"].update(enum=["short"]),
        True,
    ),
    ("a required parameter is added", _required_query, True),
    (
        "a field of the request is required",
        lambda d: _note_schema(d)["required"].append("by"),
        True,
    ),
    (
        "a field of the request is retyped",
        lambda d: _note_schema(d)["properties"].update(text={"type": "integer"}),
        True,
    ),
    (
        "the request is closed to what is sent",
        lambda d: _note_schema(d).update(properties={}, required=[], additionalProperties=False),
        True,
    ),
    (
        "the request is another media type",
        lambda d: _note(d).update(content={"text/csv": {"schema": {"type": "string"}}}),
        True,
    ),
    ("an optional parameter is added", _optional_query, False),
    (
        "a field of the request becomes optional",
        lambda d: _note_schema(d)["required"].clear(),
        False,
    ),
    (
        "a value of a parameter is added",
        lambda d: _get(d)["parameters"][1]["schema"].update(enum=["full", "short", "tiny"]),
        False,
    ),
    ("a status is added", lambda d: _get(d)["responses"].update({"410": _GONE}), False),
    (
        "a header is added",
        lambda d: _get(d)["responses"]["200"]["headers"].update(
            Age={"schema": {"type": "integer"}}
        ),
        False,
    ),
    ("a header becomes stricter", lambda d: _etag(d)["schema"].update(pattern="^[a-z]+$"), False),
    ("an operation is added", lambda d: d["paths"].update({"/more": d["paths"][PATH]}), False),
    ("credentials are asked for", lambda d: d.update(security=[{"key": []}]), False),
)
"""What changes in an OpenAPI document besides, in the same way."""


def changes() -> Iterator[PactChange]:
    """The whole table."""
    sides: tuple[tuple[Kind, Callable[[Schema], Schema], str], ...] = (
        ("http", openapi, http_pact()),
        ("message", asyncapi, message_pact()),
    )
    for name, edit, breaks in OF_VALUES:
        schema = copy.deepcopy(RUN)
        edit(schema)
        for kind, document, pact in sides:
            yield PactChange(
                name, kind, document(copy.deepcopy(RUN)), document(schema), pact, breaks
            )
    for name, edit, breaks in OF_HTTP:
        after = openapi(copy.deepcopy(RUN))
        edit(after)
        yield PactChange(name, "http", openapi(copy.deepcopy(RUN)), after, http_pact(), breaks)


CHANGES: tuple[PactChange, ...] = tuple(changes())
