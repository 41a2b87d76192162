"""The channels of the bank's live service: clean they keep their laws, and each bug is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank import bugs
from bank.seeds import CLEAN
from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "tests" / "bank" / "contracts" / "live-channels.contract.yaml"
OF_CHANNELS = [bug for bug in bugs.BUGS if bug.service == "live"]
RUNS = len(CLEAN)


@pytest.fixture(scope="module")
def plan() -> Plan:
    """What the contract says; its apps are made anew for each case, with the bugs of the hour."""
    return make_plan(open_project([CONTRACT], ROOT))


def broken(plan: Plan, *, meant: str = "") -> set[str]:
    """The clauses that are broken, of those whose id begins as is meant."""
    return {
        each.item.clause
        for target in plan.targets
        if any(item.id.clause.startswith(meant) for item in target.items)
        for each in check(target, Options(seed=0))
        if each.state is State.BROKEN
    }


def clause_of(bug: bugs.Bug) -> str:
    """The clause that a bug breaks: a law, or a message's schema."""
    if bug.clause == "schema":
        return "messages."
    return "laws.handshake" if bug.clause == "content-type" else f"laws.{bug.clause}"


def test_nothing_is_wrong_with_the_clean_service(plan: Plan) -> None:
    assert plan.problems == ()
    found: list[Verdict] = []
    for _ in range(RUNS):
        found += [each for target in plan.targets for each in check(target, Options(seed=0))]
    assert [each for each in found if each.state is not State.KEPT] == []


@pytest.mark.slow
@pytest.mark.parametrize("bug", OF_CHANNELS, ids=lambda bug: bug.id)
def test_a_bug_breaks_its_clause(
    bug: bugs.Bug, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant = clause_of(bug)
    monkeypatch.setenv(bugs.VARIABLE, bug.id)
    assert any(each.startswith(meant) for each in broken(plan, meant=meant))


def test_every_clause_of_the_channels_can_fail(plan: Plan) -> None:
    proven = [
        (str(each.item), each.unfailing)
        for target in plan.targets
        for each in check(target, Options(seed=0, prove=True))
    ]
    assert [each for each in proven if each[1]] == []
