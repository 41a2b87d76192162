"""What is tried for the laws of an item: it is created, read, changed, deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import uuid4

from stagepact.contract.resources import Resource, ServiceLaw
from stagepact.subject.model import Case, Request
from stagepact.subject.protocols.walks import (
    Halted,
    Step,
    Walker,
    located,
    lost_members,
    says_something,
)


def _body(case: Case) -> Request | None:
    """The request that a case is about; None where it leaves the choice."""
    request = case.given.request
    return request if request.has_body or request.raw is not None else None


def tag_of(step: Step) -> dict[str, str]:
    """`If-Match` with the entity tag of an answer.

    Raises:
        Halted: it has none.
    """
    if "etag" not in step.headers:
        raise Halted(f"{step.call} tells no ETag")
    return {"if-match": step.headers["etag"]}


async def create_read(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Create, read what was created, and follow a Location that leads elsewhere."""
    resource = law.resource
    made = await walker.make(resource, _body(case))
    if made.status == "202":
        raise Halted("it is accepted (202), and not made yet")
    location = made.headers.get("location", "")
    if location and located(resource.item, made) is None and location.startswith("/"):
        await walker.follow("location", location, resource.roles["read"])
    read = await walker.ask("read", resource.roles["read"], path=walker.path_of(resource, made))
    if not read.succeeded:
        return
    for member in lost_members(resource, made, read):
        await _say_again(walker, resource, member, made)


async def _say_again(walker: Walker, resource: Resource, member: str, made: Step) -> None:
    """Create by other bodies that have a member which was lost: by some kinds of items it is."""
    for like in walker.asks[made.call].requests:
        body = like.body if isinstance(like.body, Mapping) else {}
        if not says_something(body.get(member)) or body == made.sent:
            continue
        other = await walker.ask("other create", made.call, like=like, note=member)
        if other.succeeded:
            path = walker.path_of(resource, other)
            await walker.ask("other read", resource.roles["read"], path=path, note=member)


async def update_read(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Read an item, change it, read it again; then by a PATCH that says nothing, too."""
    resource = law.resource
    path = await walker.item(resource)
    before = await _there(walker, resource, path)
    headers = tag_of(before) if resource.conditional else {}
    changed = await walker.ask(
        "change", resource.change, like=_body(case), path=path, headers=headers
    )
    if not changed.succeeded:
        raise Halted(f"{resource.change} is answered by {changed.status}")
    if changed.status == "202":
        raise Halted("the change is accepted (202), and not made yet")
    after = await walker.ask("after", resource.roles["read"], path=path)
    nothing = next((e for e in walker.asks[resource.change].requests if e.body == {}), None)
    if nothing is None or not after.succeeded or resource.change != resource.roles.get("patch"):
        return
    headers = tag_of(after) if resource.conditional and "etag" in after.headers else {}
    same = await walker.ask("no change", resource.change, like=nothing, path=path, headers=headers)
    if same.succeeded:
        await walker.ask("then", resource.roles["read"], path=path)


async def _there(walker: Walker, resource: Resource, path: Mapping[str, Any]) -> Step:
    before = await walker.ask("before", resource.roles["read"], path=path)
    if not before.succeeded:
        raise Halted(f"{before.call} is answered by {before.status}")
    return before


async def delete(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Delete an item, then try every operation of it, and of what is below it."""
    resource = law.resource
    path = await walker.item(resource)
    before = await _there(walker, resource, path)
    headers = {"if-match": before.headers["etag"]} if "etag" in before.headers else {}
    gone = await walker.ask("delete", resource.roles["delete"], path=path, headers=headers)
    if not gone.succeeded or gone.status == "202":
        raise Halted(f"{gone.call} is answered by {gone.status}")
    await walker.ask("gone", resource.roles["read"], path=path)
    await walker.ask("again", resource.roles["delete"], path=path, headers=headers)
    for role in ("replace", "patch"):
        if role in resource.roles and not (role == "replace" and resource.is_put):
            await walker.ask(f"late {role}", resource.roles[role], path=path, headers=headers)
            await walker.ask(f"after {role}", resource.roles["read"], path=path)
    for call, asked in walker.asks.items():
        if asked.template.startswith(f"{resource.item}/"):
            with suppress(Halted):
                await walker.ask("late call", call, path=path)


async def create_twice(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Create, create the same again, and look at the first."""
    resource = law.resource
    made = await walker.make(resource, _body(case))
    like = _body(case) or _sent(walker, resource, made)
    reads = resource.has("read")
    path = walker.path_of(resource, made) if reads else {}
    if reads:
        await walker.ask("before", resource.roles["read"], path=path)
    await walker.ask("twice", resource.roles["create"], like=like)
    if reads:
        await walker.ask("after", resource.roles["read"], path=path)


def _sent(walker: Walker, resource: Resource, made: Step) -> Request | None:
    """The request that a step was made by."""
    requests = walker.asks[resource.roles["create"]].requests
    return next((r for r in requests if made.sent in (r.body, r.raw)), None)


async def idempotency_key(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Create twice by the same request with the same key, then by it with another."""
    resource = law.resource
    call, headers = resource.roles["create"], {"idempotency-key": str(uuid4())}
    like = _body(case)
    for request in (like,) if like else walker.asks[call].requests:
        first = await walker.ask("first", call, like=request, headers=headers)
        if first.succeeded:
            await walker.ask("second", call, like=request, headers=headers)
            return
    raise Halted(f"{call} is answered by {first.status}")


async def delete_siblings(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Create two alike, or two, delete the one, read the other."""
    resource = law.resource
    one = await walker.make(resource)
    two = await walker.creating("sibling", resource, _sent(walker, resource, one))
    for request in walker.asks[one.call].requests:
        if two.succeeded:
            break
        two = await walker.creating("sibling", resource, request)
    if not two.succeeded:
        raise Halted(f"a second {one.call} is answered by {two.status}")
    paths = walker.path_of(resource, one), walker.path_of(resource, two)
    if paths[0] == paths[1]:
        raise Halted("both have one id")
    await walker.ask("before", resource.roles["read"], path=paths[1])
    gone = await walker.ask("delete", resource.roles["delete"], path=paths[0])
    if not gone.succeeded:
        raise Halted(f"{gone.call} is answered by {gone.status}")
    await walker.ask("after", resource.roles["read"], path=paths[1])


async def lost_update(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Change an item, then change it by what was known before."""
    resource = law.resource
    path = await walker.item(resource)
    before = await _there(walker, resource, path)
    tag, others, own = tag_of(before), walker.asks[resource.change].requests, _body(case)
    like = await _outdating(walker, resource, path, tag, others if own is None else (own,))
    other = next((each for each in others if each.body != like.body), None)
    if other is None:
        raise Halted(f"there is one body only to ask {resource.change} with: give another example")
    await walker.ask("outdated", resource.change, like=other, path=path, headers=tag)


async def _outdating(
    walker: Walker,
    resource: Resource,
    path: Mapping[str, Any],
    tag: Mapping[str, str],
    requests: Sequence[Request],
) -> Request:
    """The first request that leaves an item under another ETag, which it then has.

    Raises:
        Halted: none does, or one is refused.
    """
    for like in requests:
        changed = await walker.ask("change", resource.change, like=like, path=path, headers=tag)
        if not changed.succeeded:
            raise Halted(f"{changed.call} is answered by {changed.status}")
        current = await walker.ask("current", resource.roles["read"], path=path)
        if current.headers.get("etag") != tag["if-match"]:
            return like
    raise Halted("the change didn't change the ETag")


_RACES = 3


async def concurrent_updates(walker: Walker, law: ServiceLaw, case: Case) -> None:
    """Change new items by two requests at once, each of which changes one by itself."""
    resource = law.resource
    if getattr(walker.connection, "one_at_a_time", False):
        raise Halted("in process a WSGI app answers one request at a time: check it by `url`")
    requests = await _changing(walker, resource)
    for number in range(1, _RACES + 1):
        path = walker.path_of(resource, await walker.make(resource))
        tag = tag_of(await _there(walker, resource, path))
        ask = partial(walker.ask, "race", resource.change, path=path, headers=tag, note=number)
        await asyncio.gather(*(ask(like=each) for each in requests))


async def _changing(walker: Walker, resource: Resource) -> list[Request]:
    """Two requests that change a new item, each in its own way.

    Raises:
        Halted: there are no two.
    """
    found: list[Request] = []
    for like in walker.asks[resource.change].requests:
        is_new = like.body not in [each.body for each in found]
        if is_new and await _changes(walker, resource, like):
            found.append(like)
        if len(found) == 2:
            return found
    raise Halted(f"no two bodies change a new item by {resource.change}: give another example")


async def _changes(walker: Walker, resource: Resource, like: Request) -> bool:
    """Whether a change of a new item succeeds, and leaves it under another ETag."""
    path = walker.path_of(resource, await walker.make(resource))
    tag = tag_of(await _there(walker, resource, path))
    changed = await walker.ask("change", resource.change, like=like, path=path, headers=tag)
    if not changed.succeeded or changed.status == "202":
        return False
    current = await walker.ask("current", resource.roles["read"], path=path)
    return current.headers.get("etag", tag["if-match"]) != tag["if-match"]
