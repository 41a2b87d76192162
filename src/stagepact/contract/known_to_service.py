"""Parts of requests that no schema makes valid: a service takes only what it gave or knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stagepact.contract.models import Operation
from stagepact.schema import SchemaError
from stagepact.schema.normalise import JsonSchema

Bundle = Callable[[JsonSchema], JsonSchema]

CURSORS = ("cursor", "after", "page_token", "pagetoken", "starting_after", "next_token", "marker")

# With one of these a value is described by more than that it is some text.
_TOLD = frozenset({"const", "enum", "format", "pattern"})
# RFC 6749: the members of a token request that are to be right.
_SECRETS = frozenset({
    "password", "client_secret", "refresh_token", "code", "assertion", "refreshtoken"
})  # fmt: skip
_TOKENS = frozenset({"token", "access_token", "accesstoken", "id_token", "jwt"})


def known_to_service(
    operation: Operation, method: str, bundle: Bundle
) -> tuple[tuple[str, str], ...]:
    """The parts of a request, by section and name, that a service may refuse whatever they are.

    They are the opaque cursor of a list, and what a login is asked for: a body with a password
    that is answered by a token, or a token request of OAuth 2.0.
    """
    return tuple(_cursors(operation, bundle) if method == "GET" else _secrets(operation, bundle))


def _cursors(operation: Operation, bundle: Bundle) -> Iterator[tuple[str, str]]:
    for name, schema in operation.request.query.items():
        if name.lower() in CURSORS and any(
            _is_any_text(each) for each in _branches(schema, bundle)
        ):
            yield "query", name


def _is_any_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and not _TOLD & set(schema)


def _secrets(operation: Operation, bundle: Bundle) -> Iterator[tuple[str, str]]:
    asked = _members(operation.request.body, bundle)
    bodies = (
        body
        for status, answer in operation.responses.items()
        if status[0] == "2"
        for body in (answer.body, *answer.content.values())
    )
    answered = {name for body in bodies for name in _members(body, bundle)}
    lowered = {name.lower() for name in answered}
    if "grant_type" in asked or _TOKENS & lowered:
        yield from (("body", name) for name in asked if name.lower() in _SECRETS)


def _members(schema: JsonSchema | None, bundle: Bundle) -> frozenset[str]:
    return frozenset(
        name for each in _branches(schema, bundle) for name in each.get("properties", ())
    )


def _branches(schema: JsonSchema | None, bundle: Bundle) -> Iterator[Mapping[str, Any]]:
    """A schema, what it refers to at its top, and its branches."""
    try:
        whole = bundle(schema) if schema is not None else {}
    except SchemaError:
        return
    waiting, seen = [whole], 0
    while waiting and seen < _MOST:
        seen += 1
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        yield one
        waiting += [each for key in ("anyOf", "oneOf", "allOf") for each in one.get(key, ())]
        if "$ref" in one:
            waiting.append(_referred(str(one["$ref"]), whole))


_MOST = 50


def _referred(reference: str, whole: JsonSchema) -> Any:
    found: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found
