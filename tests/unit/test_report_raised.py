"""A traceback's text is read as frames and an error, whatever stands in it."""

from __future__ import annotations

import pytest

from stagepact.report.raised import Raised, read

CHAINED = """\
Traceback (most recent call last):
  File "a.py", line 1, in one
    two()
KeyError: 1

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 2, in two
    work(
    ~~~~^
        1)
  File "c.py", line 3
stages.Failed: first line
    second line
  File "not a frame", line 4
"""

GROUP = "  + Exception Group Traceback (most recent call last):\n  | ValueError: 1"


def test_the_last_error_of_a_chain_counts() -> None:
    seen = read(CHAINED)
    assert seen.frames == (
        ('  File "b.py", line 2, in two', "    work(", "        1)"),
        ('  File "c.py", line 3',),
    )
    assert seen.error == (
        "stages.Failed: first line",
        "    second line",
        '  File "not a frame", line 4',
    )
    assert (seen.where, seen.name) == ('File "c.py", line 3', "stages.Failed")


@pytest.mark.parametrize("text", ["KeyError: 1", GROUP, "    indented"])
def test_without_a_frame_all_is_error(text: str) -> None:
    assert read(text) == Raised((), tuple(text.split("\n")))
    assert read(text).where == ""


def test_a_traceback_may_end_before_its_error() -> None:
    assert read('  File "a.py", line 1').name == ""
