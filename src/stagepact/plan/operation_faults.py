"""Targets of `faults:` of operations: requests that are made while a place in the code fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from stagepact.contract.clauses import Clause, fault_clauses
from stagepact.contract.document import Document
from stagepact.contract.models import Operation
from stagepact.errors import ContractError, Problem
from stagepact.faults.subject import Gate
from stagepact.flow import Item, Target
from stagepact.plan.faults import knowing, lost_place, targets_of
from stagepact.plan.stages import Made
from stagepact.subject import Case
from stagepact.subject.protocols.operation import CalledOperation


def operation_fault_targets(
    document: Document,
    path: tuple[str, str, str, str],
    whole: Target,
    items: Callable[[Iterable[Clause]], tuple[Item, ...]],
    resolve: Callable[[str], object],
    *,
    in_process: bool,
) -> Made:
    """A target for each fault that the operation at a path speaks of, made of its own target.

    What brings its state about and who logs in are spared: only its requests meet the fault.
    """
    service, name = path[1], path[3]
    operation = document.contract.services[service].operations[name]
    own = [item.clause for item in whole.items]
    try:
        clauses = fault_clauses(document, path, (), own)
    except ContractError as error:
        return Made(problems=error.problems)
    clauses = knowing(clauses, whole.secrets)
    problems = (*_no_places(document, path, operation), *_lost(clauses))
    gate = Gate()
    ready = replace(whole, cases=_succeeding(whole, operation))
    if isinstance(whole.subject, CalledOperation):
        ready = replace(ready, subject=replace(whole.subject, sending=gate.opened))
    if not in_process:
        reason = "the code of a service that is reached by its URL can't be made to fail from here"
        ready = replace(ready, subject=None, reason=reason)
    made = items(each for each in clauses if ":" in each.value.key.target)
    targets, lost = targets_of(whole.views[0].subject, ready, made, resolve, gate)
    return Made(targets, (*problems, *lost))


def _no_places(
    document: Document, path: tuple[str, str, str, str], operation: Operation
) -> Iterator[Problem]:
    """Faults of ports, which an operation hasn't."""
    for target in operation.faults:
        if ":" not in target:
            found = f"a fault of {target!r}, which is no place in the service's code"
            advice = "write `module:attribute`, such as `shop.db:Orders.save`"
            place = document.place(*path, "faults", target)
            yield Problem(place, found, "`module:attribute`", advice, "unknown-port")


def _lost(clauses: Iterable[Clause]) -> Iterator[Problem]:
    first = {each.value.key.target: each for each in reversed([*clauses])}
    for target, clause in first.items():
        if ":" in target:
            yield from lost_place(clause)


def _succeeding(whole: Target, operation: Operation) -> tuple[Case, ...]:
    """The examples that say that they succeed."""
    names = {
        example.name
        for example in operation.examples
        if example.response is not None and (example.response.status or "")[:1] == "2"
    }
    return tuple(case for case in whole.cases if case.kind != "law" and case.name in names)
