"""Many observations, one verdict a clause."""

from __future__ import annotations

from typing import Any

import pytest
from observations import clause, clauses, observed

from stagepact.contract.clauses import WithinValue
from stagepact.observation import End, Failure
from stagepact.subject import Case, Output
from stagepact.verdict import State
from stagepact.verdict.checks import CHECKS, meaning
from stagepact.verdict.checks.quantile import binomial_tail, judge_quantile, quantile_sample
from stagepact.verdict.judge import Tally, judge, judge_all

STATUS = clauses("output: {status: ok}")["output.status"]
DATA = clauses("output: {data: {type: integer}}")["output.data"]
GOOD, BAD = observed(case="good"), observed(output=Output("fail"), case="bad")


@pytest.mark.parametrize(
    ("runs", "state", "exercised", "cases"),
    [
        ([], State.NOT_EXERCISED, 0, []),
        ([GOOD], State.KEPT, 1, ["good"]),
        ([GOOD, GOOD], State.KEPT, 2, ["good"]),
        ([GOOD, BAD], State.BROKEN, 2, ["good", "bad"]),
        ([BAD, GOOD], State.BROKEN, 2, ["bad", "good"]),
        ([observed(end=End.NOT_REACHED)], State.NOT_EXERCISED, 0, []),
    ],
)
def test_any_broken_case_breaks_it_and_one_kept_case_keeps_it(
    runs: list[Any], state: State, exercised: int, cases: list[str]
) -> None:
    """Each case is named once."""
    (tally,) = judge_all([STATUS], runs)
    assert (tally.state, tally.exercised, tally.cases) == (state, exercised, cases)
    assert tally.runs == len(runs)


def test_fuzzed_runs_are_counted_and_not_named() -> None:
    """There may be thousands."""
    tally = Tally(STATUS)
    assert tally.add(observed(tried=Case("fuzz", kind="fuzz"))) == ()
    assert (tally.fuzzed, tally.cases, tally.kept) == (1, [], 1)


def test_the_reason_that_tells_most_is_kept() -> None:
    """That another case was run tells the least."""
    tally = Tally(clauses("examples: [{name: n, error: x}]")["examples.n"])
    tally.add(observed(end=End.NOT_REACHED))
    tally.add(observed(case="other"))
    assert tally.reason == "the stage was not reached"
    tally.add(observed(end=End.UNFIT))
    assert tally.reason.startswith("the case can't be given")


@pytest.mark.parametrize(
    ("judged", "observation", "reason"),
    [
        (
            STATUS,
            observed(end=End.UNFIT, error=Failure("a:Unfit", "no twos")),
            "the case can't be given to the subject: no twos",
        ),
        (STATUS, observed(end=End.NOT_REACHED), "the stage was not reached"),
        (clause("reserved"), GOOD, "not yet supported"),
        (STATUS, observed(tried=Case("a", assumed=False)), "no run with what the contract assumes"),
    ],
)
def test_what_says_nothing_of_a_clause_says_why(judged: Any, observation: Any, reason: str) -> None:
    """No silent pass."""
    assert judge(judged, observation) == reason


def test_an_unknown_clause_is_an_error_and_never_a_pass() -> None:
    """The table has a row for every kind."""
    with pytest.raises(KeyError):
        judge(clause("nonsense"), GOOD)


def test_an_example_holds_whatever_is_assumed() -> None:
    """It is held to its own outcome."""
    example = clauses("examples: [{name: n, output: {status: ok}}]")["examples.n"]
    assert judge(example, observed(tried=Case("n", assumed=False))) == ()


def test_times_are_those_of_runs_that_took_place() -> None:
    """A stage that wasn't reached took none."""
    tally = Tally(clauses("within: {p50: 1s}")["within.p50"])
    tally.timed(observed(duration=0.5))
    tally.timed(observed(end=End.NOT_REACHED))
    tally.timed(observed(end=End.UNFIT))
    tally.timed(observed(tried=Case("outside of what is assumed", assumed=False)))
    assert (tally.runs, tally.durations) == (4, [0.5])


@pytest.mark.parametrize(("broken", "state"), [(True, State.BROKEN), (False, State.KEPT)])
def test_many_runs_can_be_judged_at_once(broken: bool, state: State) -> None:
    """As quantiles are."""
    tally = Tally(STATUS)
    tally.counted(20, broken=broken)
    assert tally.state is state


@pytest.mark.parametrize(("quantile", "runs"), [(0.5, 20), (0.9, 50), (0.95, 100), (0.99, 500)])
def test_a_quantile_needs_so_many_runs(quantile: float, runs: int) -> None:
    """Five of them are expected to be later, and all of them late is no chance."""
    assert quantile_sample(quantile) == runs
    value = WithinValue(1.0, quantile, None)
    missing = f"{runs - 1} of {runs} runs that a p{quantile * 100:g} needs"
    assert judge_quantile(value, [0.0] * (runs - 1)) == missing
    assert judge_quantile(value, [0.0] * runs) == ()
    assert len(judge_quantile(value, [2.0] * runs)) == 1


def test_a_quantile_is_broken_only_where_chance_is_no_excuse() -> None:
    """Less than one in a million."""
    value = WithinValue(1.0, 0.5, None)
    assert judge_quantile(value, [2.0] * 19 + [0.5]) == ()
    (breach,) = judge_quantile(value, [2.0] * 29 + [0.5])  # type: ignore[misc]
    assert breach.promised == "50% of the runs in 1000 ms"
    assert breach.seen == "29 of 30 later; that quantile is 2000.0 ms"


def test_a_quantile_for_benchmarks_is_for_benchmarks() -> None:
    """Not for this run."""
    assert judge_quantile(WithinValue(1.0, 0.5, "benchmark"), [9.0] * 99) == "needs a benchmark"


@pytest.mark.parametrize(
    ("at_least", "trials", "chance", "probability"),
    [(0, 5, 0.5, 1.0), (5, 5, 0.5, 1 / 32), (1, 2, 0.5, 0.75), (2, 3, 0.1, 0.028)],
)
def test_the_binomial_tail_is_what_it_is(
    at_least: int, trials: int, chance: float, probability: float
) -> None:
    """By hand, for small numbers."""
    assert binomial_tail(at_least, trials, chance) == pytest.approx(probability)


@pytest.mark.parametrize("kind", [*CHECKS, "metamorphic"])
def test_every_kind_of_clause_has_a_meaning(kind: str) -> None:
    """In a sentence, and not that of how a check is made."""
    assert meaning(kind).endswith(".")
    assert "start, a step" not in meaning(kind)
    assert meaning("reserved") == ""
