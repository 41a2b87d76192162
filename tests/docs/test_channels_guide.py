"""docs/guides/channels.md: the bus that it shows keeps the contract that it shows."""

from pathlib import Path

import pytest
from test_blocks import ROOT, blocks

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict import State

GUIDE = blocks((ROOT / "docs" / "guides" / "channels.md").read_text(encoding="utf-8"))


def test_the_bus_keeps_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(block.body for block in GUIDE if block.info == "python")
    contract = next(block.body for block in GUIDE if block.info == "yaml")
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "news_of_guide.py").write_text(code)
    (tmp_path / "news.contract.yaml").write_text(contract.replace("news:Bus", "news_of_guide:Bus"))
    monkeypatch.syspath_prepend(tmp_path)
    plan = make_plan(open_project([tmp_path / "news.contract.yaml"], tmp_path))
    found = [each for target in plan.targets for each in check(target, Options(seed=0))]
    assert plan.problems == ()
    assert len(found) == 10
    assert {each.state for each in found} == {State.KEPT}


def test_the_client_keeps_its_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(b.body for b in GUIDE if b.info == "python" and "async def run" in b.body)
    contract = next(b.body for b in GUIDE if b.info == "yaml" and "client:" in b.body)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "follow_of_guide.py").write_text(code)
    text = contract.replace("live.follow:run", "follow_of_guide:run")
    (tmp_path / "follower.contract.yaml").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    plan = make_plan(open_project([tmp_path / "follower.contract.yaml"], tmp_path))
    found = [each for target in plan.targets for each in check(target, Options(seed=0))]
    assert plan.problems == ()
    assert [each.state for each in found] == [State.KEPT] * 5
