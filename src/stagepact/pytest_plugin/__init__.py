"""The door to pytest: contract files are collected, one real item a clause and path.

This module is imported by every pytest run of an environment that has stagepact installed,
so it imports nothing but pytest; `items`, with all the rest, is imported when the first
contract file is seen (docs/decisions/0002).
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

VERDICTS = "stagepact-verdicts"
_PAUSED = pytest.StashKey[bool]()

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
        type=_positive,
        metavar="N",
        help="generated cases a subject and path (else the Hypothesis profile's max_examples)",
    )
    group.addoption(
        "--stagepact-no-fuzz", action="store_true", help="only the written examples are run"
    )
    group.addoption(
        "--stagepact-strict",
        action="store_true",
        help="a clause that is not exercised fails, and so does code without a contract",
    )
    group.addoption(
        "--stagepact-prove", action="store_true", help="a kept clause that can't fail, fails"
    )
    group.addoption(
        "--stagepact-base-url",
        action="append",
        default=[],
        metavar="[NAME=]URL",
        help="where the service NAME answers, or all of them",
    )
    group.addoption(
        "--stagepact-pact-engine",
        choices=("native", "official"),
        help="what verifies pacts: stagepact itself, or pact-python's Verifier",
    )
    group.addoption("--stagepact-html", metavar="FILE", help="write the verdicts as one HTML page")
    group.addoption("--stagepact-json", metavar="FILE", help="write the verdicts as JSON")


def _positive(text: str) -> int:
    """A number of cases; 0 is `--stagepact-no-fuzz`."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_positive.__name__ = "whole number above 0"  # argparse names the type in its message


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def is_contract(path: Path) -> bool:
    """Whether a file's name says that it is a contract."""
    name = path.name
    return name.endswith(_SUFFIXES) or (name.startswith("contract_") and path.suffix == ".py")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Contract files."""
    if not is_contract(file_path):
        return None
    _pause_collector(parent.config)
    file: Any = _awake(parent.config).ContractFile
    collector: pytest.Collector = file.from_parent(parent, path=file_path)
    return collector


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With xdist's default distribution, clauses that share runs go to one worker."""
    if config.getoption("dist") != "load":
        return None
    return import_module("stagepact.pytest_plugin.spread").Spread(config, log, is_contract)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """The controller of xdist collects nothing itself, and yet it is what keeps the verdicts."""
    if any(is_contract(Path(id_.partition("::")[0])) for id_ in ids):
        _awake(node.config)


@pytest.fixture
def inject_fault() -> Iterator[Any]:
    """Let something fail until the test ends, or while a block runs: `stagepact.faults`.

    `inject_fault(target, kind, …)` takes what `stagepact.faults.inject_fault` takes, and returns
    what was injected, which is a context manager, too. All faults of a test share
    `inject_fault.journal`.
    """
    with import_module("stagepact.pytest_plugin.faulting").Faulting() as faulting:
        yield faulting


def _pause_collector(config: pytest.Config) -> None:
    """Do without Python's garbage collector until the first test, or the end if none is run.

    What is imported, planned and collected stays. Looking through it for garbage while it
    grows takes a quarter of the time that 10,000 clauses take.
    """
    if gc.isenabled():
        gc.disable()
        config.stash[_PAUSED] = True
        config.add_cleanup(partial(resume_collector, config))


def resume_collector(config: pytest.Config) -> None:
    """Let Python collect garbage again, where it was paused here."""
    if config.stash.get(_PAUSED, False):
        config.stash[_PAUSED] = False
        gc.enable()


def _awake(config: pytest.Config) -> Any:
    """The module with all the rest, and its plugin registered; the one late import of this door."""
    items: Any = import_module("stagepact.pytest_plugin.items")
    plugins = config.pluginmanager
    if not plugins.has_plugin(VERDICTS):
        plugins.register(items.Verdicts(config), VERDICTS)
    return items
