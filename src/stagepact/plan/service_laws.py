"""Targets of a service's laws: each law of each resource, and each thing that is conserved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from stagepact.cases import (
    RequestAssumption,
    asks,
    edge_requests,
    fuzz_requests,
    fuzz_sequences,
    operation_case,
)
from stagepact.contract.clauses import Clause
from stagepact.contract.document import Document
from stagepact.contract.models import Operation, RequestSchemas, Service, seconds
from stagepact.contract.resources import (
    Resource,
    conservation_clauses,
    resources,
    service_laws,
)
from stagepact.flow import Item, Target, View
from stagepact.observation import Limits
from stagepact.plan.authentication import fixtures_of
from stagepact.plan.blocks import item
from stagepact.plan.sendable import Bundle, sendable
from stagepact.schema.engines import Engine
from stagepact.subject import Case, Given, Request, SubjectId
from stagepact.subject.protocols.callers import Authentication
from stagepact.subject.protocols.http import Exchange, StateFunction
from stagepact.subject.protocols.laws import SCENARIOS, WalkSubject, conserve
from stagepact.subject.protocols.politeness import patience
from stagepact.subject.protocols.secrets import Secrets
from stagepact.subject.protocols.walks import Ask, Walker
from stagepact.verdict.exceptions import Surroundings, WrittenExcept

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# The laws that are tried with many bodies, and the role whose bodies those are.
_VARIED = {"create-read": "create", "create-twice": "create", "idempotency-key": "create"}
_VARIED |= {"update-read": "change", "lost-update": "change"}
_RUNS, _SEQUENCES = {"create-read": 24, "update-read": 24}, 30


@dataclass(frozen=True)
class Walked:
    """A service that is walked through: how it is reached, and all that its targets share.

    `undescribed` are the operations of the contract itself, where a document describes others.
    """

    document: Document
    name: str
    service: Service
    path: str
    exchange: Exchange
    states: Mapping[str, StateFunction]
    exceptions: tuple[WrittenExcept, ...]
    here: Surroundings
    engine: Engine = "stagepact"
    authentication: Authentication | None = None
    secrets: Secrets = field(default_factory=Secrets)
    undescribed: frozenset[str] | None = None

    @cached_property
    def asked(self) -> Mapping[str, Ask]:
        """How its operations are asked; made when the first walk begins."""
        made = asks(self.service.operations, self.sent)
        return {name: replace(ask, user=self._user(name)) for name, ask in made.items()}

    @cached_property
    def sent(self) -> Bundle:
        """Bundles schemas for what is sent: of an OpenAPI document not all that it permits."""
        bundle = self.document.scope.bundle
        return bundle if self.undescribed is None else sendable(bundle)

    def _user(self, name: str) -> str | None:
        operation = self.service.operations[name]
        if self.authentication is None or operation.auth == "none":
            return operation.as_
        return operation.as_ or self.authentication.caller

    @property
    def fixtures(self) -> dict[str, str]:
        """The pytest fixtures that give its secrets, by port."""
        return dict(fixtures_of(self.service.auth))

    def subject(self, name: str, kind: str, scenario: Callable[[Walker, Case], Any]) -> WalkSubject:
        """The service as a subject that is walked through by a scenario."""
        id_ = SubjectId(name, f"{self.name}:{name}", kind, self.path)
        return WalkSubject(
            id_, scenario, self.exchange, lambda: self.asked, self.states, self.authentication
        )

    def item(self, clause: Clause, subject: SubjectId) -> Item:
        """A clause of the service as an item."""
        return item(clause, self.document, subject, self.exceptions, self.here)

    def states_of(self, calls: Iterable[str]) -> list[str | None]:
        """The states in which operations succeed: their own, and those of such examples.

        Where nothing is said of them, all states are tried.
        """
        found: dict[str | None, None] = {}
        for call in calls:
            operation = self.service.operations[call]
            if self.undescribed is not None and call not in self.undescribed:
                # Its document knows no states.
                found |= dict.fromkeys(self.states)
                continue
            found |= {operation.state: None}
            for example in operation.examples:
                status = example.response.status if example.response is not None else None
                if status is not None and status[0] == "2":
                    found |= {example.state or operation.state: None}
        named: list[str | None] = [each for each in found if each is not None]
        return named or [*self.service.states] or [None]

    def isolates(self, calls: Iterable[str | None]) -> bool:
        """Whether one of these operations is run in a process of its own, and so all are."""
        known = self.service.operations
        return any(known[call].isolate is not None for call in calls if call in known)

    def limits(self, calls: Iterable[str]) -> Limits:
        """As long as each of its operations may take."""
        times = [seconds(self.service.operations[call].timeout) for call in calls]
        return Limits(seconds=sum(times) + 10.0 + patience(self.exchange))


def with_described(service: Service, described: Mapping[str, Operation]) -> Service:
    """The service with what its document says of operations, where the contract says nothing.

    An operation is the same under any names of its path's parameters; the contract's stay.
    """
    named = {_bare(name): name for name in service.operations}
    both = dict(service.operations)
    for name, operation in described.items():
        own = named.get(_bare(name))
        if own is None:
            both[name] = operation
        elif own == name:
            both[name] = _filled(service.operations[name], operation)
    return service.model_copy(update={"operations": both})


def _bare(name: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", name)


def _filled(written: Operation, described: Operation) -> Operation:
    said = {
        "request": written.request if written.request.says_something else described.request,
        "responses": {**described.responses, **written.responses},
        "examples": [*written.examples, *described.examples],
    }
    return written.model_copy(update=said)


def law_targets(walked: Walked) -> Iterator[Target]:
    """A target for each law of each resource.

    Raises:
        ContractError: what is conserved can't be read.
    """
    for resource, clause, reason in service_laws(walked.document, walked.name, walked.service):
        law = clause.value.law
        kind, name = ("resource", resource.name) if resource.path else ("service", walked.name)
        subject = walked.subject(name, kind, partial(_play, law, clause))
        items = (walked.item(clause, subject.id),)
        views = (View(subject.id, items),)
        title = f"{walked.name} {name} {law}[{walked.path}]"
        if reason:
            yield Target(title, views, reason=reason)
        else:
            yield _target(walked, resource, law, title, views, subject)
    yield from _conserved(walked)


def _play(law: str, clause: Clause, walker: Walker, case: Case) -> Any:
    return SCENARIOS[law](walker, clause.value, case)


def _target(
    walked: Walked,
    resource: Resource,
    law: str,
    title: str,
    views: tuple[View, ...],
    subject: WalkSubject,
) -> Target:
    calls = tuple(dict.fromkeys(resource.roles.values()))
    states, limits = walked.states_of(calls), walked.limits(calls)
    if law == "sequences":
        own = {n: o for n, o in walked.service.operations.items() if _belongs(n, resource, calls)}
        return _sequences(walked, title, views, subject, own, resource.roles["create"], states)
    role = _VARIED.get(law)
    call = resource.change if role == "change" else resource.roles.get(role or "", "")
    operation = walked.service.operations.get(call)
    body = operation.request.body if operation is not None else None
    schemas = RequestSchemas(body=body)
    bundle, sent = walked.document.scope.bundle, walked.sent
    fuzzed = body is not None and law in _RUNS and operation and operation.fuzz is not False
    return Target(
        title,
        views,
        subject,
        cases=(*_cases(states, operation), *_files(states, operation)),
        admits=RequestAssumption(schemas, bundle).admits,
        generate=partial(fuzz_requests, "/", schemas, sent, states, walked.engine)
        if fuzzed
        else None,
        edges=partial(edge_requests, schemas, sent, states) if fuzzed else None,
        fuzz=_RUNS[law] if fuzzed else 0,
        limits=limits,
        isolate=walked.isolates(calls),
        fixtures=walked.fixtures,
        secrets=walked.secrets,
    )


# Longer than buffers that are likely, and with the ends of lines that are likely to be changed.
_LINES = "a line\r\n" * 1_000


def _files(states: list[str | None], operation: Operation | None) -> Iterator[Case]:
    """From each state, a try with a long file where the operation takes files."""
    if operation is None or not operation.request.files:
        return
    request = Request(body=dict.fromkeys(operation.request.files, _LINES), has_body=True)
    for state in states:
        name = f"{state}: a long file" if state else "a long file"
        yield Case(name, Given(state=state, request=request))


def _belongs(name: str, resource: Resource, calls: tuple[str, ...]) -> bool:
    """Whether a call is of the resource, or of something below one of its items."""
    method, template = name.split(" ", 1)
    below = template.startswith(f"{resource.item}/") and template.count("{") == 1
    return name in calls or (below and method not in ("GET", "HEAD", "OPTIONS", "TRACE"))


def _cases(states: list[str | None], operation: Operation | None) -> Iterator[Case]:
    """From each state, a try with what succeeds, and one with each such example's request."""
    for state in states:
        yield Case(state or "as it is", Given(state=state))
        for example in operation.examples if operation is not None else ():
            status = example.response.status if example.response is not None else None
            if status is not None and status[0] == "2":
                made = operation_case(example, state)
                request = made.given.request
                if request.has_body or request.raw is not None:
                    name = f"{state}: {example.name}" if state else example.name
                    yield Case(name, Given(state=state, request=request))


def _sequences(
    walked: Walked,
    title: str,
    views: tuple[View, ...],
    subject: WalkSubject,
    operations: Mapping[str, Operation],
    first: str,
    states: list[str | None],
) -> Target:
    bundle = walked.sent
    calls = [*_twice(operations)]
    # They count as generated, so that one that fails is told by its shortest part.
    twice = (
        Case(f"each twice, {each or 'as it is'}", Given(state=each, input=calls), "boundary")
        for each in states
    )
    return Target(
        title,
        views,
        subject,
        cases=tuple(twice),
        generate=partial(_drawn, operations, first, bundle, states),
        fuzz=_SEQUENCES,
        limits=walked.limits(operations),
        isolate=walked.isolates(operations),
        fixtures=walked.fixtures,
        secrets=walked.secrets,
    )


def _drawn(
    operations: Mapping[str, Operation], first: str, bundle: Any, states: list[str | None]
) -> SearchStrategy[Case]:
    return fuzz_sequences(operations, first, bundle, states)


_ORDER = ("POST", "PUT", "PATCH", "DELETE")


def _twice(operations: Mapping[str, Operation]) -> Iterator[dict[str, Any]]:
    """Each call that changes something, twice in a row: collections first, deletions last."""
    changing = [name for name in operations if name.split(" ", 1)[0] in _ORDER]
    changing.sort(key=lambda n: (n.startswith("DELETE"), "{" in n, n.count("/")))
    for name in changing:
        for number in range(2):
            yield {"call": name, "item": number} if "{" in name else {"call": name}


def _conserved(walked: Walked) -> Iterator[Target]:
    clauses = conservation_clauses(walked.document, walked.name, walked.service)
    if not clauses:
        return
    known = resources(walked.document, walked.service)
    operations = {
        name: each
        for name, each in walked.service.operations.items()
        if name.split(" ", 1)[0] in _ORDER
    }
    looked = [call for clause in clauses for call in clause.value.over.values()]
    states = walked.states_of([*operations, *(c for c in looked if c in walked.service.operations)])
    for clause in clauses:
        scenario = partial(_conserve, dict(clause.value.over), known)
        subject = walked.subject(walked.name, "service", scenario)
        views = (View(subject.id, (walked.item(clause, subject.id),)),)
        title = f"{walked.name} {clause.id}[{walked.path}]"
        if not operations:
            yield Target(title, views, reason="no operation of the service changes anything")
        else:
            yield _sequences(walked, title, views, subject, operations, "", states)


def _conserve(
    over: Mapping[str, str], known: tuple[Resource, ...], walker: Walker, case: Case
) -> Any:
    return conserve(walker, over, known, case)
