"""What holds of runs to which something happens. What never happened shows nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stagepact.contract.clauses import ChaosValue, Clause
from stagepact.contract.expression import EvaluationError, evaluate, explain
from stagepact.observation import End, Failure, Observation
from stagepact.schema.explain import shorten
from stagepact.subject import Output
from stagepact.verdict.checks import output
from stagepact.verdict.checks.model import KEPT, Breach, Check, Judgement, successful
from stagepact.verdict.checks.outcome import names_of

Seen = Mapping[str, Any]

_NEVER = {
    "network": "nothing was connected to, and no name was asked for",
    "no-memory": "no memory was asked for that wasn't there",
    "too-many-files": "no file and no socket was opened",
    "disk-full": "nothing was written to a file",
    "clock-jump": "nobody asked for the time",
    "lost": "the port was not called",
    "killed": "the run had ended before",
}
_ILL = ("error", "hung", "unfit", "died")


def _unmet(clause: Clause, observation: Observation) -> str:
    """Why such a run shows nothing; "" where it happened to a subject that is well otherwise."""
    value: ChaosValue = clause.value
    if observation.output is None:
        told = f" ({observation.error})" if observation.error else ""
        return f"the runs came to no end: {observation.status}{told}"
    seen: Seen = observation.output.data
    before = seen["before"]
    if before is None:
        return f"it isn't well as it is: the process {seen['died'] or 'did not tell'}"
    if before["status"] in _ILL:
        return f"it isn't well as it is: {_told(before)}"
    again = seen["again"]
    if again is None or again["status"] != before["status"]:
        told = f"the process {seen['died']}" if again is None else _told(again)
        return f"it can't be run twice as it is: {before['status']}, then {told}"
    if not seen["fired"]:
        return f"{value.text} never happened: {_NEVER[value.chaos.kind]}"
    return ""


def _told(ran: Seen) -> str:
    return f"{ran['status']} ({shorten(ran['error'])})" if ran["error"] else str(ran["status"])


def during(observation: Observation) -> Observation | None:
    """The run to which it happened, as if it were the only one; None where it came to no end."""
    assert observation.output is not None
    ran = observation.output.data["during"]
    if ran is None or ran["status"] in ("hung", "unfit"):
        return None
    if ran["status"] == "error":
        types = ran["types"] or ("",)
        message = ran["error"].partition(": ")[2]
        failure = Failure(types[0], message, bases=tuple(types))
        return replace(
            observation, end=End.RAISED, output=None, error=failure, duration=ran["seconds"]
        )
    own = Output(ran["status"], ran["output"], error=ran["error"] or None)
    return replace(observation, end=End.RETURNED, output=own, duration=ran["seconds"])


def ends(clause: Clause, observation: Observation) -> Judgement:
    """While it happens, a run ends in time, with a status that is declared."""
    value: ChaosValue = clause.value
    why = _unmet(clause, observation)
    if why:
        return why
    run = during(observation)
    if run is None:
        return (Breach("an end in time", _no_end(observation), ("status",)),)
    return output.status(replace(clause, value=value.ends), run)


def _no_end(observation: Observation) -> str:
    assert observation.output is not None
    seen: Seen = observation.output.data
    if seen["during"] is not None:
        return _told(seen["during"])
    return f"the process {seen['died']}"


def within(clause: Clause, observation: Observation) -> Judgement:
    """While it happens, a run takes no longer."""
    value: ChaosValue = clause.value
    why = _unmet(clause, observation)
    run = None if why else during(observation)
    if run is None:
        return why or "the run came to no end"
    if run.duration <= value.limit:
        return KEPT
    return (Breach(f"an end in {value.limit:g} s", f"{run.duration:.3f} s", ("duration",)),)


def check(clause: Clause, observation: Observation) -> Judgement:
    """When it is over, before the next run, a function of the user's finds nothing wrong."""
    value: ChaosValue = clause.value
    why = _unmet(clause, observation)
    if why:
        return why
    assert observation.output is not None
    told = observation.output.data["check"]
    if told is None:
        return f"{value.check} was not called: {_no_end(observation)}"
    if bool(told) is value.negated:
        return KEPT
    return (Breach(f"{value.check} finds nothing wrong", told or "nothing wrong", ("check",)),)


def recovers(clause: Clause, observation: Observation) -> Judgement:
    """When it is over, the next run is as well as the one before."""
    value: ChaosValue = clause.value
    why = _unmet(clause, observation)
    if why:
        return why
    assert observation.output is not None
    seen: Seen = observation.output.data
    before, after = seen["before"], seen["after"]
    if after is None and seen["during"] is None and value.chaos.kind != "killed":
        return "the run to which it happened came to no end"
    well = after is not None and (
        after["status"] == before["status"] or successful(after["status"])
    )
    if well is not value.negated:
        return KEPT
    told = f"the process {seen['died']}" if after is None else _told(after)
    return (Breach(f"{before['status']}, as before", told, ("after", "status")),)


def holds(clause: Clause, observation: Observation) -> Judgement:
    """The expression is true of such a run, and of the runs before and after it."""
    value: ChaosValue = clause.value
    why = _unmet(clause, observation)
    if why:
        return why
    assert value.expression is not None
    assert observation.output is not None
    seen: Seen = observation.output.data
    run = during(observation)
    names = {**names_of(observation if run is None else run)}
    if run is None:
        names |= {"output": None, "status": "died"}
    names |= {"before": seen["before"], "after": seen["after"]}
    try:
        if evaluate(value.expression, names) is True:
            return KEPT
        return (Breach(clause.promise, explain(value.expression, names), ("holds",)),)
    except EvaluationError as problem:
        return (Breach(clause.promise, f"it can't be evaluated: {problem}", ("holds",)),)


CHECKS: Mapping[str, Check] = {
    "chaos.ends": ends,
    "chaos.within": within,
    "chaos.check": check,
    "chaos.recovers": recovers,
    "chaos.holds": holds,
}
