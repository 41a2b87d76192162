"""A failing value gets as small as it can and still fails, and stays valid."""

from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from stagepact.schema import compile, sample
from stagepact.schema.shrink import shrink


def whole(value: Any) -> bool:
    return isinstance(value, int)


def with_keys(*names: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and set(names) <= value.keys()


CASES: list[tuple[str, Any, Callable[[Any], bool], Any]] = [
    ("all may go", {"a": [1, 2]}, lambda value: True, None),
    ("nothing smaller fails", 7, lambda value: value == 7, 7),
    ("a number to its bound", 987_654, lambda value: whole(value) and value > 500, 501),
    ("a negative number", -987, lambda value: whole(value) and value < -3, -4),
    ("a sign", -12, lambda value: whole(value) and abs(value) == 12, 12),
    ("to a whole", 12.625, lambda value: isinstance(value, float | int) and value > 12.5, 13),
    ("a fraction", 0.123456, lambda value: isinstance(value, float) and value % 1 != 0, 0.1),
    ("one to nothing", 1, whole, False),
    ("a text to what matters", "the quick fox", lambda value: "q" in str(value), "q"),
    ("to letters", "Ωß→", lambda value: isinstance(value, str) and len(value) == 3, "aaa"),
    ("to digits", "Ωß", lambda value: isinstance(value, str) and value[:1] not in "a", "0"),
    ("an item of a list", [1, [2], "x", 3], lambda value: "x" in repr(value), "x"),
    ("to one", list(range(50)), lambda value: isinstance(value, list) and 37 in value, [37]),
    ("a key that matters", {"a": 1, "b": {"c": [5]}, "d": 2}, with_keys("b"), {"b": None}),
    ("two parts", {"a": 9, "b": 17, "c": 1}, with_keys("a", "b"), {"a": None, "b": None}),
    ("a truth", [True, True], lambda value: value is True, True),
    ("no number", float("inf"), lambda value: value == float("inf"), float("inf")),
]


@pytest.mark.parametrize(
    ("value", "fails", "smallest"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_what_is_left_is_what_fails(value: Any, fails: Any, smallest: Any) -> None:
    found = shrink(value, fails)
    assert (found, type(found)) == (smallest, type(smallest))


def test_a_part_takes_the_place_of_what_holds_it() -> None:
    """So that a deep tree becomes the subtree that fails."""
    tree = {"v": 1, "l": {"v": 2, "l": {"v": 13, "l": None}}}

    assert shrink(tree, lambda value: "'v': 13" in repr(value)) == {"v": 13}


ORDER = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": 100},
        "name": {"type": "string", "minLength": 2},
        "lines": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer"}},
                "required": ["n"],
            },
        },
    },
    "required": ["id", "lines", "name"],
}


def test_what_is_left_is_valid() -> None:
    """Of any sampled value that fails the same is left."""
    accepts = compile(ORDER).accepts

    def fails(value: Any) -> bool:
        return any(line["n"] >= 10 for line in value["lines"])

    found = [shrink(each, fails, accepts) for each in filter(fails, islice(sample(ORDER, 1), 60))]
    assert len(found) > 5
    plainest = {"name": "aa", "lines": [{"n": 10}], "id": 100}
    assert all(each == plainest for each in found)


def test_what_is_given_is_not_changed() -> None:
    value = {"a": [1, {"b": 2}]}
    shrink(value, lambda each: "a" in str(each))
    assert value == {"a": [1, {"b": 2}]}


def test_calls_are_bounded() -> None:
    """And none is made for a value that was seen or isn't accepted."""
    calls: list[str] = []

    def fails(value: Any) -> bool:
        calls.append(repr(value))
        return False

    shrink(list(range(1000)), fails, calls=50)
    assert len(calls) == len(set(calls)) == 50
    looked: list[Any] = []
    shrink(list(range(1000)), fails, lambda value: bool(looked.append(value)), calls=5)
    assert (len(calls), len(looked)) == (50, 50)


def test_what_the_test_raises_is_raised() -> None:
    def fails(value: Any) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shrink([1], fails)
