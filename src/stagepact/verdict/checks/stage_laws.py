"""The laws of stages: pure functions of what a stage's tries showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from stagepact.contract.clauses import OWN_LAW, Clause
from stagepact.contract.laws import StageLaw
from stagepact.observation import End, Observation
from stagepact.schema.explain import shorten
from stagepact.schema.validate import json_violations
from stagepact.subject.protocols.stage_laws import Tries, Try
from stagepact.verdict.checks.model import (
    KEPT,
    Breach,
    Check,
    Judgement,
    differences,
    from_schema_violation,
)

TryCheck = Callable[[Tries], Iterator[Breach]]


def deterministic(seen: Tries) -> Iterator[Breach]:
    """The same input gives the same output."""
    first, *others = seen.tries
    for other in others:
        for breach in differences(first.outcome, other.outcome):
            told = f"{breach.seen} in {other.name}"
            yield Breach(f"{breach.promised} as in {first.name}", told, breach.pointer)


def no_input_mutation(seen: Tries) -> Iterator[Breach]:
    """What a stage is given is as it was when it has ended."""
    yield from _changes(seen, ("input", "context"))


def upstream_output_frozen(seen: Tries) -> Iterator[Breach]:
    """What an upstream returned is changed by no one, nor is what the stage returned."""
    yield from _changes(seen, ("inputs", "output"))


def _changes(seen: Tries, parts: tuple[str, ...]) -> Iterator[Breach]:
    for each in seen.tries[:1]:
        for part, before, after in each.changed:
            if part in parts:
                yield from differences(before, after, (part,))


def json_serialisable(seen: Tries) -> Iterator[Breach]:
    """Output and payloads of events can be written as JSON."""
    for each in seen.tries[:1]:
        for violation in json_violations(each.raw):
            yield from_schema_violation(violation, ("data",))
        for number, (_, data) in enumerate(each.events):
            for violation in json_violations(data):
                yield from_schema_violation(violation, ("events", number))


def declared_dependencies_only(seen: Tries) -> Iterator[Breach]:
    """Only outputs of declared upstreams are asked for."""
    for each in seen.tries:
        for name in each.asked:
            if name not in each.declared:
                listed = ", ".join(each.declared) or "none"
                yield Breach(f"one of its upstreams ({listed})", f"it asks for {name}")


def cancellation_leaves_nothing_running(seen: Tries) -> Iterator[Breach]:
    """Who is cancelled ends, and what it started has ended, too."""
    for each in seen.tries:
        if each.status == "running":
            yield Breach("an end", f"cancelled {each.name}, it goes on")
            return
        if each.left:
            yield Breach("nothing left", f"cancelled {each.name}: {', '.join(each.left)}")
            return


def nothing_leaked(seen: Tries) -> Iterator[Breach]:
    """No task, thread or open file is left, run after run."""
    _, *later = seen.tries
    if all(each.left for each in later):
        told = ", ".join(later[0].left)
        yield Breach("nothing left", f"{told} after {later[0].name}, and after each other one")


def pure(seen: Tries) -> Iterator[Breach]:
    """The same output, and nothing else is changed or called."""
    yield from deterministic(seen)
    yield from _changes(seen, ("input", "inputs", "context"))
    for each in seen.tries[:1]:
        for did in each.beside:
            yield Breach("no effect beside its output", f"it {did}")


def idempotent(seen: Tries) -> Iterator[Breach]:
    """A second run gives what the first one gave, and leaves its ports in the same state."""
    first, second = seen.tries
    yield from differences(first.outcome, second.outcome)
    yield from differences(first.state, second.state, ("ports",))


def thread_safe(seen: Tries) -> Iterator[Breach]:
    """Calls at the same time give what they give one after the other."""
    runs: dict[str, list[Try]] = {"alone": [], "alone again": [], "together": []}
    for each in seen.tries:
        runs[each.name.rpartition(" ")[0]].append(each)
    for each in runs["together"]:
        index = int(each.name.rpartition(" ")[2])
        one, two = runs["alone"][index], runs["alone again"][index]
        unstable = {breach.pointer for breach in differences(one.outcome, two.outcome)}
        for breach in differences(one.outcome, each.outcome):
            if not any(breach.pointer[: len(place)] == place for place in unstable):
                told = f"{breach.seen} at the same time as others"
                yield Breach(f"{breach.promised} as alone", told, breach.pointer)
                return


TRY_CHECKS: Mapping[str, TryCheck] = {
    "deterministic": deterministic,
    "no-input-mutation": no_input_mutation,
    "upstream-output-frozen": upstream_output_frozen,
    "json-serialisable": json_serialisable,
    "declared-dependencies-only": declared_dependencies_only,
    "cancellation-leaves-nothing-running": cancellation_leaves_nothing_running,
    "nothing-leaked": nothing_leaked,
    "pure": pure,
    "idempotent": idempotent,
    "thread-safe": thread_safe,
}


# -- what is said to have been seen, which wasn't -------------------------------------------------


def _other_output(seen: Tries) -> Tries:
    *first, last = seen.tries
    return replace(seen, tries=(*first, replace(last, status="error", error="another")))


def _all(**told: Any) -> Callable[[Tries], Tries]:
    """Each try as if it had shown this, too."""

    def wrong(seen: Tries) -> Tries:
        return replace(seen, tries=tuple(replace(each, **told) for each in seen.tries))

    return wrong


WRONG: Mapping[str, Callable[[Tries], Tries]] = {
    "deterministic": _other_output,
    "no-input-mutation": _all(changed=(("input", "as it was", "changed"),)),
    "upstream-output-frozen": _all(changed=(("inputs", "as it was", "changed"),)),
    "json-serialisable": _all(raw=object()),
    "declared-dependencies-only": _all(asked=("a stranger",), declared=()),
    "cancellation-leaves-nothing-running": _all(left=("a task",)),
    "nothing-leaked": _all(left=("a task",)),
    "pure": _all(beside=("changes something",)),
    "idempotent": _other_output,
    "thread-safe": _other_output,
}


# -- the clauses' checks --------------------------------------------------------------------------


def _unjudged(observation: Observation) -> str:
    """Why a run says nothing of a law; "" where it does."""
    if observation.end is End.RETURNED and observation.output is not None:
        return ""
    why = f": {observation.error}" if observation.error is not None else ""
    return f"it couldn't be tried, the run is {observation.end}{why}"


def _law(name: str, look: TryCheck) -> Check:
    @wraps(look)
    def check(clause: Clause, observation: Observation) -> Judgement:
        why = _unjudged(observation)
        if why or observation.output is None:
            return why
        seen: Tries = observation.output.raw
        if seen.reason:
            return seen.reason
        value: StageLaw = clause.value
        return tuple(look(WRONG[name](seen) if value.told else seen)) or KEPT

    return check


def own(clause: Clause, observation: Observation) -> Judgement:
    """What a plugin's law promises."""
    law = clause.value.own
    why = _unjudged(observation)
    if law is None or why or observation.output is None:
        return why or "no plugin has the law"
    shown = observation.output.raw
    told = law.judge(law.wrong(shown) if clause.value.told else shown)
    if isinstance(told, str):
        return told or KEPT
    return tuple(Breach(law.promise, shorten(each)) for each in told)


CHECKS: Mapping[str, Check] = {
    **{f"stages.{name}": _law(name, look) for name, look in TRY_CHECKS.items()},
    OWN_LAW: own,
}
