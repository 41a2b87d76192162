"""What brings an operation's things about: requests of the same service, made before it.

`GET /orders/{id}` needs an order. Where no state gives one, `POST /orders` makes one, or the list
of `GET /orders` has one; its id is in `Location`, or in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from stagepact.subject.model import Request, Unfit
from stagepact.subject.protocols.http import (
    Connection,
    path_names,
    plain_template,
    read_response,
    write_request,
)
from stagepact.subject.protocols.shapes import shaped


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that may give what is asked for.

    With `item`, the path of an item, it makes the one that its own path is of.
    """

    method: str
    request: Request
    styles: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    item: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Requests to a path, one of whose answers gives the value of a parameter, if it has a name.

    `attempts` are tried in order; they are made when they are needed.
    """

    name: str
    template: str
    attempts: Callable[[], tuple[Attempt, ...]] = field(repr=False)
    gives: str = ""


@dataclass(frozen=True, slots=True)
class Producer:
    """Steps in order; each is given the path's values that those before it gave."""

    steps: tuple[Step, ...]

    async def __call__(self, connection: Connection, base: Request) -> dict[str, Any]:
        """The values of a path's parameters, by name; `base` is what each request has, too.

        Raises:
            Unfit: a step wasn't answered by a success, or its answer has no such value.
        """
        found: dict[str, Any] = {}
        for step in self.steps:
            value = await _value(step, connection, base, found)
            if step.gives:
                found[step.gives] = value
        return found


async def _value(
    step: Step, connection: Connection, base: Request, known: Mapping[str, Any]
) -> Any:
    told = "there is no valid request"
    for each in step.attempts():
        request = each.request
        whole = Request(
            path={**request.path, **known},
            query={**base.query, **request.query},
            headers={**base.headers, **request.headers},
            cookies={**base.cookies, **request.cookies},
            body=request.body,
            has_body=request.has_body,
        )
        made = shaped(whole, each.styles, each.files)
        answer = await connection.send(write_request(each.method, each.item or step.template, made))
        output = read_response(answer, each.method)
        if output.status[:1] != "2":
            told = f"{each.method} was answered by {output.status}"
            continue
        if not step.gives:
            return None
        if each.item:
            return whole.path[path_names(each.item)[-1]]
        values = (*_located(step, output.headers), *named(step.gives, step.template, output.data))
        if values:
            return values[0]
        told = f"the answer to {each.method} has no {step.gives}"
    if step.gives:
        raise Unfit(f"nothing to ask for: no {step.gives} of {step.template}: {told}")
    return None


def _located(step: Step, headers: Mapping[str, str]) -> Iterator[Any]:
    """The segment of `Location` after the path that was asked."""
    path = urlsplit(headers.get("location", "")).path
    pieces = re.split(r"\{[^{}]+\}", plain_template(step.template).rstrip("/"))
    match = re.search("[^/]+".join(map(re.escape, pieces)) + r"/([^/]+)/?$", path)
    if match:
        yield unquote(match[1])


def named(name: str, template: str, data: Any) -> Iterator[Any]:
    """The member that a parameter is called by, in an answer or the first item of its list."""
    for holder in _holders(data):
        for key in _keys(name, template):
            value = holder.get(key)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                yield value
                return


def _holders(data: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, list):
        yield from (each for each in data[:1] if isinstance(each, Mapping))
    elif isinstance(data, Mapping):
        yield data
        for value in data.values():
            if isinstance(value, list | Mapping):
                yield from _holders(value if isinstance(value, list) else [value])


def _keys(name: str, template: str) -> tuple[str, ...]:
    """`order_id` may be `order_id`, `orderId` or `id` of an order, and so the other way round."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)
    last = words[-1].lower() if words else name
    one = template.rstrip("/").rpartition("/")[2].removesuffix("s")
    spelled = (name, last, f"{one}_{last}", f"{one}{last.title()}")
    return tuple(dict.fromkeys((*spelled, "id") if last in ("id", "uuid") else spelled))
