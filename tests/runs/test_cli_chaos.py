"""`stagepact chaos`: the clauses of chaos and no others, told as `check` tells them."""

from __future__ import annotations

import json

import pytest
from tiny_project import Project

CODE = """
def read(n: int) -> str:
    try:
        with open(__file__) as file:
            return file.read(3)
    except OSError:
        return "closed"

def careless(n: int) -> str:
    with open(__file__) as file:
        return file.read(3)
"""
CONTRACT = """
name: files
uses: [files_of_ours]
stages:
  read:
    subject: files_of_ours:read
    given: {input: {type: integer}}
    output: {json: true}
    chaos: [too-many-files, network]
"""
CARELESS = """
  careless:
    subject: files_of_ours:careless
    given: {input: {type: integer}}
    chaos: [too-many-files]
"""


@pytest.fixture
def files(project: Project) -> Project:
    project.file("files_of_ours.py", CODE)
    project.file("contracts/files.contract.yaml", CONTRACT)
    return project


def test_only_chaos_is_run(files: Project) -> None:
    result = files.run("chaos", "--verbose")
    assert result.exit_code == 0
    assert "✓ chaos.too-many-files[direct]" in result.stdout
    assert "network never happened: nothing was connected to" in result.stdout
    assert "output.json" not in result.stdout


def test_what_is_broken_ends_by_1_and_strict_fails_what_never_happened(files: Project) -> None:
    assert files.run("chaos", "--strict").exit_code == 1
    assert files.run("chaos", "--strict", "-k", "too-many").exit_code == 0
    files.file("contracts/files.contract.yaml", CONTRACT + CARELESS)
    result = files.run("chaos")
    assert result.exit_code == 1
    assert "error (OSError: [Errno 24] Too many open files" in result.stdout


def test_json_goes_to_stdout(files: Project) -> None:
    told = json.loads(files.run("chaos", "--json").stdout)
    clauses = {each["item"]["clause"] for each in told["verdicts"]}
    assert clauses == {
        "chaos.too-many-files", "chaos.too-many-files.recovers", "chaos.network",
        "chaos.network.recovers",
    }  # fmt: skip


def test_without_any_it_is_used_wrongly(files: Project) -> None:
    result = files.run("chaos", "-k", "killed")
    assert result.exit_code == 2
    assert "in no clause of chaos" in result.stderr
