"""The bar of long work: on a terminal it tells the target and its cases, elsewhere nothing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tiny_project import KEPT, Project

SLOW = """
import time


def slow(input: int) -> int:
    time.sleep(0.4)
    return input
"""
CONTRACT = """
    stagepact: 1
    name: slow
    stages:
      slow:
        subject: "slow:slow"
        fuzz: false
        output: {data: {type: integer}}
        examples:
          - {name: one, given: {input: 1}, output: {data: 1}}
          - {name: two, given: {input: 2}, output: {data: 2}}
          - {name: three, given: {input: 3}, output: {data: 3}}
"""


def on_terminal(project: Project, *arguments: str) -> str:
    """All that a command writes on a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "stagepact", *arguments]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=project.root, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    ) as process:
        os.close(theirs)
        seen = b""
        while chunk := _read(ours):
            seen += chunk
        process.wait()
    os.close(ours)
    return seen.decode(errors="replace")


def _read(file: int) -> bytes:
    try:
        return os.read(file, 65_536)
    except OSError:  # nobody writes any more
        return b""


def slow(project: Project) -> None:
    project.file("slow.py", SLOW)
    project.file("contracts/slow.contract.yaml", CONTRACT)


def test_a_terminal_sees_which_case_of_which_target_is_run(project: Project) -> None:
    slow(project)
    seen = on_terminal(project, "check")
    assert "checking slow" in seen
    assert "2/3" in seen
    assert "kept" in seen


def test_elsewhere_nothing_is_drawn(project: Project) -> None:
    slow(project)
    project.file("contracts/shop.contract.yaml", KEPT)
    assert "checking" not in project.process("check").stderr
