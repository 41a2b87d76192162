"""The door to plans: what planning leaves of the process as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from plans import Make, make, told

__all__ = ["make"]

NOTED = """
    import gc

    NOTED = [gc.isenabled()]
"""


@pytest.fixture
def _collector() -> Iterator[None]:
    yield
    gc.enable()


@pytest.mark.usefixtures("_collector")
@pytest.mark.parametrize("before", [True, False])
def test_the_garbage_collector_is_as_before_once_a_plan_is_made(make: Make, before: bool) -> None:
    if not before:
        gc.disable()
    assert told(make(NOTED, a="stages: {}\n")) == []
    assert gc.isenabled() is before
    import code_of_plan

    assert code_of_plan.NOTED == [False], "it rests while a plan is made"


@pytest.mark.usefixtures("_collector")
def test_the_garbage_collector_is_as_before_after_an_error(make: Make) -> None:
    with pytest.raises(Exception, match="nowhere"):
        make(settings='plugins = ["nowhere"]\n', a="stages: {}\n")
    assert gc.isenabled()
