"""Reads what the pipeline tells of its runs, and keeps what each of them costs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

PRICES = {"transcribe": 3, "speak": 5}
"""Millionths of a coin for each millisecond of a stage."""

costs: dict[UUID, float] = defaultdict(float)
ended: dict[UUID, str] = {}


def stage_completed(contents: dict[str, Any]) -> None:
    """A stage is done: it costs what it took."""
    run = UUID(contents["pipeline_run_id"])
    costs[run] += PRICES[contents["stage"]] * contents["duration_ms"]


def run_completed(contents: dict[str, Any]) -> None:
    """A run is done: from then on it can be billed."""
    run = UUID(contents["pipeline_run_id"])
    ended[run] = contents["timestamp"]
