"""Clauses of runs to which something happens: what holds while it does, and afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stagepact.contract.clauses.clause import Clause, Compiler, Path
from stagepact.contract.clauses.stages import StatusValue
from stagepact.contract.expression import Expression
from stagepact.contract.expression import parse as parse_expression
from stagepact.contract.models import Chaos, ChaosPromise, chaos_of, seconds

ChaosAspect = Literal["ends", "recovers", "within", "check", "holds"]

_PLAIN = ("network", "no-memory", "too-many-files", "disk-full", "clock-jump")


@dataclass(frozen=True, slots=True)
class ChaosValue:
    """What a clause says of the runs of a text; clauses of one text and check share their runs.

    `ends` are the statuses and exceptions that are declared, `limit` the seconds of `within`,
    `check` the reference of a function. A negated one says the opposite.
    """

    text: str
    ends: StatusValue
    check: str = ""
    expression: Expression | None = None
    limit: float = 0.0
    negated: bool = False

    @property
    def chaos(self) -> Chaos:
        """What happens."""
        return chaos_of(self.text)


def chaos_clauses(
    compiler: Compiler,
    said: Mapping[str, ChaosPromise],
    ends: StatusValue,
    ports: Sequence[str],
) -> Iterator[Clause]:
    """The clauses of `chaos` of a block, whose declared ends and ports these are."""
    for written, promise in said.items():
        every = [each for each in _all(ports) if each not in said]
        for text in every if written == "all" else [written]:
            yield from _clauses(_Made(compiler, written, text, promise, ends))


def _all(ports: Sequence[str]) -> Iterator[str]:
    yield from _PLAIN
    yield from (f"lost {port}" for port in ports)
    yield "killed at event 1"
    if ports:
        yield "killed at call 1"


@dataclass(frozen=True, slots=True)
class _Made:
    """One text, while its clauses are made."""

    compiler: Compiler
    written: str
    text: str
    promise: ChaosPromise
    declared: StatusValue

    def clause(
        self,
        aspect: ChaosAspect,
        promise: str,
        name: str = "",
        expression: Expression | None = None,
        limit: float = 0.0,
    ) -> Clause:
        """A clause about these runs; an aspect but `ends` stands behind the text in its id."""
        said = self.promise
        ends = StatusValue(
            tuple(said.status) or self.declared.statuses, (*said.raises, *self.declared.raises)
        )
        value = ChaosValue(self.text, ends, said.check or "", expression, limit)
        told = "" if aspect == "ends" else aspect
        path: Path = ("chaos", self.written)
        path = (*path, aspect) if aspect in said.model_fields_set else path
        id_ = ".".join(filter(None, ("chaos", self.text, told, name)))
        return self.compiler.clause(id_, f"chaos.{aspect}", path, f"{self.text}: {promise}", value)


def _clauses(made: _Made) -> Iterator[Clause]:
    promise = made.promise
    if chaos_of(made.text).kind != "killed":
        yield made.clause("ends", "ends in time, as declared")
        if promise.within is not None:
            limit = seconds(promise.within)
            yield made.clause("within", f"ends in {promise.within}", limit=limit)
    for name, text in promise.holds.items():
        yield made.clause("holds", text, name, parse_expression(text))
    if promise.check is not None:
        yield made.clause("check", f"{promise.check} finds nothing wrong")
    if promise.recovers:
        yield made.clause("recovers", "the next run is as well as the one before")
