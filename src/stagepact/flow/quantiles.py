"""The times of many runs: as many as a quantile needs, and what is late is measured again.

A machine that is busy for a moment is late for a moment. So a quantile is called broken only
when each of three rounds, one after the other, says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

from stagepact.contract.clauses import WithinValue
from stagepact.flow.model import View
from stagepact.flow.session import Session
from stagepact.subject import Case
from stagepact.subject.protocols.operation import CalledOperation, OftenCalled
from stagepact.verdict.checks.model import Breach, Judgement
from stagepact.verdict.checks.quantile import judge_quantile, quantile_sample
from stagepact.verdict.judge import Tally

_ROUNDS, _AT_ONCE = 3, 50
_SECONDS = 30.0
"""So long a round may take: what is slower is told by a benchmark, not by a test."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Times more runs of a view's cases, in turn."""

    session: Session
    view: View
    tally: Tally
    clock: Callable[[], float]

    def judged(self, *, fill: bool) -> Judgement:
        """What the runs say of the quantile; with `fill`, as many more are made as it needs."""
        value, durations = self._value, self.tally.durations
        judged = judge_quantile(value, durations)
        if value.needs is not None or not durations:
            return judged
        if isinstance(judged, str) and fill:
            judged = self._round(durations)
        if not judged and fill and self._reads is not None:
            judged = self._round([])
        return judged if isinstance(judged, str) or not judged else self._again(judged)

    def _again(self, late: tuple[Breach, ...]) -> Judgement:
        """The same, if it is late in each round more; nothing, if one of them is in time."""
        for _ in range(_ROUNDS - 1):
            judged = self._round([])
            if isinstance(judged, str):
                return f"{late[0].seen}; measured again, {judged}"
            if not judged:
                return ()
        return late

    @property
    def _value(self) -> WithinValue:
        value: WithinValue = self.tally.clause.value
        return value

    @property
    def _reads(self) -> CalledOperation | None:
        """The operation, if it is one in process that only reads.

        It is asked so often of one app, for one that is made anew forgets what makes every
        twentieth answer late.
        """
        subject, in_process = self.session.subject, self.view.subject.path in ("asgi", "wsgi")
        if not isinstance(subject, CalledOperation) or not in_process:
            return None
        return subject if subject.operation.method in ("GET", "HEAD") else None

    def _times(self, case: Case) -> list[float]:
        """How long more runs of a case take."""
        reads = self._reads
        if reads is None:
            return [self.view.of(self.session.observe(case)).duration]
        seen = self.session.observer.observe(OftenCalled(reads, _AT_ONCE), case)
        return [seen.duration] if seen.output is None else list(seen.output.raw)

    def _round(self, durations: list[float]) -> Judgement:
        """The judgement over these times and as many more as tell, or as the time permits."""
        value, until = self._value, self.clock() + _SECONDS
        wanted = quantile_sample(value.quantile or 0.0)
        for case in cycle(self.tally.timed_cases):
            if len(durations) >= wanted:
                break
            if durations and self.clock() > until:
                return f"{judge_quantile(value, durations)}, for {_SECONDS:g} s were over"
            times = self._times(case)
            durations += times[: wanted - len(durations)]
            if max(times) > value.seconds and _is_told(judge_quantile(value, durations)):
                break
        return judge_quantile(value, durations)


def _is_told(judged: Judgement) -> bool:
    return not isinstance(judged, str)
