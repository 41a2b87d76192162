"""Expressions of `holds:`: read by hand, evaluated without `eval`, explained part by part."""

from __future__ import annotations

from time import perf_counter, process_time
from typing import Any

import pytest

from stagepact.contract.expression import (
    EvaluationError,
    ExpressionError,
    evaluate,
    explain,
    parse,
    work,
)

NAMES = {
    "input": {"size": 4, "limit": 2, "word": "if", "if": 7, "a b": 8},
    "output": {"items": [{"price": 1}, {"price": 2.5}], "text": "Hello", "none": None, "ok": True},
    "duration": 0.25,
    "orders": [{"items": [{"p": 1}, {"p": 2}]}, {"items": [{"p": 3}, {"p": 4}]}],
    "lone": "\ud800b",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("7 // 2 + 7 % 4", 6),
        ("7 / 2", 3.5),
        ("- -3", 3),
        ("'a' + \"b\"", "ab"),
        (r"'it\'s' + '\n\t\q'", "it's\n\tq"),
        ("[1, 2] + [3]", [1, 2, 3]),
        ("[]", []),
        ("1e3", 1000.0),
        ("input.size", 4),
        ("input['a b']", 8),
        ("input.if", 7),
        ("output.items[0].price", 1),
        ("output.items[-1].price", 2.5),
        ("output.items[*].price", [1, 2.5]),
        ("input[*]", [4, 2, "if", 7, 8]),
        ("sum(output.items[*].price)", 3.5),
        ("orders[*].items[*].p", [1, 2, 3, 4]),
        ("orders[*].items[0].p", [1, 3]),
        ("(orders[*].items)[1][*].p", [3, 4]),
        ("(orders[*].items)[*][*].p", [1, 2, 3, 4]),
        ("(orders[*].items[*].p)[0]", 1),
        ("((output.items[*]))[1].price", 2.5),
        ("[[1, 2], [3]][*][0]", [1, 3]),
        ("([[1, 2], [3]][*])[0]", [1, 2]),
        ("[[1, 2], [3]][*][*]", [1, 2, 3]),
        ("[][*][*].p", []),
        ("true and false", False),
        ("false and output.nothing", False),
        ("true or output.nothing", True),
        ("false implies output.nothing", True),
        ("true implies false", False),
        ("false implies false implies false", True),
        ("not true", False),
        ("not not true", True),
        ("not not not true", False),
        ("not 1 == 2", True),
        ("1 < 2 <= 2 ≤ 3", True),
        ("3 ≥ 3 > 2 != 3 ≠ 4", True),
        ("1 < 3 < 2", False),
        ("1 == 1.0", True),
        ("1 == true", False),
        ("[1, 2] == [1.0, 2.0]", True),
        ("[1] == [1, 2]", False),
        ("output == output", True),
        ("null == output.none", True),
        ("'a' < 'b'", True),
        ("2 in [1, 2]", True),
        ("true in [1, 2]", False),
        ("3 not in [1, 2]", True),
        ("'size' in input", True),
        ("'ell' in output.text", True),
        ("output.text matches '^H'", True),
        ("100 ≈ 101 ± 1%", True),
        ("100 ~= 103 +- 2%", False),
        ("100 ≈ 103 ± 2", False),
        ("100 ≈ 102 ± 2", True),
        ("100 ≈ 102 ± -2", True),
        ("-100 ≈ -101 ± 1%", True),
        ("0.1 + 0.2 ≈ 0.3", True),
        ("0.1 + 0.2 == 0.3", False),
        ("1 ≈ 1.1 ± 10% and true", True),
        ("if true then 1 else output.nothing", 1),
        ("if 1 > 2 then 1 else if 2 > 1 then 2 else 3", 2),
        ('"if" == input.word', True),
        ('["if", "not", "in"]', ["if", "not", "in"]),
        ("len('abc') + len([1]) + len(input)", 9),
        ("min(3, 1, 2) + max([3, 1])", 4),
        ("abs(-2) + round(2.6) + round(2.345, 2) + floor(2.9) + ceil(2.1)", 2 + 3 + 2.35 + 5),
        ("sorted([2, 1])", [1, 2]),
        ("distinct([1, 2]) and not distinct([1, 1.0])", True),
        ("keys(input)[0]", "size"),
        ("values(input)[0]", 4),
        ("lower('A') + upper('b') + string(1) + string('x')", "aB1x"),
        ("number('12') + number('-1.5')", 10.5),
        ("number(5)", 5),
        ("number(' +.5e1 ') + number('5.')", 10.0),
        ("string(true) + string(false) + string(null)", "truefalsenull"),
        ("string(1.0) + string([true, null, 'ü']) + string([])", '1.0[true, null, "ü"][]'),
        ("'a' in 'abc' and 'é' matches '^\\\\p{L}$'", True),
        ("'abba' matches '(a|b)\\\\1a$'", True),
        ("'ab' matches 'a(?!b)'", False),
        ("lone matches '^.b$'", True),
        ("all(i.price > 0 for i in output.items)", True),
        ("any(i.price > 2 for i in output.items if i.price < 2)", False),
        ("count(i for i in [1, 2, 3] if i > 1)", 2),
        ("sum(x for x in [1, 2])", 3),
        ("all(any(x == y for y in [1, 2]) for x in [1, 2])", True),
        ("exists(output.text)", True),
        ("exists(output.none)", False),
        ("exists(output.text, output.nothing)", False),
        ("output.ok", True),
    ],
)
def test_an_expression_has_the_value_that_it_says(text: str, value: Any) -> None:
    """Precedence, paths, functions, tolerance."""
    found = evaluate(parse(text), NAMES)
    assert found == value
    assert isinstance(found, bool) is isinstance(value, bool)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("", 0, "expected a value"),
        ("1 +", 3, "expected a value"),
        ("1  ? 2", 3, "unexpected '?'"),
        ("'open", 0, 'unexpected "\'"'),
        ("input.+", 6, "expected a key"),
        ("input.1", 6, "expected a key"),
        ("(1", 2, "expected ')'"),
        ("[1 2]", 3, "expected ','"),
        ("a[1", 3, "expected ']'"),
        ("1 2", 2, "expected an operator or the end"),
        ("1 not 'in' [1]", 2, "expected an operator or the end"),
        ("1 == 2 ± 1", 7, "a tolerance goes with ≈ (or ~=)"),
        ("if true then 1", 14, "expected 'else'"),
        ("if true 1", 8, "expected 'then'"),
        ("len()", 5, "len needs an argument"),
        ("abs(1, 2)", 0, "abs takes at most 1"),
        ("exists(x for x in y)", 0, "exists goes without `for`; say any"),
        ("all(x for 1 in y)", 10, "expected a name after `for`"),
        ("all(x for x y)", 12, "expected 'in'"),
        ("all(x for x in y z)", 17, "expected ')'"),
        ("(" * 60 + "1" + ")" * 60, 25, "nested too deep"),
        ("-" * 60 + "1", 49, "nested too deep"),
        ("9" * 401, 0, "a number longer than 400 characters"),
        (" or ".join(["true"] * 200), 0, "too long: say it in several expressions"),
        (
            "all(x for x in y if " + "a" + ".b" * 120 + ")",
            0,
            "too long: say it in several expressions",
        ),
        ("a" * 10_001, 0, "longer than 10000 characters"),
    ],
)
def test_what_cannot_be_read_says_where(text: str, offset: int, message: str) -> None:
    """With a mark below the place."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.offset, caught.value.message) == (offset, message)
    assert str(caught.value).endswith(f"{' ' * offset}^")


def test_an_unknown_function_is_answered_with_those_that_are_there() -> None:
    """A list to choose from, not only a no."""
    with pytest.raises(ExpressionError, match="no such function; there are abs, all, any, "):
        parse("length(a)")


class Hostile:
    """What a subject may return: everything that is asked of it raises."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "there is no 'nothing' here"),
        ("input.nothing", "there is no 'nothing'; there is size, limit, word, if, a b"),
        ("output.items[2]", "there is no [2]; there are 2 items"),
        ("output.items[true]", "there is no True in "),
        ("output.text.x", "there is no 'x' in 'Hello'"),
        ("duration[*]", "0.25 is no list"),
        ("1 + true", "True is no number"),
        ("1 < 'a'", "'a' is no number"),
        ("1 and true", "1 is neither true nor false"),
        ("not 1", "1 is neither true nor false"),
        ("if 1 then 2 else 3", "1 is neither true nor false"),
        ("1 / 0", "ZeroDivisionError: "),
        ("1 in 2", "2 is no list"),
        ("1 in 'a'", "1 is no text"),
        ("'a' matches '('", "invalid regular expression '('"),
        ("len(1)", "1 has no length"),
        ("keys(1)", "1 is no object"),
        ("max([])", "max of nothing"),
        ("number('x')", "'x' is no number"),
        ("number('1_0')", "'1_0' is no number"),
        ("number('nan')", "'nan' is no number"),
        ("number('-inf')", "'-inf' is no number"),
        ("number('1e999')", "'1e999' is no number"),
        ("number('٣')", "'٣' is no number"),
        ("number(true)", "True is no number"),
        ("number([])", "[] is no number"),
        ("output.items[*].cost", "there is no 'cost'; there is price"),
        ("orders[*].items.p", "there is no 'p' in [{'p': 1}, {'p': 2}]"),
        ("floor(1e999)", "OverflowError: "),
        ("sorted([1, 'a'])", "TypeError: "),
        ("round(1, -1000000000)", "rounding to -1000000000 digits"),
        ("2 ** 1001", "the power is too large"),
        ("(10 ** 100) ** 1000", "the number is too large"),
        ("(10 ** 100) ** 40 * (10 ** 100) ** 40", "the number is too large"),
        ("(-8) ** 0.5", "the power is no real number"),
        ("hostile == 1", "RuntimeError: no"),
        ("hostile + 1", "<Hostile, which can't be shown: RuntimeError> is no number"),
        ("deep == deep2", "RecursionError: "),
    ],
)
def test_what_has_no_value_says_why(text: str, message: str) -> None:
    """Whatever the data is, it is an EvaluationError."""
    deep: Any = []
    deep2: Any = []
    for _ in range(5_000):
        deep, deep2 = [deep], [deep2]
    names = {**NAMES, "hostile": Hostile(), "deep": deep, "deep2": deep2}
    with pytest.raises(EvaluationError) as caught:
        evaluate(parse(text), names)
    assert str(caught.value).startswith(message)


def test_a_text_does_not_grow_without_end() -> None:
    """Adding texts stops at a million characters."""
    with pytest.raises(EvaluationError, match="the text is too long"):
        evaluate(parse("a + a"), {"a": "x" * 600_000})


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + sum(x.b for x in c if x.d > e) ≈ f ± g", {"a", "c", "e", "f", "g"}),
        ("if a then b else [c, -d]", {"a", "b", "c", "d"}),
        ("a[b][*].c + len(d)", {"a", "b", "d"}),
        ("all(x for x in x)", {"x"}),
        ("1 + 2", set()),
    ],
)
def test_the_names_of_an_expression_are_those_to_be_handed_in(text: str, names: set[str]) -> None:
    """What `for` binds is none of them."""
    assert parse(text).names == names
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("input.size > 5", "input.size = 4"),
        ("input.size > 3 and input.limit > 3", "input.limit = 2"),
        ("input.size > 5 or input.limit > 3", "input.size = 4; input.limit = 2"),
        ("input.size > 3 implies input.limit > 3", "input.size > 3 is true; input.limit = 2"),
        ("input.size ≈ 5 ± 10%", "input.size = 4; allowed 4.5 to 5.5"),
        ("1 ≈ 10 ** 400 ± 1", f"10 ** 400 = {'1' + '0' * 76}…; allowed 999"),
        ("input.limit < input.size < 3 < output.nothing", "input.limit = 2; input.size = 4"),
        ("1 > 2 > output.nothing", "1 > 2 > output.nothing is not true"),
        ("not output.ok", "not output.ok = False"),
        ("output.text", "output.text = 'Hello'"),
        ("1 > 2", "1 > 2 is not true"),
        ("(input.size + 1) * 2 > 100", "(input.size + 1) * 2 = 10"),
        ("2 * (input.size + 1) < (input.limit)", "2 * (input.size + 1) = 10; (input.limit) = 2"),
        ("100 < (input.size + 1) ** (1 + 1)", "(input.size + 1) ** (1 + 1) = 25"),
        ("5 > (output.items[*].price)[1] > 3", "(output.items[*].price)[1] = 2.5"),
        ("(input.size > 3) implies not (output.ok)", "(input.size > 3) is true; not (output.ok) ="),
        ("[(1), 2][0] == -(2)", "[(1), 2][0] = 1; -(2) = -2"),
    ],
)
def test_an_explanation_tells_the_parts_that_are_false(text: str, told: str) -> None:
    """With their values; what wasn't looked at is not told."""
    assert explain(parse(text), NAMES).startswith(told)


def test_a_long_expression_is_read_soon() -> None:
    """Ten thousand characters, in well under a second."""
    began = perf_counter()
    with pytest.raises(ExpressionError):
        parse("1 + " * 2_500)
    assert perf_counter() - began < 20


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 +\n  * 2", "expected a value (line 2)\n    * 2\n    ^"),
        ("\n1 +\n\t? 2\n", "unexpected '?' (line 3)\n  \t? 2\n  \t^"),
        ("(1\r\n+ 2]\r\n", "expected ')' (line 2)\n  + 2]\n     ^"),
        ("true and\n1 +\n", "expected a value (line 2)\n  1 +\n     ^"),
        ("1 +\n", "expected a value\n  1 +\n     ^"),
    ],
)
def test_in_a_text_of_several_lines_the_mark_is_below_the_right_one(text: str, told: str) -> None:
    """Only that line is repeated, with its number; tabs stay tabs."""
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert str(caught.value) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("input.size > 1\n  and input\n    .nothing", "(line 3, column 6)"),
        ("output.ok\n  and input.size", "(line 2, column 7)"),
        ("not\n  input.size", "(line 2, column 3)"),
        ("1 <\n  2 <\n 'a'", "(line 3, column 2)"),
        ("[1,\n 2\n / 0]", "(line 3, column 2)"),
        ("output.items[\n  9\n]", "(line 2, column 3)"),
        ("all(i.price for i in\n output.items)", "(line 1, column 1)"),
        ("input.nothing\n", "a b"),
    ],
)
def test_what_has_no_value_says_where_in_a_text_of_several_lines(text: str, told: str) -> None:
    """The operator, the operand or the step that went wrong."""
    with pytest.raises(EvaluationError) as caught:
        evaluate(parse(text), NAMES)
    assert str(caught.value).endswith(told)
    assert caught.value.text == text


MANY = list(range(3_000))
BUDGET = {
    "many": MANY,
    "million": [0] * 1_000_000,
    "long": "a" * 400_000,
    "objects": [{"id": each} for each in MANY],
    "orders": [{"items": [{"p": 1}] * 4_000}] * 4_000,
    "bits": 1 << 1_000_000,
    "number": 1 << 13_000,
}


def shared(times: int) -> str:
    """A list of 4 ** times items, in a text that grows by its exponent."""
    text = "[[1]]"
    for _ in range(times):
        text = f"sorted([v, v, v, v] for v in {text})"
    return text


@pytest.mark.parametrize(
    "text",
    [
        "all(all(all(x + y + z >= 0 for x in many) for y in many) for z in many)",
        "sum(orders[*].items[*].p)",
        "count(million + million for x in many)",
        "count(million[*] for x in many)",
        "count(long + long for x in many)",
        "all(lower(long) == x for x in many)",
        "count(sorted(million) for x in many)",
        "all(not ('b' in long) for x in objects + objects + objects)",
        "any(-1 in many for x in many)",
        "distinct(objects)",
        "exists(sum(orders[*].items[*].p), 1)",
        "all(exists(bits * bits) or true for x in many)",
        "all(number * number // number > 0 for x in million) or true",
        shared(22),
        f"string({shared(20)})",
        f"{shared(11)} == {shared(11)}",
        f"min(len(v) for v in [{shared(20)}]) + {shared(20)}",
        "all(long + 'b' matches '(a*)\\\\1b' for x in many)",
        "long matches '[ab]*a[ab]{10000}[xy]'",
        "'a' matches '\\\\Z'",
        "exists('a' matches '\\\\Z')",
        "all(exists('a' matches '(') or true for x in many)",
    ],
)
def test_what_would_take_too_long_or_too_much_is_not_decided(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither true nor false, and soon; `exists` doesn't make a no of it."""
    monkeypatch.setattr(work, "_MOST_STEPS", 200_000)
    began = process_time()
    with pytest.raises(EvaluationError, match=r"^(not decided: |the number is too large)"):
        evaluate(parse(text), BUDGET)
    assert process_time() - began < 3


@pytest.mark.untraced
def test_the_whole_budget_is_spent_soon() -> None:
    """In a second or two."""
    began = process_time()
    with pytest.raises(EvaluationError, match=r"^not decided: it takes .* 2,000,000 steps"):
        evaluate(parse("all(all(x + y >= 0 for x in many) for y in many)"), BUDGET)
    assert process_time() - began < 20


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("all(x >= 0 for x in many[*])", True),
        ("sum(million) + min(million) == 0 and len(sorted(million[*])) == 1000000", True),
        ("sum(objects[*].id) == 4498500", True),
        ("distinct(many) and distinct(string(x) for x in many)", True),
        ("all(x in many for x in [0, 1, 2999])", True),
        ("all(string(x) matches '^\\\\p{L}{0,50}[0-9]+$' for x in many)", True),
        ("long matches '^a+$' and not ('b' in long)", True),
    ],
)
def test_the_budget_is_far_away_from_contracts(text: str, value: Any) -> None:
    """A few hundred thousand items are looked at."""
    assert evaluate(parse(text), BUDGET) is value


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a*)*b", "(?=a)(a+)+$", "(a|a)*(?!a)b", r"(a*)*\\1b"]
)
def test_a_search_does_not_go_back_without_end(pattern: str) -> None:
    """An answer, or a word that there is none, within a second."""
    began = process_time()
    try:
        assert evaluate(parse(f"text matches '{pattern}'"), {"text": "a" * 50 + "!"}) is False
    except EvaluationError as error:
        assert str(error).startswith("not decided: the search for ")  # noqa: PT017 - either will do
    assert process_time() - began < 1


def test_an_explanation_stops_where_it_would_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the expression is false is known all the same."""
    monkeypatch.setattr(work, "_MOST_STEPS", 100_000)
    text = " or ".join(["any(x < 0 for x in many)"] * 20)
    assert evaluate(parse(text), {"many": MANY[:1_000]}) is False
    assert explain(parse(text), {"many": MANY[:1_000]}) == f"{text} is not true"
    with pytest.raises(EvaluationError, match=r"^there is no 'y' here \(line 2, column 2\)$"):
        explain(parse("1 >\n y"), {})


def test_of_a_large_value_only_the_beginning_is_shown() -> None:
    """However much there is of it."""
    value: Any = ["x", {"a": (1,)}]
    for _ in range(60):
        value = [value, value]
    with pytest.raises(EvaluationError, match=r"^\[{9}.*… is no number$"):
        evaluate(parse("value + 1"), {"value": value})
    with pytest.raises(EvaluationError) as caught:
        evaluate(parse("value + 1"), {"value": {"a": [1, "b'", {}], "c": None}})
    assert str(caught.value) == """{'a': [1, "b'", {}], 'c': None} is no number"""
