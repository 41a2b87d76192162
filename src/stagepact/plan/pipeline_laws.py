"""Targets of the laws of pipelines: each by itself, with pipelines that are made for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from stagepact.cases import law_cases
from stagepact.cases.pipeline_laws import known_cases, plain_case
from stagepact.contract.clauses import OWN_LAW
from stagepact.contract.laws import OwnLaw, StageLaw
from stagepact.flow import Item, Target, View
from stagepact.observation import Limits
from stagepact.plan.own_laws import with_own
from stagepact.subject import Found
from stagepact.subject.protocols.pipeline_laws import PipelineLawSubject, lacking
from stagepact.subject.protocols.stage_laws import StageLawSubject

_SECONDS = 30.0


def pipeline_law_target(
    pipeline: Found, base: Target, item: Item, own: Mapping[str, OwnLaw]
) -> Target:
    """The target of one law of a pipeline.

    A plugin's law runs the pipeline itself, with the cases of its contract.
    """
    law: StageLaw = item.clause.value
    items = (with_own(item, own),)
    name, views = f"{pipeline.id} {item.clause.id}", (View(pipeline.id, items),)
    if item.clause.kind == OWN_LAW:
        return _with_own_law(base, name, views, own.get(law.law), law.law)
    if pipeline.runtime is None:
        reason = pipeline.reason or f"no runtime is known that builds such as {pipeline.id.name}"
        return Target(name, views, reason=reason)
    reason = lacking(pipeline.runtime, law.law)
    if reason:
        return Target(name, views, reason=reason)
    return Target(
        name,
        views,
        PipelineLawSubject(pipeline.id, pipeline.runtime, law.law),
        cases=(plain_case(law.law, pipeline.stages),),
        generate=partial(law_cases, law.law),
        edges=partial(known_cases, law.law),
        every_edge=True,
        fuzz=base.fuzz,
        limits=Limits(seconds=_SECONDS, scan_files=False),
    )


def _with_own_law(
    base: Target, name: str, views: tuple[View, ...], law: OwnLaw | None, wanted: str
) -> Target:
    if base.subject is None or law is None:
        reason = base.reason if law is not None else f"no plugin has the law {wanted!r}"
        return Target(name, views, reason=reason)
    return Target(
        name,
        views,
        StageLawSubject(base.subject, wanted, base.cases, law),
        cases=base.cases,
        generate=base.generate,
        edges=base.edges,
        fuzz=base.fuzz,
        base=base.base,
        limits=base.limits,
        fixtures=base.fixtures,
    )
