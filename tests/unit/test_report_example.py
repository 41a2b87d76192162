"""An example is printed in few lines, and what is pasted means the same."""

from __future__ import annotations

import pytest

from stagepact.report.example import compact

NESTED = """\
- name: n
  given:
    inputs:
      hear:
        confidence: 0.0
        text: '0000000000'
      moderate:
        allowed: true
        categories: []
    list:
    - one and two and three
    - four: and five and six
    - - seven and eight
"""

COMPACT = """\
- name: n
  given:
    inputs:
      hear:
        confidence: 0.0
        text: '0000000000'
      moderate:
        allowed: true
        categories: []
    list:
    - one and two and three
    - {four: and five and six}
    - [seven and eight]"""

WIDER = """\
- name: n
  given:
    inputs:
      hear: {confidence: 0.0, text: '0000000000'}
      moderate: {allowed: true, categories: []}
    list: [one and two and three, {four: and five and six}, [seven and eight]]"""


@pytest.mark.parametrize(("width", "text"), [(30, COMPACT), (78, WIDER)])
def test_what_fits_is_on_one_line(width: int, text: str) -> None:
    assert compact(NESTED, width) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("- name: n", "- {name: n}"),
        ("a:\n  b: 1", "{a: {b: 1}}"),
        ("- &x [*x]", "- &id001 [*id001]"),
        ("[]", "[]"),
        ("word", "word"),
    ],
)
def test_an_entry_stays_an_entry_of_a_list(text: str, same: str) -> None:
    assert compact(text, 76) == same


@pytest.mark.parametrize(
    "text", ["", "a: [", "a\x00", "--- a\n--- b", "[" * 3_000 + "]" * 3_000, "- " + "x" * 20_000]
)
def test_what_cant_be_read_is_left_as_it_is(text: str) -> None:
    assert compact(text, 76) == text


def test_what_is_aliased_is_folded_once() -> None:
    text = "- a: &x\n    b: 1234567890\n    c: 1234567890\n  d: *x\n"
    assert compact(text, 20) == "- a: &id001\n    b: 1234567890\n    c: 1234567890\n  d: *id001"
