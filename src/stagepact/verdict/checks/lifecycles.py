"""Lifecycles: what a resource's states were before and after each move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from stagepact.contract.clauses import Clause
from stagepact.contract.lifecycle import Lifecycle, LifecycleValue
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.lifecycles import LATE
from stagepact.subject.protocols.walks import Step, Walk
from stagepact.verdict.checks.model import Breach, Check, Judgement
from stagepact.verdict.checks.services import as_told, server_errors, walked


def _walk(clause: Clause, observation: Observation) -> tuple[Walk | None, Judgement]:
    value: LifecycleValue = clause.value
    walk = walked(observation)
    if isinstance(walk, Breach):
        return None, (walk,)
    walk = as_told(walk, value.told)
    faults = tuple(server_errors(value.statuses, walk))
    return (None, faults) if faults else (walk, walk.halted)


def _state(lifecycle: Lifecycle, step: Step) -> str | None:
    return lifecycle.read(step.status, step.body, step.headers)


def _tries(value: LifecycleValue, walk: Walk) -> Iterator[tuple[Step, Step, Step]]:
    """Each move that was tried in the clause's state, with the answers before and after it."""
    reads = [step for step in walk.steps if step.name in ("state", "try", "then")]
    for before, move, after in zip(reads, reads[1:], reads[2:], strict=False):
        here = move.name == "try" and move.note in value.moves
        if here and _state(value.lifecycle, before) == value.state:
            yield before, move, after


def allowed(clause: Clause, observation: Observation) -> Judgement:
    """An allowed move succeeds, and leads to a state that may follow."""
    value: LifecycleValue = clause.value
    walk, judged = _walk(clause, observation)
    if walk is None:
        return judged
    found: list[Breach] = []
    meanwhile = value.lifecycle.by_itself(value.state) - {value.state}
    tried = 0
    for _, move, after in _tries(value, walk):
        said = value.lifecycle.said.moves[str(move.note)]
        where = ("moves", str(move.note), "status")
        refused = not move.succeeded and move.status != LATE
        if refused and _state(value.lifecycle, after) in meanwhile:
            continue  # it had moved by itself when the call came
        tried += 1
        if move.status == LATE:
            state = value.lifecycle.read("200", move.body, move.headers)
            told = f"{state} all that time"
            promised = f"{' or '.join(said.to)} within {said.within}"
            found.append(Breach(promised, told, ("moves", str(move.note), "within")))
            continue
        unknown = value.lifecycle.allowed(said, value.state) is None
        if not move.succeeded:
            if not unknown or move.status != value.lifecycle.said.refused:
                told = f"{move.status} in the state {value.state}"
                found.append(Breach("a move that works", told, where))
            continue
        then = _state(value.lifecycle, after)
        if then is None or not _fits(value, said.to, then):
            wanted = " or ".join(said.to) or f"a state that may follow {value.state}"
            wanted += f" within {said.within}" if said.within else ""
            found.append(Breach(wanted, str(then), ("moves", str(move.note), "state")))
    return tuple(found) if tried else judged or "another case"


def _fits(value: LifecycleValue, to: list[str], then: str) -> bool:
    if to:
        return then in value.lifecycle.by_itself(*to)
    follow = (each for each in value.lifecycle.states if value.lifecycle.follows(value.state, each))
    return then in value.lifecycle.by_itself(*follow)


def forbidden(clause: Clause, observation: Observation) -> Judgement:
    """A forbidden move is refused by the declared status, and leaves the state as it is."""
    value: LifecycleValue = clause.value
    walk, judged = _walk(clause, observation)
    if walk is None:
        return judged
    found: list[Breach] = []
    meanwhile = value.lifecycle.by_itself(value.state) - {value.state}
    tried = 0
    for before, move, after in _tries(value, walk):
        said = value.lifecycle.said.moves[str(move.note)]
        refused = (value.lifecycle.said.refused, *(("404", "410") if before.gone else ()))
        elsewhere = any(value.lifecycle.allowed(said, each) is not False for each in meanwhile)
        if move.status not in refused and elsewhere:
            continue  # it may have moved by itself to where the call is allowed
        tried += 1
        where = ("moves", str(move.note))
        then = _state(value.lifecycle, after)
        if move.status not in refused:
            told = f"{move.status} in the state {value.state}"
            found.append(Breach(f"a refusal by {refused[0]}", told, (*where, "status")))
        elif then != value.state and then not in meanwhile:
            found.append(Breach(value.state, str(then), (*where, "state")))
    return tuple(found) if tried else judged or "another case"


def progress(clause: Clause, observation: Observation) -> Judgement:
    """Progress is from 0 to 100, and falls only where a state begins again."""
    value: LifecycleValue = clause.value
    walk, judged = _walk(clause, observation)
    if walk is None:
        return judged
    lifecycle, seen = value.lifecycle, list[tuple[str | None, object]]()
    for step in walk.named("state", "wait", "then"):
        told = found_at(lifecycle.said.progress, step.body)
        if step.succeeded and told is not None:
            seen.append((_state(lifecycle, step), told))
    where = ("progress",)
    for state, told in seen:
        number = isinstance(told, int | float) and not isinstance(told, bool)
        if not (number and 0 <= float(str(told)) <= 100):
            return (Breach("from 0 to 100", f"{shorten(told)} in the state {state}", where),)
    been: list[str | None] = [state for state, _ in seen[:1]]
    for (one, before), (two, after) in pairwise(seen):
        again = one != two and two in been
        been.append(two)
        if float(str(after)) < float(str(before)) and not again:
            return (Breach(f"at least {before}", f"{after} in the state {two}", where),)
    return () if len(seen) > 1 else judged or "no progress was told twice"


CHECKS: Mapping[str, Check] = {
    "lifecycle.allowed": allowed,
    "lifecycle.forbidden": forbidden,
    "lifecycle.progress": progress,
}
