"""What is tried for each law of services: walks whose answers are judged later.

A walk asks what a client would ask next, given the answers before. It never judges: where it
can't go on for a reason that blames nobody, it halts and says why.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter
from typing import Any
from uuid import uuid4

from stagepact.contract.resources import Resource, ServiceLaw, is_number
from stagepact.schema import compile_schema
from stagepact.subject.model import Case, Output, Probe, Request, SubjectId, Unfit
from stagepact.subject.protocols.callers import Authentication, Caller
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.http import (
    Connection,
    Exchange,
    StateFunction,
    path_names,
    state_function,
    state_values,
)
from stagepact.subject.protocols.walks import (
    Ask,
    Halted,
    Step,
    Walk,
    Walker,
    id_of,
    is_link,
    items_of,
    located,
    lost_members,
    next_of,
    says_something,
)

_SOME, _MOST = 5, 12


def _body(case: Case) -> Request | None:
    """The request that a case is about; None where it leaves the choice."""
    request = case.given.request
    return request if request.has_body or request.raw is not None else None


def _tag(step: Step) -> dict[str, str]:
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
    headers = _tag(before) if resource.conditional else {}
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
    headers = _tag(after) if resource.conditional and "etag" in after.headers else {}
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
    tag, others, own = _tag(before), walker.asks[resource.change].requests, _body(case)
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
        tag = _tag(await _there(walker, resource, path))
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
    tag = _tag(await _there(walker, resource, path))
    changed = await walker.ask("change", resource.change, like=like, path=path, headers=tag)
    if not changed.succeeded or changed.status == "202":
        return False
    current = await walker.ask("current", resource.roles["read"], path=path)
    return current.headers.get("etag", tag["if-match"]) != tag["if-match"]


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
        headers = _tag(before) if "etag" in before.headers else {}
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


Scenario = Callable[[Walker, ServiceLaw, Case], Awaitable[None]]

# What is walked for each law; the check of the law has the same name in the table of checks.
SCENARIOS: Mapping[str, Scenario] = {
    "create-read": create_read,
    "update-read": update_read,
    "delete": delete,
    "create-twice": create_twice,
    "idempotency-key": idempotency_key,
    "list-get": list_get,
    "pagination": pagination,
    "filter": filtered,
    "delete-siblings": delete_siblings,
    "lost-update": lost_update,
    "concurrent-updates": concurrent_updates,
    "sequences": sequences,
}


@dataclass(frozen=True, slots=True)
class WalkSubject:
    """A service, walked through by one scenario; steps are the events of a run."""

    id: SubjectId
    scenario: Callable[[Walker, Case], Awaitable[None]] = field(repr=False)
    exchange: Exchange = field(repr=False)
    asks: Callable[[], Mapping[str, Ask]] = field(repr=False)
    states: Mapping[str, StateFunction] = field(default_factory=dict, repr=False)
    authentication: Authentication | None = field(default=None, repr=False)
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Make the case's state hold, and walk.

        Raises:
            Unfit: the state can't be made to hold.
            ServiceError: the service can't be reached.
        """
        state = state_function(self.states, case.given.state)
        connection = await self.exchange.open()
        try:
            values = await state_values(state, connection.app) or {}
            caller = self._caller(connection, case)
            walker = Walker(connection, self.asks(), values, caller, tell=probe.emit)
            halted = ""
            try:
                await self.scenario(walker, case)
            except Halted as reason:
                halted = str(reason)
        finally:
            await connection.close()
        walk = Walk(tuple(walker.steps), halted)
        known = self.authentication
        secrets = () if known is None else known.secrets.since(0)
        return Output(raw=walk, secrets=secrets)

    def _caller(self, connection: Connection, case: Case) -> Caller | None:
        if self.authentication is None:
            return None
        return Caller(self.authentication, connection, case.given.ports)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.exchange.close()
