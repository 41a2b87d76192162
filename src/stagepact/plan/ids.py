"""Ids that are their items' own, where several blocks of a file promise a subject the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from stagepact.flow import Item, Target, View
from stagepact.verdict.model import ItemId


def with_own_ids(targets: Iterable[Target]) -> Iterator[Target]:
    """The targets, where an id that stands for several clauses is told apart by their lines.

    The first of them in the file keeps the plain id, so that ids stay as they are when a
    block is added below.
    """
    targets = tuple(targets)
    shared = {
        id_
        for id_, count in Counter(item.id for t in targets for item in t.items).items()
        if count > 1
    }
    if not shared:
        yield from targets
        return
    first = _first_lines(targets, shared)
    for target in targets:
        views = tuple(replace(view, items=_told_apart(view, first)) for view in target.views)
        yield replace(target, views=views)


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
