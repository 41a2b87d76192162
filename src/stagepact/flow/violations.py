"""What broke a clause, told so that a reader can see it, paste it and run it again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import yaml

from stagepact.flow.model import Item, View
from stagepact.flow.quantiles import Stopwatch
from stagepact.flow.session import Session
from stagepact.flow.spots import spot
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject import Case, Given, Request
from stagepact.verdict.checks import Breach
from stagepact.verdict.model import Violation

if TYPE_CHECKING:
    from stagepact.flow.fuzzing import Fuzzing

_LONGEST_COMMAND = 2_000
_RERUNS_OF_A_TIME = 3


def violations(session: Session, fuzzing: Fuzzing, view: View, item: Item) -> tuple[Violation, ...]:
    """The violations of a clause by its smallest case; () when it isn't broken."""
    if item.clause.kind == "within.quantile":
        return _late(session, fuzzing, view, item)
    tally = session.tallies[item.id]
    if not tally.broken:
        return ()
    has_new = any(is_new(item, *pair) for pair in tally.broken)

    def is_meant(seen: Observation, breaches: tuple[Breach, ...]) -> bool:
        return not has_new or is_new(item, seen, breaches)

    written = [p for p in tally.broken if not p[0].case.is_generated and is_meant(*p)]
    observation, breaches = written[0] if written else fuzzing.smallest(view, item, is_meant)
    again = _again(session, view, item, observation)
    if again and item.clause.kind == "within.max":
        # one late run on a busy machine is no broken promise; it has to happen again
        tally.broken.clear()
        tally.kept += 1
        return ()
    return tuple(_violation(view, item, breach, observation, again) for breach in breaches)


def is_new(item: Item, seen: Observation, breaches: tuple[Breach, ...]) -> bool:
    """Whether a clause is broken where the baseline doesn't know it."""
    known = {each.spot for each in item.known}
    return any(spot(item.clause, each.pointer, seen) not in known for each in breaches)


def _late(session: Session, fuzzing: Fuzzing, view: View, item: Item) -> tuple[Violation, ...]:
    tally = session.tallies[item.id]
    watch = Stopwatch(session, view, tally, fuzzing.options.clock)
    judged = watch.judged(fill=fuzzing.is_on)
    if isinstance(judged, str):
        tally.reason = judged
        return ()
    tally.counted(len(tally.durations), broken=bool(judged))
    return tuple(
        Violation(
            each.promised,
            each.seen,
            each.pointer,
            owner=_owner(view, item),
            spot=spot(item.clause, each.pointer),
        )
        for each in judged
    )


def _again(session: Session, view: View, item: Item, before: Observation) -> str:
    """What is seen when the same case is run again and the clause is kept; else nothing."""
    reruns = _RERUNS_OF_A_TIME if item.clause.kind == "within.max" else 1
    for _ in range(reruns):
        judged, seen = session.judge_once(view, item.clause, before.case)
        if isinstance(judged, str) or not judged:
            return f"first {_told(before)}; then, run again, {_told(seen)}"
    return ""


def _told(seen: Observation) -> str:
    shown = shorten(seen.output.data) if seen.output is not None else str(seen.error or "nothing")
    return f"{seen.status} {shown} in {seen.duration * 1000:.1f} ms"


def _violation(view: View, item: Item, breach: Breach, seen: Observation, again: str) -> Violation:
    case = seen.case
    return Violation(
        promised=breach.promised,
        seen=breach.seen,
        pointer=breach.pointer,
        case=case.name,
        example=example_yaml(case) if case.is_generated else "",
        command=command(item, case),
        owner=_owner(view, item),
        nondeterministic=again,
        traceback=breach.traceback or (seen.error.traceback if seen.error is not None else ""),
        spot=spot(item.clause, breach.pointer, seen),
    )


def _owner(view: View, item: Item) -> str:
    if item.clause.owner != "runtime":
        return ""
    runtime = view.subject.runtime or "the runtime"
    return (
        f"owed by the runtime ({runtime}) on the path {view.subject.path}, "
        f"not by {view.subject.name}'s own code"
    )


def given_values(given: Given) -> dict[str, Any]:
    """What is given as plain values, as an example of the contract would write it."""
    values: dict[str, Any] = {}
    if given.input is not None:
        values["input"] = given.input
    for part in ("inputs", "config", "context"):
        if getattr(given, part):
            values[part] = dict(getattr(given, part))
    return values


def request_values(request: Request) -> dict[str, Any]:
    """A request's parts as plain values."""
    values: dict[str, Any] = {
        part: dict(getattr(request, part))
        for part in ("path", "query", "headers", "cookies")
        if getattr(request, part)
    }
    if request.has_body:
        values["body"] = request.body
    if request.without:
        values["without"] = list(request.without)
    if request.raw is not None:
        values["raw"] = request.raw
    return values


def case_values(case: Case) -> dict[str, Any]:
    """A case as plain values: `given` of a stage, or `state` and `request` of an operation."""
    values: dict[str, Any] = {}
    if case.given.state is not None:
        values["state"] = case.given.state
    if case.given.user is not None:
        values["as"] = case.given.user
    request = request_values(case.given.request)
    if request:
        values["request"] = request
    given = given_values(case.given)
    if given:
        values["given"] = given
    return values


def example_yaml(case: Case) -> str:
    """The case as an entry to paste under `examples:`."""
    entry = [{"name": "found by fuzzing", **case_values(case)}]
    try:
        return yaml.safe_dump(entry, allow_unicode=True, sort_keys=False, width=88).rstrip()
    except yaml.YAMLError:
        return json.dumps(entry, default=repr)


def command(item: Item, case: Case) -> str:
    """The command that runs the case again and judges the clause."""
    told = case.name if not case.is_generated else json.dumps(case_values(case), default=repr)
    text = f"stagepact run {shlex.quote(str(item.id))} --case {shlex.quote(told)}"
    if len(text) > _LONGEST_COMMAND:
        return (
            f"stagepact run {shlex.quote(str(item.id))} --case FILE  # the example above, as JSON"
        )
    return text
