"""The laws of lists: what they hold, whole and by each filter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagepact.contract.resources import Resource, ServiceLaw, is_number
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.walks import (
    Step,
    Walk,
    id_of,
    is_whole,
    items_of,
    values_of,
)
from stagepact.verdict.checks.model import Breach, Judgement, differences
from stagepact.verdict.checks.services.seen import at, is_masked, told_of


def list_get(law: ServiceLaw, walk: Walk) -> Judgement:
    """Each item of a list can be read, and is what the list says of it."""
    listed, again, resource = walk.last("list"), walk.last("list again"), law.resource
    if listed is None or again is None:
        return "nothing was listed and read"
    items, found = items_of(resource, listed.body) or [], []
    then = items_of(resource, again.body) or []
    for step in walk.named("read"):
        item = items[int(step.note)]
        if step.gone and item in then:
            found.append(Breach("what is listed can be read", told_of(step), at(step, "status")))
        elif step.succeeded and resource.same and item in then:
            found += [Breach(shorten(one), shorten(two), at(step, "body", name))
                      for name, one, two in values_of(step.body, item)
                      if differences(one, two)
                      and (law.asked or not is_masked(two, one))]  # fmt: skip
    return tuple(found)


def ids_of(resource: Resource, step: Step) -> list[str]:
    """The ids of a list's items."""
    found = []
    for item in items_of(resource, step.body) or ():
        id_ = id_of(resource, item)
        if id_ is None and not resource.item and isinstance(item, Mapping):
            id_ = item.get("id")
        found.append(shorten(item) if id_ is None else str(id_))
    return found


def some(ids: list[str]) -> str:
    """The first of some ids."""
    return ", ".join(ids[:8]) + (", …" if len(ids) > 8 else "") or "nothing"


def filtered(law: ServiceLaw, walk: Walk) -> Judgement:
    """A filtered list holds the items of its value, all of them and no other."""
    resource, whole = law.resource, walk.last("whole")
    lists = walk.named("filtered", "selected")
    if whole is None or not lists:
        return "nothing was filtered"
    if not ids_of(resource, whole) and not any(ids_of(resource, step) for step in lists):
        return "the list is empty"
    found = []
    for step in walk.named("filtered"):
        parameter, pointer, value, sign = step.note
        for item in items_of(resource, step.body) or ():
            own = found_at(pointer, item)
            if not _is_within(own, value, sign) and not (sign and own is None):
                where = at(step, "body", *pointer[1:].split("/"))
                found.append(Breach(f"{parameter}={value} only", shorten(own), where))
                break
        found += _lost(resource, whole, step)
    return tuple(found or _unselected(resource, walk))


def _unselected(resource: Resource, walk: Walk) -> Iterator[Breach]:
    """Items that a parameter of a member's name should have left out, or shouldn't.

    A text may be looked for in a member. Truth values may widen a list (`archived=true`), so
    they count only where each of both finds items of the other.
    """
    steps = [step for step in walk.named("selected") if step.succeeded]
    for step in steps:
        parameter, pointer, value, _ = step.note
        wrong = next((each for each in _owned(resource, step) if not _finds(each, value)), None)
        others = (e for e in steps if e.note[0] == parameter and e.note[2] is not value)
        widens = isinstance(value, bool) and not any(
            value in _owned(resource, other) for other in others
        )
        if wrong is not None and not widens:
            where = at(step, "body", *pointer[1:].split("/"))
            yield Breach(f"{parameter}={value} only", shorten(wrong), where)
            return
    for step in (each for each in steps if not isinstance(each.note[2], str)):
        whole = next(e for e in reversed(walk.steps[: walk.steps.index(step)]) if e.name == "all")
        yield from _lost(resource, whole, step)


def _owned(resource: Resource, step: Step) -> list[Any]:
    return [found_at(step.note[1], item) for item in items_of(resource, step.body) or ()]


def _finds(own: Any, value: Any) -> bool:
    if isinstance(value, str):
        return isinstance(own, str) and value.casefold() in own.casefold()
    return own is value if isinstance(value, bool) else _same(own, value)


def _lost(resource: Resource, whole: Step, step: Step) -> Iterator[Breach]:
    """Items of the whole list that have the value, and that the filter doesn't find."""
    parameter, pointer, value, sign = step.note
    pairs = zip(ids_of(resource, whole), items_of(resource, whole.body) or (), strict=True)
    wanted = [id_ for id_, item in pairs if _is_within(found_at(pointer, item), value, sign)]
    ids = ids_of(resource, step)
    lost = [id_ for id_ in wanted if id_ not in ids]
    if lost and is_whole(resource, step):
        promised = f"{some(wanted)} by {parameter}={value}"
        yield Breach(promised, some(ids), at(step, "body"))


def _is_within(own: Any, value: Any, sign: int) -> bool:
    """Whether a value is that of a filter, or on the side of a bound that `sign` says, or on it."""
    if not sign:
        return _same(own, value)
    return is_number(own) and (own - value) * sign >= 0


def _same(own: Any, value: Any) -> bool:
    if isinstance(own, list):
        return any(_same(each, value) for each in own)
    return not differences(value, own) or str(own).lower() == str(value).lower()
