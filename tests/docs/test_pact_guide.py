"""What docs/pact.md shows of `stagepact pact write` is what comes out for its contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from stagepact.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pact.md"


def block(heading: str, info: str) -> str:
    """The first fenced block of this kind below a heading."""
    below = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    return below.partition(f"\n```{info}\n")[2].partition("\n```\n")[0]


def test_the_losses_are_those_of_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\ncontracts = ['.']\n")
    contract = tmp_path / "ui.contract.yaml"
    contract.write_text(block("Made of contracts", "yaml"), encoding="utf-8")
    result = CliRunner().invoke(main, ["pact", "write", "--losses"], catch_exceptions=False)
    command, shown = block("What is lost", "console").split("\n", 1)
    assert command == "$ stagepact pact write --losses"
    assert result.stdout == shown + "\n"
