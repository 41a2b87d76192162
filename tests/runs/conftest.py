"""A tiny project in a folder of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_project import BROKEN, KEPT, SHOP, Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """An empty project; the modules that it imports are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    made = Project(tmp_path)
    made.file("pyproject.toml", "[tool.stagepact]\nmax-examples = 30\n")
    yield made
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name not in before and file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.fixture
def shop(project: Project) -> Project:
    """A shop whose contract is kept."""
    project.file("shop.py", SHOP)
    project.file("contracts/shop.contract.yaml", KEPT)
    return project


@pytest.fixture
def broken_shop(shop: Project) -> Project:
    """A shop with a mistake that only many lines show."""
    shop.file("contracts/shop.contract.yaml", BROKEN)
    return shop
