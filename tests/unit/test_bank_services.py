"""The bank's contracts: clean services keep them, and bugs of services break them, in every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank import bugs, library, live, shop
from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

BANK = Path(__file__).parents[1] / "bank"
MODULES = {"shop": shop, "library": library, "live": live}

# By kind of bug, the clause that is to break; with "" any does.
CLAUSES = {
    "status": "responses.status",
    "content-type": "content-type",
    "headers": "headers",
    "body": "body",
    "no-5xx": "no-server-error",
    "invalid-refused": "invalid-refused",
    "required-header": "invalid-refused",
    "valid-accepted": "valid-accepted",
    "method-not-allowed": "methods",
    "problem": "problem",
    "others-object": "examples",
    "negotiation": "examples",
    "login": "examples",
}
# Of their kinds, those that need scenarios, or headers that the contract doesn't ask for.
UNFOUND = frozenset({"challenge-missing"})
FOUND = [bug for bug in bugs.BUGS if bug.clause in CLAUSES and bug.id not in UNFOUND]


def verdicts(
    service: bugs.Service, switched: frozenset[str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> list[Verdict]:
    monkeypatch.setattr(MODULES[service], "app", MODULES[service].make(switched))
    plan = make_plan(open_project([BANK / "contracts" / f"{service}.contract.yaml"], BANK))
    assert plan.problems == ()
    options = Options(max_examples=20, seed=seed)
    scenarios = ("laws.", "conservation.", "lifecycle.")  # those of test_bank_scenarios.py
    single = [each for each in plan.targets if not each.items[0].id.name.startswith(scenarios)]
    return [verdict for target in single for verdict in check(target, options)]


def broken(
    service: bugs.Service, switched: frozenset[str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    found = verdicts(service, switched, seed, monkeypatch)
    return [f"{e.item.subject}::{e.item.name}" for e in found if e.state is State.BROKEN]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("service", MODULES)
def test_a_clean_service_keeps_its_contract(
    service: bugs.Service, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broken(service, frozenset(), seed, monkeypatch) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bug", FOUND, ids=lambda bug: bug.id)
def test_a_bug_breaks_the_contract(
    bug: bugs.Bug, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = broken(bug.service, frozenset({bug.id}), seed, monkeypatch)
    assert any(CLAUSES[bug.clause] in each for each in found), found
