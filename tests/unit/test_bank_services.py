"""The bank's contracts: clean services keep them, and bugs of services break them, in every run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank import bugs, library, live, shop
from bank.seeds import CLEAN, SEEDS
from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

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
    "others-object": "owned",
    "negotiation": "examples",
    "login": "auth.login",
    "auth-required": "auth-required",
    "caching": "caching.",
    "idempotency": "idempotency.conflict",
    "secrets": "no-secrets",
    "time-budget": "within.max",
    "quantile-budget": "within.p99",
    "size-budget": "max-size",
    "rate-limit": "rate-limit.",
    "revoked": "auth.logout",
    "refresh": "auth.refresh",
}
# Of a kind, one that another clause is to find.
OWN_CLAUSES = {
    "challenge-missing": "challenge",
    "idempotency-key-ignored": "idempotency.replay",
    "old-token-accepted-after-refresh": "auth.rotated",
}
FOUND = [bug for bug in bugs.BUGS if bug.clause in CLAUSES or bug.id in OWN_CLAUSES]


def verdicts(
    service: bugs.Service,
    switched: frozenset[str],
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
    *,
    prove: bool = False,
) -> list[Verdict]:
    monkeypatch.setattr(MODULES[service], "app", MODULES[service].make(switched))
    plan = make_plan(open_project([BANK / "contracts" / f"{service}.contract.yaml"], BANK))
    assert plan.problems == ()
    options = Options(max_examples=20, seed=seed, prove=prove)
    scenarios = ("laws.", "conservation.", "lifecycle.")  # those of test_bank_scenarios.py
    single = [each for each in plan.targets if not each.items[0].id.name.startswith(scenarios)]
    return [verdict for target in single for verdict in check(target, options)]


def broken(
    service: bugs.Service, switched: frozenset[str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    found = verdicts(service, switched, seed, monkeypatch)
    return [f"{e.item.subject}::{e.item.name}" for e in found if e.state is State.BROKEN]


@pytest.mark.parametrize("seed", CLEAN)
@pytest.mark.parametrize("service", MODULES)
def test_a_clean_service_keeps_its_contract(
    service: bugs.Service, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert broken(service, frozenset(), seed, monkeypatch) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("bug", FOUND, ids=lambda bug: bug.id)
def test_a_bug_breaks_the_contract(
    bug: bugs.Bug, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = broken(bug.service, frozenset({bug.id}), seed, monkeypatch)
    clause = OWN_CLAUSES.get(bug.id) or CLAUSES[bug.clause]
    assert any(clause in each for each in found), found


def test_every_clause_of_the_shop_can_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts("shop", frozenset(), 0, monkeypatch, prove=True)
    assert [f"{e.item.name}: {e.unfailing}" for e in found if e.unfailing] == []


def test_what_nobody_reached_is_not_exercised(monkeypatch: pytest.MonkeyPatch) -> None:
    """With keys that the shop doesn't know, everything is answered by 401."""
    monkeypatch.setattr(shop, "KEYS", {"another-key": "ada", "other-key": "bob"})
    found = verdicts("shop", frozenset(), 0, monkeypatch)
    laws = [e for e in found if e.item.clause in ("auth-required", "owned", "idempotency.replay")]
    assert {e.state for e in laws} == {State.NOT_EXERCISED}
    assert all("the success was never reached" in e.reason for e in laws), laws
