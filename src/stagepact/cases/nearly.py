"""Nearly valid requests: one fault each, all else plain, and invalid however they are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

from stagepact.cases.refuted import FRAMING, SECTIONS, Refutation
from stagepact.contract.request_media import each_media, media_of
from stagepact.schema.boundaries import known_boundary_cases
from stagepact.schema.candidates import candidates
from stagepact.schema.equality import key
from stagepact.schema.mutate import mutated
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.schema.validate import compile_schema
from stagepact.subject import Case, Given, Request

_MOST = 100
"""So many a target, as of valid boundary cases."""
_SEED = 0
"""The same faults in each run: what fails is met again without being kept."""
_EACH = 2
"""So many others of one constraint: servers seldom check the same one twice."""
_UNREADABLE = (("no JSON", '{"'), ("empty", ""))


def invalid_requests(refutation: Refutation, count: int) -> tuple[Case, ...]:
    """Nearly valid requests: what is lacking, each edge's outside, then at most `count` others."""
    per_media = [_of_media(each, refutation, count) for each in _each_media(refutation)]
    found = (case for row in zip_longest(*per_media) for case in row if case is not None)
    return tuple(islice(found, _MOST))


def _each_media(refutation: Refutation) -> Iterator[Refutation]:
    """What may not be asked, by each media type that a body may have."""
    first, *others = each_media(refutation.schemas)
    yield replace(refutation, schemas=first)
    for each in others:
        yield replace(refutation, schemas=each, example=None)


def _of_media(one: Refutation, whole: Refutation, count: int) -> Iterator[Case]:
    """Requests with a body of one media type, which are invalid by all of them."""
    base = _base(one)
    if base is None:
        return
    media = f"{media_of(one.schemas)}: " if whole.schemas.content else ""
    for name, request in _faults(one, base, count):
        given = Given(state=whole.state, request=request)
        if whole.refutes(given):
            yield Case(f"{media}{name}", given, "invalid", assumed=False)


def _base(refutation: Refutation) -> Request | None:
    """A request that succeeds or a plain one; what a state gives is left to it. None for none."""
    schemas, example = refutation.schemas, refutation.example
    if example is not None and (schemas.body is None or example.has_body):
        return example
    sections: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for section in SECTIONS:
        for name, schema in getattr(schemas, section).items():
            by_state = section == "path" and refutation.state is not None
            if by_state or (section != "path" and name not in schemas.required):
                continue
            sections[section][name] = _plain(refutation.bundle(schema))
    body = None if schemas.body is None else _plain(refutation.bundle(schemas.body))
    values = [body, *(value for named in sections.values() for value in named.values())]
    if any(value is _NONE for value in values):
        return None
    path, query, headers, cookies = (sections[each] for each in SECTIONS)
    return Request(path, query, headers, cookies, body, has_body=schemas.body is not None)


_NONE = object()


def _plain(schema: JsonSchema) -> Any:
    return next(candidates(schema), _NONE)


def _faults(refutation: Refutation, base: Request, count: int) -> Iterator[tuple[str, Request]]:
    yield from _lacking(refutation, base)
    yield from _unreadable(refutation, base)
    for place, body in _as_text(base.body if base.has_body else None):
        yield _told("body", place, "number as text"), _with(base, "body", "", body)
    parts = [*_parts(refutation)]
    for section, name, schema in parts:
        for label, value in _outside(schema):
            yield _told(section, name, label), _with(base, section, name, value)
    share = max(1, count // max(1, len(parts)))
    for section, name, schema in parts:
        # Of a parameter most are valid on their way, or can't be sent.
        for label, value in _more(schema, share, _EACH if section == "body" else None):
            yield _told(section, name, label), _with(base, section, name, value)


def _as_text(value: Any) -> Iterator[tuple[str, Any]]:
    """The value with each of its numbers, one at a time, as the text of it."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield "", json.dumps(value)
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in members:
            for place, text in _as_text(member):
                changed: Any = {**value, name: text} if isinstance(value, dict) else [*value]
                if isinstance(value, list):
                    changed[name] = text
                yield f"/{name}{place}", changed


def _parts(refutation: Refutation) -> Iterator[tuple[str, str, JsonSchema]]:
    for section in SECTIONS:
        for name, schema in getattr(refutation.schemas, section).items():
            if section != "headers" or name.lower() not in FRAMING:
                yield section, name, refutation.bundle(schema)
    if refutation.schemas.body is not None:
        yield "body", "", refutation.bundle(refutation.schemas.body)


def _told(section: str, name: str, label: str) -> str:
    return " ".join(filter(None, ("invalid", section, name, label)))


def _with(base: Request, section: str, name: str, value: Any) -> Request:
    if section == "body":
        return replace(base, body=value, without=("body",))
    named = {**getattr(base, section), name: value}
    return base.with_section(section, named)


def _lacking(refutation: Refutation, base: Request) -> Iterator[tuple[str, Request]]:
    """Each required parameter left out."""
    for section in SECTIONS[1:]:
        for name in getattr(refutation.schemas, section):
            if name in refutation.schemas.required and name.lower() not in FRAMING:
                rest = {k: v for k, v in getattr(base, section).items() if k != name}
                lacking = replace(base.with_section(section, rest), without=(name,))
                yield f"invalid {section} without {name}", lacking


def _unreadable(refutation: Refutation, base: Request) -> Iterator[tuple[str, Request]]:
    """A body that is no JSON, or isn't said to be: each where the status for that is declared."""
    declared = set(refutation.statuses)
    if not base.has_body or any(name.lower() == "content-type" for name in base.headers):
        return
    if declared & {"400", "4XX", "default"}:
        for label, raw in _UNREADABLE:
            request = replace(base, body=None, has_body=False, raw=raw, without=("body",))
            yield f"invalid body, {label}", request
    if "415" in declared and isinstance(base.body, dict | list | str):
        headers = {**base.headers, "content-type": "text/plain"}
        text = replace(base, headers=headers, body="text", without=("body", "content-type"))
        yield "invalid content type", text


def _outside(schema: JsonSchema) -> Iterator[tuple[str, Any]]:
    """The values just outside of each edge, each once."""
    seen: set[object] = set()
    try:
        for case in known_boundary_cases(schema):
            if not case.valid and key(case.value) not in seen:
                seen.add(key(case.value))
                yield case.name, case.value
    except SchemaError:
        return


def _more(schema: JsonSchema, count: int, each: int | None) -> Iterator[tuple[str, Any]]:
    try:
        found = mutated(schema, count, _SEED, each=each)
    except SchemaError:
        return
    for mutation in found:
        yield f"{mutation.name} ({mutation.keyword})", mutation.value


def plain_request(refutation: Refutation) -> Request | None:
    """A request that succeeds as far as is known, else a plain valid one; None for none."""
    return _base(refutation)


def other_body(refutation: Refutation, body: Any) -> Any:
    """A valid body that isn't this one; None for none."""
    schema = refutation.schemas.body
    if schema is None:
        return None
    bundled = refutation.bundle(schema)
    known = key(body)
    changed = (value for value in _varied(body, bundled) if key(value) != known)
    return next(changed, None)


def _varied(body: Any, schema: JsonSchema) -> Iterator[Any]:
    """Valid bodies, first those that have all but one member of another one."""
    accepts = compile_schema(schema).accepts
    for other in islice(candidates(schema), _MOST):
        if isinstance(other, dict) and isinstance(body, dict):
            one_changed = ({**body, name: other[name]} for name in other if name in body)
            yield from (each for each in one_changed if accepts(each))
        yield other
