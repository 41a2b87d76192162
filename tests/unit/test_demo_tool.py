"""The demonstration holds only when exactly the listed clauses are broken."""

import pytest

from demo import broken_clauses, differences, listed


def test_a_list_is_a_clause_a_line_with_comments() -> None:
    text = "# planted: the duration is negative\nvoice::speak::events.completed\n\n  b::c \n"
    assert listed(text) == {"voice::speak::events.completed", "b::c"}


def test_only_broken_clauses_count() -> None:
    report = {
        "clauses": [
            {"id": "a", "verdict": "kept"},
            {"id": "b", "verdict": "broken"},
            {"id": "c", "verdict": "not exercised"},
        ]
    }
    assert broken_clauses(report) == {"b"}


@pytest.mark.parametrize(
    ("expected", "found", "lines"),
    [
        ([], [], []),
        (["a", "b"], ["b", "a"], []),
        (["a", "b"], ["b"], ["not found broken, and should be: a"]),
        (["a"], ["a", "z"], ["found broken, and shouldn't be: z"]),
        (
            ["b", "a"],
            ["z"],
            [
                "not found broken, and should be: a",
                "not found broken, and should be: b",
                "found broken, and shouldn't be: z",
            ],
        ),
    ],
)
def test_a_difference_in_either_direction_is_a_line(
    expected: list[str], found: list[str], lines: list[str]
) -> None:
    assert differences(expected, found) == lines
