"""The page is whole, stands alone, and can't be broken out of."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from sample_runs import EXCEPTION, PROBLEM, broken, green, kept, sample

from stagepact.report import render_html
from stagepact.report.matrix import COLUMNS
from stagepact.verdict import Run, Violation

VOID = {"meta", "input"}


class Page(HTMLParser):
    """What a browser would find: balanced tags, their attributes, the text outside of code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.code: dict[str, str] = {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.code[self.open[-1]] = self.code.get(self.open[-1], "") + data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def having(self, **attributes: str) -> list[dict[str, str | None]]:
        wanted = attributes.items()
        return [found for _, found in self.tags if all(found.get(k) == v for k, v in wanted)]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_html(sample(problems=(PROBLEM,))))


@pytest.mark.parametrize(
    "words",
    [
        "1 problem to solve, 3 clauses are broken",
        "contracts/broken.contract.yaml:12 Found unknown key 'evnts'",
        "Expected one of events, examples, given, output To do did you mean 'events'?",
        "At /data/confidence Promised a number of at most 1 Seen 1.7",
        "nondeterministic; the same case, run again: 0.93, and the clause was kept",
        "- name: smallest given: input: {path: a.wav, rate: 0}",
        "ZeroDivisionError: division by zero",
        "stagepact run transcribe --path pipeline --case hello",
        "owed by the runtime (stageflow-core 1.2.0) on path pipeline, not by the stage's own code",
        "Clause coverage: 12 of 13, by 2 cases, 200 fuzzed",
        "not exercised: quantiles need 50 runs; there were 12",
        "until 2026-12-31: no counter yet (#165)",
        "expired on 2026-03-01: to be done in spring (#170)",
        "voice.stages:Speak stage unmatched: no contract speaks of it",
        "2026-03-01T12:00:00Z · 2.1 s · commit 3372f49c0ffe",
        "seed 17 stagepact 0.1.0 versions hypothesis 6.151.9 versions pytest 9.0.2",
        "exercised in 102 of 102 runs, 100 fuzzed (125 ms): hello, long recording",
    ],
)
def test_everything_is_said_without_a_script(page: Page, words: str) -> None:
    assert words in page.text


def test_it_asks_the_network_for_nothing(page: Page) -> None:
    assert not [
        found
        for tag, found in page.tags
        if tag in ("link", "img", "iframe", "object", "base") or "src" in found
    ]
    links = [str(found["href"]) for _, found in page.tags if "href" in found]
    assert links
    assert all(link.startswith("#") for link in links)
    assert "url(" not in page.code["style"]
    assert "@import" not in page.code["style"]


def test_its_policy_allows_its_own_two_blocks_only(page: Page) -> None:
    (policy,) = page.having(**{"http-equiv": "Content-Security-Policy"})
    for code in page.code.values():
        hashed = b64encode(sha256(code.encode()).digest()).decode()
        assert f"'sha256-{hashed}'" in str(policy["content"])
    assert "default-src 'none'" in str(policy["content"])
    assert not [found for _, found in page.tags if "style" in found or "onclick" in found]


def test_every_link_has_its_target_and_ids_are_unique(page: Page) -> None:
    ids = [found["id"] for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids))
    assert {str(found["href"])[1:] for _, found in page.tags if "href" in found} <= set(ids)


def test_states_are_told_in_words_not_by_colour_alone(page: Page) -> None:
    clauses = page.having(**{"class": "clause"})
    assert [found["data-state"] for found in clauses][:5] == [
        *["broken"] * 3,
        "not-exercised",
        "excepted",
    ]
    assert [found for found in clauses if "open" in found] == clauses[:3]
    for state in ("kept", "broken", "not-exercised", "excepted"):
        assert page.having(**{"class": f"state {state}"})
    (bar,) = page.having(**{"class": "bar"})
    assert bar["aria-label"] == "11 kept, 3 broken, 4 not exercised, 1 excepted"


def test_only_what_is_to_be_pasted_has_a_copy_button(page: Page) -> None:
    copied = [found["aria-label"] for found in page.having() if "data-copy" in found]
    assert set(copied) == {"Example, to paste under examples:", "Run again"}


def test_a_command_stands_once_in_an_item_after_all_that_it_shows() -> None:
    commands = ("stagepact run a", "stagepact run b", "stagepact run a")
    violations = [
        Violation(f"promise {number}", "seen", command=command)
        for number, command in enumerate(commands)
    ]
    alike = broken("also", *violations[:1])
    found = Page(render_html(Run((broken("output.data", *violations), alike))))
    assert [found.text.count(each) for each in ("Run again", *commands[:2])] == [3, 2, 1]
    assert "Promised promise 2 Seen seen Run again stagepact run a" in found.text
    assert "Promised promise 0 Seen seen Promised promise 1" in found.text


def test_controls_wait_for_their_script(page: Page) -> None:
    (form,) = page.having(**{"class": "filters"})
    assert "hidden" in form


PAYLOAD = "</script></pre><script>alert(1)</script>\"'><img src=x onerror=alert(1)><!--\x00\ud800"


def test_no_data_breaks_out() -> None:
    violation = Violation(*[PAYLOAD] * 2, (PAYLOAD, 0), *[PAYLOAD] * 6)
    run = Run(
        (broken(PAYLOAD, violation, path=PAYLOAD, reason=PAYLOAD), kept(PAYLOAD, PAYLOAD)),
        meta={PAYLOAD: PAYLOAD, "commit": PAYLOAD},
    )
    html = render_html(run)
    found = Page(html)
    assert [tag for tag, _ in found.tags].count("script") == 1
    assert "img" not in [tag for tag, _ in found.tags]
    assert not re.search("[\x00-\x08\ud800-\udfff]", html)
    assert "onerror=alert(1)>" in found.text


def test_columns_of_the_matrix_are_bounded() -> None:
    cases = tuple(f"case-{number}" for number in range(COLUMNS + 3))
    found = Page(render_html(Run((replace(kept("a"), cases=cases),))))
    assert len(found.having(**{"class": "case"})) == COLUMNS
    assert "3 more cases" in found.text


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (green(), "Every exercised clause is kept"),
        (Run((kept("a"), broken("b", excepted=EXCEPTION))), "clause is kept or excepted"),
        (Run(), "Nothing was exercised"),
        (Run(), "No clause was checked."),
        (Run(), "Started unknown"),
    ],
)
def test_a_run_with_little_to_say_is_a_page_too(run: Run, words: str) -> None:
    assert words in Page(render_html(run)).text


def test_equal_runs_give_equal_pages() -> None:
    assert render_html(sample()) == render_html(sample())
