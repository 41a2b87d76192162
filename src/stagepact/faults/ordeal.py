"""Subjects that are run while the ground gives way, in a child process: Subject → Subject.

In one child the subject is run twice as it is (is it well, and can it be run again?), then once
while something happens, then once more. Who is killed half-way is run again in another child,
for a process that is started again knows nothing.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import Any

from stagepact.contract.models.chaos import Chaos
from stagepact.contract.models.fault_terms import Fault, FaultType, Step
from stagepact.faults.armed import armed
from stagepact.faults.course import Arm, Course
from stagepact.faults.forked import Child, Tell, forked
from stagepact.faults.journal import Fired, Journal
from stagepact.faults.surroundings import surrounding
from stagepact.subject import Case, Output, Part, Probe, Subject, SubjectId, Unfit

_SLACK = 1.0  # seconds for a child to begin and to end
RUNS = 4
"""So many runs an ordeal has."""

KINDS = {
    "network": ("network", FaultType.CONNECTION_REFUSED),
    "no-memory": ("process", FaultType.NO_MEMORY),
    "too-many-files": ("process", FaultType.TOO_MANY_FILES),
    "disk-full": ("process", FaultType.DISK_FULL),
    "clock-jump": ("clock", FaultType.CLOCK_JUMP),
    "lost": ("port", FaultType.CONNECTION_REFUSED),
}


@dataclass(frozen=True, slots=True)
class Ran:
    """How one of the runs went; `types` are the names of what was raised, and of its bases."""

    status: str
    output: Any = None
    error: str = ""
    types: tuple[str, ...] = ()
    seconds: float = 0.0
    secrets: tuple[str, ...] = ()


@dataclass(slots=True)
class Ordeal:
    """All that was seen: runs that didn't come to an end are None, and `died` says how."""

    before: Ran | None = None
    again: Ran | None = None
    during: Ran | None = None
    after: Ran | None = None
    fired: int = 0
    died: str = ""
    check: str | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that came up in any of the runs."""
        runs = (self.before, self.again, self.during, self.after)
        return tuple(each for ran in runs if ran is not None for each in ran.secrets)

    def without_secrets(self) -> Ordeal:
        """The same, for those who only judge it."""
        runs = {name: getattr(self, name) for name in ("before", "again", "during", "after")}
        plain = {name: ran and replace(ran, secrets=()) for name, ran in runs.items()}
        return replace(self, **plain)


@dataclass(frozen=True, slots=True)
class Tried:
    """A subject to which something happens; each of its runs may take so many seconds.

    `check` is called when it is over, before the last run; its text says what is wrong.
    """

    subject: Subject
    chaos: Chaos
    text: str
    seconds: float
    check: Callable[..., Any] | None = None

    @property
    def id(self) -> SubjectId:
        """Who it is: the subject."""
        return self.subject.id

    @property
    def event_name(self) -> str:
        """The subject's."""
        return self.subject.event_name

    async def close(self) -> None:
        """Nothing is open here: the children are gone."""

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """The whole ordeal; its data is an `Ordeal` as JSON."""
        if self.chaos.port and self.chaos.port not in case.given.ports:
            raise Unfit(f"there is no port {self.chaos.port!r} that could be lost")
        play = self._killed if self.chaos.kind == "killed" else self._struck
        seen = await play(case)
        if seen.fired:
            kind = KINDS.get(self.chaos.kind, ("", FaultType.CANCELLED))[1]
            probe.fault(Fired(self.text, "", kind, seen.fired))
        status = seen.during.status if seen.during is not None else "died"
        return Output(status, asdict(seen.without_secrets()), secrets=seen.secrets)

    # -- what is taken away while it runs ------------------------------------------------------

    async def _struck(self, case: Case) -> Ordeal:
        with forked(lambda tell: self._live_struck(case, tell)) as child:
            longest = RUNS * self.seconds + _SLACK
            in_time = await child.until(longest, lambda each: each.count("after") > 0)
            return self._seen(child, "" if in_time else "was not over in time, and was killed")

    async def _live_struck(self, case: Case, tell: Tell) -> None:
        await self._twice(case, tell)
        journal = _Telling(tell)
        with self._striking(case, journal) as given:
            during = await self._ran(given, Quiet())
        tell("during", during)
        await self._checked(case, tell)
        tell("after", await self._ran(case, Quiet()))

    @contextmanager
    def _striking(self, case: Case, journal: Journal) -> Iterator[Case]:
        target, kind = KINDS[self.chaos.kind]
        fault = Fault(kind, self.chaos.seconds or None)
        steps = (Step(fault),)
        arm = Arm(self.text, Course(steps), journal)
        if self.chaos.port:
            yield _with_port(case, self.chaos.port, arm)
            arm.lifted.set()
            return
        with surrounding(target, steps, arm):
            yield case

    # -- who is killed -------------------------------------------------------------------------

    async def _killed(self, case: Case) -> Ordeal:
        with forked(lambda tell: self._live_until_killed(case, tell)) as child:
            await child.until(3 * self.seconds + _SLACK, lambda each: each.count("begun") > 0)
            await child.until(self.chaos.seconds or self.seconds, lambda each: False)
            had_ended = child.last("during") is not None or child.status not in (None, -9)
            child.kill()
            seen = self._seen(child, "")
        if seen.before is None or had_ended or child.count("begun") == 0:
            return seen
        if self.chaos.unit and child.count("there") == 0:
            return seen
        seen.fired, seen.died = 1, "SIGKILL"
        with forked(lambda tell: self._live_afterwards(case, tell)) as child:
            await child.until(2 * self.seconds + _SLACK, lambda each: each.count("after") > 0)
            child.kill()
            seen.check, seen.after = child.last("check"), child.last("after")
        return seen

    async def _live_until_killed(self, case: Case, tell: Tell) -> None:
        await self._twice(case, tell)
        probe = Quiet()
        if self.chaos.unit == "event":
            probe = _KillingProbe(self.chaos.number, tell)
        if self.chaos.unit == "call":
            arm = _KillingArm(self.text, Course(()), Journal())
            arm.countdown = [self.chaos.number, tell]
            for port in case.given.ports:
                case = _with_port(case, port, arm)
        tell("begun", None)
        tell("during", await self._ran(case, probe))

    async def _live_afterwards(self, case: Case, tell: Tell) -> None:
        await self._checked(case, tell)
        tell("after", await self._ran(case, Quiet()))

    # -- single steps --------------------------------------------------------------------------

    async def _twice(self, case: Case, tell: Tell) -> None:
        for name in ("before", "again"):
            tell(name, await self._ran(case, Quiet()))

    async def _ran(self, case: Case, probe: Quiet) -> Ran:
        began = monotonic()
        try:
            async with asyncio.timeout(self.seconds) as limit:
                output = await self.subject(case, probe)
        except Unfit as error:
            return Ran("unfit", error=str(error))
        except BaseException as error:
            if limit.expired():
                return Ran("hung", error=f"not ended after {self.seconds:g} s")
            return _raised(error, monotonic() - began)
        took = monotonic() - began
        told = output.error or ""
        return Ran(output.status, output.data, told, (), took, tuple(output.secrets))

    async def _checked(self, case: Case, tell: Tell) -> None:
        if self.check is not None:
            tell("check", await _what_is_wrong(self.check, case.given.input))

    def _seen(self, child: Child, died: str) -> Ordeal:
        names = ("before", "again", "during", "after", "check")
        told = {name: child.last(name) for name in names}
        fired = child.count("fired")
        if told["after"] is None and not died and child.status is not None:
            died = _death(child.status)
        # A child that dies in the run to which something happens has met it.
        if died and not fired and told["again"] is not None and told["during"] is None:
            fired = int(child.status is not None and self.chaos.kind != "killed")
        return Ordeal(**told, fired=fired, died=died)


class Quiet:
    """A probe that nobody reads."""

    def emit(self, type: str, data: Any) -> None:
        """An event was emitted."""

    def part(self, name: str, part: Part) -> None:
        """A stage has ended."""

    def port(self, name: str, port: Any) -> Any:
        """The port as it is."""
        return port

    def fault(self, fired: Any) -> None:
        """A fault has struck."""

    def now(self) -> float:
        """Seconds of the clock."""
        return monotonic()


class _KillingProbe(Quiet):
    """Kills the process at an event."""

    def __init__(self, number: int, tell: Tell) -> None:
        self._left, self._tell = number, tell

    def emit(self, type: str, data: Any) -> None:
        self._left -= 1
        if self._left == 0:
            self._tell("there", None)
            os.kill(os.getpid(), signal.SIGKILL)


class _KillingArm(Arm):
    """Kills the process at a call of a port; `countdown` is its number, and whom it tells."""

    countdown: list[Any]

    def next(self, method: str) -> tuple[int, Fault | None]:
        """Count the call."""
        self.countdown[0] -= 1
        if self.countdown[0] == 0:
            self.countdown[1]("there", None)
            os.kill(os.getpid(), signal.SIGKILL)
        return 0, None


class _Telling(Journal):
    """A journal that tells at once, for the process may not live to tell it later."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self._tell = tell

    def write(self, target: str, method: str, kind: FaultType, call: int) -> None:
        """Tell it."""
        if not self.entries:
            super().write(target, method, kind, call)
            with suppress(MemoryError):
                self._tell("fired", None)


def _with_port(case: Case, name: str, arm: Arm) -> Case:
    ports = case.given.ports
    return replace(
        case, given=replace(case.given, ports={**ports, name: armed(ports[name], [arm])})
    )


def _raised(error: BaseException, seconds: float) -> Ran:
    kinds = type(error).__mro__[:-1]
    names = tuple(f"{each.__module__}:{each.__qualname__}" for each in kinds)
    return Ran("error", error=f"{type(error).__name__}: {error}", types=names, seconds=seconds)


async def _what_is_wrong(check: Callable[..., Any], given: Any) -> str:
    try:
        wants = len(inspect.signature(check).parameters)
        told = check(given) if wants else check()
        if inspect.isawaitable(told):
            told = await told
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if told is False:
        return "it returned False"
    return told if isinstance(told, str) else ""


def _death(status: int) -> str:
    if status >= 0:
        return f"ended itself with exit code {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"
