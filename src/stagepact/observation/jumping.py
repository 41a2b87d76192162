"""An event loop that waits for no timer: where nothing else can happen, its clock jumps there.

Retries, back-off and time-outs of asynchronous code then take no time, and are told as the
seconds that they would have taken.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from time import monotonic
from typing import Any, TypeVar, TypeVarTuple

_Ts = TypeVarTuple("_Ts")
_T = TypeVar("_T")


class _JumpingSelector(selectors.DefaultSelector):
    """Asks what is ready; instead of waiting for nothing, it lets the loop's clock jump."""

    jump: Callable[[float], bool]

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready, at once where the loop waits for its timers alone."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is not None and self._is_alone() and self.jump(timeout):
            return []
        return super().select(timeout)

    def _is_alone(self) -> bool:
        """Whether only the loop's own pipe is watched: no socket of the subject's."""
        return len(self.get_map()) <= 1


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to its next timer where nothing else is under way.

    It waits as any other while a socket is watched or a thread works for it. `jumped` are the
    seconds that were left out.
    """

    def __init__(self) -> None:
        self.jumped = 0.0
        self._working = 0
        selector = _JumpingSelector()
        selector.jump = self._jump
        super().__init__(selector)

    def time(self) -> float:
        """Seconds of the monotonic clock, and those that were left out."""
        return monotonic() + self.jumped

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
