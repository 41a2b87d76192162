"""Cases on the edges of what contracts permit: each constraint met once, everything else plain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, zip_longest
from typing import Any, TypeVar

from stagepact.cases.written import Assumption
from stagepact.contract.models import RequestSchemas
from stagepact.contract.request_media import each_media, media_of, without_body
from stagepact.schema.boundaries import (
    BoundaryCase,
    boundary_cases,
    known_boundary_cases,
    text_cases,
)
from stagepact.schema.candidates import candidates
from stagepact.schema.contain import contains
from stagepact.schema.equality import key
from stagepact.schema.normalise import JsonSchema, SchemaError
from stagepact.subject import Case, Given, Request

_SECTIONS = ("path", "query", "headers", "cookies")
_MOST = 100
"""So many a target: a schema of a thousand constraints would take longer than it is worth."""


def edge_cases(assumption: Assumption) -> tuple[Case, ...]:
    """The valid boundary cases of what a subject is given, one part at a time."""
    parts: dict[str, JsonSchema] = dict(assumption.inputs)
    if assumption.input is not None:
        parts[""] = assumption.input
    plain = _plain(parts)
    if plain is None:
        return ()
    own, inputs = plain.get(""), {name: value for name, value in plain.items() if name}
    base = replace(assumption.base, input=own, inputs=inputs)

    def given(name: str, value: Any) -> Given:
        if not name:
            return replace(base, input=value)
        return replace(base, inputs={**base.inputs, name: value})

    found = (
        Case(f"{name} {label}".strip(), given(name, value), "boundary")
        for name, schema in parts.items()
        for label, value in _edges(schema, boundary_cases)
    )
    return tuple(islice(found, _MOST))


def passed_on(given: JsonSchema, taken: JsonSchema) -> tuple[Case, ...]:
    """What one end of a flow may give: first a value that the other refuses, if there is one."""
    found = contains(taken, given)
    edges = edge_cases(Assumption(said=True, input=given))
    if found.answer != "no":
        return edges
    return (Case("a value that isn't taken", Given(input=found.witness), "boundary"), *edges)


def edge_requests(
    schemas: RequestSchemas, bundle: Any, states: Sequence[str | None]
) -> tuple[Case, ...]:
    """The valid boundary cases of an operation's requests, one part at a time, from each state.

    Each media type of a body is tried, and no body where a request may lack it.
    """
    first, *others = each_media(schemas)
    per_media = [
        _edge_requests(first, bundle, states),
        *(_edges_of_body(each, bundle, states) for each in others),
    ]
    in_turn = (case for row in zip_longest(*per_media) for case in row if case is not None)
    return tuple(islice(chain(_without_body(schemas, bundle, states), in_turn), _MOST))


def _without_body(
    schemas: RequestSchemas, bundle: Any, states: Sequence[str | None]
) -> Iterator[Case]:
    if schemas.without_body == "refused" or schemas.body is None:
        return
    request = needed_request(without_body(schemas), bundle)
    if request is None:
        return
    said = schemas.without_body == "accepted"
    for state in states:
        given = Given(state=state, request=replace(request, without=("body",)))
        yield Case("no body", given, "boundary" if said else "unsaid", assumed=said)


def _edges_of_body(
    schemas: RequestSchemas, bundle: Any, states: Sequence[str | None]
) -> Iterator[Case]:
    """A plain request with another body, then the edges of that body."""
    media, request = media_of(schemas), needed_request(schemas, bundle)
    if request is None:
        return
    for state in states:
        yield Case(f"{media} plain", Given(state=state, request=request), "boundary")
    for case in _edge_requests(schemas, bundle, states):
        if case.name.startswith("body"):
            yield replace(case, name=f"{media} {case.name}")


def _edge_requests(
    schemas: RequestSchemas, bundle: Any, states: Sequence[str | None]
) -> tuple[Case, ...]:
    parts = _parts(schemas, bundle)
    plain = _plain(_needed(schemas, parts))
    if plain is None:
        return ()
    found = (
        Case(
            " ".join(filter(None, (section, name, label))),
            Given(state=state, request=_request({**plain, (section, name): value})),
            "boundary",
        )
        for (section, name), schema in parts.items()
        for label, value in _asked(section, schema)
        for state in states
    )
    return tuple(islice(found, _MOST))


def needed_request(schemas: RequestSchemas, bundle: Any) -> Request | None:
    """A request of the path, the body and what is required; None where one has no value."""
    plain = _plain(_needed(schemas, _parts(schemas, bundle)))
    return None if plain is None else _request(plain)


_Parts = dict[tuple[str, str], JsonSchema]


def _parts(schemas: RequestSchemas, bundle: Any) -> _Parts:
    parts = {
        (section, name): bundle(schema)
        for section in _SECTIONS
        for name, schema in getattr(schemas, section).items()
    }
    if schemas.body is not None:
        parts["body", ""] = bundle(schemas.body)
    return parts


def _needed(schemas: RequestSchemas, parts: _Parts) -> _Parts:
    needed = {key: schema for key, schema in parts.items() if key[0] in ("path", "body")}
    return needed | {key: each for key, each in parts.items() if key[1] in schemas.required}


def _request(parts: Mapping[tuple[str, str], Any]) -> Request:
    sections: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for (section, name), value in parts.items():
        if section != "body":
            sections[section][name] = value
    path, query, headers, cookies = (sections[each] for each in _SECTIONS)
    body = parts.get(("body", ""))
    return Request(path, query, headers, cookies, body, has_body=("body", "") in parts)


_Key = TypeVar("_Key")


def _plain(parts: Mapping[_Key, JsonSchema]) -> dict[_Key, Any] | None:
    """A plain value of each part; None where one has none."""
    found: dict[_Key, Any] = {}
    for part, schema in parts.items():
        value = next(candidates(schema), _NONE)
        if value is _NONE:
            return None
        found[part] = value
    return found


_NONE = object()


def _asked(section: str, schema: JsonSchema) -> Iterator[tuple[str, Any]]:
    """The edges of a part of a request, and texts where any text may stand on its way."""
    if section not in ("query", "body"):
        return _edges(schema, known_boundary_cases)
    texts = (each for each in text_cases(schema) if section == "body" or len(str(each.value)) < 99)
    return _edges(schema, known_boundary_cases, texts)


def _edges(
    schema: JsonSchema,
    made: Callable[[JsonSchema], Iterator[BoundaryCase]],
    more: Iterable[BoundaryCase] = (),
) -> Iterator[tuple[str, Any]]:
    """What its valid boundary cases are called, and their values, each once."""
    seen: set[object] = set()
    try:
        for case in chain(made(schema), more):
            if case.valid and key(case.value) not in seen:
                seen.add(key(case.value))
                yield case.name, case.value
    except SchemaError:
        return
