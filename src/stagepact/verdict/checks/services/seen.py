"""What the checks of services see in the steps of a walk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from stagepact.contract.clauses import Clause
from stagepact.contract.resources import ServiceLaw
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.walks import (
    Step,
    Walk,
    values_of,
)
from stagepact.verdict.checks.model import Breach, Check, Judgement, differences

_MOST_SHOWN = 6

LawCheck = Callable[[ServiceLaw, Walk], Judgement]


def at(step: Step, *more: str | int) -> tuple[str | int, ...]:
    """The place of a step in a walk, and more in it."""
    return ("steps", step.name, *more)


def told_of(step: Step) -> str:
    """A step in a line: its status, its call and what it says."""
    said = f": {step.error}" if step.error else ""
    body = f" {shorten(step.body)}" if step.body is not None and not said else ""
    return f"{step.status} to {step.call.split(' ', 1)[0]} {step.target}{body}{said}"


def server_errors(statuses: Mapping[str, tuple[str, ...]], walk: Walk) -> Iterator[Breach]:
    """Steps that ended with an error of the server's own that isn't declared."""
    for step in walk.steps:
        undeclared = step.status not in statuses.get(step.call, ())
        undeclared &= "5XX" not in statuses.get(step.call, ())
        if step.status == "error" or (step.status[0] == "5" and undeclared):
            yield Breach("no server error", told_of(step), at(step, "status"))
            return


def changed(expected: Any, step: Step, of: Any, strict: bool) -> Iterator[Breach]:
    """Members that were sent, and that are read otherwise.

    A service may make of a member what it likes as long as it says so: unless the law was asked
    for, a member counts only where the answer to the change has it as it was sent.
    """
    for name, sent, read in values_of(step.body, expected):
        echoed = isinstance(of, Mapping) and name in of and not differences(sent, of[name])
        if (strict or (echoed and not is_masked(sent, read))) and differences(sent, read):
            yield Breach(shorten(sent), shorten(read), at(step, "body", name))


_MASKS = re.compile(r"([*•●█xX])\1{2,}")


def is_masked(whole: Any, shown: Any) -> bool:
    """Whether a text hides a part of itself, as numbers of cards do once they are stored."""
    texts = isinstance(whole, str) and isinstance(shown, str)
    return texts and bool(_MASKS.search(shown)) and not _MASKS.search(whole)


def readable(step: Step | None, after: str) -> Iterator[Breach]:
    """A breach where what is read isn't there."""
    if step is not None and step.gone:
        yield Breach(f"what can be read {after}", told_of(step), at(step, "status"))


def walked(observation: Observation) -> Walk | Breach:
    """The walk that a run was, or what ended it."""
    walk = None if observation.output is None else observation.output.raw
    if isinstance(walk, Walk):
        return walk
    told = str(observation.error or observation.status)
    return Breach("a scenario that can be played", told, ("status",))


def as_told(walk: Walk, told: Mapping[str, str]) -> Walk:
    """The walk as it wasn't: steps of these names are answered by another status, or emptied."""

    def other(step: Step) -> Step:
        said = told.get(step.name)
        if said is None:
            return step
        return replace(step, body=None) if said == "nothing" else _otherwise(step, said)

    return replace(walk, steps=tuple(map(other, walk.steps))) if told else walk


def _otherwise(step: Step, said: str) -> Step:
    if said == "other":
        return replace(step, body=_another(step.body), headers={**step.headers, "location": "/?"})
    return replace(step, status=said)


def _another(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _another(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_another(each) for each in value[1:]]
    return "\u0000 stagepact"


def _with_steps(found: tuple[Breach, ...], walk: Walk) -> tuple[Breach, ...]:
    """The breaches, each with the calls that led to it."""
    ways = [(each, _way(each, walk)) for each in found]
    return tuple(replace(each, seen=f"{each.seen}, after {way}") if way else each
                 for each, way in ways)  # fmt: skip


def _way(breach: Breach, walk: Walk) -> str:
    name = breach.pointer[1] if len(breach.pointer) > 1 else ""
    end = max((i for i, step in enumerate(walk.steps) if step.name == name), default=0)
    steps = [f"{e.call.split(' ', 1)[0]} {e.target} {e.status}" for e in walk.steps[:end]]
    shown = steps[-_MOST_SHOWN:]
    return ", ".join(["…"] * (len(steps) > len(shown)) + shown)


def over_observation(check: LawCheck) -> Check:
    """The check as a function of one observation; what halted can only be broken."""

    @wraps(check)
    def judge(clause: Clause, observation: Observation) -> Judgement:
        law: ServiceLaw = clause.value
        walk = walked(observation)
        if isinstance(walk, Breach):
            return (walk,)
        walk = as_told(walk, law.told)
        faults = tuple(server_errors(law.statuses, walk))
        if faults:
            return _with_steps(faults, walk)
        judged = check(law, walk)
        if judged and not isinstance(judged, str):
            return _with_steps(judged, walk)
        return walk.halted if walk.halted and (isinstance(judged, str) or not judged) else judged

    return judge
