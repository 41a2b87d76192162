"""An expression can fail when something that it reads can make it false."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.contract.expression import evaluate, parse
from stagepact.verdict.mutants.expressions import always_true, negated

CAN_FAIL: list[tuple[str, Any, Any]] = [
    ("output >= 0", 5, None),
    ("output.total == input.n * 10", {"total": 20}, {"n": 2}),
    ("output.allowed == (len(output.words) == 0)", {"allowed": True, "words": []}, None),
    ("output.a > 0 or output.b > 0", {"a": 1, "b": 1}, None),
    ("len(output.text) <= 3000", {"text": "a"}, None),
    ("len(output.items) <= 12", {"items": [1]}, None),
    ("all(item.price > 0 for item in output.items)", {"items": [{"price": 1}]}, None),
    ("output.items == sorted(output.items)", {"items": [1, 2]}, None),
    ("output.items == sorted(output.items)", {"items": []}, None),
    ("sum(output.items) == output.sum", {"items": [1, 2], "sum": 3}, None),
    ('output.id matches "^[a-z]+$"', {"id": "abc"}, None),
    ("exists(output.id)", {"id": "abc"}, None),
    ("not exists(output.secret)", {"id": "abc"}, None),
    ("output.ratio ≈ input.a / input.b ± 1%", {"ratio": 0.5}, {"a": 1, "b": 2}),
    ('status == "201" implies output.jobs == 0', {"jobs": 0}, None),
    ('output["items"][0].x == 1', {"items": [{"x": 1}]}, None),
    ("output.items[*].x == input", {"items": [{"x": 1}]}, [1]),
    ("output == input", None, None),
    ("output.ok", {"ok": True}, None),
    ("output % 2 == 0", 4, None),
    ("output[5] == 1", [1, 1, 1, 1, 1, 1], None),
    ("output == input", {"a": 1}, {"a": 1}),
]


def names(output: Any, given: Any, status: str = "201") -> dict[str, Any]:
    return {"output": output, "input": given, "status": status}


@pytest.mark.parametrize(("text", "output", "given"), CAN_FAIL)
def test_a_promise_can_fail(text: str, output: Any, given: Any) -> None:
    expression = parse(text)
    assert evaluate(expression, names(output, given)) is True
    assert always_true(expression, [names(output, given)]) == ""


ALWAYS = [
    "1 == 1",
    "output.total == output.total",
    "len(output.lines) >= 0",
    "output.total > 0 or output.total <= 0",
    "exists(output.total) or not exists(output.total)",
    "all(1 == 1 for line in output.lines)",
    'status == "no such" implies output.nothing == 0',
]


@pytest.mark.parametrize("text", ALWAYS)
def test_a_truism_cannot(text: str) -> None:
    seen = names({"total": 20, "lines": ["a", "b"]}, None)
    assert evaluate(parse(text), seen) is True
    assert always_true(parse(text), [seen]) != ""


def test_what_it_reads_is_named() -> None:
    told = always_true(parse("len(output.lines) >= 0"), [names({"lines": []}, None)])
    assert told == "it stays true whatever other value output.lines has"
    assert always_true(parse("true"), []) == "it reads nothing of the run"


def test_what_was_seen_is_not_changed() -> None:
    output = {"items": [{"x": 1}], "n": 2}
    always_true(parse("output.n >= 2 or output.items[0].x == 1"), [names(output, None)])
    assert output == {"items": [{"x": 1}], "n": 2}


def test_a_negation_is_true_where_it_is_false() -> None:
    expression = negated(parse("output > 1"))
    assert evaluate(expression, {"output": 0}) is True
    assert evaluate(expression, {"output": 2}) is False
