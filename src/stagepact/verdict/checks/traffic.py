"""What a subject logged and which ports it called."""

from __future__ import annotations

import logging
import re
from fnmatch import fnmatchcase

from stagepact.contract.clauses import CallValue, Clause, LogValue, times_text
from stagepact.observation import Call, LogRecord, Observation
from stagepact.verdict.checks.model import Breach, Judgement, schema_breaches


def times_kept(times: str, count: int) -> bool:
    """Whether a count is what `never`, `once`, `at most N`, … permits."""
    if times == "never":
        return count == 0
    if times == "once":
        return count == 1
    words = times.split()
    number = int(words[-1])
    return {"most": count <= number, "least": count >= number, "exactly": count == number}[
        words[-2]
    ]


def logs(clause: Clause, observation: Observation) -> Judgement:
    """Records like the one described are logged as often as promised."""
    value: LogValue = clause.value
    if value.clause.on and observation.status not in value.clause.on:
        return f"no run ended with {' or '.join(value.clause.on)}"
    alike = [(i, record) for i, record in enumerate(observation.logs) if _alike(value, record)]
    if value.fields is not None:
        breaches = tuple(
            breach
            for index, record in alike
            for breach in schema_breaches(value.fields, dict(record.fields), ("logs", index))
        )
        if breaches:
            return breaches
    if times_kept(value.clause.times, len(alike)):
        return ()
    seen = f"{len(alike)} such records of {len(observation.logs)}"
    shown = "; ".join(f"{r.level} {r.logger}: {r.message[:80]}" for r in observation.logs[-3:])
    promised = times_text(value.clause.times)
    return (Breach(promised, f"{seen} ({shown})" if shown else seen, ("logs",)),)


def _alike(value: LogValue, record: LogRecord) -> bool:
    clause = value.clause
    if not fnmatchcase(record.logger, clause.logger):
        return False
    if clause.level is not None:
        wanted = logging.getLevelNamesMapping()[clause.level]
        if record.level_number < wanted:
            return False
    return clause.message is None or re.search(clause.message, record.message) is not None


def calls(clause: Clause, observation: Observation) -> Judgement:
    """A port's method is called as often as promised, with arguments of their schema."""
    value: CallValue = clause.value
    if observation.output is None and observation.error is None:
        return f"the run was {observation.status}"
    made = [(i, call) for i, call in enumerate(observation.calls) if _is_of(value, call)]
    found: tuple[Breach, ...] = ()
    if value.times is not None and not times_kept(value.times, len(made)):
        found += (
            Breach(f"called {times_text(value.times)}", f"called {_often(len(made))}", ("calls",)),
        )
    if value.arguments is None:
        return found
    if not made and value.times is None:
        return f"{clause.id.removeprefix('calls.')} was not called"
    for index, call in made:
        pointer = ("calls", index, "arguments")
        found += schema_breaches(value.arguments, dict(call.arguments), pointer)
    return found


def _is_of(value: CallValue, call: Call) -> bool:
    return call.port == value.port and (
        fnmatchcase(call.method, value.method) if value.method else True
    )


def _often(count: int) -> str:
    return {0: "never", 1: "once"}.get(count, f"{count} times")
