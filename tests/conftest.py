"""What a run of all tests says on top, and which of them coverage is measured of.

Tracing makes code more than twice as slow. Tests that run again what others run, with many examples
or whole services, are not traced: `pytestmark = pytest.mark.untraced`, and whole folders. Of a test
with many parameters each fourth is traced all the same, from the first on. What no traced test runs
counts as not covered.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import hypothesis.core
import pytest
from hypothesis import HealthCheck, settings

from databases import found

# How long a draw takes is a matter of the machine and of what else runs on it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# They are subjects of tests, not tests.
collect_ignore = ["bank/contracts"]

_ABSENT = [name for name in ("postgres", "redis-server") if found(name) is None]
collect_ignore += [f"fault/test_{name.removesuffix('-server')}.py" for name in _ABSENT]

try:
    _PACT = f"pact-python-ffi {version('pact-python-ffi')}"
except PackageNotFoundError:
    _PACT = "not collected, install `stagepact[pact]`"
    collect_ignore += [
        "property/test_pact_engines.py",
        "property/test_pact_making_properties.py",
        "property/test_pact_verifiers.py",
        "unit/test_pact_official.py",
        "unit/test_plan_pacts_official.py",
    ]

# `make proof` measures no coverage, and its environments don't have it.
if find_spec("coverage") is None:
    collect_ignore += ["runs/test_untraced.py"]

# In the background of a shell, SIGINT is ignored, also by all that is started from there.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header() -> list[str]:
    folder = os.environ.get("STAGEPACT_CONFORMANCE")
    absent = f"without {' and '.join(_ABSENT)}: not collected, see `make databases`"
    return [
        f"conformance: {folder or 'not collected, STAGEPACT_CONFORMANCE is unset'}",
        f"the other engine of pacts: {_PACT}",
        f"databases: {absent if _ABSENT else 'postgres and redis-server'}",
    ]


@pytest.fixture(autouse=True)
def _hypothesis_as_before() -> Iterator[None]:
    """A seed or a profile of a run of pytest within a test is that run's alone."""
    forced, profile = hypothesis.core.global_force_seed, settings.get_current_profile_name()
    yield
    hypothesis.core.global_force_seed = forced
    if settings.get_current_profile_name() != profile:
        settings.load_profile(profile)


_UNTRACED = ("property", "conformance")
_SHARE = 4
_TRACED = pytest.StashKey[bool]()
_MEANING = "untraced: coverage isn't measured of it, for it runs again what other tests run"
_OF_SUBPROCESSES = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MEANING)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of each marked test with parameters, let the first, the fifth, … be traced."""
    counted: Counter[str] = Counter()
    for item in items:
        if "[" not in item.name or item.get_closest_marker("untraced") is None:
            continue
        test = item.nodeid.partition("[")[0]
        item.stash[_TRACED] = counted[test] % _SHARE == 0
        counted[test] += 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    folder = item.path.parent.name
    marked = folder in _UNTRACED or item.get_closest_marker("untraced") is not None
    if not marked or item.stash.get(_TRACED, False):
        return (yield)
    with _untraced():
        return (yield)


@contextmanager
def _untraced() -> Iterator[None]:
    """Nothing is traced, in this process and in those that it starts."""
    module = sys.modules.get("coverage")
    tracer = None if module is None else module.Coverage.current()
    if tracer is None:
        yield
        return
    kept = {name: os.environ.pop(name) for name in _OF_SUBPROCESSES if name in os.environ}
    tracer.stop()
    try:
        yield
    finally:
        tracer.start()
        os.environ.update(kept)
