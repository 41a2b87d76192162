"""The law of pages: each item once, in the order of the list, and an end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from stagepact.contract.resources import Resource, ServiceLaw
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.walks import (
    Step,
    Walk,
    is_whole,
    next_of,
)
from stagepact.verdict.checks.model import Breach, Judgement
from stagepact.verdict.checks.services.lists import ids_of, some
from stagepact.verdict.checks.services.seen import at, told_of


def pagination(law: ServiceLaw, walk: Walk) -> Judgement:
    """Pages hold each item once, in the order of the list, and come to an end."""
    resource, whole, again = law.resource, walk.last("whole"), walk.last("whole again")
    if whole is None or again is None or not walk.named("page"):
        return "nothing was paged"
    all_ids, others = ids_of(resource, whole), ids_of(resource, again)
    if sorted(all_ids) == sorted(others) and all_ids != others:
        where = at(again, "body")
        return (Breach(f"the order {some(all_ids)}", some(others), where),)
    expected = all_ids if is_whole(resource, whole) else None
    for size in dict.fromkeys(step.note for step in walk.named("page")):
        pages = [step for step in walk.named("page") if step.note == size]
        found = [*_paged(law, pages, expected)]
        if found:
            return tuple(found)
    return (*_lost_from_full(resource, walk), *_miscounted(resource, walk))[:1]


def _lost_from_full(resource: Resource, walk: Walk) -> Iterator[Breach]:
    """Items that pages of one size have, and full ones of another size leave out or repeat."""
    by_size: dict[int, list[Step]] = {}
    for step in walk.named("full page"):
        by_size.setdefault(step.note, []).append(step)
    (reference, *full) = by_size or (0,)
    there = [id_ for step in by_size.get(reference, ()) for id_ in ids_of(resource, step)]
    for size in full:
        pages = by_size[size]
        ids = [id_ for step in pages for id_ in ids_of(resource, step)]
        lost = [id_ for id_ in there if id_ not in ids]
        where = at(pages[-1], "body")
        double = next((id_ for index, id_ in enumerate(ids) if id_ in ids[:index]), None)
        if not all(step.succeeded for step in pages) or _is_capped(resource, pages, size):
            continue
        if double is not None:
            yield Breach(f"each item once in pages of {size}", f"{double} again", where)
        elif lost:
            told = f"{len(ids)}, without {some(lost)}"
            yield Breach(f"{len(there)} items in pages of {size}", told, where)


def _is_capped(resource: Resource, pages: list[Step], size: int) -> bool:
    """Whether pages are smaller than was asked for: by more than an item, and yet not the last."""
    return len(pages) > 1 and len(ids_of(resource, pages[0])) < size - 1


# Beside these, `total` is a number of items, and no sum.
_PAGED = {"page", "perpage", "pagesize", "size", "limit", "offset", "skip", "pages", "totalpages"}
_PAGED |= {"hasmore", "hasnext", "next", "nextpage", "nextcursor", "cursor"}
_COUNTS = {"totalcount", "totalitems", "totalresults", "totalelements"}


def _miscounted(resource: Resource, walk: Walk) -> Iterator[Breach]:
    """A total that isn't the number of all items, where the list and all pages agree on those."""
    found: dict[int, set[str]] = {}
    for step in walk.named("page"):
        found.setdefault(step.note, set()).update(ids_of(resource, step))
    wholes = walk.named("whole", "whole again")
    there = set(ids_of(resource, wholes[0]))
    if any(ids != there for ids in found.values()) or set(ids_of(resource, wholes[1])) != there:
        return
    for step in (*wholes, *walk.named("page")):
        for name, total in _totals(step.body):
            if total != len(there):
                yield Breach(f"{len(there)} items in all", str(total), at(step, "body", name))


def _totals(body: Any) -> Iterator[tuple[str, int]]:
    members = body if isinstance(body, Mapping) else {}
    plain = {re.sub(r"[^a-z]", "", name.lower()): name for name in members}
    counts = _COUNTS | ({"total"} if _PAGED & plain.keys() else set())
    for key in counts & plain.keys():
        value = members[plain[key]]
        if type(value) is int:
            yield plain[key], value


def _paged(law: ServiceLaw, pages: list[Step], expected: list[str] | None) -> Iterator[Breach]:
    resource, last, size = law.resource, pages[-1], pages[0].note
    where = at(last, "body")
    ids = [id_ for step in pages for id_ in ids_of(resource, step)]
    failed = next((step for step in pages if not step.succeeded), None)
    double = next((id_ for index, id_ in enumerate(ids) if id_ in ids[:index]), None)
    if failed is not None:
        yield Breach("a page", told_of(failed), at(failed, "status"))
    elif double is not None:
        yield Breach(f"each item once in pages of {size}", f"{double} again: {some(ids)}", where)
    elif _goes_on(resource, last) and len(pages) > len(ids) + 2:
        yield Breach("an end of the pages", f"a next one after {len(pages)} pages", where)
    elif expected is not None and not {*expected} <= {*ids}:
        yield Breach(f"{some(expected)} in pages of {size}", some(ids), where)
    elif expected is not None and [each for each in ids if each in expected] != expected:
        yield Breach(f"the order {some(expected)} in pages of {size}", some(ids), where)
    elif law.asked:
        yield from _false_ends(resource, pages)


def _false_ends(resource: Resource, pages: list[Step]) -> Iterator[Breach]:
    """A page that isn't full tells of a next one, and that one is empty."""
    for one, following in pairwise(pages):
        count = len(ids_of(resource, one))
        short = isinstance(one.note, int) and 0 < count < one.note
        if short and next_of(resource, one) is not None and not ids_of(resource, following):
            told = shorten(next_of(resource, one))
            yield Breach("no next page after the last", told, at(one, "body"))


def _goes_on(resource: Resource, step: Step) -> bool:
    return next_of(resource, step) is not None or bool(ids_of(resource, step))
