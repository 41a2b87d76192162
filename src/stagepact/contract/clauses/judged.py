"""Clauses that stages, pipelines and operations have in common."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stagepact.contract.clauses.clause import Clause, Compiler, Path, object_if_said
from stagepact.contract.expression import Expression
from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.models import Holds, Judged, LogClause, Within, seconds
from stagepact.schema import Validator


@dataclass(frozen=True, slots=True)
class LogValue:
    """A log clause with its fields' schema compiled."""

    clause: LogClause
    fields: Validator | None


@dataclass(frozen=True, slots=True)
class HoldsValue:
    """An expression over one run."""

    expression: Expression
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MetamorphicValue:
    """An expression over two runs, the second with a changed input."""

    vary: Mapping[str, Expression]
    expression: Expression
    on: tuple[str, ...]

    def __hash__(self) -> int:
        return hash((tuple(sorted(self.vary)), self.expression, self.on))


@dataclass(frozen=True, slots=True)
class WithinValue:
    """A limit in seconds on single runs (`quantile` None) or on a share of them."""

    seconds: float
    quantile: float | None
    needs: str | None


def judged_clauses(
    compiler: Compiler, block: Judged, alive: Container[str] = ()
) -> Iterator[Clause]:
    """The clauses of `logs`, `holds` and `within`, and those of later versions that aren't yet."""
    for name, log in block.logs.items():
        yield log_clause(compiler, name, log, ("logs", name))
    for name, holds in block.holds.items():
        yield _holds(compiler, name, holds)
    if block.within is not None:
        yield from _within(compiler, block.within)
    for key in ("laws",):
        if getattr(block, key) is not None and key not in alive:
            yield compiler.clause(key, "reserved", (key,), f"`{key}` of a later version")


def log_clause(compiler: Compiler, name: str, log: LogClause, path: Path) -> Clause:
    """A clause about what is logged, which stands at a path of its block."""
    fields = None
    if log.fields is not None:
        fields = compiler.validator(object_if_said(log.fields), (*path, "fields"))
    level = f" at {log.level}" if log.level else ""
    promise = f"logs{level} {times_text(log.times)}" + (
        f", matching {log.message!r}" if log.message else ""
    )
    return compiler.clause(f"logs.{name}", "logs", path, promise, LogValue(log, fields))


def times_text(times: str) -> str:
    """`never` and `once` as they are; a number is followed by its noun."""
    if times in ("never", "once"):
        return times
    return f"{times} time" if times.endswith(" 1") else f"{times} times"


def _holds(compiler: Compiler, name: str, holds: Holds) -> Clause:
    path: Path = ("holds", name)
    on = tuple(holds.on)
    if holds.expr is not None:
        value: Any = HoldsValue(parse_expression(holds.expr), on)
        return compiler.clause(f"holds.{name}", "holds", path, holds.expr, value)
    vary = {pointer: parse_expression(text) for pointer, text in holds.vary.items()}
    changed = ", ".join(f"{pointer} = {text}" for pointer, text in holds.vary.items())
    value = MetamorphicValue(vary, parse_expression(str(holds.expect)), on)
    promise = f"{holds.expect} when {changed}"
    return compiler.clause(f"holds.{name}", "metamorphic", path, promise, value)


QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def _within(compiler: Compiler, within: Within) -> Iterator[Clause]:
    if within.max is not None:
        value = WithinValue(seconds(within.max), None, None)
        yield compiler.clause(
            "within.max", "within.max", ("within", "max"), f"each run ends in {within.max}", value
        )
    for name, quantile in QUANTILES.items():
        limit = getattr(within, name)
        if limit is not None:
            value = WithinValue(seconds(limit), quantile, within.needs)
            promise = f"{quantile:.0%} of the runs end in {limit}"
            yield compiler.clause(
                f"within.{name}", "within.quantile", ("within", name), promise, value
            )
