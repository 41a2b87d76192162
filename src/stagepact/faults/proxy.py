"""A TCP proxy that spoils what goes through it: for databases, Redis, brokers, any client.

The laws of this module: one thread accepts, and does all that changes what is listened on and
which connections there are (`_Door`); each connection has a thread for each direction (`_Flow`),
which never blocks but in `_Flow.wait`, where whoever ends the connection wakes it. So everything
ends when it is told to, and no socket is closed while another thread is in it. Threads with plain
sockets, and not asyncio: docs/decisions/0027.
"""

from __future__ import annotations

import errno
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from random import Random
from typing import Any

from stagepact.contract.models.fault_terms import FaultType
from stagepact.errors import Misuse, Place, Problem
from stagepact.faults.journal import Journal
from stagepact.faults.toxics import Passage, Piece, Stream, Toxic

_CHUNK = 256 * 1024
_MOST_HELD = 4 * 1024 * 1024  # bytes that wait in one direction before no more are read
_SLICE = 0.05  # seconds in which a connection that is kept open notices that it may end
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
# poll takes any descriptor and has none of its own; Windows has select only.
_Selector: Any = getattr(selectors, "PollSelector", selectors.SelectSelector)


class ProxyTargetError(Misuse):
    """What a proxy is to stand before can't be found."""


@contextmanager
def tcp_proxy(
    host: str, port: int, *, journal: Journal | None = None, seed: int = 0
) -> Iterator[TcpProxy]:
    """A proxy on loopback before a server, while the block runs; afterwards nothing of it is left.

    Clients connect to its `host` and `port`. Without toxics all goes through as it is. The server
    needn't be there yet: while it isn't, connections are reset.

    Raises:
        ProxyTargetError: the host has no address.
    """
    proxy = TcpProxy(host, port, journal=journal or Journal(), seed=seed)
    try:
        yield proxy
    finally:
        proxy.close()


class TcpProxy:
    """Stands before a server: `add` toxics and `remove` them, `cut` the line and `restore` it.

    All of it takes effect on open connections, too, and has happened when the method returns.
    What a toxic did is written down once for each connection, with the connection's number.
    """

    def __init__(self, host: str, port: int, *, journal: Journal, seed: int = 0) -> None:
        self.journal = journal
        self._door = _Door(_addresses(host, port), f"{host}:{port}", journal, seed)
        self.host, self.port = "127.0.0.1", self._door.port

    @property
    def connections(self) -> int:
        """How many are open."""
        return sum(not link.closed for link in tuple(self._door.links))

    def add(self, toxic: Toxic) -> None:
        """Let it act from now on."""
        self._door.tell(lambda: self._door.add(toxic))

    def remove(self, toxic: Toxic) -> None:
        """Let it act no more; what it has held back still comes late.

        Raises:
            ValueError: it isn't there.
        """
        self._door.tell(lambda: self._door.remove(toxic))

    def clear(self) -> None:
        """Remove all toxics."""
        self._door.tell(self._door.clear)

    @contextmanager
    def toxic(self, toxic: Toxic) -> Iterator[None]:
        """Let it act while the block runs."""
        self.add(toxic)
        try:
            yield
        finally:
            self.remove(toxic)

    def cut(self) -> None:
        """Reset all connections; new ones are refused, which the journal can't see."""
        self._door.tell(self._door.cut)
        self._door.end_links()

    def restore(self) -> None:
        """Take connections again, at the same port."""
        self._door.tell(self._door.listen)

    def close(self) -> None:
        """End all; no thread and no socket is left."""
        self._door.close()


def _addresses(host: str, port: int) -> tuple[Any, ...]:
    try:
        return tuple(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError, OverflowError) as error:
        found = f"`{host}:{port}` has no address: {error}"
        problem = Problem(
            Place("tcp_proxy"), found, "a host and a port", "look for a slip", "no-address"
        )
        raise ProxyTargetError(problem) from error


class _Entry:
    """A toxic that is in; a second one that equals it is another entry."""

    __slots__ = ("number", "toxic")

    def __init__(self, toxic: Toxic, number: int) -> None:
        self.toxic, self.number = toxic, number


# -- who accepts -----------------------------------------------------------------------------------


class _Door:
    """The thread that accepts, and does in order what it is told."""

    def __init__(self, addresses: tuple[Any, ...], target: str, journal: Journal, seed: int):
        self.addresses, self.target, self.journal, self.seed = addresses, target, journal, seed
        self.toxics: tuple[_Entry, ...] = ()
        self.links: set[_Link] = set()
        self.lock = threading.Lock()
        self._deadlines: list[tuple[float, _Link, _Entry]] = []
        self._told: deque[tuple[Callable[[], None], Future[None]]] = deque()
        self._accepted = self._entries = 0
        self._open = True
        # Bound and never listening: the port stays ours while the line is cut.
        self._reserved = _bound(0)
        self.port: int = self._reserved.getsockname()[1]
        self._listener: socket.socket | None = None
        self._wake, self._waker = socket.socketpair()
        self._selector = _Selector()
        self._selector.register(self._wake, selectors.EVENT_READ)
        self.listen()
        self._thread = threading.Thread(target=self._run, name="stagepact-proxy", daemon=True)
        self._thread.start()

    def tell(self, action: Callable[[], None]) -> None:
        """Have something done by the thread, and wait until it is."""
        done: Future[None] = Future()
        with self.lock:
            if not self._open:
                raise RuntimeError("the proxy is closed")
            self._told.append((action, done))
            self._waker.send(b"!")
        done.result()

    def close(self) -> None:
        """End all, and wait for it."""
        with suppress(RuntimeError):
            self.tell(self._shut)
        self._thread.join()
        self.end_links()
        for each in (self._reserved, self._wake, self._waker):
            each.close()
        self._selector.close()

    def _shut(self) -> None:
        with self.lock:
            self._open = False
        self._deafen()

    def end_links(self) -> None:
        """Reset all connections, and wait until none is left."""
        links = tuple(self.links)
        for link in links:
            link.end(reset=True)
        for link in links:
            link.join()
        self.links.difference_update(links)

    # -- told to the thread, or before it runs

    def listen(self) -> None:
        """Take connections."""
        if self._listener is None:
            listener = _bound(self.port)
            listener.listen(512)
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ)
            self._listener = listener

    def cut(self) -> None:
        """Take no connections, and lose those that there are."""
        self._deafen()
        for link in (each for each in tuple(self.links) if not each.closed):
            self.journal.write(self.target, "cut", FaultType.CONNECTION_LOST, link.number)
            link.end(reset=True)

    def _deafen(self) -> None:
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None

    def add(self, toxic: Toxic) -> None:
        """Let a toxic act."""
        self._entries += 1
        entry = _Entry(toxic, self._entries)
        self.toxics = (*self.toxics, entry)
        for link in tuple(self.links):
            self._schedule(link, entry)

    def remove(self, toxic: Toxic) -> None:
        """Let the last one that equals it act no more."""
        found = next((each for each in reversed(self.toxics) if each.toxic == toxic), None)
        if found is None:
            raise ValueError(f"{toxic!r} is not in")
        self._keep(lambda each: each is not found)

    def clear(self) -> None:
        """Let none act."""
        self._keep(lambda each: False)

    def _keep(self, wanted: Callable[[_Entry], bool]) -> None:
        self.toxics = tuple(each for each in self.toxics if wanted(each))
        self._deadlines = [each for each in self._deadlines if wanted(each[2])]

    # -- the thread

    def _run(self) -> None:
        while self._open:
            for key, _ in self._selector.select(self._until_deadline()):
                if key.fileobj is self._wake:
                    self._wake.recv(4096)
                elif self._listener is not None:
                    self._accept(self._listener)
            self._do_as_told()
            self._end_what_is_due()

    def _do_as_told(self) -> None:
        while self._told:
            action, done = self._told.popleft()
            try:
                action()
                self._end_what_is_due()  # a reset at once has struck when it has been added
            except BaseException as error:
                done.set_exception(error)
            else:
                done.set_result(None)

    def _accept(self, listener: socket.socket) -> None:
        self._forget_the_closed()
        with suppress(OSError):
            client, _ = listener.accept()
            self._accepted += 1
            link = _Link(self, client, self._accepted)
            self.links.add(link)
            for entry in self.toxics:
                self._schedule(link, entry)
            link.start()

    def _forget_the_closed(self) -> None:
        for link in tuple(self.links):
            if link.closed:
                link.join()
                self.links.discard(link)

    def _schedule(self, link: _Link, entry: _Entry) -> None:
        deadline = entry.toxic.deadline
        if deadline is not None and link.is_struck(entry):
            self._deadlines.append((time.monotonic() + deadline.seconds, link, entry))

    def _until_deadline(self) -> float | None:
        nearest = min((at for at, _, _ in self._deadlines), default=None)
        return None if nearest is None else max(0.0, nearest - time.monotonic())

    def _end_what_is_due(self) -> None:
        now = time.monotonic()
        due = [each for each in self._deadlines if each[0] <= now]
        self._deadlines = [each for each in self._deadlines if each[0] > now]
        for _, link, entry in due:
            deadline = entry.toxic.deadline
            if not link.closed and deadline is not None:
                link.note(entry)
                link.end(reset=deadline.reset)


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if hasattr(socket, "SO_REUSEPORT"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


# -- a connection ----------------------------------------------------------------------------------


class _Ended(Exception):  # noqa: N818 - it ends a flow, and is no error
    """The connection was told to end."""


class _Link:
    """A client's connection and the one to the server, with a thread for each direction."""

    def __init__(self, door: _Door, client: socket.socket, number: int) -> None:
        self.door, self.number = door, number
        self.closed = self.ended = False
        self._client = client
        self._server: socket.socket | None = None
        self.wake, self._waker = socket.socketpair()
        self._reset = False
        self._noted: set[int] = set()
        self._lock = threading.Lock()
        name = f"stagepact-proxy-{number}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Connect to the server and let data through, in threads."""
        self._thread.start()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def is_struck(self, entry: _Entry) -> bool:
        """Whether a toxic acts on this connection; the same for the same seed."""
        return self.random(entry, "struck").random() < entry.toxic.toxicity

    def random(self, entry: _Entry, use: str) -> Random:
        """Chances of this connection and toxic alone."""
        return Random(f"{self.door.seed}/{self.number}/{entry.number}/{use}")

    def note(self, entry: _Entry) -> None:
        """Write down that a toxic acted, once."""
        with self._lock:
            if entry.number in self._noted:
                return
            self._noted.add(entry.number)
        toxic = entry.toxic
        self.door.journal.write(self.door.target, toxic.name, toxic.kind, self.number)

    def end(self, *, reset: bool) -> None:
        """Have both directions end; the last one closes the sockets."""
        with self._lock:
            self._reset = self._reset or reset
            if not self.ended:
                self.ended = True
                self._waker.send(b"!")

    def _run(self) -> None:
        try:
            self._let_through(self._connected())
        except (_Ended, OSError):
            self._reset = True
        finally:
            self._close()

    def _let_through(self, server: socket.socket) -> None:
        for each in (self._client, server):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        up = _Flow(self, self._client, server, "upstream")
        down = _Flow(self, server, self._client, "downstream")
        other = threading.Thread(target=down.run, name=self._thread.name, daemon=True)
        other.start()
        up.run()
        other.join()

    def _connected(self) -> socket.socket:
        failed: OSError | None = None
        for family, kind, protocol, _, address in self.door.addresses:
            self._server = server = socket.socket(family, kind, protocol)
            try:
                self._connect(server, address)
            except OSError as error:
                server.close()
                failed = error
            else:
                return server
        raise failed or OSError(errno.EHOSTUNREACH, "no address")

    def _connect(self, server: socket.socket, address: Any) -> None:
        server.setblocking(False)
        code = server.connect_ex(address)
        if code in (errno.EINPROGRESS, errno.EWOULDBLOCK):
            _wait(_watched(self.wake, server, selectors.EVENT_WRITE), self.wake, None)
            code = server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "the server can't be reached")

    def _close(self) -> None:
        for each in (self._client, self._server):
            if each is not None and each.fileno() >= 0:
                if self._reset:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                each.close()
        with self._lock:
            self.ended = self.closed = True
            self.wake.close()
            self._waker.close()


def _watched(wake: socket.socket, sock: socket.socket | None = None, event: int = 0) -> Any:
    """Watches for being told to end, and for a socket's event."""
    selector = _Selector()
    selector.register(wake, selectors.EVENT_READ)
    if sock is not None:
        selector.register(sock, event)
    return selector


def _wait(selector: Any, wake: socket.socket, seconds: float | None) -> bool:
    """Whether what is watched is ready, rather than the time up."""
    ready = selector.select(seconds)
    if any(key.fileobj is wake for key, _ in ready):
        raise _Ended
    return bool(ready)


class _Flow:
    """One direction of a connection: reads, lets toxics act, writes what is due."""

    def __init__(
        self, link: _Link, source: socket.socket, sink: socket.socket, stream: Stream
    ) -> None:
        self._source, self._sink = source, sink
        self._link, self._stream = link, stream
        self._told = _watched(link.wake)
        self._readable = _watched(link.wake, source, selectors.EVENT_READ)
        self._writable = _watched(link.wake, sink, selectors.EVENT_WRITE)
        self._passages: dict[_Entry, Passage | None] = {}
        self._held: deque[Piece] = deque()
        self._held_bytes = 0

    def run(self) -> None:
        """Let data through until the source ends; an error of either side ends both."""
        try:
            self._pump()
        except _Ended:
            pass
        except OSError:
            self._link.end(reset=True)

    def _pump(self) -> None:
        buffer = bytearray(_CHUNK)
        view = memoryview(buffer)
        while True:
            count = self._receive(buffer, self._send_due())
            if count == 0:
                break
            if count is not None:
                self._pass(view[:count])
        while (left := self._send_due()) is not None:
            self._sleep(left)
        while any(entry.toxic.keeps_open for entry, _ in self._acting()):
            self._sleep(_SLICE)
        self._sink.shutdown(socket.SHUT_WR)

    def _sleep(self, seconds: float | None) -> None:
        _wait(self._told, self._link.wake, seconds)

    def _receive(self, buffer: bytearray, seconds: float | None) -> int | None:
        """How many bytes came; None when the time is up before any."""
        if self._held_bytes > _MOST_HELD:
            self._sleep(seconds)
            return None
        while True:
            if self._link.ended:
                raise _Ended
            try:
                return self._source.recv_into(buffer)
            except BlockingIOError:
                if not _wait(self._readable, self._link.wake, seconds):
                    return None

    def _pass(self, data: memoryview) -> None:
        if not self._link.door.toxics and not self._held:
            self._send(data)
            return
        pieces = [Piece(bytes(data), time.monotonic())]
        for entry, passage in self._acting():
            after = [each for piece in pieces for each in passage(piece)]
            if any(each.touched for each in after):
                self._link.note(entry)
            pieces = [each._replace(touched=False) for each in after]
        for piece in pieces:
            last = self._held[-1].at if self._held else 0.0
            self._held.append(piece._replace(at=max(last, piece.at)))
            self._held_bytes += len(piece.data)

    def _acting(self) -> Iterator[tuple[_Entry, Passage]]:
        for entry in self._link.door.toxics:
            if entry not in self._passages:
                self._passages[entry] = self._passage(entry)
            passage = self._passages[entry]
            if passage is not None:
                yield entry, passage

    def _passage(self, entry: _Entry) -> Passage | None:
        if entry.toxic.stream != self._stream or not self._link.is_struck(entry):
            return None
        return entry.toxic.passage(self._link.random(entry, "passage"))

    def _send_due(self) -> float | None:
        """Write what is due; the seconds until more is, None where nothing is held."""
        while self._held:
            piece = self._held[0]
            left = piece.at - time.monotonic()
            if left > 0:
                return left
            self._held.popleft()
            self._held_bytes -= len(piece.data)
            self._send(memoryview(piece.data))
            if piece.last:
                self._link.end(reset=False)
                raise _Ended
        return None

    def _send(self, data: memoryview) -> None:
        while data:
            try:
                data = data[self._sink.send(data) :]
            except BlockingIOError:
                _wait(self._writable, self._link.wake, None)
