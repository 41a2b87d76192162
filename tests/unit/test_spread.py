"""How xdist's workers share contracts: what shares its runs stays together."""

from __future__ import annotations

import pytest

from stagepact.pytest_plugin.spread import scope

OPERATION = "contracts/shop.contract.yaml::GET /orders/{id}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{OPERATION}::responses.status[asgi]", f"{OPERATION}::within.max[asgi]"),
        (
            f"{OPERATION}::responses.status[asgi]",
            "contracts/b.yaml::GET /orders/{id}::holds.a[asgi]",
        ),
        ("c.contract.yaml::a::events.order[pipeline]", "c.contract.yaml::b::output.data[pipeline]"),
        ("c.contract.yaml::*::events.order[graph]", "c.contract.yaml::b::output.data[graph]"),
    ],
)
def test_clauses_of_the_same_runs_stay_together(one: str, other: str) -> None:
    assert scope(one) == scope(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{OPERATION}::holds.a[asgi]", f"{OPERATION}::holds.a[http]"),
        (f"{OPERATION}::holds.a[asgi]", "contracts/shop.contract.yaml::GET /orders::holds.a[asgi]"),
        ("c.yaml::/orders::laws.delete[asgi]", "c.yaml::/orders::laws.filter[asgi]"),
        ("c.yaml::progress::laws.burst[asgi]", "c.yaml::progress::laws.ordered[asgi]"),
        ("c.yaml::a::output.data[direct]", "c.yaml::a::output.data[pipeline]"),
    ],
)
def test_clauses_of_other_runs_may_part(one: str, other: str) -> None:
    assert scope(one) != scope(other)
