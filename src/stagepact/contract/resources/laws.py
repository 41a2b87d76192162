"""The laws of resources: what each promises, and what a contract must show for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stagepact.contract.resources.resource import Resource
from stagepact.schema import Validator


@dataclass(frozen=True, slots=True)
class ServiceLaw:
    """A law of one resource; `asked` where the contract names it, so that it is meant strictly.

    `statuses` are those that each operation declares, `bodies` the schemas of bodies by operation
    and status. `told` says of steps by their name what they are said to have been answered, which
    isn't so: that is how the law is proved.
    """

    law: str
    resource: Resource
    asked: bool
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    bodies: Mapping[tuple[str, str], Validator] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Law:
    """What a law promises, and what a contract must show for it: a reason where it doesn't."""

    promise: str
    lacking: Callable[[Resource], str]


IF_MATCH = "if-match"
IDEMPOTENCY_KEY = "idempotency-key"


def _needs(*roles: str) -> Callable[[Resource], str]:
    return lambda resource: _missing(resource, *roles)


def _missing(resource: Resource, *roles: str) -> str:
    lost = [role for role in roles if not resource.has(role)]
    told = {"change": "PUT or PATCH of an item"}
    told |= {"create": "POST of the collection, nor a PUT that creates (201)"}
    told |= {"list": "GET of the collection", "read": "GET of an item", "delete": "its DELETE"}
    lost = [each for each in lost if not (each == "change" and resource.change)]
    return f"there is no {' and no '.join(told[each] for each in lost)}" if lost else ""


def _made(resource: Resource) -> str:
    accepted = "its creation is only accepted (202)" if resource.accepted else ""
    return _missing(resource, "create", "read") or accepted


def _lists(*roles: str) -> Callable[[Resource], str]:
    def lacking(resource: Resource) -> str:
        unlisted = "" if resource.listed else "no schema shows the list's items: say `items`"
        return _missing(resource, "list", *roles) or unlisted

    return lacking


def _pageable(resource: Resource) -> str:
    pages = resource.pages
    linked = pages.next and (pages.cursor or resource.said.pages or _is_link(pages.next))
    ways = (pages.offset and pages.limit) or pages.page or linked
    return _lists()(resource) or ("" if ways else "no parameter of the list is one of pages")


def _is_link(pointer: str) -> bool:
    """Whether what stands there is a URL, by its name."""
    return "link" in pointer.lower() or pointer.lower().endswith("url")


def _filters(resource: Resource) -> str:
    told = "no parameter of the list has the values of a member of its items: say `filters`"
    return _lists()(resource) or ("" if _selects(resource) else told)


def _selects(resource: Resource) -> bool:
    return bool(resource.filters or resource.ranges or resource.guessed)


def _twice(resource: Resource) -> str:
    said = resource.said.unique or _own_id(resource)
    if resource.is_put:
        return "PUT of an item replaces what is there"
    return _missing(resource, "create") or ("" if said else "nothing is said to be `unique`")


def _own_id(resource: Resource) -> bool:
    """Whether clients say the id, and a second of the same is refused."""
    return "own-id" in resource.roles


def _keyed(resource: Resource) -> str:
    told = f"POST declares no header {IDEMPOTENCY_KEY}"
    return _missing(resource, "create") or ("" if "keyed" in resource.roles else told)


def _conditional(resource: Resource) -> str:
    told = f"the change declares no header {IF_MATCH}"
    return _missing(resource, "read", "change") or ("" if resource.conditional else told)


def _contended(resource: Resource) -> str:
    return _missing(resource, "create") or _conditional(resource)


def _sequence(resource: Resource) -> str:
    drawn = "its items are made by PUT: their ids aren't drawn" if resource.is_put else ""
    return _missing(resource, "create", "read") or drawn


LAWS: Mapping[str, Law] = {
    "create-read": Law("what was created can be read as it was created", _made),
    "update-read": Law("what was changed is read as it was changed", _needs("read", "change")),
    "delete": Law("what was deleted is gone, whatever is tried then", _needs("delete", "read")),
    "create-twice": Law("a second one of the same is refused", _twice),
    "idempotency-key": Law("the same key twice makes one", _keyed),
    "list-get": Law("what is listed can be read, as it is listed", _lists("read")),
    "pagination": Law("pages hold each item once, in one order, and end", _pageable),
    "filter": Law("a filter finds just the items that it names", _filters),
    "delete-siblings": Law("deleting one leaves the others", _needs("create", "delete", "read")),
    "lost-update": Law("a change of what has changed meanwhile is refused", _conditional),
    "concurrent-updates": Law("of changes at once under one ETag, one at most is made", _contended),
    "sequences": Law("answers are those of the calls before, whatever their order", _sequence),
}  # fmt: skip
