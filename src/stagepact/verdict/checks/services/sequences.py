"""The laws of many calls: what they leave there, and what they conserve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stagepact.contract.clauses import Clause
from stagepact.contract.expression import EvaluationError, evaluate, explain
from stagepact.contract.resources import ConservationValue, Resource, ServiceLaw
from stagepact.observation import Observation
from stagepact.subject.protocols.walks import (
    Step,
    Walk,
)
from stagepact.verdict.checks.model import Breach, Judgement, schema_breaches
from stagepact.verdict.checks.responses import declared_as
from stagepact.verdict.checks.services.seen import at, server_errors, told_of, walked


def sequences(law: ServiceLaw, walk: Walk) -> Judgement:
    """Items are there once created, and gone once deleted; statuses are declared."""
    resource, there = law.resource, dict[str, bool]()
    for step in walk.steps:
        key = str(step.path.get(resource.parameter))
        found: Judgement = ()
        if step.name == "call":
            found = _undeclared(law, step)
            _remember(resource, step, key, there)
        elif step.name == "made":
            there[key] = True
        if step.name in ("made", "look") and not found:
            found = _looked(law, step, there.get(key))
            if not found and step.succeeded:
                found = _undeclared(law, step)
        if found:
            return found
    calls = [step for step in walk.named("call") if step.succeeded]
    return () if calls else "no call succeeded"


# Statuses that come before a request is looked at, or after others' calls (decision 0021).
_ANYBODYS = ("401", "403", "404", "410", "429")


def _undeclared(law: ServiceLaw, step: Step) -> Judgement:
    declared = law.statuses.get(step.call, ())
    status = declared_as(step.status, declared)
    if status is None and declared:
        excused = step.status in _ANYBODYS if law.asked else step.status[0] == "4"
        promised = f"a status of {', '.join(declared)}"
        return () if excused else (Breach(promised, told_of(step), at(step, "status")),)
    validator = law.bodies.get((step.call, status or ""))
    return () if validator is None else schema_breaches(validator, step.body, at(step, "body"))


def _remember(resource: Resource, step: Step, key: str, there: dict[str, bool]) -> None:
    """What is known of an item after a call: only a change leaves it there, only DELETE not."""
    role = next((role for role, call in resource.roles.items() if call == step.call), "")
    if not step.succeeded or role in ("create", "list", "read", "keyed", "own-id"):
        return
    there.pop(key, None)
    if role == "delete" and step.status != "202":
        there[key] = False


def _looked(law: ServiceLaw, step: Step, there: bool | None) -> Judgement:
    if step.gone and there:
        return (Breach("what was created can be read", told_of(step), at(step, "status")),)
    if step.succeeded and there is False and law.asked:
        return (Breach("what was deleted is gone", told_of(step), at(step, "status")),)
    return ()


def conservation(clause: Clause, observation: Observation) -> Judgement:
    """The expression is true of the responses, before and after each call."""
    value: ConservationValue = clause.value
    walk = walked(observation)
    if isinstance(walk, Breach):
        return (walk,)
    faults = tuple(server_errors(value.statuses, walk))
    if faults:
        return faults
    before: dict[str, Any] = {}
    now: dict[str, Any] = {}
    looked = 0
    call: Step | None = None
    for step in walk.steps:
        if step.name == "call":
            before, now, call = now, {}, step
        elif step.name == "look" and not step.succeeded:
            return f"{step.call} is answered by {step.status}"
        elif step.name == "look":
            now[step.note] = step.body
            if len(now) == len(value.over) and _is_meant(value, call):
                looked += 1
                judged = _conserved(clause, {**now, "before": before or now}, call)
                if judged:
                    return judged
    least = 1 if value.after else 2  # the first look is before any call
    return () if looked >= least else walk.halted or _untried(value, walk)


def _is_meant(value: ConservationValue, call: Step | None) -> bool:
    """Whether something is conserved by a call; one that is refused changes nothing."""
    return not value.after or (call is not None and call.call in value.after and call.succeeded)


def _untried(value: ConservationValue, walk: Walk) -> str:
    """Why nothing was seen of what a call conserves."""
    tried = [step for step in walk.named("call") if step.call in value.after]
    told = dict.fromkeys(f"{step.call} is answered by {step.status}" for step in tried)
    return f"{', '.join(told)}: give an example that succeeds" if told else "nothing was changed"


def _conserved(clause: Clause, names: Mapping[str, Any], call: Step | None) -> Judgement:
    expression, after = clause.value.expression, f" after {told_of(call)}" if call else ""
    where = ("steps", "call") if call else ("steps", "look")
    try:
        if evaluate(expression, names) is True:
            return ()
        return (Breach(clause.promise, explain(expression, names) + after, where),)
    except EvaluationError as error:
        return (Breach(clause.promise, f"it can't be evaluated: {error}{after}", where),)
