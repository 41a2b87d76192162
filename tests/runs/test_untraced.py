"""Coverage is measured of each test but those that are marked `untraced`, and whole folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

HERE = Path(__file__).parents[1]
CODE = """
def first():
    return 1

def second():
    return 2

def in_process():
    return 3

def in_folder():
    return 4
"""
TESTS = """
import subprocess, sys
import pytest
import measured

def test_traced():
    assert measured.first() == 1

@pytest.mark.untraced
def test_untraced():
    assert measured.second() == 2
    subprocess.run([sys.executable, "-c", "import measured; measured.in_process()"], check=True)

def test_traced_again():
    assert measured.first() == 1
"""
SETTINGS = """
[tool.coverage.run]
parallel = true
patch = ["subprocess"]
source_pkgs = ["measured"]
"""


@pytest.mark.untraced
def test_what_is_untraced_is_not_covered_and_what_comes_after_it_is(tmp_path: Path) -> None:
    written = {"measured.py": CODE, "test_them.py": TESTS, "pyproject.toml": SETTINGS}
    written["property/test_more.py"] = (
        "import measured\n\ndef test_it():\n    assert measured.in_folder() == 4\n"
    )
    for name, text in written.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    (tmp_path / "conftest.py").write_text((HERE / "conftest.py").read_text(encoding="utf-8"))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COVERAGE_", "PYTEST_"))}
    paths = os.pathsep.join(map(str, (tmp_path, HERE.parent / "tools", HERE.parent / "src")))
    for command in (
        ["run", "-m", "pytest", "-q", "-p", "no:cacheprovider", "property", "test_them.py"],
        ["combine", "-q"],
        ["json", "-q", "-o", "told.json"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "coverage", *command],
            cwd=tmp_path,
            env={**kept, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    functions = json.loads((tmp_path / "told.json").read_text())["files"]["measured.py"][
        "functions"
    ]
    covered = {name for name, each in functions.items() if name and each["executed_lines"]}
    assert covered == {"first"}
