"""How each operation of a service is asked when it is to succeed: by its examples, by its schemas.

Loaded by `door.py` when the first walk begins: planning draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any
from uuid import uuid4

from stagepact.cases.edges import edge_requests
from stagepact.cases.written import operation_case
from stagepact.contract.models import Operation, RequestSchemas
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.candidates import candidates
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.samples import sample
from stagepact.subject import Request
from stagepact.subject.protocols.http import path_names
from stagepact.subject.protocols.walks import Ask

Bundle = Callable[[JsonSchema], JsonSchema]
_SECTIONS = ("path", "query", "headers", "cookies")
_MOST_EDGES, _MOST_IDS = 12, 50


def asks(operations: Mapping[str, Operation], bundle: Bundle) -> dict[str, Ask]:
    """How each operation is asked: as its successful examples do, then with schemas' values."""
    return {
        name: Ask(
            name,
            tuple(_requests(each, bundle)),
            styles=each.request.styles,
            files=tuple(each.request.files),
            ids=partial(_ids, name, each.request, bundle),
        )
        for name, each in operations.items()
    }


def _ids(name: str, request: RequestSchemas, bundle: Bundle) -> Iterator[Any]:
    """Values for the last name of a path, other ones each time that they are asked for."""
    last = (path_names(name.split(" ", 1)[1]) or ("",))[-1]
    schema = bundle(request.path.get(last, True))
    own = uuid4()
    accepts = compile_schema(schema).accepts
    if accepts(f"stagepact-{own.hex[:12]}"):
        yield f"stagepact-{own.hex[:12]}"
    try:
        for value in islice(sample(schema, own.int % 2**32), _MOST_IDS):
            if accepts(value) and _is_segment(value):
                yield value
    except SchemaError:
        return


def _is_segment(value: Any) -> bool:
    """Whether a value stays one segment of a path on its way."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    text = str(value)
    return text.isprintable() and text.strip(" .") == text != "" and not {"/", "\\"} & set(text)


def _requests(operation: Operation, bundle: Bundle) -> Iterator[Request]:
    needed = _needed(operation.request, bundle)
    examples = [*successful(operation)]
    for request in examples:
        yield _over(needed, request, operation.request)
    body = operation.request.body
    if body is None:
        if not examples:
            yield needed
        return
    first = _over(needed, examples[0], operation.request) if examples else needed
    plain = replace(first, raw=None, has_body=True, headers=_headers_of(first))
    made = False
    for value in _values(body, bundle):
        made = True
        yield replace(plain, body=value)
    if not made and not examples:
        yield needed


def successful(operation: Operation) -> Iterator[Request]:
    """The requests of the examples that end well."""
    for example in operation.examples:
        status = example.response.status if example.response is not None else None
        own = example.as_ in (None, operation.as_)
        if status is not None and status[0] == "2" and own:
            yield operation_case(example, operation.state).given.request


def _headers_of(request: Request) -> dict[str, Any]:
    """Its headers; the media type of a raw body is no other body's."""
    raw = request.raw is not None
    return {k: v for k, v in request.headers.items() if not raw or k.lower() != "content-type"}


def _values(schema: JsonSchema, bundle: Bundle) -> Iterator[Any]:
    try:
        yield from candidates(bundle(schema))
        for case in edge_requests(RequestSchemas(body=schema), bundle, [None])[:_MOST_EDGES]:
            yield case.given.request.body
    except SchemaError:
        return


def _needed(schemas: RequestSchemas, bundle: Bundle) -> Request:
    """A request with the parameters that any valid one has."""
    parts: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for section in _SECTIONS[1:]:
        for name, schema in getattr(schemas, section).items():
            if name in schemas.required:
                value = next(candidates(bundle(schema)), None)
                parts[section] |= {} if value is None else {name: value}
    path, query, headers, cookies = (parts[section] for section in _SECTIONS)
    return Request(path, query, headers, cookies)


def _over(needed: Request, request: Request, schemas: RequestSchemas) -> Request:
    """An example's request; of its query only what any request has, for the rest selects."""
    own = {name: value for name, value in request.query.items() if name in schemas.required}
    lower = {name.lower() for name in request.headers}
    missing = {n: v for n, v in needed.headers.items() if n.lower() not in lower}
    return replace(
        request,
        query={**needed.query, **own},
        headers={**missing, **request.headers},
        cookies={**needed.cookies, **request.cookies},
        without=(),
    )
