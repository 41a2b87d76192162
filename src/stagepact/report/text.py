"""A Run on a terminal: lines first, as values; printing is the last step.

Prose is wrapped here, at the console's width and with a hanging indent. What is there to be
copied (a command, an example, `file:line`) is printed whole: the terminal wraps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from rich.console import Console
from rich.text import Text

from stagepact.errors import Problem
from stagepact.report.characters import encodable, shortened
from stagepact.report.wording import (
    MARKS,
    Fact,
    Standing,
    counted,
    counts,
    coverage,
    covered_sentence,
    facts,
    grouped,
    headline,
    plural,
    remark,
    sentence,
    standing,
    summary,
    unchecked_sentence,
)
from stagepact.verdict import Listed, Run, Verdict, Violation

STYLES: Mapping[Standing, str] = {
    Standing.KEPT: "green",
    Standing.BROKEN: "bold red",
    Standing.NOT_EXERCISED: "yellow",
    Standing.EXCEPTED: "magenta",
}

# A report is read in a terminal: beyond these, the JSON and HTML reports hold the rest.
_LONGEST_FACT = 1_000
_TRACEBACK_LINES = 12
_VIOLATIONS = 3

_NARROWEST = 40
_LABEL = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A line to print: styled parts, how far in, how much further where it wraps.

    A whole line is never wrapped by us.
    """

    parts: tuple[tuple[str, str], ...] = ()
    indent: int = 0
    hang: int = 0
    whole: bool = False


def render(run: Run, console: Console, *, verbose: bool = False) -> None:
    """Print the run: problems, the clauses by subject, what is broken in full, the summary."""
    for line in lines(run, verbose=verbose):
        _print(line, console)


def verdict_text(verdict: Verdict, width: int = 88) -> str:
    """One broken clause in full, as plain text: what a test runner shows of it."""
    console = Console(file=StringIO(), width=width, color_system=None)
    for line in _broken_clause(verdict, verbose=False):
        _print(line, console)
    file = console.file
    return file.getvalue().rstrip() if isinstance(file, StringIO) else ""


def lines(run: Run, *, verbose: bool = False) -> Iterator[Line]:
    """The report as lines, for a console of any width."""
    yield from _problems(run.problems)
    yield from _files(run.verdicts, verbose)
    yield from _broken(run.verdicts, verbose)
    yield from _listed(run.listed)
    yield from _coverage(run.verdicts)
    yield from _last(run)


def _line(text: str, style: str = "", *, indent: int = 0, hang: int = 0) -> Line:
    return Line(((text, style),), indent, hang)


def _title(text: str) -> Iterator[Line]:
    yield _line(text, "bold")


def _fact(label: str, text: str, indent: int) -> Line:
    return Line(((f"{label:<{_LABEL}}", "dim"), (text, "")), indent, _LABEL)


def _problems(problems: Iterable[Problem]) -> Iterator[Line]:
    problems = tuple(problems)
    if not problems:
        return
    yield from _title("Problems")
    for problem in problems:
        yield Line(((str(problem.place), "cyan"),), 2, whole=True)
        said = (
            ("found", problem.found),
            ("expected", problem.expected),
            ("to do", problem.advice),
        )
        yield from (_fact(label, text, 4) for label, text in said if text)
    yield Line()


def _files(verdicts: Iterable[Verdict], verbose: bool) -> Iterator[Line]:
    for file, subjects in grouped(verdicts).items():
        yield Line(((file, "bold"),), whole=True)
        for subject, found in subjects.items():
            yield from _subject(subject, found, verbose)
        yield Line()


def _subject(name: str, verdicts: list[Verdict], verbose: bool) -> Iterator[Line]:
    yield Line(((name, "bold"), (f"  {counted(counts(verdicts))}", "dim")), 2, 2)
    for rows in _rows(verdicts, verbose):
        yield _clause(rows)


def _rows(verdicts: Iterable[Verdict], verbose: bool) -> Iterable[list[Verdict]]:
    """The verdicts to show; the paths of a clause that stand alike share a line."""
    rows: dict[tuple[str, Standing, str], list[Verdict]] = {}
    for verdict in verdicts:
        if verbose or standing(verdict) is not Standing.KEPT or verdict.excepted:
            key = (verdict.item.clause, standing(verdict), remark(verdict))
            rows.setdefault(key, []).append(verdict)
    return rows.values()


def _clause(verdicts: list[Verdict]) -> Line:
    first, state = verdicts[0], standing(verdicts[0])
    paths = ", ".join(verdict.item.path for verdict in verdicts if verdict.item.path)
    name = f"{first.item.clause}[{paths}]" if paths else first.item.clause
    return Line(
        (
            (f"{MARKS[state]} {name}", STYLES[state]),
            (f"  {sentence(first)}" if sentence(first) else "", "dim"),
        ),
        indent=4,
        hang=2,
    )


def _broken(verdicts: Iterable[Verdict], verbose: bool) -> Iterator[Line]:
    broken = [verdict for verdict in verdicts if standing(verdict) is Standing.BROKEN]
    if not broken:
        return
    yield from _title("Broken")
    for verdict in broken:
        yield from _broken_clause(verdict, verbose)
        yield Line()


def _broken_clause(verdict: Verdict, verbose: bool) -> Iterator[Line]:
    style = STYLES[Standing.BROKEN]
    mark = MARKS[Standing.BROKEN]
    identity = f" ({verdict.identity})" if verdict.identity else ""
    subject = (f"  {verdict.item.subject}{identity}", "")
    yield Line(((f"{mark} {verdict.item.name}", style), subject), hang=2)
    yield Line(((str(verdict.place), "cyan"),), 2, whole=True)
    if verdict.promise:
        yield _line(verdict.promise, "italic", indent=2)
    if remark(verdict):
        yield _line(remark(verdict), indent=2)
    yield from _violations(verdict, verbose)


def _violations(verdict: Verdict, verbose: bool) -> Iterator[Line]:
    shown = verdict.violations if verbose else verdict.violations[:_VIOLATIONS]
    for number, violation in enumerate(shown):
        if number:
            yield Line()
        yield from _violation(verdict, violation, verbose)
    left = len(verdict.violations) - len(shown)
    if left:
        yield _line(f"… and {plural(left, 'more violation')}: ask for the verbose report", indent=2)


def _violation(verdict: Verdict, violation: Violation, verbose: bool) -> Iterator[Line]:
    for fact in facts(verdict, violation):
        yield from _verbatim(fact, verbose) if fact.verbatim else _prose(fact, verbose)


def _prose(fact: Fact, verbose: bool) -> Iterator[Line]:
    yield _fact(fact.label, fact.text if verbose else shortened(fact.text, _LONGEST_FACT), 2)


def _verbatim(fact: Fact, verbose: bool) -> Iterator[Line]:
    text = fact.text.expandtabs(4).rstrip("\n").split("\n")
    if fact.label == "traceback" and not verbose:
        text = text[-_TRACEBACK_LINES:]
    if len(text) == 1:
        yield Line(((f"{fact.label:<{_LABEL}}", "dim"), (text[0], "")), 2, whole=True)
        return
    yield _line(_VERBATIM_LABELS.get(fact.label, fact.label), "dim", indent=2)
    yield from (Line(((line, ""),), 4, whole=True) for line in text)


_VERBATIM_LABELS: Mapping[str, str] = {"example": "example, to paste under `examples:`"}


def _listed(listed: Iterable[Listed]) -> Iterator[Line]:
    listed = tuple(listed)
    if not listed:
        return
    yield from _title("In the code, and not checked")
    for each in listed:
        name = f"{each.kind} {each.identity or each.name}".strip()
        yield Line(((name, "yellow"), (f"  {unchecked_sentence(each)}", "dim")), 2, 2)
    yield Line()


def _coverage(verdicts: Iterable[Verdict]) -> Iterator[Line]:
    found = [
        (subject, coverage(of))
        for subjects in grouped(verdicts).values()
        for subject, of in subjects.items()
    ]
    if not found:
        return
    yield from _title("Clauses exercised")
    # A longer name pushes its own row only.
    width = min(max(len(subject) for subject, _ in found), 30)
    for subject, covered in found:
        yield _line(f"{subject:<{width}}  {covered_sentence(covered)}", indent=2, hang=2)
    yield Line()


def _last(run: Run) -> Iterator[Line]:
    numbers = counts(run.verdicts)
    if run.exit_code and not (run.problems or numbers[Standing.BROKEN]):
        # Nothing is broken, and still it fails: the reader wants to know why.
        yield _line(headline(run), "bold red")
    yield _line(summary(run), "bold red" if run.exit_code else "bold green")


def _print(line: Line, console: Console) -> None:
    parts = [(encodable(text, console.encoding), style) for text, style in line.parts if text]
    text = Text.assemble(*parts)
    width = max(console.width, _NARROWEST) - line.indent
    rows = [text] if line.whole else _wrapped(text, console, width, line.hang)
    for row in rows or [Text()]:
        padded = Text(" " * line.indent) + row if row.plain else row
        console.print(padded, soft_wrap=True, highlight=False)


def _wrapped(text: Text, console: Console, width: int, hang: int) -> list[Text]:
    """The text in rows; all but the first are shorter by the hanging indent."""
    if text.cell_len <= width and "\n" not in text.plain:
        return [text]
    rows = list(text.wrap(console, width - hang))
    for row in rows:
        row.rstrip()
    return [rows[0], *(Text(" " * hang) + row for row in rows[1:])] if rows else []
