"""What contracts say of the providers that they use, checked without reading anything else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.models import (
    Consumed,
    ConsumedInteraction,
    ConsumedMessage,
    ConsumedRequest,
)
from stagepact.contract.models.consumes import PARTY
from stagepact.errors import Problem, nearest

Path = tuple[str | int, ...]
_Found = Iterator[tuple[Path, str, str, str]]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE_KEYS = frozenset({"schema", "example", "from-state"})


def consumes(document: Document) -> Iterator[Problem]:
    """What `consumes:` says that can't be meant."""
    for provider, said in document.contract.consumes.items():
        for path, found, expected, advice in _of_provider(document, said):
            place = document.place("consumes", provider, *path)
            yield Problem(place, found, expected, advice, "consumes")


def consumed_schemas(document: Document) -> Iterator[tuple[Path, Any]]:
    """Every JSON Schema in `consumes:`, with its path."""
    for provider, said in document.contract.consumes.items():
        path: Path = ("consumes", provider)
        for name, each in said.interactions.items():
            yield from _of_interaction((*path, "interactions", name), each)
        for name, message in said.messages.items():
            yield (*path, "messages", name, "contents"), message.contents
            yield from _of_values((*path, "messages", name, "metadata"), message.metadata)


def _of_interaction(path: Path, said: ConsumedInteraction) -> Iterator[tuple[Path, Any]]:
    request, response = (*path, "request"), (*path, "response")
    for part in ("values", "query", "headers"):
        yield from _of_values((*request, part), getattr(said.request, part))
    if said.request.schema_ is not None:
        yield (*request, "schema"), said.request.schema_
    if said.response.body is not None:
        yield (*response, "body"), said.response.body
    for name, schema in said.response.headers.items():
        if not isinstance(schema, str):
            yield (*response, "headers", name), schema


def _of_values(path: Path, values: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and isinstance(value.get("schema"), dict | bool):
            yield (*path, name, "schema"), value["schema"]


def _of_provider(document: Document, said: Consumed) -> _Found:
    name = document.contract.name
    if said.consumer is None and re.fullmatch(PARTY, name) is None:
        found = f"no `consumer:`, and the contract's name {name!r}, which no file can be named by"
        yield (), found, "a consumer's name of letters, digits and -_.@+", "write `consumer: …`"
    for description, interaction in said.interactions.items():
        path = ("interactions", description)
        yield from _below(path, _of_handled(description, interaction))
        yield from _below((*path, "request"), _of_request(interaction.request))
        yield from _below((*path, "response", "headers"), _headers(interaction.response.headers))
        yield from _below(path, _of_body(interaction))
    for description, message in said.messages.items():
        path = ("messages", description)
        yield from _below(path, _of_handled(description, message))
        yield from _below((*path, "metadata"), _values(message.metadata, scalar=False))


def _below(path: Path, found: _Found) -> _Found:
    for inner, *(wrong, expected, advice) in found:
        yield (*path, *inner), wrong, expected, advice


def _of_handled(description: str, said: ConsumedInteraction | ConsumedMessage) -> _Found:
    if not description.strip():
        yield (), "an interaction without a description", "a text that names it", "write one"
    twice = [name for name, count in Counter(s.name for s in said.needed).items() if count > 1]
    for name in twice:
        yield ("states",), f"the state {name!r} more than once", "each state once", "take one out"


def _of_request(said: ConsumedRequest) -> _Found:
    named = _PLACEHOLDER.findall(said.path)
    for name in dict.fromkeys(each for each in named if each not in said.values):
        found = f"`{{{name}}}` in the path {said.path!r}, and no value of that name"
        yield ("path",), found, f"`values: {{{name}: …}}`", "write the value that is sent"
    for name in said.values:
        if name not in named:
            guess = nearest(name, named)
            advice = f"did you mean {guess!r}?" if guess else "take it out"
            found = f"a value {name!r} that the path {said.path!r} has no place for"
            yield ("values", name), found, "a name of the path's placeholders", advice
    if said.path.count("{") != len(named) or said.path.count("}") != len(named):
        advice = "write each as {name}"
        yield ("path",), f"the path {said.path!r}", "placeholders in whole braces", advice
    for part in ("values", "query", "headers"):
        values = getattr(said, part)
        yield from _below((part,), _values(values, lists=part == "query"))
    yield from _below(("headers",), _headers(said.headers))
    if said.has_body and said.method in {"GET", "HEAD", "TRACE"}:
        yield ("body",), f"a body in a request by {said.method}", "no body", "take it out"


def _values(said: Mapping[str, Any], *, lists: bool = False, scalar: bool = True) -> _Found:
    for name, value in said.items():
        if isinstance(value, dict) and value.keys() & {"schema", "from-state"}:
            yield from _below((name,), _described(value))
        elif scalar and _is_box(value, lists=lists):
            expected = "a text, a number, or a list of them" if lists else "a text or a number"
            yield (name,), "a value with parts", expected, "write it, or `{schema: …}`"


def _described(value: Mapping[str, Any]) -> _Found:
    for key in value.keys() - _VALUE_KEYS:
        advice = f"write the value itself, or {', '.join(sorted(_VALUE_KEYS))}"
        yield (
            (key,),
            f"the key {key!r} beside {', '.join(value.keys() - {key})}",
            "no other",
            advice,
        )
    if not isinstance(value.get("schema", True), dict | bool):
        yield ("schema",), "no JSON Schema", "a mapping, true or false", "write one"
    state = value.get("from-state", "id")
    if not isinstance(state, str) or re.fullmatch(r"[\w.-]+", state) is None:
        expected = "the name of a value that the provider's state gives"
        yield ("from-state",), f"{state!r}", expected, "write e.g. `from-state: id`"
    if "schema" not in value and "example" not in value:
        yield (), "`from-state` alone", "an `example`, or a `schema`", "write what mocks expect"


def _is_box(value: Any, *, lists: bool) -> bool:
    if isinstance(value, list) and lists:
        return any(isinstance(each, dict | list) for each in value) or not value
    return isinstance(value, dict | list) or value is None


def _headers(said: Iterable[str]) -> _Found:
    seen: dict[str, str] = {}
    for name in said:
        if _TOKEN.fullmatch(name) is None:
            yield (name,), f"the header name {name!r}", "letters, digits and -", "mend the name"
        first = seen.setdefault(name.lower(), name)
        if first != name:
            advice = "case doesn't count: take one out"
            yield (name,), f"the header {name!r} beside {first!r}", "each header once", advice


def _of_body(said: ConsumedInteraction) -> _Found:
    if said.has_example and said.response.body is None:
        advice = "write `response: {body: …}`, or take the example out"
        yield ("example",), "an example of a body that has no schema", "`response.body`", advice
