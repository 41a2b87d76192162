"""Operations of an OpenAPI document as targets: a contract that nobody wrote.

They are blocks as any other, with places in the document. What differs is how they are tried:
from every state of the service, and with ids of things that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from stagepact.cases import (
    RequestAssumption,
    edge_requests,
    fuzz_requests,
    invalid_requests,
    needed_request,
    operation_case,
)
from stagepact.cases.refuted import Refutation
from stagepact.contract.clauses import Clause, asks_invalid, unmade_clause
from stagepact.contract.document import Document
from stagepact.contract.models import Contract, Operation, RequestSchemas, Service
from stagepact.contract.openapi import Described, Description, describe
from stagepact.contract.openapi.pointers import Pointer
from stagepact.contract.source import Source
from stagepact.errors import ContractError, Place, Problem
from stagepact.flow import Target
from stagepact.plan.openapi_source import Found, openapi_of
from stagepact.plan.producers import by_key, key_of, plain_values, producer_of
from stagepact.plan.reached import Reached
from stagepact.plan.sendable import in_a_path, sendable
from stagepact.schema import SchemaError, compile_schema
from stagepact.schema.engines import Engine
from stagepact.schema.normalise import JsonSchema
from stagepact.subject import Case, Given, Request
from stagepact.subject.protocols.http import After, Exchange
from stagepact.subject.protocols.operation import CalledOperation

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_MOST = 200
"""So many boundary cases, and so many nearly valid ones, a target: over all its states."""
_KNOBS = ("fuzz", "timeout", "isolate", "invalid", "problem", "state", "as_", "auth")


@dataclass(frozen=True)
class DescribedService:
    """A service's operations by its OpenAPI document, as a document of the language.

    `described` are the operations with what the language doesn't say: security and links.
    """

    document: Document
    service: str
    described: Mapping[str, Described]
    written: Service
    reached: Reached
    problems: tuple[Problem, ...] = ()

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by name."""
        return self.document.contract.services[self.service].operations

    def secured(self, document: Document) -> Document:
        """The contract's document, whose operations need credentials as the OpenAPI one says.

        What a written operation says of it itself stays; so it does where no scheme is described.
        """
        service = document.contract.services[self.service]
        by_key = {key_of(name): each for name, each in self.operations.items()}
        operations = {
            name: _secured(operation, by_key.get(key_of(name)))
            for name, operation in service.operations.items()
        }
        own = service.model_copy(update={"operations": operations})
        services = {**document.contract.services, self.service: own}
        contract = document.contract.model_copy(update={"services": services})
        return replace(document, contract=contract)

    def whole(self, service: Service) -> Service:
        """The service with the operations of both."""
        both = {**self.operations, **service.operations}
        return service.model_copy(update={"operations": both})

    def of(self, document: Document, name: str, service: Service) -> Document:
        """A document in which a service has the operations of both."""
        services = {**document.contract.services, name: service}
        contract = document.contract.model_copy(update={"services": services})
        return replace(
            document, contract=contract, schemas=self.document.schemas | document.schemas
        )

    def routed(self, name: str) -> bool | None:
        """Whether the app has a route for an operation; None where its routes can't be seen."""
        return (key_of(name) in self._known) if self._known else None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(key_of(f"{method} {path}") for method, path in self.reached.implemented)

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The names of the operations by their keys."""
        return by_key(self.operations)

    def target(self, name: str, target: Target, engine: Engine) -> Target:
        """A target of an operation, which is tried from all states."""
        return _Tried(self, name, engine).target(target)

    def unmade(self, name: str) -> Iterator[tuple[Clause, str]]:
        """What isn't tried of an operation, and why: bodies that nobody here can write."""
        for media in self.described[name].unmade:
            clause = unmade_clause(self.document, self.service, name, media)
            yield clause, f"no body of {media} can be made; JSON, forms and texts can"


def described_service(
    document: Document, name: str, reached: Reached, connect_url: Callable[[str], Exchange]
) -> DescribedService | None:
    """What the OpenAPI document of a service says; None where the contract names none."""
    service = document.contract.services[name]
    if not service.openapi:
        return None
    try:
        found = openapi_of(document, name, service, reached.app, reached.exchange, connect_url)
    except ContractError as error:
        return DescribedService(
            _empty(document, name, service), name, {}, service, reached, error.problems
        )
    description = describe(found.value, found.place)
    return _described(document, name, service, reached, found, description)


def _empty(document: Document, name: str, service: Service) -> Document:
    return _made(document, name, service, {}, {}, {})


def _made(
    document: Document,
    name: str,
    service: Service,
    operations: Mapping[str, Operation],
    schemas: Mapping[str, JsonSchema],
    marks: Mapping[Pointer, Place],
) -> Document:
    block = service.model_copy(update={"operations": dict(operations), "except_": []})
    contract = Contract(name=document.contract.name).model_copy(update={"services": {name: block}})
    own: dict[Pointer, Place] = {("services", name): document.place("services", name, "openapi")}
    source = Source(document.file, None, {**own, **marks})
    return Document(document.file, document.path, contract, source, dict(schemas))


def _described(
    document: Document,
    name: str,
    service: Service,
    reached: Reached,
    found: Found,
    description: Description,
) -> DescribedService:
    operations: dict[str, Operation] = {}
    described: dict[str, Described] = {}
    marks: dict[Pointer, Place] = {}
    problems = [*description.problems]
    prefix = _prefix(description, service, reached)
    scope = replace(document, schemas=dict(description.schemas)).scope
    for each in description.operations:
        method, template = each.name.split(" ", 1)
        key = f"{method} {prefix}{template}"
        try:
            operation = Operation.model_validate(each.block)
            _compiled(operation, scope.bundle, each)
        except ValidationError as error:
            told = "; ".join(str(e["msg"]) for e in error.errors()[:3])
            problems.append(_faulty(found.place(each.pointer), told))
            continue
        except _Faulty as error:
            problems.append(_faulty(found.place(error.pointer), str(error)))
            continue
        operation = operation.model_copy(update={"auth": _auth(each, description)})
        operations[key], described[key] = _with_knobs(key, operation, service), each
        for path, pointer in each.pointers.items():
            marks["services", name, "operations", key, *path] = found.place(pointer)
    made = _made(document, name, service, operations, description.schemas, marks)
    return DescribedService(made, name, described, service, reached, tuple(problems))


class _Faulty(Exception):  # noqa: N818 - it says what a schema is
    def __init__(self, message: str, pointer: Pointer) -> None:
        super().__init__(message)
        self.pointer = pointer


def _faulty(place: Place, told: str) -> Problem:
    expected, advice = "an operation that can be checked", "correct the document"
    return Problem(place, told, expected, advice, "openapi")


def _compiled(
    operation: Operation, bundle: Callable[[JsonSchema], JsonSchema], described: Described
) -> None:
    """Every schema of a request, which no clause compiles."""
    request = operation.request
    parts: dict[Pointer, JsonSchema] = {
        ("request", section, name): schema
        for section in ("path", "query", "headers", "cookies")
        for name, schema in getattr(request, section).items()
    }
    if request.body is not None:
        parts["request", "body"] = request.body
    parts |= {("request", "content", media): each for media, each in request.content.items()}
    for path, schema in parts.items():
        try:
            compile_schema(bundle(schema))
        except SchemaError as error:
            where = described.pointers.get(path, described.pointer)
            raise _Faulty(f"a schema that can't be used: {error}", where) from error


def _auth(described: Described, description: Description) -> str:
    """Whether credentials are needed: what no document says of them isn't asked for."""
    if not description.schemes:
        return "optional"
    if not described.security:
        return "none"
    return "optional" if {} in described.security else "required"


def _secured(written: Operation, described: Operation | None) -> Operation:
    if written.auth is not None or described is None or described.auth not in ("none", "required"):
        return written
    return written.model_copy(update={"auth": described.auth})


def _prefix(description: Description, service: Service, reached: Reached) -> str:
    """The path before all paths, where the document's server has one that isn't there yet."""
    path = description.servers[0].path if description.servers else ""
    if not path:
        return ""
    if service.url is not None:
        return "" if urlsplit(service.url).path.rstrip("/").endswith(path) else path
    known = {key_of(f"{method} {template}") for method, template in reached.implemented}
    names = [each.name.split(" ", 1) for each in description.operations]
    bare = sum(key_of(f"{method} {template}") in known for method, template in names)
    below = sum(key_of(f"{method} {path}{template}") in known for method, template in names)
    return "" if known and bare >= below else path


def written_as(name: str, service: Service) -> Operation | None:
    """The operation of a contract that a described one is."""
    return next((op for key, op in service.operations.items() if key_of(key) == key_of(name)), None)


def _with_knobs(name: str, operation: Operation, service: Service) -> Operation:
    """The operation, tried as the contract says of the written one."""
    written = written_as(name, service)
    states: list[str | None] = [*service.states]
    said: dict[str, Any] = {"state": states[0] if states else None}
    if written is not None:
        said |= {key: getattr(written, key) for key in _KNOBS if key in written.model_fields_set}
    return operation.model_copy(update=said)


# -- how it is tried ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tried:
    """One operation, and how it is tried: from which states, with which requests."""

    service: DescribedService
    name: str
    engine: Engine

    @property
    def operation(self) -> Operation:
        return self.service.operations[self.name]

    @property
    def bundle(self) -> Callable[[JsonSchema], JsonSchema]:
        return self.service.document.scope.bundle

    @cached_property
    def sent(self) -> Callable[[JsonSchema], JsonSchema]:
        return sendable(self.bundle)

    def states(self) -> list[str | None]:
        written = written_as(self.name, self.service.written)
        if written is not None and written.state is not None:
            return [written.state]
        return [*self.service.written.states] or [None]

    def target(self, target: Target) -> Target:
        """The target, tried from all states; its subject finds the path's values."""
        if not isinstance(target.subject, CalledOperation):
            return target
        states = self.states()
        after = self._after(states[0])
        plain = cache(partial(plain_values, self.operation, self.name, self.sent))
        called = target.subject
        found = replace(called.operation, after=after, plain=plain, fits=self._fits)
        every = [*states, *after]
        fuzzed = self.operation.fuzz is not False
        asked = fuzzed and asks_invalid(self.operation)
        target = replace(target, subject=replace(called, operation=found))
        if self.lacks_body:
            bare = (Case(self._bare, Given(state=each), "unsaid", assumed=False) for each in every)
            return replace(target, cases=tuple(bare), generate=None, edges=None, invalid=None)
        return replace(
            target,
            cases=(*self._written(every), *(c for c in target.cases if c.kind == "law")),
            generate=partial(self._generate, every) if fuzzed else None,
            edges=partial(self._edges, every),
            invalid=partial(self._invalid, every) if asked else None,
            every_edge=True,
        )

    @property
    def lacks_body(self) -> bool:
        """Whether its body is of a media type of which none can be made."""
        request = self.operation.request
        unmade = self.service.described[self.name].unmade
        return bool(unmade) and request.body is None and request.without_body != "accepted"

    @property
    def _bare(self) -> str:
        unmade = ", ".join(self.service.described[self.name].unmade)
        return f"without its body, for none of {unmade} can be made"

    def _after(self, state: str | None) -> dict[str, After]:
        producer = producer_of(self.name, self.service.operations, self.service.keys, self.sent)
        if producer is None:
            return {}
        told = f"{state}, " if state else ""
        return {f"{told}after {producer.steps[-1].name}": After(state, producer)}

    def _fits(self, name: str, value: Any) -> bool:
        schema = self.operation.request.path.get(name)
        if schema is None:
            return True
        validator = compile_schema(self.bundle(schema))
        readings = (value, str(value), *([int(value)] if str(value).isdecimal() else []))
        return any(validator.accepts(each) for each in readings)

    def _written(self, states: list[str | None]) -> Iterator[Case]:
        """The document's examples from each state, and those that the contract has of it."""
        assumed = RequestAssumption(self.operation.request, self.bundle)
        for example in self.operation.examples:
            for state in states:
                yield operation_case(example, state, assumed.admits)
        written = written_as(self.name, self.service.written)
        for example in written.examples if written is not None else ():
            yield operation_case(example, states[0], assumed.admits)

    def _open(self, states: list[str | None]) -> RequestSchemas:
        """The request without those values of the path that have to be found."""
        request = in_a_path(self.operation.request)
        few = {name: each for name, each in request.path.items() if _is_listed(each)}
        said: dict[str, Any] = {"path": few}
        if states == [None]:  # nothing is forgotten, so a key that was used is used
            said["headers"] = {k: v for k, v in request.headers.items() if k.lower() != _KEY}
        return request.model_copy(update=said)

    def _edges(self, states: list[str | None]) -> tuple[Case, ...]:
        open_request = self._open(states)
        found: list[Case] = []
        plain = self._plain()
        if plain is not None:
            found += [
                Case("plain", Given(state=each, request=plain), "boundary") for each in states
            ]
        if plain is not None and None not in states:  # who is nobody, say
            found.append(Case("plain, no state", Given(request=plain), "boundary"))
        found += self._accepting(states)
        edges = edge_requests(open_request, self.sent, states[:1])
        found += [_from(state, case) for case in edges for state in states]
        path = edge_requests(in_a_path(self.operation.request), self.sent, states[:1])
        found += [case for case in path if case.name.startswith("path ")]
        return tuple(islice(found, _MOST))

    def _accepting(self, states: list[str | None]) -> Iterator[Case]:
        """Requests for one media type of several, and for none of them where 406 is declared."""
        answers = self.operation.responses
        types = {
            media for status, each in answers.items() if status[0] == "2" for media in each.content
        }
        concrete = sorted(each for each in types if "*" not in each)
        wanted = concrete if len(types) > 1 else []
        wanted += ["application/x-stagepact-nothing"] if "406" in answers else []
        plain = self._plain()
        if plain is None:
            return
        for media in wanted:
            request = replace(plain, headers={**plain.headers, "accept": media})
            for state in states:
                yield Case(f"accept {media}", Given(state=state, request=request), "boundary")

    def _plain(self) -> Request | None:
        """A request of what is required, but for the path's values; None where there is none."""
        made = needed_request(_required(self._open([])), self.sent)
        return None if made is None else replace(made, path={})

    def _generate(self, states: list[str | None]) -> SearchStrategy[Case]:
        request = self._open(states)
        path = in_a_path(self.operation.request).path
        whole = request.model_copy(update={"path": path})
        _, template = self.name.split(" ", 1)
        return fuzz_requests(template, whole, self.sent, states, self.engine, found=True)

    def _invalid(self, states: list[str | None], count: int) -> tuple[Case, ...]:
        # What is invalid is so in every state; what stands in the path may be left to one.
        firsts = {state is None: state for state in states}
        of = {
            nowhere: invalid_requests(self._refutation(state), count)
            for nowhere, state in firsts.items()
        }
        per_state = ([_from(state, case) for case in of[state is None]] for state in states)
        found = (case for row in zip_longest(*per_state) for case in row if case is not None)
        return tuple(islice(found, _MOST))

    def _refutation(self, state: str | None) -> Refutation:
        operation = self.operation
        strict = operation.invalid == "strict"
        statuses = tuple(operation.responses)
        return Refutation(operation.request, self.bundle, state, statuses, strict=strict)


def _from(state: str | None, case: Case) -> Case:
    return replace(case, given=replace(case.given, state=state))


_KEY = "idempotency-key"


def _is_listed(schema: JsonSchema) -> bool:
    return isinstance(schema, dict) and bool({"enum", "const"} & set(schema))


def _required(request: RequestSchemas) -> RequestSchemas:
    parts = {
        section: {k: v for k, v in getattr(request, section).items() if k in request.required}
        for section in ("query", "headers", "cookies")
    }
    return request.model_copy(update=parts)
