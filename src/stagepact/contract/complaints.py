"""Pydantic's errors about a document, as problems with a place, a sentence and advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import WithDefaultSchema

from stagepact.contract.models import Contract
from stagepact.contract.source import Source
from stagepact.errors import Problem, nearest
from stagepact.schema.explain import shorten

Path = tuple[str | int, ...]

_NOUNS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "date_from_datetime_inexact": "a date such as 2026-12-31",
    "date_from_datetime_parsing": "a date such as 2026-12-31",
    "date_parsing": "a date such as 2026-12-31",
    "date_type": "a date such as 2026-12-31",
}

# The last key of a path and what must stand there, for the errors of patterns.
_FORMS = {
    "timeout": "a duration such as 200ms",
    "max": "a duration such as 200ms",
    "p50": "a duration such as 200ms",
    "p90": "a duration such as 200ms",
    "p95": "a duration such as 200ms",
    "p99": "a duration such as 200ms",
    "times": "never, once, at most N, at least N or exactly N",
    "ports": "an import reference such as voice.fakes:Stt, or fixture:name",
    "subject": "an import reference such as voice.stages:Transcribe",
    "app": "an import reference such as voice.api:app",
    "uses": "an import reference such as voice.pipeline:pipeline",
    "type": "an import reference such as voice.models:Transcript",
    "states": "an import reference such as voice.states:session_exists",
    "operations": "a method and a path, such as GET /sessions/{id}",
    "responses": "a status such as 200, 4XX or default",
    "from": "a JSON Pointer such as /stages/transcribe/output/data",
    "to": "a JSON Pointer such as /stages/answer/given/inputs/transcribe",
    "chain": "JSON Pointers such as /stages/transcribe/output/data",
    "url": "a URL such as http://127.0.0.1:8000",
    "calls": "never, once, at most N, at least N or exactly N",
    "within": "a duration such as 200ms",
    "backoff": "a duration such as 200ms",
    "cooldown": "a duration such as 200ms",
    "retries": "a count, or never, once, at most N, at least N or exactly N",
    "faults": "a port, `port.method` or `module:attribute`",
}


# Keys with a boolean form, whose other form is told.
_LESSER = (("openapi", "bool"), ("challenge", "bool"))


def problems(error: ValidationError, source: Source) -> tuple[Problem, ...]:
    """Every error of a document, each once, sorted by place."""
    found: dict[tuple[Path, str], Problem] = {}
    for detail in error.errors(include_url=False):
        path = _path_in(source.value, detail["loc"])
        if _is_alternative(detail):
            continue
        problem = _problem(detail, path, source)
        kind = "schema" if _in_schema(detail["loc"]) else problem.found
        found.setdefault((path, kind), problem)
    return tuple(sorted(found.values()))


def faulty_parts(error: ValidationError, value: Any) -> frozenset[Path]:
    """The paths of the parts of a value that the errors are about, one at least."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    told = [detail for detail in details if not _is_alternative(detail)]
    return frozenset(_path_in(value, detail["loc"]) for detail in told or details)


def _is_alternative(detail: ErrorDetails) -> bool:
    """Whether an error is that of the lesser form of a union, whose other form is told."""
    return detail["loc"][-1:] == ("literal[False]",) or detail["loc"][-2:] in _LESSER


def _in_schema(location: Path) -> bool:
    """Whether the error is one of a schema's alternatives, which are told as one."""
    return location[-1:] == ("bool",) or any("dict[str,any]" in str(s) for s in location)


def _path_in(value: Any, location: Path) -> Path:
    """The part of Pydantic's location that stands in the document; the rest names its unions."""
    path: list[str | int] = []
    for step in location:
        if _has(value, step):
            value = value[step]
            path.append(step)
    return tuple(path)


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def _value_at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step] if isinstance(value, dict) else value[int(step)]
    return value


def _problem(detail: ErrorDetails, path: Path, source: Source) -> Problem:
    kind = detail["type"]
    place = source.place(path)
    if kind == "extra_forbidden":
        return _unknown_key(path, place, source)
    if kind == "missing":
        key = str(detail["loc"][-1])
        return Problem(place, f"no key {key!r} in {_where(path)}", "", f"add {key}: …", "missing")
    found = shorten(_without_secrets(_value_at(source.value, path), path), 60)
    if detail["loc"][-1:] == ("[key]",):
        return _wrong_key(detail, path, place)
    if kind == "value_error":
        return Problem(
            place, f"{found} at {_where(path)}: {_message(detail)}", code="invalid-value"
        )
    return Problem(
        place, f"{found} at {_where(path)}", _expected(detail, path), "", kind.replace("_", "-")
    )


def _wrong_key(detail: ErrorDetails, path: Path, place: Any) -> Problem:
    key = detail["loc"][-2]
    # A short form's key is in the document as a value: nothing leads to it.
    found = f"{key!r} in {_where(path[:-1] if path[-1:] == (key,) else path)}"
    if detail["type"] == "value_error":
        return Problem(place, f"{found}: {_message(detail)}", code="invalid-key")
    return Problem(place, found, _expected(detail, path), "", "invalid-key")


def _message(detail: ErrorDetails) -> str:
    return detail["msg"].removeprefix("Value error, ")


def _without_secrets(value: Any, path: Path) -> Any:
    """A value of a document; what stands below `auth: {users: …}` may be a secret."""
    if "users" not in path or "auth" not in path:
        return value
    if isinstance(value, dict):
        return {key: _without_secrets(part, path) for key, part in value.items()}
    return "***" if isinstance(value, str) else value


def _expected(detail: ErrorDetails, path: Path) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in ("literal_error", "enum"):
        return str(context.get("expected", detail["msg"]))
    if kind == "string_pattern_mismatch":
        named = [_FORMS[str(step)] for step in reversed(path) if str(step) in _FORMS]
        return next(iter(named), f"text like {context.get('pattern')}")
    if _in_schema(detail["loc"]):
        return "a JSON Schema: a mapping, true or false"
    message = detail["msg"].removeprefix("Input should be ").removeprefix("Input should ")
    return _NOUNS.get(kind, message[:1].lower() + message[1:])


def _unknown_key(path: Path, place: Any, source: Source) -> Problem:
    key = str(path[-1])
    known = sorted(keys_at(path[:-1]))
    guess = nearest(key, known)
    where = _where(path[:-1])
    advice = f"did you mean {guess!r}?" if guess else "remove it, or see `stagepact language`"
    listed = ", ".join(known) if known else "no key here"
    return Problem(place, f"unknown key {key!r} in {where}", listed, advice, "unknown-key")


def _where(path: Path) -> str:
    return "/" + "/".join(str(step).replace("~", "~0").replace("/", "~1") for step in path)


class _LanguageSchema(GenerateJsonSchema):
    """A JSON Schema that tells defaults that are made anew for each model, too."""

    def get_default_value(self, schema: WithDefaultSchema) -> Any:
        """The default, which Pydantic passes over where it is made by a factory."""
        made: Any = schema.get("default_factory")
        return super().get_default_value(schema) if made is None else made()


@cache
def language_schema() -> Mapping[str, Any]:
    """The JSON Schema 2020-12 of the contract language, made from its models."""
    schema = Contract.model_json_schema(by_alias=True, schema_generator=_LanguageSchema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "stagepact.schema.json",
        **schema,
        "title": "stagepact contract, language version 1",
    }


def keys_at(path: Path) -> frozenset[str]:
    """The keys that the language knows under a path of a document."""
    nodes = [language_schema()]
    for step in path:
        nodes = [child for node in nodes for child in _children(node, step)]
    return frozenset(
        key for node in nodes for part in _alternatives(node) for key in part.get("properties", {})
    )


def _alternatives(node: Any) -> Iterator[Mapping[str, Any]]:
    """A schema with its reference followed and its unions opened."""
    if not isinstance(node, Mapping):
        return
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        yield from _alternatives(language_schema()["$defs"][name])
        return
    unions = [*node.get("anyOf", ()), *node.get("allOf", ())]
    for part in unions:
        yield from _alternatives(part)
    if not unions:
        yield node


def _children(node: Any, step: str | int) -> Iterator[Any]:
    for part in _alternatives(node):
        if isinstance(step, int):
            yield part.get("items")
        elif step in part.get("properties", {}):
            yield part["properties"][step]
        else:
            yield from part.get("patternProperties", {}).values()
            yield part.get("additionalProperties")
