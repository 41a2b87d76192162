"""docs/guides/scenarios.md: the shop that it shows keeps the contract that it shows."""

from pathlib import Path

import pytest
from test_blocks import ROOT, blocks

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict import State, Verdict

GUIDE = blocks((ROOT / "docs" / "guides" / "scenarios.md").read_text(encoding="utf-8"))
CODE = next(block.body for block in GUIDE if block.info == "python")
CONTRACT = next(block.body for block in GUIDE if block.info == "yaml")


def checked(code: str, module: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    (here / "pyproject.toml").write_text("[tool.stagepact]\n")
    (here / f"{module}.py").write_text(code)
    (here / "shop.contract.yaml").write_text(
        CONTRACT.replace("shop:", f"{module}:", 0).replace('"shop:', f'"{module}:')
    )
    monkeypatch.syspath_prepend(here)
    plan = make_plan(open_project([here / "shop.contract.yaml"], here))
    assert plan.problems == ()
    return [each for target in plan.targets for each in check(target, Options(seed=0))]


def test_the_shop_keeps_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = checked(CODE, "shop_of_guide", tmp_path, monkeypatch)
    laws = {each.item.name.partition("[")[0] for each in found}
    told = {f"laws.{law}" for law in ("create-read", "list-get", "pagination", "filter")}
    assert told | {"laws.sequences", "conservation.orders are counted"} <= laws
    assert {f"lifecycle.allowed.{state}" for state in ("open", "paid")} <= laws
    assert {f"lifecycle.forbidden.{state}" for state in ("open", "paid", "sent")} <= laws
    assert State.BROKEN not in {each.state for each in found}
    over_calls = ("laws.", "conservation.", "lifecycle.")
    scenarios = [each for each in found if each.item.name.startswith(over_calls)]
    assert {f"{e.item.name}: {e.reason}" for e in scenarios if e.state is not State.KEPT} == set()


def test_a_mistake_in_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mistaken = CODE.replace("len(orders)}", "len(orders) and 1}")
    assert mistaken != CODE
    found = checked(mistaken, "shop_of_guide_mistaken", tmp_path, monkeypatch)
    broken = [each.item.name for each in found if each.state is State.BROKEN]
    assert broken == ["conservation.orders are counted[wsgi]"]
