"""An event loop that waits for no timer: where nothing else can happen, its clock jumps there.

Retries, back-off and time-outs of asynchronous code then take no time, and are told as the
seconds that they would have taken.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from time import monotonic
from types import FrameType
from typing import Any, TypeVar, TypeVarTuple

_Ts = TypeVarTuple("_Ts")
_T = TypeVar("_T")

_LOOK_AGAIN = 0.01  # seconds, while a thread works that may wake the loop
# The modules that a thread of a pool stands in while it waits for work.
_WAITING = ("threading", "queue", "concurrent.futures.thread", "anyio._backends._asyncio")


def working_threads() -> frozenset[threading.Thread | int]:
    """The other threads that are doing something: all but those that wait for work.

    Whoever waits for work or for a lock stands in the modules that threads are made of, and in
    no code beside them. A thread that isn't known to Python is told by its ident.
    """
    here = threading.get_ident()
    # Idents are given again to later threads, so they can't be kept.
    known = {each.ident: each for each in threading.enumerate()}
    frames = sys._current_frames().items()
    return frozenset(
        known.get(ident, ident) for ident, frame in frames if ident != here and _works(frame)
    )


def _works(innermost: FrameType) -> bool:
    frame: FrameType | None = innermost
    while frame is not None:
        if frame.f_globals.get("__name__") not in _WAITING:
            return True
        frame = frame.f_back
    return not _rests(innermost)


def _rests(innermost: FrameType) -> bool:
    """Whether a thread waits and nothing has come that it will wake for."""
    where, known = innermost.f_code.co_name, innermost.f_locals
    if where == "wait" and "waiter" in known:
        return bool(known["waiter"].locked())
    if where == "_worker" and "work_queue" in known:
        return not known["work_queue"].qsize()
    return False


class _JumpingSelector(selectors.DefaultSelector):
    """Asks what is ready; instead of waiting for nothing, it lets the loop's clock jump."""

    jump: Callable[[float], bool]
    waits_for_threads: Callable[[], bool]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, at once where the loop waits for its timers alone."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is not None and self._is_alone():
            if self.waits_for_threads():
                return super().select(min(timeout, _LOOK_AGAIN))
            # What a thread said before it came to rest has been heard by now.
            ready = super().select(0)
            if ready or self.jump(timeout):
                return ready
        return super().select(timeout)

    def _is_alone(self) -> bool:
        """Whether only the loop's own pipe is watched: no socket of the subject's."""
        return len(self.get_map()) <= 1


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to its next timer where nothing else is under way.

    It waits as any other while a socket is watched or a thread works that was not at work when
    the loop was made. `jumped` are the seconds that were left out.
    """

    def __init__(self) -> None:
        self.jumped = 0.0
        self._working = 0
        selector = _JumpingSelector()
        selector.jump = self._jump
        selector.waits_for_threads = self._waits_for_threads
        self._strangers = working_threads()
        super().__init__(selector)

    def time(self) -> float:
        """Seconds of the monotonic clock, and those that were left out."""
        return monotonic() + self.jumped

    def _waits_for_threads(self) -> bool:
        return bool(working_threads() - self._strangers)

    def _jump(self, seconds: float) -> bool:
        if self._working:
            return False
        self.jumped += seconds
        return True

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """As ever; while it runs, time passes as it does."""
        self._working += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: Any) -> None:
        self._working -= 1
