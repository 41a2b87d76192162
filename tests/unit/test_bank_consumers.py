"""Consumers of the bank: without a mistake nothing breaks, and each mistake is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank.consumers import MISTAKES, VARIABLE, Mistake
from bank.seeds import CLEAN
from stagepact.flow import Options, Target, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

BANK = Path(__file__).parents[1] / "bank"


@pytest.fixture(scope="module")
def targets() -> tuple[Target, ...]:
    plan = make_plan(open_project([BANK / "contracts" / "consumers.contract.yaml"], BANK))
    assert plan.problems == ()
    found = [
        each for each in plan.targets if {i.clause.kind for i in each.items} == {"pact.consumer"}
    ]
    return tuple(found)


def verdicts(targets: tuple[Target, ...], seed: int = 0, *, prove: bool = False) -> list[Verdict]:
    options = Options(seed=seed, prove=prove, max_examples=100)
    return [each for target in targets for each in check(target, options)]


@pytest.mark.parametrize("seed", CLEAN)
def test_without_mistakes_nothing_breaks(targets: tuple[Target, ...], seed: int) -> None:
    found = verdicts(targets, seed, prove=seed == 0)
    states = {each.item.clause: (each.state, each.reason) for each in found}
    assert states == dict.fromkeys(states, (State.KEPT, ""))
    assert len(states) == 6


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.id)
def test_each_mistake_is_found(
    targets: tuple[Target, ...], mistake: Mistake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, mistake.id)
    meant = tuple(each for each in targets if each.items[0].clause.id == mistake.breaks)
    (found,) = verdicts(meant)
    assert found.state is State.BROKEN


def test_each_handler_has_a_mistake(targets: tuple[Target, ...]) -> None:
    known = {item.clause.id for target in targets for item in target.items}
    assert {each.breaks for each in MISTAKES} == known
