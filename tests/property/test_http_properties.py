"""Any request is either unfit, or is read back from the wire as it was given."""

from __future__ import annotations

import json
import math
from typing import Any
from urllib.parse import parse_qsl, unquote

import h11
from hypothesis import assume, given
from hypothesis import strategies as st
from starlette.requests import cookie_parser

from stagepact.subject import Request, Unfit
from stagepact.subject.protocols.http import (
    WireRequest,
    WireResponse,
    read_response,
    write_request,
)

# Lone surrogates too: JSON Schema's strings may hold them.
texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
scalars = st.one_of(texts, st.booleans(), st.integers(), st.floats(), st.none())
values = scalars | st.lists(scalars, max_size=3)
members = st.dictionaries(texts, values, max_size=3)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
requests = st.builds(
    Request,
    path=st.fixed_dictionaries({"id": scalars, "part": scalars}),
    query=members,
    headers=members,
    cookies=members,
    body=json_values,
    has_body=st.booleans(),
)
TEMPLATE = "/a/{id}/b/{part}.json"


def written(request: Request) -> WireRequest:
    try:
        return write_request("POST", TEMPLATE, request)
    except Unfit:
        assume(False)
        raise


def parsed(wire: WireRequest) -> tuple[h11.Request, bytes]:
    """The request as h11, a server's parser, reads it."""
    server = h11.Connection(h11.SERVER)
    head = [f"{wire.method} {wire.target} HTTP/1.1".encode("ascii"), b"host: localhost"]
    lines = [name + b": " + value for name, value in wire.headers]
    server.receive_data(b"\r\n".join([*head, *lines, b"", b""]) + wire.body)
    request = server.next_event()
    assert isinstance(request, h11.Request)
    body = b""
    while isinstance(event := server.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    return request, body


def same(text: str, value: Any) -> bool:
    """Whether text says a scalar: strings as they are, all else as in JSON."""
    return text == value if isinstance(value, str) else bool(json.loads(text) == value)


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def pairs(members: Any) -> list[tuple[str, Any]]:
    return [(name, item) for name, value in members.items() for item in many(value)]


@given(requests)
def test_every_request_is_unfit_or_written(request: Request) -> None:
    """Nothing else is raised, whatever the values."""
    try:
        wire = write_request("POST", TEMPLATE, request)
    except Unfit:
        return
    assert wire.target.isascii()


@given(st.builds(Request, path=st.fixed_dictionaries({"id": scalars, "part": scalars})))
def test_paths_are_read_back(request: Request) -> None:
    """Each value stays within its own segment."""
    target = parsed(written(request))[0].target.decode("ascii")
    empty, a, identity, b, part = target.split("/")
    assert (empty, a, b) == ("", "a", "b")
    assert same(unquote(identity, errors="strict"), request.path["id"])
    assert same(unquote(part, errors="strict").removesuffix(".json"), request.path["part"])


@given(st.builds(Request, path=st.just({"id": "1", "part": "2"}), query=members))
def test_queries_are_read_back(request: Request) -> None:
    """Lists as repeated names, in order."""
    target = parsed(written(request))[0].target.decode("ascii")
    found = parse_qsl(target.partition("?")[2], keep_blank_values=True, errors="strict")
    expected = pairs(request.query)
    assert len(found) == len(expected)
    for (name, text), (wanted, value) in zip(found, expected, strict=True):
        assert name == wanted
        assert same(text, value)


tokens = st.text("abcXYZ019-_", min_size=1, max_size=6).map("x-".__add__)
printable = st.text(st.characters(max_codepoint=300), max_size=6)


@given(
    st.dictionaries(tokens, printable | st.lists(printable | st.integers(), max_size=2), max_size=3)
)
def test_headers_are_read_back(headers: Any) -> None:
    """A server's parser gives the same values, none of them split or trimmed."""
    wire = written(Request(path={"id": "1", "part": "2"}, headers=headers))
    read = [(name, value) for name, value in parsed(wire)[0].headers if name.startswith(b"x-")]
    expected = [(name.lower(), value) for name, value in pairs(headers)]
    assert len(read) == len(expected)
    for (name, raw), (wanted, value) in zip(read, expected, strict=True):
        assert name.decode("ascii") == wanted
        assert same(raw.decode("latin-1"), value)


@given(st.dictionaries(tokens, printable | st.integers(), max_size=3))
def test_cookies_are_read_back(cookies: Any) -> None:
    """As a framework's parser reads the line."""
    wire = written(Request(path={"id": "1", "part": "2"}, cookies=cookies))
    found = cookie_parser(dict(parsed(wire)[0].headers).get(b"cookie", b"").decode("latin-1"))
    assert found.keys() == cookies.keys()
    assert all(same(found[name], value) for name, value in cookies.items())


@given(json_values)
def test_json_bodies_are_read_back(value: Any) -> None:
    """Framed by their length, and by both ends' JSON the same."""
    wire = written(Request(path={"id": "1", "part": "2"}, body=value, has_body=True))
    body = parsed(wire)[1]
    assert body == wire.body
    response = WireResponse(200, (("content-type", "application/json"),), body)
    output = read_response(response)
    assert output.error is None
    assert output.data == value


@given(
    st.binary(max_size=20),
    st.sampled_from(["application/json", "text/plain", "text/plain; charset=utf-16", "a/b"])
    | texts,
)
def test_any_body_can_be_read(body: bytes, media: str) -> None:
    """Reading never raises; what can't be read is text and an error."""
    output = read_response(WireResponse(200, (("content-type", media),), body))
    assert output.error is None or isinstance(output.data, str)
    assert not isinstance(output.data, float) or not math.isnan(output.data)
