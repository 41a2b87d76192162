"""Servers on loopback, in a thread, for as long as a test lasts."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn


@contextmanager
def served(app: Any, **how: Any) -> Iterator[str]:
    """An ASGI app behind uvicorn; its `host:port`."""
    # The protocol is named, else asyncio leaves Nagle's algorithm on: 40 ms for each request.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(200)
        config = uvicorn.Config(
            app, ws="websockets-sansio", log_level="critical", timeout_graceful_shutdown=1, **how
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def by_hand(answer: Answer, **how: Any) -> Iterator[str]:
    """A server that answers each connection byte by byte as a test says; its `host:port`."""
    loop = asyncio.new_event_loop()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
            await answer(reader, writer)
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(one, "127.0.0.1", 0, **how))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def closed_port() -> str:
    """A `host:port` where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"
