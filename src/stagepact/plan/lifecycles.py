"""Targets of lifecycles: each state with the moves that are allowed or forbidden in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from stagepact.contract.clauses import Clause
from stagepact.contract.lifecycle import Lifecycle, LifecycleValue, lifecycle_clauses
from stagepact.contract.models import Lifecycle as Said
from stagepact.contract.models import seconds
from stagepact.contract.resources import Resource, resources
from stagepact.flow import Target, View
from stagepact.observation import Limits
from stagepact.plan.service_laws import Walked
from stagepact.subject import Case, Given
from stagepact.subject.protocols.lifecycles import moved
from stagepact.subject.protocols.walks import Walker

_SECONDS = 30.0


def lifecycle_targets(walked: Walked) -> Iterator[Target]:
    """A target for each clause of each lifecycle.

    Raises:
        ContractError: a lifecycle can't be read.
    """
    for said, clauses in lifecycle_clauses(walked.document, walked.name, walked.service):
        resource = _resource(walked, said.resource)
        subject = walked.subject(
            said.resource, "resource", partial(_moved, Lifecycle(said), resource)
        )
        calls = [resource.roles[r] for r in ("create", "read") if r in resource.roles]
        moves = [each.call for each in said.moves.values()]
        known = [call for call in calls if call in walked.service.operations]
        for clause in clauses:
            yield Target(
                f"{walked.name} {said.resource} {clause.id}[{walked.path}]",
                (View(subject.id, (walked.item(clause, subject.id),)),),
                subject,
                cases=tuple(_cases(clause, walked.states_of(known[:1]))),
                fuzz=0,
                limits=Limits(seconds=_SECONDS + sum(_waits(said))),
                isolate=walked.isolates([*resource.roles.values(), *moves]),
                fixtures=walked.fixtures,
                secrets=walked.secrets,
            )


def _waits(said: Said) -> Iterator[float]:
    """The times that are waited at most: on the ways to a state, and once in it."""
    for move in said.moves.values():
        if move.within is not None:
            yield 4 * seconds(move.within)


def _moved(lifecycle: Lifecycle, resource: Resource, walker: Walker, case: Case) -> Any:
    return moved(walker, lifecycle, resource, case)


def _resource(walked: Walked, item: str) -> Resource:
    """What the service's operations show of a resource; at least that it can be read."""
    known = resources(walked.document, walked.service)
    found = next((each for each in known if each.item == item), None)
    if found is not None and found.has("read"):
        return found
    return Resource(item.rpartition("/")[0] or "/", item, {"read": f"GET {item}"})


def _cases(clause: Clause, states: list[str | None]) -> Iterator[Case]:
    """From each state of the service, each move in the clause's state; every state for progress."""
    value: LifecycleValue = clause.value
    steps = [[value.state, move] for move in value.moves]
    if not value.state:
        steps = [[state] for state in value.lifecycle.states]
    for state in states:
        for each in steps:
            name = ": ".join([*([state] if state else []), *each])
            yield Case(name, Given(state=state, input=each))
