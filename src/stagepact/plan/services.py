"""Targets of services: each operation that a contract speaks of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stagepact.cases import (
    RequestAssumption,
    edge_requests,
    fuzz_requests,
    invalid_requests,
    operation_case,
)
from stagepact.cases.refuted import Refutation
from stagepact.contract.clauses import (
    Clause,
    asks_invalid,
    implemented_clause,
    method_clauses,
)
from stagepact.contract.document import Document
from stagepact.contract.models import METHODS, Operation, OperationExample, Service, seconds
from stagepact.contract.operation_laws import (
    requires_credentials,
    service_law_clauses,
    whole_operation_clauses,
)
from stagepact.errors import ContractError, Problem
from stagepact.flow import Item, Target, View
from stagepact.observation import Limits
from stagepact.plan.authentication import fixtures_of
from stagepact.plan.blocks import item
from stagepact.plan.chaos import operation_chaos
from stagepact.plan.described import DescribedService, described_service
from stagepact.plan.lifecycles import lifecycle_targets
from stagepact.plan.operation_faults import operation_fault_targets
from stagepact.plan.operation_laws import Lawful, of_logins
from stagepact.plan.producers import plain_values
from stagepact.plan.reached import Reached, reach, with_callers
from stagepact.plan.service_laws import Walked, law_targets, with_described
from stagepact.plan.shared_runs import judged_together
from stagepact.plan.stages import Made, Resolve
from stagepact.schema.engines import Engine
from stagepact.subject import Case, Given, Request, SubjectId
from stagepact.subject.protocols.http import Exchange, OperationSubject, path_names
from stagepact.subject.protocols.operation import CalledOperation
from stagepact.subject.protocols.politeness import LONGEST_WAIT, patience
from stagepact.verdict.exceptions import Surroundings, WrittenExcept
from stagepact.verdict.model import ItemId, Listed

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True)
class _Service:
    """A service that targets are made of: where it is said, how it is reached, what they share."""

    document: Document
    name: str
    reached: Reached
    exceptions: tuple[WrittenExcept, ...]
    here: Surroundings
    engine: Engine
    resolve: Resolve

    @property
    def said(self) -> Service:
        """What the document says of it."""
        return self.document.contract.services[self.name]

    def by(self, document: Document) -> _Service:
        """The same service as another document says it."""
        return replace(self, document=document)

    def items(self, subject: SubjectId, clauses: Iterable[Clause]) -> tuple[Item, ...]:
        """The clauses on a subject, with the exceptions that cover them."""
        return tuple(
            item(each, self.document, subject, self.exceptions, self.here) for each in clauses
        )


def service_targets(
    documents: Iterable[Document],
    exceptions: tuple[WrittenExcept, ...],
    here: Surroundings,
    resolve: Resolve,
    connect_url: Callable[[str], Exchange],
    engine: Engine = "stagepact",
    base_urls: Mapping[str, str] | None = None,
) -> Iterator[tuple[Made, tuple[Listed, ...]]]:
    """A target for each operation of each service, and the operations no contract speaks of."""
    for document in documents:
        for name, service in document.contract.services.items():
            written = (*exceptions, *_exceptions(document, name, service))
            try:
                reached = reach(document, name, service, resolve, connect_url, base_urls)
                reached = with_callers(document, name, reached, here, resolve)
            except ContractError as error:
                yield Made(problems=error.problems), ()
                continue
            of = _Service(document, name, reached, written, here, engine, resolve)
            yield _all(of, described_service(document, name, reached, connect_url))


def _all(of: _Service, described: DescribedService | None) -> tuple[Made, tuple[Listed, ...]]:
    """The targets of its operations, its paths, its logins and its laws; what is undeclared."""
    of = of if described is None else of.by(described.secured(of.document))
    service, both, walkable, lent = of.said, of, of.said, of.document
    if described is not None:
        both = of.by(described.of(of.document, of.name, described.whole(service)))
        walkable = with_described(service, described.operations)
        lent = described.of(of.document, of.name, walkable)
    made = [_operation(of, operation, lent) for operation in service.operations]
    failing = [*_failing(of, made)]
    if described is not None:
        taken = frozenset(i.id for each in made for t in each.targets for i in t.items)
        by_document = [*_described(of, described, taken)]
        made = [*judged_together(made, by_document, service.operations)]
    targets = [target for each in made for target in each.targets]
    shaken = _shaken(of, targets)
    targets += shaken.targets
    targets += _methods(both, described=described is not None)
    targets += _logins(of)
    targets += [target for each in failing for target in each.targets]
    problems = tuple(problem for each in (*made, *failing) for problem in each.problems)
    problems += shaken.problems
    try:
        targets += _walked(both, walkable, frozenset(service.operations))
    except ContractError as error:
        problems += error.problems
    return Made(tuple(targets), problems), _undeclared(both)


def _failing(of: _Service, made: Iterable[Made]) -> Iterator[Made]:
    """The targets of the faults of each operation that has a target."""
    for target in (target for each in made for target in each.targets):
        subject = target.views[0].subject
        yield operation_fault_targets(
            of.document,
            ("services", of.name, "operations", subject.name),
            target,
            partial(of.items, subject),
            of.resolve,
            in_process=of.reached.app is not None,
        )


def _shaken(of: _Service, targets: Iterable[Target]) -> Made:
    """The targets of `chaos` of its operations."""
    found: list[Target] = []
    problems: list[Problem] = []
    reason = "" if of.said.app is not None else "a service by URL runs in no process of ours"
    for name, operation in of.said.operations.items():
        subject = _subject(of.name, name, of.reached.path)
        whole = next((each for each in targets if each.views[0].subject == subject), None)
        if not operation.chaos or whole is None:
            continue
        shaken, more = operation_chaos(
            of.document, of.name, name, replace(whole, reason=reason or whole.reason), of.resolve
        )
        found += [
            replace(each, views=(View(subject, of.items(subject, clauses)),))
            for each, clauses in shaken
        ]
        problems += more
    return Made(tuple(found), tuple(problems))


def _described(
    of: _Service, described: DescribedService, taken: frozenset[ItemId]
) -> Iterator[Made]:
    """A target for each operation of the service's OpenAPI document, and what is wrong there.

    Ids that are `taken` by a contract's own clauses are told apart from them.
    """
    yield Made(problems=described.problems)
    of = of.by(described.document)
    for operation in of.said.operations:
        made = _operation(of, operation, of.document)
        routed = described.routed(operation)
        clause = implemented_clause(of.document, of.name, operation, routed)
        for target in made.targets:
            view = target.views[0]
            one = of.items(view.subject, [clause])
            items = tuple(_told_apart(each, taken) for each in (*one, *view.items))
            whole = replace(
                target,
                name=f"openapi {target.name}",
                views=(replace(view, items=items),),
            )
            yield Made((described.target(operation, whole, of.engine),))
        yield Made(problems=made.problems)
        yield Made((*_unmade(of, described, operation),))


def _unmade(of: _Service, described: DescribedService, operation: str) -> Iterator[Target]:
    """A target that isn't run for each media type of which no body can be made."""
    subject = _subject(of.name, operation, of.reached.path)
    for clause, why in described.unmade(operation):
        title = f"openapi {of.name} {operation} {clause.id}"
        yield Target(title, (View(subject, of.items(subject, [clause])),), reason=why)


def _told_apart(each: Item, taken: frozenset[ItemId]) -> Item:
    if each.id not in taken:
        return each
    return replace(each, id=replace(each.id, clause=f"{each.id.clause}@openapi"))


def _exceptions(document: Document, name: str, service: Service) -> Iterator[WrittenExcept]:
    for index, entry in enumerate(service.except_):
        yield WrittenExcept(entry, document.place("services", name, "except", index))
    for operation, block in service.operations.items():
        for index, entry in enumerate(block.except_):
            limited = entry if entry.stage else entry.model_copy(update={"stage": operation})
            place = document.place("services", name, "operations", operation, "except", index)
            yield WrittenExcept(limited, place)


def _subject(service: str, operation: str, path: str) -> SubjectId:
    return SubjectId(operation, f"{service}:{operation}", "operation", path)


def _operation(of: _Service, name: str, lent: Document) -> Made:
    """A target for an operation; what its laws ask is as `lent` has its request."""
    document, reached = of.document, of.reached
    operation = of.said.operations[name]
    try:
        clauses = whole_operation_clauses(document, of.name, name)
    except ContractError as error:
        return Made(problems=error.problems)
    subject = _subject(of.name, name, reached.path)
    runs: int | None = 0 if operation.fuzz is False else operation.fuzz.examples
    asked = None if operation.fuzz is False else operation.fuzz.engine
    assumed = RequestAssumption(operation.request, document.scope.bundle)
    lawful = _lawful(lent, of.name, name, reached)
    refutation = lawful.refutation
    template = lawful.subject.template
    target = Target(
        f"{of.name} {name}[{reached.path}]",
        (View(subject, of.items(subject, clauses)),),
        lawful.called(),
        cases=(
            *(operation_case(each, operation.state, assumed.admits) for each in operation.examples),
            *lawful.cases(),
        ),
        admits=assumed.admits,
        generate=partial(_generate, template, operation, document, asked or of.engine),
        edges=partial(edge_requests, operation.request, document.scope.bundle, _states(operation)),
        invalid=partial(invalid_requests, refutation) if asks_invalid(operation) else None,
        refutes=refutation.refutes,
        fuzz=runs,
        limits=Limits(
            seconds=seconds(operation.timeout) + _waiting(operation, reached),
            log_level=1 if operation.logs else None,
        ),
        isolate=operation.isolate is not None,
        fixtures=dict(fixtures_of(of.said.auth)),
        secrets=reached.secrets,
    )
    return Made((target,))


def _waiting(operation: Operation, reached: Reached) -> float:
    """The most seconds of a run in which nothing is asked of the service."""
    limit = operation.rate_limit
    unhurried = limit is not None and limit.clock is None
    return patience(reached.exchange) + (2 * LONGEST_WAIT if unhurried else 0.0)


def _lawful(document: Document, service: str, name: str, reached: Reached) -> Lawful:
    """An operation with all that its laws need."""
    whole = document.contract.services[service]
    operation = _where_it_succeeds(whole.operations[name])
    method, template = name.split(" ", 1)
    subject = _subject(service, name, reached.path)
    succeeding = [*_successes(operation)]
    refutation = Refutation(
        operation.request,
        document.scope.bundle,
        operation.state,
        tuple(operation.responses),
        next(iter(succeeding), None),
        strict=operation.invalid == "strict",
    )
    return Lawful(
        whole,
        name,
        operation,
        OperationSubject(
            subject,
            method,
            template,
            reached.exchange,
            reached.states,
            styles=operation.request.styles,
            files=tuple(operation.request.files),
        ),
        refutation,
        tuple(request.body for request in succeeding if request.has_body),
        reached.secrets,
        reached.authentication,
        reached.clocks,
    )


def _where_it_succeeds(operation: Operation) -> Operation:
    """The operation in the state of its first example that succeeds, where it says none itself."""
    if operation.state is not None or next(_successes(operation), None) is not None:
        return operation
    states = (each.state for each in operation.examples if _ends_well(each, operation))
    return operation.model_copy(update={"state": next(states, None)})


def _ends_well(example: OperationExample, operation: Operation) -> bool:
    """Whether an example succeeds, and is by the operation's own caller."""
    status = example.response.status if example.response is not None else None
    return status is not None and status[0] == "2" and example.as_ in (None, operation.as_)


def _successes(operation: Operation) -> Iterator[Request]:
    """The requests of examples that end well, by the operation's own caller and from its state."""
    for example in operation.examples:
        if example.state in (None, operation.state) and _ends_well(example, operation):
            yield operation_case(example, operation.state).given.request


def _logins(of: _Service) -> Iterator[Target]:
    """The laws of a service's logins, played with an operation that tells if a token holds."""
    name, service, reached = of.name, of.said, of.reached
    clauses = service_law_clauses(of.document, name)
    if not clauses or service.auth is None:
        return
    subject = SubjectId(name, name, "service", reached.path)
    target = Target(f"logins of {name}", (View(subject, of.items(subject, clauses)),))
    users = [key for key, user in service.auth.users.items() if user.username is not None]
    shown = next(_showing(service), None)
    if not users or not service.auth.gives_tokens:
        yield replace(target, reason="no user has a username and a password to log in with")
    elif shown is None:
        yield replace(target, reason="no operation shows whether a token is accepted (`check:`)")
    else:
        called, cases = of_logins(_lawful(of.document, name, shown, reached), users[0])
        own = replace(called, operation=replace(called.operation, id=subject))
        longest = seconds(service.operations[shown].timeout) + patience(reached.exchange)
        limits = Limits(seconds=longest)
        fixtures = dict(fixtures_of(service.auth))
        yield replace(
            target,
            subject=own,
            cases=tuple(each for each in cases if any(each.name == c.id for c in clauses)),
            limits=limits,
            isolate=service.operations[shown].isolate is not None,
            fixtures=fixtures,
            secrets=reached.secrets,
        )


def _showing(service: Service) -> Iterator[str]:
    """The operations that need credentials, the one that is named or those that read first."""
    if service.auth is not None and service.auth.check is not None:
        yield service.auth.check
    asked = [
        name
        for name, operation in service.operations.items()
        if requires_credentials(service.auth, operation)
    ]
    yield from (name for name in asked if name.startswith("GET "))
    yield from asked


def _generate(
    template: str, operation: Operation, document: Document, engine: Engine
) -> SearchStrategy[Case]:
    bundle = document.scope.bundle
    return fuzz_requests(template, operation.request, bundle, _states(operation), engine)


def _states(operation: Operation) -> list[str | None]:
    """The states that an operation is tried from: its own, and those of its examples."""
    named = (example.state or operation.state for example in operation.examples)
    return list(dict.fromkeys([operation.state, *named]))


def _methods(of: _Service, *, described: bool) -> Iterator[Target]:
    """A target for each path, which is asked by every method that it doesn't have."""
    document, name, service, reached = of.document, of.name, of.said, of.reached
    for template, clause in method_clauses(document, name, described=described).items():
        subject = SubjectId(template, f"{name}:{template}", "path", reached.path)
        there = next(each for key, each in service.operations.items() if _path_of(key) == template)
        succeeding = next(_successes(there), None)
        path = succeeding.path if succeeding is not None else {}
        if there.state is None:
            path = {**dict.fromkeys(path_names(template), "0"), **path}
        yield Target(
            f"{name} {template}[{reached.path}]",
            (View(subject, of.items(subject, [clause])),),
            CalledOperation(
                OperationSubject(
                    subject,
                    "GET",
                    template,
                    reached.exchange,
                    reached.states,
                    plain=partial(plain_values, there, f"GET {template}", document.scope.bundle)
                    if described
                    else dict,
                ),
                reached.secrets,
                reached.authentication,
                None if service.auth is None else service.auth.caller,
            ),
            cases=tuple(
                Case(each, Given(state=there.state, request=Request(path=path, method=each)))
                for each in _others(clause.value.methods)
                if (each, template) not in reached.hidden
            ),
            limits=Limits(seconds=seconds(there.timeout) + _waiting(there, reached)),
            isolate=there.isolate is not None,
            fixtures=dict(fixtures_of(service.auth)),
            secrets=reached.secrets,
        )


def _walked(of: _Service, service: Service, undescribed: frozenset[str]) -> list[Target]:
    """The targets of its laws and lifecycles.

    Raises:
        ContractError: what they say can't be read.
    """
    reached = of.reached
    walked = Walked(
        of.document, of.name, service, reached.path, reached.exchange, reached.states,
        of.exceptions, of.here, of.engine, reached.authentication, reached.secrets, undescribed,
    )  # fmt: skip
    return [*law_targets(walked), *lifecycle_targets(walked)]


def _path_of(operation: str) -> str:
    return operation.split(" ", 1)[1]


def _others(methods: tuple[str, ...]) -> Iterator[str]:
    """The methods to ask for that aren't there; HEAD is a GET."""
    for method in METHODS:
        if method not in (*methods, "TRACE") and (method != "HEAD" or "GET" in methods):
            yield method


def _undeclared(of: _Service) -> tuple[Listed, ...]:
    declared = {each.replace("{", "").replace("}", "") for each in of.said.operations}
    return tuple(
        Listed(f"{method} {template}", f"{of.name}:{method} {template}", "operation", "unmatched")
        for method, template in of.reached.implemented
        if f"{method} {template}".replace("{", "").replace("}", "") not in declared
    )
