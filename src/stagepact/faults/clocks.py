"""How a fault waits: really, or on a clock that is moved on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol

_SLICE = 0.05  # seconds in which a thread that waits notices that the fault was lifted
_sleep = time.sleep  # the code under test may patch the one in `time`


class Clock(Protocol):
    """Seconds pass on it while a fault waits; waiting ends early when `lifted` is set."""

    def wait(self, seconds: float, lifted: threading.Event) -> None:
        """Let seconds pass, in a thread; without end for `inf`."""

    async def wait_async(self, seconds: float, lifted: threading.Event) -> None:
        """Let seconds pass, on an event loop; without end for `inf`."""


class RealClock:
    """Waits as long as it says; on an event loop by the loop's time."""

    def wait(self, seconds: float, lifted: threading.Event) -> None:
        """Sleep in slices, so that signals and lifting are noticed."""
        end = time.monotonic() + seconds
        while not lifted.is_set() and (left := end - time.monotonic()) > 0:
            _sleep(min(_SLICE, left))

    async def wait_async(self, seconds: float, lifted: threading.Event) -> None:
        """Sleep by `asyncio.sleep`; without end, in slices, so that lifting is noticed."""
        if seconds != float("inf"):
            await asyncio.sleep(seconds)
            return
        while not lifted.is_set():
            await asyncio.sleep(_SLICE)


class VirtualClock:
    """Counts seconds and waits for none of them: `now` moves on at once.

    What waits without end goes on when somebody else moves the clock (`advance`) or the fault
    is lifted.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._moved = threading.Condition()

    def advance(self, seconds: float) -> None:
        """Let seconds pass."""
        with self._moved:
            self.now += seconds
            self._moved.notify_all()

    def wait(self, seconds: float, lifted: threading.Event) -> None:
        """Move on at once; without end, wait for `advance` or lifting."""
        if seconds != float("inf"):
            self.advance(seconds)
            return
        with self._moved:
            began = self.now
            while self.now == began and not lifted.is_set():
                self._moved.wait(_SLICE)

    async def wait_async(self, seconds: float, lifted: threading.Event) -> None:
        """Move on at once; without end, until cancelled or moved."""
        if seconds != float("inf"):
            self.advance(seconds)
            await asyncio.sleep(0)
            return
        began = self.now
        while self.now == began and not lifted.is_set():
            await asyncio.sleep(_SLICE)


@contextmanager
def time_moved_on(seconds: float) -> Iterator[None]:
    """The functions of `time` tell so many seconds more while the block runs.

    What has imported them by name keeps telling the real time.
    """
    names = ("time", "monotonic", "perf_counter")
    real = {name: getattr(time, name) for name in names}
    for name, tell in real.items():
        setattr(time, name, partial(_later, tell, seconds))
    try:
        yield
    finally:
        for name, tell in real.items():
            setattr(time, name, tell)


def _later(tell: Callable[[], float], seconds: float) -> float:
    return tell() + seconds


REAL = RealClock()
