"""One target being checked: each run is observed once and judged in all views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagepact.contract.clauses import Clause, MetamorphicValue
from stagepact.contract.expression import EvaluationError, evaluate
from stagepact.flow.model import Item, Target, View
from stagepact.observation import End, Observation, Observer
from stagepact.subject import Case, Given, Request, Subject
from stagepact.verdict.checks import Breach, metamorphic
from stagepact.verdict.checks.outcome import names_of
from stagepact.verdict.judge import Tally, judge
from stagepact.verdict.model import ItemId
from stagepact.verdict.mutants.model import Seen

# Clauses that one observation can't judge: a pair of runs, or the times of many.
_PAIRED, _MANY = "metamorphic", "within.quantile"


class Session:
    """Runs a target's subject and keeps a tally a clause.

    With `keep`, what was observed is kept, too, to be judged by other clauses afterwards. `heard`
    is told of each run: the target, and how many there were.
    """

    def __init__(
        self,
        target: Target,
        subject: Subject,
        observer: Observer,
        *,
        keep: bool = False,
        heard: Callable[[Target, int], None] | None = None,
    ) -> None:
        self.target = target
        self.subject = subject
        self.observer = observer
        self.tallies: dict[ItemId, Tally] = {item.id: Tally(item.clause) for item in target.items}
        self._plan: dict[str | None, list[tuple[View, Item, Tally]]] = {}
        for view, item in self.pairs():
            self._plan.setdefault(view.case, []).append((view, item, self.tallies[item.id]))
        self._keep = keep
        self._heard = heard
        self._count = 0
        self._runs: list[Observation] = []
        self._pairs: list[tuple[View, Clause, tuple[Observation, Observation]]] = []

    def pairs(self) -> Iterator[tuple[View, Item]]:
        """Every item with its view, in order."""
        for view in self.target.views:
            for item in view.items:
                yield view, item

    def observe(self, case: Case) -> Observation:
        """One run."""
        self._count += 1
        if self._heard is not None:
            self._heard(self.target, self._count)
        seen = self.observer.observe(self.subject, case)
        for secret in seen.output.secrets if seen.output is not None else ():
            self.target.secrets.add(secret)
        return seen

    def run(self, case: Case) -> None:
        """One run, judged in all views that are for the case; none where there is no such view."""
        judging = [*self._plan.get(None, ()), *self._plan.get(case.name, ())]
        if not judging:
            return
        observation = self.observe(case)
        if self._keep:
            self._runs.append(observation)
        of, seen = None, observation
        for view, item, tally in judging:
            if view is not of:
                of, seen = view, view.of(observation)
            kind = item.clause.kind
            if kind == _PAIRED:
                tally.judged(seen, self.judge(view, item.clause, seen))
            elif kind == _MANY:
                tally.timed(seen)
            else:
                tally.add(seen)

    def seen(self, view: View, clause: Clause) -> Seen:
        """All that was kept of what was observed, as a view has it."""
        pairs = (pair for of, by, pair in self._pairs if of is view and by is clause)
        runs = (run for run in self._runs if view.case in (None, run.case.name))
        return Seen(tuple(map(view.of, runs)), tuple(pairs))

    def judge_once(
        self, view: View, clause: Clause, case: Case
    ) -> tuple[tuple[Breach, ...] | str, Observation]:
        """One run, judged by one clause, without a trace in the tallies."""
        seen = view.of(self.observe(case))
        return self.judge(view, clause, seen), seen

    def judge(self, view: View, clause: Clause, seen: Observation) -> tuple[Breach, ...] | str:
        """What a clause says of a run; a metamorphic one runs the varied case, too."""
        unpaired = seen.end in (End.UNFIT, End.NOT_REACHED) or not seen.case.assumed
        if clause.kind != _PAIRED or unpaired:
            return judge(clause, seen)
        value: MetamorphicValue = clause.value
        try:
            names = names_of(seen)
            changes = {place: evaluate(change, names) for place, change in value.vary.items()}
            given = varied(seen.case.given, changes)
        except (EvaluationError, LookupError, TypeError, ValueError) as error:
            return f"the input can't be varied: {error}"
        if not self.target.admits(given):
            return "the varied input isn't what the contract assumes"
        case = replace(seen.case, name=f"{seen.case.name} (varied)", given=given)
        after = view.of(self.observe(case))
        if after.end is End.UNFIT:
            return f"the varied input can't be given: {after.error}"
        if self._keep:
            self._pairs.append((view, clause, (seen, after)))
        return metamorphic(clause, seen, after)


_SECTIONS = ("path", "query", "headers", "cookies", "body")
_PARTS = ("input", "inputs", "context", "config", "request")


def varied(given: Given, changes: Mapping[str, Any]) -> Given:
    """What is given, with the values at these JSON Pointers (RFC 6901) changed.

    Raises:
        LookupError: a pointer leads nowhere; TypeError or ValueError: into no container.
    """
    changed = given
    for pointer, value in changes.items():
        part, *path = [
            step.replace("~1", "/").replace("~0", "~") for step in pointer.lstrip("/").split("/")
        ]
        if part not in _PARTS:
            raise LookupError(f"{pointer!r} starts with none of {', '.join(_PARTS)}")
        if part == "request":
            section, *rest = path or [""]
            if section not in _SECTIONS:
                raise LookupError(f"{pointer!r} leads to none of {', '.join(_SECTIONS)}")
            old = getattr(changed.request, section)
            new = _set(old, rest, value)
            request: Request = replace(changed.request, **{section: new})
            changed = replace(changed, request=request)
        else:
            changed = replace(changed, **{part: _set(getattr(changed, part), path, value)})
    return changed


def _set(container: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    step, *rest = path
    if isinstance(container, list):
        index = int(step)
        if not 0 <= index < len(container):
            raise LookupError(f"there is no {step!r}")
        return [_set(v, rest, value) if i == index else v for i, v in enumerate(container)]
    if step not in container:
        raise LookupError(f"there is no {step!r}")
    return {**container, step: _set(container[step], rest, value)}
