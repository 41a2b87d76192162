"""Pipelines: what the runtime owes is judged on runs through it; upstreams say what comes in."""

from __future__ import annotations

import pytest
from plans import Make, all_verdicts, make, verdicts

from stagepact.verdict.model import State

pytest.importorskip("stageflow")

__all__ = ["make"]

CODE = """
    from stageflow.api import Pipeline
    from stageflow.core import StageKind, StageOutput

    class First:
        name = "first"
        kind = StageKind.TRANSFORM
        async def execute(self, ctx):
            return StageOutput.ok(n=3)

    class Second:
        name = "second"
        kind = StageKind.TRANSFORM
        async def execute(self, ctx):
            return StageOutput.ok(n=ctx.inputs.get_from("first", "n") * 2)

    pipeline = (
        Pipeline("both")
        .with_stage("first", First, StageKind.TRANSFORM)
        .with_stage("second", Second, StageKind.TRANSFORM, dependencies=("first",))
    )
"""

N = (
    "{type: object, required: [n], additionalProperties: false, "
    "properties: {n: {type: integer, minimum: 1, maximum: 9}}}"
)

CONTRACT = f"""
    stages:
      first: {{given: {{}}, output: {{data: {N}}}}}
      second: {{given: {{inputs: {{}}}}, holds: {{doubled: output.n == inputs.first.n * 2}}}}
      "*":
        events: {{owner: runtime, order: started completed}}
        logs: {{q: {{level: ERROR, times: never}}}}
    pipelines:
      "*": {{given: {{}}, output: {{status: [ok]}}}}
"""


def test_upstreams_outputs_come_from_their_contracts(make: Make) -> None:
    found = verdicts(make(CODE, a=CONTRACT))
    doubled = found["second::holds.doubled[direct]"]
    assert (doubled.state, doubled.fuzzed > 3) == (State.KEPT, True)
    assert found["second::holds.doubled[pipeline]"].state is State.KEPT


def test_an_upstreams_output_that_has_properties_is_an_object(make: Make) -> None:
    untyped = "{required: [n], properties: {n: {type: integer, minimum: 1, maximum: 9}}}"
    found = verdicts(make(CODE, a=CONTRACT.replace(N, untyped)))
    doubled = found["second::holds.doubled[direct]"]
    assert (doubled.state, doubled.fuzzed) == (State.KEPT, doubled.runs)


def test_what_the_runtime_owes_is_judged_only_where_it_runs(make: Make) -> None:
    plan = make(CODE, a=CONTRACT)
    owed = [item.id for item in plan.items if item.clause.owner == "runtime"]
    assert {id_.path for id_ in owed} == {"pipeline"}
    found = verdicts(plan)["first::events.order[pipeline]"]
    assert found.state is State.BROKEN
    assert "owed by the runtime (stageflow-core" in found.violations[0].owner


def test_a_pipelines_run_says_nothing_of_logs_and_calls(make: Make) -> None:
    plan = make(CODE, a=CONTRACT)
    assert {item.id.path for item in plan.items if item.id.clause == "logs.q"} == {"direct"}


def test_a_pipeline_has_clauses_of_its_own(make: Make) -> None:
    found = verdicts(make(CODE, a=CONTRACT))
    assert found["both::output.status[pipeline]"].state is State.KEPT


def test_what_the_runtime_owes_needs_a_pipeline(make: Make) -> None:
    code = CODE.partition("    pipeline = (")[0]
    contract = "stages: {first: {events: {owner: runtime, order: started}}}"
    reasons = {each.reason for each in verdicts(make(code, a=contract)).values()}
    assert "owed by the runtime, and no pipeline that holds the stage was found" in reasons


ALSO = """
    class Other(First):
        async def execute(self, ctx):
            return StageOutput.ok(n="none")

    other = Pipeline("other").with_stage("first", Other, StageKind.TRANSFORM)
"""


def test_a_stage_is_the_one_that_its_pipeline_runs(make: Make) -> None:
    """Whatever other stages of its name there are."""
    contract = """
    stages:
      "id:*First": {given: {}, output: {data: {properties: {n: {type: integer}}}}}
      "id:*Other": {given: {}, output: {data: {properties: {n: {type: string}}}}}
    pipelines:
      "*": {given: {}}
    """
    found = all_verdicts(make(CODE + ALSO, a=contract))
    judged = {
        (verdict.item.path, verdict.identity.rpartition(":")[2]): verdict.state
        for verdict in found
        if verdict.item.name.startswith("output.data")
    }
    assert len(judged) == 4
    assert set(judged.values()) == {State.KEPT}
