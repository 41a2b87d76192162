"""One observation and a clause's judgement of it, as lines to read and as values. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any, TypeVar

from stagepact.flow import Item
from stagepact.flow.violations import case_values
from stagepact.observation import Call, LogRecord, Observation
from stagepact.report.wording import duration, exception_sentence, pointer_text
from stagepact.schema.explain import safe_repr
from stagepact.subject import Case, Event
from stagepact.verdict.checks import Breach
from stagepact.verdict.model import State

_LABEL = 10
_MOST_SHOWN = 20  # events, calls and log records: half of them first, half last
_DEEPEST = 100

T = TypeVar("T")

Judged = tuple[Breach, ...] | str


def is_excused(item: Item) -> bool:
    """Whether an exception that hasn't expired covers the clause."""
    return item.excepted is not None and not item.excepted.expired


def state(judged: Judged) -> State:
    """What the run says of the clause."""
    if isinstance(judged, str):
        return State.NOT_EXERCISED
    return State.BROKEN if judged else State.KEPT


# -- to read -----------------------------------------------------------------------------------


def lines(item: Item, case: Case, seen: Observation | None, judged: Judged) -> Iterator[str]:
    """The case, what was seen, and what the clause says to it."""
    yield str(item.id)
    for label, text in (*_facts(case, seen), *_judgement(item, judged)):
        first, *rest = text.split("\n")
        yield f"  {label:<{_LABEL}}{first}".rstrip()
        yield from (f"  {'':{_LABEL}}{line}".rstrip() for line in rest)


def _facts(case: Case, seen: Observation | None) -> Iterator[tuple[str, str]]:
    yield "case", case.name
    yield from _several("given", [f"{name}: {_json(v)}" for name, v in case_values(case).items()])
    if seen is None:
        return
    yield "status", f"{seen.status}, after {duration(seen.duration)}"
    if seen.output is not None:
        yield "data", _json(seen.output.data)
        if seen.output.error:
            yield "said", seen.output.error
        headers = [f"{name}: {value}" for name, value in seen.output.headers.items()]
        yield from _several("headers", headers)
    dropped = [f"and {seen.dropped:,} more, which were dropped"] if seen.dropped else []
    yield from _several("events", [*_ends(_event, seen.events), *dropped])
    yield from _several("calls", list(_ends(_call, seen.calls)))
    yield from _several("logs", list(_ends(_log, seen.logs)))
    if seen.error is not None:
        yield "error", f"{seen.error}\n{seen.error.traceback}".rstrip()
    if seen.printed:
        yield "printed", seen.printed.rstrip()
    yield from _several("left", list(_leavings(seen)))


def _several(label: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    if texts:
        yield label, "\n".join(texts)


def _ends(told: Callable[[T], str], each: Sequence[T]) -> Iterator[str]:
    """The first and the last of many, and how many are between them."""
    between = len(each) - _MOST_SHOWN
    if between <= 0:
        yield from map(told, each)
        return
    yield from map(told, each[: _MOST_SHOWN // 2])
    yield f"… {between:,} more"
    yield from map(told, each[-(_MOST_SHOWN // 2) :])


def _event(event: Event) -> str:
    return f"{event.number} {event.type} {_json(event.data)}"


def _call(call: Call) -> str:
    ended = f"raised {call.error}" if call.error else f"→ {_json(call.result)}"
    return f"{call.name}({_json(dict(call.arguments))}) {ended}"


def _log(record: LogRecord) -> str:
    fields = f" {_json(dict(record.fields))}" if record.fields else ""
    return f"{record.level} {record.logger}: {record.message}{fields}"


def _leavings(seen: Observation) -> Iterator[str]:
    for kind in ("tasks", "threads", "files"):
        yield from (f"{kind[:-1]} {each}" for each in getattr(seen.leaks, kind))


def _json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any, around: tuple[int, ...] = ()) -> Any:
    """A value that has a JSON form, whatever a subject gave; `around` is what it stands in."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else repr(value)
    if not isinstance(value, dict | list | tuple):
        return safe_repr(value)
    if id(value) in around or len(around) > _DEEPEST:
        return "<itself>" if id(value) in around else "<nested too deep>"
    inside = (*around, id(value))
    if not isinstance(value, dict):
        return [_plain(each, inside) for each in value]
    return {
        key if isinstance(key, str) else safe_repr(key): _plain(each, inside)
        for key, each in value.items()
    }


def _judgement(item: Item, judged: Judged) -> Iterator[tuple[str, str]]:
    yield "clause", f"{item.clause.promise} ({item.clause.place})"
    if isinstance(judged, str):
        yield "verdict", f"not exercised: {judged}"
        return
    for breach in judged:
        where = f"at {pointer_text(breach.pointer)}: " if breach.pointer else ""
        yield "promised", breach.promised
        yield "seen", f"{where}{breach.seen}"
    yield "verdict", str(state(judged)) + _excuse(item, judged)


def _excuse(item: Item, judged: Judged) -> str:
    if not judged or item.excepted is None:
        return ""
    return f", excepted {exception_sentence(item.excepted)}"


# -- for tools ---------------------------------------------------------------------------------


def values(item: Item, case: Case, seen: Observation | None, judged: Judged) -> dict[str, Any]:
    """The same as JSON-like values."""
    breaches = () if isinstance(judged, str) else judged
    told = {
        "item": str(item.id),
        "case": {"name": case.name, **case_values(case)},
        "observation": None if seen is None else _observation(seen),
        "verdict": str(state(judged)),
        "reason": judged if isinstance(judged, str) else "",
        "breaches": [
            {"promised": each.promised, "seen": each.seen, "pointer": pointer_text(each.pointer)}
            for each in breaches
        ],
    }
    plain: dict[str, Any] = _plain(told)
    return plain


def _observation(seen: Observation) -> dict[str, Any]:
    error = seen.error
    return {
        "end": str(seen.end),
        "status": seen.status,
        "data": None if seen.output is None else seen.output.data,
        "headers": {} if seen.output is None else dict(seen.output.headers),
        "duration": seen.duration,
        "events": [{"type": each.type, "data": each.data} for each in seen.events],
        "dropped": seen.dropped,
        "calls": [
            {
                "name": each.name,
                "arguments": dict(each.arguments),
                "result": each.result,
                "error": each.error,
            }
            for each in seen.calls
        ],
        "logs": [
            {
                "logger": each.logger,
                "level": each.level,
                "message": each.message,
                "fields": dict(each.fields),
            }
            for each in seen.logs
        ],
        "error": None
        if error is None
        else {"type": error.type, "message": error.message, "traceback": error.traceback},
        "printed": seen.printed,
        "left": list(_leavings(seen)),
    }
