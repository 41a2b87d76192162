"""What a service answered, turned wrong: status, body, media type, headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stagepact.contract.clauses import Clause, OperationExampleValue, ResponseBodyValue
from stagepact.contract.models import ExpectedResponse
from stagepact.verdict.checks.responses import declared_as
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.output import NOTHING
from stagepact.verdict.mutants.schemas import permits_everything, turned_wrong


def status(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """What covers the statuses that were seen is taken away."""
    value: ResponseBodyValue = clause.value
    covering = {declared_as(each.status, value.statuses) for each in seen.runs} | {"default"}
    left = tuple(each for each in value.statuses if each not in covering)
    yield replace(clause, value=replace(value, statuses=left))


def body(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """One constraint of the schema turned wrong."""
    value: ResponseBodyValue = clause.value
    if value.validator is not None:
        for each in turned_wrong(value.validator):
            yield replace(clause, value=replace(value, validator=each))


def any_body(clause: Clause, seen: Seen) -> str:
    """A schema that permits every body."""
    validator = clause.value.validator
    everything = validator is None or permits_everything(validator)
    return "its schema permits every body" if everything else ""


def content_type(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Another media type."""
    yield replace(clause, value=replace(clause.value, media_type="application/x-stagepact-nothing"))


def header(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """One constraint of the schema turned wrong, then another header."""
    yield from body(clause, seen)
    yield replace(clause, value=replace(clause.value, header="x-stagepact-nothing"))


def operation_example(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Each thing that the example expects, turned wrong by itself."""
    value: OperationExampleValue = clause.value
    expected = value.example.response or ExpectedResponse()
    if expected.status is not None:
        yield _expecting(clause, status=NOTHING)
    if expected.headers:
        yield _expecting(clause, headers=dict.fromkeys(expected.headers, NOTHING))
    if value.has_body:
        yield _expecting(clause, body=NOTHING)
    if value.matches is not None:
        for each in turned_wrong(value.matches):
            yield replace(clause, value=replace(value, matches=each))


def _expecting(clause: Clause, **other: object) -> Clause:
    value: OperationExampleValue = clause.value
    expected = (value.example.response or ExpectedResponse()).model_copy(update=other)
    example = value.example.model_copy(update={"response": expected})
    return replace(clause, value=replace(value, example=example))
