"""Whatever a subject says, the reports hold it: nothing breaks out, nothing breaks down."""

from __future__ import annotations

import io
import re
import sys
from datetime import date
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stagepact.errors import Place, Problem
from stagepact.report import read_json, render_html, render_json, render_junit, render_text
from stagepact.report.example import compact
from stagepact.report.finding import findings
from stagepact.report.raised import read as read_traceback
from stagepact.verdict import Excepted, ItemId, Listed, Run, State, Verdict, Violation

HOSTILE = ("</script>", "<script>alert(1)</script>", "\x00", "\ud800", "\x1b[2J", "]]>", '"><x y="')

# A pair of surrogates held as two characters is one character in JSON text: `serial` says so.
texts = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=()), max_size=20)
).filter(lambda text: not re.search("[\ud800-\udbff][\udc00-\udfff]", text))
places = st.builds(Place, texts, st.integers(0, 9), st.integers(0, 9))
numbers = st.integers(0, sys.maxsize)
times = st.floats(0, 1e12)
violations = st.builds(
    Violation,
    *[texts] * 2,
    st.lists(st.one_of(texts, numbers), max_size=3).map(tuple),
    *[texts] * 6,
)
exceptions = st.builds(Excepted, texts, texts, st.dates(date(2000, 1, 1)), st.booleans(), places)
verdicts = st.builds(
    Verdict,
    st.builds(ItemId, *[texts] * 4),
    places,
    st.sampled_from(State),
    texts,
    st.lists(violations, max_size=2).map(tuple),
    st.lists(texts, max_size=3).map(tuple),
    *[numbers] * 3,
    times,
    *[texts] * 3,
    st.none() | exceptions,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
runs = st.builds(
    Run,
    st.lists(verdicts, max_size=3).map(tuple),
    st.lists(st.builds(Problem, places, *[texts] * 4), max_size=2).map(tuple),
    st.lists(st.builds(Listed, *[texts] * 5), max_size=2).map(tuple),
    times,
    times,
    st.booleans(),
    st.dictionaries(texts, json_values, max_size=3),
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(runs)
def test_a_page_is_balanced_and_has_no_tag_but_ours(run: Run) -> None:
    page = render_html(run)
    page.encode()
    tags = Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    assert tags.found.count("script") == 1
    assert "x" not in tags.found
    assert page.count("<script>") == page.count("</script>") == 1


@given(runs)
def test_junit_parses_and_has_every_item(run: Run) -> None:
    root = ET.fromstring(render_junit(run).encode())
    cases = len(list(root.iter("testcase")))
    assert root.get("tests") == str(cases)
    assert cases >= len(run.verdicts) + len(run.problems) + len(run.listed)
    failing = len(root.findall(".//failure")) + len(root.findall(".//error"))
    assert bool(failing) == bool(run.exit_code)


@given(runs)
def test_json_comes_back_equal(run: Run) -> None:
    text = render_json(run)
    text.encode()
    assert read_json(text) == run


@given(runs, st.sampled_from(["utf-8", "ascii", "cp1252"]), st.integers(1, 120), st.booleans())
def test_text_prints_on_any_console(run: Run, encoding: str, width: int, verbose: bool) -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding, newline="\n")
    render_text(run, Console(file=file, width=width, color_system=None), verbose=verbose)
    file.seek(0)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", file.read())


@given(st.lists(json_values, max_size=3), st.integers(1, 100))
def test_a_compact_example_means_the_same(entries: list[object], width: int) -> None:
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False, width=88)
    shorter = compact(text, width)
    assert yaml.safe_load(shorter) == yaml.safe_load(text)
    assert len(shorter.split("\n")) <= len(text.split("\n"))


@given(st.lists(verdicts, max_size=5))
def test_each_broken_clause_is_in_one_finding(found: list[Verdict]) -> None:
    told = [verdict for finding in findings(found) for verdict in finding]
    assert sorted(map(id, told)) == sorted(map(id, found))


@given(
    texts | st.lists(st.sampled_from(['  File "a", line 1', "    x", "y", "   ^"])).map("\n".join)
)
def test_any_text_is_read_as_a_traceback(text: str) -> None:
    error = read_traceback(text)
    rows = {row for frame in error.frames for row in frame} | set(error.error)
    assert rows <= set(text.expandtabs(4).split("\n"))
