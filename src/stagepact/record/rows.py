"""Runs as rows, and back; what is stored is bounded, and is text that a database can hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stagepact.verdict import ItemId, Run, State, Verdict
from stagepact.verdict.serial import plain, read, read_run

# Characters of one text, violations of one verdict, names of cases of one verdict: a run that
# broke everything with huge outputs is still some megabytes.
LONGEST = 20_000
VIOLATIONS = 20
CASES = 1_000

_JSON_OF_RUN = ("meta", "problems", "listed")
_JSON_OF_VERDICT = ("place", "cases", "excepted", "violations", "spots", "known")
_PLAIN_OF_VERDICT = (
    "state",
    "reason",
    "seconds",
    "runs",
    "exercised",
    "fuzzed",
    "owner",
    "identity",
    "promise",
    "unfailing",
)
RUN_COLUMNS = (
    "started",
    "seconds",
    "strict",
    "exit_code",
    "revision",
    "kept",
    "broken",
    "not_exercised",
    "excepted",
    *_JSON_OF_RUN,
)
ITEM_COLUMNS = ("file", "subject", "clause", "path")
VERDICT_COLUMNS = (*_PLAIN_OF_VERDICT, *_JSON_OF_VERDICT)

Row = Mapping[str, Any]


def run_row(run: Run) -> tuple[Any, ...]:
    """The run's own row, in the order of `RUN_COLUMNS`."""
    excused = sum(verdict.excused for verdict in run.verdicts)
    return (
        run.started,
        run.seconds,
        int(run.strict),
        run.exit_code,
        stored(str(run.meta.get("commit", ""))),
        len(run.of(State.KEPT)),
        len(run.of(State.BROKEN)) - excused,
        len(run.of(State.NOT_EXERCISED)),
        excused,
        *(_json(getattr(run, name)) for name in _JSON_OF_RUN),
    )


def item_row(item: ItemId) -> tuple[str, ...]:
    """The item's row, in the order of `ITEM_COLUMNS`."""
    return tuple(stored(getattr(item, name)) for name in ITEM_COLUMNS)


def verdict_row(verdict: Verdict) -> tuple[Any, ...]:
    """The verdict's row, in the order of `VERDICT_COLUMNS`."""
    bounded = {"violations": verdict.violations[:VIOLATIONS], "cases": verdict.cases[:CASES]}
    return (
        *(stored(plain(getattr(verdict, name))) for name in _PLAIN_OF_VERDICT),
        *(_json(bounded.get(name, getattr(verdict, name))) for name in _JSON_OF_VERDICT),
    )


def read_rows(run: Row, verdicts: Iterable[Row]) -> Run:
    """The Run of its row and its verdicts' rows (each with the columns of its item)."""
    values = {
        "started": run["started"],
        "seconds": run["seconds"],
        "strict": bool(run["strict"]),
        "verdicts": list(map(_verdict, verdicts)),
        **{name: json.loads(run[name]) for name in _JSON_OF_RUN},
    }
    return read_run(values)


def read_verdict(row: Row) -> Verdict:
    """The Verdict of its row, which has the columns of its item."""
    return read(Verdict, _verdict(row))


def _verdict(row: Row) -> dict[str, Any]:
    values: dict[str, Any] = {"item": {name: row[name] for name in ITEM_COLUMNS}}
    values |= {name: row[name] for name in _PLAIN_OF_VERDICT}
    return values | {name: json.loads(row[name]) for name in _JSON_OF_VERDICT}


def _json(value: Any) -> str:
    return json.dumps(stored(plain(value)), separators=(",", ":"), ensure_ascii=False)


def stored(value: Any) -> Any:
    """The plain value with its texts cut, and lone surrogates, which UTF-8 has not, escaped."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [stored(part) for part in value]
    if isinstance(value, dict):
        return dict(_pairs(value))
    return value


def _pairs(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        yield _text(key), stored(value)


def _text(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
