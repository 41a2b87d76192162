"""Ways out of a clause: which of the written exceptions covers a verdict, here and today."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from platform import python_version

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from stagepact.contract.models import Except, When
from stagepact.contract.selector import matches
from stagepact.errors import Place
from stagepact.subject import SubjectId
from stagepact.verdict.model import Excepted


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where and when the contracts are checked; handed in, so that verdicts are functions."""

    today: date
    platform: str = sys.platform
    python: str = field(default_factory=python_version)
    env: Mapping[str, str] = field(default_factory=dict)
    version: Callable[[str], str | None] = lambda name: None


@dataclass(frozen=True, slots=True)
class WrittenExcept:
    """An exception with the place where it is written."""

    value: Except
    place: Place


def excepted(
    exceptions: Iterable[WrittenExcept], clause: str, subject: SubjectId, here: Surroundings
) -> Excepted | None:
    """The exception that covers a clause of a subject, the latest to end first; or None."""
    covering = [
        each
        for each in exceptions
        if fnmatchcase(clause, each.value.clause)
        and (each.value.stage is None or matches(each.value.stage, subject))
        and applies(each.value.when, here)
    ]
    if not covering:
        return None
    latest = max(covering, key=lambda each: each.value.until)
    value = latest.value
    return Excepted(
        value.reason, value.issue, value.until, expired=here.today > value.until, place=latest.place
    )


def applies(when: When | None, here: Surroundings) -> bool:
    """Whether all that `when` says is so."""
    if when is None:
        return True
    return (
        (not when.platform or here.platform in when.platform)
        and (when.python is None or _in_range(here.python, when.python))
        and all(here.env.get(name) == value for name, value in when.env.items())
        and all(_in_range(here.version(name), wanted) for name, wanted in when.version.items())
    )


def _in_range(version: str | None, wanted: str) -> bool:
    if version is None:
        return False
    try:
        return SpecifierSet(wanted).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return False
