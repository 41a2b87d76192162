"""Observations and clauses for tests, built from the few parts that a test is about."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stagepact.contract.clauses import Clause, operation_clauses, stage_clauses
from stagepact.contract.document import Document, parse
from stagepact.contract.source import read_yaml
from stagepact.errors import Place
from stagepact.observation import End, Failure, Observation
from stagepact.subject import Case, Event, Given, Output, SubjectId

ANSWER = SubjectId("answer", "voice.stages:Answer", "stage")


def observed(
    *events: str | tuple[str, Any] | tuple[str, Any, float],
    output: Output | None = None,
    raised: str = "",
    end: End = End.RETURNED,
    case: str = "a case",
    given: Given | None = None,
    **more: Any,
) -> Observation:
    """One run of `answer`: returned `ok` with no data unless something else is said."""
    if raised:
        end = End.RAISED
        type_, _, message = raised.partition(": ")
        more["error"] = Failure(type_, message, bases=("builtins:Exception",))
    elif end is End.RETURNED and output is None:
        output = Output()
    return Observation(
        ANSWER,
        more.pop("tried", None) or Case(case, given or Given()),
        end,
        output,
        events=tuple(_events(events)),
        **more,
    )


def _events(written: Iterable[Any]) -> Iterable[Event]:
    for number, each in enumerate(written):
        type_, data, at = (*((each,) if isinstance(each, str) else each), None, 0.0)[:3]
        yield Event(type_, data, at or 0.0, number)


def document(text: str) -> Document:
    """A contract document of a YAML text."""
    return parse(read_yaml(text, "a.contract.yaml"), Path("a.contract.yaml"))


def clauses(block: str) -> dict[str, Clause]:
    """The clauses of a stage's block, by their ids."""
    body = "\n".join(f"    {line}" for line in block.splitlines())
    text = f"name: a\nstages:\n  answer:\n{body}\n"
    return {each.id: each for each in stage_clauses(document(text), "stages", "answer")}


def answers(block: str, name: str = "GET /a") -> dict[str, Clause]:
    """The clauses of an operation's block, by their ids."""
    body = "\n".join(f"        {line}" for line in block.splitlines())
    text = f"name: a\nservices:\n  s:\n    app: a:b\n    operations:\n      {name}:\n{body}\n"
    return {each.id: each for each in operation_clauses(document(text), "s", name)}


def clause(kind: str, value: Any = None, id: str = "") -> Clause:
    """A clause of a kind, with a value made by hand."""
    return Clause(id or kind, kind, Place("a.contract.yaml", 1), "as promised", value)
