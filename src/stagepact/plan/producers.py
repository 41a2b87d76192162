"""Which requests of a service bring about what another one asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from typing import Any

from stagepact.contract.models import Operation
from stagepact.schema.candidates import candidates
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Request
from stagepact.subject.protocols.http import path_names
from stagepact.subject.protocols.producers import Attempt, Producer, Step

Bundle = Callable[[JsonSchema], JsonSchema]

_CONVERTED = re.compile(r"\{[^{}]*\}")
_BODIES = 4
_CREATED = "201"
_MOST = 20
_NO_SEGMENT = frozenset({"", ".", ".."})  # they change the path (RFC 3986, 5.2.4)


def key_of(name: str) -> str:
    """An operation's name without what its parameters are called."""
    return _CONVERTED.sub("{}", name)


def by_key(operations: Mapping[str, Operation]) -> Mapping[str, str]:
    """The names of operations by their keys."""
    return {key_of(name): name for name in operations}


def producer_of(
    name: str, operations: Mapping[str, Operation], keys: Mapping[str, str], bundle: Bundle
) -> Producer | None:
    """What is asked before an operation, so that its things are there; None for nothing.

    `keys` are the names of the operations by their keys.
    """
    method, template = name.split(" ", 1)
    segments = template.split("/")
    steps = []
    for index, segment in enumerate(segments):
        if not segment.startswith("{"):
            continue
        collection = "/".join(segments[:index])
        gives = segment[1:-1].partition(":")[0]
        step = _step(collection, gives, operations, keys, bundle)
        steps += [step] if step is not None else []
    if method == "GET" and not segments[-1].startswith("{"):
        made = _step(template, "", operations, keys, bundle)
        steps += [made] if made is not None else []
    return Producer(tuple(steps)) if steps else None


def _step(
    template: str,
    gives: str,
    operations: Mapping[str, Operation],
    keys: Mapping[str, str],
    bundle: Bundle,
) -> Step | None:
    """`POST` to a collection, which makes one, or `PUT` of an item; `GET` of it has some."""
    wanted = [f"POST {template}"]
    if gives:
        wanted += [f"PUT {template}/{{}}", f"GET {template}"]
    asked = [(each.split(" ", 1)[0], keys.get(key_of(each))) for each in wanted]
    found = tuple(
        (method, key)
        for method, key in asked
        if key is not None and (method != "PUT" or _CREATED in operations[key].responses)
    )
    if not found:
        return None
    key = found[0][1]
    attempts = cache(partial(_attempts, found, operations, bundle))
    own = key.split(" ", 1)[1]
    return Step(key, own.rpartition("/")[0] if found[0][0] == "PUT" else own, attempts, gives)


def _attempts(
    names: tuple[tuple[str, str], ...], operations: Mapping[str, Operation], bundle: Bundle
) -> tuple[Attempt, ...]:
    made = []
    for method, key in names:
        said = operations[key].request
        for request in valid_requests(operations[key], key, bundle):
            item = key.split(" ", 1)[1] if method == "PUT" else ""
            made.append(Attempt(method, request, said.styles, tuple(said.files), item))
    return tuple(made)


def valid_requests(operation: Operation, name: str, bundle: Bundle) -> list[Request]:
    """A few valid requests: with the bodies of its examples first, then plain ones."""
    request = operation.request
    sections: dict[str, dict[str, Any]] = {}
    for section in ("query", "headers", "cookies"):
        sections[section] = {
            key: next(candidates(bundle(schema)), None)
            for key, schema in getattr(request, section).items()
            if key in request.required
        }
    path = plain_values(operation, name, bundle)
    base = Request(path, sections["query"], sections["headers"], sections["cookies"])
    if request.body is None:
        return [base]
    bodies = [e.request.body for e in operation.examples if "body" in e.request.model_fields_set]
    bodies += islice(candidates(bundle(request.body)), _BODIES)
    return [replace(base, body=body, has_body=True) for body in bodies]


def plain_values(operation: Operation, name: str, bundle: Bundle) -> dict[str, Any]:
    """Values of a path's parameters: the first of its examples, or plain ones."""
    found: dict[str, Any] = {}
    for each in path_names(name.split(" ", 1)[1]):
        given = (e.request.path[each] for e in operation.examples if each in e.request.path)
        schema = operation.request.path.get(each)
        values = () if schema is None else islice(candidates(bundle(schema)), _MOST)
        plain = next((value for value in values if str(value) not in _NO_SEGMENT), "0")
        found[each] = next(given, plain)
    return found
