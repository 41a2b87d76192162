"""A Run as one HTML file that needs nothing else: no network, no script to be complete.

Everything that comes from a run passes through `markup`, and none of it stands in a script or a
style. A content policy with the hashes of our own two blocks forbids all others, and any request.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files

from stagepact.errors import Problem
from stagepact.report.markup import Markup, join, tag
from stagepact.report.matrix import matrix
from stagepact.report.wording import (
    FAILING_THOUGH_KEPT,
    MARKS,
    USUAL,
    Fact,
    Standing,
    counted,
    counts,
    duration,
    exception_sentence,
    facts,
    grouped,
    headline,
    known_sentence,
    moment,
    plural,
    remark,
    standing,
    summary,
    unchecked_sentence,
)
from stagepact.verdict import Known, Listed, Run, Verdict, Violation

_WIDTH = 1000


def render(run: Run) -> str:
    """The run as a page, equal for equal runs; UTF-8 holds every character of it."""
    body = join(
        _head(run),
        tag("main", *_main(run), id="main"),
        tag("footer", _about(run)),
        _script(),
    )
    title = tag("title", f"stagepact: {headline(run)}")
    page = tag("html", tag("head", *_metadata(), title, _style()), tag("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


@cache
def _resource(name: str) -> Markup:
    return Markup(files("stagepact.report").joinpath(name).read_text("utf-8"))


def _style() -> Markup:
    return tag("style", _resource("page.css"))


def _script() -> Markup:
    return tag("script", _resource("page.js"))


def _metadata() -> Iterator[Markup]:
    style, script = (_hash(_resource(name)) for name in ("page.css", "page.js"))
    policy = f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'"
    yield tag("meta", charset="utf-8")
    yield tag("meta", http_equiv="Content-Security-Policy", content=policy)
    yield tag("meta", name="viewport", content="width=device-width, initial-scale=1")
    yield tag("meta", name="color-scheme", content="light dark")


def _hash(code: str) -> str:
    return f"'sha256-{b64encode(sha256(code.encode()).digest()).decode()}'"


def _slug(state: Standing) -> str:
    return state.replace(" ", "-").replace("'", "")


def _mark(state: Standing) -> Markup:
    return tag("span", MARKS[state], class_=f"mark {_slug(state)}", aria_hidden="true")


def _head(run: Run) -> Markup:
    outcome = "failed" if run.exit_code else "passed"
    when = moment(run.started) if run.started else ""
    commit = str(run.meta.get("commit", ""))[:12]
    said = (when, duration(run.seconds), f"commit {commit}" if commit else "")
    return tag(
        "header",
        tag("p", "stagepact", class_="brand"),
        tag("h1", headline(run), class_=outcome),
        tag("p", " · ".join(filter(None, said)), class_="when"),
        _tiles(run),
        _bar(run),
        _filters(run),
    )


def _tiles(run: Run) -> Markup:
    tiles = [_tile(f"{number:,}", state, state) for state, number in _shown(run)]
    others = (
        (len(run.problems), "problem" if len(run.problems) == 1 else "problems", "#problems"),
        (len(run.unmatched), "unmatched", "#listed"),
    )
    tiles += [
        tag("li", tag("a", _figure(f"{number:,}", name), href=link), class_=f"tile {name}")
        for number, name, link in others
        if number
    ]
    return tag("ul", *tiles, class_="tiles", aria_label=summary(run))


def _shown(run: Run) -> list[tuple[Standing, int]]:
    """The standings that a page counts and filters by."""
    numbers = counts(run.verdicts).items()
    return [(state, number) for state, number in numbers if number or state in USUAL]


def _tile(number: str, name: str, state: Standing) -> Markup:
    empty = " none" if number == "0" else ""
    return tag("li", _figure(number, name, _mark(state)), class_=f"tile {_slug(state)}{empty}")


def _figure(number: str, name: str, mark: str = "") -> Markup:
    return join(tag("strong", number), tag("span", mark, name))


def _bar(run: Run) -> Markup:
    numbers = counts(run.verdicts)
    return tag(
        "svg",
        *_segments(numbers),
        class_="bar",
        viewBox=f"0 0 {_WIDTH} 10",
        preserveAspectRatio="none",
        role="img",
        aria_label=counted(numbers) or "nothing was checked",
    )


def _segments(numbers: Mapping[Standing, int]) -> Iterator[Markup]:
    total, before = sum(numbers.values()), 0
    for state, number in numbers.items():
        start, before = before, before + number
        if number:
            x, end = (_WIDTH * at // total for at in (start, before))
            # A clause among thousands is still seen.
            width = str(max(end - x, 4))
            yield tag("rect", x=str(x), y="0", width=width, height="10", class_=_slug(state))


def _filters(run: Run) -> Markup:
    """The controls, hidden until the script that serves them runs."""
    buttons = (
        tag(
            "button", _mark(state), state, type="button", data_filter=_slug(state),
            aria_pressed="true",
        )
        for state, _ in _shown(run)
    )  # fmt: skip
    search = tag(
        "input", type="search", id="search", placeholder="Search clauses", autocomplete="off",
        aria_label="Search clauses",
    )  # fmt: skip
    return tag(
        "form",
        tag("div", *buttons, class_="states", role="group", aria_label="Show clauses that are"),
        search,
        tag("button", "Open all", type="button", id="open-all"),
        tag("button", "Close all", type="button", id="close-all"),
        tag("p", id="shown", role="status"),
        class_="filters",
        hidden=True,
    )


def _main(run: Run) -> Iterator[Markup]:
    yield from _section("problems", "Problems", map(_problem, run.problems))
    yield from _broken(run.verdicts)
    number = 0
    for file, subjects in grouped(run.verdicts).items():
        parts = []
        for subject, verdicts in subjects.items():
            parts.append(_subject(subject, verdicts, number))
            number += len(verdicts)
        yield tag("section", tag("h2", file), *parts, class_="file")
    if not run.verdicts:
        yield tag("p", "No clause was checked.", class_="empty")
    yield from _exceptions(run.verdicts)
    yield from _baseline(run.verdicts)
    yield from _listed(run.listed)


def _section(name: str, title: str, contents: Iterable[str]) -> Iterator[Markup]:
    contents = tuple(contents)
    if contents:
        yield tag("section", tag("h2", title), *contents, id=name)


def _broken(verdicts: Iterable[Verdict]) -> Iterator[Markup]:
    """Links to the broken clauses, so that a long page needs no scrolling."""
    ordered = (
        verdict
        for subjects in grouped(verdicts).values()
        for of in subjects.values()
        for verdict in of
    )
    links = [
        tag("li", _mark(Standing.BROKEN), tag("a", _title(verdict), href=f"#clause-{number}"))
        for number, verdict in enumerate(ordered)
        if standing(verdict) is Standing.BROKEN
    ]
    if links:
        yield from _section("broken", "Broken", [tag("ul", *links, class_="links")])


def _title(verdict: Verdict) -> str:
    return f"{verdict.item.subject}: {verdict.item.name}"


def _problem(problem: Problem) -> Markup:
    said = (
        ("Found", problem.found),
        ("Expected", problem.expected),
        ("To do", problem.advice),
    )
    terms = (_term(label, words) for label, words in said if words)
    place = tag("code", str(problem.place), class_="place")
    return tag("article", tag("h3", place), tag("dl", *terms), class_="problem")


def _term(label: str, contents: str) -> Markup:
    return join(tag("dt", label), tag("dd", contents))


def _subject(name: str, verdicts: list[Verdict], first: int) -> Markup:
    identity = verdicts[0].identity
    title = tag(
        "header",
        tag("h3", name),
        tag("code", identity, class_="identity") if identity else "",
        tag("span", counted(counts(verdicts)), class_="counts"),
    )
    numbered = sorted(enumerate(verdicts, first), key=lambda each: _weight(each[1]))
    clauses = (_clause(verdict, number) for number, verdict in numbered)
    return tag("article", title, *clauses, matrix(verdicts), class_="subject")


def _weight(verdict: Verdict) -> int:
    """What wants attention comes first; within that, the contract's order."""
    return _BY_WEIGHT.index(standing(verdict))


_BY_WEIGHT = (
    Standing.BROKEN, Standing.VANISHED, Standing.CANT_FAIL, Standing.NOT_EXERCISED,
    Standing.EXCEPTED, Standing.KNOWN, Standing.KEPT,
)  # fmt: skip


def _clause(verdict: Verdict, number: int) -> Markup:
    state = standing(verdict)
    why = tag("span", remark(verdict), class_="why") if remark(verdict) else ""
    line = (
        _mark(state),
        tag("span", verdict.item.name, class_="name"),
        tag("span", state, class_=f"state {_slug(state)}"),
        why,
    )
    return tag(
        "details",
        tag("summary", *line),
        tag("div", *_body(verdict), class_="body"),
        class_="clause",
        id=f"clause-{number}",
        data_state=_slug(state),
        open=state is Standing.BROKEN or state in FAILING_THOUGH_KEPT,
    )


def _body(verdict: Verdict) -> Iterator[Markup]:
    if verdict.promise:
        yield tag("p", verdict.promise, class_="promise")
    yield tag("p", tag("code", str(verdict.place), class_="place"), _effort(verdict))
    last = {each.command: number for number, each in enumerate(verdict.violations)}
    for number, violation in enumerate(verdict.violations):
        yield _violation(verdict, violation, is_last=last[violation.command] == number)


def _effort(verdict: Verdict) -> str:
    if not verdict.runs:
        return ""
    fuzzed = f", {verdict.fuzzed:,} fuzzed" if verdict.fuzzed else ""
    cases = f": {', '.join(verdict.cases)}" if verdict.cases else ""
    runs = f"exercised in {verdict.exercised:,} of {plural(verdict.runs, 'run')}"
    return f" · {runs}{fuzzed} ({duration(verdict.seconds)}){cases}"


def _violation(verdict: Verdict, violation: Violation, *, is_last: bool) -> Markup:
    """What is known of it; the command that shows it again stands with the last that it shows."""
    known = (fact for fact in facts(verdict, violation) if is_last or fact.label != "run")
    said = (_term(_LABELS[fact.label], _fact(fact)) for fact in known)
    return tag("dl", *said, class_="violation")


_LABELS: Mapping[str, str] = {
    "at": "At",
    "promised": "Promised",
    "seen": "Seen",
    "owner": "Owner",
    "case": "Case",
    "note": "Note",
    "example": "Example, to paste under examples:",
    "input": "Input",
    "traceback": "Traceback",
    "run": "Run again",
}

_COPIED = frozenset({"example", "input", "run"})


def _fact(fact: Fact) -> Markup:
    if fact.verbatim:
        return tag(
            "pre",
            tag("code", fact.text.rstrip("\n")),
            data_copy=fact.label in _COPIED,
            tabindex="0",
            aria_label=_LABELS[fact.label],
            role="region",
        )
    return tag("code", fact.text) if fact.label == "at" else tag("span", fact.text, class_="said")


def _exceptions(verdicts: Iterable[Verdict]) -> Iterator[Markup]:
    rows = [_exception(verdict) for verdict in verdicts if verdict.excepted]
    if rows:
        table = _table(("Clause", "Stands", "Exception", "Place"), rows)
        yield from _section("exceptions", "Exceptions", [table])


def _exception(verdict: Verdict) -> tuple[str, ...]:
    excepted = verdict.excepted
    assert excepted is not None
    expired = tag("strong", "expired ", class_="broken") if excepted.expired else ""
    said = exception_sentence(excepted).removeprefix("expired ")
    place = tag("code", str(excepted.place), class_="place") if excepted.place.file else ""
    return _title(verdict), standing(verdict), join(expired, said), place


def _baseline(verdicts: Iterable[Verdict]) -> Iterator[Markup]:
    rows = [_entry(verdict, each) for verdict in verdicts for each in verdict.known]
    if rows:
        table = _table(("Clause", "Stands", "Known", "Place"), rows)
        yield from _section("baseline", "Baseline", [table])


def _entry(verdict: Verdict, known: Known) -> tuple[str, ...]:
    failing = known.expired or known.vanished
    said = tag("strong", known_sentence(known), class_="broken") if failing else None
    told = said or known_sentence(known)
    return _title(verdict), standing(verdict), told, tag("code", str(known.place), class_="place")


def _listed(listed: Iterable[Listed]) -> Iterator[Markup]:
    rows = [_unchecked(each) for each in listed]
    if rows:
        table = _table(("What", "Kind", "Why"), rows)
        yield from _section("listed", "Not checked", [table])


def _unchecked(listed: Listed) -> tuple[str, ...]:
    return tag("code", listed.identity or listed.name), listed.kind, unchecked_sentence(listed)


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> Markup:
    head = tag("tr", *(tag("th", title, scope="col") for title in titles))
    body = (tag("tr", *(tag("td", cell) for cell in row)) for row in rows)
    table = tag("table", tag("thead", head), tag("tbody", *body))
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label="table")


def _about(run: Run) -> Markup:
    known = {
        "Started": moment(run.started) if run.started else "unknown",
        "Duration": duration(run.seconds),
        "Strict": "yes" if run.strict else "no",
        "Exit code": str(run.exit_code),
    }
    terms = (_term(name, words) for name, words in (known | dict(_meta(run.meta))).items())
    return join(tag("h2", "About this run"), tag("dl", *terms, class_="meta"))


def _meta(values: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for key in sorted(values):
        value = values[key]
        if isinstance(value, Mapping):
            yield from _meta(value, f"{before}{key} ")
        else:
            yield f"{before}{key}", str(value)
