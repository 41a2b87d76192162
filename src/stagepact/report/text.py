"""A Run on a terminal: lines first, as values; printing is the last step.

Prose is wrapped here, at the console's width and with a hanging indent. What is there to be
copied (a command, an example, `file:line`) is printed whole: the terminal wraps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO

from rich.console import Console
from rich.text import Text

from stagepact.characters import encodable, shortened
from stagepact.errors import Problem
from stagepact.report.example import compact
from stagepact.report.finding import about_the_end, findings
from stagepact.report.raised import read as read_traceback
from stagepact.report.wording import (
    FAILING_THOUGH_KEPT,
    MARKS,
    Fact,
    Standing,
    clause_names,
    clauses_sentence,
    counted,
    counts,
    coverage,
    exercised_sentence,
    facts,
    grouped,
    headline,
    plural,
    pointer_text,
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
    Standing.KNOWN: "magenta",
    Standing.VANISHED: "bold red",
    Standing.CANT_FAIL: "bold red",
}

# A report is read in a terminal: beyond these, the verbose, JSON and HTML reports hold the rest.
_LONGEST_FACT = 300
_LONGEST_PROMISE = 60
_LONGEST_COMMAND = 160  # a longer one stands without its label
_ERROR_LINES = 12
_FRAMES = 3
_VIOLATIONS = 3

# What is laid out here is laid out for this width; a wider console leaves the rest empty.
_WIDTH = 80
_EXAMPLE = 76
_SHORTEST_NAME = 8
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
    """Print the run: problems, the clauses by subject, what is broken, the summary."""
    for line in lines(run, verbose=verbose):
        _print(line, console)


def verdict_text(verdict: Verdict, width: int = 88) -> str:
    """One broken clause as plain text: what a test runner shows of it."""
    console = Console(file=StringIO(), width=width, color_system=None)
    for line in _finding((verdict,), set()):
        _print(line, console)
    file = console.file
    return file.getvalue().rstrip() if isinstance(file, StringIO) else ""


def lines(run: Run, *, verbose: bool = False) -> Iterator[Line]:
    """The report as lines, for a console of any width."""
    yield from _problems(run.problems)
    yield from _files(run.verdicts, verbose)
    yield from _broken(run.verdicts, verbose)
    yield from _kept_and_failing(run.verdicts)
    yield from _listed(run.listed)
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
        heads = {subject: _head(found) for subject, found in subjects.items()}
        counted_in = max(len(numbers) for numbers, _ in heads.values())
        by = max(len(exercised) for _, exercised in heads.values())
        # A longer name pushes its own row only.
        room = max(_WIDTH - counted_in - by - 6, _SHORTEST_NAME)
        named_in = min(max(map(len, heads)), room)
        for subject, found in subjects.items():
            numbers, exercised = heads[subject]
            name = f"{subject:<{named_in}}  "
            left = min(named_in + counted_in + 2, _WIDTH - by - 4)
            rest = f"{numbers:<{max(left - len(name), 0)}}  {exercised}"
            yield Line(((name, "bold"), (rest.rstrip(), "dim")), 2, 2)
            yield from map(_clause, _rows(found)) if verbose else map(_folded, _folds(found))
        yield Line()


def _head(verdicts: list[Verdict]) -> tuple[str, str]:
    """A subject's counts, and what exercised its clauses."""
    exercised = exercised_sentence(coverage(verdicts))
    return counted(counts(verdicts)), f"({exercised})" if exercised else ""


def _folds(verdicts: Iterable[Verdict]) -> Iterable[list[Verdict]]:
    """The clauses that aren't just kept, by how they stand and why; broken ones first."""
    folds: dict[tuple[Standing, str], list[Verdict]] = {}
    for verdict in verdicts:
        if standing(verdict) is not Standing.KEPT or verdict.excepted:
            folds.setdefault((standing(verdict), remark(verdict)), []).append(verdict)
    return sorted(folds.values(), key=lambda fold: _FIRST_TOLD.index(standing(fold[0])))


_FIRST_TOLD = (
    Standing.BROKEN, Standing.VANISHED, Standing.CANT_FAIL, Standing.EXCEPTED, Standing.KNOWN,
    Standing.KEPT, Standing.NOT_EXERCISED,
)  # fmt: skip


def _folded(verdicts: list[Verdict]) -> Line:
    state, why = standing(verdicts[0]), remark(verdicts[0])
    if state is Standing.NOT_EXERCISED:
        said = f"{MARKS[state]} {', '.join(filter(None, (str(state), why)))}: "
        names, style = clauses_sentence(verdicts), ""
        return Line(((said, STYLES[state]), (names, style)), indent=4, hang=2)
    names = f"{MARKS[state]} {', '.join(clause_names(verdicts))}"
    return Line(((names, STYLES[state]), (f"  {why}" if why else "", "dim")), indent=4, hang=2)


def _rows(verdicts: Iterable[Verdict]) -> Iterable[list[Verdict]]:
    """All verdicts; the paths of a clause that stand alike share a line."""
    rows: dict[tuple[str, Standing, str], list[Verdict]] = {}
    for verdict in verdicts:
        key = (verdict.item.clause, standing(verdict), remark(verdict))
        rows.setdefault(key, []).append(verdict)
    return rows.values()


def _clause(verdicts: list[Verdict]) -> Line:
    first, state = verdicts[0], standing(verdicts[0])
    (name,) = clause_names(verdicts)
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
    if verbose:
        for verdict in broken:
            yield from _in_full(verdict)
            yield Line()
        return
    raised_at: set[str] = set()
    for finding in findings(broken):
        yield from _finding(finding, raised_at)
        yield Line()


def _kept_and_failing(verdicts: Iterable[Verdict]) -> Iterator[Line]:
    """What isn't broken and fails still, each with its place and why."""
    verdicts = tuple(verdicts)
    for state in FAILING_THOUGH_KEPT:
        found = [verdict for verdict in verdicts if standing(verdict) is state]
        if found:
            yield from _title(_TITLES[state])
        for verdict in found:
            yield _named(verdict)
            place = str(verdict.place)
            yield Line(((place, "cyan"), (f"  {verdict.promise}", "italic")), 2, 2)
            yield _line(remark(verdict), indent=2)
        if found:
            yield Line()


_TITLES: Mapping[Standing, str] = {
    Standing.VANISHED: "In the baseline, and not broken any more",
    Standing.CANT_FAIL: "Can't fail",
}


def _named(verdict: Verdict) -> Line:
    mark = MARKS[Standing.BROKEN]
    identity = f" ({verdict.identity})" if verdict.identity else ""
    subject = (f"  {verdict.item.subject}{identity}", "")
    return Line(((f"{mark} {verdict.item.name}", STYLES[Standing.BROKEN]), subject), hang=2)


# -- in full: every clause by itself, all that is known of it -------------------------------------


def _in_full(verdict: Verdict) -> Iterator[Line]:
    yield _named(verdict)
    yield Line(((str(verdict.place), "cyan"),), 2, whole=True)
    if verdict.promise:
        yield _line(verdict.promise, "italic", indent=2)
    if remark(verdict):
        yield _line(remark(verdict), indent=2)
    for number, violation in enumerate(verdict.violations):
        if number:
            yield Line()
        for fact in facts(verdict, violation):
            if fact.verbatim:
                yield from _verbatim(fact.label, fact.text)
            else:
                yield _fact(fact.label, fact.text, 2)


def _verbatim(label: str, text: str) -> Iterator[Line]:
    rows = text.expandtabs(4).rstrip("\n").split("\n")
    if len(rows) == 1:
        yield Line(((f"{label:<{_LABEL}}", "dim"), (rows[0], "")), 2, whole=True)
        return
    yield _line(_VERBATIM_LABELS.get(label, label), "dim", indent=2)
    yield from (Line(((row, ""),), 4, whole=True) for row in rows)


_VERBATIM_LABELS: Mapping[str, str] = {"example": "example, to paste under `examples:`"}


# -- in short: every finding once ------------------------------------------------------------------


def _finding(verdicts: tuple[Verdict, ...], raised_at: set[str]) -> Iterator[Line]:
    """The finding as its first clause tells it, and the other clauses' names.

    `raised_at` holds the places of the tracebacks that were shown, and gets this one's.
    """
    first = verdicts[0]
    yield _named(first)
    place = Line(((str(first.place), "cyan"), (f"  {first.promise}", "italic")), 2, 2)
    yield place if first.promise else replace(place, parts=place.parts[:1], whole=True)
    if remark(first):
        yield _line(remark(first), indent=2)
    shown = first.violations[:_VIOLATIONS]
    said: set[Fact] = set()
    for violation in shown:
        told = [fact for fact in facts(first, violation) if fact not in said]
        said.update(fact for fact in told if fact.label in _SAID_ONCE)
        yield from _violation(told, violation, raised_at)
    left = _left(verdicts, shown)
    if left:
        yield _line(f"… and {plural(left, 'more violation')}: ask for the verbose report", indent=2)
    if len(verdicts) > 1:
        yield _fact("also", "; ".join(_also(verdicts)), 2)
    yield from _run_again(shown)


_SAID_ONCE = ("owner", "note", "example", "traceback")


def _violation(told: list[Fact], violation: Violation, raised_at: set[str]) -> Iterator[Line]:
    by_label = {fact.label: fact.text for fact in told}
    for label in ("promised", "seen", "owner", "note"):
        text = shortened(by_label.get(label, ""), _LONGEST_FACT)
        where = _where(violation) if label == "seen" else ""
        if text or where:
            parts = ((f"{label:<{_LABEL}}", "dim"), (text, ""), (where, "dim"))
            yield Line(parts, 2, _LABEL)
    if "example" in by_label:
        yield from _verbatim("example", compact(by_label["example"], _EXAMPLE))
    if "traceback" in by_label and not _told_already(by_label):
        yield from _traceback(by_label["traceback"], about_the_end(violation), raised_at)


def _told_already(by_label: Mapping[str, str]) -> bool:
    """Whether a traceback has no frame, and no word that isn't in what was seen."""
    error = read_traceback(by_label["traceback"])
    words = "".join(error.error).partition(": ")[2]
    return not error.frames and bool(words) and words in by_label.get("seen", "")


def _where(violation: Violation) -> str:
    """Where in the data, and in which case unless the case itself is printed."""
    at = f"at {pointer_text(violation.pointer)}" if violation.pointer else ""
    case = f"case {violation.case}" if violation.case and not violation.example else ""
    said = ", ".join(filter(None, (at, case)))
    return f"  {said}" if said else ""


def _traceback(text: str, explains: bool, raised_at: set[str]) -> Iterator[Line]:
    """The innermost frames where the error is what was found and wasn't shown before."""
    error = read_traceback(text)
    if error.where and (not explains or error.where in raised_at):
        what = shortened(error.error[0] if error.error else "", _LONGEST_FACT)
        yield Line((("raised    ", "dim"), (f"{error.where}: {what}", "")), 2, whole=True)
        return
    raised_at.add(error.where)
    more = len(error.frames) > _FRAMES
    yield _line(f"traceback, the last {_FRAMES} frames" if more else "traceback", "dim", indent=2)
    frames = (row for frame in error.frames[-_FRAMES:] for row in frame)
    # What has no frames that we know ends in what matters; a message begins with it.
    message = error.error[:_ERROR_LINES] if error.frames else error.error[-_ERROR_LINES:]
    yield from (Line(((row, ""),), 4, whole=True) for row in (*frames, *message))


def _left(verdicts: tuple[Verdict, ...], shown: tuple[Violation, ...]) -> int:
    """How many violations aren't told: the first one's rest, and what only others saw."""
    told = {(each.pointer, each.promised, each.seen) for each in verdicts[0].violations}
    others = (each for verdict in verdicts[1:] for each in verdict.violations[1:])
    only = sum((each.pointer, each.promised, each.seen) not in told for each in others)
    return len(verdicts[0].violations) - len(shown) + only


def _also(verdicts: tuple[Verdict, ...]) -> Iterator[str]:
    """The other clauses, by what they promised where that is something else."""
    promised: dict[str, list[Verdict]] = {verdicts[0].violations[0].promised: []}
    for verdict in verdicts[1:]:
        promised.setdefault(verdict.violations[0].promised, []).append(verdict)
    for number, (promise, found) in enumerate(promised.items()):
        names = ", ".join(clause_names(found))
        if names:
            said = f" promised {shortened(promise, _LONGEST_PROMISE)}" if number else ""
            yield f"{names}{said}"


def _run_again(shown: tuple[Violation, ...]) -> Iterator[Line]:
    command = next((each.command for each in shown if each.command), "")
    if len(command) > _LONGEST_COMMAND:
        yield Line(((command, ""),), 2, whole=True)
    elif command:
        yield from _verbatim("run", command)


# -- what isn't checked, and the end ---------------------------------------------------------------


def _listed(listed: Iterable[Listed]) -> Iterator[Line]:
    listed = tuple(listed)
    if not listed:
        return
    yield from _title("Not checked")
    for each in listed:
        name = f"{each.kind} {each.identity or each.name}".strip()
        yield Line(((name, "yellow"), (f"  {unchecked_sentence(each)}", "dim")), 2, 2)
    yield Line()


def _last(run: Run) -> Iterator[Line]:
    numbers = counts(run.verdicts)
    said = (Standing.BROKEN, *FAILING_THOUGH_KEPT)
    if run.exit_code and not (run.problems or any(numbers[each] for each in said)):
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
    """The text in rows; all but the first begin after the hanging indent."""
    if text.cell_len <= width and "\n" not in text.plain:
        return [text]
    # The first row has the room of the indent that the others hang by.
    head, body = text[:hang], text[hang:]
    if head.cell_len != hang or "\n" in head.plain:
        head, body = Text(), text
    rows = list(body.wrap(console, width - hang))
    for row in rows:
        row.rstrip()
    return [head + rows[0], *(Text(" " * hang) + row for row in rows[1:])] if rows else []
