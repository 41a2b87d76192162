"""Kinds of text that keys share, each with its form, and how what was written becomes one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.order import compile_order
from stagepact.contract.pointed import UnreadableText

DURATION = re.compile(r"^(\d+(?:\.\d+)?)(us|ms|s|m|h)$")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
TIMES = re.compile(r"^(never|once|(?:at most|at least|exactly) \d+)$")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
OPERATION = re.compile(rf"^({'|'.join(METHODS)}) (/\S*)$")


def seconds(duration: str) -> float:
    """The seconds of a duration such as `200ms`."""
    match = DURATION.match(duration)
    if match is None:
        raise ValueError(f"no duration: {duration!r}")
    return float(match[1]) * _SECONDS[match[2]]


def _read_by(reader: Callable[[str], object]) -> Callable[[str], str]:
    def readable(text: str) -> str:
        try:
            reader(text)
        except UnreadableText as error:
            raise ValueError(str(error)) from error
        return text

    return readable


readable_expression = _read_by(parse_expression)
"""The text itself, refused where it is no expression."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        caret = "" if error.pos is None else f"\n  {text}\n  {' ' * error.pos}^"
        raise ValueError(f"invalid regular expression: {error.msg}{caret}") from error
    return text


def _versions(text: str) -> str:
    try:
        SpecifierSet(text)
    except InvalidSpecifier as error:
        raise ValueError("no range of versions; write one such as `>=3.11,<3.13`") from error
    return text


def as_text(value: Any) -> Any:
    """A whole number as its text, such as a status; all else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_texts(value: Any) -> Any:
    """One text or number, or a list of them, as texts."""
    return [as_text(each) for each in (value if isinstance(value, list) else [value])]


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(#\S*)?)?$"),
    Field(description="An import reference, `module:qualname`.", examples=["voice.api:app"]),
]
Function = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$"),
    Field(description="A function, `module:qualname`.", examples=["voice.messages:job_done"]),
]
Port = Annotated[
    str,
    StringConstraints(pattern=r"^(fixture:\w+|[A-Za-z_][\w.]*:[A-Za-z_][\w.]*)$"),
    Field(description="`module:qualname`, or `fixture:name` for a pytest fixture."),
]
Duration = Annotated[
    str,
    StringConstraints(pattern=DURATION.pattern),
    Field(description="A number with its unit: us, ms, s, m or h.", examples=["200ms"]),
]
Order = Annotated[
    str,
    AfterValidator(_read_by(compile_order)),
    Field(description="A regular expression over event types.", examples=["started completed"]),
]
Expression = Annotated[
    str,
    AfterValidator(readable_expression),
    Field(
        description="An expression over `input`, `inputs`, `context`, `state`, `request`, "
        "`output`, `status`, `headers`, `events` and `duration`."
    ),
]
Pattern = Annotated[str, AfterValidator(_pattern), Field(description="A regular expression.")]
Times = Annotated[
    str,
    BeforeValidator(
        lambda value: f"exactly {value}" if type(value) is int else value,
        json_schema_input_type=int | Annotated[str, StringConstraints(pattern=TIMES.pattern)],
    ),
    StringConstraints(pattern=TIMES.pattern),
    Field(description="never, once, at most N, at least N, exactly N."),
]
Schema = Annotated[
    dict[str, Any] | bool,
    Field(description="A JSON Schema 2020-12, or `{$ref: '#/schemas/Name'}`."),
]
Versions = Annotated[
    str,
    AfterValidator(_versions),
    Field(description="A range of versions.", examples=[">=3.11,<3.13"]),
]
Names = Annotated[
    list[str],
    BeforeValidator(_texts, json_schema_input_type=list[str] | str),
    Field(description="A list of texts, or a single one."),
]
DataPointer = Annotated[
    str,
    StringConstraints(pattern=r"^(/[^/]*)+$"),
    Field(description="A JSON Pointer into a message.", examples=["/type"]),
]
OperationName = Annotated[
    str,
    StringConstraints(pattern=OPERATION.pattern),
    Field(description="A method and a path.", examples=["GET /sessions/{id}"]),
]
STATUS = StringConstraints(pattern=r"^([1-5]\d\d|[1-5]XX|default)$")
Status = Annotated[
    str,
    BeforeValidator(as_text, json_schema_input_type=Annotated[str, STATUS]),
    STATUS,
    Field(description="An HTTP status, a class of them, or all others.", examples=["404", "4XX"]),
]
Reserved = Annotated[
    Any, Field(description="Reserved: read, and reported as *not exercised: not yet supported*.")
]
