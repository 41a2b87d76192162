"""Ids that are their items' own, where blocks of a file or names of subjects are alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from stagepact.flow import Item, Target, View
from stagepact.verdict.model import ItemId


def with_own_ids(targets: Iterable[Target]) -> Iterator[Target]:
    """The targets, where an id that stands for several clauses is told apart by their lines.

    The first of them in the file keeps the plain id, so that ids stay as they are when a
    block is added below. One clause of several subjects of one name has their identities in
    place of the name: no line can tell them apart.
    """
    targets = tuple(targets)
    shared = _shared(targets)
    if shared:
        first = _first_lines(targets, shared)
        targets = _with_items(targets, lambda view: _told_apart(view, first))
        names = {(id_.subject, id_.path) for id_ in _shared(targets)}
        targets = _with_items(targets, lambda view: _by_identity(view, names)) if names else targets
    yield from targets


def _shared(targets: Iterable[Target]) -> set[ItemId]:
    """The ids that several items have."""
    counted = Counter(item.id for target in targets for item in target.items)
    return {id_ for id_, count in counted.items() if count > 1}


def _with_items(
    targets: Iterable[Target], items: Callable[[View], tuple[Item, ...]]
) -> tuple[Target, ...]:
    return tuple(
        replace(target, views=tuple(replace(view, items=items(view)) for view in target.views))
        for target in targets
    )


def _by_identity(view: View, names: set[tuple[str, str]]) -> tuple[Item, ...]:
    identity = view.subject.identity
    return tuple(
        replace(item, id=replace(item.id, subject=identity))
        if identity and (item.id.subject, item.id.path) in names
        else item
        for item in view.items
    )


def _first_lines(targets: Iterable[Target], shared: set[ItemId]) -> dict[ItemId, int]:
    lines: dict[ItemId, int] = {}
    for target in targets:
        for item in target.items:
            if item.id in shared:
                line = item.clause.place.line
                lines[item.id] = min(line, lines.get(item.id, line))
    return lines


def _told_apart(view: View, first: dict[ItemId, int]) -> tuple[Item, ...]:
    return tuple(
        item
        if item.id not in first or item.clause.place.line == first[item.id]
        else replace(item, id=_with_line(item))
        for item in view.items
    )


def _with_line(item: Item) -> ItemId:
    return replace(item.id, clause=f"{item.id.clause}@{item.clause.place.line}")
