"""What counts as the same pact, however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stagepact.pact.deploying.digest import interaction_digest, pact_digest
from stagepact.pact.files import parse_pact
from stagepact.pact.model import Pact


def pact(interaction: dict[str, Any], version: str = "4.0", **how: Any) -> Pact:
    document = {
        "consumer": {"name": "ui"},
        "provider": {"name": "api"},
        "interactions": [interaction],
        "metadata": {"pactSpecification": {"version": version}},
    }
    return parse_pact(json.dumps(document, **how), "ui-api.json")


def order(**more: Any) -> dict[str, Any]:
    return {
        "type": "Synchronous/HTTP",
        "description": "an order",
        "providerStates": [{"name": "it is there", "params": {"id": 7}}],
        "request": {"method": "GET", "path": "/orders/7"},
        "response": {
            "status": 200,
            "headers": {"Content-Type": ["application/json"]},
            "body": {"content": {"id": 7, "lines": [1]}, "contentType": "application/json"},
            "matchingRules": {"body": rules({"$.id": "integer", "$.lines": "type"})},
        },
        **more,
    }


def rules(kinds: dict[str, str]) -> dict[str, Any]:
    return {path: {"matchers": [{"match": kind}]} for path, kind in kinds.items()}


def ruled(kinds: dict[str, str]) -> dict[str, Any]:
    response = {"status": 200, "body": {"a": {"b": 1}}, "matchingRules": {"body": rules(kinds)}}
    return order(response=response)


def digest(interaction: dict[str, Any], **how: Any) -> str:
    return interaction_digest(pact(interaction, **how).interactions[0])


SAME = [
    ("spaces and the order of keys", order(), {"indent": 4, "sort_keys": True}),
    ("a key", order(key="f00"), {}),
    ("whether it is pending", order(pending=True), {}),
    ("comments", order(comments={"text": ["by Ada"]}), {}),
]


@pytest.mark.parametrize(("what", "written", "how"), SAME, ids=lambda each: str(each)[:20])
def test_what_demands_nothing_does_not_count(
    what: str, written: dict[str, Any], how: dict[str, Any]
) -> None:
    assert digest(written, **how) == digest(order()), what


DIFFERENT = [
    order(description="the order"),
    order(providerStates=[]),
    order(providerStates=[{"name": "it is there", "params": {"id": 8}}]),
    order(request={"method": "GET", "path": "/orders/8"}),
    order(request={"method": "PUT", "path": "/orders/7"}),
    order(request={"method": "GET", "path": "/orders/7", "query": {"a": ["1"]}}),
    order(response={**order()["response"], "status": 201}),
    order(response={**order()["response"], "headers": {"Content-Type": ["text/plain"]}}),
    order(response={**order()["response"], "body": {"content": {"id": 8, "lines": [1]}}}),
    order(response={**order()["response"], "body": {"content": {"id": 7.0, "lines": [1]}}}),
    order(response={**order()["response"], "body": {"content": {"id": True, "lines": [1]}}}),
    order(response={**order()["response"], "matchingRules": {"body": rules({"$.id": "number"})}}),
    order(response={**order()["response"], "matchingRules": {}}),
]


def test_whatever_could_change_what_is_demanded_counts() -> None:
    digests = [digest(each) for each in (order(), *DIFFERENT)]
    assert len(set(digests)) == len(digests)


def test_rules_may_stand_in_any_order_where_that_decides_nothing() -> None:
    one, other = {"$.a.b": "integer", "$.c": "type"}, {"$.c": "type", "$.a.b": "integer"}
    assert digest(ruled(one)) == digest(ruled(other))


@pytest.mark.parametrize("paths", [("$.a.*", "$.*.b"), ("$.a", "$.a.*"), ("$.a.b", "$.a['b']")])
def test_of_two_rules_that_weigh_the_same_the_first_counts(paths: tuple[str, str]) -> None:
    one, other = paths
    assert digest(ruled({one: "integer", other: "type"})) != digest(
        ruled({other: "type", one: "integer"})
    )


def test_versions_that_say_the_same_are_the_same() -> None:
    plain = {
        "description": "an order",
        "request": {"path": "/orders/7"},
        "response": {"status": 200, "body": {"id": 7}},
    }
    assert digest(plain, version="2.0.0") == digest(plain, version="3.0.0")


def test_a_pact_is_who_expects_what_of_whom_in_any_order() -> None:
    first, second = order(), order(description="another")

    def both(*interactions: dict[str, Any], consumer: str = "ui") -> str:
        document = {
            "consumer": {"name": consumer},
            "provider": {"name": "api"},
            "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
        return pact_digest(parse_pact(json.dumps(document), "a.json"))

    assert both(first, second) == both(second, first)
    assert len({both(first, second), both(first), both(first, consumer="app")}) == 3
