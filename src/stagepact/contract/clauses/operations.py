"""Clauses of one operation of a service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from stagepact.contract.clauses.clause import Clause, Compiler, Path, finished
from stagepact.contract.clauses.conduct import conduct_clauses
from stagepact.contract.clauses.judged import judged_clauses
from stagepact.contract.document import Document
from stagepact.contract.models import Operation, OperationExample, ResponseClauses, Service
from stagepact.schema import Validator


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


def operation_clauses(document: Document, service: str, name: str) -> tuple[Clause, ...]:
    """The clauses of one operation of a service.

    Raises:
        ContractError: schemas of the operation can't be used; all of them are told.
    """
    whole = document.contract.services[service]
    operation = whole.operations[name]
    compiler = Compiler(document, ("services", service, "operations", name))
    method, template = name.split(" ", 1)
    owed = conduct_clauses(compiler, operation, method, template)
    problem = _problem(compiler, whole if operation.problem is None else operation)
    return finished(compiler, chain(owed, problem, _operation(compiler, operation)))


def _problem(compiler: Compiler, said: Operation | Service) -> Iterator[Clause]:
    if said.problem:
        path: Path = ("problem",) if isinstance(said, Operation) else ()
        promise = "errors are problem details (RFC 9457)"
        yield compiler.clause("problem", "problem", path, promise, "application/problem+json")


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
    yield from judged_clauses(compiler, operation)
    for index, example in enumerate(operation.examples):
        if example.response is not None:
            yield _operation_example(compiler, index, example)


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
