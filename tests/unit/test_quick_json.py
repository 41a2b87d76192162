"""JSON read quickly is what the reader with places reads, or is left to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.contract.quick_json import quick_value
from stagepact.contract.source import Kind, Source, read_json, read_large_json
from stagepact.errors import ContractError, Problem

KIND = Kind("a mapping")
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def _read(read: Callable[..., Source], text: str) -> Source | tuple[Problem, ...]:
    try:
        return read(text, "a.json", KIND)
    except ContractError as error:
        return error.problems


@pytest.mark.untraced
@settings(max_examples=200)
@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_value_and_places_are_the_same(
    value: dict[str, Any], indent: int | str | None, ascii_only: bool
) -> None:
    try:
        text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
        text.encode()
    except UnicodeEncodeError:
        return
    slow, quick = _read(read_json, text), _read(read_large_json, text)
    if not isinstance(slow, Source) or not isinstance(quick, Source):
        assert quick == slow
        return
    assert json.dumps(quick.value) == json.dumps(slow.value)
    for path in slow.marks:
        assert quick.place(path) == slow.place(path), path
        beyond = (*path, "nowhere")
        assert quick.place(beyond) == slow.place(beyond), beyond
    assert quick.place(("nowhere", 3)) == slow.place(("nowhere", 3))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"a": 1e999}',
        f'{{"a": {"9" * 600}}}',
        '{"a": "\\ud800"}',
        "[" * 5000,
        f'{{"a": {"[" * 101}{"]" * 101}}}',
    ],
)
def test_what_may_be_wrong_is_left_to_the_reader_with_places(text: str) -> None:
    assert quick_value(text) is None


def test_an_interaction_s_line_is_found_without_reading_all_places() -> None:
    text = '{"a": 1,\n "interactions": [\n  {"x": [1]},\n  {"y": 2}]}'
    source = read_large_json(text, "a.json", KIND)
    assert [source.place(("interactions", each)).line for each in range(2)] == [3, 4]
    assert "_all" not in vars(source.marks)
    assert source.place(("interactions", 1, "y")).column == 4
