"""Problems are values with a sentence; a Misuse carries all of them."""

import json
import pickle

import pytest

from stagepact.errors import (
    ConfigurationError,
    ContractError,
    Misuse,
    Place,
    Problem,
    ReferenceFault,
    nearest,
)

PLACE = Place("a.yaml", 7, 3)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("a.yaml", 7, 3), "a.yaml:7"),
        (Place("a.yaml", 7), "a.yaml:7"),
        (Place("a.yaml"), "a.yaml"),
    ],
)
def test_a_place_reads_as_file_and_line(place: Place, text: str) -> None:
    """The column is for the caret, and an unknown line is not shown as 0."""
    assert str(place) == text


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(PLACE, "a tab"), "a.yaml:7: found a tab"),
        (Problem(PLACE, "a tab", "a space"), "a.yaml:7: found a tab; expected a space"),
        (Problem(PLACE, "a tab", advice="use spaces"), "a.yaml:7: found a tab; use spaces"),
        (
            Problem(PLACE, "a tab", "a space", "use spaces", "tab"),
            "a.yaml:7: found a tab; expected a space; use spaces",
        ),
    ],
)
def test_a_problem_is_one_sentence(problem: Problem, text: str) -> None:
    """Where, found, expected, advice; parts that are empty leave no trace."""
    assert str(problem) == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ("\x1b[2J", r"a.yaml:7: found \x1b[2J; mend it"),
        ("a\rb.yaml:1: c\u202e", r"a.yaml:7: found a\x0db.yaml:1: c\u202e; mend it"),
        ("a\nb.yaml:1: found c", "a.yaml:7: found a\n    b.yaml:1: found c; mend it"),
        ("no pattern\n  (a\n  ^", "a.yaml:7: found no pattern\n  (a\n  ^; mend it"),
    ],
)
def test_what_a_problem_quotes_can_fool_no_terminal(found: str, text: str) -> None:
    """No cursor is moved, and no line pretends to be another problem."""
    assert str(Problem(PLACE, found, advice="mend it")) == text


def test_problems_are_equal_by_content_and_sort_by_place() -> None:
    """A report lists them as a reader meets them."""
    first, second, third = (Problem(Place("a", line), "x") for line in (1, 2, 10))
    assert sorted([third, first, second]) == [first, second, third]
    assert {first, Problem(Place("a", 1), "x")} == {first}


def test_a_problem_is_json() -> None:
    """as_dict survives a trip through JSON and says everything."""
    written = json.loads(json.dumps(Problem(PLACE, "f", "e", "a", "c").as_dict()))
    assert written == {
        "file": "a.yaml",
        "line": 7,
        "column": 3,
        "found": "f",
        "expected": "e",
        "advice": "a",
        "code": "c",
    }


@pytest.mark.parametrize("kind", [ContractError, ReferenceFault, ConfigurationError])
def test_every_misuse_has_one_root_and_carries_its_problems(kind: type[Misuse]) -> None:
    """One `except Misuse` at the door catches all; the text is a line a problem."""
    problems = (Problem(PLACE, "a"), Problem(PLACE, "b"))
    with pytest.raises(Misuse) as caught:
        raise kind(*problems)
    assert caught.value.problems == problems
    assert str(caught.value).splitlines() == [str(problem) for problem in problems]


def test_a_misuse_pickles_with_its_problems() -> None:
    """A worker process can hand it to its parent."""
    error = ContractError(Problem(PLACE, "a"))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.problems) == (ContractError, error.problems)


@pytest.mark.parametrize(
    ("word", "words", "found"),
    [
        ("evnets", ["events", "output"], "events"),
        ("outptu", {"events", "output"}, "output"),
        ("zebra", ["events", "output"], None),
        ("x", [], None),
    ],
)
def test_nearest_offers_the_likeliest_word_or_none(
    word: str, words: list[str], found: str | None
) -> None:
    """No offer is better than a silly one."""
    assert nearest(word, words) == found
