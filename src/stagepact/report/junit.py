"""A Run as JUnit XML: a suite per contract file, a test case per clause.

The attributes are those that GitLab, Jenkins, Azure and pytest's own xunit1 agree on. What
isn't exercised, is excepted or known is skipped, with its reason; what strict forbids is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.etree import ElementTree as ET

from stagepact.characters import printable
from stagepact.errors import Problem
from stagepact.report.wording import (
    Standing,
    facts,
    grouped,
    headline,
    moment,
    remark,
    sentence,
    standing,
    unchecked_sentence,
)
from stagepact.verdict import Listed, Run, Verdict

NOT_CHECKED = "not checked"


def render(run: Run) -> str:
    """The run as JUnit XML, in UTF-8, equal for equal runs."""
    root = _element("testsuites", name="stagepact", time=_seconds(run.seconds))
    for name, cases in _suites(run).items():
        root.append(_suite(name, cases, run))
    if run.exit_code and root.find(".//failure") is None and root.find(".//error") is None:
        # Nothing was exercised: a build server that finds no failure would call it a success.
        root.append(_suite("stagepact", [_outcome("run", "run", "error", headline(run))], run))
    _total(root)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suites(run: Run) -> Mapping[str, list[ET.Element]]:
    suites: dict[str, list[ET.Element]] = {}
    for problem in run.problems:
        suites.setdefault(problem.place.file, []).append(_problem(problem))
    for file, subjects in grouped(run.verdicts).items():
        cases = (_case(verdict, run.strict) for of in subjects.values() for verdict in of)
        suites.setdefault(file, []).extend(cases)
    if run.listed:
        suites.setdefault(NOT_CHECKED, []).extend(_unchecked(run.listed, run.strict))
    return suites


def _suite(name: str, cases: Iterable[ET.Element], run: Run) -> ET.Element:
    suite = _element("testsuite", name=name, timestamp=moment(run.started))
    suite.extend(cases)
    seconds = sum(float(case.get("time", "0")) for case in suite)
    suite.set("time", _seconds(seconds))
    for attribute, tag in _OUTCOMES.items():
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}".rstrip("/")))))
    return suite


_OUTCOMES = {"tests": "", "failures": "failure", "errors": "error", "skipped": "skipped"}


def _total(root: ET.Element) -> None:
    for attribute in _OUTCOMES:
        root.set(attribute, str(sum(int(suite.get(attribute, "0")) for suite in root)))


def _case(verdict: Verdict, strict: bool) -> ET.Element:
    case = _element(
        "testcase",
        classname=verdict.item.subject,
        name=verdict.item.name,
        file=verdict.place.file,
        line=str(verdict.place.line),
        time=_seconds(verdict.seconds),
    )
    case.extend(_RESULTS[standing(verdict)](verdict, strict))
    return case


def _kept(verdict: Verdict, strict: bool) -> Iterator[ET.Element]:
    yield from ()


def _broken(verdict: Verdict, strict: bool) -> Iterator[ET.Element]:
    first = verdict.violations[0].seen if verdict.violations else verdict.reason
    yield _result("failure", first, _details(verdict))


def _not_exercised(verdict: Verdict, strict: bool) -> Iterator[ET.Element]:
    yield _result("failure" if strict else "skipped", sentence(verdict))


def _excepted(verdict: Verdict, strict: bool) -> Iterator[ET.Element]:
    yield _result("skipped", sentence(verdict), _details(verdict))


def _kept_and_failing(verdict: Verdict, strict: bool) -> Iterator[ET.Element]:
    yield _result("failure", sentence(verdict), _details(verdict))


_RESULTS: Mapping[Standing, Callable[[Verdict, bool], Iterable[ET.Element]]] = {
    Standing.KEPT: _kept,
    Standing.BROKEN: _broken,
    Standing.NOT_EXERCISED: _not_exercised,
    Standing.EXCEPTED: _excepted,
    Standing.KNOWN: _excepted,
    Standing.VANISHED: _kept_and_failing,
    Standing.CANT_FAIL: _kept_and_failing,
}


def _details(verdict: Verdict) -> str:
    said = [f"{verdict.place}: {verdict.promise}", remark(verdict)]
    for violation in verdict.violations:
        said.append("")
        said += (f"{fact.label}: {_block(fact.text)}" for fact in facts(verdict, violation))
    return "\n".join(said)


def _block(text: str) -> str:
    return f"\n{text.rstrip()}" if "\n" in text else text


def _problem(problem: Problem) -> ET.Element:
    name = f"{problem.code or 'problem'} at {problem.place}"
    case = _outcome("problem", name, "error", str(problem))
    case.set("file", printable(problem.place.file))
    case.set("line", str(problem.place.line))
    return case


def _unchecked(listed: Iterable[Listed], strict: bool) -> Iterator[ET.Element]:
    for each in listed:
        forbidden = strict and each.is_forbidden
        tag = "failure" if forbidden else "skipped"
        yield _outcome(each.why, each.identity or each.name, tag, unchecked_sentence(each))


def _outcome(classname: str, name: str, tag: str, message: str) -> ET.Element:
    case = _element("testcase", classname=classname, name=name, time=_seconds(0))
    case.append(_result(tag, message))
    return case


def _result(tag: str, message: str, text: str = "") -> ET.Element:
    result = _element(tag, message=message)
    result.text = printable(text) or None
    return result


def _element(name: str, /, **attributes: str) -> ET.Element:
    return ET.Element(name, {key: printable(value) for key, value in attributes.items()})


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
