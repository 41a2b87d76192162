"""Laws of operations: what is tried, and what its answers mean."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from observations import document

from stagepact.contract.clauses import Clause
from stagepact.contract.operation_laws import whole_operation_clauses
from stagepact.observation import End, Observation
from stagepact.subject import Case, Given, Output, Request, SubjectId, Unfit
from stagepact.subject.protocols.http import OperationSubject, WireRequest, WireResponse
from stagepact.subject.protocols.operation import CalledOperation
from stagepact.subject.protocols.operation_scripts import (
    Limited,
    conflicting,
    not_modified,
    of_request,
    others,
    replayed,
)
from stagepact.subject.protocols.secrets import Secrets
from stagepact.verdict.judge import judge

PROBE: Any = None
ID = SubjectId("POST /a", "s:POST /a", "operation")
Answers = Callable[[WireRequest], WireResponse]


@dataclass
class Service:
    """A service that answers by a function."""

    answers: Answers
    asked: list[WireRequest] = field(default_factory=list)
    app: str = "the app"

    async def open(self) -> Service:
        return self

    async def send(self, request: WireRequest) -> WireResponse:
        self.asked.append(request)
        return self.answers(request)

    async def close(self) -> None: ...


def clause(block: str, id: str, auth: str = "") -> Clause:
    text = f"""name: a
services:
  s:
    app: a:b
{auth}
    operations:
      POST /a: {{{block}}}
"""
    found = whole_operation_clauses(document(text), "s", "POST /a")
    return next(each for each in found if each.id == id)


def judged(
    block: str, law: str, script: Any, service: Service, case: str = "", *, auth: str = ""
) -> Any:
    subject = CalledOperation(
        OperationSubject(ID, "POST", "/a", service),  # type: ignore[arg-type]
        Secrets(),
        scripts={case or law: of_request(script, lambda: Request(body={"n": 1}, has_body=True))},
    )
    tried = Case(case or law, Given(), "law", assumed=False)
    output = asyncio.run(subject(tried, PROBE))
    return judge(clause(block, law, auth), Observation(ID, tried, End.RETURNED, output))


def response(status: int, body: bytes = b"{}", **headers: str) -> WireResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WireResponse(status, (("content-type", "application/json"), *named.items()), body)


def seen(found: Any) -> Any:
    return found if isinstance(found, str) else [each.seen for each in found]


# -- limits ------------------------------------------------------------------------------------


@dataclass
class Limiter:
    """So many calls a window; the clock is the test's."""

    calls: int = 2
    window: float = 1.0
    now: float = 0.9
    told: str = "1"
    held: float = 0.0
    took: float = 0.001
    served: list[float] = field(default_factory=list)

    def __call__(self, request: WireRequest) -> WireResponse:
        self.now += self.took
        window = self.window + self.held
        self.served = [at for at in self.served if at // window == self.now // window]
        if len(self.served) >= self.calls:
            return response(429, retry_after=self.told) if self.told else response(429)
        self.served.append(self.now)
        return response(202)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def let_pass(self, app: Any, seconds: float) -> None:
        self.now += seconds


LIMIT = "rate-limit: {calls: 2, per: 1s}"


def limited(service: Limiter, law: str, *, waiting: bool = False) -> Any:
    clock = None if waiting else service.let_pass
    limit = Limited(2, "429", 1.0, clock, timer=lambda: service.now, sleep=service.sleep)
    again = law == "rate-limit.served-again"
    case = law if again else "rate-limit.refused"
    script = limit.again if again else limit.beyond
    return seen(judged(LIMIT, law, script, Service(service), case))


LAWS = ("rate-limit.refused", "rate-limit.retry-after", "rate-limit.served-again")


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("waiting", [False, True])
@pytest.mark.parametrize("now", [0.0, 0.5, 0.9, 0.997, 0.998, 0.999])
def test_a_limit_is_kept_wherever_its_windows_begin(law: str, waiting: bool, now: float) -> None:
    """With the service's clock in hand nothing passes between calls."""
    limiter = Limiter(now=now, took=0.001 if waiting else 0.0)
    assert limited(limiter, law, waiting=waiting) == []


@pytest.mark.parametrize("waiting", [False, True])
def test_a_limit_that_isn_t_one_is_found(waiting: bool) -> None:
    (found,) = limited(Limiter(calls=99, took=0.0), "rate-limit.refused", waiting=waiting)
    assert found.startswith("202, after")


def test_calls_that_take_too_long_say_nothing() -> None:
    told = limited(Limiter(calls=99, took=0.3), "rate-limit.refused", waiting=True)
    assert told == "the calls took 1.5 s, so not all of them fall under one limit"


def test_a_limit_below_what_is_said_is_found() -> None:
    assert limited(Limiter(calls=1, took=0.0), "rate-limit.refused") == ["429 to call 2"]


def test_retry_after_that_is_missing_or_too_short_is_found() -> None:
    assert limited(Limiter(told="", took=0.0), "rate-limit.retry-after") == ["nothing"]
    assert limited(Limiter(told="soon", took=0.0), "rate-limit.retry-after") == ["soon"]
    held = Limiter(held=9.0, took=0.0)
    assert limited(held, "rate-limit.served-again") == ["429, after Retry-After: 1"]


def test_a_long_pause_needs_a_clock() -> None:
    limiter = Limiter()
    limit = Limited(2, "429", 3600.0, None, lambda: 0.0, limiter.sleep)
    with pytest.raises(Unfit, match="3600 s would have to pass: say a `clock`"):
        judged(LIMIT, "rate-limit.refused", limit.beyond, Service(limiter))


# -- keys of idempotency -----------------------------------------------------------------------


@dataclass
class Orders:
    """Orders by key; bugs as they are met."""

    bug: str = ""
    known: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)
    made: int = 0

    def __call__(self, request: WireRequest) -> WireResponse:
        key = dict(request.headers).get(b"idempotency-key", b"")
        if self.bug == "body refused" and request.body != b'{"n":1}':
            return response(422)
        if key in self.known and self.bug != "key ignored":
            body, number = self.known[key]
            if body != request.body and self.bug != "body ignored":
                return response(422)
            return response(201, b'{"id": %d}' % number)
        self.made += 1
        self.known[key] = request.body, self.made
        return response(201, b'{"id": %d}' % self.made)


def keyed(bug: str, law: str) -> Any:
    header = "Idempotency-Key"
    other: Callable[[Request], Any] = lambda request: {"n": 2}  # noqa: E731
    script = replayed(header) if law.endswith("replay") else conflicting(header, other)
    return seen(judged("idempotency: true", law, script, Service(Orders(bug))))


@pytest.mark.parametrize(
    ("bug", "law", "found"),
    [
        ("", "idempotency.replay", []),
        ("", "idempotency.conflict", []),
        ("key ignored", "idempotency.replay", ["2"]),
        ("key ignored", "idempotency.conflict", ["201 to another body"]),
        ("body ignored", "idempotency.conflict", ["201 to another body"]),
        (
            "body refused",
            "idempotency.conflict",
            "the other body is answered by 422: the success was never reached",
        ),
    ],
)
def test_a_key_does_once_what_is_asked(bug: str, law: str, found: Any) -> None:
    assert keyed(bug, law) == found


def test_without_another_body_nothing_can_be_tried() -> None:
    script = conflicting("Idempotency-Key", lambda request: None)
    with pytest.raises(Unfit, match="there is no other body"):
        judged("idempotency: true", "idempotency.conflict", script, Service(Orders()))


# -- caches ------------------------------------------------------------------------------------

CACHING = "caching: {etag: true, private: true}"


@pytest.mark.parametrize(
    ("again", "found"),
    [
        (WireResponse(304, (("etag", '"v1"'),)), []),
        (response(200, etag='"v1"'), ["200"]),
        (response(412), ["412"]),
        (
            WireResponse(304, (), b"", True, ("a 304 response has no body (RFC 9110, 6.4.1)",)),
            ["a 304 response has no body (RFC 9110, 6.4.1)"],
        ),
    ],
)
def test_the_current_tag_is_answered_by_304(again: WireResponse, found: Any) -> None:
    def answers(request: WireRequest) -> WireResponse:
        known = dict(request.headers).get(b"if-none-match") == b'"v1"'
        return again if known else response(200, etag='"v1"')

    law = "caching.not-modified"
    assert seen(judged(CACHING, law, not_modified, Service(answers))) == found


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (response(200), "the answer has no ETag"),
        (response(404), "answered by 404: the success was never reached"),
    ],
)
def test_without_a_tag_nothing_was_shown(first: WireResponse, told: str) -> None:
    law = "caching.not-modified"
    assert seen(judged(CACHING, law, not_modified, Service(lambda request: first))) == told


def plain(block: str, id: str, output: Output, **how: Any) -> Any:
    case = Case("a case", Given(request=how.pop("request", Request())), assumed=False)
    return seen(judge(clause(block, id), Observation(ID, case, End.RETURNED, output)))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("private", []),
        ("no-store", []),
        ("Private, max-age=60", []),
        ("private, no-store", []),
        ("no-cache", ["no-cache"]),
        ("public, max-age=60", ["public, max-age=60"]),
        ("private, public", ["private, public"]),
        ("private, s-maxage=60", ["private, s-maxage=60"]),
        (None, ["nothing"]),
    ],
)
def test_private_answers_are_for_no_shared_cache(told: str | None, found: Any) -> None:
    headers = {} if told is None else {"cache-control": told}
    assert plain(CACHING, "caching.private", Output("200", headers=headers)) == found


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ('"v1"', []),
        ('W/"v1"', []),
        ('""', []),
        ("v1", ["v1"]),
        ('"a b"', ['"a b"']),
        (None, ["nothing"]),
    ],
)
def test_a_tag_stands_in_quotes(told: str | None, found: Any) -> None:
    headers = {} if told is None else {"etag": told}
    assert plain(CACHING, "caching.etag", Output("200", headers=headers)) == found
    assert "never reached" in plain(CACHING, "caching.etag", Output("404"))


def test_a_body_is_as_large_as_it_came() -> None:
    raw = WireResponse(200, (), b"x" * 11)
    assert plain("max-size: 10", "max-size", Output("200", raw=raw)) == ["11 bytes"]
    assert plain("max-size: 11", "max-size", Output("200", raw=raw)) == []


# -- what errors tell --------------------------------------------------------------------------

TRACES = [
    'Traceback (most recent call last):\n  File "/srv/a.py", line 4, in load',
    '  File "/srv/shop/orders.py", line 41, in load',
    "java.lang.NullPointerException\n\tat com.shop.Orders.load(Orders.java:41)",
    "Error: no\n    at Object.<anonymous> (/srv/shop/orders.js:41:7)",
    "    at async load (file:///srv/orders.mjs:4:1)",
    "   at Shop.Orders.Load(String id) in C:\\srv\\Orders.cs:line 41",
    "panic: no\n\ngoroutine 1 [running]:\nmain.main()",
    "#0 /srv/shop/orders.php(41): load()",
    "orders.rb:41:in `load'",
    "SQLSTATE[42S02]: Base table or view not found",
    "psycopg2.errors.UndefinedTableError: relation",
    "(sqlite3.OperationalError) no such table: orders",
    "You have an error in your SQL syntax; check the manual",
    "ORA-00942: table or view does not exist",
]
PROSE = [
    "there is no order o-7",
    "at least 3 items, at most 9 (see the manual)",
    "line 4: the file orders.csv has no column `id`",
    "Meet us at Shop (Main Street 41:7)",
    "an error in your request",
    "The traceback of your parcel is empty",
]


@pytest.mark.parametrize("text", TRACES)
def test_traces_are_told_in_errors_only(text: str) -> None:
    output = Output("500", {"detail": text})
    (found,) = plain("", "no-secrets", output)
    assert found.startswith("it tells ")
    assert plain("", "no-secrets", Output("200", {"detail": text})) == []
    asked = Request(body={"text": text}, has_body=True)
    assert plain("", "no-secrets", output, request=asked) == []


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_trace(text: str) -> None:
    assert plain("", "no-secrets", Output("400", {"detail": text})) == []


def test_a_trace_is_found_in_a_page_and_in_a_header() -> None:
    raw = WireResponse(500, (), TRACES[0].encode())
    assert plain("", "no-secrets", Output("500", TRACES[0], raw)) != []
    assert plain("", "no-secrets", Output("500", headers={"x-error": TRACES[9]})) != []


# -- what is another's -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "found"),
    [
        ([response(200), response(404), response(200), response(200)], []),
        ([response(200), response(403), response(200), response(200)], []),
        ([response(200), response(200), response(200), response(200)], ["200, as bob"]),
        (
            [response(200), response(404), response(404), response(404)],
            ["404 to the owner, as bob"],
        ),
        (
            [response(200, b'{"n": 0}'), response(403), response(200, b'{"n": 1}'), response(200)],
            ["1, as bob"],
        ),
        (
            [
                response(200, b'{"at": 0}'),
                response(403),
                response(200, b'{"at": 1}'),
                response(200),
            ],
            [],
        ),
        ([response(200), response(409), response(200), response(200)], ["409, as bob"]),
        ([response(200), response(401), response(200), response(200)], "as bob: answered by 401"),
        (
            [response(404), response(404), response(404), response(404)],
            "the owner's own call is answered by 404: the success was never reached",
        ),
    ],
)
def test_what_is_another_s_is_refused_and_stays(answers: list[WireResponse], found: Any) -> None:
    script = others("ada", "bob", readable=True)
    service = Service(lambda request: answers.pop(0))
    block = "owned: ada"
    auth = "    auth: {users: {ada: {token: x}, bob: {token: y}}}"
    assert seen(judged(block, "owned", script, service, "owned: as bob", auth=auth)) == found
