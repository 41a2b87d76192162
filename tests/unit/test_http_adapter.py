"""Services by URL, against real sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from servers import by_hand

from stagepact.adapters.http import http_service, is_url
from stagepact.subject import Case, Given, Output, Request, SubjectId, Unfit
from stagepact.subject.protocols.http import Exchange, OperationSubject, ServiceError

PROBE: Any = None  # an operation tells its probe nothing


def call(
    service: Exchange, method: str = "GET", template: str = "/", times: int = 1, **request: Any
) -> Output:
    states = {"a session": lambda url: {"query": {"base": url}}}
    subject = OperationSubject(SubjectId("s", "s", "service"), method, template, service, states)
    given = Given(state=request.pop("state", None), request=Request(**request))

    async def several() -> Output:
        try:
            return [await subject(Case("c", given), PROBE) for _ in range(times)][-1]
        finally:
            await subject.close()

    return asyncio.run(several())


class Handler(BaseHTTPRequestHandler):
    """Answers with what it was sent, or as its path says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = "\n".join(
            [
                self.requestline,
                *map(": ".join, self.headers.items()),
                self.rfile.read(length).decode(),
            ]
        ).encode()
        self.send_response(302 if "redirect" in self.path else 200)
        self.send_header("Location", "http://example.invalid/")
        self.send_header("Set-Cookie", "session=1")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name is http.server's

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@contextmanager
def raw_server(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that answers one connection by hand and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def sends(*parts: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(b"".join(parts))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


def test_what_is_sent_is_what_was_written(url: str) -> None:
    """The target goes out untouched, and no header is added but the host's."""
    output = call(
        http_service(url),
        "POST",
        "/s/{id}",
        path={"id": "a/../b"},
        query={"q": "x y"},
        headers={"x-a": ["1", "2"]},
        body={"k": 1},
        has_body=True,
    )
    lines = output.data.split("\n")
    assert lines[0] == "POST /s/a%2F..%2Fb?q=x%20y HTTP/1.1"
    names = sorted(line.split(":")[0].lower() for line in lines[1:-1])
    assert names == ["content-length", "content-type", "host", "x-a", "x-a"]
    assert lines[-1] == '{"k":1}'
    assert output.headers["set-cookie"] == "session=1"


def test_a_base_path_stands_before_the_operations(url: str) -> None:
    """A service may live under a path; its state functions get the base URL."""
    output = call(http_service(f"{url}api/"), template="/s", state="a session")
    base = url.rstrip("/").replace(":", "%3A").replace("/", "%2F")
    assert output.data.startswith(f"GET /api/s?base={base}%2Fapi HTTP/1.1")


def test_cases_leave_nothing_to_one_another(url: str) -> None:
    """Cookies of one response aren't sent with the next request."""
    assert "session=1" not in call(http_service(url), times=2).data


def test_redirects_are_answers(url: str) -> None:
    """Only the configured host is called."""
    output = call(http_service(url), template="/redirect")
    assert (output.status, output.headers["location"]) == ("302", "http://example.invalid/")


def test_proxies_are_not_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment doesn't redirect what is tested."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert call(http_service(url)).status == "200"


def test_sockets_belong_to_a_loop(url: str) -> None:
    """A service that was left open on a loop that is gone works on the next."""
    service = http_service(url)

    async def opened() -> None:
        await service.open()

    asyncio.run(opened())
    asyncio.run(service.close())
    asyncio.run(opened())
    assert call(service).status == "200"
    asyncio.run(service.close())


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_a_kept_socket_may_be_closed_at_any_time(method: str) -> None:
    """This server closes each when the second request comes; nothing is sent over it twice."""
    seen: list[bytes] = []

    async def once_a_socket(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")

    with by_hand(once_a_socket) as host:
        output = call(http_service(f"http://{host}"), method, times=3)
    assert (output.status, output.error, len(seen)) == ("200", None, 3)


def test_a_server_that_always_hangs_up_is_told_though_it_is_asked_again() -> None:
    """The first answer is one; over the kept socket and over a new one there is none."""
    seen: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            if len(seen) > 1:
                return
            writer.write(HEAD + b"Content-Length: 0\r\n\r\n")

    with by_hand(once) as host, pytest.raises(ServiceError, match="without sending a response"):
        call(http_service(f"http://{host}"), times=2)
    assert len(seen) == 3


def test_a_closed_port_is_a_service_error() -> None:
    """It names the URL and what happened."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(ServiceError, match=rf"^http://127.0.0.1:{port}: ConnectError"):
        call(http_service(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (sends(), "RemoteProtocolError: Server disconnected"),
        (sends(b"nonsense\r\n\r\n"), "RemoteProtocolError"),
    ],
)
def test_no_response_is_a_service_error(answer: Any, words: str) -> None:
    """A server that hangs up, or speaks something else, gave no answer."""
    with raw_server(answer) as base, pytest.raises(ServiceError, match=words):
        call(http_service(base))


@pytest.mark.parametrize(
    ("answer", "data"),
    [
        (sends(HEAD, b"Content-Length: 9\r\n\r\nhalf"), "half"),
        (sends(HEAD, b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "half"),
        (sends(HEAD, b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n"), ""),
    ],
)
def test_a_server_that_dies_half_way_left_half_a_response(answer: Any, data: str) -> None:
    """What came is kept, and the output says that it broke off."""
    with raw_server(answer) as base:
        output = call(http_service(base))
    assert (output.status, output.data, output.raw.complete) == ("200", data, False)
    assert "the body broke off: RemoteProtocolError" in str(output.error)


def test_a_body_that_never_ends_is_cut() -> None:
    """The connection is closed at the limit."""
    with raw_server(sends(HEAD, b"\r\n", b"x" * 100)) as base:
        output = call(http_service(base, limit=10))
    assert (output.data, output.error) == ("x" * 10, "the body goes on after 10 bytes")


def test_a_server_that_says_nothing_is_bounded() -> None:
    """Each wait has its seconds."""
    waiting = threading.Event()
    with raw_server(lambda connection: bool(waiting.wait(5)) and None) as base:
        with pytest.raises(ServiceError, match=r"no answer within 0.05 s \(ReadTimeout\)"):
            call(http_service(base, seconds=0.05))
        waiting.set()


def test_a_tls_error_is_a_service_error(url: str) -> None:
    """A server that doesn't speak TLS; with a context of the user's own as well."""
    secure = url.replace("http:", "https:")
    for verify in (True, ssl.create_default_context()):
        with pytest.raises(ServiceError, match=r"ConnectError|ReadError"):
            call(http_service(secure, verify=verify))


def test_a_request_that_http_forbids_is_unfit(url: str) -> None:
    """Two hosts aren't the server's fault."""
    with pytest.raises(Unfit, match="HTTP doesn't allow the request"):
        call(http_service(url), headers={"host": ["a", "b"]})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://localhost:8000", True),
        ("https://example.org/api", True),
        ("ftp://example.org", False),
        ("http://", False),
        ("http://[::1", False),
        ("voice.api:app", False),
        (5, False),
    ],
)
def test_urls_are_known(value: Any, expected: bool) -> None:
    """http or https, and a host."""
    assert is_url(value) is expected


def test_what_is_no_url_is_refused() -> None:
    """At once, not with the first request."""
    with pytest.raises(ValueError, match="'localhost' is no http or https URL"):
        http_service("localhost")
