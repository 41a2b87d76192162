"""One case of a target, as it is named on the command line, and what is seen of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stagepact.cli import output
from stagepact.contract.source import Kind, Source, read_json, read_yaml
from stagepact.errors import ConfigurationError, Place, Problem, nearest
from stagepact.flow import Item, Options, Target, observer_of
from stagepact.flow.session import Session
from stagepact.observation import Observation
from stagepact.plan.given import case_of_values
from stagepact.subject import Case
from stagepact.verdict.checks import Breach

_KIND = Kind('a case, e.g. {"given": {"input": 1}}', (dict, list))
_LARGEST = 5_000_000
_GIVEN = "given on the command line"

Judged = tuple[Breach, ...] | str


def tried(target: Target, item: Item, case: Case) -> tuple[Observation | None, Judged]:
    """One run, and what the clause says to it; a sentence where it says nothing."""
    if target.subject is None:
        return None, target.reason
    view = next(view for view in target.views if any(i.id == item.id for i in view.items))
    with output.user_code(), observer_of(target, Options()) as observer:
        session = Session(target, target.subject, observer)
        seen = view.of(session.observe(case))
        if item.clause.kind == "within.quantile":
            return seen, "one run says nothing of a quantile; `stagepact check` runs many"
        return seen, session.judge(view, item.clause, seen)


# -- the case ----------------------------------------------------------------------------------


def case_of(text: str, target: Target) -> Case:
    """The case that is meant: an example by name, JSON, or a file.

    Raises:
        Misuse: it is none of these.
    """
    named = next((case for case in target.cases if case.name == text), None)
    if named is not None:
        return named
    source = _source(text, target)
    values: Any = source.value[0] if isinstance(source.value, list) else source.value
    return _case(values, source, target)


def _source(text: str, target: Target) -> Source:
    if text.lstrip().startswith(("{", "[")):
        return read_json(text, "--case", _KIND)
    path = Path(text)
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            return read_yaml(path.read_bytes(), text, _KIND)
    except (OSError, ValueError):
        pass  # no path at all: then it was meant as a name
    names = [case.name for case in target.cases]
    guess = nearest(text, names)
    advice = f"did you mean {guess!r}?" if guess else f"its examples: {', '.join(names) or 'none'}"
    raise _wrong(f"{text!r}", advice)


def _wrong(found: str, advice: str = "") -> ConfigurationError:
    expected = "an example's name, a case as JSON, or a file with one"
    return ConfigurationError(Problem(Place("--case"), found, expected, advice, "no-case"))


def _case(values: Any, source: Source, target: Target) -> Case:
    """A case of plain values; what is the same in all cases of the target is added."""
    try:
        return case_of_values(values, target, _GIVEN)
    except ValueError as error:
        raise _wrong(f"{source.file}: {error}") from None
