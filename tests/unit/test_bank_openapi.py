"""The bank's shop by nothing but its own OpenAPI document: clean it is kept, and bugs are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from bank import shop
from bank.seeds import CLEAN
from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

pytestmark = pytest.mark.untraced

BANK = Path(__file__).parents[1] / "bank"
CONTRACT = BANK / "contracts" / "shop-openapi.contract.yaml"

# By bug, the clause that is to break. What a document can't say isn't here.
FOUND = {
    "undeclared-status": "GET /customers/{id}::responses.status",
    "wrong-content-type": "GET /orders/{id}::responses.200.content-type",
    "location-missing": "POST /orders::responses.201.headers.Location",
    "replayed-header-missing": "POST /orders::responses.201.headers.Idempotency-Replayed",
    "challenge-missing": "POST /login::responses.401.headers.WWW-Authenticate",
    "total-is-text": "GET /orders/{id}::responses.200.body",
    "listed-total-missing": "GET /orders::responses.200.body",
    "crash-on-largest-quantity": "POST /orders::no-server-error",
    "crash-when-empty": "GET /orders::no-server-error",
    "crash-when-seeded": "GET /report::no-server-error",
    "zero-quantity-accepted": "POST /orders::invalid-refused",
    "limit-unbounded": "GET /orders::invalid-refused",
    "largest-note-refused": "POST /orders::valid-accepted",
    "no-note-refused": "POST /orders::valid-accepted",
    "allow-missing": "/orders::methods",
    "method-not-refused": "/orders::methods",
    "options-refused": "/orders::methods",
    "error-is-no-problem": "GET /orders/{id}::problem",
    "problem-status-disagrees": "POST /jobs/{id}/{move}::problem",
    "etag-missing": "GET /orders/{id}::responses.200.headers.ETag",
    "cache-control-missing": "GET /orders::responses.200.headers.Cache-Control",
    "accept-ignored": "GET /report::responses.200.content-type",
    "not-acceptable-served": "GET /report::responses.200.content-type",
    "forbidden-move-wrong-status": "POST /jobs/{id}/{move}::responses.status",
}


def broken(
    bugs: frozenset[str], seed: int, monkeypatch: pytest.MonkeyPatch, subject: str = ""
) -> set[str]:
    """What is broken, of one operation or path if it is named."""
    monkeypatch.setattr(shop, "app", shop.make(bugs))
    plan = make_plan(open_project([CONTRACT], BANK))
    assert plan.problems == ()
    assert [each for each in plan.listed if each.kind == "operation"] == []
    options = Options(max_examples=20, seed=seed)
    verdicts = [
        each
        for target in plan.targets
        if not subject or target.items[0].id.subject == subject
        for each in check(target, options)
    ]
    return {f"{e.item.subject}::{e.item.clause}" for e in verdicts if e.state is State.BROKEN}


@pytest.mark.parametrize("seed", CLEAN)
def test_the_clean_shop_keeps_its_document(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken(frozenset(), seed, monkeypatch) == set()


@pytest.mark.slow
@pytest.mark.parametrize("bug", FOUND)
def test_a_bug_breaks_the_document(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clause = FOUND[bug]
    assert clause in broken(frozenset({bug}), 0, monkeypatch, clause.partition("::")[0])
