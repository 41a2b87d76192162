"""A resource as it is known: a collection, its items, and the operations on them by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stagepact.contract.models import Pages
from stagepact.contract.models import Resource as SaidResource
from stagepact.schema.normalise import JsonSchema


def is_number(value: Any) -> bool:
    """Whether a value can be bounded: a number, and no truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Range:
    """What a parameter bounds: a number of each item, from below (`sign` 1) or above (-1).

    `schema` is what may be asked.
    """

    pointer: str
    sign: int
    schema: JsonSchema


@dataclass(frozen=True, slots=True)
class Resource:
    """A collection and its items: the operations by role, and what is known of their bodies.

    Roles are `create` and `list` of the collection, `read`, `replace`, `patch` and `delete` of an
    item. `sizes` are the least and the greatest page (0: no bound), `usual` the size of one where
    none is asked for (0: not said). `same` tells whether the list and an item have the same
    schema, `conditional` whether changes take If-Match, `listed` whether the schemas show a list,
    `accepted` whether creation is only accepted (202). `ranges` are the parameters that bound a
    number of the items, `guessed` those that have the name and the type of a member: texts, ids
    and truth values. `answered` are, by operation, the members that clients say and that the
    answer and the item have, too, with their defaults: where both have schemas of their own.
    """

    path: str
    item: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    said: SaidResource = field(default_factory=SaidResource)
    pages: Pages = field(default_factory=Pages)
    sizes: tuple[int, int] = (1, 0)
    filters: Mapping[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    same: bool = False
    conditional: bool = False
    listed: bool = False
    accepted: bool = False
    usual: int = 0
    answered: Mapping[str, Mapping[str, tuple[Any, ...]]] = field(default_factory=dict)
    guessed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called in reports: the collection's path, or the item's where it has none."""
        own = self.has("list") or (self.has("create") and not self.is_put)
        return self.path if own else self.item or self.path

    @property
    def is_put(self) -> bool:
        """Whether its items are made by PUT, under ids that clients say."""
        return self.has("create") and self.roles["create"] == self.roles.get("replace")

    @property
    def parameter(self) -> str:
        """The name of an item's own parameter; "" where there is no item."""
        return self.item.rpartition("{")[2].rstrip("}")

    @property
    def change(self) -> str:
        """The operation that changes an item; "" where none does."""
        return self.roles.get("replace") or self.roles.get("patch") or ""

    def has(self, *roles: str) -> bool:
        """Whether there is an operation of each of these roles."""
        return all(role in self.roles for role in roles)
