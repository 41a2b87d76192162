"""The text reads the same on any terminal: any width, no colour, any encoding."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_runs import CONFIDENCE, LISTED, PROBLEM, broken, green, idle, kept, sample

from stagepact.errors import Place, Problem
from stagepact.report import render_text, verdict_text
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
  transcribe  8 kept, 3 broken, 1 not exercised, 1 excepted  (2 examples, 200
    fuzzed)
    ✗ holds.confidence[direct], events.order[pipeline]
    ✗ log.quiet[direct]  exception expired on 2026-03-01: to be done in spring
      (#170)
    ~ events.sequence[pipeline]  excepted until 2026-12-31: no counter yet
      (#165)
    – not exercised, owed by the runtime; judged on runs through it, and this
      one was called directly: events.order[direct]
  answer    2 kept, 3 not exercised                     (2 examples, 100 fuzzed)
    ✓ calls.llm[direct]  exception until 2026-12-31: no counter yet (#165); no
      longer needed
    – not exercised, quantiles need 50 runs; there were 12: within.p99[direct,
      pipeline]
    – not exercised, not yet supported: faults.llm[direct]

contracts/api.contract.yaml
  GET /sessions/{id}  1 kept  (1 example)

"""

ANSWER_IN_FULL = """\
    ✓ output.data[direct]
    ✓ calls.llm[direct]  exception until 2026-12-31: no counter yet (#165); no
      longer needed
    – within.p99[direct, pipeline]  not exercised: quantiles need 50 runs; there
      were 12
    – faults.llm[direct]  not exercised: not yet supported
"""

BROKEN = """\
✗ holds.confidence[direct]  transcribe (voice.stages:Transcribe)
  contracts/voice.contract.yaml:14  holds.confidence is what the contract says
  promised  a number of at most 1
  seen      1.7  at /data/confidence
  note      nondeterministic; the same case, run again: 0.93, and the clause was
            kept
  example, to paste under `examples:`
    - name: smallest
      given: {input: {path: a.wav, rate: 0}}
      output: {data: {text: ""}}
  raised    File "voice/stages.py", line 41, in execute: ZeroDivisionError: division by zero
  run       stagepact run transcribe --case '{"input": {"path": "a.wav", "rate": 0}}'

"""

BROKEN_IN_FULL = """\
✗ holds.confidence[direct]  transcribe (voice.stages:Transcribe)
  contracts/voice.contract.yaml:14
  holds.confidence is what the contract says
  at        /data/confidence
  promised  a number of at most 1
  seen      1.7
  case      fuzz 17
  note      nondeterministic; the same case, run again: 0.93, and the clause was
            kept
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

DEEP = """\
Traceback (most recent call last):
  File "a.py", line 1, in one
    two()
  File "b.py", line 2, in two
    three()
    ^^^^^^^
  File "c.py", line 3, in three
    four()
  File "d.py", line 4, in four
    raise KeyError(key)
KeyError: 'x'
"""

CRASHED = Violation(
    "ok", "error (KeyError: 'x')", ("status",), "fuzz", "- name: n", "stagepact run a --case {}"
)

CRASH = """\
✗ output.status[direct]  transcribe (voice.stages:Transcribe)
  contracts/voice.contract.yaml:14  output.status is what the contract says
  promised  ok
  seen      error (KeyError: 'x')  at /status
  example   - {name: n}
  traceback, the last 3 frames
      File "b.py", line 2, in two
        three()
      File "c.py", line 3, in three
        four()
      File "d.py", line 4, in four
        raise KeyError(key)
    KeyError: 'x'
  also      output.status[pipeline]; output.status@65[direct] promised ok or
            cancel
  run       stagepact run a --case {}

"""


def test_the_clauses_stand_by_file_and_subject() -> None:
    assert shown(sample()).startswith(TRANSCRIBE)


def test_a_broken_clause_is_told_in_full() -> None:
    assert BROKEN in shown(sample())
    assert BROKEN_IN_FULL in shown(sample(), verbose=True)


def test_a_test_runner_shows_one_clause_as_the_report_does() -> None:
    assert verdict_text(broken("holds.confidence", CONFIDENCE), 80) == BROKEN.rstrip()


def test_violations_of_one_run_share_what_was_seen_of_it() -> None:
    first = replace(CRASHED, traceback=DEEP)
    second = replace(first, promised="a number", seen="null", pointer=("data",))
    text = shown(Run((broken("a", first, second),)))
    assert text.count("  example ") == text.count("  traceback") == text.count("  run ") == 1
    assert "    KeyError: 'x'\n  promised  a number\n  seen      null  at /data\n  run " in text


def test_a_wide_name_is_wrapped_by_its_width() -> None:
    lines = shown(Run((kept("a", "日本" * 30),)), 60).splitlines()
    assert all(cell_len(line) <= 60 for line in lines)


def test_a_finding_is_told_once_and_names_every_clause() -> None:
    crashed = replace(CRASHED, traceback=DEEP)
    again = replace(crashed, promised="ok or cancel")
    text = shown(
        Run(
            (
                broken("output.status", crashed),
                broken("output.status", replace(crashed, seen="error"), path="pipeline"),
                broken("output.status@65", again, replace(again, seen="more")),
            )
        )
    )
    more = "  … and 1 more violation: ask for the verbose report\n  also"
    assert CRASH.replace("  also", more) in text
    assert "✗ output.status[direct, pipeline], output.status@65[direct]\n" in text


def test_in_full_every_clause_is_told_by_itself() -> None:
    crashed = replace(CRASHED, traceback=DEEP)
    run = Run((broken("a", crashed), broken("b", crashed)))
    assert shown(run, verbose=True).count(" line 1, in one\n        two()\n") == 2
    assert "also" not in shown(run, verbose=True)


def test_the_same_error_of_another_subject_has_a_line() -> None:
    first = broken("edge", replace(CRASHED, traceback=DEEP))
    other = replace(first, item=replace(first.item, subject="other"))
    text = shown(Run((first, other)))
    assert text.count("  traceback") == 1
    assert "  raised    File \"d.py\", line 4, in four: KeyError: 'x'\n" in text


def test_a_long_command_stands_without_its_label() -> None:
    text = shown(Run((broken("a", replace(CRASHED, command="stagepact run " + "x" * 160)),)))
    assert f"\n  stagepact run {'x' * 160}\n" in text


def test_columns_are_aligned_within_a_file() -> None:
    run = Run((kept("a", "one"), kept("a", "three"), idle("b", "", "three"), kept("a", "x" * 60)))
    lines = shown(run, 120).splitlines()
    assert lines[1].index("(2 ex") == lines[2].index("(2 ex")
    assert lines[1].index("1 kept") == lines[2].index("1 kept") > len("  three")
    assert lines[3] == "    – not exercised: b[direct]"
    assert lines[4] == f"  {'x' * 60}  1 kept  (2 examples, 100 fuzzed)"


def test_clauses_not_exercised_are_folded_by_reason() -> None:
    idles = [idle(f"events.{each}", "no such event", path="pipeline") for each in "abc"]
    assert "  – not exercised, no such event: events.a, events.b, events.c [pipeline]\n" in shown(
        Run(tuple(idles))
    )
    mixed = (*idles[:2], idle("events.c", "no such event", path=""))
    assert ": events.a[pipeline], events.b[pipeline], events.c\n" in shown(Run(mixed), 100)


def test_what_the_runtime_owes_isnt_held_against_the_stage() -> None:
    owed = "owed by the runtime (stageflow-core 1.2.0) on path pipeline, not by the stage's"
    assert owed in " ".join(shown(sample()).split())


def test_the_summary_comes_last() -> None:
    assert shown(sample()).endswith("\n\n11 kept, 3 broken, 4 not exercised, 1 excepted in 2.1 s\n")


def test_problems_come_first() -> None:
    text = shown(sample(problems=(PROBLEM, Problem(Place("b.yaml"), "a tab"))))
    assert text.startswith("Problems\n  contracts/broken.contract.yaml:12\n    found     unknown")
    assert "    to do     did you mean 'events'?\n  b.yaml\n    found     a tab\n\n" in text
    assert text.splitlines()[-1].startswith("2 problems, 11 kept")


def test_what_isnt_checked_has_a_line_each() -> None:
    lines = shown(green(listed=LISTED), 120).splitlines()
    start = lines.index("Not checked") + 1
    assert lines[start : start + 4] == [
        "  stage voice.stages:Speak  unmatched: no contract speaks of it",
        "  stage voice.legacy:Legacy  skipped: replaced in May",
        "  stage voice.stages:Store  unmade: no value for `database`",
        "  module voice.gpu  unimportable: ModuleNotFoundError: No module 'torch'",
    ]


def test_kept_clauses_are_folded_unless_asked_for() -> None:
    assert "output.json" not in shown(sample())
    assert "    ✓ output.json[direct, pipeline]\n" in shown(sample(), verbose=True)
    assert ANSWER_IN_FULL in shown(sample(), verbose=True)


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
            "1 subject without a contract and 1 unimportable module, which strict forbids\n"
            "1 kept, 0 broken in 42 ms",
        ),
    ],
)
def test_a_run_that_fails_unbroken_says_why(run: Run, last: str) -> None:
    assert shown(run).endswith(f"\n{last}\n") or shown(run) == f"{last}\n"


@pytest.mark.parametrize("width", [10, 40, 79, 80, 200])
def test_no_line_is_too_long_but_what_is_copied(width: int) -> None:
    copied = ("contracts/", "stagepact run", "examples:", "voice/", "given:", "output:")
    for line in shown(sample(), width).splitlines():
        assert len(line) <= max(width, 40) or any(each in line for each in copied), line
        assert line == line.rstrip()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_a_console_without_the_signs_gets_others(encoding: str) -> None:
    text = shown(Run((broken("a", Violation("é", "日本\ud800\x1b[31m\u202e")),)), encoding=encoding)
    assert "    x a[direct]\n" in text
    assert "seen      \\u65e5\\u672c\\ud800\\x1b[31m\\u202e\n" in text


def test_long_texts_are_cut_unless_asked_for() -> None:
    run = Run((broken("a", Violation("p", "x" * 5_000, traceback="line\n" * 50)),))
    assert "4,700 more characters" in " ".join(shown(run).split())
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


def test_an_error_without_a_frame_is_told_once() -> None:
    """A traceback says nothing where the service's error is all that was seen."""
    lost = Violation("no server error", "no response: E: a.b: gone", traceback="x.E: a.b: gone\n")
    other = replace(lost, traceback="x.E: a.b: gone, and why\n")
    assert "traceback" not in shown(Run((broken("a", lost),)))
    assert "gone, and why" in shown(Run((broken("a", other),)))
