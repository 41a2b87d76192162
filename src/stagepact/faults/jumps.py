"""The clock jumps, by time-machine: `time.time`, `datetime.now` and their kin tell another time.

It has fired when the code read the time after the jump; what the standard library reads for
itself (a log record's time) doesn't count. Not moved: `time.monotonic`, `perf_counter`, time-outs
and the event loop, for those clocks don't jump in reality either; and what C code reads itself.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import time_machine

from stagepact.contract.models.fault_terms import Fault
from stagepact.faults.course import Arm

_AN_HOUR = 3600.0
# Who reads the time in the name of others, or for the test itself.
_NOT_MEANT = ("time_machine", "logging", "threading", "asyncio", "_pytest", "stagepact.", "random")

_lock = threading.RLock()
_jumps: list[tuple[float, Arm, Fault]] = []
_travel: list[Any] = []


@contextmanager
def clock_fault(fault: Fault, arm: Arm) -> Iterator[None]:
    """The clock is ahead by the fault's duration (behind, where it is negative; an hour without).

    Of several blocks, the jumps add up.
    """
    entry = (_AN_HOUR if fault.duration is None else fault.duration, arm, fault)
    with _lock:
        _jumps.append(entry)
        _travel_again()
    try:
        yield
    finally:
        with _lock:
            _jumps[:] = [each for each in _jumps if each is not entry]
            _travel_again()


def _travel_again() -> None:
    """Let the clock be ahead by all jumps together; without one it is the real clock."""
    while _travel:
        _travel.pop().stop()
    if not _jumps:
        return
    ahead = sum(each[0] for each in _jumps)
    travel = time_machine.travel(time.time() + ahead, tick=True)
    traveller: Any = travel.start()
    _travel.append(travel)
    traveller.time_ns = _noting(traveller.time_ns)


def _noting(read: Callable[[], Any]) -> Callable[[], Any]:
    def noted() -> Any:
        if _is_meant():
            for _, arm, fault in _jumps:
                call, strikes = arm.next("")
                if strikes is not None:
                    arm.fired("", fault, call)
        return read()

    return noted


def _is_meant() -> bool:
    frame = sys._getframe(2)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith("time_machine"):
        frame = frame.f_back  # type: ignore[assignment]  # the outermost has none
    name = "" if frame is None else str(frame.f_globals.get("__name__", ""))
    return not name.startswith(_NOT_MEANT)
