"""The traceback of a violation: the user's own frames, and the error that is the user's."""

from __future__ import annotations

from stagepact.errors import Misuse
from stagepact.subject.tracebacks import users_traceback


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def test_an_error_of_stagepact_s_own_is_told_by_its_cause() -> None:
    cause = raised(ValueError("no database"))
    told = users_traceback(raised(Misuse(), cause))
    assert told.endswith("ValueError: no database\n")


def test_causes_that_are_a_circle_end() -> None:
    first, second = Misuse(), Misuse()
    first.__cause__, second.__cause__ = second, first
    assert users_traceback(raised(first, second)).count("Misuse") == 1


def test_an_error_that_is_its_own_cause_ends() -> None:
    error = Misuse()
    assert "Misuse" in users_traceback(raised(error, error))
