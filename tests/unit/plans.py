"""Plans of contracts and modules that a test writes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from stagepact.flow import Options, check
from stagepact.plan import Plan
from stagepact.plan.door import make_plan, open_project
from stagepact.verdict.model import Verdict

Make = Callable[..., Plan]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """The plan of contracts (by name, of YAML) and of a module `code`."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def make(code: str = "", settings: str = "", **contracts: str) -> Plan:
        (tmp_path / "pyproject.toml").write_text(f"[tool.stagepact]\n{dedent(settings)}")
        (tmp_path / "code_of_plan.py").write_text("import stagepact\n" + dedent(code))
        for name, text in contracts.items():
            path = tmp_path / "contracts" / f"{name}.contract.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"name: {name}\nuses: [code_of_plan]\n" + dedent(text))
        return make_plan(open_project([], tmp_path))

    yield make
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and name.startswith("code_of_plan"):
            del sys.modules[name]


def verdicts(plan: Plan) -> dict[str, Verdict]:
    """What checking a plan finds, by `subject::clause[path]`."""
    return {f"{each.item.subject}::{each.item.name}": each for each in all_verdicts(plan)}


def all_verdicts(plan: Plan) -> list[Verdict]:
    """What checking a plan finds, in order."""
    options = Options(max_examples=30, seed=0)
    return [verdict for target in plan.targets for verdict in check(target, options)]


def told(plan: Plan) -> list[str]:
    """The problems in words, each with its place."""
    return [str(problem) for problem in plan.problems]
