"""Values of many strategies at once: most of a run's time is Hypothesis's own, so in one run."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st


def drawn(strategies: list[st.SearchStrategy[Any]], count: int) -> list[list[Any]]:
    """So many values of each strategy."""
    rows: list[tuple[Any, ...]] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.tuples(*strategies))
    def run(row: tuple[Any, ...]) -> None:
        rows.append(row)

    run()
    return [list(column) for column in zip(*rows, strict=True)]
