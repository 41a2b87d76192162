"""docs/guides/openapi.md: the app that it shows keeps the contract that it shows."""

from pathlib import Path

import pytest
from test_blocks import ROOT, blocks

from stagepact.flow import Options, check
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict import State

GUIDE = blocks((ROOT / "docs" / "guides" / "openapi.md").read_text(encoding="utf-8"))


def test_the_app_keeps_its_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = next(block.body for block in GUIDE if block.info == "python")
    contract = next(block.body for block in GUIDE if block.info == "yaml")
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "library_of_guide.py").write_text(code)
    text = contract.replace("library:create", "library_of_guide:create")
    (tmp_path / "library.contract.yaml").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    plan = make_plan(open_project([tmp_path / "library.contract.yaml"], tmp_path))
    found = [each for target in plan.targets for each in check(target, Options(seed=0))]
    assert plan.problems == ()
    kept = {f"{e.item.subject}::{e.item.clause}" for e in found if e.state is State.KEPT}
    assert {each for each in found if each.state is State.BROKEN} == set()
    assert "GET /books/{book_id}::responses.200.body" in kept
    assert "POST /books::invalid-refused" in kept
