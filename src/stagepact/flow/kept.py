"""Boundary cases that failed: made smaller by their structure, and kept to be run again first.

Hypothesis shrinks and keeps what it drew itself; a case on an edge it may never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hypothesis.database import ExampleDatabase

from stagepact.schema.corpus import Corpus
from stagepact.schema.shrink import shrink
from stagepact.subject import Case, Given, Request

_CALLS = 300
_SECTIONS = ("path", "query", "headers", "cookies")


def smaller(case: Case, fails: Callable[[Case], bool], admits: Callable[[Given], bool]) -> Case:
    """The smallest case found that still fails and is what the contracts assume."""

    def is_one(values: Any) -> bool:
        if not _has_form(values):
            return False
        tried = _case(values, case)
        return admits(tried.given) and fails(tried)

    return _case(shrink(_values(case), is_one, calls=_CALLS), case)


@dataclass(frozen=True, slots=True)
class Kept:
    """The boundary cases that broke clauses, by clause."""

    database: ExampleDatabase

    def cases(self, clauses: Iterable[str], like: Case) -> Iterator[Case]:
        """All that are kept, made whole by a case of the same target."""
        for clause in clauses:
            for values in self._of(clause).values():
                if _has_form(values):
                    yield _case(values, like)

    def keep(self, clause: str, case: Case) -> None:
        """Keep the case that breaks a clause; one that isn't JSON can't be kept."""
        self.forget(clause)
        with suppress(TypeError, ValueError):
            self._of(clause).add(_values(case))

    def forget(self, clause: str) -> None:
        """Keep nothing of a clause any longer."""
        corpus = self._of(clause)
        for values in corpus.values():
            corpus.forget(values)

    def _of(self, clause: str) -> Corpus:
        return Corpus(self.database, clause)


def _values(case: Case) -> dict[str, Any]:
    """What varies from case to case, as one JSON object."""
    given, request = case.given, case.given.request
    values: dict[str, Any] = {"inputs": dict(given.inputs), "state": given.state}
    values |= {section: dict(getattr(request, section)) for section in _SECTIONS}
    values |= {"body": request.body} if request.has_body else {}
    return {"input": given.input, **{name: each for name, each in values.items() if each}}


def _has_form(values: Any) -> bool:
    """Whether a value is of the form in which cases are kept."""
    if not isinstance(values, Mapping):
        return False
    mappings = (values.get(name, {}) for name in ("inputs", *_SECTIONS))
    state = values.get("state")
    return all(isinstance(each, Mapping) for each in mappings) and (
        state is None or isinstance(state, str)
    )


def _case(values: Mapping[str, Any], like: Case) -> Case:
    sections = {section: values.get(section, {}) for section in _SECTIONS}
    given = replace(
        like.given,
        input=values.get("input"),
        inputs=values.get("inputs", {}),
        state=values.get("state"),
        request=Request(**sections, body=values.get("body"), has_body="body" in values),
    )
    return replace(like, name="fuzz", given=given)
