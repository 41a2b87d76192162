"""The list of all laws, the laws of plugins, and the strategies."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from hypothesis import Phase, find, given, settings
from plans import Make, make, told, verdicts

from stagepact import strategies as some
from stagepact.contract.law_list import OPERATIONS, all_laws
from stagepact.contract.laws import OwnLaw
from stagepact.hooks import impl
from stagepact.verdict.checks.operation_laws import CHECKS
from stagepact.verdict.model import State

__all__ = ["make"]


def test_each_law_of_the_list_says_why_and_what_it_needs() -> None:
    listed = list(all_laws())
    assert {each.section for each in listed} == {
        "stages", "pipelines", "services", "operations", "channels",
    }  # fmt: skip
    assert all(each.promise and each.source and each.needs for each in listed)
    assert len({(each.section, each.name) for each in listed}) == len(listed)


def test_all_laws_of_operations_are_listed() -> None:
    assert set(OPERATIONS) == set(CHECKS)


async def _play(subject, case, probe):  # type: ignore[no-untyped-def]
    return (await subject(case, probe)).data


def _law(name: str = "acme.even") -> OwnLaw:
    return OwnLaw(
        name,
        promise="what is returned is even",
        play=_play,
        judge=lambda data: [f"{data} is odd"] if data % 2 else [],
        wrong=lambda data: data + 1,
    )


@impl
def stagepact_laws() -> list[OwnLaw]:
    return [_law()]


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> str:
    module = ModuleType("acme_laws")
    module.stagepact_laws = stagepact_laws  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acme_laws", module)
    return 'plugins = ["acme_laws"]'


CONTRACT = """
stages:
  stage:
    subject: "code_of_plan:stage"
    given: {input: {type: integer, minimum: 0, maximum: 9}}
    laws: [LAW]
"""


@pytest.mark.parametrize(("returned", "state"), [("2 * size", State.KEPT), ("size", State.BROKEN)])
def test_a_law_of_a_plugin_is_tried_as_any_other(
    make: Make, plugin: str, returned: str, state: State
) -> None:
    code = f"def stage(size: int) -> int:\n    return {returned}\n"
    plan = make(code, plugin, a=CONTRACT.replace("LAW", "acme.even"))
    assert not plan.problems
    found = verdicts(plan)["stage::laws.acme.even[direct]"]
    assert found.state is state
    assert found.promise == "what is returned is even"
    assert [each.seen for each in found.violations] == (
        [] if state is State.KEPT else ['"1 is odd"']
    )


def test_a_law_that_no_plugin_has_is_told_with_the_nearest(make: Make, plugin: str) -> None:
    code = "def stage(size: int) -> int:\n    return size\n"
    (problem,) = told(make(code, plugin, a=CONTRACT.replace("LAW", "acme.evn")))
    assert "did you mean 'acme.even'?" in problem
    assert "a.contract.yaml:8" in problem


@given(some.pipelines(max_stages=6))
def test_a_pipeline_is_acyclic_and_its_names_are_its_own(stages: some.Pipeline) -> None:
    names = [stage.name for stage in stages]
    assert len(names) == len({*names})
    for number, stage in enumerate(stages):
        assert {*stage.depends} <= {*names[:number]}


@given(some.stage_specs())
def test_a_stage_does_not_depend_on_itself(stage: some.StageSpec) -> None:
    assert stage.name not in stage.depends


@given(some.pipeline_pairs())
def test_pairs_of_pipelines_can_be_composed(pair: tuple[some.Pipeline, some.Pipeline]) -> None:
    one, other = ({stage.name: stage for stage in stages} for stages in pair)
    both = {**one, **other}
    assert all(one[name] == other[name] for name in one.keys() & other.keys())
    assert all({*stage.depends} <= both.keys() for stage in both.values())


@given(some.event_sequences(["a", "b"]))
def test_events_of_a_run_are_numbered_and_each_stage_has_one_end(
    events: tuple[some.Event, ...],
) -> None:
    assert [event.data["sequence"] for event in events] == [*range(1, len(events) + 1)]
    for name in "ab":
        kinds = [event.type.split(".")[2] for event in events if event.data["stage"] == name]
        assert kinds[0] == "started"
        assert {*kinds[1:-1]} <= {"progress"}
        assert kinds[-1] in ("completed", "failed", "skipped", "cancelled")


# What is found isn't explained: that takes most of the time.
UNEXPLAINED = settings(phases=(Phase.generate, Phase.shrink))
SMALLEST = {
    "a name": (some.stage_names(), lambda name: True, "a"),
    "two stages": (some.pipelines(), lambda p: len(p) == 2, "a b"),
    "a failing stage": (
        some.pipelines(does=("ok", "fail")),
        lambda p: any(s.does == "fail" for s in p),
        "a!",
    ),
    "a dependency": (some.pipelines(), lambda p: any(s.depends for s in p), "a b(a)"),
    "two that differ": (some.pipeline_pairs(), lambda p: p[0] != p[1], ""),
}


@pytest.mark.parametrize("what", [name for name in SMALLEST if name != "two that differ"])
def test_what_is_found_is_the_smallest(what: str) -> None:
    strategy, wanted, smallest = SMALLEST[what]
    found = find(strategy, wanted, settings=UNEXPLAINED)
    assert (found if isinstance(found, str) else _short(found)) == smallest


def test_two_pipelines_that_differ_have_two_stages_at_most() -> None:
    strategy, wanted, _ = SMALLEST["two that differ"]
    one, other = find(strategy, wanted, settings=UNEXPLAINED)
    assert len({*one, *other}) <= 2


def _short(pipeline: some.Pipeline) -> str:
    told = []
    for stage in pipeline:
        upstreams = f"({', '.join(stage.depends)})" if stage.depends else ""
        told.append(stage.name + upstreams + ("!" if stage.does != "ok" else ""))
    return " ".join(told)
