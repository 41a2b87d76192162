"""Failing values are kept as JSON under a name, and tried before anything is drawn."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase, InMemoryExampleDatabase

from stagepact.schema.corpus import Corpus


def test_what_is_added_is_kept_until_it_is_forgotten() -> None:
    corpus = Corpus(InMemoryExampleDatabase(), "a")
    corpus.add({"b": 1, "a": [2]})
    corpus.add(7)
    corpus.add({"a": [2], "b": 1})
    assert corpus.values() == (7, {"a": [2], "b": 1})
    corpus.forget(7)
    assert corpus.values() == ({"a": [2], "b": 1},)


def test_names_are_apart_and_a_folder_keeps_them(tmp_path: Path) -> None:
    Corpus(DirectoryBasedExampleDatabase(tmp_path), "a").add("x")
    assert Corpus(DirectoryBasedExampleDatabase(tmp_path), "a").values() == ("x",)
    assert Corpus(DirectoryBasedExampleDatabase(tmp_path), "b").values() == ()


def test_what_others_wrote_is_passed_over() -> None:
    """A database is shared with all that Hypothesis keeps."""
    database = InMemoryExampleDatabase()
    corpus = Corpus(database, "a")
    database.save(b"stagepact corpus: a", b"\xff\x00")
    database.save(b"stagepact corpus: a", b"1.0")
    corpus.add(1)
    assert corpus.values() == (1,)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()], ids=["nan", "set", "object"])
def test_what_is_not_json_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        Corpus(InMemoryExampleDatabase(), "a").add(value)


def test_what_is_kept_is_tried_first() -> None:
    """The shortest before the longer."""
    corpus = Corpus(InMemoryExampleDatabase(), "a")
    corpus.add([1, 2])
    corpus.add(3)
    tried: list[object] = []

    @corpus.replayed
    @settings(max_examples=2, database=None)
    @given(st.just("drawn"))
    def test(value: object) -> None:
        tried.append(value)

    test()
    assert tried[:2] == [3, [1, 2]]
    assert set(map(str, tried[2:])) == {"drawn"}
