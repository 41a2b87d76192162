"""Broken clauses are told together exactly when they tell of one thing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_runs import CONFIDENCE, EXPIRED, broken

from stagepact.report.finding import findings
from stagepact.report.wording import facts
from stagepact.verdict import Verdict, Violation

ERROR = 'Traceback (most recent call last):\n  File "a.py", line 1, in a\n    b\nKeyError: {}'

NUMBER = Violation("at most 1", "1.7", ("data", "confidence"), "hello")
CRASH = Violation("ok", "error (KeyError: 1)", ("status",), "fuzz", traceback=ERROR.format(1))

ALIKE = {
    "another path": broken("a", NUMBER, path="pipeline"),
    "another case": broken("b", replace(NUMBER, case="fuzz")),
    "another promise in the same case": broken("b", replace(NUMBER, promised="1")),
    "an example of it": broken(
        "examples.b", replace(NUMBER, promised="1", pointer=("output", "data", "confidence"))
    ),
}

OTHERS = {
    "another place": broken("b", replace(NUMBER, pointer=("data",))),
    "something else seen": broken("b", replace(NUMBER, seen="1.8")),
    "another promise and case": broken("b", replace(NUMBER, promised="1", case="fuzz")),
    "another promise, in no known case": broken("b", replace(NUMBER, promised="1", case="")),
    "owed by the runtime": broken("b", NUMBER, owner="runtime"),
    "not each time": broken("b", replace(NUMBER, nondeterministic="1.0")),
    "an exception that expired": broken("b", NUMBER, excepted=EXPIRED),
    "nothing told": broken("b"),
}


@pytest.mark.parametrize("other", ALIKE.values(), ids=ALIKE)
def test_the_same_is_one_finding(other: Verdict) -> None:
    first = broken("a", NUMBER)
    assert findings([first, other]) == ((first, other),)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_differs_is_another_finding(other: Verdict) -> None:
    first = broken("a", NUMBER)
    assert findings([first, other]) == ((first,), (other,))


def test_each_subject_has_its_findings() -> None:
    first = broken("a", NUMBER)
    other = replace(first, item=replace(first.item, subject="other"))
    assert findings([first, other]) == ((first,), (other,))


def test_an_error_is_the_same_where_it_was_raised_at_the_same_line() -> None:
    first = broken("a", CRASH)
    quoted = replace(CRASH, seen="error (KeyError: 2)", traceback=ERROR.format(2))
    elsewhere = replace(quoted, traceback=quoted.traceback.replace("line 1", "line 2"))
    unknown = replace(quoted, traceback="KeyError: 1")
    same, *different = (broken("b", each) for each in (quoted, elsewhere, unknown))
    assert findings([first, same]) == ((first, same),)
    for other in different:
        assert findings([first, other]) == ((first,), (other,))


def test_a_finding_joins_through_any_of_its_clauses() -> None:
    first, second = broken("a", CRASH), broken("b", replace(CRASH, promised="ok or cancel"))
    third = broken("c", replace(CRASH, promised="ok or cancel", case="hello"))
    assert findings([first, second, third]) == ((first, second, third),)


@pytest.mark.parametrize(
    ("clause", "label"),
    [
        ("output.data", "example"),
        ("responses.200.body", "example"),
        ("edge", "input"),
        ("laws.sequences", "input"),
        ("lifecycle.forbidden.done", "input"),
        ("conservation.sums", "input"),
    ],
)
def test_only_what_a_contract_has_a_place_for_is_to_be_pasted(clause: str, label: str) -> None:
    said = facts(broken(clause, CONFIDENCE), CONFIDENCE)
    assert [each.label for each in said if each.text == CONFIDENCE.example] == [label]
