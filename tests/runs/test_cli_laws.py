"""`stagepact laws`: what it lists, and what it says of a word that is no law."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stagepact.cli.door import main
from stagepact.contract.law_list import all_laws

PLUGIN = """
from stagepact.contract.laws import OwnLaw
from stagepact.hooks import impl


@impl
def stagepact_laws():
    return [OwnLaw("acme.even", "what is returned is even", None, None, None, source="us")]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings = '[tool.stagepact]\nplugins = ["acme_even"]\npythonpath = ["."]\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    (tmp_path / "acme_even.py").write_text(PLUGIN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_laws_are_listed_with_those_of_plugins(project: Path) -> None:
    done = CliRunner().invoke(main, ["laws", "--json"])
    assert done.exit_code == 0, done.output
    listed = json.loads(done.output)
    names = {(each["section"], each["name"]) for each in listed}
    assert names == {(each.section, each.name) for each in all_laws()} | {("stages", "acme.even")}


def test_words_choose_laws_and_sections(project: Path) -> None:
    done = CliRunner().invoke(main, ["laws", "acme.even", "nothing-leaked"])
    assert done.output.splitlines() == [
        "stages",
        "  nothing-leaked",
        "    no task, thread or open file is left, run after run",
        "    source: structured concurrency: what a call starts has ended when it ends",
        "    needs: a case",
        "  acme.even",
        "    what is returned is even",
        "    source: us",
        "    needs: a case",
        "pipelines",
        "  nothing-leaked",
        "    when a run has ended, in whatever way, none of its stages runs",
        "    source: structured concurrency: what a call starts has ended when it ends",
        "    needs: a runtime that builds pipelines of its own",
    ]


def test_a_word_that_is_no_law_is_told_with_the_nearest(project: Path) -> None:
    done = CliRunner().invoke(main, ["laws", "idempotant"])
    assert done.exit_code == 2
    assert "did you mean 'idempotent'?" in done.output
