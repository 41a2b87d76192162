"""Clauses of stages, functions and pipelines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagepact.contract.clauses.clause import Clause, Compiler, Path, finished, object_if_said
from stagepact.contract.clauses.events import EventsValue, event_clauses, named_events
from stagepact.contract.clauses.judged import judged_clauses, times_text
from stagepact.contract.clauses.laws import law_clauses
from stagepact.contract.document import Document
from stagepact.contract.models import (
    CallClause,
    Example,
    ExpectedEvent,
    ExpectedOutput,
    OutputClauses,
    Stage,
)
from stagepact.schema import Validator


@dataclass(frozen=True, slots=True)
class StatusValue:
    """The allowed statuses (any but `error` when empty) and the exceptions that are declared."""

    statuses: tuple[str, ...]
    raises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallValue:
    """A port's method, how often it is called, and with what."""

    port: str
    method: str
    times: str | None
    arguments: Validator | None


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


def stage_clauses(document: Document, section: str, selector: str) -> tuple[Clause, ...]:
    """The clauses of one block of `stages` or `pipelines`, in the order of the document.

    Raises:
        ContractError: schemas of the block can't be used; all of them are told.
    """
    blocks: Mapping[str, Stage] = getattr(document.contract, section)
    compiler = Compiler(document, (section, selector))
    return finished(compiler, _stage(compiler, blocks[selector]))


def _stage(compiler: Compiler, stage: Stage) -> Iterator[Clause]:
    if stage.output is not None:
        yield from _output(compiler, stage.output)
    if stage.events is not None:
        yield from event_clauses(compiler, stage.events)
    for name, call in stage.calls.items():
        yield call_clause(compiler, name, call, ("calls", name))
    yield from judged_clauses(compiler, stage, alive=("laws",))
    yield from law_clauses(compiler, stage)
    named = named_events(stage.events)
    for index, example in enumerate(stage.examples):
        if example.expects_something:
            yield _example(compiler, index, example, named)


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


def call_clause(compiler: Compiler, name: str, call: CallClause, path: Path) -> Clause:
    """A clause about calls of a port's method, which stands at a path of its block."""
    port, _, method = name.partition(".")
    arguments = None
    if call.arguments is not None:
        arguments = compiler.validator(object_if_said(call.arguments), (*path, "arguments"))
    said = [f"is called {times_text(call.times)}"] if call.times else []
    said += ["gets arguments of its schema"] if call.arguments is not None else []
    value = CallValue(port, method, call.times, arguments)
    return compiler.clause(f"calls.{name}", "calls", path, f"{name} {' and '.join(said)}", value)


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
