"""What holds of runs in which something failed. A fault that never struck shows nothing."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

from stagepact.contract.clauses import (
    Clause,
    FaultValue,
    HappensValue,
    RetriesValue,
    tried_text,
)
from stagepact.contract.expression import EvaluationError, Expression, evaluate, explain
from stagepact.contract.models import FaultType
from stagepact.faults.spoiled import SPOILERS
from stagepact.observation import Call, End, Observation
from stagepact.schema.explain import shorten
from stagepact.schema.validate import Validator
from stagepact.subject import Output
from stagepact.verdict.checks import answers, conduct, http_rules, output, responses
from stagepact.verdict.checks.events import subject_events
from stagepact.verdict.checks.model import (
    KEPT,
    Breach,
    Check,
    Judgement,
    schema_breaches,
    successful,
)
from stagepact.verdict.checks.outcome import names_of, turned_out
from stagepact.verdict.checks.traffic import calls, logs, times_kept

# The threads of pools stay for the next who needs one.
_POOLED = ("asyncio_", "ThreadPoolExecutor-", "AnyIO worker thread")
_TOLERANCE = 0.9  # of a wait: a sleep may end a little early by the clock


_CUT_OFF = frozenset({End.HUNG, End.DIED})


def _unstruck(clause: Clause, observation: Observation) -> str:
    value: FaultValue = clause.value
    if observation.end is End.UNFIT:
        return str(observation.error)
    # A run that was ended from outside tells no more what struck it.
    if observation.faults or observation.end in _CUT_OFF:
        return ""
    target = value.key.target
    port, _, method = target.partition(".")
    called = [e for e in observation.calls if e.port == port and method in ("", e.method)]
    if not called and ":" not in target:
        return f"{target} isn't called"
    if all(each.fault is None or each.fault.kind in SPOILERS for each in value.key.steps):
        return f"nothing that {target} gave can be spoiled so"
    return f"{value.key} never struck"


def ends(clause: Clause, observation: Observation) -> Judgement:
    """While it fails, a run ends in time and as declared, and leaves nothing running."""
    value: FaultValue = clause.value
    why = _unstruck(clause, observation)
    if why:
        return why
    if observation.end is End.HUNG:
        return (Breach("an end in time", str(observation.error), ("status",)),)
    return (
        *_status(value, clause, observation),
        *_besides(value, observation),
        *_terminal(value, observation),
        *_left(observation),
        *_logged(value, observation),
    )


def _status(value: FaultValue, clause: Clause, observation: Observation) -> tuple[Breach, ...]:
    if _ended_cancelled(value, observation):
        return KEPT  # to be cancelled is what it was told
    judged = output.status(Clause("", "", clause.place, "", value.ends), observation)
    return judged if isinstance(judged, tuple) else KEPT


def _besides(value: FaultValue, observation: Observation) -> tuple[Breach, ...]:
    """Where the run doesn't keep what the block promises of any run."""
    if observation.output is None:
        return KEPT
    judged = (_BESIDES[each.kind](each, observation) for each in value.besides)
    return tuple(breach for each in judged if isinstance(each, tuple) for breach in each)


_BESIDES: Mapping[str, Check] = {
    "output.data": output.data,
    "responses.body": responses.body,
    "responses.content-type": responses.content_type,
    "responses.header": responses.header,
    "problem": http_rules.problem,
    "no-secrets": answers.no_secrets,
    "no-server-error": conduct.no_server_error,
}


def _ended_cancelled(value: FaultValue, observation: Observation) -> bool:
    first, failure = value.key.steps[0].fault, observation.error
    return (
        value.may_be_cancelled
        and first is not None
        and first.kind is FaultType.CANCELLED
        and failure is not None
        and failure.type.endswith(":CancelledError")
    )


def _terminal(value: FaultValue, observation: Observation) -> tuple[Breach, ...]:
    if value.terminal is None:
        return KEPT
    heard = subject_events(observation, value.terminal.name)
    seen = [type_ for type_, _ in heard if type_ in value.terminal.types]
    # Whoever cancelled a run tells of its end.
    if len(seen) == 1 or (not seen and _ended_cancelled(value, observation)):
        return KEPT
    promised = f"exactly one of {', '.join(sorted(value.terminal.types))}"
    return (Breach(promised, ", ".join(seen) or "none of them", ("events",)),)


def _left(observation: Observation) -> tuple[Breach, ...]:
    left = observation.leaks
    threads = [each for each in left.threads if not each.startswith(_POOLED)]
    named = {"tasks": list(left.tasks), "threads": threads, "files": list(left.files)}
    return tuple(
        Breach(f"no {kind} left behind", ", ".join(names), ("leaks", kind))
        for kind, names in named.items()
        if names
    )


def _logged(value: FaultValue, observation: Observation) -> tuple[Breach, ...]:
    """Secrets in the logs, but for those of debugging."""
    return tuple(
        Breach("no secret in the logs", f"{name} in a record of {record.logger}", ("logs", index))
        for index, record in enumerate(observation.logs)
        if record.level_number >= logging.INFO
        for name in value.secrets_in(f"{record.message}\n{dict(record.fields)}")
    )


def judged(clause: Clause, observation: Observation) -> Judgement:
    """While it fails, what is promised of such runs holds."""
    value: FaultValue = clause.value
    why = _unstruck(clause, observation)
    if why:
        return why
    if observation.end in _CUT_OFF:
        return f"{value.key}: the run did not end"
    inner = value.inner
    assert inner is not None
    return INNER[inner.kind](inner, observation)


def error(clause: Clause, observation: Observation) -> Judgement:
    """The error's message has the pattern, and there is an error."""
    failure, returned = observation.error, observation.output
    told = str(failure) if failure is not None else (_told(returned) if returned else None)
    if told is not None and re.search(clause.value, told):
        return KEPT
    seen = "no error" if told is None else shorten(told)
    return (Breach(f"an error that says {clause.value!r}", seen, ("error",)),)


def _told(returned: Output) -> str | None:
    """The error that was returned; of an answer that isn't a success, its body."""
    if returned.error is not None or not returned.status.isdigit() or successful(returned.status):
        return returned.error
    return json.dumps(returned.data, ensure_ascii=False, default=str)


def fallback(clause: Clause, observation: Observation) -> Judgement:
    """The data has its schema, whatever the status."""
    validator: Validator = clause.value
    if observation.output is None:
        return (Breach("an output", observation.status, ("output",)),)
    return schema_breaches(validator, observation.output.data, ("output",))


def event(clause: Clause, observation: Observation) -> Judgement:
    """The event is emitted, each time with its payload."""
    value: HappensValue = clause.value
    heard = [*subject_events(observation, value.events.name)]
    of_type = [each for type_, each in heard if type_ == value.type]
    if not of_type:
        seen = ", ".join(type_ for type_, _ in heard) or "no event"
        return (Breach(f"an event {value.type}", seen, ("events",)),)
    if value.validator is None:
        return KEPT
    return tuple(
        breach
        for each in of_type
        for breach in schema_breaches(value.validator, each.data, ("events", each.number, "data"))
    )


def retries(clause: Clause, observation: Observation) -> Judgement:
    """Calls that failed are tried again as often as promised, and not too soon."""
    value: RetriesValue = clause.value
    if ":" in value.target:
        return _retries_of_a_place(value, observation)
    port, _, method = value.target.partition(".")
    made = [each for each in observation.calls if each.port == port and method in ("", each.method)]
    if not made:
        return f"{value.target} was not called"
    return _tried_again(value, [each for each in made if each.method == made[0].method])


def _retries_of_a_place(value: RetriesValue, observation: Observation) -> Judgement:
    """As told by the faults that struck: of a place in the code no other call is seen."""
    if not value.at_each_call:
        return "the calls of a place in the code are told only where each of them fails"
    made = [Call(value.target, each.method, {}, at=each.at) for each in observation.faults]
    return _tried_again(value, made)


def _tried_again(value: RetriesValue, made: list[Call]) -> tuple[Breach, ...]:
    found: tuple[Breach, ...] = ()
    if value.times is not None and not times_kept(value.times, len(made) - 1):
        promised = tried_text(value.times)
        found += (Breach(promised, f"{len(made)} calls in all", ("calls",)),)
    return (*found, *_too_soon(value, made))


def _too_soon(value: RetriesValue, made: list[Call]) -> tuple[Breach, ...]:
    found = []
    for index in range(1, len(made)):
        waited = made[index].at - made[index - 1].at - made[index - 1].duration
        least = _least(value, index - 1)
        if waited < least * _TOLERANCE:
            promised = f"at least {least:g} s before retry {index}"
            found.append(Breach(promised, f"{waited:.3f} s", ("calls", index)))
    return tuple(found)


def _least(value: RetriesValue, index: int) -> float:
    backoff = value.backoff[min(index, len(value.backoff) - 1)] if value.backoff else 0.0
    return max(backoff, value.retry_after or 0.0)


def holds(clause: Clause, observation: Observation) -> Judgement:
    """The expression is true of such a run, whatever its status."""
    expression: Expression = clause.value
    names = {**names_of(observation), **_of_faults(observation)}
    try:
        if evaluate(expression, names) is True:
            return KEPT
        return (Breach(clause.promise, explain(expression, names), ("holds",)),)
    except EvaluationError as problem:
        return (Breach(clause.promise, f"it can't be evaluated: {problem}", ("holds",)),)


def _of_faults(observation: Observation) -> Mapping[str, Any]:
    """What an expression of a run with a fault may name beside: who was called, what struck."""
    return {
        "calls": [
            {"port": e.port, "method": e.method, "at": e.at, "error": e.error}
            for e in observation.calls
        ],
        "faults": [
            {"target": e.target, "kind": str(e.kind), "call": e.call, "at": e.at}
            for e in observation.faults
        ],
    }


def within(clause: Clause, observation: Observation) -> Judgement:
    """Such a run takes no longer."""
    limit: float = clause.value
    if observation.duration <= limit:
        return KEPT
    return (Breach(f"an end in {limit:g} s", f"{observation.duration:.3f} s", ("duration",)),)


def recovers(clause: Clause, observation: Observation) -> Judgement:
    """Once the fault is lifted, the next run succeeds."""
    value: FaultValue = clause.value
    why = _unstruck(clause, observation)
    if why:
        return why
    if observation.end in _CUT_OFF:
        return "the run with the fault did not end"
    if observation.output is not None and _succeeded(value, observation.status):
        named = (each for each in value.examples if each.value.name == observation.case.name)
        return tuple(each for one in named for each in turned_out(one.value, observation))
    seen = (
        f"{observation.status} ({observation.error})" if observation.error else observation.status
    )
    return (Breach("a success once the fault is lifted", seen, ("status",)),)


def _succeeded(value: FaultValue, status: str) -> bool:
    return successful(status) if value.ends is None else status in value.ends.statuses


def circuit(clause: Clause, observation: Observation) -> Judgement:
    """After the fault's calls a run makes none; after the cool-down it makes one, then as ever."""
    value: FaultValue = clause.value
    why = _unstruck(clause, observation)
    if why:
        return why
    if observation.output is None:
        return f"the runs were {observation.status}"
    seen: Mapping[str, Any] = observation.output.data
    if seen["open_calls"] != value.open_calls:
        told = f"{seen['open_calls']} calls after {seen['failed']} runs that failed"
        return (Breach("no call while the circuit is open", told, ("calls",)),)
    if not value.key.cooldown:
        return KEPT
    return (*_half_open(seen), *_closed(seen))


def _half_open(seen: Mapping[str, Any]) -> tuple[Breach, ...]:
    if seen["half_open_calls"] == 1 and successful(seen["half_open_status"]):
        return KEPT
    told = f"{seen['half_open_calls']} calls, then {seen['half_open_status']}"
    return (Breach("one call after the cool-down, and a success", told, ("calls",)),)


def _closed(seen: Mapping[str, Any]) -> tuple[Breach, ...]:
    if seen["closed_calls"] and successful(seen["closed_status"]):
        return KEPT
    told = f"{seen['closed_calls']} calls, then {seen['closed_status']}"
    return (Breach("calls again once the circuit is closed", told, ("calls",)),)


INNER: Mapping[str, Check] = {
    "fault.error": error,
    "fault.output": fallback,
    "fault.event": event,
    "fault.retries": retries,
    "fault.holds": holds,
    "fault.within": within,
    "calls": calls,
    "logs": logs,
}
CHECKS: Mapping[str, Check] = {
    "faults.ends": ends,
    "faults.judged": judged,
    "faults.recovers": recovers,
    "faults.circuit": circuit,
}
