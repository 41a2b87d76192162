"""Clause coverage of one subject as a table: rows are clauses, columns are cases."""

from __future__ import annotations

from collections.abc import Iterator

from stagepact.report.markup import Markup, join, tag
from stagepact.report.wording import (
    MARKS,
    Coverage,
    coverage,
    covered_sentence,
    sentence,
    standing,
)
from stagepact.verdict import State, Verdict

# A table of more columns is read by nobody; each clause names its cases above it.
COLUMNS = 40


def matrix(verdicts: list[Verdict]) -> Markup:
    """The matrix, folded under its summary; complete without a script."""
    covered = coverage(verdicts)
    cases = covered.cases[:COLUMNS]
    table = tag(
        "table",
        tag("thead", tag("tr", *_titles(covered))),
        tag("tbody", *(tag("tr", *_row(verdict, cases)) for verdict in verdicts)),
        class_="matrix",
    )
    said = f"Clause coverage: {' '.join(covered_sentence(covered).split())}"
    scroll = tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=said)
    return tag("details", tag("summary", said), scroll, class_="coverage")


def _titles(covered: Coverage) -> Iterator[Markup]:
    yield tag("th", "Clause", scope="col")
    for case in covered.cases[:COLUMNS]:
        yield tag("th", tag("span", case), scope="col", class_="case", title=case)
    left = len(covered.cases) - COLUMNS
    if left > 0:
        yield tag("th", f"{left:,} more cases", scope="col", class_="count")
    yield tag("th", "fuzzed", scope="col", class_="count")


def _row(verdict: Verdict, cases: tuple[str, ...]) -> Iterator[Markup]:
    mark = tag("span", MARKS[standing(verdict)], class_="mark", aria_hidden="true")
    state = tag("span", f" {standing(verdict)}", class_="heard")
    yield tag("th", mark, verdict.item.name, state, scope="row", data_state=_slug(verdict))
    if verdict.state is State.NOT_EXERCISED:
        yield tag("td", sentence(verdict), colspan=str(len(cases) + 2), class_="reason")
        return
    by = frozenset(verdict.cases)
    yield from (_cell(case in by) for case in cases)
    left = len(by.difference(cases))
    if left:
        yield tag("td", f"{left:,}", class_="count")
    yield tag("td", f"{verdict.fuzzed:,}", class_="count")


def _slug(verdict: Verdict) -> str:
    return standing(verdict).replace(" ", "-").replace("'", "")


def _cell(exercised: bool) -> Markup:
    if not exercised:
        return tag("td")
    dot = tag("span", "●", aria_hidden="true")
    return tag("td", join(dot, tag("span", "exercised", class_="heard")), class_="dot")
