"""Bugs of the bank that show over several calls: laws, conservation and lifecycles find them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank import bugs, library, shop
from bank.seeds import CLEAN, SEEDS
from stagepact.flow import Options, Target, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State, Verdict

pytestmark = pytest.mark.untraced

BANK = Path(__file__).parents[1] / "bank"
MODULES = {"shop": shop, "library": library}

# By kind of bug, the clauses that are to break.
CLAUSES = {
    "create-read": "laws.create-read",
    "update-read": "laws.update-read",
    "delete": "laws.delete",
    "create-twice": "laws.create-twice",
    "idempotency-key": "laws.idempotency-key",
    "list-get": "laws.list-get",
    "pagination": "laws.pagination",
    "filter": "laws.filter",
    "delete-siblings": "laws.delete-siblings",
    "lost-update": "laws.lost-update",
    "concurrent-updates": "laws.concurrent-updates",
    "conservation": "conservation.",
    "forbidden-move": "lifecycle.forbidden.",
    "allowed-move": "lifecycle.allowed.",
    "progress": "lifecycle.progress",
}
FOUND = [bug for bug in bugs.BUGS if bug.service in MODULES and bug.clause in CLAUSES]
SCENARIOS = ("laws.", "conservation.", "lifecycle.")


def targets(
    service: str, switched: frozenset[str], clauses: str, monkeypatch: pytest.MonkeyPatch
) -> list[Target]:
    monkeypatch.setattr(MODULES[service], "app", MODULES[service].make(switched))
    plan = make_plan(open_project([BANK / "contracts" / f"{service}.contract.yaml"], BANK))
    assert plan.problems == ()
    return [each for each in plan.targets if each.items[0].id.name.startswith(clauses)]


def verdicts(found: list[Target], seed: int, *, prove: bool = False) -> list[Verdict]:
    options = Options(seed=seed, prove=prove)
    return [verdict for target in found for verdict in check(target, options)]


def test_every_kind_of_scenario_is_looked_for() -> None:
    assert {bug.clause for bug in bugs.BUGS if bug.kind in ("scenario", "lifecycle")} <= {*CLAUSES}


@pytest.mark.parametrize("service", MODULES)
def test_a_clean_service_keeps_its_laws(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each clause is kept on each seed, and each can fail."""
    found = [
        each
        for clauses in SCENARIOS
        for each in targets(service, frozenset(), clauses, monkeypatch)
    ]
    for seed in CLEAN:
        seen = verdicts(found, seed, prove=True)
        assert {
            f"{e.item.name}: {e.reason}": e.state for e in seen if e.state is not State.KEPT
        } == {}
        assert {e.item.name: e.unfailing for e in seen if e.unfailing} == {}


@pytest.mark.slow
@pytest.mark.parametrize("bug", FOUND, ids=lambda bug: bug.id)
def test_a_bug_breaks_its_law(bug: bugs.Bug, monkeypatch: pytest.MonkeyPatch) -> None:
    clauses = CLAUSES[bug.clause]
    found = targets(bug.service, frozenset({bug.id}), clauses, monkeypatch)
    for seed in SEEDS:
        seen = verdicts(found, seed)
        assert State.BROKEN in {each.state for each in seen}, seed


DESCRIBED = """
stagepact: 1
name: the shop by its document
services:
  shop:
    app: "bank.shop:app"
    openapi: true
    states: {nothing is kept: "bank.shop:empty", orders are kept: "bank.shop:seed"}
"""
# What no document says: what is unique, what is conserved, that the last page has no next one.
UNSAID = {"customer-created-twice", "report-keeps-deleted-total", "pages-never-end"}
BY_DOCUMENT = [
    bug
    for bug in FOUND
    if bug.service == "shop" and bug.kind == "scenario" and bug.id not in UNSAID
]


def described(
    switched: frozenset[str], clauses: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Target]:
    monkeypatch.setattr(shop, "app", shop.make(switched))
    (folder / "shop.contract.yaml").write_text(DESCRIBED)
    plan = make_plan(open_project([folder / "shop.contract.yaml"], folder))
    assert plan.problems == ()
    return [each for each in plan.targets if each.items[0].id.name.startswith(clauses)]


def test_a_clean_service_keeps_the_laws_of_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = described(frozenset(), "laws.", tmp_path, monkeypatch)
    assert len(found) > 10
    for seed in CLEAN:
        seen = verdicts(found, seed)
        assert {e.item.name: e.violations for e in seen if e.state is State.BROKEN} == {}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BY_DOCUMENT, ids=lambda bug: bug.id)
def test_a_bug_breaks_a_law_of_the_document(
    bug: bugs.Bug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written but the states."""
    found = described(frozenset({bug.id}), CLAUSES[bug.clause], tmp_path, monkeypatch)
    assert State.BROKEN in {each.state for each in verdicts(found, 0)}
