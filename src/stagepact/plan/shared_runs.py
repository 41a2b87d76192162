"""What a contract says of an operation that a document describes, judged over the same runs.

A written block without a `request` has no requests of its own to be judged by: those that the
document makes are of the same operation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from stagepact.contract.models import Operation
from stagepact.flow import Target, View
from stagepact.plan.producers import key_of
from stagepact.plan.stages import Made

# What any run can be judged by. What a block owes by examples and laws has runs of its own, and
# which statuses a block declares is said of the requests that it describes.
_OF_ANY_RUN = frozenset({
    "caching.private", "holds", "logs", "max-size", "metamorphic", "responses.body",
    "responses.content-type", "responses.header", "within.max", "within.quantile",
})  # fmt: skip


def judged_together(
    written: Sequence[Made], described: Sequence[Made], operations: Mapping[str, Operation]
) -> tuple[Made, ...]:
    """The targets of both; clauses of written blocks that say no request move to the described."""
    asked = {key_of(name) for name, each in operations.items() if each.request.says_something}
    there = {_key(target): target for made in described for target in made.targets}
    lent: dict[str, tuple[View, ...]] = {}
    left: list[Made] = []
    for made in written:
        kept: list[Target] = []
        for target in made.targets:
            key = _key(target)
            if key in there and key not in asked and there[key].subject is not None:
                lent[key] = tuple(_moving(target))
                target = replace(target, views=tuple(_staying(target)))
            kept.append(target)
        left.append(replace(made, targets=tuple(kept)))
    return (*left, *(_borrowing(made, lent) for made in described))


def _key(target: Target) -> str:
    return key_of(target.views[0].subject.name)


def _moving(target: Target) -> Iterator[View]:
    for view in target.views:
        yield replace(view, items=tuple(i for i in view.items if i.clause.kind in _OF_ANY_RUN))


def _staying(target: Target) -> Iterator[View]:
    for view in target.views:
        yield replace(view, items=tuple(i for i in view.items if i.clause.kind not in _OF_ANY_RUN))


def _borrowing(made: Made, lent: Mapping[str, tuple[View, ...]]) -> Made:
    return replace(
        made, targets=tuple(_with(each, lent.get(_key(each), ())) for each in made.targets)
    )


def _with(target: Target, views: tuple[View, ...]) -> Target:
    views = tuple(view for view in views if view.items)
    logged = any(item.clause.kind == "logs" for view in views for item in view.items)
    limits = replace(target.limits, log_level=1) if logged else target.limits
    return replace(target, views=(*target.views, *views), limits=limits)
