"""What a service answered: status, media type, headers and body."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from stagepact.contract.clauses import Clause, OperationExampleValue, ResponseBodyValue
from stagepact.observation import Observation
from stagepact.schema import Validator
from stagepact.subject import Output
from stagepact.subject.protocols.http import MOST_BYTES, WireResponse, media_type
from stagepact.subject.protocols.xml import Undecided, is_xml, xml_fault
from stagepact.verdict.checks.model import (
    KEPT,
    Breach,
    Judgement,
    differences,
    schema_breaches,
)

_BODILESS = frozenset({"204", "304"})


def declared_as(status: str, declared: tuple[str, ...]) -> str | None:
    """The declared response that covers a status: itself, its class, or `default` (OpenAPI)."""
    for candidate in (status, f"{status[:1]}XX", "default"):
        if candidate in declared:
            return candidate
    return None


def status(clause: Clause, observation: Observation) -> Judgement:
    """The response has a declared status; no response at all is broken."""
    value: ResponseBodyValue = clause.value
    output = observation.output
    promised = f"a status of {', '.join(value.statuses)}"
    if output is None:
        seen = f"no response: {observation.error}" if observation.error else observation.status
        return (Breach(promised, seen, ("status",)),)
    if declared_as(output.status, value.statuses) is not None:
        return KEPT
    return (Breach(promised, output.status, ("status",)),)


def _covered(value: ResponseBodyValue, observation: Observation) -> Output | str:
    output = observation.output
    if output is None:
        return f"no response ({observation.status})"
    if declared_as(output.status, value.statuses) != value.status:
        return "no such response"
    return output


def body(clause: Clause, observation: Observation) -> Judgement:
    """The body of a response with this status has its schema."""
    value: ResponseBodyValue = clause.value
    output = _covered(value, observation)
    if isinstance(output, str):
        return output
    if value.media_type and not _is_one_of(value.media_type, output):
        return "another media type"
    if value.validator is None:
        return KEPT
    cut = isinstance(output.raw, WireResponse) and not output.raw.complete
    if cut and len(output.raw.body) >= MOST_BYTES:
        return f"the body is longer than what is read: {output.error}"
    breaches = schema_breaches(value.validator, output.data, ("body",))
    if not breaches and cut:
        return (Breach("a whole body", str(output.error), ("body",)),)
    if breaches and output.error is not None:
        return (Breach("a body that can be read", output.error, ("body",)), *breaches)
    if not breaches and is_xml(media_type(output.headers.get("content-type", ""))[0]):
        return "a JSON Schema says nothing of a body that is XML"
    return breaches


def content_type(clause: Clause, observation: Observation) -> Judgement:
    """The media type is the declared one, and XML well-formed; parameters are free."""
    value: ResponseBodyValue = clause.value
    output = _covered(value, observation)
    if isinstance(output, str):
        return output
    seen = output.headers.get("content-type", "")
    asked = _asked(value, observation)
    if asked is not None and not _is_one_of(asked, output):
        return (Breach(f"{asked}, or 406", seen or "no content type", ("headers", "content-type")),)
    if _is_one_of(value.media_type, output):
        return _well_formed(seen, output, observation)
    return (Breach(value.media_type, seen or "no content type", ("headers", "content-type")),)


def _well_formed(told: str, output: Output, observation: Observation) -> Judgement:
    """Whether what is said to be XML is; of other media types, schemas speak."""
    media, charset = media_type(told)
    bare = observation.subject.name.startswith("HEAD ") or output.status in _BODILESS
    if not is_xml(media) or bare or not isinstance(output.raw, WireResponse):
        return KEPT
    if not output.raw.complete and len(output.raw.body) >= MOST_BYTES:
        return f"the body is longer than what is read: {output.error}"
    try:
        fault = xml_fault(output.raw.body, charset)
    except Undecided as why:
        return f"whether the XML is well-formed isn't known: {why}"
    return (Breach("well-formed XML", fault, ("body",)),) if fault else KEPT


def _asked(value: ResponseBodyValue, observation: Observation) -> str | None:
    """The one media type that a request accepts, where 406 says that this is looked at."""
    if "406" not in value.statuses or value.status[:1] != "2":
        return None
    named = {k.lower(): v for k, v in observation.given.request.headers.items()}
    accept = named.get("accept")
    one = isinstance(accept, str) and not {",", ";", "*"} & set(accept)
    return str(accept) if one else None


def _is_one_of(declared: str, output: Output) -> bool:
    """Whether a response has one of the declared media types, or of their ranges."""
    seen = media_type(output.headers.get("content-type", ""))[0]
    types = (media_type(each)[0] for each in declared.split(", "))
    return any(fnmatchcase(seen, each) for each in types)


def header(clause: Clause, observation: Observation) -> Judgement:
    """A header is there and has its schema; numbers and booleans are read as such."""
    value: ResponseBodyValue = clause.value
    output = _covered(value, observation)
    if isinstance(output, str):
        return output
    pointer = ("headers", value.header)
    text = output.headers.get(value.header)
    if text is None and value.optional:
        return "it may be missing, and is"
    if text is None:
        return (Breach("this header", "nothing", pointer),)
    if value.validator is None or any(map(value.validator.accepts, _readings(text))):
        return KEPT
    return schema_breaches(value.validator, _meant(value.validator, text), pointer)


def _meant(validator: Validator, text: str) -> Any:
    """The reading of a header's text that has the declared type; the text where none has."""
    for reading in _readings(text):
        if all(each.keyword != "type" for each in validator.violations(reading)):
            return reading
    return text


def _readings(text: str) -> tuple[Any, ...]:
    """A header's text, and the JSON scalar that it may stand for."""
    try:
        value = json.loads(text)
    except ValueError:
        return (text,)
    return (text,) if isinstance(value, dict | list) else (text, value)


def operation_example(clause: Clause, observation: Observation) -> Judgement:
    """The example's request is answered as the contract says."""
    value: OperationExampleValue = clause.value
    if observation.case.name != value.example.name:
        return "another case"
    expected, output = value.example.response, observation.output
    if output is None or expected is None:
        seen = str(observation.error or observation.status)
        return (Breach("a response", seen, ("response",)),)
    found: tuple[Breach, ...] = ()
    if expected.status is not None and output.status != expected.status:
        found += (Breach(expected.status, output.status, ("status",)),)
    for name, text in expected.headers.items():
        seen = output.headers.get(name.lower(), "nothing")
        if seen != text:
            found += (Breach(text, seen, ("headers", name.lower())),)
    if value.has_body:
        found += differences(expected.body, output.data, ("body",))
    if value.matches is not None:
        found += schema_breaches(value.matches, output.data, ("body",))
    return found
