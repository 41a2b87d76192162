"""`within: {p95: …}` of operations: as many answers are timed as a quantile takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.observation import Observation, Observer
from stagepact.plan.door import make_plan, open_project
from stagepact.subject import Case, Subject
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

CODE = """
from time import sleep

from flask import Flask, jsonify

LATE = 0


def create() -> Flask:
    app = Flask("clock")
    app.calls = 0

    @app.get("/time")
    def time():
        app.calls += 1
        if LATE and app.calls % LATE == 0:
            sleep(0.03)
        return jsonify(1)

    @app.post("/time")
    def set_time():
        return jsonify(1)

    return app
"""

CONTRACT = """
stagepact: 1
name: clock
services:
  clock:
    app: "MODULE:create"
    operations:
      METHOD /time: {responses: {200: {}}, within: {QUANTILES}}
"""


class Timed(Observer):
    """An observer by whose clock every so many runs are late, up to the last."""

    every, last, runs = 0, 0, 0

    def observe(self, subject: Subject, case: Case) -> Observation:
        seen = super().observe(subject, case)
        Timed.runs += 1
        late = Timed.every and Timed.runs % Timed.every == 0 and Timed.runs <= Timed.last
        return replace(seen, duration=0.02 if late else 0.001)


@pytest.fixture
def module(tmp_path: Path) -> Iterator[str]:
    name = f"clock_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    yield name
    sys.modules.pop(name, None)


def timed(
    folder: Path,
    module: str,
    quantiles: str,
    every: int,
    last: int = 10_000,
    method: str = "POST",
    observer: type[Observer] = Timed,
) -> Verdict:
    text = CONTRACT.replace("MODULE", module).replace("QUANTILES", quantiles)
    text = text.replace("METHOD", method)
    (folder / "clock.contract.yaml").write_text(text)
    plan = make_plan(open_project([folder / "clock.contract.yaml"], folder))
    assert plan.problems == ()
    Timed.every, Timed.last, Timed.runs = every, last, 0
    found = [v for e in plan.targets for v in check(e, Options(seed=1, observer=observer))]
    return next(each for each in found if each.item.clause.startswith("within."))


@pytest.mark.parametrize("quantiles", ["p50: 10ms", "p95: 10ms", "p99: 10ms"])
def test_answers_in_time_keep_a_quantile(tmp_path: Path, module: str, quantiles: str) -> None:
    assert timed(tmp_path, module, quantiles, 0).state is State.KEPT


@pytest.mark.slow
def test_one_slow_answer_in_twenty_breaks_p99(tmp_path: Path, module: str) -> None:
    found = timed(tmp_path, module, "p99: 10ms", 20)
    assert found.state is State.BROKEN
    assert found.violations[0].promised == "99% of the runs in 10 ms"


def test_one_slow_answer_in_two_hundred_does_not(tmp_path: Path, module: str) -> None:
    assert timed(tmp_path, module, "p99: 10ms", 200).state is State.KEPT


def test_what_needs_a_benchmark_is_not_timed_more_often(tmp_path: Path, module: str) -> None:
    found = timed(tmp_path, module, "p99: 10ms, needs: benchmark", 0)
    assert (found.state, found.reason) == (State.NOT_EXERCISED, "needs a benchmark")
    assert Timed.runs < 100


def test_an_app_that_is_made_anew_is_asked_often_enough(tmp_path: Path, module: str) -> None:
    assert (
        timed(tmp_path, module, "p99: 5s", 0, method="GET", observer=Observer).state is State.KEPT
    )
    sys.modules[module].LATE = 20  # type: ignore[attr-defined]
    found = timed(tmp_path, module, "p99: 20ms", 0, method="GET", observer=Observer)
    assert found.state is State.BROKEN
