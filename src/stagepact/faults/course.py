"""At which calls a fault strikes."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from stagepact.contract.models.fault_terms import Fault, FaultType, Step, Steps
from stagepact.faults.clocks import REAL, Clock
from stagepact.faults.journal import Journal


class Course:
    """Says call by call what happens; safe in threads, and the same for the same seed."""

    __slots__ = ("_calls", "_fault", "_lock", "_numbers", "_plain", "_random", "_spans", "_steps")

    def __init__(self, steps: Steps, seed: int = 0) -> None:
        self._steps = steps
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._calls = 0
        self._numbers = count(1)
        self._spans = tuple(_spans(steps))
        last = steps[0] if len(steps) == 1 else None
        # A single endless step needs no bookkeeping but the number of calls.
        is_plain = last is not None and last.times is None and last.every == 1 and not last.rate
        self._plain = is_plain
        self._fault = last.fault if last is not None and is_plain else None

    def next(self) -> tuple[int, Fault | None]:
        """The number of this call, from 1, and the fault that it has."""
        # One operation of the interpreter counts: only chance needs a lock.
        self._calls = number = next(self._numbers)
        if self._plain:
            return number, self._fault
        for before, end, step in self._spans:
            if number <= end:
                return number, self._of(step, number - before)
        return number, None

    def _of(self, step: Step, place: int) -> Fault | None:
        if step.rate is not None:
            with self._lock:
                if self._random.random() >= step.rate:
                    return None
        # What fails now and then fails at once, so that one call shows it.
        first = step.fault is not None and step.fault.kind is FaultType.INTERMITTENT
        return step.fault if place % step.every == int(first and step.every > 1) else None

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return self._calls

    @property
    def is_over(self) -> bool:
        """Whether no fault is left: all steps had an end, and it was reached."""
        return not self._spans or self._calls >= self._spans[-1][1]


def _spans(steps: Steps) -> Iterator[tuple[int, float, Step]]:
    """Each step with the number of calls before it and the number of its last one."""
    before = 0
    for step in steps:
        if step.times is None:
            yield before, float("inf"), step
            return
        yield before, before + step.times, step
        before += step.times


@dataclass(slots=True)
class Arm:
    """A course with whom it strikes, where that is written down, and how it waits.

    Calls of `methods` only are counted, of all without them, and only while `counts` says true.
    Once `lifted`, nothing strikes.
    """

    target: str
    course: Course
    journal: Journal
    clock: Clock = REAL
    methods: frozenset[str] = frozenset()
    until: Callable[[], bool] | None = None
    counts: Callable[[], bool] | None = None
    lifted: threading.Event = field(default_factory=threading.Event)

    def next(self, method: str) -> tuple[int, Fault | None]:
        """The number of this call and the fault that it has."""
        if (self.methods and method not in self.methods) or (self.counts and not self.counts()):
            return 0, None
        call, fault = self.course.next()
        if fault is not None and (
            self.lifted.is_set() or (self.until is not None and self.until())
        ):
            return call, None
        return call, fault

    def fired(self, method: str, fault: Fault, call: int) -> None:
        """Write down that a fault has struck."""
        self.journal.write(self.target, method, fault.kind, call)
