"""Targets of flows: each edge by its schemas, and by running what takes on what gives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from stagepact.cases import Assumption, fuzz_cases, passed_on
from stagepact.contract.clauses import Clause, StatusValue, object_if_said
from stagepact.contract.document import Document
from stagepact.contract.lint import pointer_steps
from stagepact.contract.models import Flow
from stagepact.errors import Misuse, Place, Problem
from stagepact.flow import Item, Target, View
from stagepact.plan.blocks import item
from stagepact.plan.stages import Made, Resolve
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.engines import Engine
from stagepact.schema.normalise import JsonSchema, closed
from stagepact.subject import Case, Given, Output, Probe, Request, Subject, SubjectId
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_ACCEPTED = ("2XX",)


@dataclass(frozen=True, slots=True)
class End:
    """One end of an edge: where it is written, and the schema that it promises or wants.

    `subject` names the stage or operation that it belongs to; `takes` is the upstream's name
    for `given/inputs/…`, "" for the stage's own input, None where nothing is taken.
    """

    pointer: str
    schema: JsonSchema
    subject: str = ""
    section: str = ""
    takes: str | None = None
    store: str = ""


def flow_targets(
    documents: Iterable[Document],
    targets: Iterable[Target],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: Resolve,
    engine: Engine = "stagepact",
) -> Iterator[Made]:
    """Two targets for each edge of each flow: by schema, and by running."""
    runnable = {(view.subject.name, view.subject.path): t for t in targets for view in t.views[:1]}
    for document in documents:
        for name, flow in document.contract.flows.items():
            written = (*exceptions, *_exceptions(document, name, flow))
            for index, (giver, taker) in enumerate(pairwise(flow.ends)):
                edge = _Edge(document, name, flow, index, giver, taker, engine)
                if not edge.is_passage:
                    yield _made(edge, runnable, written, here, resolve)


def _exceptions(document: Document, name: str, flow: Flow) -> Iterator[WrittenExcept]:
    for index, entry in enumerate(flow.except_):
        yield WrittenExcept(entry, document.place("flows", name, "except", index))


@dataclass(frozen=True)
class _Edge:
    document: Document
    name: str
    flow: Flow
    index: int
    giver: str
    taker: str
    engine: Engine

    @property
    def clause_id(self) -> str:
        return "edge" if len(self.flow.ends) == 2 else f"edge.{self.index + 1}"

    @property
    def place(self) -> Place:
        path = ("chain", self.index) if self.flow.chain else ("from",)
        return self.document.place("flows", self.name, *path)

    @property
    def is_passage(self) -> bool:
        """Whether a chain goes through one subject here: its own contract is held elsewhere."""
        giver, gives = _owner_and_part(self.giver)
        taker, takes = _owner_and_part(self.taker)
        inward = gives in ("given", "request") and takes in ("output", "events", "responses")
        return len(self.flow.ends) > 2 and inward and giver == taker

    def subject(self, path: str) -> SubjectId:
        return SubjectId(self.name, f"flow:{self.name}", "flow", path)


def _owner_and_part(pointer: str) -> tuple[tuple[str, ...], str]:
    """The steps to a stage or an operation, and the part of it that is meant, if any."""
    steps = pointer_steps(pointer)
    length = {"stages": 2, "services": 4}.get(steps[0], len(steps))
    return steps[:length], steps[length] if len(steps) > length else ""


def _made(
    edge: _Edge,
    runnable: Mapping[tuple[str, str], Target],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: Resolve,
) -> Made:
    try:
        giver, taker = end(edge.document, edge.giver), end(edge.document, edge.taker)
        by_schema = _by_schema(edge, giver, taker, exceptions, here)
    except SchemaError as error:
        problem = Problem(edge.place, str(error), "two ends with schemas", error.advice, "flow-end")
        return Made(problems=(problem,))
    except Misuse as error:
        return Made(problems=error.problems)
    by_run = _by_run(edge, giver, taker, runnable, exceptions, here, resolve)
    return Made((by_schema, by_run))


def end(document: Document, pointer: str) -> End:
    """The end that a pointer leads to.

    Raises:
        SchemaError: nothing is promised or wanted there.
    """
    section, name, *rest = pointer_steps(pointer)
    bundle = document.scope.bundle
    contract = document.contract
    if section == "schemas":
        return End(pointer, bundle({"$ref": f"#/schemas/{name}"}))
    if section == "stores":
        return End(pointer, bundle(contract.stores[name].schema_), name, section, store=name)
    value = _at(document.source.value, pointer)
    if section == "services":
        operation, schema = _of_operation(rest, value)
        if schema is None:
            raise SchemaError(f"{pointer!r} leads to no body of a request or response")
        takes = "" if rest[2] == "request" else None
        return End(pointer, bundle(schema), operation, section, takes)
    if not _is_stage_end(rest) or not _is_schema(value):
        raise SchemaError(f"{pointer!r} leads to no schema", advice=_STAGE_ENDS)
    if rest[0] != "given":
        return End(pointer, bundle(object_if_said(value)), name, section)
    taken = rest[2] if rest[1] == "inputs" else ""
    return End(pointer, bundle(value), name, section, taken)


_STAGE_ENDS = "point to output/data, given/input, given/inputs/NAME or events/types/NAME"


def _is_stage_end(rest: list[str]) -> bool:
    """Whether what is below a stage's name can be an end."""
    if rest in (["output", "data"], ["given", "input"]):
        return True
    return len(rest) == 3 and rest[:2] in (["given", "inputs"], ["events", "types"])


def _of_operation(rest: list[str], value: Any) -> tuple[str, Any]:
    """The operation's name, and its body's schema; None where there is no body."""
    match rest:
        case ["operations", operation, "request", "body"]:
            return operation, value
        case ["operations", operation, "responses", _, "body"]:
            return operation, value
        case ["operations", operation, "responses", _]:
            short = isinstance(value, bool) or "$ref" in value
            return operation, value if short else value.get("body")
    return "", None


def _at(value: Any, pointer: str) -> Any:
    for step in pointer_steps(pointer):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


@dataclass(frozen=True)
class Passing:
    """A subject that gives back what it is given: an edge's value on its way."""

    id: SubjectId
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """The input is the output."""
        return Output(data=case.given.input, raw=case.given.input)

    async def close(self) -> None:
        """Nothing was opened."""


def _by_schema(
    edge: _Edge,
    giver: End,
    taker: End,
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
) -> Target:
    subject = edge.subject("schema")
    promise = f"every value of {giver.pointer} is one of {taker.pointer}"
    validator = compile_schema(taker.schema)
    clause = Clause(edge.clause_id, "output.data", edge.place, promise, validator)
    given = closed(giver.schema)
    return Target(
        f"flow {edge.name}.{edge.index}[schema]",
        (View(subject, (item(clause, edge.document, subject, exceptions, here),)),),
        Passing(subject),
        generate=partial(fuzz_cases, Assumption(said=True, input=given), edge.engine),
        edges=partial(passed_on, given, taker.schema),
    )


_PATHS = ("direct", "asgi", "wsgi", "http")


def _by_run(
    edge: _Edge,
    giver: End,
    taker: End,
    runnable: Mapping[tuple[str, str], Target],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: Resolve,
) -> Target:
    subject = edge.subject("run")
    clause = Clause(
        edge.clause_id,
        "output.status",
        edge.place,
        f"{taker.subject or taker.pointer} takes what {giver.pointer} gives",
        StatusValue(_ACCEPTED if taker.section == "services" else (), ()),
    )

    def target(clause: Clause, **rest: Any) -> Target:
        found: Item = item(clause, edge.document, subject, exceptions, here)
        return Target(f"flow {edge.name}.{edge.index}[run]", (View(subject, (found,)),), **rest)

    if taker.store:
        return _into_store(edge, giver, taker, runnable, target, clause, resolve)
    if taker.takes is None:
        return target(clause, reason=f"{taker.pointer} takes nothing, so nothing is run")
    ways = ((taker.subject, path) for path in _PATHS)
    base = next((runnable[way] for way in ways if way in runnable), None)
    if base is None or base.subject is None:
        return target(clause, reason=base.reason if base else f"no subject named {taker.subject!r}")
    return target(
        clause,
        subject=base.subject,
        generate=partial(_fed, base, closed(giver.schema), taker, edge.engine),
        fuzz=base.fuzz,
        limits=base.limits,
        base=base.base,
        fixtures=base.fixtures,
        isolate=base.isolate,
    )


def _fed(
    base: Target, schema: JsonSchema, taker: End, engine: Engine
) -> SearchStrategy[Case] | None:
    """The taker's own cases, with what the edge brings in its place."""
    drawn = fuzz_cases(Assumption(said=True, input=schema), engine)
    own = base.generate() if base.generate is not None else None
    if drawn is None:
        return None
    if own is None:
        template = base.cases[0] if base.cases else Case("fuzz")
        return drawn.map(lambda fed: _with(template, fed.given.input, taker))
    return drawn.flatmap(lambda fed: own.map(lambda case: _with(case, fed.given.input, taker)))


def _with(case: Case, value: Any, taker: End) -> Case:
    given: Given = case.given
    if taker.section == "services":
        request: Request = replace(given.request, body=value, has_body=True)
        given = replace(given, request=request)
    elif taker.takes:
        given = replace(given, inputs={**given.inputs, taker.takes: value})
    else:
        given = replace(given, input=value)
    return Case("fuzz", given, "fuzz")


@dataclass(frozen=True)
class Stored:
    """A subject that runs another and gives back what then is in the store."""

    id: SubjectId
    giver: Subject
    read: Callable[..., Any] = field(repr=False)
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run the giver, then read the store by the same ports."""
        await self.giver(case, probe)
        records = self.read(dict(case.given.ports))
        if inspect.isawaitable(records):
            records = await records
        return Output(data=list(records), raw=records)

    async def close(self) -> None:
        """Let go of what the giver opened."""
        await self.giver.close()


def _into_store(
    edge: _Edge,
    giver: End,
    taker: End,
    runnable: Mapping[tuple[str, str], Target],
    target: Callable[..., Target],
    clause: Clause,
    resolve: Resolve,
) -> Target:
    store = edge.document.contract.stores[taker.store]
    base = runnable.get((giver.subject, "direct"))
    if store.read is None:
        return target(clause, reason=f"the store {taker.store!r} has no `read:`")
    if base is None or base.subject is None:
        return target(clause, reason=f"{giver.subject!r} can't be run")
    records = compile_schema({"type": "array", "items": taker.schema})
    promise = f"what {giver.subject} stores is of {taker.pointer}"
    stored = replace(clause, kind="output.data", promise=promise, value=records)
    read = resolve(store.read)
    if not callable(read):
        return target(clause, reason=f"{store.read} can't be called")
    return target(
        stored,
        subject=Stored(edge.subject("run"), base.subject, read),
        cases=base.cases,
        generate=base.generate,
        fuzz=base.fuzz,
        limits=base.limits,
        base=base.base,
        fixtures=base.fixtures,
        isolate=base.isolate,
    )
