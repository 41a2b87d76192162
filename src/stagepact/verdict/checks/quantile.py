"""Quantiles: how many times it takes to tell, and which are too late to be chance."""

from __future__ import annotations

import math

from stagepact.contract.clauses import WithinValue
from stagepact.verdict.checks.model import Breach

# A quantile is called broken only when the runs would look like that by chance less often
# than this: the promise is no false alarm over any number of runs.
_CHANCE = 1e-6


def quantile_sample(quantile: float) -> int:
    """How many runs it takes before a quantile says anything.

    Five beyond it are expected, and if all of them were late, that would break it: with fewer
    a promise that is never kept would pass.
    """
    beyond = round(1 - quantile, 9)  # 1 - 0.9 is a little less than 0.1
    return max(math.ceil(round(5 / beyond, 6)), math.floor(math.log(_CHANCE, beyond)) + 1)


def judge_quantile(value: WithinValue, durations: list[float]) -> tuple[Breach, ...] | str:
    """Whether a share of the runs ended in time, or how many runs are missing to tell.

    Broken only where so many late runs are all but impossible (a binomial tail under one in
    a million) if the promise held: among all runs that are wanted, so that it may be told
    before the last of them.
    """
    assert value.quantile is not None
    if value.needs is not None:
        return f"needs a {value.needs}"
    wanted = quantile_sample(value.quantile)
    late = sum(duration > value.seconds for duration in durations)
    chance = binomial_tail(late, max(wanted, len(durations)), 1 - value.quantile)
    if chance >= _CHANCE and len(durations) < wanted:
        return f"{len(durations)} of {wanted} runs that a p{value.quantile * 100:g} needs"
    if chance >= _CHANCE:
        return ()
    ordered = sorted(durations)
    seen = ordered[min(len(ordered) - 1, math.ceil(value.quantile * len(ordered)) - 1)]
    promised = f"{value.quantile:.0%} of the runs in {value.seconds * 1000:g} ms"
    shown = f"{late} of {len(durations)} later; that quantile is {seen * 1000:.1f} ms"
    return (Breach(promised, shown, ("duration",)),)


def binomial_tail(at_least: int, trials: int, chance: float) -> float:
    """The probability of `at_least` successes or more in so many trials."""
    if at_least <= 0:
        return 1.0
    log = math.lgamma
    terms = (
        math.exp(
            log(trials + 1)
            - log(k + 1)
            - log(trials - k + 1)
            + k * math.log(chance)
            + (trials - k) * math.log1p(-chance)
        )
        for k in range(at_least, trials + 1)
    )
    return min(1.0, math.fsum(terms))
