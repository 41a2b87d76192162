"""Quantiles of times: what is late now and then is found, what is late for a moment isn't."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import strategies as st
from observations import observed
from subjects import options, target

from stagepact.flow import check
from stagepact.subject import Case, Output
from stagepact.verdict.judge import Tally
from stagepact.verdict.model import State, Verdict

INTEGERS = st.integers()


def lasting(seconds: Callable[[int], float]) -> Callable[[object], Output]:
    """A subject whose nth run takes so many seconds more than it does; no time is waited for."""
    numbers = count()
    return lambda value: Output(data=value, raw=value, waited=-seconds(next(numbers)))


def verdict_of(seconds: Callable[[int], float], within: str, **more: object) -> Verdict:
    fuzz = more.pop("fuzz", None)
    made = target(lasting(seconds), f"within: {within}", 1, generate=INTEGERS, fuzz=fuzz)
    (verdict,) = check(made, options(**more))
    return verdict


def each_twentieth(number: int) -> float:
    return 9.0 if number % 20 == 19 else 0.0


def test_one_slow_answer_in_twenty_breaks_a_p99() -> None:
    verdict = verdict_of(each_twentieth, "{p99: 5s}", max_examples=100)
    assert verdict.state is State.BROKEN
    assert verdict.violations[0].seen.startswith("20 of 400 later; that quantile is 900")


def test_one_slow_answer_in_twenty_keeps_a_p90() -> None:
    assert verdict_of(each_twentieth, "{p90: 5s}").state is State.KEPT


@pytest.mark.parametrize("examples", [5, 100])
def test_as_many_runs_are_made_as_a_quantile_needs(examples: int) -> None:
    verdict = verdict_of(lambda number: 0.0, "{p99: 5s}", max_examples=examples)
    assert (verdict.state, verdict.exercised) == (State.KEPT, 500)


@pytest.mark.parametrize("rounds", [1, 2])
def test_what_is_late_for_a_moment_only_is_kept(rounds: int) -> None:
    verdict = verdict_of(lambda number: 9.0 if number < 20 * rounds else 0.0, "{p50: 5s}")
    assert verdict.state is State.KEPT


@pytest.mark.parametrize("off", [{"fuzz": 0}, {"options": False}])
def test_what_is_not_fuzzed_is_run_no_oftener(off: dict[str, object]) -> None:
    told = {"fuzz": off["fuzz"]} if "fuzz" in off else {}
    made = target(lasting(lambda number: 0.0), "within: {p50: 5s}", 1, generate=INTEGERS, **told)
    (verdict,) = check(made, options(fuzz=off.get("options", True)))
    assert verdict.state is State.NOT_EXERCISED
    assert verdict.reason == "1 of 20 runs that a p50 needs"


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that is so much later each time that it is looked at."""
    numbers: Iterator[int] = count()
    return lambda: next(numbers) * seconds


def test_where_the_time_runs_out_that_is_said() -> None:
    verdict = verdict_of(lambda number: 0.0, "{p99: 5s}", clock=ticking(20), max_examples=10)
    assert verdict.state is State.NOT_EXERCISED
    assert "of 500 runs that a p99 needs, for 30 s were over" in verdict.reason


def test_what_could_not_be_measured_again_is_not_blamed() -> None:
    verdict = verdict_of(lambda number: 9.0 * (number < 200), "{p50: 5s}", clock=ticking(20))
    assert verdict.state is State.NOT_EXERCISED
    assert "later" in verdict.reason
    assert "measured again, 2 of 20 runs that a p50 needs, for 30 s were over" in verdict.reason


def test_a_benchmarks_quantile_makes_no_runs() -> None:
    verdict = verdict_of(lambda number: 0.0, "{p99: 5s, needs: benchmark}", max_examples=10)
    assert (verdict.reason, verdict.runs) == ("needs a benchmark", 11)


def test_several_quantiles_have_a_sample_each() -> None:
    made = target(lasting(each_twentieth), "within: {p50: 5s, p99: 5s}", 1, generate=INTEGERS)
    states = {each.item.clause: each.state for each in check(made, options())}
    assert states == {"within.p50": State.KEPT, "within.p99": State.BROKEN}


def test_a_tally_times_cases_and_no_laws() -> None:
    tally = Tally(target(lasting(each_twentieth), "within: {p50: 5s}").items[0].clause)
    tally.timed(observed(duration=1.0))
    tally.timed(observed(duration=9.0, tried=Case("law", kind="law")))
    assert tally.durations == [1.0]
