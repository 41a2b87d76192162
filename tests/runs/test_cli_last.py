"""`stagepact last`: the last recorded run again."""

from __future__ import annotations

import json
from pathlib import Path

from tiny_project import Project


def test_the_last_run_is_shown_again_and_ends_as_it_did(broken_shop: Project) -> None:
    checked = broken_shop.run("check", "--seed", "0")
    last = broken_shop.run("last")
    assert last.exit_code == checked.exit_code == 1
    assert last.stdout == checked.stdout


def test_it_is_written_as_page_and_values_too(shop: Project) -> None:
    shop.run("check")
    result = shop.run("last", "--html", "last.html", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["stagepact_run"] == 1
    assert "<html" in Path("last.html").read_text()


def test_without_a_run_it_says_what_to_do(project: Project) -> None:
    result = project.run("last")
    assert result.exit_code == 2
    assert "run `stagepact check` first" in result.stderr
    assert not (project.root / ".stagepact").exists()
