"""What is tried for the laws of many calls, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stagepact.contract.resources import Resource, ServiceLaw
from stagepact.subject.model import Case, Unfit
from stagepact.subject.protocols.http import (
    path_names,
)
from stagepact.subject.protocols.laws.items import tag_of
from stagepact.subject.protocols.walks import (
    Step,
    Walker,
)


async def sequences(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """The calls of a case one after the other, then each item that was made is read."""
    resource, known = law.resource, list[dict[str, Any]]()
    for call in _calls(case):
        step = await _called(walker, (resource,), call, {resource.item: known})
        if step is None:
            continue
        if step.call == resource.roles["create"] and step.succeeded and step.status != "202":
            known.append(walker.path_of(resource, step))
            await walker.ask("made", resource.roles["read"], path=known[-1])
        elif not step.call.startswith("GET") and {*path_names(resource.item)} <= {*step.path}:
            own = {name: step.path[name] for name in path_names(resource.item)}
            await walker.ask("look", resource.roles["read"], path=own)
    for path in known:
        await walker.ask("look", resource.roles["read"], path=path)


async def conserve(
    walker: Walker, over: Mapping[str, str], known: Sequence[Resource], case: Case
) -> None:
    """Look at all that is conserved, before the calls of a case and after each of them."""
    made: dict[str, list[dict[str, Any]]] = {each.item: [] for each in known}
    await _look(walker, over, known)
    for call in _calls(case):
        step = await _called(walker, known, call, made)
        if step is None:
            continue
        for resource in known:
            created = resource.roles.get("create") == step.call and step.succeeded
            if created and resource.item and not (resource.is_put and step.status != "201"):
                made[resource.item].append(walker.path_of(resource, step))
        await _look(walker, over, known)


async def _look(walker: Walker, over: Mapping[str, str], known: Sequence[Resource]) -> None:
    for name, call in over.items():
        resource = next((each for each in known if each.roles.get("list") == call), Resource(""))
        limit, most = resource.pages.limit, resource.sizes[1]
        await walker.ask("look", call, query={limit: most} if limit and most else {}, note=name)


def _calls(case: Case) -> list[Mapping[str, Any]]:
    """The calls of a case.

    Raises:
        Unfit: what is given is no list of calls.
    """
    calls = case.given.input or []
    if isinstance(calls, list) and all(isinstance(e, Mapping) and "call" in e for e in calls):
        return calls
    raise Unfit("the input is no list of calls such as {call: POST /orders, body: {…}}")


async def _called(
    walker: Walker,
    known: Sequence[Resource],
    call: Mapping[str, Any],
    made: Mapping[str, list[dict[str, Any]]],
) -> Step | None:
    """One call of a sequence; None for one of an item where there is none."""
    name = str(call["call"])
    asked = walker.asks.get(name)
    if asked is None:
        raise Unfit(f"the service has no operation {name!r}")
    path: Mapping[str, Any] = {}
    resource = _of(asked.template, known)
    if resource is not None and resource.is_put and name == resource.roles["create"]:
        path = _named(walker, resource, call, made)
    elif resource is not None:
        there = made[resource.item] or [each for each in [walker.of_state(resource)] if each]
        if not there:
            return None
        path = there[_whole_number(call.get("item")) % len(there)]
    like = asked.requests[_whole_number(call.get("like")) % len(asked.requests)]
    if "body" in call:
        like = replace(like, body=call["body"], raw=None, has_body=True)
    headers: dict[str, str] = {}
    if resource and resource.conditional and name in map(resource.roles.get, ("replace", "patch")):
        before = await walker.ask("tag", resource.roles["read"], path=path)
        headers = tag_of(before) if "etag" in before.headers else {}
    return await walker.ask("call", name, like=like, path=path, headers=headers)


def _named(
    walker: Walker,
    resource: Resource,
    call: Mapping[str, Any],
    made: Mapping[str, list[dict[str, Any]]],
) -> Mapping[str, Any]:
    """The path of an item that PUT changes, or makes where there are fewer."""
    number, there = _whole_number(call.get("item")), made[resource.item]
    if number < len(there):
        return there[number]
    id_ = next(walker.asks[resource.roles["create"]].ids(), None)
    return {} if id_ is None else {resource.parameter: id_}


def _of(template: str, known: Sequence[Resource]) -> Resource | None:
    """The resource whose item an operation is for: the one with the longest path."""
    fitting = [e for e in known if e.item and f"{template}/".startswith(f"{e.item}/")]
    return max(fitting, key=lambda each: len(each.item), default=None)


def _whole_number(value: Any) -> int:
    return value if type(value) is int else 0
