"""Sees which exceptions are raised while a block runs, by whomever, caught or not.

The law of this file: a limit of the operating system tells nobody that it was hit but by the
error it gives. So what is raised is watched, by `sys.settrace` with lines left out: as long as
a block runs, another tracer (a debugger, coverage) sees nothing of what is called in it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Saw = Callable[[BaseException], None]

_watching: list[Saw] = []
_before: list[Any] = []
_lock = threading.RLock()


@contextmanager
def witnessing(saw: Saw) -> Iterator[None]:
    """Tell of each exception that is raised in what is called in the block.

    An exception that passes through several functions is told again. Threads that are begun in
    the block are watched, too. Blocks may end in any order, in the thread that began them.
    """
    with _lock:
        if not _watching:
            _before[:] = sys.gettrace(), threading.gettrace()
            sys.settrace(_called)
            threading.settrace(_called)
        _watching.append(saw)
    try:
        yield
    finally:
        with _lock:
            _watching.remove(saw)
            if not _watching:
                sys.settrace(_before[0])
                threading.settrace(_before[1])


def _called(frame: FrameType, event: str, argument: Any) -> Any:
    frame.f_trace_lines = False
    return _raised


def _raised(frame: FrameType, event: str, argument: Any) -> Any:
    if event == "exception" and isinstance(argument[1], BaseException):
        for saw in _watching:
            saw(argument[1])
    return _raised
