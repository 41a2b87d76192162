"""The contract language, version 1: one model behind YAML, JSON and Python.

Every model is a frozen value; making one reads nothing and imports nothing. What the
language accepts is decided here and nowhere else: `stagepact language` prints the JSON
Schema of these models, and the reference in the documentation is made from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal, Self

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from stagepact.contract.expression import ExpressionError
from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.order import OrderError, compile_order

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


def _order(text: str) -> str:
    try:
        compile_order(text)
    except OrderError as error:
        raise ValueError(str(error)) from error
    return text


def _expression(text: str) -> str:
    try:
        parse_expression(text)
    except ExpressionError as error:
        raise ValueError(str(error)) from error
    return text


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


def _no_number(value: Any) -> Any:
    """Pydantic would take a number for seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("no date; write one such as 2026-12-31")
    return value


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _whole(value: Any) -> Any:
    """A number as it was written: `true` and `1.0` are equal to 1 and aren't meant by it."""
    return value if type(value) is int else repr(value)


def _text_list(value: Any) -> Any:
    """One text or number, or a list of them, as texts."""
    return [_text(each) for each in (value if isinstance(value, list) else [value])]


def _texts(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Reference = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*(#\S*)?)?$"),
    Field(description="An import reference, `module:qualname`.", examples=["voice.api:app"]),
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
    AfterValidator(_order),
    Field(description="A regular expression over event types.", examples=["started completed"]),
]
Expression = Annotated[
    str,
    AfterValidator(_expression),
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
Reserved = Annotated[
    Any, Field(description="Reserved: read, and reported as *not exercised: not yet supported*.")
]


def _or(*forms: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Let editors know the short forms of a key, which its validator makes long."""

    def extend(schema: dict[str, Any]) -> None:
        schema["anyOf"] = [*schema["anyOf"], *forms]

    return extend


def _or_each(*forms: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Let editors know the short forms of a mapping's values."""

    def extend(schema: dict[str, Any]) -> None:
        for key, values in schema.get("patternProperties", {}).items():
            schema["patternProperties"][key] = {"anyOf": [values, *forms]}
            schema["additionalProperties"] = False
        if isinstance(schema.get("additionalProperties"), dict):
            values = schema["additionalProperties"]
            schema["additionalProperties"] = {"anyOf": [values, *forms]}

    return extend


class Model(BaseModel):
    """A frozen value that refuses keys it doesn't know."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_by_name=True, validate_by_alias=True
    )


class When(Model):
    """Where an exception applies; all that is said must hold."""

    platform: Names = Field(
        default_factory=list, description="linux, darwin or win32 (sys.platform)."
    )
    python: Versions | None = Field(default=None, description="A version range, such as `<3.13`.")
    env: dict[str, str] = Field(
        default_factory=dict, description="Environment variables and their values."
    )
    version: dict[str, Versions] = Field(
        default_factory=dict,
        description="Distributions and version ranges, such as `{httpx: '<1'}`.",
    )


class Except(Model):
    """A way out of a clause: written down, with a reason, an issue and an end."""

    clause: str = Field(description="A clause's id or a glob of ids, such as `events.*`.")
    stage: str | None = Field(
        default=None,
        description="A selector; what its block is for without it.",
    )
    reason: str = Field(min_length=1, description="Why, in words; every report shows it.")
    issue: str = Field(min_length=1, description="Where it is followed up, such as `#165`.")
    until: Annotated[date, BeforeValidator(_no_number)] = Field(
        description="The last day on which it holds, in UTC."
    )
    when: When | None = Field(default=None, description="Where it applies; everywhere without it.")


class Given(Model):
    """What a stage is given: schemas of its inputs, and the things it may use."""

    input: Schema | None = Field(default=None, description="The schema of the stage's own input.")
    inputs: dict[str, Schema] = Field(
        default_factory=dict,
        description="By upstream name, the schema of that upstream's output data.",
    )
    ports: dict[str, Port] = Field(
        default_factory=dict,
        description="By name, what stands for each port; a class is made anew each run.",
    )
    config: dict[str, Any] = Field(
        default_factory=dict, description="Arguments of the constructor."
    )
    context: dict[str, Any] = Field(
        default_factory=dict, description="Values that the runtime carries."
    )


class GivenValues(Model):
    """What an example gives: values."""

    input: Any = Field(default=None, description="The stage's own input.")
    inputs: dict[str, Any] = Field(
        default_factory=dict, description="By upstream name, that upstream's output data."
    )
    ports: dict[str, Port] = Field(
        default_factory=dict, description="Ports of this example, over those of the block."
    )
    config: dict[str, Any] = Field(
        default_factory=dict, description="Arguments of the constructor, over those of the block."
    )
    context: dict[str, Any] = Field(
        default_factory=dict,
        description="Values that the runtime carries, over those of the block.",
    )


class OutputClauses(Model):
    """What a stage returns."""

    status: Names = Field(
        default_factory=list,
        description="The statuses it may end with; raising is the status `error`. "
        "Without it, any end but an error.",
    )
    raises: Names = Field(
        default_factory=list,
        description="Exceptions that it may raise, by name or `module:qualname`.",
    )
    type: Reference | None = Field(default=None, description="The class of what is returned.")
    json_: StrictBool = Field(
        default=False, alias="json", description="What is returned can be written as JSON."
    )
    data: Schema | None = Field(default=None, description="The schema of the data of an ok end.")
    declared: list[str] | None = Field(
        default=None, description="Exactly these keys are in the data of an ok end."
    )


class EventSequence(Model):
    """A counter in the payload of each event."""

    field: str = Field(description="The payload's field that holds it.")
    first: StrictInt = Field(default=1, description="Its value in the first event.")
    step: StrictInt = Field(default=1, description="What each event adds.")


def _two_types(of: str, by: str) -> None:
    if of == by:
        raise ValueError("of and by are two types, not one")


class Response(Model):
    """Each event of one type is followed by one of another, in time if a time is given."""

    of: str = Field(description="The type that asks.")
    by: str = Field(description="The type that answers.")
    within: Duration | None = Field(default=None, description="The longest time between the two.")

    @model_validator(mode="after")
    def _two(self) -> Self:
        _two_types(self.of, self.by)
        return self


class Precedence(Model):
    """No event of one type before one of another."""

    of: str = Field(description="The type that comes first.")
    by: str = Field(description="The type that may only come after it.")

    @model_validator(mode="after")
    def _two(self) -> Self:
        _two_types(self.of, self.by)
        return self


class Rule(Model):
    """A well-known template over event types; exactly one of its keys."""

    absence: str | None = Field(default=None, description="No event of this type.")
    exactly_once: str | None = Field(
        default=None, alias="exactly-once", description="One event of this type, and no second."
    )
    response: Response | None = Field(
        default=None, description="Each event of one type is followed by one of another."
    )
    precedence: Precedence | None = Field(
        default=None, description="No event of one type before one of another."
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("say exactly one of absence, exactly-once, response, precedence")
        return self


class Events(Model):
    """What a stage emits."""

    order: Order | None = Field(
        default=None, description="The order of the types that it names; others are ignored."
    )
    owner: Literal["stage", "runtime"] = Field(
        default="stage", description="Who owes the events: the stage, or the runtime around it."
    )
    closed: StrictBool = Field(default=False, description="No event but of the types named here.")
    name: str | None = Field(
        default=None, description="The types on the wire, such as `stage.{stage}.{type}`."
    )
    terminal: list[str] = Field(
        default_factory=list, description="Exactly one event of these types, and none after it."
    )
    types: dict[str, Schema] = Field(
        default_factory=dict,
        description="The payload's schema by type. It promises no event; `order` and `rules` do.",
    )
    sequence: EventSequence | None = Field(
        default=None, description="A counter in the payloads, without gaps."
    )
    rules: dict[str, Rule] = Field(default_factory=dict, description="Templates, each with a name.")


class LogClause(Model):
    """What is logged."""

    logger: str = Field(default="*", description="A logger's name or a glob of names.")
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] | None = Field(
        default=None, description="Records of this level or above."
    )
    message: Pattern | None = Field(default=None, description="Found in the formatted message.")
    fields: Schema | None = Field(default=None, description="The schema of the `extra` fields.")
    times: Times = Field(default="at least 1", description="How many such records a run logs.")
    on: Names = Field(
        default_factory=list, description="Only for runs that ended with these statuses."
    )


class CallClause(Model):
    """How often a port's method is called, and with what."""

    times: Times | None = Field(default=None, description="How many such calls a run makes.")
    arguments: Schema | None = Field(
        default=None, description="The schema of the arguments by parameter name."
    )


class Holds(Model):
    """A named expression over one run, or over two runs whose inputs differ in a known way."""

    expr: Expression | None = Field(default=None, description="It is true of each run.")
    vary: dict[str, Expression] = Field(
        default_factory=dict,
        description="By JSON Pointer, such as `/input/size`, the value in a second run.",
    )
    expect: Expression | None = Field(
        default=None,
        description="It is true of both runs, `before` and `after`, each with all names of a run.",
    )
    on: Names = Field(
        default_factory=list, description="Only for runs that ended so; successful ends without it."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.expr is None) == (self.expect is None):
            raise ValueError("say either expr, or vary with expect")
        if bool(self.vary) != (self.expect is not None):
            raise ValueError("vary and expect go together")
        return self


class Within(Model):
    """How long a run may take. Quantiles need enough runs, else they are not exercised."""

    max: Duration | None = Field(default=None, description="No run takes longer.")
    p50: Duration | None = Field(default=None, description="Half of the runs take no longer.")
    p90: Duration | None = Field(default=None, description="90% of the runs take no longer.")
    p95: Duration | None = Field(default=None, description="95% of the runs take no longer.")
    p99: Duration | None = Field(default=None, description="99% of the runs take no longer.")
    needs: Literal["benchmark"] | None = Field(
        default=None, description="The quantiles are for a benchmark, not for this run."
    )


class ExpectedOutput(Model):
    """What an example's run returns."""

    status: str | None = Field(
        default=None, description="The status; `ok` without it where data is expected."
    )
    data: Any = Field(default=None, description="Exactly this data.")
    matches: Schema | None = Field(default=None, description="A schema instead of the value.")

    @property
    def says_something(self) -> bool:
        """Whether any output could be another one; `{}` is kept by all of them."""
        written = self.status is not None or self.matches is not None
        return written or "data" in self.model_fields_set


class ExpectedEvent(Model):
    """One expected event of an example; data matches exactly, `matches` takes a schema."""

    type: str = Field(description="The event's type, as the block names it.")
    data: Any = Field(default=None, description="Exactly this payload; any without it.")
    matches: Schema | None = Field(default=None, description="A schema instead of the payload.")


class Example(Model):
    """One case, with what is known of its outcome."""

    name: str = Field(min_length=1, description="Its name in reports and in the clause's id.")
    given: GivenValues = Field(default_factory=GivenValues, description="What the run is given.")
    output: ExpectedOutput | None = Field(default=None, description="What the run returns.")
    error: Pattern | None = Field(default=None, description="Found in the error's message.")
    events: list[ExpectedEvent] | None = Field(
        default=None, description="The events of the declared types, in order."
    )

    @property
    def expects_something(self) -> bool:
        """Whether an outcome is written; without one the example is only run."""
        output = self.output is not None and self.output.says_something
        return output or self.error is not None or self.events is not None


class Fuzz(Model):
    """How a subject is fuzzed."""

    examples: StrictInt | None = Field(
        default=None, ge=1, description="Runs; the profile's otherwise."
    )
    engine: Literal["stagepact", "hypothesis-jsonschema"] | None = Field(
        default=None, description="What draws the cases; the project's `engine` otherwise."
    )


def _short_holds(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: {"expr": v} if isinstance(v, str) else v for k, v in value.items()}
    return value


def _short_calls(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            k: {"times": v} if isinstance(v, str | int) and not isinstance(v, bool) else v
            for k, v in value.items()
        }
    return value


def _short_fuzz(value: Any) -> Any:
    if value is True:
        return {}
    if type(value) is int:
        return {"examples": value}
    return value


def _short_within(value: Any) -> Any:
    return {"max": value} if isinstance(value, str) else value


class Judged(Model):
    """What stages, pipelines and operations have in common."""

    description: str = Field(default="", description="What it is, for readers.")
    timeout: Duration = Field(default="10s", description="A run that takes longer hangs.")
    isolate: Literal["process"] | None = Field(
        default=None, description="Run in a child process, whose death is an observation."
    )
    fuzz: Annotated[Fuzz | Literal[False], BeforeValidator(_short_fuzz)] = Field(
        default_factory=Fuzz,
        json_schema_extra=_or({"type": "boolean"}, {"type": "integer"}),
        description="How it is fuzzed; a number of runs for short, `false` for not.",
    )
    holds: Annotated[dict[str, Holds], BeforeValidator(_short_holds)] = Field(
        default_factory=dict,
        json_schema_extra=_or_each({"type": "string"}),
        description="Named expressions; a text for short where only `expr` is said.",
    )
    within: Annotated[Within | None, BeforeValidator(_short_within)] = Field(
        default=None,
        json_schema_extra=_or({"type": "string", "pattern": DURATION.pattern}),
        description="How long a run may take; a duration for short means `max`.",
    )
    logs: dict[str, LogClause] = Field(
        default_factory=dict, description="What is logged, each with a name."
    )
    except_: list[Except] = Field(
        default_factory=list,
        alias="except",
        description="Ways out of clauses, of any block of any contract.",
    )
    laws: Reserved = None
    faults: Reserved = None
    chaos: Reserved = None


class Stage(Judged):
    """A block that holds for every stage (or pipeline) that its selector matches."""

    subject: Reference | None = Field(default=None, description="Where the stage is in the code.")
    given: Given = Field(default_factory=Given, description="What it is given: what is assumed.")
    output: OutputClauses | None = Field(default=None, description="What it returns.")
    events: Events | None = Field(default=None, description="What it emits.")
    calls: Annotated[dict[str, CallClause], BeforeValidator(_short_calls)] = Field(
        default_factory=dict,
        json_schema_extra=_or_each(
            {"type": "string", "pattern": TIMES.pattern}, {"type": "integer"}
        ),
        description="By `port.method` (the method may be a glob), how often it is called and with "
        "what; `once` and the like for short.",
    )
    examples: list[Example] = Field(
        default_factory=list, description="Cases with what is known of them."
    )


Style = Annotated[
    Literal[
        "comma",
        "space",
        "tab",
        "pipe",
        "deep",
        "label",
        "label-explode",
        "matrix",
        "matrix-explode",
        "pairs",
        "json",
    ],
    Field(
        description="How a list or an object is written: between commas, spaces, tabs or pipes; "
        "`name[member]=…` (deep); as `.a,b` or `;name=a,b`, joined or exploded; `a=1,b=2` "
        "(pairs); as JSON.",
        examples=["comma", "deep"],
    ),
]


class RequestSchemas(Model):
    """The schemas of a request's parts."""

    path: dict[str, Schema] = Field(
        default_factory=dict, description="By name, the path's parameters."
    )
    query: dict[str, Schema] = Field(
        default_factory=dict, description="By name, the query's parameters."
    )
    headers: dict[str, Schema] = Field(default_factory=dict, description="By name, the headers.")
    cookies: dict[str, Schema] = Field(default_factory=dict, description="By name, the cookies.")
    body: Schema | None = Field(default=None, description="The body, as JSON.")
    required: list[str] = Field(
        default_factory=list,
        description="Parameters that a valid request has; path and body always.",
    )
    styles: dict[str, Style] = Field(
        default_factory=dict,
        description="By parameter, how a list or an object is written; a list is repeated without.",
    )
    files: list[str] = Field(
        default_factory=list,
        description="Members of a `multipart/form-data` body that are sent as files.",
    )

    @property
    def says_something(self) -> bool:
        """Whether any part is described."""
        parts = (self.path, self.query, self.headers, self.cookies)
        return any(parts) or self.body is not None


class RequestValues(Model):
    """The values of a request's parts."""

    path: dict[str, Any] = Field(
        default_factory=dict, description="The path's parameters; without one, the state's value."
    )
    query: dict[str, Any] = Field(default_factory=dict, description="The query's parameters.")
    headers: dict[str, Any] = Field(default_factory=dict, description="The headers.")
    cookies: dict[str, Any] = Field(default_factory=dict, description="The cookies.")
    body: Any = Field(default=None, description="The body, as JSON; none without it.")
    without: list[str] = Field(
        default_factory=list,
        description="Parameters (or `body`) that it lacks, whatever the state gives.",
    )
    raw: str | None = Field(
        default=None, description="The body as this text: what is no JSON, say."
    )


class ResponseClauses(Model):
    """What a service answers under one status."""

    description: str = Field(default="", description="What it means, for readers.")
    headers: dict[str, Schema] = Field(
        default_factory=dict, description="By name, headers that it has, with their schemas."
    )
    content_type: str | None = Field(
        default=None, alias="content-type", description="The media type, without parameters."
    )
    body: Schema | None = Field(default=None, description="The body's schema.")
    content: dict[str, Schema] = Field(
        default_factory=dict,
        description="By media type (or a range, such as `text/*`), the body's schema: the response "
        "has one of them.",
    )
    optional: list[str] = Field(
        default_factory=list, description="Those of its headers that may be missing."
    )


class ExpectedResponse(Model):
    """What an example's request is answered with."""

    status: Annotated[
        str | None, BeforeValidator(_text, json_schema_input_type=str | int | None)
    ] = Field(default=None, description="The status.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers with exactly these values."
    )
    body: Any = Field(default=None, description="Exactly this body; any without it.")
    matches: Schema | None = Field(default=None, description="A schema instead of the value.")


class OperationExample(Model):
    """One request, with what is known of the response."""

    name: str = Field(min_length=1, description="Its name in reports and in the clause's id.")
    state: str | None = Field(
        default=None, description="What must hold before; the operation's state without it."
    )
    as_: str | None = Field(
        default=None,
        alias="as",
        description="The user who calls, `nobody` for none; the operation's without it.",
    )
    request: RequestValues = Field(default_factory=RequestValues, description="What is asked.")
    response: ExpectedResponse | None = Field(default=None, description="What is answered.")


_RESPONSE_KEYS = frozenset(
    {"description", "headers", "content-type", "content_type", "body", "content", "optional"}
)


def _short_responses(value: Any) -> Any:
    """A response that is only a schema (the design's short form) is its body's schema."""
    if not isinstance(value, dict):
        return value
    return {
        _text(status): {"body": response} if _is_schema(response) else response
        for status, response in value.items()
    }


def _is_schema(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, dict) and "$ref" in value)


_STATUS = StringConstraints(pattern=r"^([1-5]\d\d|[1-5]XX|default)$")
Status = Annotated[
    str,
    BeforeValidator(_text, json_schema_input_type=Annotated[str, _STATUS]),
    _STATUS,
    Field(description="An HTTP status, a class of them, or all others.", examples=["404", "4XX"]),
]


class Caching(Model):
    """What caches are told by successful answers."""

    etag: StrictBool = Field(
        default=False,
        description="They have an `ETag`, and `If-None-Match` with it is answered by 304 without "
        "a body.",
    )
    private: StrictBool = Field(
        default=False,
        description="Their `Cache-Control` says `private` or `no-store`, never `public`.",
    )


class Idempotency(Model):
    """What a key of idempotency does: the same request with it is done once."""

    header: str = Field(default="Idempotency-Key", description="The header with the key.")
    conflict: Annotated[
        list[Status],
        BeforeValidator(_text_list, json_schema_input_type=list[str | int] | str | int),
    ] = Field(
        default_factory=lambda: ["4XX"],
        min_length=1,
        description="The statuses that refuse a used key with another body.",
    )


def _short_idempotency(value: Any) -> Any:
    if value is True:
        return {}
    return {"header": value} if isinstance(value, str) else value


class RateLimit(Model):
    """How often an operation may be called."""

    calls: StrictInt = Field(ge=1, description="So many calls are served, and the next isn't.")
    per: Duration = Field(default="1s", description="In so much time, after which all is served.")
    status: Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int), _STATUS] = (
        Field(default="429", description="The status of a call beyond the limit.")
    )
    retry_after: StrictBool = Field(
        default=True,
        alias="retry-after",
        description="Whether it has `Retry-After`, and a call after that time is served.",
    )
    clock: Reference | None = Field(
        default=None,
        description="A function of the app and of seconds, which lets so much time pass for it "
        "and none besides; without it, time is waited for.",
    )


def _with_given(schema: dict[str, Any]) -> None:
    """Let editors know the sample's word for `state`."""
    schema["properties"]["given"] = {"type": "string", "description": "The same as `state`."}


class Operation(Judged):
    """What one operation of a service is asked and answers."""

    model_config = ConfigDict(json_schema_extra=_with_given)

    state: str | None = Field(
        default=None, description="What must hold before: one of the service's states."
    )
    request: RequestSchemas = Field(
        default_factory=RequestSchemas, description="What it may be asked: what is assumed."
    )
    responses: Annotated[dict[Status, ResponseClauses], BeforeValidator(_short_responses)] = Field(
        default_factory=dict,
        json_schema_extra=_or_each({"type": "object", "required": ["$ref"]}, {"type": "boolean"}),
        description="By status (`404`, `4XX` or `default`), what it answers; `{$ref: …}` for short "
        "means the body's schema.",
    )
    examples: list[OperationExample] = Field(
        default_factory=list, description="Requests with what is known of their responses."
    )
    problem: StrictBool | None = Field(
        default=None,
        description="Whether its errors are problem details (RFC 9457); as the service says "
        "without it.",
    )
    invalid: StrictBool | Literal["strict"] | None = Field(
        default=None,
        description="Whether it is asked nearly valid requests, too, and has to refuse them; "
        "without it, where a refusal is declared. `strict`: a body's types are meant as JSON has "
        "them, formats and unique items as they are said.",
    )
    as_: str | None = Field(
        default=None, alias="as", description="The user who calls; the default one without it."
    )
    auth: Literal["required", "optional", "none"] | None = Field(
        default=None,
        description="Whether credentials are needed, where the service has `auth`: `required` "
        "without it; `none` sends none.",
    )
    owned: str | None = Field(
        default=None,
        description="The user whose resource the path leads to: another user's call is refused "
        "by 403 or 404, and changes nothing.",
    )
    max_size: StrictInt | None = Field(
        default=None, ge=0, alias="max-size", description="The most bytes of an answer's body."
    )
    caching: Caching | None = Field(
        default=None, description="What caches are told by successful answers."
    )
    idempotency: Annotated[Idempotency | None, BeforeValidator(_short_idempotency)] = Field(
        default=None,
        json_schema_extra=_or({"type": "string"}, {"const": True}),
        description="What a key of idempotency does; the header for short.",
    )
    rate_limit: RateLimit | None = Field(
        default=None, alias="rate-limit", description="How often it may be called."
    )

    @model_validator(mode="before")
    @classmethod
    def _given_is_state(cls, value: Any) -> Any:
        """`given: a session exists` is the sample's word for `state`."""
        if isinstance(value, dict) and isinstance(value.get("given"), str) and "state" not in value:
            return {("state" if k == "given" else k): v for k, v in value.items()}
        return value


OperationName = Annotated[
    str,
    StringConstraints(pattern=OPERATION.pattern),
    Field(description="A method and a path.", examples=["GET /sessions/{id}"]),
]


class Secret(Model):
    """A secret: as it is, of the environment, or of a function or fixture."""

    value: str | None = Field(default=None, min_length=1, repr=False, description="Itself.")
    env: str | None = Field(
        default=None, min_length=1, description="The environment variable that holds it."
    )
    from_: Port | None = Field(
        default=None,
        alias="from",
        description="A function without arguments that gives it, or a pytest fixture.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(each is not None for each in (self.value, self.env, self.from_)) != 1:
            raise ValueError("say exactly one of value, env, from")
        return self


def _short_secret(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


_SHORT_SECRET = _or({"type": "string"})


class User(Model):
    """Who calls: by a credential that is there, or by one that a login gives."""

    token: Annotated[Secret | None, BeforeValidator(_short_secret)] = Field(
        default=None,
        json_schema_extra=_SHORT_SECRET,
        description="The bearer token or API key; a text for short.",
    )
    username: str | None = Field(
        default=None, min_length=1, description="The name, or a client's id."
    )
    password: Annotated[Secret | None, BeforeValidator(_short_secret)] = Field(
        default=None,
        json_schema_extra=_SHORT_SECRET,
        description="The password, or a client's secret; a text for short.",
    )

    @model_validator(mode="after")
    def _can_call(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.token is None and self.username is None:
            raise ValueError("say token, or username and password")
        return self


class ApiKey(Model):
    """Where an API key stands."""

    header: str | None = Field(default=None, description="In this header.")
    query: str | None = Field(default=None, description="In this parameter of the query.")
    cookie: str | None = Field(default=None, description="In this cookie.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(each is not None for each in (self.header, self.query, self.cookie)) != 1:
            raise ValueError("say exactly one of header, query, cookie")
        return self


class AuthStep(Model):
    """A request of the service by which credentials come or go."""

    request: OperationName = Field(description="The method and the path.")
    headers: dict[str, str] = Field(default_factory=dict, description="Its headers.")
    body: Any = Field(
        default=None,
        description="Its body, with the placeholders `{username}`, `{password}`, `{token}` and "
        "`{refresh-token}`; a form where the headers say so.",
    )


class Login(AuthStep):
    """The request that gives a token."""

    token: DataPointer = Field(
        default="/access_token", description="Where the answer has the token."
    )
    refresh_token: DataPointer = Field(
        default="/refresh_token",
        alias="refresh-token",
        description="Where the answer has the token for `refresh`.",
    )


class ClientCredentials(Model):
    """OAuth 2.0's grant for clients (RFC 6749, 4.4): username and password are id and secret."""

    request: OperationName = Field(description="The token endpoint.")
    scope: str | None = Field(default=None, description="The scopes, separated by spaces.")


class Refresh(Login):
    """The request that exchanges a refresh token for a new token."""

    once: StrictBool = Field(default=False, description="Whether a refresh token is used up by it.")
    rotates: StrictBool = Field(
        default=False, description="Whether the access token before it is refused from then on."
    )


class Auth(Model):
    """How callers say who they are, and the users there are."""

    scheme: Literal["bearer", "basic"] | ApiKey = Field(
        default="bearer", description="How credentials are sent."
    )
    users: dict[str, User] = Field(min_length=1, description="By name, those who may call.")
    default: str | None = Field(
        default=None, description="Who calls where nobody is named; the first without it."
    )
    refused: Annotated[
        list[Status],
        BeforeValidator(_text_list, json_schema_input_type=list[str | int] | str | int),
    ] = Field(
        default_factory=lambda: ["401", "403"],
        min_length=1,
        description="The statuses by which a call without credentials is refused.",
    )
    challenge: StrictBool | str = Field(
        default=False,
        description="Whether a 401 has `WWW-Authenticate`, as RFC 9110 wants it; a text is the "
        "scheme that it names.",
    )
    login: Login | None = Field(default=None, description="The request that gives a token.")
    client_credentials: ClientCredentials | None = Field(
        default=None, alias="client-credentials", description="OAuth 2.0's grant instead of it."
    )
    refresh: Refresh | None = Field(
        default=None, description="The request that gives a new token for a refresh token."
    )
    logout: AuthStep | None = Field(
        default=None, description="The request, with a token, after which it is refused."
    )
    check: OperationName | None = Field(
        default=None,
        description="The operation that shows whether a token is accepted; the first GET without "
        "it.",
    )

    @property
    def caller(self) -> str:
        """Who calls where nobody is named."""
        return self.default if self.default is not None else next(iter(self.users))

    @property
    def gives_tokens(self) -> bool:
        """Whether a name and a password are exchanged for a token."""
        return self.login is not None or self.client_credentials is not None


def _short_moves(value: Any) -> Any:
    """A move that is only its operation."""
    if not isinstance(value, dict):
        return value
    return {name: {"call": move} if isinstance(move, str) else move for name, move in value.items()}


def _listed(value: Any) -> Any:
    """One mapping stands for a list of it."""
    return [value] if isinstance(value, dict) else value


ServiceLawName = Annotated[
    Literal[
        "create-read",
        "update-read",
        "delete",
        "create-twice",
        "idempotency-key",
        "list-get",
        "pagination",
        "filter",
        "delete-siblings",
        "lost-update",
        "concurrent-updates",
        "sequences",
    ],
    Field(description="A law of services.", examples=["create-read", "pagination"]),
]


class Pages(Model):
    """How a list is paged: the names of its parameters, and where it tells of the next page."""

    limit: str | None = Field(default=None, description="The parameter with the size of a page.")
    offset: str | None = Field(default=None, description="The parameter with what to leave out.")
    page: str | None = Field(default=None, description="The parameter with the page's number.")
    cursor: str | None = Field(
        default=None, description="The parameter with the cursor of the page before."
    )
    next: DataPointer | None = Field(
        default=None, description="Where the next cursor, or the next page's URL, stands in a body."
    )


class Resource(Model):
    """What can't be seen from paths and schemas of a collection and its items."""

    item: str | None = Field(
        default=None,
        pattern=r"^/\S*\}$",
        description="The path of an item, such as `/orders/{id}`.",
    )
    id: DataPointer | None = Field(
        default=None, description="Where an item's id stands in its body."
    )
    items: DataPointer | None = Field(
        default=None, description="Where the items stand in the body of the list."
    )
    unique: list[DataPointer] = Field(
        default_factory=list,
        description="Members that no two items share: creating the same twice is refused.",
    )
    conflict: Status = Field(
        default="409", description="The status by which a second one is refused."
    )
    filters: dict[str, DataPointer] = Field(
        default_factory=dict,
        description="By query parameter, the member of an item that it is for.",
    )
    pages: Pages | None = Field(default=None, description="How its list is paged.")


class Conservation(Model):
    """What stays true of several responses, whatever was created, changed or deleted."""

    over: dict[str, OperationName] = Field(
        min_length=1, description="By name, the GET operations whose bodies are looked at."
    )
    expr: Annotated[
        str,
        AfterValidator(_expression),
        Field(
            description="An expression over these names, and over `before.NAME` as it was one "
            "call earlier."
        ),
    ] = Field(description="What holds after each call.")


class Move(Model):
    """A call that moves a resource from one state to another."""

    call: OperationName = Field(description="The operation.")
    from_: Names = Field(
        default_factory=list,
        alias="from",
        description="The states in which it is allowed; without it, those whose order permits one "
        "of `to` next.",
    )
    to: Names = Field(default_factory=list, description="The states that it may lead to.")
    body: Any = Field(
        default=None,
        description="Its body, with the placeholders of the path, such as `{id}`; the operation's "
        "example's without it.",
    )


class Lifecycle(Model):
    """The states of a resource, and the calls that move it."""

    resource: str = Field(pattern=r"^/\S*$", description="The path by which it is read.")
    states: Order = Field(description="In what order the states follow one another.")
    state: str = Field(
        default="/status",
        description="Where its state is read: a JSON Pointer into the body, or an expression over "
        "`output`.",
    )
    gone: str | None = Field(
        default=None,
        description="The name of the state in which reading is answered by 404 or 410.",
    )
    progress: DataPointer | None = Field(
        default=None, description="Where its progress stands, from 0 to 100."
    )
    refused: Status = Field(
        default="409", description="The status by which a forbidden move is refused."
    )
    moves: Annotated[dict[str, Move], BeforeValidator(_short_moves)] = Field(
        default_factory=dict,
        json_schema_extra=_or_each({"type": "string", "pattern": OPERATION.pattern}),
        description="By name, the calls that move it; `POST /jobs/{id}/cancel` for short.",
    )


class Service(Model):
    """A service: where it is, how its states are reached, and its operations."""

    description: str = Field(default="", description="What it is, for readers.")
    app: Reference | None = Field(
        default=None, description="An ASGI or WSGI application, or a factory of one."
    )
    url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Where it answers, if not in process.",
    )
    openapi: StrictBool | str = Field(
        default=False,
        description="Take the operations of an OpenAPI document (2.0 to 3.2), too: `true` for the "
        "app's own, a file of the project, or a path or URL of the service itself.",
    )
    states: dict[str, Port] = Field(
        default_factory=dict,
        description="By name, a function of the app that brings the state about.",
    )
    operations: dict[OperationName, Operation] = Field(
        default_factory=dict, description="By method and path, such as `GET /sessions/{id}`."
    )
    methods: StrictBool = Field(
        default=False,
        description="Whether the operations are all there are: any other method of their paths is "
        "answered by 405, with an `Allow` that lists those there are.",
    )
    problem: StrictBool = Field(
        default=False, description="Whether its errors are problem details (RFC 9457)."
    )
    auth: Auth | None = Field(
        default=None, description="How its callers say who they are, and the users there are."
    )
    rate: Annotated[float | None, Field(gt=0, strict=False)] = Field(
        default=None, description="By `url`: the most requests a second; as many as go without it."
    )
    lifecycle: Annotated[
        list[Lifecycle],
        BeforeValidator(_listed, json_schema_input_type=list[Lifecycle] | Lifecycle),
    ] = Field(
        default_factory=list,
        description="The states of its resources, and the calls that move them: one, or a list.",
    )
    resources: dict[str, Resource] = Field(
        default_factory=dict,
        description="By the path of a collection, what paths and schemas don't tell of it.",
    )
    laws: list[ServiceLawName] | None = Field(
        default=None,
        description="The laws that its resources are held to; without it, those that nobody's "
        "service may break; `[]` for none.",
    )
    conservation: dict[str, Conservation] = Field(
        default_factory=dict, description="By name, what no sequence of calls changes."
    )
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of clauses of its operations."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.app is None) == (self.url is None):
            raise ValueError("say either app or url")
        return self


LawName = Annotated[
    Literal[
        "ordered",
        "no-duplicates",
        "no-gaps",
        "isolated",
        "survives-malformed",
        "resumes",
        "burst",
        "concurrent",
        "handshake",
        "close-code",
        "subprotocol",
        "ping",
        "idle",
        "acknowledgement",
        "latency",
        "subscriptions-gone",
        "reconnects",
        "backs-off",
        "resubscribes",
        "fetches-missed",
        "handles-errors",
    ],
    Field(description="A law of channels.", examples=["ordered", "no-gaps"]),
]
_IN_APP = r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*#/\S*"
_AT_HOST = r"://[^\s/?#{}@]+(/\S*)?"
SocketAddress = Annotated[
    str,
    StringConstraints(pattern=rf"^({_IN_APP}|wss?{_AT_HOST})$"),
    Field(
        description="An ASGI application or a factory of one, and the path of the channel in it; "
        "or a URL.",
        examples=["voice.api:app#/ws/{topic}", "wss://voice.example/ws"],
    ),
]
StreamAddress = Annotated[
    str,
    StringConstraints(pattern=rf"^({_IN_APP}|https?{_AT_HOST})$"),
    Field(
        description="An ASGI application or a factory of one, and the path of the stream in it; "
        "or a URL.",
        examples=["voice.api:app#/events/{topic}", "https://voice.example/events"],
    ),
]
Template = Annotated[
    Any,
    Field(
        description="A message, as JSON, with the placeholders `{topic}`, `{cursor}`, `{id}` and "
        "`{number}`; a text that is only one of them becomes its value."
    ),
]


class Match(Model):
    """Where a message says what it is."""

    type: DataPointer = Field(default="/type", description="Where a message's type stands.")
    topic: DataPointer | None = Field(
        default=None, description="Where the topic of an event stands."
    )


class Exchanged(Model):
    """A message and its answer."""

    send: Template = Field(description="What is sent.")
    answer: dict[str, Any] = Field(description="What the answer has, besides anything else.")


class Close(Model):
    """The codes by which connections are closed: WebSocket's (RFC 6455), or an HTTP status."""

    unauthorised: StrictInt | None = Field(
        default=None, description="Of a client without the credentials."
    )
    subprotocol: StrictInt | None = Field(
        default=None, description="Of a client that doesn't offer the subprotocol."
    )
    idle: StrictInt | None = Field(default=None, description="Of a client that says nothing.")


PROTOCOLS = ("websocket", "sse", "socketio", "bus", "client")


class Channel(Model):
    """A channel: where it is, how it is spoken to, its messages and its laws."""

    description: str = Field(default="", description="What it is, for readers.")
    websocket: SocketAddress | None = Field(
        default=None,
        description="A WebSocket, in process or by URL; its path may hold `{topic}`.",
    )
    sse: StreamAddress | None = Field(
        default=None,
        description="Server-Sent Events, in process or by URL; its path may hold `{topic}`.",
    )
    socketio: SocketAddress | None = Field(
        default=None,
        description="Socket.IO over a WebSocket, in process or by URL; its path is mostly "
        "`/socket.io/`.",
    )
    namespace: str = Field(
        default="/", pattern=r"^/[^\s,?]*$", description="The namespace of Socket.IO."
    )
    bus: Reference | None = Field(
        default=None,
        description="An object with `subscribe(topic, receiver)`, whose result ends it, and "
        "`publish(topic, message)`; or a function without arguments that makes one.",
    )
    client: Reference | None = Field(
        default=None,
        description="A client under test: `run(url, heard)`, which connects to the URL and calls "
        "`heard` with each message, or `run(url)`, which yields them. It may take `sleep`.",
    )
    over: Literal["websocket", "sse"] = Field(
        default="websocket", description="What a client under test speaks."
    )
    errors: dict[Status, Literal["retry", "give-up"]] = Field(
        default_factory=dict,
        description="By the status that refuses it, what a client under test does.",
    )
    topics: str = Field(
        default="stagepact-{n}",
        pattern=r"^[^{}]*\{n\}$",
        description="The names of topics that may be made; `{n}` is six digits or seven, by URL "
        "sixteen.",
    )
    subprotocol: str | None = Field(
        default=None, description="The WebSocket subprotocol that clients offer."
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers of every client's request."
    )
    credentials: dict[str, str] = Field(
        default_factory=dict, description="Headers without which a client is refused."
    )
    subscribe: Template = Field(default=None, description="What a client sends to hear a topic.")
    resume: Template = Field(
        default=None,
        description="What it sends to hear a topic from `{cursor}` on: the `number` of the last "
        "event that it heard. A stream resumes by `Last-Event-ID`.",
    )
    subscribed: dict[str, Any] | None = Field(
        default=None,
        description="What the answer to a subscription has, such as `{type: subscribed}`: then it "
        "stands.",
    )
    unsubscribe: Template = Field(
        default=None, description="What it sends to hear a topic no more."
    )
    publish: Template = Field(
        default=None, description="What is sent to publish: a message, or the body of `via`."
    )
    finish: Template = Field(
        default=None, description="What is sent to end a topic; a method's name for a bus."
    )
    via: OperationName | None = Field(
        default=None, description="Publish and finish by this request of the application."
    )
    sentinel: Exchanged | None = Field(
        default=None,
        description="A message whose answer comes after all that is on its way to a client.",
    )
    ping: Exchanged | None = Field(default=None, description="What a living server answers.")
    ack: dict[str, Any] | None = Field(
        default=None, description="What the answer to `publish` has, such as `{id: '{id}'}`."
    )
    error: dict[str, Any] | None = Field(
        default=None, description="What the answer to a malformed message has."
    )
    max_size: StrictInt | None = Field(
        default=None, ge=1, alias="max-size", description="The most bytes of a message."
    )
    match: Match = Field(default_factory=Match, description="Where a message says what it is.")
    events: Names = Field(
        default_factory=list,
        description="The types of what is published; without it, all that isn't an answer.",
    )
    messages: dict[str, Schema] = Field(
        default_factory=dict,
        description="By type, the schema of a message. It promises no message; `order` does.",
    )
    order: Order | None = Field(
        default=None, description="The order of the types that it names, as a subscriber hears."
    )
    terminal: list[str] = Field(
        default_factory=list, description="Exactly one message of these types ends a topic."
    )
    sequence: EventSequence | None = Field(
        default=None, description="A counter in the events of a new topic, without gaps."
    )
    number: DataPointer | None = Field(
        default=None, description="Where an event's number stands; numbers go up by one."
    )
    within: Annotated[Within | None, BeforeValidator(_short_within)] = Field(
        default=None,
        json_schema_extra=_or({"type": "string", "pattern": DURATION.pattern}),
        description="How long an event may take from being published to being heard.",
    )
    idle: Duration | None = Field(
        default=None, description="A client that is silent for so long is closed."
    )
    close: Close = Field(default_factory=Close, description="The codes of closed connections.")
    subscriptions: str | None = Field(
        default=None,
        description="Where the number of subscriptions is told: a path and a JSON Pointer, such as "
        "`/health#/subscriptions`; of a bus, a method.",
    )
    clients: StrictInt = Field(
        default=100, ge=2, description="How many clients `concurrent` opens at once."
    )
    patience: Duration = Field(default="2s", description="How long is waited for what has to come.")
    timeout: Duration = Field(default="30s", description="A law that takes longer hangs.")
    laws: list[LawName] = Field(
        default_factory=list, description="The laws that it is held to, by name."
    )
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of the channel's clauses."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(getattr(self, each) is not None for each in PROTOCOLS) != 1:
            raise ValueError(f"say exactly one of {', '.join(PROTOCOLS)}")
        return self

    @property
    def protocol(self) -> str:
        """How it is spoken to: one of `PROTOCOLS`."""
        return next(each for each in PROTOCOLS if getattr(self, each) is not None)

    @property
    def address(self) -> str:
        """Where it is: an import reference and a path after `#`, or a URL."""
        return str(getattr(self, self.protocol))

    @property
    def by_url(self) -> bool:
        """Whether it is spoken to over a network."""
        return "://" in self.address

    @property
    def reference(self) -> str:
        """What is imported for it; "" where it is spoken to by URL."""
        return "" if self.by_url else self.address.partition("#")[0]

    @property
    def path(self) -> str:
        """The path in its application or at its host, with placeholders."""
        if not self.by_url:
            return self.address.partition("#")[2]
        _, slash, path = self.address.partition("://")[2].partition("/")
        return slash + path or "/"

    @property
    def speaks(self) -> bool:
        """Whether its clients send messages."""
        return self.protocol in ("websocket", "socketio")


class Store(Model):
    """A store: what its records look like, and how they are read."""

    schema_: Schema = Field(alias="schema", description="The schema of one record.")
    read: Port | None = Field(
        default=None,
        description="A function that is given one mapping, the ports by name, and returns the "
        "stored records.",
    )


Pointer = Annotated[
    str,
    StringConstraints(pattern=r"^#?/(stages|pipelines|services|stores|schemas)/.+"),
    Field(description="A JSON Pointer into this document.", examples=["/stages/a/output/data"]),
]


class Flow(Model):
    """What one gives must be what the next takes; two ends, or a chain of them."""

    from_: Pointer | None = Field(default=None, alias="from", description="The end that gives.")
    to: Pointer | None = Field(default=None, description="The end that takes.")
    chain: list[Pointer] = Field(default_factory=list, description="Ends in order, two or more.")
    except_: list[Except] = Field(
        default_factory=list, alias="except", description="Ways out of the flow's edges."
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if bool(self.chain) == (self.from_ is not None or self.to is not None):
            raise ValueError("say either from and to, or chain")
        if self.chain and len(self.chain) < 2:
            raise ValueError("a chain has two ends or more")
        if not self.chain and (self.from_ is None or self.to is None):
            raise ValueError("from and to go together")
        return self

    @property
    def ends(self) -> tuple[str, ...]:
        """The ends in order."""
        return tuple(self.chain) or (str(self.from_), str(self.to))


class Contract(Model):
    """A contract document."""

    stagepact: Annotated[Literal[1], BeforeValidator(_whole)] = Field(
        default=1, description="The language's version."
    )
    name: str = Field(min_length=1, description="The contract's name.")
    description: str = Field(default="", description="What it is about, for readers.")
    uses: list[Reference] = Field(
        default_factory=list, description="Packages, modules, pipelines and stages to look into."
    )
    schemas: dict[str, Schema] = Field(
        default_factory=dict,
        description="Names for schemas: a JSON Schema, `{model: module:Class}` or `{file: path}`.",
    )
    stages: dict[str, Stage] = Field(
        default_factory=dict, description="By selector, what stages and functions promise."
    )
    pipelines: dict[str, Stage] = Field(
        default_factory=dict, description="By selector, what runs of whole pipelines promise."
    )
    services: dict[str, Service] = Field(
        default_factory=dict, description="By name, what services are asked and answer."
    )
    stores: dict[str, Store] = Field(
        default_factory=dict, description="By name, what stores hold; they are ends of flows."
    )
    flows: dict[str, Flow] = Field(
        default_factory=dict, description="By name, what is passed on to whom."
    )
    channels: dict[str, Channel] = Field(
        default_factory=dict, description="By name, what channels carry, and their laws."
    )
    pacts: Reserved = None
