"""HTTP as values: what is written on the wire, what is read from it, and what can't be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stagepact.subject import Case, Given, Request, SubjectId, Unfit
from stagepact.subject.protocols.apps import call_names, makes
from stagepact.subject.protocols.http import (
    OperationSubject,
    WireRequest,
    WireResponse,
    path_names,
    plain_template,
    read_response,
    settled,
    write_request,
)

PROBE: Any = None  # an operation tells its probe nothing


def written(template: str = "/", method: str = "GET", **parts: Any) -> WireRequest:
    if "body" in parts:
        parts["has_body"] = True
    return write_request(method, template, Request(**parts))


@pytest.mark.parametrize(
    ("template", "values", "target"),
    [
        ("/sessions/{id}", {"id": "a/b?c#d"}, "/sessions/a%2Fb%3Fc%23d"),
        ("/sessions/{id}", {"id": "é\0"}, "/sessions/%C3%A9%00"),
        ("/sessions/{id}", {"id": 7}, "/sessions/7"),
        ("/sessions/{id}", {"id": 7.0}, "/sessions/7"),
        ("/sessions/{id}", {"id": 0.5}, "/sessions/0.5"),
        ("/sessions/{id}", {"id": 1e300}, "/sessions/1e%2B300"),
        ("/sessions/{id}", {"id": True}, "/sessions/true"),
        ("/sessions/{id}", {"id": ["a", "b,c"]}, "/sessions/a,b%2Cc"),
        ("/a/{x}.{y}/end", {"x": "", "y": "z"}, "/a/.z/end"),
        ("/files/{path:path}", {"path": "a"}, "/files/a"),
        ("/café/é", {}, "/caf%C3%A9/%C3%A9"),
        ("/", {"unused": 1}, "/"),
    ],
)
def test_paths_are_filled_and_encoded(template: str, values: Any, target: str) -> None:
    """A value stays one value: what has a meaning in a path is percent-encoded."""
    assert written(template, path=values).target == target


@pytest.mark.parametrize("value", ["", ".", "..", None, {}, [], "\ud800", float("nan"), object()])
def test_a_value_that_would_change_the_path_is_unfit(value: Any) -> None:
    """Empty and dot segments name other resources, and null has no form."""
    with pytest.raises(Unfit, match="path"):
        written("/sessions/{id}", path={"id": value})


@pytest.mark.parametrize(
    ("template", "words"), [("/a/{id}", "no value for id"), ("a", "doesn't start with a slash")]
)
def test_paths_that_cannot_be_filled_are_unfit(template: str, words: str) -> None:
    """The message says what is missing."""
    with pytest.raises(Unfit, match=words):
        written(template)


def test_query_lists_repeat() -> None:
    """Names and values are encoded, and an empty list is not there."""
    query = {"q": ["a b", "ü&="], "n": 1, "none": [], "é": False}
    assert written(query=query).target == "/?q=a%20b&q=%C3%BC%26%3D&n=1&%C3%A9=false"


@pytest.mark.parametrize(
    "parts",
    [
        {"query": {"a": None}},
        {"query": {"a": {"b": 1}}},
        {"query": {"\ud800": 1}},
        {"headers": {"a b": "c"}},
        {"headers": {"": "c"}},
        {"headers": {"a": "b\r\nc: d"}},
        {"headers": {"a": "b\0"}},
        {"headers": {"a": " padded"}},
        {"headers": {"a": "€"}},
        {"headers": {"a": [None]}},
        {"cookies": {"a": "b;c"}},
        {"cookies": {"a b": "c"}},
        {"cookies": {"a": "é"}},
        {"body": float("inf")},
        {"body": 1, "headers": {"content-length": "3"}},
        {"headers": {"content-length": ["0", "0"]}},
        {"body": {"a": object()}},
        {"body": 1, "headers": {"content-type": "text/plain"}},
        {"body": "€", "headers": {"content-type": "text/plain; charset=latin-1"}},
        {"body": "x", "headers": {"content-type": "text/plain; charset=none-such"}},
        {"body": {"a": {}}, "headers": {"content-type": "application/x-www-form-urlencoded"}},
        {"body": {"a": "\ud800"}, "headers": {"content-type": "application/x-www-form-urlencoded"}},
    ],
)
def test_what_cannot_stand_on_the_wire_is_unfit(parts: Any) -> None:
    """Nobody is blamed for a request that nobody can send."""
    with pytest.raises(Unfit):
        written(method="POST", **parts)


def test_a_method_is_a_token() -> None:
    """A method with a space would split the request."""
    with pytest.raises(Unfit, match="no method"):
        written(method="GET /")


def test_headers_and_cookies_are_written() -> None:
    """Lists repeat, names are lower-case, cookies share a line."""
    sent = written(headers={"X-A": ["1", "é"], "Empty": ""}, cookies={"a": 1, "b": "x=y"})
    assert sent.headers == (
        (b"x-a", b"1"),
        (b"x-a", b"\xe9"),
        (b"empty", b""),
        (b"cookie", b"a=1; b=x=y"),
    )


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "told", "sent", "media"),
    [
        ({"a": "é"}, None, b'{"a":"\xc3\xa9"}', b"application/json"),
        (None, None, b"null", b"application/json"),
        ("\ud800", None, b'"\\ud800"', b"application/json"),
        ("text", "application/problem+json", b'"text"', b"application/problem+json"),
        ({"a": [1, "b c"], "d": True}, FORM, b"a=1&a=b+c&d=true", FORM.encode()),
        ("a=b", FORM, b"a=b", FORM.encode()),
        ("é", "text/plain", b"\xc3\xa9", b"text/plain"),
        ("é", 'text/plain; charset="latin-1"', b"\xe9", b'text/plain; charset="latin-1"'),
        (b"\0", "application/json", b"\0", b"application/json"),
        (b"\0", None, b"\0", b"application/octet-stream"),
    ],
)
def test_bodies_follow_their_media_type(
    body: Any, told: str | None, sent: bytes, media: bytes
) -> None:
    """JSON unless the headers say otherwise; the length is always told."""
    request = written(method="POST", body=body, headers={"Content-Type": told} if told else {})
    assert request.body == sent
    assert dict(request.headers) == {b"content-type": media, b"content-length": b"%d" % len(sent)}


def test_framing_that_is_given_stays() -> None:
    """No body has no length on GET and length 0 on POST; a length is not told twice."""
    assert written().headers == ()
    assert written(method="POST").headers == ((b"content-length", b"0"),)
    given = written(method="POST", headers={"content-length": "1"}, body=1)
    assert [value for name, value in given.headers if name == b"content-length"] == [b"1"]


def test_templates_lose_their_converters() -> None:
    """A regular expression in a converter may hold slashes."""
    assert plain_template("/a/{id:[^/]+}/{b}") == "/a/{id}/{b}"
    assert path_names("/a/{id:int}/{b}") == ("id", "b")


JSON = ("content-type", "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("media", "body", "data", "error"),
    [
        ("application/json", b'{"a": 1}', {"a": 1}, None),
        ("application/problem+json", b"\xef\xbb\xbf[1]", [1], None),
        ("application/json", b"{", "{", "not JSON"),
        ("application/json", b"", "", "not JSON"),
        ("application/json", b"NaN", "NaN", "NaN is no JSON number"),
        ("application/json", b"[" * 100_000, "[" * 100_000, "can't be read: maximum recursion"),
        ("application/json", b"9" * 5_000, "9" * 5_000, "can't be read: Exceeds the limit"),
        ("application/json", b'"\xff"', '"\ufffd"', "not utf-8"),
        ("text/plain", b"\xc3\xa9", "é", None),
        ("text/plain", b"", "", None),
        ("text/plain; charset=latin-1", b"\xe9", "é", None),
        ("text/plain; charset=ascii", b"\xe9", "\ufffd", "not ascii"),
        ("text/plain; charset=none-such", b"a", "a", "not known"),
        ("text/plain; charset=a\0b", b"a", "a", "not known"),
        ("text/plain; charset=base64", b"a", "a", "not known"),
        ("text/plain; charset=idna", b"\xe9", "\ufffd", "not idna"),
        ("text/plain; charset=undefined", b"a", "a", "not undefined"),
        ("image/png", b"\x89", "\ufffd", None),
        (None, b"text", "text", None),
        (None, b"", None, None),
    ],
)
def test_bodies_are_read_by_their_media_type(
    media: str | None, body: bytes, data: Any, error: str | None
) -> None:
    """JSON becomes data, all else text; what is wrong with it is said."""
    headers = (("content-type", media),) if media else ()
    output = read_response(WireResponse(200, headers, body))
    assert output.data == data
    assert (error or "") in (output.error or "")
    assert bool(error) == bool(output.error)


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_no_body_is_no_data(method: str, status: int) -> None:
    """Where HTTP has no body, an empty one is no invalid JSON."""
    output = read_response(WireResponse(status, (JSON,)), method)
    assert (output.status, output.data, output.error) == (str(status), None, None)


def test_repeated_headers_are_joined() -> None:
    """By commas, but cookies, which hold commas, by lines."""
    headers = (("vary", "a"), ("vary", "b"), ("set-cookie", "a=1"), ("set-cookie", "b=2"))
    output = read_response(WireResponse(200, headers))
    assert output.headers == {"vary": "a, b", "set-cookie": "a=1\nb=2"}


def test_problems_become_the_error() -> None:
    """What the connection noted is told with what the body shows; raw is the response."""
    response = WireResponse(200, (JSON,), b"{", complete=False, problems=("cut",))
    output = read_response(response)
    assert output.error is not None
    assert output.error.startswith("cut; the body is not JSON")
    assert output.raw is response


@pytest.mark.parametrize(
    ("method", "response", "body", "complete", "problem"),
    [
        ("GET", WireResponse(200, (("content-length", "1"),), b"a"), b"a", True, ""),
        ("GET", WireResponse(200, (("content-length", "2"),), b"a"), b"a", False, "length is 2"),
        ("GET", WireResponse(200, (("content-length", "x"),), b"a"), b"a", False, "length is x"),
        ("GET", WireResponse(200, (), b"a"), b"a", True, ""),
        ("HEAD", WireResponse(200, (("content-length", "1"),), b"a"), b"", True, ""),
        ("HEAD", WireResponse(200, (("content-length", "1"),)), b"", True, ""),
        ("GET", WireResponse(204, (), b"a"), b"", True, "204 response has no body"),
        ("GET", WireResponse(304, (("content-length", "9"),)), b"", True, ""),
    ],
)
def test_a_response_is_framed_as_a_server_would(
    method: str, response: WireResponse, body: bytes, complete: bool, problem: str
) -> None:
    """A client never sees a body on HEAD, nor one that is longer than was said."""
    made = settled(method, response)
    assert (made.body, made.complete) == (body, complete)
    assert problem in "".join(made.problems)
    assert bool(problem) == bool(made.problems)


class FakeService:
    """An exchange and its connection, which remembers what was sent and closed."""

    app = "the app"

    def __init__(self) -> None:
        self.sent: list[WireRequest] = []
        self.closed = 0

    async def open(self) -> FakeService:
        return self

    async def send(self, request: WireRequest) -> WireResponse:
        self.sent.append(request)
        return WireResponse(200, (JSON,), b"1")

    async def close(self) -> None:
        self.closed += 1


def call(
    service: FakeService, state: Any = None, template: str = "/s/{id}", **request: Any
) -> WireRequest:
    async def session(app: Any) -> Any:
        return {"id": app, "other": 1}

    def parts(app: Any) -> Any:
        return {"path": {"id": 1}, "query": {"q": 2}, "body": {"a": 1, "b": 1}}

    def broken(app: Any) -> Any:
        raise KeyError("id")

    states = {
        "a session": session,
        "parts": parts,
        "body": lambda app: {"body": 5, "path": {"id": 2}},
        "named path": lambda app: {"path": "p"},
        "nothing": lambda app: None,
        "broken": broken,
        "wrong": lambda app: 5,
    }
    subject = OperationSubject(SubjectId("s", "s", "service"), "POST", template, service, states)
    given = Given(state=state, request=Request(**request))
    output = asyncio.run(subject(Case("c", given), PROBE))
    assert output.data == 1
    return service.sent[-1]


@pytest.mark.parametrize(
    ("state", "request_", "target", "body"),
    [
        (None, {"path": {"id": 3}}, "/s/3", b""),
        ("nothing", {"path": {"id": 3}}, "/s/3", b""),
        ("a session", {}, "/s/the%20app", b""),
        ("a session", {"path": {"id": 3}}, "/s/3", b""),
        ("parts", {}, "/s/1?q=2", b'{"a":1,"b":1}'),
        ("parts", {"body": {"b": 2}, "has_body": True}, "/s/1?q=2", b'{"a":1,"b":2}'),
        ("body", {"body": 6, "has_body": True}, "/s/2", b"6"),
        ("body", {}, "/s/2", b"5"),
    ],
)
def test_a_state_fills_what_the_request_lacks(
    state: Any, request_: Any, target: str, body: bytes
) -> None:
    """What the request says itself stays; the connection is closed."""
    service = FakeService()
    sent = call(service, state, **request_)
    assert (sent.target, sent.body) == (target, body)
    assert service.closed == 1


def test_a_path_value_may_be_called_path() -> None:
    """Only mappings are taken for parts of a request."""
    assert call(FakeService(), "named path", "/s/{path}").target == "/s/p"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("unheard of", r"'unheard of' hold; known are \['a session'"),
        ("broken", "'broken' can't be made: KeyError: 'id'"),
        ("wrong", "'wrong' gave int"),
    ],
)
def test_a_state_that_cannot_hold_is_unfit(state: str, words: str) -> None:
    """The service isn't blamed for a state that nobody made."""
    service = FakeService()
    with pytest.raises(Unfit, match=words):
        call(service, state)
    assert service.sent == []


def test_closing_an_operation_closes_its_exchange() -> None:
    """What the cases shared is let go of after the last."""
    service = FakeService()
    subject = OperationSubject(SubjectId("s", "s", "service"), "GET", "/", service)
    asyncio.run(subject.close())
    assert service.closed == 1


class Shy:
    """Raises when it is looked at, as unbound proxies do."""

    def __call__(self) -> None: ...

    @property
    def __signature__(self) -> Any:
        raise RuntimeError("unbound")


def test_looking_at_an_app_is_safe() -> None:
    """Whatever a value is, nothing is called and nothing raised."""

    def bad() -> NoSuchName: ...  # type: ignore[name-defined]  # noqa: F821

    assert call_names(Shy()) == call_names(5) == call_names(Shy) == ()
    assert not makes(bad, bool)
    assert not makes(Shy, bool)
