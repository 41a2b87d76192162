"""Expressions raise what they say and nothing else, and reckon as Python does."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from stagepact.contract.expression import (
    FUNCTIONS,
    EvaluationError,
    ExpressionError,
    evaluate,
    explain,
    parse,
)

FEW = settings(max_examples=200, deadline=2_000)
WORDS = st.sampled_from(
    [
        *FUNCTIONS,
        "exists",
        "input",
        "output",
        "x",
        "1",
        "2.5",
        "'a'",
        "'if'",
        '"in"',
        "true",
        "null",
        "(",
        ")",
        "[",
        "]",
        "[*]",
        ",",
        ".",
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "==",
        "!=",
        "<",
        ">=",
        "≈",
        "±",
        "in",
        "not",
        "and",
        "or",
        "implies",
        "matches",
        "if",
        "then",
        "else",
        "for",
        "9999999999",
    ]
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=15).map(" ".join))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abx"), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.fixed_dictionaries({"input": JSON, "output": JSON, "x": JSON})


@FEW
@given(TEXTS, NAMES)
def test_any_text_is_read_and_evaluated_or_says_why_not(text: str, names: Any) -> None:
    """In time, and by our own exceptions only."""
    try:
        expression = parse(text)
    except ExpressionError as error:
        told = str(error)
        assert told.endswith("^"), told
        return
    try:
        value = evaluate(expression, names)
        told = explain(expression, names)
    except EvaluationError:
        return
    assert value is True or told


LEAVES = st.one_of(st.integers(0, 9).map(str), st.floats(0, 9).map(lambda n: f"{n:.3f}"))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(" ".join),
        inner.map(lambda each: f"({each})"),
        inner.map(lambda each: f"-{each}"),
        st.tuples(inner, st.integers(0, 3)).map(lambda each: f"({each[0]}) ** {each[1]}"),
    ),
    max_leaves=8,
)


def python(text: str) -> Any:
    # The text is made of numbers and operators by the strategy above.
    try:
        return eval(text, {"__builtins__": {}})
    except (ZeroDivisionError, OverflowError):
        return None


@FEW
@given(TREES)
def test_arithmetic_is_pythons(text: str) -> None:
    """Precedence, associativity, division, powers."""
    wanted = python(text)
    try:
        found = evaluate(parse(text), {})
    except EvaluationError:
        found = None
    except ExpressionError as error:
        assert error.message == "nested too deep"  # noqa: PT017 - as above
        return
    assert repr(found) == repr(wanted)


@FEW
@given(TREES, TREES, st.sampled_from(["<", "<=", "==", "!=", ">", ">="]))
def test_comparison_is_pythons(left: str, right: str, mark: str) -> None:
    """Of numbers."""
    one, other = python(left), python(right)
    if one is not None and other is not None:
        wanted = {
            "<": one < other,
            "<=": one <= other,
            "==": one == other,
            "!=": one != other,
            ">": one > other,
            ">=": one >= other,
        }
        assert evaluate(parse(f"{left} {mark} {right}"), {}) is wanted[mark]
