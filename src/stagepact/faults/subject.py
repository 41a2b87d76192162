"""Subjects that are run while something of theirs fails: Subject → Subject."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from stagepact.contract.models.fault_terms import Steps
from stagepact.faults.armed import armed
from stagepact.faults.clocks import REAL, time_moved_on
from stagepact.faults.course import Arm, Course
from stagepact.faults.inject import inject_fault_by
from stagepact.faults.journal import Journal
from stagepact.subject import Case, Output, Probe, Subject, SubjectId, Unfit

_LONGEST_WAIT = 3.0  # seconds for a clock that can't be moved on
_MOST_RUNS = 50
"""So often is tried to bring a fault's calls to their end, before a circuit is looked at."""


class _Told(Journal):
    """A journal that tells the probe of the run, too."""

    def __init__(self, probe: Probe) -> None:
        super().__init__([], asyncio.get_running_loop().time)
        self._probe = probe

    def write(self, target: str, method: str, kind: Any, call: int) -> None:
        """Write it down, and tell it."""
        super().write(target, method, kind, call)
        self._probe.fault(self.entries[-1])


class Gate:
    """Open while that is done which is to fail: not while it is prepared or cleared away."""

    def __init__(self) -> None:
        self._open = 0

    def is_open(self) -> bool:
        """Whether it is being done."""
        return self._open > 0

    @contextmanager
    def opened(self) -> Iterator[None]:
        """It is done while the block runs."""
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


@dataclass(frozen=True, slots=True)
class Struck:
    """A subject, and what fails while it runs: a port, a port's method or a place in the code.

    `steps` say at which calls, and a `gate` while what is done. The fault is lifted when the
    subject has ended, however it did.
    """

    subject: Subject
    target: str
    steps: Steps
    seed: int = 0
    gate: Gate | None = None

    @property
    def id(self) -> SubjectId:
        """Who it is: the subject."""
        return self.subject.id

    @property
    def event_name(self) -> str:
        """The subject's."""
        return self.subject.event_name

    async def close(self) -> None:
        """Close the subject."""
        await self.subject.close()

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Run once while it fails."""
        with self.failing(case, probe) as (given, _):
            return await self.subject(given, probe)

    @contextmanager
    def failing(self, case: Case, probe: Probe) -> Iterator[tuple[Case, Arm]]:
        """The case to run with while it fails, and the arm by which it can be lifted.

        Raises:
            Unfit: the case has no such port.
        """
        port, _, method = self.target.partition(".")
        in_code = ":" in self.target
        only = frozenset() if in_code or not method else frozenset({method})
        course = Course(self.steps, self.seed)
        counts = None if self.gate is None else self.gate.is_open
        arm = Arm(self.target, course, _Told(probe), REAL, only, counts=counts)
        try:
            if in_code:
                with inject_fault_by(self.target, arm):
                    yield case, arm
            else:
                yield _with_armed(case, port, arm), arm
        finally:
            arm.lifted.set()


def _with_armed(case: Case, port: str, arm: Arm) -> Case:
    ports = case.given.ports
    if port not in ports:
        raise Unfit(f"there is no port {port!r} that could fail")
    failing = {**ports, port: armed(ports[port], [arm])}
    return replace(case, given=replace(case.given, ports=failing))


class Recovering(Struck):
    """Runs once while something fails, whatever comes of it, then once without."""

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """The second run's output."""
        with self.failing(case, probe) as (given, arm):
            with suppress(Exception):
                await self.subject(given, probe)
            arm.lifted.set()
            return await self.subject(given, probe)


@dataclass(frozen=True, slots=True)
class Circuit(Struck):
    """Runs until the fault's calls are over, then looks whether calls are still made.

    The output's data are a `Saved` as JSON. After `cooldown` seconds, which are moved on and not
    waited for where the code's clock allows it, it is well again.
    """

    cooldown: float = 0.0

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """What was seen of the circuit."""
        with self.failing(case, probe) as (given, arm):
            seen = Saved(failed=await self._until_over(given, probe, arm))
            seen.open_calls, _ = await self._run(given, probe, arm)
            if self.cooldown:
                arm.lifted.set()
                await self._after_cooldown(given, probe, arm, seen)
            return Output(data=asdict(seen))

    async def _until_over(self, case: Case, probe: Probe, arm: Arm) -> int:
        for count in range(1, _MOST_RUNS + 1):
            calls, _ = await self._run(case, probe, arm)
            if calls == 0 or arm.course.is_over:
                return count
        return _MOST_RUNS

    async def _after_cooldown(self, case: Case, probe: Probe, arm: Arm, seen: Saved) -> None:
        with time_moved_on(self.cooldown):
            await asyncio.sleep(self.cooldown)
            seen.half_open_calls, seen.half_open_status = await self._run(case, probe, arm)
        if not seen.half_open_calls and self.cooldown <= _LONGEST_WAIT:
            await asyncio.to_thread(REAL.wait, self.cooldown, threading.Event())
            seen.half_open_calls, seen.half_open_status = await self._run(case, probe, arm)
        seen.closed_calls, seen.closed_status = await self._run(case, probe, arm)

    async def _run(self, case: Case, probe: Probe, arm: Arm) -> tuple[int, str]:
        """How many calls a run makes, and how it ends."""
        before = arm.course.calls
        try:
            output = await self.subject(case, probe)
        except Exception:
            return arm.course.calls - before, "error"
        return arm.course.calls - before, output.status


@dataclass(slots=True)
class Saved:
    """What a circuit was seen to do; calls are those of one run each, None where none was made."""

    failed: int
    open_calls: int = 0
    half_open_calls: int | None = None
    half_open_status: str = ""
    closed_calls: int | None = None
    closed_status: str = ""
