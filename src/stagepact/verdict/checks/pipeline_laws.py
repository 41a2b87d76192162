"""The laws of pipelines: pure functions of what a runtime showed with generated pipelines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import wraps
from itertools import pairwise

from stagepact.contract.clauses import Clause
from stagepact.contract.laws import StageLaw
from stagepact.observation import End, Observation
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.pipeline_laws import (
    REFUSED,
    Entry,
    RunSeen,
    Shown,
    downstream,
)
from stagepact.subject.protocols.runtimes import Answer, Ended, StageSpec
from stagepact.verdict.checks.model import KEPT, Breach, Check, Judgement

ShownCheck = Callable[[Shown], Iterator[Breach]]

# What is raised where nobody thought of the case.
_UNCLEAR = frozenset(
    {
        "RecursionError", "KeyError", "IndexError", "AttributeError", "TypeError", "AssertionError",
        "MemoryError", "UnboundLocalError", "StopIteration", "ZeroDivisionError",
    }
)  # fmt: skip
_TERMINAL = ("completed", "failed", "skipped", "cancelled")


def acyclic(seen: Shown) -> Iterator[Breach]:
    """No stage waits for itself, and a graph with a cycle is refused."""
    cycle = seen.facts["cycle"]
    if not cycle:
        yield from _no_cycle(seen)
        return
    told = " → ".join(cycle)
    if seen.error is None:
        yield Breach(f"a refusal of the cycle {told}", "it is built")
    elif not _is_clear(seen.error, cycle):
        yield Breach(f"an error that names a stage of {told}", _error(seen.error))


def _no_cycle(seen: Shown) -> Iterator[Breach]:
    for spec in seen.specs:
        if spec.name in downstream(seen.specs, spec.name):
            yield Breach("no stage that waits for itself", f"{spec.name} does", (spec.name,))
            return
    if seen.error is not None:
        yield Breach("a pipeline of this graph", _error(seen.error))


def _error(error: tuple[str, str]) -> str:
    return f"{error[0]}: {shorten(error[1])}"


def _is_clear(error: tuple[str, str], names: list[str] | tuple[str, ...]) -> bool:
    named = not names or any(name in error[1] for name in names)
    return error[0] not in _UNCLEAR and bool(error[1].strip()) and named


def build_or_clear_error(seen: Shown) -> Iterator[Breach]:
    """Any graph is built, or refused by an error that says what is wrong, up to 2,000 stages."""
    shape = seen.facts["shape"]
    if shape in REFUSED:
        if seen.error is None:
            yield Breach(f"a refusal ({shape})", "it is built")
        elif not _is_clear(seen.error, REFUSED[shape]):
            wanted = " or ".join(REFUSED[shape]) or "what is wrong"
            yield Breach(f"an error that names {wanted}", _error(seen.error))
        return
    if seen.error is not None:
        if not _is_clear(seen.error, ()):
            yield Breach("a pipeline, or an error that says why not", _error(seen.error))
        return
    if seen.shapes["built"][1] != seen.facts["wanted"]:
        yield Breach(f"{len(seen.facts['wanted'])} stages", f"{len(seen.shapes['built'][1])}")


def order_respected(seen: Shown) -> Iterator[Breach]:
    """A stage begins when all its upstreams have ended, with what they returned."""
    run = seen.runs[0]
    over: set[str] = set()
    depends = {each.name: each.depends for each in seen.specs}
    for entry in run.log:
        if entry.what == "ends":
            over.add(entry.stage)
        if entry.what != "begins":
            continue
        early = [name for name in depends[entry.stage] if name not in over]
        if early:
            yield Breach(f"{entry.stage} after {early[0]}", "it begins before", (entry.stage,))
        handed = {name: data.get("by") for name, data in entry.upstreams.items()}
        if handed != {name: name for name in depends[entry.stage]}:
            wanted = ", ".join(depends[entry.stage]) or "no one"
            told = f"it gets what {', '.join(map(str, handed.values())) or 'no one'} returned"
            yield Breach(f"{entry.stage} gets what {wanted} returned", told, (entry.stage,))
    missing = [each for each in depends if each not in run.stages("begins")]
    if missing:
        yield Breach("each stage runs", f"{', '.join(missing)} didn't ({_end(run)})")


def _end(run: RunSeen) -> str:
    return f"{run.ended.status}: {run.ended.error}" if run.ended.error else run.ended.status


# The two series of shapes: of the class itself, and of a subclass.
_BOTH = ("", " of a subclass")


def compose_associative(seen: Shown) -> Iterator[Breach]:
    """(a + b) + c is a + (b + c)."""
    for which in _BOTH:
        one, other = seen.shapes["(a + b) + c" + which], seen.shapes["a + (b + c)" + which]
        if one[1] != other[1]:
            yield Breach(f"(a + b) + c: {_stages(one[1])}", f"a + (b + c): {_stages(other[1])}")


def compose_idempotent(seen: Shown) -> Iterator[Breach]:
    """P + p is p."""
    for which in _BOTH:
        one, twice = seen.shapes["a" + which], seen.shapes["a + a" + which]
        if one[1] != twice[1]:
            yield Breach(f"a: {_stages(one[1])}", f"a + a: {_stages(twice[1])}")


def _stages(shape: Mapping[str, tuple[str, ...]]) -> str:
    told = (f"{name}({', '.join(upstreams)})" for name, upstreams in shape.items())
    return shorten(" ".join(told))


def compose_preserves_stages(seen: Shown) -> Iterator[Breach]:
    """What is composed has all stages of both and is of the same class; neither is changed."""
    for which in _BOTH:
        one, two = seen.shapes["a" + which], seen.shapes["b" + which]
        both = seen.shapes["a + b" + which]
        if both[1] != {**one[1], **two[1]}:
            wanted = _stages({**one[1], **two[1]})
            yield Breach(f"a + b: {wanted}", _stages(both[1]))
        for name, found in (("a", one), ("a + b", both)):
            kind = seen.shapes["nothing" + which][0]
            if found[0] != kind:
                yield Breach(f"{name} is a {kind}, as before stages were added", f"a {found[0]}")
        for name in ("a", "b"):
            if seen.shapes[name + which] != seen.shapes[f"{name} afterwards{which}"]:
                yield Breach(f"{name} as it was", "composing changes it")


def runs_isolated(seen: Shown) -> Iterator[Breach]:
    """Runs at the same time end as they do alone."""
    runs: Mapping[str, tuple[str, str]] = seen.facts["runs"]
    count = len(runs)
    for alone, together in zip(seen.runs[:count], seen.runs[count:], strict=True):
        does = runs[alone.name][1]
        if does == "stopped":
            continue
        ended = _comparable(alone.ended), _comparable(together.ended)
        if ended[0] != ended[1]:
            told = f"{_end(together)} at the same time as others"
            yield Breach(f"run {alone.name} ends as alone ({_end(alone)})", told, (alone.name,))


def _comparable(ended: Ended) -> tuple[str, Mapping[str, Answer]]:
    return ended.status, ended.results if ended.status == "ok" else {}


def dependents_of_a_failure_do_not_run(seen: Shown) -> Iterator[Breach]:
    """What depends on a stage that failed or was cancelled doesn't run."""
    begun = seen.runs[0].stages("begins")
    for spec in seen.specs:
        if spec.does not in ("fail", "raise", "cancel") or spec.name not in begun:
            continue
        for name in sorted(downstream(seen.specs, spec.name)):
            if name in begun:
                told = f"{name} runs although {spec.name} did {spec.does}"
                yield Breach(f"no {name}", told, (name,))


def nothing_running(seen: Shown) -> Iterator[Breach]:
    """A run that is cancelled ends, and so do its stages."""
    for run in seen.runs:
        if run.ended.status == "never ends":
            yield Breach("an end", "the cancelled run goes on")
        if run.running:
            told = f"{', '.join(run.running)} running ({_end(run)})"
            yield Breach("no stage running when the run has ended", told)
        elif run.left:
            yield Breach("no task left when the run has ended", ", ".join(run.left))


def nothing_leaked(seen: Shown) -> Iterator[Breach]:
    """When a run has ended, in whatever way, none of its stages runs."""
    yield from nothing_running(seen)


def sink_failure_contained(seen: Shown) -> Iterator[Breach]:
    """A sink that raises changes no result."""
    fine, broken = seen.runs
    if (fine.ended.status, fine.ended.results) != (broken.ended.status, broken.ended.results):
        yield Breach(f"{_end(fine)}, as with a good sink", _end(broken))


def every_stage_has_one_terminal_event(seen: Shown) -> Iterator[Breach]:
    """Each stage that ran has one event of its end: completed, failed, skipped or cancelled."""
    run = seen.runs[0]
    for name in dict.fromkeys(run.stages("begins")):
        ends = [kind for stage, kind, _ in run.events if stage == name and kind in _TERMINAL]
        if len(ends) != 1:
            told = ", ".join(ends) or "no event of its end"
            yield Breach(f"one of {', '.join(_TERMINAL)} of {name}", told, (name,))
            return


def sequence_monotonic(seen: Shown) -> Iterator[Breach]:
    """The numbers of a run's events rise by one."""
    numbers = [number for _, _, number in seen.runs[0].events]
    for one, following in pairwise(numbers):
        if one is None or following != one + 1:
            yield Breach("numbers that rise by one", f"{following} after {one}")
            return


def idempotency_is_per_stage(seen: Shown) -> Iterator[Breach]:
    """A run's key is used up by each stage for itself: no stage gets another's result."""
    run = seen.runs[0]
    for spec in seen.specs:
        answer = run.ended.results.get(spec.name)
        by = None if answer is None else answer.data.get("by")
        if spec.name not in run.stages("begins"):
            told = f"it isn't run ({_end(run)})" if by is None else f"it gets the result of {by}"
            yield Breach(f"{spec.name} runs", told, (spec.name,))
            return


def retry_is_honoured(seen: Shown) -> Iterator[Breach]:
    """A stage that asks for a retry is run again, and is not done before."""
    run = seen.runs[0]
    begun = run.stages("begins")
    for spec in seen.specs:
        if spec.does not in ("retry", "flaky") or spec.name not in begun:
            continue
        calls = begun.count(spec.name)
        if calls <= spec.times:
            asks = "asks for a retry" if spec.does == "retry" else "raises"
            told = f"run {calls} time{'s' if calls > 1 else ''} ({_end(run)})"
            promised = f"{spec.name}, which {asks} {spec.times}×, run {spec.times + 1} times"
            yield Breach(promised, told, (spec.name,))
        for name in _early(run.log, spec, downstream(seen.specs, spec.name)):
            yield Breach(f"{name} after {spec.name} is done", "it runs before", (name,))


def _early(log: tuple[Entry, ...], spec: StageSpec, dependents: set[str]) -> Iterator[str]:
    calls = 0
    for entry in log:
        calls += entry.what == "ends" and entry.stage == spec.name
        if entry.what == "begins" and entry.stage in dependents and calls <= spec.times:
            yield entry.stage


def open_circuit_is_not_success(seen: Shown) -> Iterator[Breach]:
    """A stage that isn't run, for its circuit is open, has not succeeded."""
    run = seen.runs[0]
    answer = run.ended.results.get("fails")
    if answer is not None and answer.status == "ok":
        yield Breach("no success of a stage that isn't run", "its answer is ok", ("fails",))
    if "follows" in run.stages("begins"):
        yield Breach("nothing that depends on it runs", "follows runs", ("follows",))


def context_write_once(seen: Shown) -> Iterator[Breach]:
    """What was written to the context can be read, and a second write is refused."""
    kept: dict[str, object] = {}
    for stage, key, value, refused, read in seen.facts["writes"]:
        if key not in kept:
            kept[key] = value
            if refused:
                yield Breach(f"{stage} writes {key!r}", refused, (key,))
                return
        elif not refused:
            yield Breach(f"a second write of {key!r} is refused", f"{stage} writes it", (key,))
            return
        if read != kept[key]:
            yield Breach(f"{shorten(kept[key])} at {key!r}", shorten(read), (key,))
            return


SHOWN_CHECKS: Mapping[str, ShownCheck] = {
    "acyclic": acyclic,
    "build-or-clear-error": build_or_clear_error,
    "order-respected": order_respected,
    "compose-associative": compose_associative,
    "compose-idempotent": compose_idempotent,
    "compose-preserves-stages": compose_preserves_stages,
    "runs-isolated": runs_isolated,
    "dependents-of-a-failure-do-not-run": dependents_of_a_failure_do_not_run,
    "cancellation-leaves-nothing-running": nothing_running,
    "nothing-leaked": nothing_leaked,
    "sink-failure-contained": sink_failure_contained,
    "every-stage-has-one-terminal-event": every_stage_has_one_terminal_event,
    "sequence-monotonic": sequence_monotonic,
    "idempotency-is-per-stage": idempotency_is_per_stage,
    "retry-is-honoured": retry_is_honoured,
    "open-circuit-is-not-success": open_circuit_is_not_success,
    "context-write-once": context_write_once,
}


# -- what is said to have been seen, which wasn't -------------------------------------------------


def _no_error(seen: Shown) -> Shown:
    return replace(seen, error=None if seen.facts.get("cycle") else ("KeyError", "'s0'"))


def _unclear(seen: Shown) -> Shown:
    return replace(seen, error=("KeyError", ""))


def _no_log(seen: Shown) -> Shown:
    return replace(seen, runs=tuple(replace(run, log=()) for run in seen.runs))


def _no_shapes(seen: Shown) -> Shown:
    wrong = {"a + (b + c)", "a + a", "a + b"}
    shapes = {k: (v[0], {"other": ()} if k in wrong else v[1]) for k, v in seen.shapes.items()}
    return replace(seen, shapes=shapes)


def _last_fails(seen: Shown) -> Shown:
    *first, last = seen.runs
    return replace(seen, runs=(*first, *(replace(last, ended=Ended("broken")),)))


def _all_run(seen: Shown) -> Shown:
    begun = tuple(Entry("1", spec.name, "begins") for spec in seen.specs)
    done = {spec.name: Answer() for spec in seen.specs}
    runs = tuple(replace(run, log=begun, ended=Ended("ok", done)) for run in seen.runs)
    return replace(seen, runs=runs)


def _running(seen: Shown) -> Shown:
    return replace(seen, runs=tuple(replace(run, running=("a stage",)) for run in seen.runs))


def _no_events(seen: Shown) -> Shown:
    log = tuple(Entry("1", spec.name, "begins") for spec in seen.specs)
    events = (("", "", 2), ("", "", 1))
    return replace(seen, runs=tuple(replace(r, log=log, events=events) for r in seen.runs))


def _all_written(seen: Shown) -> Shown:
    writes = [(*each[:3], "", None) for each in seen.facts["writes"]]
    return replace(seen, facts={"writes": writes})


WRONG: Mapping[str, Callable[[Shown], Shown]] = {
    "acyclic": _no_error,
    "build-or-clear-error": _unclear,
    "order-respected": _no_log,
    "compose-associative": _no_shapes,
    "compose-idempotent": _no_shapes,
    "compose-preserves-stages": _no_shapes,
    "runs-isolated": _last_fails,
    "dependents-of-a-failure-do-not-run": _all_run,
    "cancellation-leaves-nothing-running": _running,
    "nothing-leaked": _running,
    "sink-failure-contained": _last_fails,
    "every-stage-has-one-terminal-event": _no_events,
    "sequence-monotonic": _no_events,
    "idempotency-is-per-stage": _no_log,
    "retry-is-honoured": _all_run,
    "open-circuit-is-not-success": _all_run,
    "context-write-once": _all_written,
}


def _law(name: str, look: ShownCheck) -> Check:
    @wraps(look)
    def check(clause: Clause, observation: Observation) -> Judgement:
        if observation.end is not End.RETURNED or observation.output is None:
            why = f": {observation.error}" if observation.error is not None else ""
            return (Breach("an end", f"the run is {observation.end}{why}"),)
        seen: Shown = observation.output.raw
        if seen.reason:
            return seen.reason
        value: StageLaw = clause.value
        return tuple(look(WRONG[name](seen) if value.told else seen)) or KEPT

    return check


CHECKS: Mapping[str, Check] = {
    f"pipelines.{name}": _law(name, look) for name, look in SHOWN_CHECKS.items()
}
