"""All there is to check, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from stagepact.contract.document import Document
from stagepact.errors import Problem
from stagepact.flow import Item, Target
from stagepact.subject import Found
from stagepact.verdict.model import ItemId, Listed


@dataclass(frozen=True)
class Plan:
    """Targets in order, what is wrong with documents, and what was found but isn't checked."""

    documents: tuple[Document, ...] = ()
    targets: tuple[Target, ...] = ()
    problems: tuple[Problem, ...] = ()
    listed: tuple[Listed, ...] = ()
    found: tuple[Found, ...] = field(default=(), compare=False)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the order of the targets."""
        return tuple(item for target in self.targets for item in target.items)

    @cached_property
    def targets_by_item(self) -> dict[ItemId, Target]:
        """The target that judges each item."""
        return {item.id: target for target in self.targets for item in target.items}

    def items_of(self, file: str) -> tuple[Item, ...]:
        """The items whose clauses stand in one file, sorted by subject and place."""
        mine = [item for item in self.items if item.id.file == file]
        return tuple(sorted(mine, key=_order))


def _order(item: Item) -> tuple[str, str, int, int, str, str]:
    """Plain values: dataclasses are compared ten times slower, and there may be 10,000 items."""
    id_, place = item.id, item.clause.place
    return id_.subject, place.file, place.line, place.column, id_.clause, id_.path
