"""The fixture `inject_fault`: faults that a test asks for, which lift in whatever way it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.untraced

MODULE = """
class Port:
    def ask(self):
        return "asked"

port = Port()
"""
TESTS = """
import os, sys
import pytest
import port_of_ours
from port_of_ours import port

def is_well():
    return port.ask() == "asked" and "STAGEPACT_KEY" not in os.environ

def fail(inject_fault):
    injected = inject_fault("port_of_ours:port.ask", "timeout")
    inject_fault("env:STAGEPACT_KEY", "wrong-variable")
    with pytest.raises(TimeoutError):
        port.ask()
    assert os.environ["STAGEPACT_KEY"] == "wrong"
    assert [each.kind for each in injected.fired] == ["timeout"]
    assert len(inject_fault.journal.entries) == 2

@pytest.fixture(autouse=True)
def well_before():
    assert is_well()

def test_passes(inject_fault):
    fail(inject_fault)

def test_fails(inject_fault):
    fail(inject_fault)
    assert False, "as planned"

def test_exits(inject_fault):
    fail(inject_fault)
    pytest.skip("as planned")

def test_breaks_in_its_end(inject_fault, request):
    request.addfinalizer(lambda: 1 / 0)
    fail(inject_fault)

def test_block(inject_fault):
    with inject_fault((port, "ask"), "error x1") as injected:
        with pytest.raises(Exception):
            port.ask()
        assert injected.fired and injected.journal is inject_fault.journal
    assert is_well()

def test_lifted(inject_fault):
    inject_fault("port_of_ours:port.ask", "error").lift()
    assert is_well()

def test_unknown(inject_fault):
    inject_fault("port_of_ours:prot", "error")

def test_well_in_the_end():
    assert is_well()
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.syspathinsert()
    pytester.makepyfile(port_of_ours=MODULE, test_them=TESTS)
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_faults_lift_in_every_way_that_a_test_ends(
    project: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    result = project.runpytest_subprocess("-p", "no:cacheprovider", *workers)
    result.assert_outcomes(passed=5, failed=2, skipped=1, errors=1)
    # Workers end in any order.
    result.stdout.fnmatch_lines_random(["*AssertionError: as planned*", "*did you mean `port`*"])


def test_tests_that_don_t_ask_for_it_don_t_load_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_not_loaded():
            assert not [name for name in sys.modules if name.startswith("stagepact.faults")]
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_it_is_listed_with_its_docstring(pytester: pytest.Pytester, tmp_path: Path) -> None:
    result = pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["inject_fault*", "*Let something fail until the test ends*"])
