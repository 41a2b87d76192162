"""What an operation owes unasked."""

from __future__ import annotations

from typing import Any

import pytest
from observations import answers, observed

from stagepact.observation import End
from stagepact.subject import Case, Given, Output, Request
from stagepact.verdict.judge import judge
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.prove import unfailing

ASKED = "request: {query: {n: {type: integer}}}\nresponses: {200: true, 422: true}"
FUZZED = Case("fuzz", Given(), "fuzz")
INVALID = Case("n too large", Given(), "invalid", assumed=False)
OF_PATH = Case("id too large", Given(request=Request(path={"id": "x"})), "invalid", assumed=False)


def judged(
    id: str, status: str | None, case: Case = FUZZED, block: str = ASKED, name: str = "GET /a"
) -> Any:
    output = None if status is None else Output(status)
    end = End.HUNG if status is None else End.RETURNED
    found = judge(answers(block, name)[id], observed(output=output, end=end, tried=case))
    return found if isinstance(found, str) else [each.seen for each in found]


@pytest.mark.parametrize(
    ("block", "status", "seen"),
    [
        ("responses: {200: true}", "200", []),
        ("responses: {200: true}", "404", []),
        ("responses: {200: true}", "500", ["500"]),
        ("responses: {200: true}", None, ["hung"]),
        ("responses: {default: true}", "503", ["503"]),
        ("responses: {503: true}", "503", []),
        ("responses: {5XX: true}", "503", []),
        ("examples: [{name: a, response: {status: 503}}]", "503", []),
    ],
)
def test_no_status_is_a_server_error_that_is_not_declared(
    block: str, status: str | None, seen: list[str]
) -> None:
    assert judged("no-server-error", status, INVALID, block) == seen


@pytest.mark.parametrize("status", ["400", "415", "422"])
def test_a_valid_request_is_not_refused(status: str) -> None:
    assert judged("valid-accepted", "200") == []
    assert judged("valid-accepted", status) == [f"{status}, though what was asked is permitted"]


def test_a_success_that_was_never_reached_says_nothing_of_valid_requests() -> None:
    assert judged("valid-accepted", "404") == ("answered by 404: the success was never reached")
    assert judged("valid-accepted", None) == "hung"
    assert judged("valid-accepted", "422", Case("a")) == (
        "an example says for itself what it is answered"
    )


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        ("422", []),
        ("200", ["200: n too large"]),
        ("500", ["500: n too large"]),
        ("409", ["409, which is not declared"]),
        (None, ["hung"]),
        ("401", "answered by 401 before the request was looked at"),
        ("404", "answered by 404 before the request was looked at"),
        ("307", "redirected by 307"),
    ],
)
def test_an_invalid_request_is_refused(status: str | None, seen: Any) -> None:
    assert judged("invalid-refused", status, INVALID) == seen


def test_an_invalid_path_may_lead_nowhere_if_that_is_declared() -> None:
    assert judged("invalid-refused", "404", OF_PATH) == ["404, which is not declared"]
    block = ASKED.replace("422", "4XX")
    assert judged("invalid-refused", "404", OF_PATH, block) == []


def test_only_nearly_valid_requests_are_to_be_refused() -> None:
    assert judged("invalid-refused", "200") == "no nearly valid request was made"


@pytest.mark.parametrize(
    ("block", "owed"),
    [
        ("responses: {200: true}", set()),
        ("request: {query: {a: true}}\nresponses: {200: true}", {"valid-accepted"}),
        ("request: {query: {a: true}}\nresponses: {404: true}", {"valid-accepted"}),
        (ASKED, {"valid-accepted", "invalid-refused"}),
        (f"{ASKED}\ninvalid: false", {"valid-accepted"}),
        (f"{ASKED}\nfuzz: false", set()),
        (
            "request: {query: {a: true}}\nresponses: {200: true}\ninvalid: true",
            {"valid-accepted", "invalid-refused"},
        ),
    ],
)
def test_what_is_owed_depends_on_what_is_said(block: str, owed: set[str]) -> None:
    assert set(answers(block)) & {"valid-accepted", "invalid-refused"} == owed


BARE = (
    "state: s\nresponses: {204: true}\nexamples: [{name: a, REQUEST, response: {status: STATUS}}]"
)


@pytest.mark.parametrize(
    ("name", "request_", "status", "owed"),
    [
        ("DELETE /a/{id}", "request: {}", 204, True),
        ("POST /a/{id}/b", "request: {path: {id: x}}", 204, True),
        ("PUT /a/{id}", "request: {body: 1}", 204, False),
        ("PATCH /a/{id}", "request: {headers: {if-match: v}}", 204, False),
        ("DELETE /a/{id}", "request: {}", 404, False),
        ("GET /a/{id}", "request: {}", 204, False),
    ],
)
def test_a_change_without_a_body_is_accepted_where_an_example_shows_that(
    name: str, request_: str, status: int, owed: bool
) -> None:
    block = BARE.replace("REQUEST", request_).replace("STATUS", str(status))
    assert ("valid-accepted" in answers(block, name)) is owed


def test_a_change_is_accepted_without_a_body_where_the_contract_says_so() -> None:
    block = "request: {without-body: accepted, query: {a: true}}\nresponses: {204: true}"
    assert "valid-accepted" in answers(block, "POST /a")
    assert "valid-accepted" not in answers(block.replace("accepted", "any"), "POST /a")


@pytest.mark.parametrize(
    ("id", "status", "case"),
    [
        ("no-server-error", "200", FUZZED),
        ("valid-accepted", "200", FUZZED),
        ("invalid-refused", "422", INVALID),
    ],
)
def test_each_can_fail(id: str, status: str, case: Case) -> None:
    seen = Seen((observed(output=Output(status), tried=case),))
    assert unfailing(answers(ASKED)[id], seen) == ""


@pytest.mark.parametrize(
    ("cursor", "sent", "found"),
    [
        ("{type: string}", {"cursor": "0"}, "only the service knows a right cursor"),
        ("{anyOf: [{type: string}, {type: 'null'}]}", {"cursor": "0"}, "a right cursor"),
        ("{type: string}", {}, ["422, though what was asked is permitted"]),
        ("{type: integer}", {"cursor": 1}, ["422, though what was asked is permitted"]),
        ("{enum: [a, b]}", {"cursor": "a"}, ["422, though what was asked is permitted"]),
    ],
)
def test_a_cursor_that_no_page_gave_may_be_refused(cursor: str, sent: Any, found: Any) -> None:
    block = f"request: {{query: {{cursor: {cursor}}}}}\nresponses: {{200: true}}"
    case = Case("fuzz", Given(request=Request(query=sent)), "fuzz")
    seen = judged("valid-accepted", "422", case, block)
    assert found in seen if isinstance(found, str) else seen == found


@pytest.mark.parametrize(
    ("asked", "answered", "found"),
    [
        ("{name: {}, password: {}}", "{access_token: {}}", "only the service knows a right"),
        ("{grant_type: {}, password: {}}", "{}", "only the service knows a right password"),
        ("{name: {}, password: {}}", "{id: {}}", ["400, though what was asked is permitted"]),
        ("{name: {}}", "{token: {}}", ["400, though what was asked is permitted"]),
    ],
)
def test_only_a_login_may_refuse_a_password(asked: str, answered: str, found: Any) -> None:
    block = f"""
request: {{body: {{properties: {asked}}}}}
responses: {{200: {{body: {{properties: {answered}}}}}}}
"""
    case = Case("fuzz", Given(request=Request(body={"password": "x"}, has_body=True)), "fuzz")
    seen = judged("valid-accepted", "400", case, block, "POST /login")
    assert found in seen if isinstance(found, str) else seen == found
