"""A received request, held to what its operation may be asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from stagepact.cases.refuted import FRAMING, arrivals
from stagepact.contract.models import RequestSchemas
from stagepact.contract.request_media import each_media, media_of, without_body
from stagepact.errors import Place
from stagepact.schema import Validator, compile_schema
from stagepact.schema.explain import shorten
from stagepact.schema.normalise import JsonSchema
from stagepact.subject.protocols.http import is_json, media_type
from stagepact.subject.protocols.routes import Route

_FORM = "application/x-www-form-urlencoded"
_UNREADABLE, _MEDIA, _INVALID = "400", "415", "422"


@dataclass(frozen=True)
class Asked:
    """A request as it was received; headers by their lower-case names."""

    method: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def media(self) -> str:
        """The media type of the body."""
        return media_type(self.headers.get("content-type", ""))[0]

    @property
    def body(self) -> Any:
        """The body: JSON, a form, or text.

        Raises:
            ValueError: it says that it is JSON, and is none.
        """
        if self.media == _FORM:
            fields = parse_qs(self.raw.decode(errors="replace"), keep_blank_values=True)
            return {name: each if len(each) > 1 else each[0] for name, each in fields.items()}
        if not self.media or is_json(self.media):
            return json.loads(self.raw) if self.raw else None
        return self.raw.decode(errors="replace")


@dataclass(frozen=True)
class Fault:
    """What breaks the contract in a request: the wanted status, where, and what was promised."""

    status: str
    pointer: str
    promised: str
    seen: str
    place: Place


def faults(route: Route, asked: Asked) -> Iterator[Fault]:
    """All that breaks `request` of the operation."""
    request = _meant(route.operation.request, asked)
    bundle = route.document.scope.bundle
    yield from _lacking(route, request, asked)
    for section in ("path", "query", "headers", "cookies"):
        there = {name.lower(): value for name, value in getattr(asked, section).items()}
        for name, schema in getattr(request, section).items():
            value = there.get(name.lower())
            if value is not None and not (section == "headers" and name.lower() in FRAMING):
                yield from _parameter(route, (section, name), bundle(schema), value)
    if request.body is not None:
        yield from _body(route, request, asked, compile_schema(bundle(request.body)))


def _meant(request: RequestSchemas, asked: Asked) -> RequestSchemas:
    """What is declared for a request of this media type, or for one without a body."""
    if not asked.raw and request.without_body != "refused":
        return without_body(request)
    declared = each_media(request)
    return next((each for each in declared if media_of(each) == asked.media), declared[0])


def _lacking(route: Route, request: RequestSchemas, asked: Asked) -> Iterator[Fault]:
    there = {
        name.lower()
        for section in (asked.path, asked.query, asked.headers, asked.cookies)
        for name in section
    }
    for index, name in enumerate(request.required):
        if name.lower() not in there and not (name == "body" and asked.raw):
            section = next(
                (s for s in ("query", "headers", "cookies") if name in getattr(request, s)), ""
            )
            pointer = f"/{section}/{name}" if section else f"/{name}"
            place = route.place("request", "required", index)
            yield Fault(_INVALID, pointer, f"{name} is required", "it is missing", place)


def _parameter(
    route: Route, path: tuple[str, str], schema: JsonSchema, value: Any
) -> Iterator[Fault]:
    validator = compile_schema(schema)
    readings = [*arrivals(value, path[0])] or [value]
    if any(validator.accepts(each) for each in readings):
        return
    found = validator.violations(readings[0])
    place = route.place("request", *path)
    promised = found[0].promised if found else "a value of its schema"
    yield Fault(_INVALID, f"/{path[0]}/{path[1]}", promised, shorten(value), place)


def _body(
    route: Route, request: RequestSchemas, asked: Asked, validator: Validator
) -> Iterator[Fault]:
    place = route.place("request", "body")
    if asked.media and asked.media != _FORM and not is_json(asked.media) and asked.raw:
        said = request.headers.get("content-type")
        if said is None:
            yield Fault(_MEDIA, "/headers/content-type", "a JSON body", asked.media, place)
            return
    try:
        body = asked.body
    except (ValueError, RecursionError) as error:
        yield Fault(_UNREADABLE, "/body", "a JSON body", f"none: {error}", place)
        return
    for each in validator.violations(body):
        pointer = "".join(f"/{step}" for step in ("body", *each.instance_pointer))
        where = route.place("request", "body", *each.schema_pointer)
        yield Fault(_INVALID, pointer, each.promised, each.seen, where)


def status_of(found: Fault, declared: Callable[[str], bool]) -> int:
    """The status of a refusal: the one that is meant, or the nearest that is declared."""
    wanted = (found.status, _INVALID, _UNREADABLE, _MEDIA)
    return int(next((each for each in wanted if declared(each)), found.status))
