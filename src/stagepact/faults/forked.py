"""A child process that tells of itself through a pipe, message by message, until it ends.

The law of this file: what happens in the child stays there. It never returns into the code of
the parent, and the parent never waits for it longer than it said: then it is killed, with all
that it started.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import pickle
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

_LENGTH = struct.Struct("!I")
_LOOK = 0.005  # seconds between two looks

Tell = Callable[[str, Any], None]


def lacking() -> str:
    """Why no child can be forked on this platform; "" where it can."""
    return "" if hasattr(os, "fork") else f"{sys.platform} has no os.fork, which chaos needs"


@dataclass(slots=True)
class Child:
    """A child that was forked: what it told so far, and how it ended (None: not yet)."""

    pid: int
    pipe: int
    told: list[tuple[str, Any]] = field(default_factory=list)
    status: int | None = None
    _rest: bytes = b""

    def last(self, name: str) -> Any:
        """What was told under a name the last time; None where nothing was."""
        return next((value for told, value in reversed(self.told) if told == name), None)

    def count(self, name: str) -> int:
        """How often something was told."""
        return sum(told == name for told, _ in self.told)

    async def until(self, seconds: float, enough: Callable[[Child], bool]) -> bool:
        """Listen until it is enough, or the child has ended, or the time is over.

        Returns whether it was enough, or the child has ended.
        """
        until = monotonic() + seconds
        while monotonic() < until:
            ended = self._has_ended()
            self._listen()
            if ended or enough(self):
                return True
            await asyncio.sleep(_LOOK)
        return False

    def kill(self) -> None:
        """Kill it, and what it started; wait until it is gone."""
        for kill in (os.killpg, os.kill):
            if kill is os.killpg or self.status is None:
                with suppress(OSError):
                    kill(self.pid, signal.SIGKILL)
        if self.status is None:
            with suppress(ChildProcessError):
                self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._listen()

    def _has_ended(self) -> bool:
        if self.status is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # someone waits for all children
                pid, status = self.pid, 0
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while more := os.read(self.pipe, 1 << 16):
                self._rest += more
        while len(self._rest) >= _LENGTH.size:
            (size,) = _LENGTH.unpack_from(self._rest)
            end = _LENGTH.size + size
            if len(self._rest) < end:
                return
            self.told.append(pickle.loads(self._rest[_LENGTH.size : end]))
            self._rest = self._rest[end:]


@contextmanager
def forked(live: Callable[[Tell], Any]) -> Iterator[Child]:
    """A child that lives this coroutine function; it is gone when the block ends."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        # Only the forking thread lives on in the child: locks of others stay as they were.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid == 0:
        os.close(reading)
        _live(live, writing)
    os.close(writing)
    with suppress(OSError):
        os.setpgid(pid, pid)
    child = Child(pid, reading)
    try:
        yield child
    finally:
        child.kill()
        os.close(reading)


def _live(live: Callable[[Tell], Any], pipe: int) -> None:
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        faulthandler.disable()  # how it dies is told by the parent
        asyncio._set_running_loop(None)
        asyncio.run(live(lambda name, value: _tell(pipe, name, value)))
    finally:
        os._exit(0)


def _tell(pipe: int, name: str, value: Any) -> None:
    try:
        told = pickle.dumps((name, value))
    except Exception:  # pickling runs code of the user's
        told = pickle.dumps((name, repr(value)[:1000]))
    left = memoryview(_LENGTH.pack(len(told)) + told)
    while left:
        left = left[os.write(pipe, left) :]
