"""Parameters of a list that bound a number of its items."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import State

CODE = """
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query
from pydantic import BaseModel

ITEMS = [{"id": i, "price": price} for i, price in enumerate([5, 7, 7, None, 9, 10000], 1)]


class Item(BaseModel):
    id: int
    price: int | None


def create() -> FastAPI:
    app = FastAPI()

    @app.get("/items")
    async def items(
        min_price: Annotated[int | None, Query(ge=0, le=9)] = None, max_price: int | None = None
    ) -> list[Item]:
        found = [Item(**each) for each in ITEMS]
        if min_price is not None:
            found = [each for each in found if LEAST]
        if max_price is not None:
            found = [each for each in found if MOST]
        return found

    @app.get("/items/{item_id}", responses={404: {}})
    async def item(item_id: int) -> Item:
        if not 1 <= item_id <= len(ITEMS):
            raise HTTPException(404)
        return Item(**ITEMS[item_id - 1])

    return app
"""
LEAST = "each.price is not None and each.price >= min_price"
MOST = "each.price is None or each.price <= max_price"


@pytest.mark.parametrize(
    ("least", "most", "state"),
    [
        (LEAST, MOST, State.KEPT),
        ("each.price and each.price > min_price", MOST, State.BROKEN),
        (LEAST, "True", State.BROKEN),
        (LEAST, "each.price is None or each.price < max_price", State.BROKEN),
    ],
)
def test_a_bound_finds_the_items_up_to_it(
    tmp_path: Path, least: str, most: str, state: State
) -> None:
    name = f"bounds_{abs(hash(str(tmp_path)))}"
    (tmp_path / f"{name}.py").write_text(CODE.replace("LEAST", least).replace("MOST", most))
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    path = tmp_path / "items.contract.yaml"
    path.write_text(
        f"stagepact: 1\nname: i\nservices:\n  i:\n    app: '{name}:create'\n    openapi: true\n"
    )
    plan = make_plan(open_project([path], tmp_path))
    targets = [t for t in plan.targets if t.items[0].clause.kind == "service.filter"]
    found = [v.state for t in targets for v in check(t, Options(max_examples=5, seed=1))]
    sys.modules.pop(name, None)
    assert found == [state]
