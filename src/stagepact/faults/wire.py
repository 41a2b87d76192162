"""A server for one request, which plays a script: a real socket, so the client's own rules hold."""

from __future__ import annotations

import re
import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from stagepact.faults.clocks import Clock, RealClock
from stagepact.faults.exchange import Script

_SLICE = 0.05  # seconds in which a script that waits notices that its fault was lifted
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


class _Gone(Exception):  # noqa: N818 - it ends a script, and is no error
    """The client has left, or the server is closed."""


class Wire:
    """Listens on loopback for one connection; `close` ends all of it at once."""

    def __init__(self, script: Script, clock: Clock, lifted: threading.Event) -> None:
        self._script, self._clock = script, clock
        self._over = _Over(lifted)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._wake, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="stagepact-wire", daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        """Its URL without a path."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """End it, and wait for it; closing twice is closing once."""
        self._over.closed = True
        with suppress(OSError):
            self._waker.send(b"!")
        self._thread.join()
        for each in (self._listener, self._wake, self._waker):
            each.close()

    def _run(self) -> None:
        with suppress(_Gone, OSError), selectors.DefaultSelector() as selector:
            selector.register(self._wake, selectors.EVENT_READ)
            connection = self._accepted(selector)
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(connection, selectors.EVENT_READ)
                self._read(selector, connection)
                self._play(selector, connection)

    def _accepted(self, selector: selectors.BaseSelector) -> socket.socket:
        selector.register(self._listener, selectors.EVENT_READ)
        self._ready(selector, None)
        selector.unregister(self._listener)
        return self._listener.accept()[0]

    def _ready(self, selector: selectors.BaseSelector, seconds: float | None) -> bool:
        ready = selector.select(seconds)
        if self._over.closed:
            raise _Gone
        return bool(ready)

    def _read(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        """The whole request: a client that is still sending would not hear the answer."""
        got = b""
        while not _is_whole(got):
            self._ready(selector, None)
            more = connection.recv(65536)
            if not more:
                raise _Gone
            got += more

    def _play(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        if self._script.wait:
            self._wait(selector, connection)
        connection.sendall(self._script.payload)
        if self._script.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            return
        connection.shutdown(socket.SHUT_WR)
        while self._ready(selector, None) and connection.recv(65536):
            pass

    def _wait(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        seconds = self._script.wait
        if not isinstance(self._clock, RealClock):
            self._clock.wait(seconds, self._over)
            self._ready(selector, 0)
            return
        end = time.monotonic() + seconds
        while not self._over.is_set() and (left := end - time.monotonic()) > 0:
            if self._ready(selector, min(_SLICE, left)) and not connection.recv(65536):
                raise _Gone
        self._ready(selector, 0)


class _Over(threading.Event):
    """Set when a fault is lifted, or its server closed."""

    def __init__(self, lifted: threading.Event) -> None:
        super().__init__()
        self._lifted = lifted
        self.closed = False

    def is_set(self) -> bool:
        return self.closed or self._lifted.is_set()


@contextmanager
def refusing() -> Iterator[str]:
    """An origin where connections are refused, as long as the block runs: bound, not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)


def _is_whole(got: bytes) -> bool:
    head, end, body = got.partition(b"\r\n\r\n")
    if not end:
        return False
    if _CHUNKED.search(head):
        return body.endswith(b"0\r\n\r\n")
    length = _LENGTH.search(head)
    return length is None or len(body) >= int(length[1])
