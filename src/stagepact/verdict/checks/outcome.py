"""What holds of one run as a whole: named expressions, single times, written examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stagepact.contract.clauses import (
    Clause,
    ExampleValue,
    HoldsValue,
    MetamorphicValue,
    WithinValue,
)
from stagepact.contract.expression import EvaluationError, Expression, evaluate, explain
from stagepact.observation import Observation
from stagepact.verdict.checks.events import subject_events
from stagepact.verdict.checks.model import (
    KEPT,
    Breach,
    Judgement,
    differences,
    schema_breaches,
    successful,
)


def names_of(observation: Observation) -> Mapping[str, Any]:
    """The names that an expression may use: what was given, what came back, what was seen."""
    given, output = observation.given, observation.output
    return {
        "input": given.input,
        "inputs": dict(given.inputs),
        "context": dict(given.context),
        "state": given.state,
        "request": {
            "path": dict(given.request.path),
            "query": dict(given.request.query),
            "headers": dict(given.request.headers),
            "body": given.request.body,
        },
        "output": None if output is None else output.data,
        "status": observation.status,
        "headers": {} if output is None else dict(output.headers),
        "events": [{"type": e.type, "data": e.data, "at": e.at} for e in observation.events],
        "duration": observation.duration,
    }


def applies(on: tuple[str, ...], observation: Observation) -> bool:
    """Whether an expression speaks of runs that ended like this one."""
    return observation.status in on if on else successful(observation.status)


def _judged(expression: Expression, names: Mapping[str, Any], promised: str) -> Judgement:
    try:
        if evaluate(expression, names) is True:
            return KEPT
        return (Breach(promised, explain(expression, names), ("holds",)),)
    except EvaluationError as error:
        return (Breach(promised, f"it can't be evaluated: {error}", ("holds",)),)


def holds(clause: Clause, observation: Observation) -> Judgement:
    """The expression is true of the run."""
    value: HoldsValue = clause.value
    if not applies(value.on, observation):
        return f"no run with a fitting end ({observation.status})"
    return _judged(value.expression, names_of(observation), clause.promise)


def metamorphic(clause: Clause, before: Observation, after: Observation) -> Judgement:
    """The expression is true of two runs, the second of which had the changed input."""
    value: MetamorphicValue = clause.value
    if not (applies(value.on, before) and applies(value.on, after)):
        return f"no two runs with fitting ends ({before.status}, {after.status})"
    names = {"before": names_of(before), "after": names_of(after)}
    return _judged(value.expression, names, clause.promise)


def within_max(clause: Clause, observation: Observation) -> Judgement:
    """The single run ended in time."""
    value: WithinValue = clause.value
    if observation.duration <= value.seconds:
        return KEPT
    seen = f"{observation.duration * 1000:.1f} ms"
    return (Breach(f"at most {value.seconds * 1000:g} ms", seen, ("duration",)),)


def example(clause: Clause, observation: Observation) -> Judgement:
    """The example turned out as it is written: output, error and events."""
    value: ExampleValue = clause.value
    if observation.case.name != value.name:
        return "another case"
    return (
        *turned_out(value, observation),
        *_error(value, observation),
        *_events(value, observation),
    )


def turned_out(value: ExampleValue, observation: Observation) -> tuple[Breach, ...]:
    """Where the status and the data aren't those of the example."""
    output = observation.output
    found: tuple[Breach, ...] = ()
    if value.status is not None and observation.status != value.status:
        detail = observation.error or (output.error if output else None)
        seen = f"{observation.status} ({detail})" if detail else observation.status
        found += (Breach(value.status, seen, ("output", "status")),)
    if output is None:
        return found
    if value.has_data:
        found += differences(value.data, output.data, ("output", "data"))
    if value.matches is not None:
        found += schema_breaches(value.matches, output.data, ("output", "data"))
    return found


def _error(value: ExampleValue, observation: Observation) -> tuple[Breach, ...]:
    pattern = value.error
    if pattern is None:
        return ()
    texts = [str(observation.error)] if observation.error else []
    if observation.output is not None and observation.output.error is not None:
        texts.append(observation.output.error)
    if any(re.search(pattern, text) for text in texts):
        return ()
    return (Breach(f"an error like {pattern!r}", "; ".join(texts) or "no error", ("error",)),)


def _events(value: ExampleValue, observation: Observation) -> tuple[Breach, ...]:
    expected = value.emitted
    if expected is None:
        return ()
    declared = value.events.types | {event.type for event in expected}
    seen = [
        (type_, event)
        for type_, event in subject_events(observation, value.events.name)
        if type_ in declared
    ]
    types = [type_ for type_, _ in seen]
    wanted = [event.type for event in expected]
    if types != wanted:
        return (Breach(" ".join(wanted) or "no event", " ".join(types) or "no event", ("events",)),)
    found: tuple[Breach, ...] = ()
    for event, (_, emitted) in zip(expected, seen, strict=True):
        pointer = ("events", emitted.number, "data")
        if event.has_data:
            found += differences(event.data, emitted.data, pointer)
        if event.matches is not None:
            found += schema_breaches(event.matches, emitted.data, pointer)
    return found
