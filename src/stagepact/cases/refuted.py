"""Which requests are certainly invalid: as they arrive on the wire, however a server reads them.

A parameter is text on its way: `5` may be meant as a text where a number is wanted, and `05`, `on`
or an empty text are read as numbers, as true, or as nothing by servers that are kind. A server is
blamed only for what is invalid in every reading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stagepact.contract.models import RequestSchemas
from stagepact.contract.request_media import each_media, without_body
from stagepact.schema import Validator, compile_schema
from stagepact.schema.normalise import JsonSchema, Pointer
from stagepact.subject import Given, Request
from stagepact.subject.protocols.http import is_json, media_type
from stagepact.subject.protocols.shapes import MULTIPART

SECTIONS = ("path", "query", "headers", "cookies")
# Headers that say how a request is read, and by whom: their faults are no faults of a value.
FRAMING = frozenset({
    "accept", "authorization", "connection", "content-length", "content-type", "cookie", "expect",
    "host", "te", "transfer-encoding", "upgrade",
})  # fmt: skip
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE = frozenset({"0", "false", "f", "no", "n", "off"})


@dataclass(frozen=True, slots=True)
class Refutation:
    """What an operation may not be asked, by what its `request` says of the parts of a request.

    `example` is a request that succeeds, if one is known: faults are put into it, so that what
    the request leads to is there. With `strict`, the types of a body are meant as JSON has them.
    """

    schemas: RequestSchemas
    bundle: Callable[[JsonSchema], JsonSchema]
    state: str | None = None
    statuses: tuple[str, ...] = ()
    example: Request | None = None
    strict: bool = False

    def refutes(self, given: Given) -> bool:
        """Whether what is given is invalid in every reading."""
        request, schemas = given.request, self.schemas
        if schemas.without_body != "refused" and _is_empty(request):
            return replace(self, schemas=without_body(schemas)).refutes_as_said(request)
        return all(
            replace(self, schemas=each).refutes_as_said(request) for each in each_media(schemas)
        )

    def refutes_as_said(self, request: Request) -> bool:
        """Whether a request is invalid as the one that has just this body."""
        return self._lacks(request) or self._has_wrong(request) or self._has_wrong_body(request)

    def refutes_value(self, section: str, name: str, value: Any) -> bool:
        """Whether a parameter's value is invalid in every reading; False where it has no form."""
        schema = getattr(self.schemas, section)[name]
        validator = compile_schema(self.bundle(schema))
        readings = [*arrivals(value, section)]
        return bool(readings) and not any(self._may_be_valid(validator, each) for each in readings)

    def _lacks(self, request: Request) -> bool:
        """Whether something required isn't there, and no state gives it."""
        lacking = {name.lower() for name in request.without}
        if "body" in lacking and self.schemas.body is not None and not _has_body(request):
            return True
        there = {name.lower() for section in SECTIONS for name in getattr(request, section)}
        return any(name.lower() in lacking - there for name in self.schemas.required)

    def _has_wrong(self, request: Request) -> bool:
        return any(
            name in getattr(self.schemas, section) and self.refutes_value(section, name, value)
            for section in SECTIONS
            for name, value in getattr(request, section).items()
        )

    def _has_wrong_body(self, request: Request) -> bool:
        declared = _media(_declared(self.schemas.headers))
        if self.schemas.body is None:
            return False
        if request.raw is not None:
            return is_json(declared) and not _is_json_text(request.raw)
        if not request.has_body:
            return False
        sent = _media(request.headers)
        if sent != declared and not (is_json(sent) and is_json(declared)):
            return True
        validator = compile_schema(self.bundle(self.schemas.body))
        if declared in _FORMS:
            return not _may_be_form(validator, request.body, self.schemas.files)
        return not self._may_be_valid(validator, request.body)

    def _may_be_valid(self, validator: Validator, value: Any) -> bool:
        return validator.accepts(value) or (not self.strict and _is_kindly(validator, value))


# What the schemas of models say and their servers don't ask for: sets drop what comes twice.
_UNASKED = frozenset({"format", "uniqueItems"})
_MOMENTS = ("2000-01-01T00:00:00Z", "2000-01-01", "00:00:00Z", "PT1S")


def _is_kindly(validator: Validator, value: Any) -> bool:
    """Whether a server takes a value that reads texts as numbers, and numbers as texts."""
    for found in validator.violations(value):
        if found.keyword in _UNASKED:
            return True
        there = _at(value, found.instance_pointer)
        for meant in _meanings(there):
            if validator.accepts(_with(value, found.instance_pointer, meant)):
                return True
    return False


_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


def _declared(headers: Mapping[str, JsonSchema]) -> dict[str, Any]:
    """The headers that can have one value only."""
    return {
        name: schema["const"]
        for name, schema in headers.items()
        if isinstance(schema, dict) and "const" in schema
    }


def _may_be_form(validator: Validator, value: Any, files: Sequence[str]) -> bool:
    """Whether a form may be valid: all in it is text, an empty text may be nothing at all."""
    for found in validator.violations(value):
        pointer = found.instance_pointer
        if not pointer:
            continue
        there = _at(value, pointer)
        if pointer[0] in files or there in ("", None) or there == []:
            return True
        each_of = there if isinstance(there, list) else [there]
        texts = [each if isinstance(each, str) else json.dumps(each) for each in each_of]
        meant = [*texts, *(reading for text in texts for reading in _readings(text))]
        if any(validator.accepts(_with(value, pointer, each)) for each in meant):
            return True
    return validator.accepts(value) or _is_kindly(validator, value)


def _meanings(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        yield from _readings(value)
    elif isinstance(value, bool | int | float):
        yield from (bool(value), int(value) if value == value and abs(value) < 1e300 else 0)
        yield from (str(value), *_MOMENTS)


def _at(value: Any, pointer: Pointer) -> Any:
    for step in pointer:
        value = value[step]
    return value


def _with(value: Any, pointer: Pointer, meant: Any) -> Any:
    if not pointer:
        return meant
    step, *rest = pointer
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[step] = _with(value[step], tuple(rest), meant)
    return copy


def _is_empty(request: Request) -> bool:
    """Whether there is no body on the wire: a form or a text of nothing is none, too."""
    if not request.has_body:
        return not request.raw
    is_text = not is_json(_media(request.headers)) and _media(request.headers) != MULTIPART
    return is_text and request.body in ("", {})


def _has_body(request: Request) -> bool:
    return request.has_body or request.raw is not None


def _media(headers: Mapping[str, Any]) -> str:
    told = {name.lower(): value for name, value in headers.items()}.get("content-type")
    return media_type(str(told))[0] if told is not None else "application/json"


def _is_json_text(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def arrivals(value: Any, section: str) -> Iterator[Any]:
    """All that a server may take a parameter's value for; nothing where it can't be sent."""
    if isinstance(value, list):
        items = [list(arrivals(each, section)) for each in value]
        if not items or not all(items):
            return
        yield value
        yield [each[0] for each in items]
        yield [each[-1] for each in items]
        for each in items:
            yield from each
        return
    text = _written(value)
    if text is None or not _can_be_sent(text, section):
        return
    for reading in _readings(text):
        yield reading
        yield [reading]


def _written(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return json.dumps(value) if isinstance(value, bool | int | float) else None


def _can_be_sent(text: str, section: str) -> bool:
    """Whether a text stays one value on its way: an empty one is taken for none."""
    if not text.strip() or not text.isprintable() or text != text.strip():
        return False
    if section == "path":
        return "/" not in text and text not in (".", "..")
    return section == "query" or text.isascii()


def _readings(text: str) -> Iterator[Any]:
    """A text, and what it may stand for."""
    yield text
    low = text.lower()
    if low in _TRUE | _FALSE:
        yield low in _TRUE
    if low in ("null", "none"):
        yield None
    for read in (int, float, json.loads):
        try:
            yield read(text)
        except (ValueError, RecursionError):
            continue
    if "," in text:
        yield text.split(",")
