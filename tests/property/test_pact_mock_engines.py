"""The mock provider and the reference's mock server say the same to the same requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pact import Pact as OfficialPact
from pact import match

from stagepact.pact.files import read_pact
from stagepact.pact.mock.offered import Offered
from stagepact.pact.mock.provider import Provider


def expected() -> OfficialPact:
    """Interactions of many kinds, by the reference's own library."""
    pact = OfficialPact("ui", "voice").with_specification("V4")
    (
        pact.upon_receiving("a session")
        .with_request("GET", match.regex("/sessions/s-1", regex=r"^/sessions/s-\d+$"))
        .will_respond_with(200)
        .with_header("X-Trace", "t1")
        .with_body({"id": match.str("s-1"), "items": match.each_like({"n": match.int(1)}, min=1)})
    )
    (
        pact.upon_receiving("a search")
        .with_request("GET", "/search")
        .with_query_parameter("q", match.regex("a", regex=r"^[a-z]+$"))
        .with_query_parameter("tag", ["x", "y"])
        .will_respond_with(200)
        .with_body("found", content_type="text/plain")
    )
    (
        pact.upon_receiving("an order is made")
        .with_request("POST", "/orders")
        .with_header("X-Tenant", "acme")
        .with_body({"item": match.str("tea"), "count": match.int(2), "gift": False})
        .will_respond_with(201)
        .with_header("Location", "/orders/1")
        .with_body({"id": 1})
    )
    (
        pact.upon_receiving("a note is replaced")
        .with_request("PUT", "/notes/1")
        .with_body("hello", content_type="text/plain")
        .will_respond_with(200)
        .with_body('{"done": null}', content_type="application/json")
    )
    pact.upon_receiving("gone").with_request("DELETE", "/orders/1").will_respond_with(204)
    pact.upon_receiving("seen").with_request("HEAD", "/orders/1").will_respond_with(200)
    (
        pact.upon_receiving("a list")
        .with_request("POST", "/batch")
        .with_body(match.each_like({"id": match.int(1)}, min=2))
        .will_respond_with(200)
        .with_body([1, "two", None, {"three": 3.5}])
    )
    pact.upon_receiving("a space").with_request("GET", "/a b/é").will_respond_with(404)
    return pact


@dataclass(frozen=True)
class Ask:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


JSON = (("content-type", "application/json"),)
UTF8 = ("content-type", "application/json; charset=utf-8")
ORDER = (*JSON, ("x-tenant", "acme"))
ORDERED = {"item": "tea", "count": 2, "gift": False}


def order(**more: object) -> bytes:
    return json.dumps({**ORDERED, **more}).encode()


ASKED = [
    Ask("GET", "/sessions/s-1"),
    Ask("GET", "/sessions/s-77"),
    Ask("GET", "/sessions/x-1"),
    Ask("GET", "/sessions/s-1?more=1"),
    Ask("POST", "/sessions/s-1"),
    Ask("GET", "/sessions/s-1/"),
    Ask("GET", "/search?q=abc&tag=x&tag=y"),
    Ask("GET", "/search?tag=x&tag=y&q=b"),
    Ask("GET", "/search?q=abc&tag=y&tag=x"),
    Ask("GET", "/search?q=abc&tag=x"),
    Ask("GET", "/search?q=ABC&tag=x&tag=y"),
    Ask("GET", "/search?q=&tag=x&tag=y"),
    Ask("GET", "/search?tag=x&tag=y"),
    Ask("GET", "/search?q=a&q=b&tag=x&tag=y"),
    Ask("GET", "/search?q=a%62c&tag=x&tag=y"),
    Ask("POST", "/orders", ORDER, order()),
    Ask("POST", "/orders", ORDER, order(item="", count=-1)),
    Ask("POST", "/orders", ORDER, order(count=1.5)),
    Ask("POST", "/orders", ORDER, order(gift=True)),
    Ask("POST", "/orders", ORDER, order(more=1)),
    Ask("POST", "/orders", ORDER, b'{"item": "tea", "count": 2}'),
    Ask("POST", "/orders", ORDER, b'{"item": "tea", '),
    Ask("POST", "/orders", ORDER, b""),
    Ask("POST", "/orders", JSON, order()),
    Ask("POST", "/orders", (*JSON, ("X-TENANT", "acme"), ("x-more", "1")), order()),
    Ask("POST", "/orders", (*JSON, ("x-tenant", "ACME")), order()),
    Ask("POST", "/orders", (("x-tenant", "acme"), ("content-type", "text/plain")), order()),
    Ask("POST", "/orders", (("x-tenant", "acme"), UTF8), order()),
    Ask("POST", "/orders", (("x-tenant", "acme"),), order()),
    Ask("PUT", "/notes/1", (("content-type", "text/plain"),), b"hello"),
    Ask("PUT", "/notes/1", (("content-type", "text/plain"),), b"hello "),
    Ask("PUT", "/notes/1", (("content-type", "text/plain; charset=utf-8"),), b"hello"),
    Ask("DELETE", "/orders/1"),
    Ask("DELETE", "/orders/1", JSON, b"{}"),
    Ask("HEAD", "/orders/1"),
    Ask("PATCH", "/orders/1"),
    Ask("POST", "/batch", JSON, b'[{"id": 1}, {"id": 2}]'),
    Ask("POST", "/batch", JSON, b'[{"id": 1}]'),
    Ask("POST", "/batch", JSON, b'[{"id": 1}, {"id": "2"}, {"id": 3}]'),
    Ask("POST", "/batch", JSON, b"{}"),
    Ask("GET", "/a%20b/%C3%A9"),
    Ask("GET", "/"),
]  # fmt: skip


@contextmanager
def both(folder: Path) -> Iterator[tuple[str, str]]:
    pact = expected()
    pact.write_file(folder)
    ours = read_pact(folder / "ui-voice.json")
    provider = Provider(ours.provider, ours.interactions)
    with (
        closing(Offered(provider, served=True)) as offered,
        pact.serve(raises=False, verbose=False) as server,
    ):
        yield str(server.url).rstrip("/"), offered.url


def said(url: str, ask: Ask) -> tuple[int, str, bytes, str | None, str | None]:
    with httpx.Client() as client:
        got = client.request(
            ask.method, url + ask.target, headers=list(ask.headers), content=ask.body
        )
    if got.status_code == 500:
        return 500, "", b"", None, None
    media = got.headers.get("content-type", "")
    return (
        got.status_code,
        media,
        got.content,
        got.headers.get("location"),
        got.headers.get("x-trace"),
    )


def test_the_mock_says_what_the_references_mock_server_says(tmp_path: Path) -> None:
    with both(tmp_path) as (official, ours):
        pairs = [(ask, said(official, ask), said(ours, ask)) for ask in ASKED]
    differing = [each for each in pairs if each[1] != each[2]]
    assert differing == [], "\n".join(map(str, differing))
    assert sum(theirs[0] != 500 for _, theirs, _ in pairs) == 12


def test_what_is_asked_in_process_is_as_it_is_over_a_port(tmp_path: Path) -> None:
    expected().write_file(tmp_path)
    pact = read_pact(tmp_path / "ui-voice.json")
    told = []
    for served in (True, False):
        provider = Provider(pact.provider, pact.interactions)
        with closing(Offered(provider, served=served)) as offered:
            told.append([said(offered.url, ask) for ask in ASKED])
    assert told[0] == told[1]
