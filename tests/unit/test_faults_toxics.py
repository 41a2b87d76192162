"""Toxics: pieces of data go in, and come out later, cut, changed or not at all."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stagepact.faults import FaultTermError
from stagepact.faults.toxics import (
    Bandwidth,
    Corrupt,
    Latency,
    LimitData,
    Piece,
    ResetPeer,
    Slicer,
    Timeout,
    Toxic,
)

ALL = (
    Latency(latency=1, jitter=0.5),
    Bandwidth(rate=100),
    Slicer(average_size=3, size_variation=2, delay=0.1),
    LimitData(bytes=7),
    Corrupt(share=0.2),
    Timeout(timeout=2),
    ResetPeer(timeout=1),
)


def through(toxic: Toxic, *given: Piece, seed: int = 0) -> list[Piece]:
    passage = toxic.passage(Random(seed))
    return [out for piece in given for out in passage(piece)]


def data(pieces: list[Piece]) -> bytes:
    return b"".join(each.data for each in pieces)


@pytest.mark.parametrize(
    ("toxic", "expected"),
    [
        (Latency(latency=0.5), [(b"abcdef", 10.5, False)]),
        (Bandwidth(rate=60), [(b"abc", 10.05, False), (b"def", 10.1, False)]),
        (Slicer(average_size=4, delay=1), [(b"abcd", 10, False), (b"ef", 11, False)]),
        (LimitData(bytes=4), [(b"abcd", 10, True)]),
        (LimitData(bytes=7), [(b"abcdef", 10, False)]),
        (Timeout(), [(b"", 10, False)]),
        (ResetPeer(), [(b"abcdef", 10, False)]),
    ],
)
def test_what_comes_out_of_a_piece(toxic: Toxic, expected: list[Any]) -> None:
    seen = [(each.data, each.at, each.last) for each in through(toxic, Piece(b"abcdef", 10))]
    assert seen == [(text, pytest.approx(at), last) for text, at, last in expected]


def test_a_limit_counts_over_pieces() -> None:
    seen = through(LimitData(bytes=4), Piece(b"abc", 1), Piece(b"def", 2))
    assert [(each.data, each.last) for each in seen] == [(b"abc", False), (b"d", True)]


@given(st.binary(min_size=1, max_size=500), st.integers(0, 1000))
def test_a_share_of_the_bytes_has_one_bit_turned(sent: bytes, seed: int) -> None:
    (seen,) = through(Corrupt(share=0.3), Piece(sent, 0), seed=seed)
    turned = [(old ^ new).bit_count() for old, new in zip(sent, seen.data, strict=True)]
    assert set(turned) <= {0, 1}
    assert seen.touched == any(turned)


def test_the_share_is_about_what_was_asked() -> None:
    (seen,) = through(Corrupt(share=0.1), Piece(bytes(10_000), 0))
    assert 800 < sum(map(bool, seen.data)) < 1200
    (whole,) = through(Corrupt(share=1), Piece(bytes(10), 0))
    assert all(whole.data)


@given(st.lists(st.binary(max_size=40)), st.integers(0, 1000))
def test_slices_are_the_data_in_order(sent: list[bytes], seed: int) -> None:
    toxic = Slicer(average_size=5, size_variation=4, delay=0.1)
    seen = through(toxic, *(Piece(each, at) for at, each in enumerate(sent)), seed=seed)
    assert data(seen) == b"".join(sent)
    assert all(len(each.data) <= 9 for each in seen)
    assert [each.at for each in seen] == sorted(each.at for each in seen)


@pytest.mark.parametrize("toxic", ALL)
def test_it_is_the_same_for_a_seed(toxic: Toxic) -> None:
    sent = [Piece(bytes(range(40)), at) for at in range(5)]
    assert through(toxic, *sent, seed=3) == through(toxic, *sent, seed=3)


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: Latency(latency=-1), r"Latency\(latency=-1\): expected a number, 0 or more"),
        (lambda: Latency(latency=float("nan")), "a number, 0 or more"),
        (lambda: Bandwidth(rate=0), "more than 0"),
        (lambda: Latency(toxicity=2), "a share, 0 to 1"),
        (lambda: Corrupt(share=1.5), "a share, 0 to 1"),
        (lambda: Slicer(average_size=3, size_variation=3), "more than `size_variation`"),
        (lambda: Latency(stream="sideways"), "`downstream` or `upstream`"),
    ],
)
def test_what_means_nothing_is_told(make: Any, found: str) -> None:
    with pytest.raises(FaultTermError, match=found):
        make()
