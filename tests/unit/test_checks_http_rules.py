"""What HTTP itself asks of a service: methods and `Allow`, problem details."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from observations import document, observed

from stagepact.contract.clauses import Clause, method_clauses, operation_clauses
from stagepact.observation import End
from stagepact.subject import Case, Given, Output, Request
from stagepact.verdict.judge import judge
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.prove import unfailing

SERVICE = """
name: a
services:
  s:
    app: a:b
    methods: true
    problem: true
    operations:
      GET /things: {responses: {200: true}}
      POST /things: {responses: {201: true}, problem: false}
      PUT /things/{id}: {}
      DELETE /things/last: {}
"""
PROBLEM = "application/problem+json"


def methods(template: str = "/things") -> Clause:
    return method_clauses(document(SERVICE), "s")[template]


def answered(method: str, status: str | None, allow: str | None = None) -> Any:
    output = None
    if status is not None:
        output = Output(status, headers={} if allow is None else {"allow": allow})
    case = Case(method, Given(request=Request(method=method)))
    return observed(output=output, end=End.RETURNED if output else End.HUNG, tried=case)


@pytest.mark.parametrize(
    ("method", "status", "allow", "seen"),
    [
        ("PUT", "405", "GET, POST", []),
        ("PUT", "405", "GET,HEAD, POST, OPTIONS", []),
        ("PUT", "405", None, ["nothing, to PUT"]),
        ("PUT", "405", "GET", ["GET"]),
        ("PUT", "405", "", ["nothing"]),
        ("PUT", "405", "GET, POST, PUT", ["GET, POST, PUT", "GET, POST, PUT"]),
        ("PUT", "200", None, ["200 to PUT"]),
        ("PUT", "501", None, []),
        ("PUT", None, None, ["hung"]),
        ("PUT", "401", None, "answered by 401 before the method was looked at"),
        ("HEAD", "200", None, []),
        ("HEAD", "404", None, ["404 to HEAD"]),
        ("HEAD", "405", "GET, POST", []),
        ("HEAD", "405", "GET, POST, HEAD", ["GET, HEAD, POST"]),
        ("OPTIONS", "204", "GET, POST, OPTIONS", []),
        ("OPTIONS", "200", None, []),
        ("OPTIONS", "204", "GET", ["GET"]),
        ("OPTIONS", "405", "GET, POST, OPTIONS", ["GET, OPTIONS, POST"]),
    ],
)
def test_a_method_that_is_not_there_is_refused_and_those_that_are_are_told(
    method: str, status: str | None, allow: str | None, seen: Any
) -> None:
    found = judge(methods(), answered(method, status, allow))
    assert (found if isinstance(found, str) else [each.seen for each in found]) == seen


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_no_response_to_what_comes_with_get_says_nothing_of_methods(method: str) -> None:
    clause = methods()
    partial = replace(clause, value=replace(clause.value, complete=False))
    assert judge(partial, answered(method, None)) == "no response, which other clauses tell"
    assert not isinstance(judge(partial, answered("PATCH", None)), str)


def test_paths_that_may_be_the_same_have_their_methods_together() -> None:
    assert methods("/things/{id}").value.methods == ("PUT", "DELETE")
    assert methods("/things/last").value.methods == ("PUT", "DELETE")
    assert methods().value.methods == ("GET", "POST")


def test_a_service_that_does_not_say_that_there_are_no_more_owes_nothing() -> None:
    assert method_clauses(document(SERVICE.replace("methods: true", "")), "s") == {}


def problem() -> Clause:
    clauses = operation_clauses(document(SERVICE), "s", "GET /things")
    return next(each for each in clauses if each.id == "problem")


def told(status: str, data: Any, media: str = PROBLEM) -> Any:
    headers = {"content-type": media} if media else {}
    found = judge(problem(), observed(output=Output(status, data, headers=headers)))
    return found if isinstance(found, str) else [(each.pointer[-1], each.seen) for each in found]


@pytest.mark.parametrize(
    ("status", "data", "media", "seen"),
    [
        ("404", {"title": "Not Found", "status": 404, "more": 1}, PROBLEM, []),
        ("404", {}, f"{PROBLEM}; charset=utf-8", []),
        ("500", {"status": 500}, PROBLEM, []),
        ("404", {"status": 400}, PROBLEM, [("status", "400")]),
        ("404", {"status": "404"}, PROBLEM, [("status", "404")]),
        ("404", {"type": 1, "detail": None}, PROBLEM, [("type", "int"), ("detail", "NoneType")]),
        ("404", [], PROBLEM, [("body", "list")]),
        ("404", {}, "application/json", [("content-type", "application/json")]),
        ("404", "", "", [("content-type", "no content type")]),
        ("200", {}, "", "no error was answered"),
    ],
)
def test_an_error_is_a_problem_document(status: str, data: Any, media: str, seen: Any) -> None:
    assert told(status, data, media) == seen


def test_no_response_is_no_error() -> None:
    assert judge(problem(), observed(end=End.HUNG)) == "no response (hung)"


def test_an_operation_says_otherwise_than_its_service() -> None:
    clauses = operation_clauses(document(SERVICE), "s", "POST /things")
    assert "problem" not in {each.id for each in clauses}
    text = SERVICE.replace("    problem: true\n", "").replace("problem: false", "problem: true")
    found = {each.id: each for each in operation_clauses(document(text), "s", "POST /things")}
    assert found["problem"].place.line == 9


def test_each_can_fail() -> None:
    refused = Seen((answered("PUT", "405", "GET, POST"),))
    assert unfailing(methods(), refused) == ""
    error = observed(output=Output("404", {}, headers={"content-type": PROBLEM}))
    assert unfailing(problem(), Seen((error,))) == ""
