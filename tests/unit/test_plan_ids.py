"""Ids are their items' own."""

from __future__ import annotations

from dataclasses import replace

from stagepact.contract.clauses import Clause
from stagepact.errors import Place
from stagepact.flow import Item, Target, View
from stagepact.plan.ids import with_own_ids
from stagepact.subject import SubjectId
from stagepact.verdict.model import ItemId

PRICE = SubjectId("price", "shop:price", "function")


def item(clause: str, line: int, path: str = "direct") -> Item:
    place = Place("shop.contract.yaml", line)
    id_ = ItemId("shop.contract.yaml", "price", clause, path)
    return Item(id_, Clause(clause, "output.status", place, "it ends well"))


def names(*targets: Target) -> list[str]:
    return [each.id.name for target in with_own_ids(targets) for each in target.items]


def target(*items: Item, subject: SubjectId = PRICE) -> Target:
    return Target("price[direct]", (View(subject, items),))


def test_ids_that_differ_stay_as_they_are() -> None:
    one = target(item("output.status", 3), item("output.data", 4))
    assert list(with_own_ids([one])) == [one]


def test_the_first_in_the_file_keeps_the_plain_id_and_others_tell_their_line() -> None:
    both = target(item("output.status", 9), item("output.status", 3), item("output.data", 4))
    assert names(both) == [
        "output.status@9[direct]",
        "output.status[direct]",
        "output.data[direct]",
    ]


def test_it_is_the_same_in_every_target() -> None:
    direct = target(item("output.status", 3), item("output.status", 9))
    pipeline = target(item("output.status", 3, "pipeline"), item("output.status", 9, "pipeline"))
    assert names(direct, pipeline) == [
        "output.status[direct]",
        "output.status@9[direct]",
        "output.status[pipeline]",
        "output.status@9[pipeline]",
    ]


def test_subjects_of_one_name_have_their_identities_in_their_ids() -> None:
    """No line tells apart one clause of `"*"` on two subjects; else one verdict hides another."""
    other = replace(PRICE, identity="market:price")
    mine = target(item("output.status", 3), item("output.data", 4))
    theirs = target(item("output.status", 3), subject=other)
    found = [each.id for each in (e for t in with_own_ids([mine, theirs]) for e in t.items)]
    assert [f"{each.subject}::{each.clause}" for each in found] == [
        "shop:price::output.status",
        "shop:price::output.data",
        "market:price::output.status",
    ]
