"""Which of the written exceptions covers a verdict, here and today."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from observations import ANSWER

from stagepact.contract.models import Except, When
from stagepact.errors import Place
from stagepact.verdict.exceptions import Surroundings, WrittenExcept, applies, excepted

TODAY = date(2026, 6, 15)
HERE = Surroundings(
    TODAY, "linux", "3.12.1", {"CI": "1"}, {"httpx": "0.28.0", "odd": "not a version"}.get
)


def written(clause: str = "events.*", until: date = TODAY, **more: Any) -> WrittenExcept:
    value = Except(clause=clause, reason="r", issue="#1", until=until, **more)
    return WrittenExcept(value, Place("a", 3))


@pytest.mark.parametrize(
    ("exception", "covers"),
    [
        (written(), True),
        (written("events.order"), True),
        (written("output.*"), False),
        (written(stage="answer"), True),
        (written(stage="kind:stage !tag:slow"), True),
        (written(stage="other"), False),
        (written(when=When(platform=["win32"])), False),
    ],
)
def test_an_exception_covers_what_it_names(exception: WrittenExcept, covers: bool) -> None:
    """Clauses by a glob, subjects by a selector."""
    assert (excepted([exception], "events.order", ANSWER, HERE) is not None) is covers


@pytest.mark.parametrize(
    ("until", "expired"), [(date(2026, 6, 14), True), (TODAY, False), (date(2026, 6, 16), False)]
)
def test_an_exception_holds_until_the_end_of_its_last_day(until: date, expired: bool) -> None:
    """Expired, it is still told."""
    found = excepted([written(until=until)], "events.order", ANSWER, HERE)
    assert found is not None
    assert (found.expired, found.until, found.place) == (expired, until, Place("a", 3))


def test_of_several_the_one_that_ends_last_counts() -> None:
    """In whatever order they are written."""
    several = [written(until=date(2026, 1, day)) for day in (2, 3, 1)]
    found = excepted(several, "events.order", ANSWER, HERE)
    assert found is not None
    assert found.until == date(2026, 1, 3)


@pytest.mark.parametrize(
    ("when", "so"),
    [
        (None, True),
        (When(), True),
        (When(platform=["linux", "darwin"]), True),
        (When(platform=["darwin"]), False),
        (When(python=">=3.12"), True),
        (When(python="<3.12"), False),
        (When(env={"CI": "1"}), True),
        (When(env={"CI": "2"}), False),
        (When(env={"NONE": ""}), False),
        (When(version={"httpx": "<1"}), True),
        (When(version={"httpx": ">=1"}), False),
        (When(version={"missing": ">=0"}), False),
        (When(version={"odd": ">=0"}), False),
        (When(platform=["linux"], python="<3.12"), False),
    ],
)
def test_all_that_when_says_must_hold(when: When | None, so: bool) -> None:
    """What isn't installed is in no range."""
    assert applies(when, HERE) is so


def test_surroundings_know_no_distribution_unless_told() -> None:
    """They are handed in."""
    assert Surroundings(TODAY).version("pytest") is None
