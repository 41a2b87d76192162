"""Clients under test: each is run against a WebSocket or an event stream of ours, on loopback.

A client that takes `sleep` is given one: while it isn't connected its waiting is written down, and
takes no time. Any other one waits in real time.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

try:
    from websockets.asyncio.server import serve
except ImportError as error:  # pragma: no cover - tests run with websockets
    raise ImportError(
        "a client is served by websockets: pip install 'stagepact[websocket]'", name="websockets"
    ) from error

from stagepact.contract.models import Channel
from stagepact.subject.protocols.channels import Heard, read, written
from stagepact.subject.protocols.client_scripts import Decide, Visit
from stagepact.subject.protocols.event_stream import event_text
from stagepact.subject.protocols.http import describe_error

_LOCAL = "127.0.0.1"
_LEAVING_SECONDS = 1.0
_REASON = "refused"


@dataclass(frozen=True, slots=True)
class ClientsUnderTest:
    """A channel whose other end is the user's: `function` connects to what it is given."""

    channel: Channel
    function: Callable[..., Any] = field(repr=False)

    async def open(self) -> Any:
        """The bench for one case."""
        return _Bench(self.channel, self.function)

    async def close(self) -> None:
        """Do nothing: servers end with their case."""


@dataclass(eq=False)
class _Bench:
    channel: Channel
    function: Callable[..., Any]

    @property
    def injected(self) -> bool:
        """Whether the client waits by what it is given."""
        return "sleep" in _parameters(self.function)

    @asynccontextmanager
    async def run(self, decide: Decide) -> AsyncIterator[_Run]:
        """The client, as long as the context lasts."""
        made = _Run(self.function, decide)
        serve = _sockets if self.channel.over == "websocket" else _streams
        async with serve(made) as url:
            made.start(url)
            try:
                yield made
            finally:
                await made.stop()

    async def close(self) -> None:
        """Do nothing: each run has ended by itself."""


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


class _Run:
    """One run of the client's function, and its visits."""

    def __init__(self, function: Callable[..., Any], decide: Decide) -> None:
        self.visits: list[Visit] = []
        self.heard: list[Heard] = []
        self.waits: list[float] = []
        self.outcome = ""
        self._function, self._decide = function, decide
        self._changed = asyncio.Event()
        self._open = 0
        self._waited = 0.0
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def ended(self) -> bool:
        """Whether the client's function has returned or raised."""
        return self._task is not None and self._task.done()

    async def changed(self, seconds: float) -> bool:
        """Wait for a visit, a message or the end; False when none comes in time."""
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True

    # -- the server's side ---------------------------------------------------------------------

    def arrive(self, cursor: Any = None) -> Visit:
        """A visit, with the status by which it is refused."""
        visit = Visit(cursor, self._decide(len(self.visits)))
        self.visits.append(visit)
        self.waits.append(self._waited)
        self._waited = 0.0
        self._changed.set()
        return visit

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """While it is connected, the client's sleeping is its own business."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    # -- the client's side ---------------------------------------------------------------------

    def start(self, url: str) -> None:
        """Run the client's function."""
        self._task = asyncio.create_task(self._call(url))
        self._task.add_done_callback(lambda task: self._changed.set())

    async def _call(self, url: str) -> None:
        try:
            await self._called(url)
            self.outcome = "it returned"
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.outcome = f"it raised {describe_error(error)}"

    async def _called(self, url: str) -> None:
        function = self._function
        names = [name for name in _parameters(function) if name != "sleep"]
        blocking = not (
            inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
        )
        given = [url, self._hand_in_by_thread if blocking else self._hand_in][: len(names)]
        sleep = {"sleep": self._sleep_in_thread if blocking else self._sleep}
        more = sleep if "sleep" in _parameters(function) else {}
        if blocking:
            await _in_thread(lambda: self._drawn(function(*given, **more)), self._loop)
            return
        made = function(*given, **more)
        if inspect.isasyncgen(made):
            async for message in made:
                self._hand_in(message)
        else:
            await made

    def _drawn(self, made: Any) -> None:
        """Take what a plain function yields, in its thread."""
        if inspect.isgenerator(made):
            for message in made:
                self._hand_in_by_thread(message)

    def _hand_in(self, message: Any) -> None:
        said = read(message) if isinstance(message, str | bytes) else message
        self.heard.append(Heard(said, perf_counter()))
        self._changed.set()

    def _hand_in_by_thread(self, message: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hand_in, message)

    async def _sleep(self, seconds: float) -> None:
        if self._open:
            await asyncio.sleep(seconds)
            return
        self._waited += seconds
        await asyncio.sleep(0)

    def _sleep_in_thread(self, seconds: float) -> None:
        if self._stopped:
            raise SystemExit  # a thread can't be cancelled: it ends where it waits
        if self._open:
            time.sleep(seconds)
        else:
            self._waited += seconds

    async def stop(self) -> None:
        """End the client, and all its visits."""
        self._stopped = True
        for visit in self.visits:
            visit.drop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_LEAVING_SECONDS)


async def _in_thread(call: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
    """Run a function that blocks; in a thread of its own, which the process doesn't wait for."""
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if not done.done():
            done.set_result(None) if error is None else done.set_exception(error)

    def run() -> None:
        error: BaseException | None = None
        try:
            call()
        except SystemExit:
            pass
        except BaseException as raised:
            error = raised if isinstance(raised, Exception) else RuntimeError(repr(raised))
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, error)

    threading.Thread(target=run, daemon=True).start()
    await done


# -- a WebSocket -------------------------------------------------------------------------------


@asynccontextmanager
async def _sockets(run: _Run) -> AsyncIterator[str]:
    waiting: dict[Any, Visit] = {}

    def admit(connection: Any, request: Any) -> Any:
        visit = run.arrive()
        if visit.status is not None:
            return connection.respond(visit.status, _REASON)
        waiting[connection] = visit
        return None

    async def talk(connection: Any) -> None:
        visit = waiting.pop(connection)
        async with run.connected():
            await _exchanged(connection, visit)

    async with serve(
        talk, _LOCAL, 0, process_request=admit, ping_interval=None, close_timeout=_LEAVING_SECONDS
    ) as server:
        yield f"ws://{_LOCAL}:{server.sockets[0].getsockname()[1]}/"


async def _exchanged(connection: Any, visit: Visit) -> None:
    """Hear and tell until the visit is dropped, or the client goes."""

    async def hear() -> None:
        async for message in connection:
            visit.inbox.put_nowait(read(message))

    async def tell() -> None:
        while (message := await visit.outbox.get()) is not None:
            await connection.send(written(message))
        # Dropped as by a broken line: no close frame (RFC 6455, 7.1.7).
        connection.transport.abort()

    tasks = {asyncio.create_task(hear()), asyncio.create_task(tell())}
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# -- an event stream ---------------------------------------------------------------------------


@asynccontextmanager
async def _streams(run: _Run) -> AsyncIterator[str]:
    tasks: set[asyncio.Task[Any]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await _streamed(run, reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(answer, _LOCAL, 0)
    try:
        yield f"http://{_LOCAL}:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        if tasks:
            await asyncio.wait(tasks, timeout=_LEAVING_SECONDS)


async def _streamed(run: _Run, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in head[1:] if ":" in line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    visit = run.arrive(headers.get("last-event-id"))
    if visit.status is not None:
        writer.write(_head(visit.status, "text/plain", f"content-length: {len(_REASON)}\r\n"))
        writer.write(_REASON.encode())
        await writer.drain()
        return
    async with run.connected():
        writer.write(_head(200, "text/event-stream", "cache-control: no-store\r\n"))
        await writer.drain()
        while (message := await visit.outbox.get()) is not None:
            writer.write(event_text(message).encode())
            await writer.drain()


def _head(status: int, media: str, more: str) -> bytes:
    said = f"HTTP/1.1 {status} -\r\ncontent-type: {media}\r\n{more}connection: close\r\n\r\n"
    return said.encode()
