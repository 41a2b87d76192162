"""Expressions raise what they say and nothing else, and are worth what a second reading says."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import lru_cache
from typing import Any

from hypothesis import given, reject, settings
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


# -- a second reading of the language ----------------------------------------------------------
#
# Trees are tuples: a kind and its parts. `written` sets no bracket that isn't needed, so that what
# binds tighter is tested, too; `meant` says what a tree is worth, by means other than `evaluate`'s.

Tree = tuple[Any, ...]
Names = dict[str, Any]
DATA: Names = {
    "n": 3,
    "m": -2.5,
    "k": 1,
    "xs": [4, 1, 1.0, 2],
    "flag": True,
    "o": {"p": 5, "q": {"p": [1, [2, 3]]}, "if": "x"},
    "orders": [
        {"id": 1, "items": [{"p": 1, "t": [1]}, {"p": 2.5, "t": [2, 3]}]},
        {"id": 2, "items": []},
        {"id": 3, "items": [{"p": 0, "t": []}]},
    ],
}
LEVELS = {
    "if": 0,
    "implies": 1,
    "or": 2,
    "and": 3,
    "not": 4,
    "compare": 5,
    **dict.fromkeys(["+", "-"], 6),
    **dict.fromkeys(["*", "/", "//", "%"], 7),
    "negative": 8,
    "**": 9,
}


class NoValueError(Exception):
    """What an expression that can't be evaluated is worth."""


def within(tree: Tree, level: int) -> str:
    text = written(tree)
    return f"({text})" if LEVELS.get(tree[0], 10) < level else text


def written(tree: Tree) -> str:
    match tree:
        case ("value", value):
            return json.dumps(value)
        case ("name", name):
            return str(name)
        case ("list", *items):
            return "[" + ", ".join(map(written, items)) + "]"
        case ("if", condition, then, other):
            return f"if {written(condition)} then {written(then)} else {written(other)}"
        case ("implies", left, right):
            return f"{within(left, 2)} implies {within(right, 0)}"
        case ("not", inner):
            return f"not {within(inner, 4)}"
        case ("negative", inner):
            return f"- {within(inner, 8)}"
        case ("**", left, right):
            return f"{within(left, 10)} ** {within(right, 8)}"
        case ("compare", first, rest, tolerance):
            chain = "".join(f" {mark} {within(operand, 6)}" for mark, operand in rest)
            return within(first, 6) + chain + (f" ± {tolerance}" if tolerance else "")
        case ("path", start, steps):
            return path_written(within(start, 10), steps)
        case ("call", function, argument):
            return f"{function}({written(argument)})"
        case ("each", function, body, name, source, condition):
            when = f" if {written(condition)}" if condition else ""
            return f"{function}({written(body)} for {name} in {within(source, 2)}{when})"
    mark, left, right = tree
    return f"{within(left, LEVELS[mark])} {mark} {within(right, LEVELS[mark] + 1)}"


def path_written(text: str, steps: list[Any]) -> str:
    for step in steps:
        if step == "()":
            text = f"({text})"
        elif isinstance(step, str) and step != "*":
            text += f".{step}"
        elif isinstance(step, tuple):
            text += f"[{written(step)}]"
        else:
            text += f"[{step}]"
    return text


def number(value: Any) -> Any:
    if type(value) not in (int, float):
        raise NoValueError
    return value


def truth(value: Any) -> bool:
    if type(value) is not bool:
        raise NoValueError
    return value


def items_of(value: Any) -> list[Any]:
    if type(value) not in (list, dict):
        raise NoValueError
    return list(value)


def meant(tree: Tree, names: Names) -> Any:
    match tree:
        case ("value", value):
            return value
        case ("name", name):
            return names[name]
        case ("list", *items):
            return [meant(each, names) for each in items]
        case ("if", condition, then, other):
            return meant(then if truth(meant(condition, names)) else other, names)
        case ("not", inner):
            return not truth(meant(inner, names))
        case ("negative", inner):
            return -number(meant(inner, names))
        case ("and" | "or" | "implies" as mark, left, right):
            enough, then = {"and": (False, False), "or": (True, True), "implies": (False, True)}[
                mark
            ]
            return then if truth(meant(left, names)) is enough else truth(meant(right, names))
        case ("compare", first, rest, tolerance):
            return compared(meant(first, names), rest, tolerance, names)
        case ("path", start, steps):
            return reached(meant(start, names), steps, names)
        case ("call", function, argument):
            return applied(function, meant(argument, names))
        case ("each", function, body, name, source, condition):
            found = []
            for item in items_of(meant(source, names)):
                inner = {**names, name: item}
                if condition is None or truth(meant(condition, inner)):
                    found.append(meant(body, inner))
            return applied(function, found)
    mark, left, right = tree
    return reckoned(mark, meant(left, names), meant(right, names))


def reckoned(mark: str, left: Any, right: Any) -> Any:
    if mark == "+" and type(left) is type(right) is list:
        return [*left, *right]
    number(left), number(right)
    if mark == "**" and (abs(right) > 1_000 or abs(left) > 1e100):
        raise NoValueError
    result = python(f"({left!r}) {mark} ({right!r})")
    if result is None or isinstance(result, complex):
        raise NoValueError
    if isinstance(result, float) and not math.isfinite(result):
        reject()
    if isinstance(result, int) and abs(result) >= 2**14_000:
        raise NoValueError
    return result


def canonical(value: Any) -> Any:
    """A value, so that Python's equality of these is JSON's equality of values."""
    match value:
        case bool() | None | str():
            return type(value).__name__, value
        case int() | float():
            return "number", Fraction(value)
        case list():
            return "list", [canonical(each) for each in value]
    return "object", {key: canonical(each) for key, each in value.items()}


def compared(left: Any, rest: list[tuple[str, Tree]], tolerance: str, names: Names) -> bool:
    for mark, operand in rest:
        right = meant(operand, names)
        if not holds(mark, left, right, tolerance):
            return False
        left = right
    return True


def holds(mark: str, left: Any, right: Any, tolerance: str) -> bool:
    if mark in ("==", "!="):
        return (canonical(left) == canonical(right)) is (mark == "==")
    if mark in ("in", "not in"):
        found = canonical(left) in [canonical(each) for each in items_of(right)]
        return found is (mark == "in")
    one, other = Fraction(number(left)), Fraction(number(right))
    if mark == "≈":
        return near(one, other, tolerance)
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[mark]


def near(one: Fraction, other: Fraction, tolerance: str) -> bool:
    """By exact numbers; where floats could round to the other side, the case is dropped."""
    allowed = Fraction(tolerance.rstrip("%") or "1e-9")
    if tolerance.endswith("%") or not tolerance:
        allowed *= abs(other) / (100 if tolerance else 1)
    spare = allowed - abs(one - other)
    whole = bool(tolerance) and all(n.denominator == 1 and abs(n) < 2**40 for n in (one, other))
    if not whole and abs(spare) <= Fraction("1e-12") * max(abs(one), abs(other), 1):
        reject()
    return spare >= 0


def reached(value: Any, steps: list[Any], names: Names) -> Any:
    """By all values that a path has reached so far, and whether they are the parts of a list."""
    values, many = [value], False
    for step in steps:
        if step == "()":
            values, many = [values if many else values[0]], False
        elif step == "*":
            spread = [each.values() if type(each) is dict else items_of(each) for each in values]
            values, many = [item for each in spread for item in each], True
        else:
            key = meant(step, names) if isinstance(step, tuple) and values else step
            wanted = {str: dict, int: list}.get(type(key))
            if not all(type(each) is wanted for each in values):
                raise NoValueError
            values = [each[key] for each in values]
    return values if many else values[0]


def applied(function: str, value: Any) -> Any:
    if function in ("all", "any"):
        for each in items_of(value):  # the first that decides hides what comes after it
            if truth(each) is (function == "any"):
                return function == "any"
        return function == "all"
    if function in ("len", "count"):
        return len(items_of(value))
    if function == "distinct":
        values = [canonical(each) for each in items_of(value)]
        return all(each not in values[place + 1 :] for place, each in enumerate(values))
    if function == "sorted" and any(type(each) not in (int, float) for each in items_of(value)):
        reject()  # texts and lists can be sorted, too
    numbers = [number(each) for each in items_of(value)]
    if function in ("sum", "sorted"):
        return sum(numbers) if function == "sum" else sorted(numbers)
    if not numbers:
        raise NoValueError
    return min(numbers) if function == "min" else max(numbers)


def free(tree: Tree, bound: frozenset[str] = frozenset()) -> set[str]:
    """The names that a tree takes from outside."""
    match tree:
        case ("name", name):
            return {name} - bound
        case ("each", _, body, name, source, condition):
            inner = bound | {name}
            return free(source, bound) | free(body, inner) | free(condition or (), inner)
        case ("compare", first, rest, _):
            return free(first, bound).union(*(free(operand, bound) for _, operand in rest))
        case ("path", start, steps):
            keys = [each for each in steps if isinstance(each, tuple)]
            return free(start, bound).union(*(free(each, bound) for each in keys))
    return set().union(*(free(each, bound) for each in tree if isinstance(each, tuple)))


# -- trees that mostly have a value ------------------------------------------------------------

FLAT: st.SearchStrategy[Tree] = st.sampled_from(
    [*(("value", each) for each in (0, 1, 2, 5, 100, 102, 0.5, 1.0, 2.0)), ("name", "n")] * 2
    + [("name", "m"), ("name", "v"), ("name", "flag"), ("path", ("name", "o"), ["p"])]
)
PATHS: st.SearchStrategy[Tree] = st.one_of(
    st.sampled_from(
        [
            ["*", "id"],
            ["*", "items", "*", "p"],
            ["*", "items", "*", "t", "*"],
            ["*", "items", "()", 0, "*", "p"],
            ["*", "items", "*", "p", "()", 1],
            ["*", "items", "*", "()", 0, "p"],
            [0, "items", "*", "t", "()", "*", "*"],
            [-1, "()", "items", 0, "p"],
            [("-", ("name", "n"), ("name", "k")), "id"],
            ["*", ("value", "items"), "*", "t", "*"],
        ]
    ),
    st.lists(st.sampled_from(["*", "*", "items", "p", "t", "id", 0, -1, "()"]), max_size=5),
).map(lambda steps: ("path", ("name", "orders"), steps))
LISTED = ["sum", "count", "min", "max", "len"]
TOLERANCES = st.sampled_from(["", "2", "0.5", "2%", "50%", "0"])


def each_of(
    functions: list[str], body: st.SearchStrategy[Tree], depth: int
) -> st.SearchStrategy[Tree]:
    return st.tuples(
        st.just("each"),
        st.sampled_from(functions),
        body,
        st.sampled_from(["v", "n", "xs"]),
        lists(depth),
        st.one_of(st.none(), truths(depth)),
    )


@lru_cache
def numbers(depth: int) -> st.SearchStrategy[Tree]:
    if not depth:
        return FLAT
    inner = numbers(depth - 1)
    return st.one_of(
        FLAT,
        st.tuples(st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner, inner),
        st.tuples(st.just("negative"), inner),
        st.tuples(st.just("if"), truths(depth - 1), inner, inner),
        st.tuples(st.just("call"), st.sampled_from(LISTED), lists(depth - 1)),
        each_of(LISTED, inner, depth - 1),
    )


@lru_cache
def lists(depth: int) -> st.SearchStrategy[Tree]:
    flat = st.one_of(st.just(("name", "xs")), PATHS)
    if not depth:
        return flat
    inner = lists(depth - 1)
    return st.one_of(
        flat,
        st.lists(numbers(depth - 1), max_size=3).map(lambda items: ("list", *items)),
        st.tuples(st.just("+"), inner, inner),
        st.tuples(st.just("call"), st.just("sorted"), inner),
    )


@lru_cache
def truths(depth: int) -> st.SearchStrategy[Tree]:
    flat = st.sampled_from([("value", True), ("value", False), ("name", "flag")])
    if not depth:
        return flat
    inner, sums, any_ = truths(depth - 1), numbers(depth - 1), trees(depth - 1)
    marks = st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "≈"])
    chains = st.lists(st.tuples(marks, sums), min_size=1, max_size=3)
    near_ = st.tuples(chains, st.tuples(st.just("≈"), sums)).map(lambda c: [*c[0][:1], c[1]])
    members = st.tuples(st.sampled_from(["in", "not in"]), lists(depth - 1)).map(lambda m: [m])
    same = st.tuples(st.sampled_from(["==", "!="]), any_).map(lambda m: [m])
    return st.one_of(
        flat,
        st.tuples(st.just("compare"), sums, chains, st.just("")),
        st.tuples(st.just("compare"), sums, near_ | near_.map(lambda c: c[1:]), TOLERANCES),
        st.tuples(st.just("compare"), any_, members, st.just("")),
        st.tuples(st.just("compare"), any_, same, st.just("")),
        st.tuples(st.sampled_from(["and", "or", "implies"]), inner, inner),
        st.tuples(st.just("not"), inner),
        st.tuples(st.just("call"), st.just("distinct"), lists(depth - 1)),
        each_of(["all", "any"], inner, depth - 1),
    )


@lru_cache
def trees(depth: int) -> st.SearchStrategy[Tree]:
    return st.one_of(numbers(depth), lists(depth), truths(depth), PATHS)


MANY = settings(max_examples=600, deadline=None)


def worth(tree: Tree, names: Names) -> str:
    """A value with its type, or that there is none."""
    try:
        return repr(meant(tree, names))
    except (NoValueError, LookupError):
        return "no value"


def found(text: str, names: Names) -> str:
    try:
        return repr(evaluate(parse(text), names))
    except EvaluationError:
        return "no value"


@MANY
@given(trees(3))
def test_an_expression_is_worth_what_a_second_reading_says(tree: Tree) -> None:
    """Precedence, powers, equality, tolerance, chains, projections, names bound by `for`."""
    assert found(written(tree), DATA) == worth(tree, DATA)


def tree_of(*kinds: str) -> Any:
    """What makes larger trees of smaller ones."""

    def larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        one = [kind for kind in kinds if kind in ("not", "negative")]
        two = [kind for kind in kinds if kind not in one]
        return st.tuples(st.sampled_from(one), inner) | st.tuples(
            st.sampled_from(two), inner, inner
        )

    return larger


NO_VALUE = ("name", "nowhere")
SUMS = st.recursive(
    st.sampled_from([("value", each) for each in (0, 1, 2, 3, 0.5)]),
    tree_of("+", "-", "*", "/", "//", "%", "**", "**", "negative"),
    max_leaves=6,
)
LOGIC = st.recursive(
    st.sampled_from([("value", True), ("value", False), NO_VALUE, ("value", 1)]),
    tree_of("and", "or", "implies", "not"),
    max_leaves=6,
)

FEW_VALUES = st.sampled_from([("value", 1), ("value", 2), ("value", 2.0)])
LONG = st.lists(
    st.tuples(st.sampled_from(["<=", ">=", "==", "≈", "<"]), FEW_VALUES), min_size=3, max_size=5
).map(lambda rest: ("compare", ("value", 1), rest, ""))


@MANY
@given(SUMS | LOGIC | LONG)
def test_operators_bind_and_decide_as_a_second_reading_says(tree: Tree) -> None:
    """Powers to the right, a minus before a power; what decides; a chain to its end."""
    assert found(written(tree), DATA) == worth(tree, DATA)


@MANY
@given(
    st.sampled_from([100, -100, 0, 7, 1_000_000]),
    st.sampled_from(["", "0", "1", "2", "1%", "2%", "100%"]),
    st.sampled_from([-1, 1]),
    st.sampled_from([-1, -0.25, 0, 0.25, 1]),
)
def test_a_tolerance_is_exact_at_its_ends(
    centre: int, tolerance: str, side: int, beyond: float
) -> None:
    """The end belongs to it, on both sides; a share is one of the absolute value."""
    allowed = float(tolerance.rstrip("%") or 0)
    if tolerance.endswith("%"):
        allowed = abs(centre) * allowed / 100
    one = centre + side * (allowed + beyond)
    text = f"{one} ≈ {centre}" + (f" ± {tolerance}" if tolerance else "")
    expected = near(Fraction(one), Fraction(centre), tolerance)
    assert evaluate(parse(text), {}) is expected
    assert evaluate(parse(text.replace("≈", "~=").replace("±", "+-")), {}) is expected


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 0.0, 1.0, 1.5, "", "1", 10**20, 1e20]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=4,
)


@MANY
@given(JSON_VALUES, JSON_VALUES)
def test_equality_is_jsons(left: Any, right: Any) -> None:
    """A bool is no number, 1 and 1.0 are one number; `in`, `distinct` and `!=` say the same."""
    same = canonical(left) == canonical(right)
    names = {"a": left, "b": right}
    assert evaluate(parse("a == b"), names) is same
    assert evaluate(parse("a != b"), names) is not same
    assert evaluate(parse("a in [b]"), names) is same
    assert evaluate(parse("distinct([a, b])"), names) is not same


@MANY
@given(trees(3))
def test_the_names_are_those_that_are_used(tree: Tree) -> None:
    """No other is asked for: with these alone the value is the same."""
    text = written(tree)
    names = parse(text).names
    assert names == free(tree)
    some = {name: value for name, value in DATA.items() if name in names}
    assert found(text, some) == found(text, DATA)


@MANY
@given(truths(3))
def test_what_an_explanation_tells_is_so(tree: Tree) -> None:
    """Each part that it quotes is an expression, and has the value that is told of it."""
    text = written(tree)
    if found(text, DATA) != "False":
        return
    for told in explain(parse(text), DATA).split("; "):
        part, _, value = told.rpartition(" = ")
        if told.endswith(" is true"):
            assert found(told.removesuffix(" is true"), DATA) == "True", told
        elif part and not value.endswith("…"):
            assert found(part, DATA) == value, told
        else:
            assert told.startswith("allowed ") or told == f"{text} is not true" or part, told


CHAINS = st.lists(
    st.tuples(st.sampled_from(["<", "<=", "==", "!=", ">"]), numbers(1)), min_size=1, max_size=3
)


@MANY
@given(numbers(1), CHAINS)
def test_an_explanation_tells_all_that_was_compared(first: Tree, rest: list[Any]) -> None:
    """As it is written, with its brackets, up to the comparison that is false; no constants."""
    text = written(("compare", first, rest, ""))
    if found(text, DATA) != "False":
        return
    seen = [first]
    for place, (_, operand) in enumerate(rest, start=1):
        seen.append(operand)
        if not meant(("compare", first, rest[:place], ""), DATA):
            break
    values = {within(each, 6): worth(each, DATA) for each in seen if each[0] != "value"}
    shown = {part: v if len(v) <= 80 else v[:77] + "…" for part, v in values.items()}
    told = "; ".join(f"{part} = {value}" for part, value in shown.items())
    assert explain(parse(text), DATA) == (told or f"{text} is not true")
