"""Laws of pipelines: a runtime that is right breaks none, each planted bug is found by its law."""

from __future__ import annotations

import pytest
from plans import Make, make, verdicts

from bank.runtime import BUGS, Toy
from bank.seeds import MANY
from stagepact.contract.clauses import Clause
from stagepact.contract.laws import PIPELINES, StageLaw
from stagepact.errors import Place
from stagepact.flow import Item, Options, Target, check
from stagepact.plan.pipeline_laws import pipeline_law_target
from stagepact.subject import Found, SubjectId
from stagepact.subject.protocols.pipeline_laws import SCENARIOS
from stagepact.verdict.checks import CHECKS
from stagepact.verdict.model import ItemId, State, Verdict

__all__ = ["make"]

ID = SubjectId("p", "x:p", "pipeline", "pipeline")


def tried(law: str, toy: Toy, seed: int = 0, *, prove: bool = False, examples: int = 40) -> Verdict:
    """What is found of a law when a runtime is tried."""
    value, promise = StageLaw(law, "pipelines"), PIPELINES[law].promise
    clause = Clause(f"laws.{law}", f"pipelines.{law}", Place("f", 1, 1), promise, value)
    found = Found(ID, stages={"a": (), "b": ("a",)}, runtime=toy)
    item = Item(ItemId("f", "p", clause.id, "pipeline"), clause)
    target = pipeline_law_target(found, Target("p", ()), item, {})
    (verdict,) = check(target, Options(max_examples=examples, seed=seed, prove=prove))
    return verdict


def test_each_law_has_its_promise_its_scenario_and_its_check() -> None:
    checked = {kind.removeprefix("pipelines.") for kind in CHECKS if kind.startswith("pipelines.")}
    assert set(PIPELINES) == set(SCENARIOS) == checked == set(BUGS.values())
    assert all(law.promise and law.source and law.needs for law in PIPELINES.values())


@pytest.mark.parametrize("law", PIPELINES)
def test_a_runtime_that_is_right_keeps_the_law_and_could_break_it(law: str) -> None:
    found = tried(law, Toy(), prove=True)
    assert found.state is State.KEPT, (found.reason, found.violations)
    assert not found.unfailing


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found_by_its_law(bug: str) -> None:
    found = tried(BUGS[bug], Toy(frozenset({bug})))
    assert found.state is State.BROKEN, found.reason


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_a_runtime_that_is_right_breaks_no_law_whatever_the_seed(seed: int) -> None:
    for law in PIPELINES:
        if law != "build-or-clear-error" or seed < 5:
            found = tried(law, Toy(), seed, examples=12)
            assert found.state is State.KEPT, (law, found.reason, found.violations)


@pytest.mark.parametrize("law", [law for law, (_, needs) in SCENARIOS.items() if needs])
def test_what_a_runtime_cannot_do_is_the_reason_why_a_law_is_not_tried(law: str) -> None:
    found = tried(law, Toy(features=frozenset()))
    assert found.state is State.NOT_EXERCISED
    assert found.reason.startswith("toy: it")


PIPELINE = """
from stageflow.core import StageKind, StageOutput
from stageflow.pipeline.pipeline import Pipeline


async def first(ctx):
    return StageOutput.ok(text="a")


pipeline = Pipeline(name="voice").with_stage("first", first, StageKind.WORK)
"""


def test_the_laws_of_a_pipeline_in_a_contract_are_tried_by_its_own_runtime(make: Make) -> None:
    plan = make(PIPELINE, a="pipelines: {voice: {laws: [acyclic, retry-is-honoured]}}")
    assert not plan.problems
    found = {each.item.clause: each for each in verdicts(plan).values()}
    assert found["laws.acyclic"].state is State.KEPT
    broken = found["laws.retry-is-honoured"]
    assert broken.state is State.BROKEN
    assert "which asks for a retry" in broken.violations[0].promised


def test_a_pipeline_without_a_runtime_says_so(make: Make) -> None:
    code = """
    import warnings
    from stageflow.pipeline.dag import StageGraph, StageSpec

    async def first(ctx):
        return {}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = StageGraph([StageSpec(name="first", runner=first)])
    """
    (found,) = verdicts(make(code, a="pipelines: {graph: {laws: [acyclic]}}")).values()
    assert found.state is State.NOT_EXERCISED
    assert "no runtime is known" in found.reason
