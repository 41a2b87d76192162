"""The bank's broker selects and judges as the Pact Broker's documentation says."""

from __future__ import annotations

from typing import Any

import pytest

from bank.broker import Broker, Published


def content(status: int, provider: str = "api") -> dict[str, Any]:
    response = {"request": {"path": "/"}, "response": {"status": status}, "description": "a"}
    return {"consumer": {"name": "ui"}, "provider": {"name": provider}, "interactions": [response]}


@pytest.fixture
def broker() -> Broker:
    """`ui` has 1 and 2 on main, 3 on feature and 4 on a branch of its own; `app` has 7 on main."""
    made = Broker()
    table = [
        ("ui", "1", "main", 200),
        ("ui", "2", "main", 201),
        ("ui", "3", "feature", 202),
        ("ui", "4", "lonely", 201),
        ("app", "7", "main", 204),
    ]
    for consumer, version, branch, status in table:
        made.on_branch(consumer, version, branch)
        made.publish(made.make(consumer, version, content(status)))
    made.version("ui", "1").deployed.append("production")
    made.version("ui", "1").tags.append("old")
    made.version("app", "7").released.append("store")
    return made


def chosen(broker: Broker, *selectors: dict[str, Any], **asked: Any) -> list[str]:
    selected = broker.select("api", {"consumerVersionSelectors": list(selectors), **asked})
    return sorted(f"{each.pact.consumer} {each.pact.version}" for each in selected)


SELECTED = [
    ([], ["app 7", "ui 4"]),
    ([{"latest": True}], ["app 7", "ui 4"]),
    ([{"mainBranch": True}], ["app 7", "ui 2"]),
    ([{"mainBranch": True, "consumer": "ui"}], ["ui 2"]),
    ([{"branch": "feature"}], ["ui 3"]),
    ([{"branch": "feature", "fallbackBranch": "main"}], ["app 7", "ui 3"]),
    ([{"branch": "gone"}], []),
    ([{"deployedOrReleased": True}], ["app 7", "ui 1"]),
    ([{"deployed": True}], ["ui 1"]),
    ([{"released": True}], ["app 7"]),
    ([{"environment": "production"}], ["ui 1"]),
    ([{"environment": "store", "deployedOrReleased": True}], ["app 7"]),
    ([{"tag": "old", "latest": True}], ["ui 1"]),
    ([{"mainBranch": True}, {"branch": "lonely"}], ["app 7", "ui 2"]),  # 4 has the content of 2
]


@pytest.mark.parametrize(("selectors", "expected"), SELECTED, ids=str)
def test_selectors(broker: Broker, selectors: list[dict[str, Any]], expected: list[str]) -> None:
    assert chosen(broker, *selectors) == expected


def test_the_matching_branch_is_the_providers(broker: Broker) -> None:
    asked = {"matchingBranch": True}
    assert chosen(broker, asked, providerVersionBranch="feature") == ["ui 3"]
    assert chosen(broker, asked, providerVersionBranch="other") == []


def verified(broker: Broker, version: str, branch: str, *, success: bool = True) -> Published:
    broker.on_branch("api", version, branch)
    pact = next(each for each in broker.pacts if each.version == "2")
    broker.result(pact, {"providerApplicationVersion": version, "success": success})
    return pact


def pending(broker: Broker, branch: str) -> bool:
    asked = {
        "consumerVersionSelectors": [{"mainBranch": True, "consumer": "ui"}],
        "includePendingStatus": True,
        "providerVersionBranch": branch,
    }
    [selected] = broker.select("api", asked)
    return selected.pending


def test_a_pact_is_pending_until_the_branch_has_verified_it(broker: Broker) -> None:
    assert pending(broker, "main")
    verified(broker, "p1", "main", success=False)
    assert pending(broker, "main")
    verified(broker, "p2", "main")
    assert not pending(broker, "main")
    assert pending(broker, "feature")


def test_wip_pacts_are_new_heads_of_branches_that_nobody_asked_for(broker: Broker) -> None:
    asked = {
        "consumerVersionSelectors": [{"mainBranch": True}],
        "includePendingStatus": True,
        "includeWipPactsSince": "2026-01-01",
        "providerVersionBranch": "main",
    }
    found = broker.select("api", asked)
    assert [(each.pact.version, each.pending) for each in found if each.wip] == [("3", True)]
    assert not any(
        each.wip for each in broker.select("api", {**asked, "includeWipPactsSince": "2027-01-01"})
    )


def test_a_version_publishes_one_content(broker: Broker) -> None:
    assert broker.publish(broker.make("ui", "1", content(200))) is broker.pacts[0]
    with pytest.raises(ValueError, match="the content differs"):
        broker.publish(broker.make("ui", "1", content(500)))


def test_the_newest_result_of_a_version_counts(broker: Broker) -> None:
    pact = verified(broker, "p1", "main", success=False)
    verified(broker, "p1", "main")
    found = broker.newest_result(pact, "p1")
    assert found is not None
    assert found.success
    assert broker.newest_result(pact, "p2") is None
