"""What holds of whole runs, turned wrong: expressions, times, examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagepact.contract.clauses import (
    Clause,
    EmittedValue,
    ExampleValue,
    HoldsValue,
    MetamorphicValue,
    WithinValue,
)
from stagepact.verdict.checks.outcome import names_of
from stagepact.verdict.mutants.expressions import always_true, negated
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.output import NOTHING
from stagepact.verdict.mutants.schemas import turned_wrong

# Text that a pattern can't be found in, whatever it is.
NO_MATCH = r"(?!)"


def holds(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The expression is negated."""
    value: HoldsValue | MetamorphicValue = clause.value
    yield replace(clause, value=replace(value, expression=negated(value.expression)))


def always_holds(clause: Clause, seen: Seen) -> str:
    """An expression that nothing it reads makes false."""
    return always_true(clause.value.expression, map(names_of, seen.runs))


def always_holds_of_pairs(clause: Clause, seen: Seen) -> str:
    """An expression that nothing it reads of two runs makes false."""
    pairs: Iterator[Mapping[str, Any]] = (
        {"before": names_of(before), "after": names_of(after)} for before, after in seen.pairs
    )
    return always_true(clause.value.expression, pairs)


def within(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """No time at all is left; a clock may not have ticked, so then less than none."""
    value: WithinValue = clause.value
    yield replace(clause, value=replace(value, seconds=0.0))
    yield replace(clause, value=replace(value, seconds=-1.0))


def example(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Each thing that the example expects, turned wrong by itself."""
    value: ExampleValue = clause.value
    if value.status is not None:
        yield replace(clause, value=replace(value, status=NOTHING))
    if value.has_data:
        yield replace(clause, value=replace(value, data=NOTHING))
    if value.error is not None:
        yield replace(clause, value=replace(value, error=NO_MATCH))
    if value.emitted is not None:
        more = (*value.emitted, EmittedValue(NOTHING, False, None, None))
        yield replace(clause, value=replace(value, emitted=more))
    if value.matches is not None:
        for each in turned_wrong(value.matches):
            yield replace(clause, value=replace(value, matches=each))
