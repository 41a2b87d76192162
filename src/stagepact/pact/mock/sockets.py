"""A mock provider behind sockets: a loopback server of its own, or one end of a pair."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from stagepact.pact.mock.provider import Provider
from stagepact.pact.mock.wire import request_of, sent, with_length

_POLL = 0.01  # seconds until a server notices that it is to end


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = False

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            self._answer()

        def _answer(self) -> None:
            data = _body(self.headers, self.rfile)
            asked = request_of(self.command, self.path, self.headers.items(), data)
            bare = self.command == "HEAD"
            made = sent(provider.answer(asked), bare=bare)
            self.send_response_only(made.status)
            for name, text in with_length(made, bare=bare):
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(made.data)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _body(headers: Any, stream: Any) -> bytes:
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return b"".join(_chunks(stream))
    return bytes(stream.read(int(headers.get("Content-Length") or 0)))


def _chunks(stream: Any) -> Iterator[bytes]:
    while size := int(stream.readline().partition(b";")[0] or b"0", 16):
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of the provider's."""


@contextmanager
def serving(provider: Provider, host: str = "127.0.0.1") -> Iterator[str]:
    """A real server at a free port of this machine; gives its URL, ends with the block."""
    server = _Server((host, 0), _handler(provider))
    thread = Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def connected(provider: Provider) -> socket.socket:
    """One end of a pair of sockets, at whose other end a provider speaks HTTP; no network."""
    near, far = socket.socketpair()
    Thread(target=_converse, args=(provider, far), daemon=True).start()
    return near


def _converse(provider: Provider, far: socket.socket) -> None:
    with far, suppress(OSError):  # the client went away
        _handler(provider)(far, ("in process", 0), None)  # type: ignore[arg-type]  # no server
