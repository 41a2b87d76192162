"""The demonstration holds only when exactly the listed clauses are broken."""

import pytest

from demo import broken_clauses, differences, listed


def test_a_list_is_a_clause_a_line_with_comments() -> None:
    text = "# planted: the duration is negative\nvoice::speak::events.completed\n\n  b::c \n"
    assert listed(text) == {"voice::speak::events.completed", "b::c"}


def test_only_broken_clauses_count() -> None:
    def verdict(clause: str, state: str, path: str = "direct") -> dict[str, object]:
        item = {"file": "v.contract.yaml", "subject": "speak", "clause": clause, "path": path}
        return {"item": item, "state": state}

    report = {
        "verdicts": [
            verdict("output.data", "kept"),
            verdict("output.json", "broken"),
            verdict("laws", "broken", path=""),
            verdict("events.order", "not exercised"),
        ]
    }
    assert broken_clauses(report) == {
        "v.contract.yaml::speak::output.json[direct]",
        "v.contract.yaml::speak::laws",
    }


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
