"""Orders agree with Python's regular expressions, and any split of a log gives one verdict."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.contract.order import compile_order, compose, intersects

# An order and the regular expression that means the same, with a letter for a type.
Pair = tuple[str, str]


def _joined(parts: list[Pair], order: str, pattern: str) -> Pair:
    return f"({order.join(p[0] for p in parts)})", f"(?:{pattern.join(p[1] for p in parts)})"


def _larger(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    several = st.lists(inner, min_size=1, max_size=3)
    marks = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{2,}", "{0}"])
    return st.one_of(
        several.map(lambda parts: _joined(parts, " ", "")),
        several.map(lambda parts: _joined(parts, " | ", "|")),
        st.tuples(inner, marks).map(lambda p: (f"({p[0][0]}){p[1]}", f"(?:{p[0][1]}){p[1]}")),
    )


TYPES = st.sampled_from("abc")
PAIRS = st.recursive(TYPES.map(lambda type_: (type_, type_)), _larger, max_leaves=6)
SEQUENCES = st.lists(TYPES, max_size=8)
FEW = settings(max_examples=200, deadline=None)


@FEW
@given(PAIRS, SEQUENCES)
def test_an_order_permits_what_the_regular_expression_matches(
    pair: Pair, sequence: list[str]
) -> None:
    """Over the types that it names."""
    order = compile_order(pair[0])
    named = "".join(each for each in sequence if each in order.alphabet)
    assert order.matches(sequence) is (re.fullmatch(pair[1], named) is not None)


@FEW
@given(PAIRS, st.lists(SEQUENCES, min_size=1, max_size=4))
def test_any_split_of_a_sequence_gives_the_same_verdict(
    pair: Pair, pieces: list[list[str]]
) -> None:
    """Whatever the number of pieces, and however they are grouped."""
    order = compile_order(pair[0])
    whole = [each for piece in pieces for each in piece]
    total = order.function([])
    for piece in pieces:
        total = compose(total, order.function(piece))
    assert total == order.function(whole)
    grouped = order.function([])
    for piece in reversed(pieces):
        grouped = compose(order.function(piece), grouped)
    assert grouped == total
    state = total[order.start]
    assert (state >= 0 and order.accepts(state)) is order.matches(whole)


@FEW
@given(PAIRS)
def test_the_shortest_sequence_is_permitted_and_none_is_shorter(pair: Pair) -> None:
    """Every expression of these permits something."""
    order = compile_order(pair[0])
    shortest = order.shortest()
    assert shortest is not None
    assert order.matches(shortest)
    shorter = [()] if shortest else []
    for _ in range(min(len(shortest) - 1, 3)):
        shorter += [(*each, type_) for each in shorter for type_ in order.types]
    assert not any(order.matches(each) for each in shorter if len(each) < len(shortest))


@FEW
@given(PAIRS, PAIRS, SEQUENCES)
def test_what_two_orders_have_in_common_both_permit(
    left: Pair, right: Pair, sequence: list[str]
) -> None:
    """And where they have nothing in common, nothing is permitted by both."""
    one, other = compile_order(left[0]), compile_order(right[0])
    common = intersects(one, other)
    if common is None:
        assert not (one.matches(sequence) and other.matches(sequence))
    else:
        assert one.matches(common)
        assert other.matches(common)


@FEW
@given(PAIRS, PAIRS, SEQUENCES)
def test_mixing_is_some_interleaving(left: Pair, right: Pair, sequence: list[str]) -> None:
    """By trying all of them."""
    mixed = compile_order(f"{left[0]} & {right[0]}")
    named = [each for each in sequence if each in mixed.alphabet]
    found = False
    for mask in range(2 ** len(named)):
        first = "".join(each for i, each in enumerate(named) if mask >> i & 1)
        second = "".join(each for i, each in enumerate(named) if not mask >> i & 1)
        if re.fullmatch(left[1], first) and re.fullmatch(right[1], second):
            found = True
            break
    assert mixed.matches(sequence) is found
