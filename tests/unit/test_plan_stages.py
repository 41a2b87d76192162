"""Stages and pipelines: what they are given, what is judged by which path, what isn't run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stagepact.flow import Options, Target, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

CODE = """
from stageflow.api import Pipeline, StageContext, StageKind, stage, stage_metadata

from stagepact import contract_subject, skip_contract_tests


@stage_metadata(name="first", kind=StageKind.TRANSFORM)
class First:
    async def execute(self, ctx):
        return {"n": len(ctx.snapshot.input_text or "")}


@stage_metadata(name="second", kind=StageKind.WORK)
class Second:
    async def execute(self, ctx):
        return {"twice": 2 * ctx.inputs.get_from("first", "n")}


pipeline = Pipeline.from_stages(
    stage("first", First), stage("second", Second, after="first"), name="both"
)


@contract_subject(tags=["slow"])
def counted(value: int, counter) -> dict:
    counter.n += 1
    return {"n": counter.n}


@skip_contract_tests("it costs money")
@contract_subject()
def dear(value: int) -> int:
    return value


class Counter:
    def __init__(self):
        self.n = 0


class Broken:
    def __init__(self):
        raise RuntimeError("no such host")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    name = f"stages_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE)
    (tmp_path / "name").write_text(name)
    (tmp_path / "pyproject.toml").write_text(f'[tool.stagepact]\npackages = ["{name}"]\n')
    yield tmp_path
    sys.modules.pop(name, None)


def planned(folder: Path, *contracts: str) -> Plan:
    name = (folder / "name").read_text()
    paths = []
    for index, contract in enumerate(contracts):
        path = folder / f"c{index}.contract.yaml"
        path.write_text(f"stagepact: 1\nname: c{index}\n{contract.replace('CODE', name)}")
        paths.append(path)
    return make_plan(open_project(paths, folder))


def target(plan: Plan, name: str) -> Target:
    return next(each for each in plan.targets if each.name == name)


def states(plan: Plan) -> dict[str, State]:
    options = Options(max_examples=10, seed=1)
    return {
        f"{each.item.subject}.{each.item.name}": each.state
        for one in plan.targets
        for each in check(one, options)
    }


def test_a_stage_is_given_what_its_upstreams_promise(folder: Path) -> None:
    contract = """
stages:
  first:
    given: {input: {type: string}}
    output: {data: {type: object, required: [n], properties: {n: {type: integer, minimum: 0}}}}
  second:
    given: {}
    output: {data: {type: object, required: [twice]}}
"""
    found = states(planned(folder, contract))
    assert found["first.output.data[direct]"] is State.KEPT
    assert found["second.output.data[direct]"] is State.KEPT
    assert found["second.output.data[pipeline]"] is State.NOT_EXERCISED


def test_a_pipelines_stages_are_judged_on_its_runs(folder: Path) -> None:
    contract = """
stages:
  "*":
    output: {data: {type: object}}
    calls: {store.save: never}
  first: {given: {input: {type: string}}}
pipelines:
  both: {given: {input: {type: string}}, output: {status: ok}}
"""
    found = states(planned(folder, contract))
    assert found["first.output.data[pipeline]"] is State.KEPT
    assert found["second.output.data[pipeline]"] is State.KEPT
    assert found["both.output.status[pipeline]"] is State.KEPT
    assert "first.calls.store.save[pipeline]" not in found
    assert found["second.output.data[direct]"] is State.NOT_EXERCISED


def test_what_the_runtime_owes_is_not_held_against_a_direct_call(folder: Path) -> None:
    contract = """
stages:
  first:
    given: {input: {type: string}}
    events: {owner: runtime, order: started completed}
pipelines:
  both: {given: {input: {type: string}}}
"""
    assert states(planned(folder, contract)) == {"first.events.order[pipeline]": State.BROKEN}


def test_blocks_of_several_files_add_up(folder: Path) -> None:
    given = "stages: {counted: {given: {input: {type: integer}, ports: {counter: 'CODE:Counter'}}}}"
    wanted = "stages: {'tag:slow': {output: {data: {properties: {n: {const: 1}}}}}}"
    found = states(planned(folder, given, wanted))
    assert found["counted.output.data[direct]"] is State.KEPT  # each run has its own counter


def test_a_port_that_cannot_be_made_is_a_problem_at_its_line(folder: Path) -> None:
    contract = """
stages:
  counted:
    given:
      input: {type: integer}
      ports:
        counter: "CODE:Broken"
    output: {status: ok}
"""
    plan = planned(folder, contract)
    (problem,) = plan.problems
    assert "RuntimeError: no such host" in problem.found
    assert problem.place.line == 9
    assert target(plan, "counted[direct]").reason.endswith("can't be made: see the problems")


def test_a_port_that_is_not_there_is_a_problem_at_its_line(folder: Path) -> None:
    contract = """
stages:
  counted:
    given: {input: {type: integer}, ports: {counter: "CODE:Countr"}}
    output: {status: ok}
"""
    (problem,) = planned(folder, contract).problems
    assert (problem.place.line, problem.advice) == (6, "did you mean 'Counter'?")


@pytest.mark.parametrize(
    ("contract", "item", "reason"),
    [
        ("stages: {nobody: {output: {status: ok}}}", "nobody", "matches no stage"),
        ("pipelines: {nobody: {output: {status: ok}}}", "nobody", "matches no pipeline"),
        ("stages: {dear: {output: {status: ok}}}", "dear", "skipped: it costs money"),
        (
            "stages: {counted: {events: {owner: runtime, order: a}}}",
            "counted",
            "owed by the runtime, and no pipeline",
        ),
        (
            "stages: {counted: {output: {status: ok}}}",
            "counted",
            "no contract says what counted is given",
        ),
        ("channels: {x: {}}", "c0", "not yet supported"),
        ("stages: {counted: {laws: [pure], given: {}}}", "counted", "not yet supported"),
    ],
)
def test_what_is_not_exercised_says_why(
    folder: Path, contract: str, item: str, reason: str
) -> None:
    plan = planned(folder, contract)
    found = [each for one in plan.targets for each in check(one, Options(max_examples=2))]
    assert [each.item.subject for each in found] == [item]
    assert found[0].state is State.NOT_EXERCISED
    assert reason in found[0].reason


def test_what_no_contract_speaks_of_is_listed(folder: Path) -> None:
    plan = planned(folder, "stages: {first: {given: {}}}")
    listed = {(each.name, each.why) for each in plan.listed}
    assert listed == {("counted", "unmatched"), ("dear", "skipped"), ("second", "unmatched")}


def test_an_example_outside_of_what_is_assumed_is_held_to_its_own_outcome(folder: Path) -> None:
    contract = """
stages:
  counted:
    given:
      input: {type: integer, minimum: 0}
      ports: {counter: "CODE:Counter"}
    output: {status: fail}
    fuzz: false
    examples:
      - {name: below, given: {input: -1}, output: {status: ok}}
      - {name: within, given: {input: 1}, output: {status: ok}}
"""
    plan = planned(folder, contract)
    cases = target(plan, "counted[direct]").cases
    assert [(case.name, case.assumed) for case in cases] == [("below", False), ("within", True)]
    found = {each.item.clause: each for each in check(target(plan, "counted[direct]"), Options())}
    assert found["examples.below"].state is State.KEPT
    assert found["output.status"].cases == ("within",)


def test_fuzzing_is_as_much_as_the_most_that_is_asked_for(folder: Path) -> None:
    given = "given: {input: {type: integer}, ports: {counter: 'CODE:Counter'}}"
    plan = planned(
        folder,
        f"stages: {{counted: {{fuzz: 7, {given}, output: {{status: ok}}}}}}",
        "stages: {'*': {fuzz: {examples: 3}, timeout: 200ms}}",
    )
    one = target(plan, "counted[direct]")
    assert (one.fuzz, one.limits.seconds) == (7, 0.2)


def test_a_fixture_stands_for_a_port(folder: Path) -> None:
    contract = "stages: {counted: {given: {input: {type: integer}, ports: {counter: 'fixture:c'}}}}"
    one = target(planned(folder, contract), "counted[direct]")
    assert dict(one.fixtures) == {"counter": "c"}
    with_port = one.with_ports({"counter": 1})
    assert with_port.fixtures == {}
