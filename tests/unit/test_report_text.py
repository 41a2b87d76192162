"""The text reads the same on any terminal: any width, no colour, any encoding."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from sample_runs import CONFIDENCE, LISTED, PROBLEM, broken, green, idle, kept, sample

from stagepact.errors import Place, Problem
from stagepact.report import render_text
from stagepact.report.wording import duration, pointer_text
from stagepact.verdict import Run, Violation


def shown(run: Run, width: int = 80, *, verbose: bool = False, encoding: str = "utf-8") -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding, newline="\n")
    console = Console(file=file, width=width, color_system=None, legacy_windows=False)
    render_text(run, console, verbose=verbose)
    file.seek(0)
    return file.read()


TRANSCRIBE = """\
contracts/voice.contract.yaml
  transcribe  8 kept, 3 broken, 1 not exercised, 1 excepted
    ✗ holds.confidence[direct]  broken
    ✗ events.order[pipeline]  broken
    ~ events.sequence[pipeline]  excepted until 2026-12-31: no counter yet
      (#165)
    ✗ log.quiet[direct]  broken: exception expired on 2026-03-01: to be done
      in spring (#170)
    – events.order[direct]  not exercised: owed by the runtime; judged on runs
      through it, and this one was called directly
  answer  2 kept, 3 not exercised
    ✓ calls.llm[direct]  exception until 2026-12-31: no counter yet (#165); no
      longer needed
    – within.p99[direct, pipeline]  not exercised: quantiles need 50 runs;
      there were 12
    – faults.llm[direct]  not exercised: not yet supported

contracts/api.contract.yaml
  GET /sessions/{id}  1 kept

"""

BROKEN = """\
✗ holds.confidence[direct]  transcribe (voice.stages:Transcribe)
  contracts/voice.contract.yaml:14
  holds.confidence is what the contract says
  at        /data/confidence
  promised  a number of at most 1
  seen      1.7
  case      fuzz 17
  note      nondeterministic; the same case, run again: 0.93, and the
            clause was kept
  example, to paste under `examples:`
    - name: smallest
      given:
        input: {path: a.wav, rate: 0}
      output:
        data: {text: ""}
  traceback
    Traceback (most recent call last):
      File "voice/stages.py", line 41, in execute
        confidence = matched / heard
    ZeroDivisionError: division by zero
  run       stagepact run transcribe --case '{"input": {"path": "a.wav", "rate": 0}}'

"""

LAST = """\
Clauses exercised
  transcribe           12 of  13, by 2 cases, 200 fuzzed
  answer                2 of   5, by 2 cases, 100 fuzzed
  GET /sessions/{id}    1 of   1, by 1 case

11 kept, 3 broken, 4 not exercised, 1 excepted in 2.1 s
"""


def test_the_clauses_stand_by_file_and_subject() -> None:
    assert shown(sample()).startswith(TRANSCRIBE)


def test_a_broken_clause_is_told_in_full() -> None:
    assert BROKEN in shown(sample())


def test_what_the_runtime_owes_isnt_held_against_the_stage() -> None:
    owed = "owed by the runtime (stageflow-core 1.2.0) on path pipeline, not by the stage's"
    assert owed in " ".join(shown(sample()).split())


def test_coverage_and_the_summary_come_last() -> None:
    assert shown(sample()).endswith(LAST)


def test_problems_come_first() -> None:
    text = shown(sample(problems=(PROBLEM, Problem(Place("b.yaml"), "a tab"))))
    assert text.startswith("Problems\n  contracts/broken.contract.yaml:12\n    found     unknown")
    assert "    to do     did you mean 'events'?\n  b.yaml\n    found     a tab\n\n" in text
    assert text.splitlines()[-1].startswith("2 problems, 11 kept")


def test_what_isnt_checked_has_a_line_each() -> None:
    lines = shown(green(listed=LISTED), 120).splitlines()
    start = lines.index("In the code, and not checked") + 1
    assert lines[start : start + 4] == [
        "  stage voice.stages:Speak  unmatched: no contract speaks of it",
        "  stage voice.legacy:Legacy  skipped: replaced in May",
        "  stage voice.stages:Store  unmade: no value for `database`",
        "  module voice.gpu  unimportable: ModuleNotFoundError: No module 'torch'",
    ]


def test_kept_clauses_are_folded_unless_asked_for() -> None:
    assert "output.json" not in shown(sample())
    assert "    ✓ output.json[direct, pipeline]\n" in shown(sample(), verbose=True)


@pytest.mark.parametrize(
    ("run", "last"),
    [
        (green(), "1 kept, 0 broken in 42 ms"),
        (Run(), "Nothing was exercised\n0 kept, 0 broken in 0 ms"),
        (
            green(verdicts=(kept("a"), idle("b", "why")), strict=True),
            "1 clause is not exercised, which strict forbids\n"
            "1 kept, 0 broken, 1 not exercised in 42 ms",
        ),
        (
            green(listed=LISTED, strict=True),
            "1 subject without a contract, which strict forbids\n1 kept, 0 broken in 42 ms",
        ),
    ],
)
def test_a_run_that_fails_unbroken_says_why(run: Run, last: str) -> None:
    assert shown(run).endswith(f"\n{last}\n") or shown(run) == f"{last}\n"


@pytest.mark.parametrize("width", [10, 40, 79, 80, 200])
def test_no_line_is_too_long_but_what_is_copied(width: int) -> None:
    copied = ("contracts/", "stagepact run", "examples:", "voice/", "name:", "Traceback", "Zero")
    for line in shown(sample(), width).splitlines():
        assert len(line) <= max(width, 40) or any(each in line for each in copied), line
        assert line == line.rstrip()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_a_console_without_the_signs_gets_others(encoding: str) -> None:
    text = shown(Run((broken("a", Violation("é", "日本\ud800\x1b[31m\u202e")),)), encoding=encoding)
    assert "    x a[direct]  broken\n" in text
    assert "seen      \\u65e5\\u672c\\ud800\\x1b[31m\\u202e\n" in text


def test_long_texts_are_cut_unless_asked_for() -> None:
    run = Run((broken("a", Violation("p", "x" * 5_000, traceback="line\n" * 50)),))
    assert "4,000 more characters" in " ".join(shown(run).split())
    assert shown(run).count("    line\n") == 12
    assert "more characters" not in shown(run, verbose=True)
    assert shown(run, verbose=True).count("    line\n") == 50


def test_many_violations_are_cut_unless_asked_for() -> None:
    run = Run((broken("a", *[CONFIDENCE] * 5),))
    assert "  … and 2 more violations: ask for the verbose report\n" in shown(run)
    assert shown(run, verbose=True).count("at        /data") == 5


def test_text_of_many_lines_keeps_them_under_its_label() -> None:
    text = shown(Run((replace(broken("a", Violation("p", "one\ntwo")), promise="", identity=""),)))
    assert "  seen      one\n            two\n" in text
    assert "✗ a[direct]  transcribe\n  contracts/voice" in text


def test_colour_is_there_where_it_can_be_shown() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=80)
    render_text(green(), console)
    assert "\x1b[1;32m1 kept, 0 broken in 42 ms\x1b[0m" in file.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 ms"), (0.0124, "12 ms"), (0.9999, "1.0 s"), (2.14, "2.1 s"), (200, "3 min 20 s")],
)
def test_a_duration_has_its_natural_unit(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_pointer_is_escaped_as_the_rfc_says() -> None:
    assert pointer_text(("a/b", 0, "m~n", "")) == "/a~1b/0/m~0n/"


@pytest.mark.parametrize(
    ("owner", "path", "said"),
    [
        ("runtime", "pipeline", "owed by the runtime on path pipeline, not by"),
        ("runtime", "", "owed by the runtime, not by"),
        ("owed by someone else", "", "owed by someone else"),
    ],
)
def test_the_owner_is_named_as_far_as_it_is_known(owner: str, path: str, said: str) -> None:
    run = Run((broken("a", Violation("p", "s", owner=owner), path=path),))
    assert said in " ".join(shown(run).split())
