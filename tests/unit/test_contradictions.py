"""Blocks that no run could keep together are told before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagepact.contract.document import parse
from stagepact.contract.source import read_yaml
from stagepact.plan.blocks import blocks
from stagepact.plan.contradictions import contradictions
from stagepact.subject import SubjectId

SUBJECT = SubjectId("price", "shop:price", "function")


def told(left: str, right: str) -> list[str]:
    text = f"stagepact: 1\nname: shop\nstages:\n  price: {{{left}}}\n  'p*': {{{right}}}\n"
    document = parse(read_yaml(text, "shop.contract.yaml"), Path("shop.contract.yaml"))
    found, problems = blocks([document], "stages", {})
    assert problems == ()
    return [problem.found for problem in contradictions(SUBJECT, found.matching(SUBJECT))]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (
            "output: {status: ok}",
            "output: {status: [fail, skip]}",
            "output.status of price, which contradicts shop.contract.yaml:4: "
            "ok and fail, skip have no status in common",
        ),
        (
            "output: {data: {type: string}}",
            "output: {data: {type: integer}}",
            "output.data of price, which contradicts shop.contract.yaml:4: "
            "no value has both schemas",
        ),
        (
            "output: {declared: [a]}",
            "output: {declared: [a, b]}",
            "output.declared of price, which contradicts shop.contract.yaml:4: "
            "exactly a and exactly a, b",
        ),
        (
            "events: {order: a b}",
            "events: {order: b a}",
            "events.order of price, which contradicts shop.contract.yaml:4: "
            "no order of events satisfies both",
        ),
        (
            "calls: {db.save: never}",
            "calls: {db.save: at least 1}",
            "calls.db.save of price, which contradicts shop.contract.yaml:4: never and at least 1",
        ),
        (
            "given: {ports: {db: 'a:B'}}",
            "given: {ports: {db: 'a:C'}}",
            "the port 'db' of price = a:C, which is a:B at shop.contract.yaml:4",
        ),
    ],
)
def test_two_promises_that_exclude_one_another_are_a_mistake(
    left: str, right: str, expected: str
) -> None:
    assert told(left, right) == [expected]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("output: {status: [ok, fail]}", "output: {status: [ok]}"),
        ("output: {json: true}", "output: {status: [ok]}"),
        ("output: {data: {type: [string, 'null']}}", "output: {data: {type: string}}"),
        ("output: {data: {minimum: 3}}", "output: {data: {maximum: 2}}"),
        ("output: {declared: [a, b]}", "output: {declared: [b, a]}"),
        ("events: {order: a b?}", "events: {order: a c?}"),
        ("calls: {db.save: once}", "calls: {db.save: at most 2}"),
        ("calls: {db.save: exactly 2}", "calls: {db.save: at least 1}"),
        ("calls: {db.save: once}", "calls: {db.save: {arguments: {required: [x]}}}"),
        ("given: {ports: {db: 'a:B'}}", "given: {ports: {db: 'a:B'}}"),
        ("holds: {a: output == 1}", "holds: {a: output == 2}"),
    ],
)
def test_promises_that_can_be_kept_together_are_none(left: str, right: str) -> None:
    assert told(left, right) == []
