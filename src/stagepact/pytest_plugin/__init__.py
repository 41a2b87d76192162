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
_PACTS = pytest.StashKey[Any]()

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
    group.addoption(
        "--stagepact-write-pacts",
        action="store_true",
        help="before anything is collected, write the pact files that contracts make",
    )


def _positive(text: str) -> int:
    """A number of cases; 0 is `--stagepact-no-fuzz`."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


_positive.__name__ = "whole number above 0"  # argparse names the type in its message


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and what writes pact files where that is asked."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    if config.getoption("stagepact_write_pacts") and not hasattr(config, "workerinput"):
        writing = import_module("stagepact.pytest_plugin.writing").Writing(config)
        config.pluginmanager.register(writing, "stagepact-writing")


def is_contract(path: Path) -> bool:
    """Whether a file's name says that it is a contract."""
    name = path.name
    return name.endswith(_SUFFIXES) or (name.startswith("contract_") and path.suffix == ".py")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Contract files, and pact files that are asked for by name."""
    is_pact = _is_asked_pact(file_path, parent.config)
    if not is_pact and not is_contract(file_path):
        return None
    _pause_collector(parent.config)
    items = _awake(parent.config)
    file: Any = items.PactFile if is_pact else items.ContractFile
    collector: pytest.Collector = file.from_parent(parent, path=file_path)
    return collector


def _is_asked_pact(path: Path, config: pytest.Config) -> bool:
    """Whether a file is named on the command line and looks like a pact.

    Those in folders that are collected are not: the contract that names them has their items.
    """
    if path.suffix != ".json" or path.name.endswith(_SUFFIXES):
        return False
    here = config.invocation_params.dir
    if all(here / argument.partition("::")[0] != path for argument in config.args):
        return False
    text = path.read_bytes()
    return b'"consumer"' in text and b'"provider"' in text


def _has_items(path: Path) -> bool:
    """Whether ids that begin with a file may be those of clauses."""
    return is_contract(path) or path.suffix == ".json"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With xdist's default distribution, clauses that share runs go to one worker."""
    if config.getoption("dist") != "load":
        return None
    spread = import_module("stagepact.pytest_plugin.spread")
    return spread.Spread(config, log, _has_items, partial(_awake, config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """The controller of xdist collects nothing itself, and yet it is what keeps the verdicts.

    With the default distribution it gets ready once the workers have something to do.
    """
    if node.config.getoption("dist") != "load" and any(
        _has_items(Path(id_.partition("::")[0])) for id_ in ids
    ):
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


@pytest.fixture
def pact(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Mock providers for consumers' tests, by what this project's pacts say: docs/pact.md.

    `pact("voice-api", "GET session that exists")` answers httpx, requests and aiohttp in process
    at its `url`; `pact.file(path)` does by a pact file, and `pact.messages(provider, description)`
    is a message for a handler. A request that is no interaction fails the test, and so does a
    named interaction that was never asked.
    """
    pacts = import_module("stagepact.pytest_plugin.pacting").Pacts(
        request.config.rootpath, request.path.parent
    )
    request.node.stash[_PACTS] = pacts
    yield pacts
    pacts.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What mock providers were asked is judged as a part of the test."""
    try:
        yield
    except BaseException as error:
        if (pacts := item.stash.get(_PACTS, None)) and (told := pacts.unmatched()):
            error.add_note(told)
        raise
    if (pacts := item.stash.get(_PACTS, None)) and (told := pacts.complaint()):
        pytest.fail(told, pytrace=False)


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
