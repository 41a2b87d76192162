"""What consumers of the bank expect, as pacts: clean services keep them, bugs break them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pact_documents import body, document, http, like, message, states

from bank import live, shop
from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

pytestmark = pytest.mark.untraced

CONTRACT = """
stagepact: 1
name: bank pacts
services:
  shop:
    app: "bank.shop:app"
    states:
      orders are kept: "bank.shop:seed"
      nothing is kept: "bank.shop:empty"
      a customer is kept: "bank.shop:seed_customer"
pacts: {provider: shop, from: pacts}
"""
ADA = {"Authorization": ["Bearer ada-key"]}
ORDERS, NOTHING, CUSTOMER = map(
    states, ("orders are kept", "nothing is kept", "a customer is kept")
)
ORDER = {"id": "o-1", "item": "tea", "quantity": 2, "status": "open", "total": 500}
ORDER_RULES = {
    **like(id="type", item="type", quantity="integer", total="integer"),
    "$.status": {"matchers": [{"match": "regex", "regex": "open|paid|sent"}]},
}
LISTED_RULES = {
    "$.items": {"matchers": [{"match": "type", "min": 1}]},
    "$.items[*].total": {"matchers": [{"match": "integer"}]},
}


def asked(**sent: Any) -> dict[str, Any]:
    """A request by ada."""
    return {"headers": {**ADA, **sent.pop("headers", {})}, **sent}


def ordered(**wanted: Any) -> dict[str, Any]:
    headers = {"Content-Type": ["application/json"], "Idempotency-Key": ["k-1"]}
    return asked(headers=headers, body=body(wanted))


def with_headers(interaction: dict[str, Any], **headers: dict[str, Any]) -> dict[str, Any]:
    """An interaction whose response has these headers: an example, or a regex and an example."""
    response = interaction["response"]
    named = {name.replace("_", "-"): each for name, each in headers.items()}
    response["headers"] = {name: [each["example"]] for name, each in named.items()}
    rules = {
        name: {"matchers": [{"match": "regex", "regex": each["regex"]}]}
        for name, each in named.items()
        if "regex" in each
    }
    response["matchingRules"] = {**response.get("matchingRules", {}), "header": rules}
    return interaction


def said(example: str, regex: str | None = None) -> dict[str, Any]:
    return {"example": example} if regex is None else {"example": example, "regex": regex}


JSON = said("application/json", r"application/json(;.*)?")
PROBLEM = said("application/problem+json", r"application/problem\+json(;.*)?")
PACT = document(
    with_headers(
        http("an order", "/orders/o-1", given=ORDERS, request=asked(), answer=ORDER,
             rules=ORDER_RULES),
        Content_Type=JSON, ETag=said('"v1"', '".+"'),
        Cache_Control=said("private, max-age=0"),
    ),
    http("an order that hasn't changed", "/orders/o-1", given=ORDERS, status=304,
         request=asked(headers={"If-None-Match": ['"v1"']})),
    with_headers(
        http("orders", "/orders", given=ORDERS, request=asked(),
             answer={"items": [{"total": 500}]}, rules=LISTED_RULES),
        Cache_Control=said("private, no-store"),
    ),
    http("no orders", "/orders", given=NOTHING, request=asked(), answer={"items": []}),
    with_headers(
        http("an order that isn't there", "/orders/o-99", given=ORDERS, request=asked(),
             status=404),
        Content_Type=PROBLEM,
    ),
    http("another's order", "/orders/o-4", given=ORDERS, request=asked(), status=404),
    with_headers(
        http("a stranger", "/orders", given=ORDERS, status=401), WWW_Authenticate=said("Bearer")
    ),
    with_headers(
        http("an order is made", "/orders", method="POST", given=NOTHING, status=201,
             request=ordered(item="tea", quantity=2), answer=ORDER, rules=ORDER_RULES),
        Location=said("/orders/o-1", "/orders/o-.+"), Idempotency_Replayed=said("false"),
    ),
    http("the largest order", "/orders", method="POST", given=NOTHING, status=201,
         request=ordered(item="tea", quantity=99)),
    http("an order of nothing", "/orders", method="POST", given=NOTHING, status=422,
         request=ordered(item="tea", quantity=0)),
    http("a customer that isn't there", "/customers/c-9", given=CUSTOMER, request=asked(),
         status=404),
    http("a customer twice", "/customers", method="POST", given=CUSTOMER, status=409,
         request=asked(headers={"Content-Type": ["application/json"]},
                       body=body({"email": "eve@mail.example", "name": "Eve"})),
         answer={"status": 409}, rules={}),
    consumer="ui",
    provider="shop",
)  # fmt: skip

# The interactions that each bug breaks.
FOUND = {
    "undeclared-status": {"a customer that isn't there"},
    "wrong-content-type": {"an order"},
    "location-missing": {"an order is made"},
    "location-leads-nowhere": {"an order is made"},
    "replayed-header-missing": {"an order is made"},
    "challenge-missing": {"a stranger"},
    "total-is-text": {"an order"},
    "listed-total-missing": {"orders"},
    "crash-on-largest-quantity": {"the largest order"},
    "crash-when-empty": {"no orders"},
    "zero-quantity-accepted": {"an order of nothing"},
    "no-note-refused": {"an order is made"},
    "error-is-no-problem": {"an order that isn't there"},
    "problem-status-disagrees": {"a customer twice"},
    "others-order-served": {"another's order"},
    "etag-missing": {"an order"},
    "cache-control-missing": {"orders"},
    "private-order-cached-publicly": {"an order"},
    "not-modified-ignored": {"an order that hasn't changed"},
}


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "ui-shop.json").write_text(PACT)
    (tmp_path / "a.contract.yaml").write_text(CONTRACT)
    return _plan(tmp_path)


def _plan(folder: Path) -> Plan:
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    plan = make_plan(open_project([folder / "a.contract.yaml"], folder))
    assert plan.problems == ()
    return plan


def judged(plan: Plan, *, prove: bool = False) -> dict[str, tuple[State, str]]:
    """What is found of each interaction, and why it can't fail."""
    return {
        verdict.item.clause: (verdict.state, verdict.reason or verdict.unfailing)
        for target in plan.targets
        if target.items[0].clause.kind == "pact.interaction"
        for verdict in check(target, Options(prove=prove))
    }


def test_the_clean_shop_keeps_all_and_each_can_fail(
    planned: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shop, "app", shop.make())
    found = judged(_plan(tmp_path), prove=True)
    assert found == dict.fromkeys(found, (State.KEPT, ""))
    assert len(found) == 12


@pytest.mark.parametrize("bug", FOUND)
def test_a_bug_breaks_the_interactions_that_meet_it(
    planned: Plan, bug: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shop, "app", shop.make(frozenset({bug})))
    found = judged(_plan(tmp_path))
    broken = {name for name, (state, _) in found.items() if state is State.BROKEN}
    assert FOUND[bug] <= broken, broken
    assert len(broken) < len(found)


# -- channels ------------------------------------------------------------------------------------

LIVE = Path(__file__).parents[1] / "bank" / "contracts" / "live-channels.contract.yaml"
LIVE_PACTS = """
pacts:
  provider: live
  from: pacts
  messages:
    an event: {channel: socket, event: event}
    the end: {channel: socket, event: finished}
"""
MESSAGES = document(
    message(
        "an event",
        {"type": "event", "topic": "room-1", "seq": 1, "data": {"number": 1}},
        rules={**like(topic="type", seq="integer"), "$.data": {"matchers": [{"match": "type"}]}},
    ),
    message(
        "the end",
        {"type": "finished", "topic": "room-1", "seq": 3},
        rules=like(topic="type", seq="integer"),
    ),
    consumer="screen",
    provider="live",
)


@pytest.mark.parametrize(
    ("bug", "broken"),
    [
        ("", set()),
        ("event-number-is-text", {"an event"}),
        ("finished-without-number", {"the end"}),
    ],
)
def test_what_a_channel_delivers_is_as_its_consumer_expects(
    bug: str, broken: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(live, "fresh", _annotated(frozenset({bug} - {""})))
    (tmp_path / "pacts").mkdir()
    (tmp_path / "pacts" / "screen-live.json").write_text(MESSAGES)
    (tmp_path / "a.contract.yaml").write_text(LIVE.read_text() + LIVE_PACTS)
    found = judged(_plan(tmp_path))
    assert {name for name, (state, _) in found.items() if state is State.BROKEN} == broken
    assert {name for name, (state, _) in found.items() if state is State.KEPT} == (
        {"an event", "the end"} - broken
    )


def _annotated(bugs: frozenset[str]) -> Any:
    from starlette.applications import Starlette

    def fresh() -> Starlette:
        return live.make(bugs)

    fresh.__annotations__ = {"return": Starlette}
    return fresh
