"""docs/guides/faults.md: the stage that it shows keeps its contract, and the broken one doesn't."""

from pathlib import Path

import pytest
from test_blocks import ROOT, blocks

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict import State
from stagepact.verdict.model import Verdict

GUIDE = blocks((ROOT / "docs" / "guides" / "faults.md").read_text(encoding="utf-8"))
CODE = next(block.body for block in GUIDE if block.info == "python")
CONTRACT = next(block.body for block in GUIDE if block.info == "yaml")


def verdicts(
    code: str, folder: Path, monkeypatch: pytest.MonkeyPatch, module: str
) -> list[Verdict]:
    (folder / "pyproject.toml").write_text("[tool.stagepact]\n")
    (folder / f"{module}.py").write_text(code)
    text = CONTRACT
    for name in ("price", "Rates", "Cache"):
        text = text.replace(f'"price:{name}"', f'"{module}:{name}"')
    (folder / "price.contract.yaml").write_text(text)
    monkeypatch.syspath_prepend(folder)
    plan = make_plan(open_project([folder / "price.contract.yaml"], folder))
    assert plan.problems == ()
    return [v for target in plan.targets for v in check(target, Options(seed=0, prove=True))]


def test_the_stage_keeps_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = verdicts(CODE, tmp_path, monkeypatch, "price_of_guide")
    kept = [each for each in found if each.state is State.KEPT]
    idle = [each for each in found if each.state is State.NOT_EXERCISED]
    assert (len(kept), len(idle), len(found)) == (29, 4, 33)
    assert {each.reason for each in idle} == {"nothing that rates gave can be spoiled so"}
    assert {each.unfailing for each in kept} == {""}


def test_the_broken_one_breaks_what_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = CODE.replace("asyncio.sleep(wait)", "asyncio.sleep(0)").replace(
        "asyncio.wait_for(rates.of(sku), 2)", "rates.of(sku)"
    )
    code = code.replace(' or getattr(error, "status", None) == 403', "")
    found = verdicts(code, tmp_path, monkeypatch, "broken_price_of_guide")
    assert {each.item.clause for each in found if each.state is State.BROKEN} == {
        "faults.rates.hang",
        "faults.rates.timeout.retries",
        "faults.rates.403.retries",
    }
