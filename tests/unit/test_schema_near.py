"""Edits of a valid text that nearly keep a constraint."""

from __future__ import annotations

from typing import Any

import pytest

from stagepact.schema.near import near_misses


@pytest.mark.parametrize(
    ("keyword", "limit", "text", "miss"),
    [
        ("maxLength", 6, "ab", "abbbbbb"),
        ("maxLength", 6, "ab", "ab/aaaa"),
        ("minLength", 2, "abc", "a"),
        ("minLength", 3, "abc", "bc"),
        ("pattern", "^a", "abc", "xabc"),
        ("format", "uri", "a:b", "a:b "),
    ],
)
def test_a_near_miss(keyword: str, limit: Any, text: str, miss: str) -> None:
    assert miss in list(near_misses(keyword, limit, text))


@pytest.mark.parametrize(
    ("keyword", "limit", "value"),
    [("maxLength", 1, "abc"), ("minimum", 1, "abc"), ("pattern", "a", 3), ("pattern", "a", "")],
)
def test_where_there_is_none(keyword: str, limit: Any, value: Any) -> None:
    assert list(near_misses(keyword, limit, value)) == []
