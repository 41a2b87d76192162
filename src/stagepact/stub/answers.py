"""What is answered to a request that keeps the contract: an example, or what is generated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from zlib import crc32

from stagepact.cases.received import Asked
from stagepact.contract.models import OperationExample, ResponseClauses
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.normalise import JsonSchema
from stagepact.schema.samples import sample
from stagepact.subject.protocols.routes import Route

JSON, PROBLEM = "application/json", "application/problem+json"
_ERROR = 400
_PHRASED = frozenset(HTTPStatus)
_TRIES = 50
_NOTHING = object()


@dataclass(frozen=True)
class Answer:
    """A response; `origin` says where it is from."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    has_body: bool = False
    origin: str = ""

    def content(self) -> bytes:
        """The body as bytes: JSON, or text where its media type is none of JSON."""
        if not self.has_body:
            return b""
        media = self.headers.get("content-type", JSON)
        text = isinstance(self.body, str) and not media.endswith("json")
        return (self.body if text else json.dumps(self.body)).encode()


def answer(route: Route, asked: Asked, seed: int) -> Answer:
    """The response to a request that breaks nothing."""
    for example in _examples(route.operation.examples):
        if example.response is not None and _is_asked(example, asked):
            return _of_example(route, example, asked, seed)
    statuses = [each for each in route.operation.responses if each.isdigit()]
    good = sorted(statuses, key=lambda each: (each[0] != "2", each))
    return _generated(route, good[0] if good else "200", asked, seed)


def refused_by_example(route: Route, asked: Asked) -> int | None:
    """The status by which an example says that this very request is refused."""
    for example in _examples(route.operation.examples):
        expected = example.response.status if example.response is not None else None
        if expected is not None and expected[0] == "4" and _is_asked(example, asked):
            return int(expected)
    return None


def _examples(examples: Iterable[OperationExample]) -> list[OperationExample]:
    """Those that say more of their request first; of equal ones, in the order of the document."""
    return sorted(examples, key=lambda each: -_weight(each))


def _weight(example: OperationExample) -> int:
    request = example.request
    named = sum(len(getattr(request, each)) for each in ("path", "query", "headers", "cookies"))
    return named + (request.body is not None) + (request.raw is not None)


def _is_asked(example: OperationExample, asked: Asked) -> bool:
    """Whether a request has all that an example's has, and nothing else in body and query."""
    request = example.request
    for section in ("path", "query", "headers", "cookies"):
        there = {name.lower(): _texts(v) for name, v in getattr(asked, section).items()}
        said = {name.lower(): _texts(v) for name, v in getattr(request, section).items()}
        if any(there.get(name) != value for name, value in said.items()):
            return False
        if section == "query" and set(there) - set(said):
            return False
    if request.raw is not None:
        return asked.raw.decode(errors="replace") == request.raw
    try:
        return bool(asked.body == request.body)
    except ValueError:
        return False


def _texts(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_texts(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)


def _of_example(route: Route, example: OperationExample, asked: Asked, seed: int) -> Answer:
    expected = example.response
    assert expected is not None
    status = expected.status or _first(route)
    made = _generated(route, status, asked, seed)
    headers = {**made.headers, **{k.lower(): v for k, v in expected.headers.items()}}
    origin = f"example {example.name}"
    body = expected.body
    if body is None:
        body = _matching(route, status, expected.matches, _key(asked, seed))
    if body is _NOTHING:
        return Answer(made.status, headers, made.body, made.has_body, origin)
    if isinstance(body, str) and "content-type" not in headers:
        headers = {**headers, "content-type": "text/plain; charset=utf-8"}
    return Answer(made.status, {"content-type": JSON, **headers}, body, True, origin)


def _matching(route: Route, status: str, matches: JsonSchema | None, seed: int) -> Any:
    """A body that the example's schema and the response's permit: a named one, else generated."""
    if matches is None:
        return _NOTHING
    bundle = route.document.scope.bundle
    named = matches.get("examples", []) if isinstance(matches, dict) else []
    if named:
        return named[0]
    clauses = clauses_of(route, status)
    schemas = [matches, *([clauses.body] if clauses and clauses.body is not None else [])]
    return next(_values(bundle({"allOf": schemas}), seed), _NOTHING)


def _first(route: Route) -> str:
    return next((each for each in route.operation.responses if each.isdigit()), "200")


def clauses_of(route: Route, status: str) -> ResponseClauses | None:
    """What is declared for a status: by itself, by its class, or for all others."""
    said = route.operation.responses
    return said.get(status) or said.get(f"{status[0]}XX") or said.get("default")


def _generated(route: Route, status: str, asked: Asked, seed: int) -> Answer:
    clauses = clauses_of(route, status)
    key = _key(asked, seed)
    code = int(status) if status.isdigit() else int(f"{status[0]}00")
    if clauses is None:
        return Answer(code, origin="generated")
    headers = dict(_headers(route, clauses, key))
    bundle = route.document.scope.bundle
    if code >= _ERROR and (clauses.body is not None or route.tells_problems):
        told = "declared, and what an example expects"
        return replace(problem(route, code, told, [], key), origin="generated")
    if clauses.body is None or code in (204, 304):
        return Answer(code, headers, origin="generated")
    body = next(_values(bundle(clauses.body), key), _NOTHING)
    if body is _NOTHING:
        return Answer(code, headers, origin="generated")
    return Answer(code, {"content-type": JSON, **headers}, body, True, "generated")


def _headers(route: Route, clauses: ResponseClauses, seed: int) -> Iterator[tuple[str, str]]:
    if clauses.content_type is not None:
        yield "content-type", clauses.content_type
    for name, schema in clauses.headers.items():
        values = _values(route.document.scope.bundle(schema), seed)
        texts = (_text(value) for value in values)
        text = next((each for each in texts if each.isprintable() and each.isascii()), "")
        yield name.lower(), text.strip()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _values(schema: JsonSchema, seed: int) -> Iterator[Any]:
    """Some valid values; none where the schema admits none."""
    validator = compile_schema(schema)
    try:
        for value, _ in zip(sample(schema, seed), range(_TRIES), strict=False):
            if validator.accepts(value):
                yield value
    except SchemaError:
        return


def _key(asked: Asked, seed: int) -> int:
    """The same request is answered the same."""
    said = (asked.method, sorted(asked.path.items()), sorted(asked.query.items()), asked.raw)
    return seed + crc32(repr(said).encode())


def problem(
    route: Route | None, status: int, detail: str, errors: list[dict[str, str]], seed: int
) -> Answer:
    """A problem document (RFC 9457), in the form that is declared for the status, if one is."""
    said = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase if status in _PHRASED else "Error",
        "status": status,
        "detail": detail,
        **({"errors": errors} if errors else {}),
    }
    clauses = None if route is None else clauses_of(route, str(status))
    headers = {"content-type": PROBLEM}
    body: Any = said
    if route is not None and clauses is not None:
        headers |= dict(_headers(route, clauses, seed))
        if clauses.body is not None:
            body = _shaped(route.document.scope.bundle(clauses.body), said, seed)
    return Answer(status, headers, body, True, "refused")


def _shaped(schema: JsonSchema, said: dict[str, Any], seed: int) -> Any:
    """The problem in the declared form: as it is, with what it lacks, or another that is valid."""
    validator = compile_schema(schema)
    if validator.accepts(said):
        return said
    for value in _values(schema, seed):
        if isinstance(value, dict) and validator.accepts({**value, **said}):
            return {**value, **said}
    return next(_values(schema, seed), said)
