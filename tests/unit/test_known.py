"""What the baseline says of a verdict: known, new, expired, vanished."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from rich.console import Console
from sample_runs import EXCEPTION, broken, idle, kept

from stagepact.errors import Place
from stagepact.report import (
    read_json,
    render_html,
    render_json,
    render_junit,
    render_text,
    verdict_line,
)
from stagepact.report.wording import Standing, headline, remark, standing
from stagepact.verdict import Known, Run, Verdict, Violation
from stagepact.verdict.known import with_entries

PLACE = Place("stagepact.baseline.yaml", 4)
ENTRY = Known("/data/a", "team", "#7", "to be mended", date(2027, 1, 1), place=PLACE)
EXPIRED = replace(ENTRY, expired=True)
VIOLATION = Violation("a number", "text", ("data", "a"), spot="/data/a")
BROKEN = broken("output.data", VIOLATION, spots=("/data/a",))
TWICE = broken("output.data", VIOLATION, spots=("/data/a", "/data/b"))
KEPT = kept("output.data")
IDLE = idle("within.p99", "too few runs")


@pytest.mark.parametrize(
    ("verdict", "entries", "stands", "fails"),
    [
        (BROKEN, [], Standing.BROKEN, True),
        (BROKEN, [ENTRY], Standing.KNOWN, False),
        (BROKEN, [EXPIRED], Standing.BROKEN, True),
        (TWICE, [ENTRY], Standing.BROKEN, True),
        (BROKEN, [ENTRY, replace(ENTRY, spot="/data/b")], Standing.VANISHED, True),
        (KEPT, [ENTRY], Standing.VANISHED, True),
        (KEPT, [], Standing.KEPT, False),
        (IDLE, [ENTRY], Standing.NOT_EXERCISED, False),
        (replace(BROKEN, excepted=EXCEPTION), [ENTRY], Standing.EXCEPTED, False),
        (replace(TWICE, excepted=EXCEPTION), [ENTRY], Standing.EXCEPTED, False),
        (replace(KEPT, unfailing="why"), [], Standing.CANT_FAIL, True),
    ],
)
def test_only_what_is_known_and_not_expired_does_not_fail(
    verdict: Verdict, entries: list[Known], stands: Standing, fails: bool
) -> None:
    told = with_entries(verdict, entries, judged=True)
    assert (standing(told), told.failing) == (stands, fails)
    assert Run((told, kept("output.status"))).exit_code == int(fails)


def test_nothing_has_vanished_where_not_all_cases_were_run() -> None:
    assert not with_entries(KEPT, [ENTRY], judged=False).failing
    assert with_entries(KEPT, [], judged=True) is KEPT


@pytest.mark.parametrize(
    ("verdict", "told"),
    [
        (BROKEN, "known until 2027-01-01: to be mended (#7, team)"),
        (TWICE, "new at /data/b; known until 2027-01-01: to be mended (#7, team)"),
        (
            KEPT,
            "not broken at /data/a any more: prune it, stagepact.baseline.yaml:4 "
            "(`stagepact baseline prune`)",
        ),
        (IDLE, "too few runs"),
    ],
)
def test_a_remark_says_who_and_until_when(verdict: Verdict, told: str) -> None:
    assert remark(with_entries(verdict, [ENTRY], judged=True)) == told


def test_an_expired_entry_says_so() -> None:
    told = remark(with_entries(BROKEN, [EXPIRED], judged=True))
    assert told == "known expired on 2027-01-01: to be mended (#7, team)"


KNOWN = with_entries(BROKEN, [ENTRY], judged=True)
VANISHED = with_entries(KEPT, [ENTRY], judged=True)
UNFAILING = replace(kept("holds.always"), unfailing="it reads nothing of the run")


@pytest.mark.parametrize(
    ("verdict", "headed", "tag"),
    [
        (KNOWN, "Every exercised clause is kept or known", "skipped"),
        (VANISHED, "1 clause to prune from the baseline", "failure"),
        (UNFAILING, "1 clause can't fail", "failure"),
    ],
)
def test_every_report_shows_it(verdict: Verdict, headed: str, tag: str) -> None:
    run = Run((verdict,))
    assert headline(run) == headed
    assert f"<{tag} message=" in render_junit(run)
    assert read_json(render_json(run)) == run
    page = render_html(run)
    assert remark(verdict).split(":")[0] in page.replace("&#x27;", "'")
    console = Console(width=200, record=True, quiet=True)
    render_text(run, console)
    assert verdict_line(verdict).startswith(verdict.item.name)


def shown(*verdicts: Verdict) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        render_text(Run(verdicts), console)
    return captured.get()


def test_what_is_kept_and_fails_has_its_place_and_reason() -> None:
    told = shown(UNFAILING, VANISHED)
    assert "Can't fail\n✗ holds.always[direct]" in told
    assert f"{UNFAILING.place}  {UNFAILING.promise}\n  it reads nothing of the run" in told
    assert "In the baseline, and not broken any more" in told
    assert "Nothing was exercised" not in told
    assert verdict_line(UNFAILING) == (
        "holds.always[direct]: can't fail: it reads nothing of the run"
    )
