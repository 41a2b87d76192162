"""A walk through a service: one request after the other, each with what the answers before told.

A walker knows what the state gives, how each operation is asked, and where ids stand. What it
was answered is a `Walk`, a value, which is judged later.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from stagepact.contract.resources import Resource
from stagepact.subject.model import Output, Request, Unfit
from stagepact.subject.protocols.callers import Caller
from stagepact.subject.protocols.channels import found_at
from stagepact.subject.protocols.http import (
    Connection,
    completed,
    describe_error,
    path_names,
    read_response,
    write_request,
)
from stagepact.subject.protocols.producers import named
from stagepact.subject.protocols.shapes import shaped

# Headers that speak of one representation or one try: they are said step by step.
_OWN = frozenset({"if-match", "if-none-match", "idempotency-key", "if-modified-since"})
_MOST_BODIES, _MOST_IDS = 6, 5
_LISTS = ("items", "data", "results", "content", "value", "entries")


@dataclass(frozen=True, slots=True)
class Ask:
    """How an operation is asked: requests that are to succeed, those of examples first.

    `user` is who calls; None adds no credentials. `ids` are values for the last name in the path,
    each of which nothing has yet.
    """

    call: str
    requests: tuple[Request, ...] = (Request(),)
    user: str | None = None
    styles: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    ids: Callable[[], Iterator[Any]] = field(default=lambda: iter(()), repr=False, compare=False)

    @property
    def method(self) -> str:
        """The operation's method."""
        return self.call.split(" ", 1)[0]

    @property
    def template(self) -> str:
        """The operation's path."""
        return self.call.split(" ", 1)[1]


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a walk and its answer; `name` is what it is for, `note` what is meant by it.

    `raw` and `written` are the bytes of the answer and of what was sent. `status` is `error` where
    there was no answer. `path` are the values of the path's parameters.
    """

    name: str
    call: str
    target: str
    status: str
    sent: Any = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, Any] = field(default_factory=dict)
    note: Any = None
    error: str = ""
    raw: bytes = b""
    written: bytes = b""

    @property
    def succeeded(self) -> bool:
        """Whether it was answered by a 2xx."""
        return self.status[:1] == "2"

    @property
    def gone(self) -> bool:
        """Whether it was answered that there is no such thing."""
        return self.status in ("404", "410")


@dataclass(frozen=True, slots=True)
class Walk:
    """All steps in order, and why the walk went no further ("" where it came to its end)."""

    steps: tuple[Step, ...] = ()
    halted: str = ""

    def named(self, *names: str) -> tuple[Step, ...]:
        """The steps of these names, in order."""
        return tuple(step for step in self.steps if step.name in names)

    def last(self, name: str) -> Step | None:
        """The last step of a name; None where there is none."""
        return next((step for step in reversed(self.steps) if step.name == name), None)


class Halted(Exception):  # noqa: N818 - it says what happened
    """The walk can't go on, and nobody is to blame: the message says why."""


@dataclass(eq=False)
class Walker:
    """Who walks: a connection, what the state gives, and how operations are asked."""

    connection: Connection
    asks: Mapping[str, Ask]
    values: Mapping[str, Any] = field(default_factory=dict)
    caller: Caller | None = None
    steps: list[Step] = field(default_factory=list)
    parents: dict[tuple[str, str], Any] = field(default_factory=dict)
    tell: Callable[[str, Any], None] = lambda type_, data: None

    async def ask(
        self,
        name: str,
        call: str,
        *,
        like: Request | None = None,
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        note: Any = None,
    ) -> Step:
        """Ask an operation once, like one of its requests, and keep the answer.

        Raises:
            Halted: the request can't be written.
        """
        asked = self.asks.get(call, Ask(call))
        request = self._request(asked, like, path or {}, query or {}, headers or {})
        request = replace(request, path=await self._below(asked.template, request.path))
        return await self._send(name, asked, request, note)

    async def _below(self, template: str, path: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a path, with those of the things that it is below of: made where none is given.

        Raises:
            Halted: one can't be made.
        """
        found, segments = dict(path), template.split("/")
        for index, segment in enumerate(segments[:-1]):
            name = "".join(path_names(segment))
            call = self._creates("/".join(segments[:index]))
            if name and name not in found and call:
                found[name] = await self._parent(call, name)
        return found

    def _creates(self, collection: str) -> str:
        """The operation that makes an item of a collection; "" for none."""
        wanted = _bare(f"POST {collection}")
        return next((call for call in self.asks if _bare(call) == wanted), "")

    async def _parent(self, call: str, name: str) -> Any:
        if (call, name) not in self.parents:
            for request in self.asks[call].requests[:_MOST_BODIES]:
                made = await self.ask("parent", call, like=request)
                if made.succeeded or made.status == "error" or made.status[0] == "5":
                    break
            self.parents[call, name] = _identity(made, name)
        return self.parents[call, name]

    def _request(
        self,
        asked: Ask,
        like: Request | None,
        path: Mapping[str, Any],
        query: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> Request:
        base = asked.requests[0] if like is None else _with(like, asked.requests[0])
        given = _parts(self.values, asked.template)
        own = {k.lower(): v for k, v in base.headers.items() if k.lower() not in _OWN}
        kept = {k: v for k, v in own.items() if k not in given["headers"]}
        request = replace(
            base,
            path={**base.path, **given["path"], **path},
            query={**base.query, **query},
            headers={**kept, **given["headers"], **headers},
            cookies={**base.cookies, **given["cookies"]},
        )
        if asked.method == "POST" and "body" in given:
            return completed(request, {"body": given["body"]}, asked.template)
        return request

    async def _send(self, name: str, asked: Ask, request: Request, note: Any) -> Step:
        try:
            shape = shaped(request, asked.styles, asked.files)
            wire = write_request(asked.method, asked.template, await self._signed(asked, shape))
        except Unfit as unfit:
            raise Halted(f"{asked.call} can't be asked: {unfit}") from unfit
        output, failed = Output(status="error"), ""
        try:
            response = await self.connection.send(wire)
            if response.status == HTTPStatus.UNAUTHORIZED and await self._renewed(asked):
                signed = await self._signed(asked, shape)
                response = await self.connection.send(
                    write_request(asked.method, asked.template, signed)
                )
            output = read_response(response, asked.method)
        except Unfit as unfit:
            raise Halted(f"{asked.call} can't be asked: {unfit}") from unfit
        except Exception as raised:  # what the user's app raises is an answer, too
            failed = describe_error(raised)
        step = Step(
            name,
            asked.call,
            wire.target,
            output.status,
            request.body if request.raw is None else request.raw,
            output.data,
            output.headers,
            {k: v for k, v in request.path.items() if k in path_names(asked.template)},
            note,
            failed or output.error or "",
            getattr(output.raw, "body", b""),
            wire.body,
        )
        self.steps.append(step)
        self.tell(f"{asked.method} {wire.target}", told(step))
        return step

    async def _signed(self, asked: Ask, request: Request) -> Request:
        if self.caller is None or asked.user is None:
            return request
        return await self.caller.signed(request, asked.user)

    async def _renewed(self, asked: Ask) -> bool:
        return self.caller is not None and await self.caller.renewed(asked.user)

    async def follow(self, name: str, target: str, like: str, *, note: Any = None) -> Step:
        """GET what a link leads to, on this service, with the headers of an operation."""
        parts = urlsplit(target)
        here = urlsplit(self.connection.app).path if isinstance(self.connection.app, str) else ""
        path = parts.path.removeprefix(here.rstrip("/"))
        known = self.asks.get(like, Ask(like))
        request = replace(known.requests[0], path={}, query=_query(parts.query))
        asked = Ask(f"GET {path}", (request,), known.user)
        request = self._request(asked, None, {}, {}, {})
        return await self._send(name, asked, request, note)

    async def make(
        self, resource: Resource, like: Request | None = None, *, name: str = "create"
    ) -> Step:
        """Create an item; without `like` by the first request that succeeds.

        Raises:
            Halted: none does.
        """
        call = resource.roles["create"]
        tried = self.asks[call].requests[:_MOST_BODIES] if like is None else (like,)
        step: Step | None = None
        for request in tried:
            step = await self.creating(name, resource, request)
            if step.succeeded and not _replaced(resource, step):
                return step
            if step.status == "error" or step.status[0] == "5":
                break
        raise Halted(f"{call} is answered by {step.status if step else 'nothing'}")

    async def creating(self, name: str, resource: Resource, like: Request | None) -> Step:
        """Ask for a new item once; by PUT under an id that none has, as far as is known.

        Raises:
            Halted: no id can be made.
        """
        call = resource.roles["create"]
        if not resource.is_put:
            return await self.ask(name, call, like=like)
        step: Step | None = None
        for id_ in islice(self.asks[call].ids(), _MOST_IDS):
            path = {**self._parents(resource), resource.parameter: id_}
            request = _called(resource, like or self.asks[call].requests[0], id_)
            step = await self.ask(name, call, like=request, path=path)
            if not (step.succeeded and _replaced(resource, step)):
                return step
        if step is None:
            raise Halted(f"no value for {resource.parameter} can be made")
        return step

    async def item(self, resource: Resource) -> dict[str, Any]:
        """The path values of an item that is there: a new one, the state's, or a listed one.

        Raises:
            Halted: there is none.
        """
        if not path_names(resource.item):
            return {}
        if resource.has("create"):
            try:
                made = await self.make(resource)
            except Halted:
                if not self.of_state(resource):
                    raise
            else:
                return self.path_of(resource, made)
        known = self.of_state(resource)
        if known:
            return known
        if resource.has("list"):
            listed = await self.ask("list", resource.roles["list"])
            for each in items_of(resource, listed.body) or ():
                id_ = id_of(resource, each)
                if id_ is not None:
                    return {**self._parents(resource), resource.parameter: id_}
        raise Halted("there is no item: neither created, nor in the state, nor listed")

    def of_state(self, resource: Resource) -> dict[str, Any]:
        """The path values of the item that a state or an example speaks of; {} for none."""
        names = path_names(resource.item)
        path = _parts(self.values, resource.item)["path"]
        if not path and resource.has("read"):
            path = self.asks[resource.roles["read"]].requests[0].path
        return {name: path[name] for name in names} if all(n in path for n in names) else {}

    def _parents(self, resource: Resource) -> dict[str, Any]:
        path = _parts(self.values, resource.item)["path"]
        return {name: path[name] for name in path_names(resource.path) if name in path}

    def path_of(self, resource: Resource, made: Step) -> dict[str, Any]:
        """The path values of what a step made: from `Location`, else from its body.

        Raises:
            Halted: the answer tells neither.
        """
        if resource.is_put and made.call == resource.roles["create"]:
            return dict(made.path)
        found = located(resource.item, made)
        if found is not None:
            return found
        id_ = id_of(resource, made.body)
        if id_ is None:
            raise Halted(f"{made.call} tells no id: neither by Location nor in its body")
        return {**dict(made.path), resource.parameter: id_}


def _replaced(resource: Resource, step: Step) -> bool:
    """Whether PUT found an item under its id, for what it makes it answers by 201."""
    return resource.is_put and step.status not in ("201", "202")


def _called(resource: Resource, request: Request, id_: Any) -> Request:
    """A request whose body tells the id of its path, if it tells one."""
    body = request.body
    if not isinstance(body, Mapping) or resource.parameter not in body:
        return request
    return replace(request, body={**body, resource.parameter: id_})


def _bare(call: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", call).rstrip("/")


def _identity(made: Step, name: str) -> Any:
    """What a new thing is called, where paths speak of it by `name`.

    Raises:
        Halted: it wasn't made, or doesn't tell.
    """
    if not made.succeeded:
        raise Halted(f"what its {name} stands for can't be made: {made.call}: {made.status}")
    template = made.call.split(" ", 1)[1].rstrip("/")
    found = (located(f"{template}/{{{name}}}", made) or {}).get(name)
    value = next(named(name, template, made.body), None) if found is None else found
    if value is None:
        raise Halted(f"{made.call} tells no {name}: neither by Location nor in its body")
    return value


def _with(like: Request, first: Request) -> Request:
    """A request with the parameters that it lacks taken from one that succeeds."""
    lower = {name.lower() for name in like.headers}
    lower |= set() if first.raw is None or like.raw is not None else {"content-type"}
    missing = {n: v for n, v in first.headers.items() if n.lower() not in lower}
    return replace(
        like,
        path={**first.path, **like.path},
        query={**first.query, **like.query},
        headers={**missing, **like.headers},
        cookies={**first.cookies, **like.cookies},
    )


def _parts(values: Mapping[str, Any], template: str) -> dict[str, Any]:
    """What a state gives, by parts of a request; `body` only where it says one."""
    filled = completed(Request(), values, template)
    names = path_names(template)
    parts: dict[str, Any] = {
        "path": {k: v for k, v in filled.path.items() if k in names},
        "headers": {k.lower(): v for k, v in filled.headers.items()},
        "cookies": dict(filled.cookies),
    }
    if filled.has_body:
        parts["body"] = filled.body
    return parts


def told(step: Step) -> dict[str, Any]:
    """A step as a reader wants it: what it is for, what was sent, and what was answered."""
    parts = {"sent": step.sent, "answer": step.body, "error": step.error or None}
    known = {name: value for name, value in parts.items() if value is not None}
    return {"step": step.name, "status": step.status, **known}


def _query(text: str) -> dict[str, Any]:
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


# -- what answers tell -------------------------------------------------------------------------


def located(template: str, step: Step) -> dict[str, Any] | None:
    """The values of a path template's parameters, as a `Location` or a link to itself ends."""
    location = step.headers.get("location") or _self_link(step.body)
    if not location or not template:
        return None
    steps = urlsplit(urljoin(step.target, location)).path.rstrip("/").split("/")
    wanted = template.strip("/").split("/")
    found: dict[str, Any] = {}
    if len(steps) <= len(wanted):
        return None
    for want, step_ in zip(wanted, steps[-len(wanted) :], strict=True):
        if re.fullmatch(r"\{[^{}]+\}", want):
            found[want[1:-1]] = unquote(step_)
        elif want != unquote(step_):
            return None
    return found if all(str(value) for value in found.values()) else None


def _self_link(body: Any) -> str:
    """Where a body links to itself, as HAL and JSON:API do; "" where it doesn't."""
    for pointer in ("/_links/self/href", "/_links/self", "/links/self/href", "/links/self"):
        found = found_at(pointer, body)
        if isinstance(found, str):
            return found
    return ""


def id_of(resource: Resource, body: Any) -> Any:
    """The id in an item's body; None where it tells none."""
    if resource.said.id is not None:
        return _scalar(found_at(resource.said.id, body))
    if not isinstance(body, Mapping):
        return None
    names = [resource.parameter]
    names += ["id"] if re.search(r"(?i)(^|_)id$|Id$", resource.parameter) else []
    return next((_scalar(body[n]) for n in names if _scalar(body.get(n)) is not None), None)


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None


def items_of(resource: Resource, body: Any) -> list[Any] | None:
    """The items of a list's body; None where there is no list."""
    if resource.said.items is not None:
        found = found_at(resource.said.items, body)
        return found if isinstance(found, list) else None
    if isinstance(body, list):
        return body
    if not isinstance(body, Mapping):
        return None
    for name in (*_LISTS, resource.path.rpartition("/")[2]):
        if isinstance(body.get(name), list):
            return list(body[name])
    lists = [each for each in body.values() if isinstance(each, list)]
    return lists[0] if len(lists) == 1 else None


def next_of(resource: Resource, step: Step) -> Any:
    """What leads to the next page: a link, a cursor, or None at the end."""
    links = re.findall(r'<([^>]*)>\s*;[^,]*?rel="?next"?', step.headers.get("link", ""))
    if links:
        return urljoin(step.target, links[0])
    if resource.pages.next is None:
        return None
    found = found_at(resource.pages.next, step.body)
    if isinstance(found, Mapping):
        found = found.get("href")
    return found if isinstance(found, str | int) and found not in ("", False) else None


def is_link(following: Any) -> bool:
    """Whether what leads to the next page is a URL."""
    return isinstance(following, str) and following.startswith(("/", "http:", "https:", "?"))


def is_whole(resource: Resource, step: Step) -> bool:
    """Whether a list's answer has all items, as far as it tells."""
    items = items_of(resource, step.body)
    if items is None or next_of(resource, step) is not None:
        return False
    asked = _query(urlsplit(step.target).query).get(resource.pages.limit or "", "")
    if asked and str(asked).isdecimal() and len(items) >= int(asked):
        return False
    said = step.body if isinstance(step.body, Mapping) else {}
    totals = [said.get(name) for name in ("total", "count")]
    return not any(type(total) is int and total > len(items) for total in totals)


def values_of(body: Any, sent: Any) -> Iterator[tuple[str, Any, Any]]:
    """The members of what was sent that an answer has, too, with both values."""
    if isinstance(body, Mapping) and isinstance(sent, Mapping):
        for name, value in sent.items():
            if name in body:
                yield name, value, body[name]


def lost_members(resource: Resource, made: Step, read: Step) -> list[str]:
    """The members that were sent to create an item and that neither answer tells anything of."""
    known = resource.answered.get(made.call, {})
    bodies = (made.body, read.body)
    if not isinstance(made.sent, Mapping) or not all(isinstance(e, Mapping) for e in bodies):
        return []
    return [
        name
        for name, defaults in known.items()
        if says_something(made.sent.get(name))
        and made.sent[name] not in defaults
        and all(is_empty(body.get(name)) for body in bodies)
    ]


def says_something(value: Any) -> bool:
    """Whether a value can't be left out by who tidies up: no blank, no zero, nothing empty."""
    if isinstance(value, str):
        return any(each.isalnum() for each in value)
    if isinstance(value, Mapping):
        return any(map(says_something, value.values()))
    return any(map(says_something, value)) if isinstance(value, list) else bool(value)


def is_empty(value: Any) -> bool:
    """Whether a value tells nothing: none, or nothing in it."""
    return value is None or value in ("", [], {})


def means_otherwise(sent: Any, was: Any) -> bool:
    """Whether a value says another thing than one before, however it is tidied up."""
    if isinstance(sent, str) and isinstance(was, str):
        return says_something(sent) and _letters(sent) != _letters(was)
    if isinstance(sent, bool) or isinstance(was, bool):
        return sent is not was and sent is not None
    if isinstance(sent, int | float) and isinstance(was, int | float):
        return abs(sent - was) >= 1
    return says_something(sent) and sent != was


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
