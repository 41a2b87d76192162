"""Tiny projects: files in a folder, a command on them, and what came out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from stagepact.cli import main

Ran: TypeAlias = subprocess.CompletedProcess[str]
_OPTIONS = ("-p", "no:cacheprovider", "-p", "no:pact")


@dataclass(frozen=True)
class Project:
    """A folder that is a project, and the commands in it."""

    root: Path

    def file(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def run(self, *arguments: str) -> Result:
        """Run a command in this process; an exception that gets out is the test's."""
        result = CliRunner().invoke(main, arguments, prog_name="stagepact", catch_exceptions=False)
        assert "Traceback (most recent call last)" not in result.stderr
        return result

    def json(self, *arguments: str) -> Any:
        """Run a command whose stdout is JSON and nothing else."""
        return json.loads(self.run(*arguments).stdout)

    def pytest(self, *arguments: str) -> Ran:
        """Run pytest in this process: what it imports beside the project's code stays imported.

        It does without faulthandler, which is this process's own.
        """
        options = (*_OPTIONS, "-p", "no:faulthandler")
        out, err = io.StringIO(), io.StringIO()
        with self._imports(), redirect_stdout(out), redirect_stderr(err):
            code = pytest.main([*options, *arguments])
        return Ran([*arguments], int(code), out.getvalue(), err.getvalue())

    @contextmanager
    def _imports(self) -> Iterator[None]:
        """The project's modules, and what leads to them, are forgotten afterwards."""
        path, before = [*sys.path], {**sys.modules}
        yield
        sys.path[:] = path
        for name, module in [*sys.modules.items()]:
            if Path(getattr(module, "__file__", None) or "/").is_relative_to(self.root):
                del sys.modules[name]
                sys.modules |= {name: before[name]} if name in before else {}

    def pytest_process(self, *arguments: str) -> Ran:
        """Run pytest as users do."""
        command = [sys.executable, "-m", "pytest", *_OPTIONS, *arguments]
        return subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, encoding="utf-8", check=False
        )

    def process(self, *arguments: str) -> Ran:
        """Run a command as users do."""
        command = [sys.executable, "-m", "stagepact", *arguments]
        return subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, encoding="utf-8", check=False
        )


SHOP = '''
    """A shop's stages."""

    from pydantic import BaseModel

    import stagepact


    class Order(BaseModel):
        """What is ordered."""

        id: int
        lines: list[str] = []


    class Price(BaseModel):
        """What it costs."""

        order: int
        total: int


    @stagepact.contract_subject()
    def price(order: Order) -> Price:
        """Ten for each line; a mistake for more than two."""
        total = -1 if len(order.lines) > 2 else 10 * len(order.lines)
        return Price(order=order.id, total=total)
'''

KEPT = """
    stagepact: 1
    name: shop
    uses: [shop]
    schemas:
      Order: {model: "shop:Order"}
      Price: {model: "shop:Price"}
    stages:
      price:
        given: {input: {$ref: "#/schemas/Order"}}
        output:
          data: {$ref: "#/schemas/Price"}
        examples:
          - name: two
            given: {input: {id: 1, lines: [a, b]}}
            output: {data: {order: 1, total: 20}}
"""

BROKEN = (
    KEPT
    + """
        holds: {never negative: output.total >= 0}
"""
)


def lose_a_module(project: Project) -> None:
    """Settings that name a package, one of whose modules raises when it is imported."""
    project.file("pyproject.toml", "[tool.stagepact]\npackages = ['parts']\nmax-examples = 5\n")
    project.file("parts/__init__.py", "")
    project.file("parts/lost.py", "1 / 0\n")
