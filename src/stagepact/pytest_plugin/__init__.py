"""The door to pytest: contract files are collected, one real item a clause and path.

This module is imported by every pytest run of an environment that has stagepact installed,
so it imports nothing but pytest; `items`, with all the rest, is imported when the first
contract file is seen (docs/decisions/0002).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

_SUFFIXES = (".contract.yaml", ".contract.yml", ".contract.json")

MARKERS = {
    "contract": "a clause of a contract (stagepact)",
    "fuzz": "runs generated cases",
    "fault": "runs with injected faults",
    "chaos": "runs while something is taken away",
    "law": "a named law",
    "pact": "an interaction of a pact",
    "performance": "is about time",
    "unit": "one unit, nothing else",
    "property": "a property over generated values",
    "integration": "several parts together",
    "e2e": "the whole, from outside",
    "slow": "takes long",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all named `--stagepact-…`."""
    group = parser.getgroup("stagepact", "contracts (stagepact)")
    group.addoption(
        "--stagepact-max-examples",
        type=int,
        metavar="N",
        help="generated cases a subject and path (else the Hypothesis profile's max_examples)",
    )
    group.addoption(
        "--stagepact-no-fuzz", action="store_true", help="only the written examples are run"
    )
    group.addoption(
        "--stagepact-strict", action="store_true", help="a clause that is not exercised fails"
    )
    group.addoption("--stagepact-html", metavar="FILE", help="write the verdicts as one HTML page")
    group.addoption("--stagepact-json", metavar="FILE", help="write the verdicts as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def is_contract(path: Path) -> bool:
    """Whether a file's name says that it is a contract."""
    name = path.name
    return name.endswith(_SUFFIXES) or (name.startswith("contract_") and path.suffix == ".py")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Contract files; the one late import of this door."""
    if not is_contract(file_path):
        return None
    items: Any = import_module("stagepact.pytest_plugin.items")
    plugins = parent.config.pluginmanager
    if not plugins.has_plugin("stagepact-verdicts"):
        plugins.register(items.Verdicts(parent.config), "stagepact-verdicts")
    collector: pytest.Collector = items.ContractFile.from_parent(parent, path=file_path)
    return collector
