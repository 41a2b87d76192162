"""Targets of the laws of stages: each law by itself, over the cases of the stage's contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from stagepact.contract.clauses import OWN_LAW
from stagepact.contract.laws import OwnLaw, StageLaw
from stagepact.flow import Item, Target, View
from stagepact.plan.own_laws import with_own
from stagepact.subject import Case
from stagepact.subject.protocols.stage_laws import (
    LENGTHS,
    StageLawSubject,
    deferred,
    deferred_given,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

# A law takes at least as many runs of a stage.
_RUNS = 3
# Cases of those laws that wait for what is left to end.
_FEW_CASES = 6


def stage_law_target(base: Target, found: Item, own: Mapping[str, OwnLaw]) -> Target:
    """The target of one law of a stage, with the cases of the stage's own target."""
    law: StageLaw = found.clause.value
    view = View(base.views[0].subject, (with_own(found, own),))
    target = replace(base, name=f"{base.name} {found.clause.id}", views=(view,))
    if base.subject is None:
        return target
    if law.law not in own and found.clause.kind == OWN_LAW:
        return replace(target, subject=None, reason=f"no plugin has the law {law.law!r}")
    runs, beside = LENGTHS.get(law.law, (_RUNS, 0.0))
    cases = _Cases(base)
    return replace(
        target,
        subject=StageLawSubject(base.subject, law.law, cases.written, own.get(law.law)),
        cases=cases.written,
        generate=cases.generate if base.generate is not None else None,
        edges=cases.edges,
        fuzz=_fewer(base.fuzz) if law.law in LENGTHS else base.fuzz,
        base=deferred_given(base.base),
        limits=replace(base.limits, seconds=base.limits.seconds * runs + beside, scan_files=False),
    )


def _fewer(asked: int | None) -> int:
    return _FEW_CASES if asked is None else min(_FEW_CASES, asked)


@dataclass(frozen=True)
class _Cases:
    """The cases of a target, whose ports are made by each try."""

    base: Target

    @cached_property
    def written(self) -> tuple[Case, ...]:
        return tuple(deferred(case) for case in self.base.cases if case.assumed)

    def generate(self) -> SearchStrategy[Case] | None:
        made = None if self.base.generate is None else self.base.generate()
        return None if made is None else made.map(deferred)

    def edges(self) -> tuple[Case, ...]:
        made = () if self.base.edges is None else self.base.edges()
        return tuple(deferred(case) for case in made)
