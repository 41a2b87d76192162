"""Blocks of a contract, taken apart into clauses: the single promises that are judged.

A clause has an id (`events.started`), a kind that names its check, a place in its file, a
sentence, and a value with all that the check needs. Clauses are made once a block; what
depends on the subject (its name on the wire) is left to the check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.expression import Expression
from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.known_to_service import known_to_service
from stagepact.contract.models import (
    CallClause,
    Events,
    Example,
    ExpectedEvent,
    ExpectedOutput,
    Holds,
    Judged,
    LogClause,
    Operation,
    OperationExample,
    OutputClauses,
    ResponseClauses,
    Rule,
    Service,
    Stage,
    Within,
    seconds,
)
from stagepact.contract.order import (
    Order,
    absence,
    compile_order,
    exactly_once,
    precedence,
    response,
)
from stagepact.errors import ContractError, Place, Problem
from stagepact.schema import SchemaError, Validator, compile_schema
from stagepact.schema.normalise import JsonSchema

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise: who owes it, what it says, where it stands."""

    id: str
    kind: str
    place: Place
    promise: str
    value: Any = None
    owner: str = "stage"


@dataclass(frozen=True, slots=True)
class StatusValue:
    """The allowed statuses (any but `error` when empty) and the exceptions that are declared."""

    statuses: tuple[str, ...]
    raises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventsValue:
    """What all clauses over events share: the types named in the block, and their wire form."""

    name: str | None
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrderValue:
    """An automaton over event types; without an event of the type `needs` it says nothing."""

    events: EventsValue
    order: Order
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class TypesValue:
    """A set of event types: the terminal ones, or all that may occur."""

    events: EventsValue
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class PayloadValue:
    """The payload of one event type."""

    events: EventsValue
    type: str
    validator: Validator


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """A counter in a field of each payload."""

    events: EventsValue
    field: str
    first: int
    step: int


@dataclass(frozen=True, slots=True)
class ResponseValue:
    """Each `of` is followed by a `by` within so many seconds."""

    events: EventsValue
    of: str
    by: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LogValue:
    """A log clause with its fields' schema compiled."""

    clause: LogClause
    fields: Validator | None


@dataclass(frozen=True, slots=True)
class CallValue:
    """A port's method, how often it is called, and with what."""

    port: str
    method: str
    times: str | None
    arguments: Validator | None


@dataclass(frozen=True, slots=True)
class HoldsValue:
    """An expression over one run."""

    expression: Expression
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetamorphicValue:
    """An expression over two runs, the second with a changed input."""

    vary: Mapping[str, Expression]
    expression: Expression
    on: tuple[str, ...]

    def __hash__(self) -> int:
        return hash((tuple(sorted(self.vary)), self.expression, self.on))


@dataclass(frozen=True, slots=True)
class WithinValue:
    """A limit in seconds on single runs (`quantile` None) or on a share of them."""

    seconds: float
    quantile: float | None
    needs: str | None


@dataclass(frozen=True, slots=True)
class EmittedValue:
    """An event that an example expects: its type, and its data or their schema."""

    type: str
    has_data: bool
    data: Any
    matches: Validator | None


@dataclass(frozen=True, slots=True)
class ExampleValue:
    """What an example expects; where status, error or `emitted` are None, nothing of them.

    `events` are the types that its block declares.
    """

    name: str
    events: EventsValue
    status: str | None
    has_data: bool
    data: Any
    matches: Validator | None
    error: str | None
    emitted: tuple[EmittedValue, ...] | None


@dataclass(frozen=True, slots=True)
class OperationExampleValue:
    """An operation's example with its schema compiled."""

    example: OperationExample
    matches: Validator | None
    has_body: bool


@dataclass(frozen=True, slots=True)
class ResponseBodyValue:
    """One part of the response under one status: its body, header or media type.

    A body's `media_type` is the one under which it has the schema; "" for any.
    """

    status: str
    statuses: tuple[str, ...]
    validator: Validator | None = None
    header: str = ""
    media_type: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ConductValue:
    """What an operation owes unasked: the statuses it declares, and what is a fault.

    `faults` are the classes of statuses (by their first digit) that are server errors, `refused`
    the statuses that refuse a request for what it is. `known` are parts of a request, by section
    and name, of which only the service knows whether they are right.
    """

    statuses: tuple[str, ...]
    refused: tuple[str, ...] = ()
    faults: str = "5"
    known: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MethodsValue:
    """The methods that a path has, and the statuses that its GET declares.

    Where they needn't be all there are (`complete` is False), `Allow` may list others, and 404
    says nothing.
    """

    methods: tuple[str, ...]
    statuses: tuple[str, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class ImplementedValue:
    """An operation that a document describes; `routed` says whether the app has it, if known."""

    has_parameters: bool
    not_found: bool
    routed: bool | None = None


class Compiler:
    """Makes a block's clauses; collects what is wrong with its schemas instead of stopping."""

    def __init__(self, document: Document, path: Path) -> None:
        self.document = document
        self.path = path
        self.problems: list[Problem] = []

    def place(self, *path: str | int) -> Place:
        """Where a part of the block stands."""
        return self.document.place(*self.path, *path)

    def clause(
        self, id: str, kind: str, path: Path, promise: str, value: Any = None, owner: str = "stage"
    ) -> Clause:
        """A clause of the block, with its place."""
        return Clause(id, kind, self.place(*path), promise, value, owner)

    def validator(self, schema: JsonSchema, path: Path) -> Validator | None:
        """The compiled schema; None after writing down what is wrong with it."""
        try:
            return compile_schema(self.document.scope.bundle(schema))
        except SchemaError as error:
            place = self.place(*path, *error.pointer)
            self.problems.append(
                Problem(place, str(error), "a JSON Schema", error.advice, "invalid-schema")
            )
            return None


def stage_clauses(document: Document, section: str, selector: str) -> tuple[Clause, ...]:
    """The clauses of one block of `stages` or `pipelines`, in the order of the document.

    Raises:
        ContractError: schemas of the block can't be used; all of them are told.
    """
    blocks: Mapping[str, Stage] = getattr(document.contract, section)
    compiler = Compiler(document, (section, selector))
    return _finished(compiler, _stage(compiler, blocks[selector]))


def operation_clauses(document: Document, service: str, name: str) -> tuple[Clause, ...]:
    """The clauses of one operation of a service.

    Raises:
        ContractError: schemas of the operation can't be used; all of them are told.
    """
    whole = document.contract.services[service]
    operation = whole.operations[name]
    compiler = Compiler(document, ("services", service, "operations", name))
    method, template = name.split(" ", 1)
    owed = _conduct(compiler, operation, method, template)
    problem = _problem(compiler, whole if operation.problem is None else operation)
    return _finished(compiler, chain(owed, problem, _operation(compiler, operation)))


def implemented_clause(document: Document, service: str, name: str, routed: bool | None) -> Clause:
    """That the service has an operation which a document describes."""
    operation = document.contract.services[service].operations[name]
    not_found = any(each in operation.responses for each in ("404", "4XX", "default"))
    value = ImplementedValue("{" in name, not_found, routed)
    place = document.place("services", service, "operations", name)
    return Clause("implemented", "implemented", place, "the service has the operation", value)


def method_clauses(
    document: Document, service: str, *, described: bool = False
) -> dict[str, Clause]:
    """By path, the clause over its methods; none unless the service says that there are no more.

    If the operations are `described` by a document, others of their paths are refused by 405 too,
    but what `Allow` lists is judged only where the service says that there are no more.
    """
    whole = document.contract.services[service]
    if not (whole.methods or described):
        return {}
    compiler = Compiler(document, ("services", service))
    declared = [(name.split(" ", 1), each) for name, each in whole.operations.items()]
    near: dict[tuple[int, str], list[tuple[str, str, Operation]]] = {}
    for (method, template), each in declared:
        near.setdefault(_size(template), []).append((method, template, each))
    made = {}
    for template in dict.fromkeys(template for (_, template), _ in declared):
        size, first = _size(template)
        sizes = [k for k in near if k[0] == size] if not first else [(size, first), (size, "")]
        others = (other for each in sizes for other in near.get(each, ()))
        same = [(method, each) for method, other, each in others if _meet(template, other)]
        methods = tuple(dict.fromkeys(method for method, _ in same))
        of_get = (each.responses for method, each in same if method == "GET")
        statuses = tuple(status for responses in of_get for status in responses)
        promise = f"methods other than {', '.join(methods)} are answered by 405 with Allow"
        value = MethodsValue(methods, statuses, whole.methods)
        made[template] = compiler.clause("methods", "methods", ("methods",), promise, value)
    return made


def _size(template: str) -> tuple[int, str]:
    """The number of a path's segments, and the first one if it is literal."""
    segments = template.split("/")
    return len(segments), "" if "{" in segments[1] else segments[1]


def _meet(one: str, other: str) -> bool:
    """Whether some path is of both templates."""
    pairs = one.split("/"), other.split("/")
    return len(pairs[0]) == len(pairs[1]) and all(
        left == right or "{" in left + right for left, right in zip(*pairs, strict=True)
    )


def _problem(compiler: Compiler, said: Operation | Service) -> Iterator[Clause]:
    if said.problem:
        path: Path = ("problem",) if isinstance(said, Operation) else ()
        promise = "errors are problem details (RFC 9457)"
        yield compiler.clause("problem", "problem", path, promise, "application/problem+json")


def _finished(compiler: Compiler, clauses: Iterator[Clause]) -> tuple[Clause, ...]:
    made = tuple(clauses)
    if compiler.problems:
        raise ContractError(*compiler.problems)
    return made


def _stage(compiler: Compiler, stage: Stage) -> Iterator[Clause]:
    if stage.output is not None:
        yield from _output(compiler, stage.output)
    if stage.events is not None:
        yield from _events(compiler, stage.events)
    for name, call in stage.calls.items():
        yield _call(compiler, name, call)
    yield from _judged(compiler, stage)
    named = _named_events(stage.events)
    for index, example in enumerate(stage.examples):
        if example.expects_something:
            yield _example(compiler, index, example, named)


def _operation(compiler: Compiler, operation: Operation) -> Iterator[Clause]:
    if operation.responses:
        statuses = tuple(operation.responses)
        yield compiler.clause(
            "responses.status",
            "responses.status",
            ("responses",),
            f"the status is one of {', '.join(statuses)}",
            ResponseBodyValue("", statuses),
        )
    for status, declared in operation.responses.items():
        yield from _response(compiler, status, declared, tuple(operation.responses))
    yield from _judged(compiler, operation)
    for index, example in enumerate(operation.examples):
        if example.response is not None:
            yield _operation_example(compiler, index, example)


# The statuses by which a request is refused for what it is, wherever it comes from.
REFUSED = ("400", "415", "422")


def _conduct(
    compiler: Compiler, operation: Operation, method: str, template: str
) -> Iterator[Clause]:
    """What every operation owes, and what one owes whose requests are described."""
    statuses = tuple(operation.responses)
    written = (each.response.status for each in operation.examples if each.response is not None)
    errors = {each for each in (*statuses, *written) if each is not None and each[0] == "5"}
    yield compiler.clause(
        "no-server-error",
        "no-server-error",
        (),
        "no status is 5xx" + (f" but {', '.join(sorted(errors))}" if errors else ""),
        ConductValue(tuple(sorted(errors))),
    )
    if operation.fuzz is False or not operation.request.says_something:
        return
    if is_whole(operation, method, template):
        known = known_to_service(operation, method, compiler.document.scope.bundle)
        yield compiler.clause(
            "valid-accepted",
            "valid-accepted",
            ("request",),
            f"what may be asked isn't refused by {', '.join(REFUSED)}",
            ConductValue(statuses, REFUSED, known=known),
        )
    if asks_invalid(operation):
        yield compiler.clause(
            "invalid-refused",
            "invalid-refused",
            ("request",),
            "what may not be asked is refused by a declared 4xx",
            ConductValue(statuses),
        )


def is_whole(operation: Operation, method: str, template: str) -> bool:
    """Whether `request` describes all of a request, so that what it permits is valid."""
    names = {part[1:-1].partition(":")[0] for part in template.split("/") if part.startswith("{")}
    known = operation.state is not None or names <= set(operation.request.path)
    return known and (operation.request.body is not None or method not in _WITH_BODY)


_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def asks_invalid(operation: Operation) -> bool:
    """Whether an operation is asked what it has to refuse: if it says so, or declares a refusal."""
    if operation.fuzz is False or not operation.request.says_something:
        return False
    if operation.invalid is not None:
        return bool(operation.invalid)
    return any(each in (*REFUSED, "4XX", "default") for each in operation.responses)


def _judged(compiler: Compiler, block: Judged) -> Iterator[Clause]:
    for name, log in block.logs.items():
        yield _log(compiler, name, log)
    for name, holds in block.holds.items():
        yield _holds(compiler, name, holds)
    if block.within is not None:
        yield from _within(compiler, block.within)
    for key in ("laws", "faults", "chaos"):
        if getattr(block, key) is not None:
            yield compiler.clause(key, "reserved", (key,), f"`{key}` of a later version")


def _output(compiler: Compiler, output: OutputClauses) -> Iterator[Clause]:
    statuses = tuple(output.status)
    listed = f"is one of {', '.join(statuses)}" if statuses else "is not `error`"
    yield compiler.clause(
        "output.status",
        "output.status",
        ("output", "status") if statuses else ("output",),
        f"the status {listed}",
        StatusValue(statuses, tuple(output.raises)),
    )
    if output.type is not None:
        yield compiler.clause(
            "output.type", "output.type", ("output", "type"), f"returns {output.type}", output.type
        )
    if output.json_:
        yield compiler.clause(
            "output.json", "output.json", ("output", "json"), "the output can be written as JSON"
        )
    if output.data is not None:
        validator = compiler.validator(object_if_said(output.data), ("output", "data"))
        yield compiler.clause(
            "output.data", "output.data", ("output", "data"), "the data has its schema", validator
        )
    if output.declared is not None:
        yield compiler.clause(
            "output.declared",
            "output.declared",
            ("output", "declared"),
            f"the data has exactly the keys {', '.join(output.declared) or '(none)'}",
            tuple(output.declared),
        )


def _named_events(events: Events | None) -> EventsValue:
    if events is None:
        return EventsValue(None, frozenset())
    named = set(events.types) | set(events.terminal)
    if events.order is not None:
        named |= compile_order(events.order).alphabet
    return EventsValue(events.name, frozenset(named))


def _events(compiler: Compiler, events: Events) -> Iterator[Clause]:
    shared = _named_events(events)

    def clause(id: str, kind: str, path: Path, promise: str, value: Any) -> Clause:
        return compiler.clause(
            f"events.{id}", kind, ("events", *path), promise, value, events.owner
        )

    if events.order is not None:
        order = OrderValue(shared, compile_order(events.order))
        yield clause("order", "events.order", ("order",), f"events come as {events.order}", order)
    if events.closed:
        listed = ", ".join(sorted(shared.types))
        allowed = TypesValue(shared, shared.types)
        yield clause("closed", "events.closed", ("closed",), f"only events of {listed}", allowed)
    if events.terminal:
        promise = f"ends with exactly one of {', '.join(events.terminal)}"
        ends = TypesValue(shared, frozenset(events.terminal))
        yield clause("terminal", "events.terminal", ("terminal",), promise, ends)
    for type_, schema in events.types.items():
        validator = compiler.validator(object_if_said(schema), ("events", "types", type_))
        if validator is not None:
            payload = PayloadValue(shared, type_, validator)
            promise = f"the payload of {type_} has its schema"
            yield clause(type_, "events.payload", ("types", type_), promise, payload)
    if events.sequence is not None:
        counter = events.sequence
        promise = f"{counter.field} counts from {counter.first} by {counter.step}"
        count = SequenceValue(shared, counter.field, counter.first, counter.step)
        yield clause("sequence", "events.sequence", ("sequence",), promise, count)
    for name, rule in events.rules.items():
        yield from _rule(clause, name, rule, shared)


def object_if_said(schema: JsonSchema) -> JsonSchema:
    """What is said to have properties is an object: None must not pass as one."""
    says_object = isinstance(schema, dict) and ({"required", "properties"} & set(schema))
    if says_object and isinstance(schema, dict) and "type" not in schema:
        return {"type": "object", **schema}
    return schema


def _rule(clause: Any, name: str, rule: Rule, shared: EventsValue) -> Iterator[Clause]:
    id, path = f"rules.{name}", ("rules", name)
    if rule.absence is not None:
        value: Any = OrderValue(shared, absence(rule.absence))
        yield clause(id, "events.order", path, f"no event {rule.absence}", value)
    elif rule.exactly_once is not None:
        value = OrderValue(shared, exactly_once(rule.exactly_once))
        yield clause(id, "events.order", path, f"exactly one {rule.exactly_once}", value)
    elif rule.precedence is not None:
        of, by = rule.precedence.of, rule.precedence.by
        value = OrderValue(shared, precedence(of, by), needs=by)
        yield clause(id, "events.order", path, f"no {by} before {of}", value)
    elif rule.response is not None:
        of, by, limit = rule.response.of, rule.response.by, rule.response.within
        if limit is None:
            value = OrderValue(shared, response(of, by), needs=of)
            yield clause(id, "events.order", path, f"each {of} is followed by {by}", value)
        else:
            value = ResponseValue(shared, of, by, seconds(limit))
            promise = f"each {of} is followed by {by} within {limit}"
            yield clause(id, "events.response", path, promise, value)


def _call(compiler: Compiler, name: str, call: CallClause) -> Clause:
    port, _, method = name.partition(".")
    path: Path = ("calls", name)
    arguments = None
    if call.arguments is not None:
        arguments = compiler.validator(object_if_said(call.arguments), (*path, "arguments"))
    said = [f"is called {times_text(call.times)}"] if call.times else []
    said += ["gets arguments of its schema"] if call.arguments is not None else []
    value = CallValue(port, method, call.times, arguments)
    return compiler.clause(f"calls.{name}", "calls", path, f"{name} {' and '.join(said)}", value)


def times_text(times: str) -> str:
    """`never` and `once` as they are; a number is followed by its noun."""
    if times in ("never", "once"):
        return times
    return f"{times} time" if times.endswith(" 1") else f"{times} times"


def _log(compiler: Compiler, name: str, log: LogClause) -> Clause:
    path: Path = ("logs", name)
    fields = None
    if log.fields is not None:
        fields = compiler.validator(object_if_said(log.fields), (*path, "fields"))
    level = f" at {log.level}" if log.level else ""
    promise = f"logs{level} {times_text(log.times)}" + (
        f", matching {log.message!r}" if log.message else ""
    )
    return compiler.clause(f"logs.{name}", "logs", path, promise, LogValue(log, fields))


def _holds(compiler: Compiler, name: str, holds: Holds) -> Clause:
    path: Path = ("holds", name)
    on = tuple(holds.on)
    if holds.expr is not None:
        value: Any = HoldsValue(parse_expression(holds.expr), on)
        return compiler.clause(f"holds.{name}", "holds", path, holds.expr, value)
    vary = {pointer: parse_expression(text) for pointer, text in holds.vary.items()}
    changed = ", ".join(f"{pointer} = {text}" for pointer, text in holds.vary.items())
    value = MetamorphicValue(vary, parse_expression(str(holds.expect)), on)
    promise = f"{holds.expect} when {changed}"
    return compiler.clause(f"holds.{name}", "metamorphic", path, promise, value)


QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def _within(compiler: Compiler, within: Within) -> Iterator[Clause]:
    if within.max is not None:
        value = WithinValue(seconds(within.max), None, None)
        yield compiler.clause(
            "within.max", "within.max", ("within", "max"), f"each run ends in {within.max}", value
        )
    for name, quantile in QUANTILES.items():
        limit = getattr(within, name)
        if limit is not None:
            value = WithinValue(seconds(limit), quantile, within.needs)
            promise = f"{quantile:.0%} of the runs end in {limit}"
            yield compiler.clause(
                f"within.{name}", "within.quantile", ("within", name), promise, value
            )


def _example(compiler: Compiler, index: int, example: Example, named: EventsValue) -> Clause:
    path: Path = ("examples", index)
    output = example.output or ExpectedOutput()
    has_data = "data" in output.model_fields_set
    matches = None
    if output.matches is not None:
        matches = compiler.validator(output.matches, (*path, "output", "matches"))
    emitted = None
    if example.events is not None:
        emitted = tuple(_emitted(compiler, path, i, each) for i, each in enumerate(example.events))
    value = ExampleValue(
        example.name,
        named,
        status=output.status or ("ok" if has_data or matches else None),
        has_data=has_data,
        data=output.data,
        matches=matches,
        error=example.error,
        emitted=emitted,
    )
    promise = f"the example {example.name!r} turns out as written"
    return compiler.clause(f"examples.{example.name}", "example", path, promise, value)


def _emitted(compiler: Compiler, path: Path, index: int, event: ExpectedEvent) -> EmittedValue:
    matches = None
    if event.matches is not None:
        matches = compiler.validator(event.matches, (*path, "events", index, "matches"))
    return EmittedValue(event.type, "data" in event.model_fields_set, event.data, matches)


def _operation_example(compiler: Compiler, index: int, example: OperationExample) -> Clause:
    path: Path = ("examples", index)
    expected = example.response
    matches = None
    if expected is not None and expected.matches is not None:
        matches = compiler.validator(expected.matches, (*path, "response", "matches"))
    has_body = expected is not None and "body" in expected.model_fields_set
    promise = f"the example {example.name!r} is answered as written"
    return compiler.clause(
        f"examples.{example.name}",
        "operation-example",
        path,
        promise,
        OperationExampleValue(example, matches, has_body),
    )


def _response(
    compiler: Compiler, status: str, declared: ResponseClauses, statuses: tuple[str, ...]
) -> Iterator[Clause]:
    path: Path = ("responses", status)
    if declared.body is not None:
        validator = compiler.validator(declared.body, (*path, "body"))
        yield compiler.clause(
            f"responses.{status}.body",
            "responses.body",
            (*path, "body"),
            f"the body of {status} has its schema",
            ResponseBodyValue(status, statuses, validator),
        )
    if declared.content_type is not None:
        yield compiler.clause(
            f"responses.{status}.content-type",
            "responses.content-type",
            (*path, "content-type"),
            f"the media type of {status} is {declared.content_type}",
            ResponseBodyValue(status, statuses, media_type=declared.content_type),
        )
    yield from _content(compiler, status, declared, statuses)
    for name, schema in declared.headers.items():
        validator = compiler.validator(schema, (*path, "headers", name))
        optional = name in declared.optional
        yield compiler.clause(
            f"responses.{status}.headers.{name}",
            "responses.header",
            (*path, "headers", name),
            f"{status} has the header {name} with its schema" + (", if at all" * optional),
            ResponseBodyValue(status, statuses, validator, name.lower(), optional=optional),
        )


def _content(
    compiler: Compiler, status: str, declared: ResponseClauses, statuses: tuple[str, ...]
) -> Iterator[Clause]:
    """One media type of those that are declared, with the schema of that one."""
    path: Path = ("responses", status, "content")
    types = tuple(declared.content)
    if types and "*/*" not in types:
        yield compiler.clause(
            f"responses.{status}.content-type",
            "responses.content-type",
            path,
            f"the media type of {status} is {' or '.join(types)}",
            ResponseBodyValue(status, statuses, media_type=", ".join(types)),
        )
    for media, schema in declared.content.items():
        if schema is True or schema == {}:
            continue
        validator = compiler.validator(schema, (*path, media))
        yield compiler.clause(
            f"responses.{status}.body" + (f".{media}" if len(types) > 1 else ""),
            "responses.body",
            (*path, media),
            f"the body of {status} has its schema" + (f" as {media}" if len(types) > 1 else ""),
            ResponseBodyValue(status, statuses, validator, media_type=media),
        )
