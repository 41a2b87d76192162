"""Politeness: no more requests a second than may be, and the pauses that are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from stagepact.subject import Unfit
from stagepact.subject.protocols.http import WireRequest, WireResponse
from stagepact.subject.protocols.politeness import Pace, Polite, patience, retry_after

NOON = 1_767_268_800.0  # 2026-01-01T12:00:00Z


@dataclass
class Clock:
    """A clock that only waiting moves."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Service:
    """A service that answers in turn."""

    answers: list[WireResponse]
    app: str = "http://a.invalid"

    async def open(self) -> Service:
        return self

    async def send(self, request: WireRequest) -> WireResponse:
        return self.answers.pop(0)

    async def close(self) -> None: ...


def answer(status: int = 200, **headers: str) -> WireResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WireResponse(status, tuple(named.items()))


def waits(answers: Sequence[WireResponse], rate: float | None = None) -> list[float]:
    clock = Clock()
    pace = Pace(rate, clock, lambda: NOON, clock.sleep)

    async def calls() -> float:
        waited = 0.0
        service: Any = Polite(Service([*answers]), pace)  # type: ignore[arg-type]
        for _ in answers:
            connection = await service.open()
            await connection.send(WireRequest("GET", "/"))
            waited += connection.waited
            await connection.close()
        await service.close()
        return waited

    assert asyncio.run(calls()) == pytest.approx(sum(clock.slept))
    return clock.slept


def test_nobody_waits_without_being_asked() -> None:
    assert waits([answer()] * 5) == []


def test_a_rate_bounds_the_requests_a_second() -> None:
    assert waits([answer()] * 4, rate=4) == [0.25, 0.25, 0.25]


@pytest.mark.parametrize("status", [429, 503])
def test_the_next_request_waits_as_long_as_was_asked_for(status: int) -> None:
    assert waits([answer(status, retry_after="7"), answer(), answer()]) == [7.0]


def test_a_date_is_waited_for() -> None:
    date = "Thu, 01 Jan 2026 12:00:05 GMT"
    assert waits([answer(503, retry_after=date), answer()]) == [pytest.approx(5.0)]


def test_other_answers_and_other_texts_ask_for_nothing() -> None:
    assert waits([answer(200, retry_after="7"), answer(429, retry_after="soon"), answer()]) == []


def test_who_asks_for_a_long_pause_is_not_called() -> None:
    with pytest.raises(Unfit, match="a pause of 3600 s"):
        waits([answer(429, retry_after="3600"), answer()])


def test_a_run_may_take_as_long_as_its_turns_do() -> None:
    service: Any = Service([])
    assert patience(service) == 0
    assert patience(Polite(service)) == 60
    assert patience(Polite(service, Pace(2))) == 160


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 12 ", 12.0),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 12:01:00 -0000", 60.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_as_http_has_it(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOON) == seconds
