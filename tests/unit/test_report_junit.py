"""JUnit's readers find every clause, with its outcome and its place."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from sample_runs import FILE, LISTED, PROBLEM, green, idle, sample

from stagepact.report import render_junit
from stagepact.verdict import Run


def parsed(run: Run) -> ET.Element:
    return ET.fromstring(render_junit(run).encode())


def case(run: Run, name: str, classname: str = "transcribe") -> ET.Element:
    (found,) = (
        each
        for each in parsed(run).iter("testcase")
        if (each.get("name"), each.get("classname")) == (name, classname)
    )
    return found


def numbers(element: ET.Element) -> dict[str, str | None]:
    return {name: element.get(name) for name in ("tests", "failures", "errors", "skipped")}


def test_a_suite_per_file_counts_its_outcomes() -> None:
    root = parsed(sample())
    suites = {suite.get("name"): numbers(suite) for suite in root}
    assert suites[FILE] == {"tests": "18", "failures": "3", "errors": "0", "skipped": "5"}
    assert list(suites) == [FILE, "contracts/api.contract.yaml", "not checked"]
    assert numbers(root) == {"tests": "23", "failures": "3", "errors": "0", "skipped": "9"}
    assert root[0].get("timestamp") == "2026-03-01T12:00:00Z"
    assert root[0].get("time") == "3.250"


def test_a_kept_clause_is_a_test_with_its_place() -> None:
    found = case(sample(), "output.data[direct]")
    assert (found.get("file"), found.get("line"), found.get("time")) == (FILE, "12", "0.125")
    assert len(found) == 0


def test_a_broken_clause_says_all() -> None:
    (failure,) = case(sample(), "holds.confidence[direct]")
    assert (failure.tag, failure.get("message")) == ("failure", "1.7")
    for words in ("/data/confidence", "at most 1", "- name: smallest", "ZeroDivisionError"):
        assert words in str(failure.text)


def test_what_the_runtime_owes_is_said() -> None:
    (failure,) = case(sample(), "events.order[pipeline]")
    assert "on path pipeline, not by the stage's own code" in str(failure.text)


def test_an_excepted_clause_is_skipped_with_its_reason() -> None:
    (skipped,) = case(sample(), "events.sequence[pipeline]")
    assert skipped.tag == "skipped"
    assert skipped.get("message") == "excepted until 2026-12-31: no counter yet (#165)"


def test_not_exercised_is_skipped_and_under_strict_a_failure() -> None:
    for strict, tag in ((False, "skipped"), (True, "failure")):
        (outcome,) = case(sample(strict=strict), "faults.llm[direct]", "answer")
        assert (outcome.tag, outcome.get("message")) == (tag, "not exercised: not yet supported")


def test_a_problem_is_an_errored_test() -> None:
    found = case(sample(problems=(PROBLEM,)), f"unknown-key at {PROBLEM.place}", "problem")
    assert found.get("line") == "12"
    assert found[0].tag == "error"
    assert "did you mean 'events'?" in str(found[0].get("message"))


def test_what_isnt_checked_is_skipped_and_what_strict_forbids_fails() -> None:
    for strict, expected in ((False, "skipped"), (True, "failure")):
        cases = list(parsed(green(listed=LISTED, strict=strict)).findall("testsuite[2]/testcase"))
        assert [each[0].tag for each in cases] == [expected, "skipped", "skipped", expected]


def test_a_run_that_exercised_nothing_is_no_success() -> None:
    assert numbers(parsed(Run((idle("a", "why"),))))["errors"] == "1"
    assert numbers(parsed(Run()))["errors"] == "1"


def test_equal_runs_give_equal_text() -> None:
    assert render_junit(sample()) == render_junit(sample())


def test_what_xml_cant_hold_is_escaped() -> None:
    run = Run((idle("x", "\x00\ud800\uffff<&>", path=""),), started=1e30)
    assert "\\x00\\ud800\\uffff<&>" in str(case(run, "x", "answer")[0].get("message"))
    assert parsed(run)[0].get("timestamp") == ""
