"""What is tried for the laws of lists: whole, page by page, and by each filter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any

from stagepact.contract.resources import Resource, ServiceLaw, is_number
from stagepact.schema import compile_schema
from stagepact.subject.model import Case
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.walks import (
    Halted,
    Step,
    Walker,
    id_of,
    is_link,
    items_of,
    next_of,
)

_SOME, _MOST = 5, 12


async def _fill(
    walker: Walker, resource: Resource, count: int, until: float = float("inf")
) -> None:
    """Create items until there are so many, as far as they can be created, `until` some time."""
    listed = await _whole(walker, resource, "before")
    found = len(items_of(resource, listed.body) or ())
    if not resource.has("create"):
        return
    for _ in range(found, count):
        if perf_counter() > until:
            return
        try:
            await walker.make(resource, name="filling")
        except Halted:
            break
    others = walker.asks[resource.roles["create"]].requests
    for request in others[1:count]:
        await walker.creating("filling", resource, request)


async def _whole(
    walker: Walker,
    resource: Resource,
    name: str,
    query: Mapping[str, Any] | None = None,
    note: Any = None,
) -> Step:
    """The list, in the greatest page that there is.

    Raises:
        Halted: there is no list in the answer.
    """
    limit, most = resource.pages.limit, resource.sizes[1]
    asked = {limit: most} if limit and most else {}
    step = await walker.ask(
        name, resource.roles["list"], query={**asked, **(query or {})}, note=note
    )
    if step.succeeded and items_of(resource, step.body) is None:
        raise Halted(f"{step.call} answers no list")
    if not step.succeeded:
        raise Halted(f"{step.call} is answered by {step.status}")
    return step


async def list_get(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Delete an item, if that can be done; list, read each that is listed, list again."""
    resource = law.resource
    if resource.has("create"):
        with suppress(Halted):
            path = walker.path_of(resource, await walker.make(resource))
            if resource.has("delete"):
                await walker.ask("delete", resource.roles["delete"], path=path)
            await walker.make(resource)
    listed = await _whole(walker, resource, "list")
    items = items_of(resource, listed.body) or []
    if not items:
        raise Halted("the list is empty")
    for number, item in enumerate(items[:_MOST]):
        id_ = id_of(resource, item)
        if id_ is None:
            raise Halted("the items of the list tell no id: say `id`")
        path = {**dict(listed.path), resource.parameter: id_}
        await walker.ask("read", resource.roles["read"], path=path, note=number)
    await _whole(walker, resource, "list again")


async def pagination(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """The whole list twice, then page by page: in small pages, and in such as can be full."""
    resource = law.resource
    await _fill(walker, resource, _SOME)
    whole = await _whole(walker, resource, "whole")
    await _whole(walker, resource, "whole again")
    count = len(items_of(resource, whole.body) or ())
    if count < 2:
        raise Halted("there are fewer than two items")
    least, most = resource.sizes
    sizes = [size for size in (least, least + 1, least + 2) if not most or size <= most]
    for size in sizes if resource.pages.limit else [0]:
        await _pages(walker, resource, size, count)
    await _full_pages(walker, law)


_FULL, _PATIENCE = 100, 5.0
"""The largest page that is filled, and for how many seconds, where each request takes long."""


async def _full_pages(walker: Walker, law: ServiceLaw) -> None:
    """More items than go into a page of the usual and of the greatest size, page by page.

    Pages of another size come first, and tell what there is.
    """
    resource = law.resource
    full = [size for size in {resource.usual, resource.sizes[1]} if _SOME < size <= _FULL]
    calls = (resource.roles.get(role, "") for role in ("create", "list"))
    limited = any("429" in law.statuses.get(call, ()) for call in calls)
    if not full or limited or not resource.pages.limit or not resource.has("create"):
        return
    count = max(full) + 1
    await _fill(walker, resource, count, perf_counter() + _PATIENCE)
    for size in (count // 2, *sorted(full)):
        await _pages(walker, resource, size, count, "full page")


async def _pages(
    walker: Walker, resource: Resource, size: int, count: int, name: str = "page"
) -> None:
    """Page after page of one size, until there is no next one, or it is certain that none ends."""
    pages, call = resource.pages, resource.roles["list"]
    query: dict[str, Any] = {}
    if pages.limit:
        query[pages.limit] = size
    step = await walker.ask(name, call, query=query, note=size)
    first = await _first_page(walker, resource, query, step) if _by_number(resource, step) else 0
    for number in range(1, count + 4):
        items = items_of(resource, step.body) if step.succeeded else None
        following = next_of(resource, step)
        if items is None or not (following or _by_number(resource, step)):
            return
        if is_link(following):
            step = await walker.follow(name, following, call, note=size)
        elif following is not None:
            if pages.cursor is None:
                raise Halted("a next page is told, and no parameter of the list takes its cursor")
            more = {**query, pages.cursor: following}
            step = await walker.ask(name, call, query=more, note=size)
        elif not items:
            return
        else:
            by, at = (pages.offset, number * size) if pages.offset else (pages.page, number + first)
            step = await walker.ask(name, call, query={**query, str(by): at}, note=size)


def _by_number(resource: Resource, step: Step) -> bool:
    """Whether the next page is asked for by a number, for the answers tell none."""
    pages = resource.pages
    counted = (pages.offset and pages.limit) or pages.page
    return bool(counted) and pages.next is None and next_of(resource, step) is None


async def _first_page(
    walker: Walker, resource: Resource, query: Mapping[str, Any], step: Step
) -> int:
    """The number of the first page: 1 where that page is the first one, else 0."""
    if resource.pages.offset:
        return 0
    asked = {**query, resource.pages.page or "": 1}
    one = await walker.ask("page 1", resource.roles["list"], query=asked)
    same = items_of(resource, one.body) == items_of(resource, step.body)
    return 1 if same else 0


async def filtered(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """The whole list, and the list by each value of each filter."""
    resource = law.resource
    whole = await _whole(walker, resource, "whole")
    if not items_of(resource, whole.body) and resource.has("create"):
        await _fill(walker, resource, 2)
        whole = await _whole(walker, resource, "whole")
    for parameter, (pointer, values) in resource.filters.items():
        seen = [found_at(pointer, each) for each in items_of(resource, whole.body) or ()]
        asked = values or tuple(dict.fromkeys(e for e in seen if isinstance(e, str | int)))
        for value in asked[:_MOST]:
            if value is not None:
                note = [parameter, pointer, value, 0]
                await _whole(walker, resource, "filtered", {parameter: value}, note)
    for parameter, bound in resource.ranges.items():
        seen = [found_at(bound.pointer, each) for each in items_of(resource, whole.body) or ()]
        may_be_asked = compile_schema(bound.schema).accepts
        asked = tuple(dict.fromkeys(e for e in seen if is_number(e) and may_be_asked(e)))
        for value in asked[:_MOST]:
            note = [parameter, bound.pointer, value, bound.sign]
            await _whole(walker, resource, "filtered", {parameter: value}, note)
    for parameter, pointer in resource.guessed.items():
        await _select(walker, resource, parameter, pointer)


_A_WORD = re.compile(r"[A-Za-z0-9_-]{1,40}")


async def _select(walker: Walker, resource: Resource, parameter: str, pointer: str) -> None:
    """The list by values of a member that a parameter is called like, where it has several."""
    if resource.has("create"):
        for like in walker.asks[resource.roles["create"]].requests[:_MOST]:
            if isinstance(like.body, Mapping) and found_at(pointer, like.body) is not None:
                await walker.ask("filling", resource.roles["create"], like=like)
    whole = await _whole(walker, resource, "all")
    seen = [found_at(pointer, each) for each in items_of(resource, whole.body) or ()]
    values = [e for e in dict.fromkeys(map(_word, seen)) if e is not None]
    if len({*map(str, seen)}) < 2:
        return
    for value in values[:_SOME]:
        with suppress(Halted):
            note = [parameter, pointer, value, 0]
            await _whole(walker, resource, "selected", {parameter: value}, note)


def _word(value: Any) -> Any:
    """A value that any server reads as it is meant; None for another."""
    if isinstance(value, str):
        return value if _A_WORD.fullmatch(value) else None
    return value if isinstance(value, int) else None
