"""The one place that times, catches and collects.

Whatever a subject does ends as an observation: it may hang, exit, raise anything, print,
leak or emit without end. Everything that costs is set up once per batch (an `Observer` is
one: its event loop, log handler, time limit); a run itself does little more than call.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace
from time import monotonic, perf_counter
from types import FrameType, TracebackType
from typing import Any, Self

from stagepact.characters import printable
from stagepact.observation.jumping import JumpingLoop
from stagepact.observation.model import (
    Call,
    End,
    Failure,
    Leaks,
    LogRecord,
    Observation,
)
from stagepact.observation.ports import message_of, seen_port
from stagepact.observation.printed import Printed
from stagepact.observation.undying import never_taken_apart
from stagepact.schema.normalise import describe_type
from stagepact.subject import Case, Event, Fresh, Output, Part, Stopped, Subject, Unfit
from stagepact.subject.protocols.leavings import open_files
from stagepact.subject.tracebacks import users_traceback

GRACE = 0.5  # seconds between asking a run to end and breaking into it
_BREAKS = 6  # that a subject swallows before the user hears of it
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go: seconds, and events kept (more are counted).

    As many calls and log records are kept, too. Open files are compared before and after a
    written case only: it costs as much as the run itself, and generated cases are many. With
    `jumps` nobody waits for a timer of an event loop that has nothing else to do: its clock,
    by which durations are told, jumps there, and a run may take so many seconds of that.
    """

    seconds: float = 10.0
    events: int = 100_000
    log_level: int | None = None
    scan_files: bool = True
    jumps: float = 0.0

    @property
    def longest(self) -> float:
        """The seconds that a run may take by the clock of its event loop."""
        return self.jumps or self.seconds


class TimeLimit(BaseException):
    """Raised in a subject that didn't end in time; no subject should catch it."""


def snapshot(value: Any, depth: int = 0) -> Any:
    """JSON-like data as it is now; later changes by the subject don't reach it."""
    if isinstance(value, dict):
        if depth > 100:
            return value
        return {key: snapshot(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return value if depth > 100 else [snapshot(item, depth + 1) for item in value]
    return value


class _Sight:
    """What one run shows: the probe that a subject's adapter talks to."""

    __slots__ = (
        "_began", "_clock", "_limit", "calls", "dropped", "events", "faults", "logs", "parts",
    )  # fmt: skip

    def __init__(self, limit: int, clock: Callable[[], float] = perf_counter) -> None:
        self.events: list[Event] = []
        self.calls: list[Call] = []
        self.logs: list[LogRecord] = []
        self.parts: dict[str, Part] = {}
        self.faults: list[Any] = []
        self.dropped = 0
        self._limit = limit
        self._clock = clock
        self._began = clock()

    def emit(self, type: str, data: Any) -> None:
        if len(self.events) >= self._limit:
            self.dropped += 1
            return
        at = self._clock() - self._began
        self.events.append(Event(type, snapshot(data), at, len(self.events)))

    def part(self, name: str, part: Part) -> None:
        self.parts[name] = part

    def port(self, name: str, port: Any) -> Any:
        return seen_port(name, port, self._call, self._began, self._clock)

    def fault(self, fired: Any) -> None:
        self.faults.append(fired)

    def _call(self, call: Call) -> None:
        if len(self.calls) < self._limit:
            self.calls.append(call)

    def log(self, record: LogRecord) -> None:
        if len(self.logs) < self._limit:
            self.logs.append(record)

    def now(self) -> float:
        return self._clock() - self._began


class _LogHandler(logging.Handler):
    """Gives each record to the sight of the run that is under way."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.sight: _Sight | None = None

    def emit(self, record: logging.LogRecord) -> None:
        sight = self.sight
        if sight is None:
            return
        try:
            message = record.getMessage()
        except Exception as error:  # a wrong format string is the subject's
            told = f"{type(error).__name__} while formatting: {message_of(error)}"
            message = f"{_shown(record.msg)} ({told})"
        extra = {k: v for k, v in vars(record).items() if k not in _STANDARD_FIELDS}
        raised = record.exc_info[1] if record.exc_info else None
        trace = "" if raised is None else users_traceback(raised)
        name, level, number = record.name, record.levelname, record.levelno
        sight.log(LogRecord(name, level, message, extra, sight.now(), number, trace))


class Observer:
    """Runs subjects and says what was seen; a context manager for one batch of runs.

    Not for use in several threads at once. In the main thread a blocking subject is broken
    into after its time limit; elsewhere, and on platforms without interval timers, only
    subjects that await can be stopped (`isolate: process` stops them all). `closing` is what
    subjects raised when the batch was over and they were closed.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.closing: list[BaseException] = []
        self._stack = contextlib.ExitStack()
        self._handler = _LogHandler()
        self._subjects: dict[int, Subject] = {}
        self._stubborn: set[asyncio.Task[Any]] = set()
        self._interrupted = False
        self._watch = False
        self._running = False
        self._subject = ""
        self._breaks = 0

    def __enter__(self) -> Self:
        self._loop = _new_loop(jumps=bool(self.limits.jumps))
        self._stack.callback(lambda: _close_loop(self._loop))
        self._stack.enter_context(_root_handler(self._handler, self.limits.log_level))
        root = logging.getLogger()
        self._log_level, self._log_disabled = root.level, root.manager.disable
        self._watch = (
            hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        )
        if self._watch:
            self._stack.enter_context(_signal(signal.SIGALRM, self._break_in))
            self._stack.enter_context(_signal(signal.SIGINT, self._interrupt))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for subject in self._subjects.values():
                ended = self._run(subject.close)  # the subject's code, too: it may raise anything
                if isinstance(ended, BaseException):
                    self.closing.append(ended)
            self._subjects.clear()
        finally:
            self._stack.close()
        if self._interrupted and error is None:
            raise KeyboardInterrupt

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._interrupted = True
        raise KeyboardInterrupt

    def _break_in(self, number: int, frame: FrameType | None) -> None:
        if self._running:
            self._breaks += 1
            if self._breaks == _BREAKS:
                _tell_of_hanging(self._subject)
            raise TimeLimit

    def observe(self, subject: Subject, case: Case) -> Observation:
        """Run the subject once and say all that was seen.

        Raises:
            KeyboardInterrupt: the user pressed Ctrl-C (not: the subject raised it).
        """
        self._subjects.setdefault(id(subject), subject)
        self._subject = subject.id.name
        self._repair()
        before = _Resources.now(self.limits.scan_files and not case.is_generated)
        printed = Printed()
        clock = _clock_of(self._loop)
        sight = _Sight(self.limits.events, clock)
        self._handler.sight = sight
        with printed:
            began = clock()
            result = self._run(lambda: _started(subject, case, sight))
            duration = clock() - began
            tasks = self._sweep()
        self._handler.sight = None
        if self._interrupted:
            raise KeyboardInterrupt
        return self._observation(
            subject, case, sight, result, duration, before.left(tasks), printed.text
        )

    def _repair(self) -> None:
        """Put back what the last run may have taken away: the loop, the handlers."""
        if self._loop.is_closed():
            self._loop = _new_loop(jumps=bool(self.limits.jumps))
        root = logging.getLogger()
        if self._handler not in root.handlers:
            root.addHandler(self._handler)
        if root.level != self._log_level:
            root.setLevel(self._log_level)
        root.manager.disable = self._log_disabled
        if self._watch:
            if signal.getsignal(signal.SIGALRM) != self._break_in:
                signal.signal(signal.SIGALRM, self._break_in)
            if signal.getsignal(signal.SIGINT) != self._interrupt:
                signal.signal(signal.SIGINT, self._interrupt)

    def _run(self, work: Work) -> Any:
        """What comes back, or what ended the run instead: an exception is a value here."""
        task = self._loop.create_task(_guarded(work))
        alarm = self._loop.call_later(self.limits.longest, task.cancel, _LATE)
        try:
            if self._watch:
                # Again and again: a subject may swallow the first exceptions that it meets.
                signal.setitimer(signal.ITIMER_REAL, self.limits.seconds + GRACE, GRACE)
            self._running, self._breaks = True, 0
            return self._loop.run_until_complete(task)
        except BaseException as error:  # raised in the loop itself, by the subject's own tasks
            self._running = False
            return self._abandoned(task, error)
        finally:
            self._running = False  # first, and no call: no alarm can come before it
            if self._watch:
                signal.setitimer(signal.ITIMER_REAL, 0)
            alarm.cancel()

    def _abandoned(self, task: asyncio.Task[Any], error: BaseException) -> BaseException:
        if not task.done():
            self._end({task})
        return error

    def _sweep(self) -> tuple[str, ...]:
        """The tasks that the run left behind, which are cancelled so that they end with it."""
        if self._loop.is_closed():
            return ()
        left = asyncio.all_tasks(self._loop) - self._stubborn
        if not left:
            return ()
        names = tuple(sorted(_task_name(task) for task in left))
        self._end(left)
        return names

    def _end(self, tasks: set[asyncio.Task[Any]]) -> None:
        """Cancel tasks; those that refuse to end are told once, and not waited for again."""
        for task in tasks:
            task.cancel()
        with contextlib.suppress(BaseException):
            try:
                if self._watch:
                    signal.setitimer(signal.ITIMER_REAL, 2 * GRACE, GRACE)
                self._running = True
                self._loop.run_until_complete(asyncio.wait(tasks, timeout=GRACE))
            finally:
                self._running = False
                if self._watch:
                    signal.setitimer(signal.ITIMER_REAL, 0)
        refused = {task for task in tasks if not task.done()}
        never_taken_apart(refused - self._stubborn)
        self._stubborn |= refused

    def _observation(
        self,
        subject: Subject,
        case: Case,
        sight: _Sight,
        result: Output | BaseException,
        duration: float,
        leaks: Leaks,
        printed: str,
    ) -> Observation:
        output = result if isinstance(result, Output) else None
        error = None if isinstance(result, Output) else result
        if output is not None and output.events:
            for type_, data in output.events:
                sight.emit(type_, data)
        return Observation(
            subject=subject.id,
            case=case,
            end=_end(error),
            output=output,
            error=None if error is None else failure(error, self.limits.longest),
            duration=duration - (0.0 if output is None else output.waited),
            events=tuple(sight.events),
            dropped=sight.dropped,
            calls=tuple(sight.calls),
            logs=tuple(sight.logs),
            printed=printed,
            leaks=leaks,
            parts=sight.parts,
            failures=_part_failures(sight.parts, self.limits.longest),
            event_name=subject.event_name,
            faults=tuple(sight.faults),
        )


_LATE = "stagepact: the time limit"


Work = Callable[[], Coroutine[Any, Any, Any]]


def _started(subject: Subject, case: Case, sight: _Sight) -> Coroutine[Any, Any, Output]:
    return subject(_with_fresh_ports(case), sight)


def _with_fresh_ports(case: Case) -> Case:
    """The case with those ports made that each run has its own of.

    Raises:
        Unfit: one of them can't be made.
    """
    ports = case.given.ports
    if not any(isinstance(port, Fresh) for port in ports.values()):
        return case
    made = {name: _made(name, port) for name, port in ports.items()}
    return replace(case, given=replace(case.given, ports=made))


def _made(name: str, port: Any) -> Any:
    if not isinstance(port, Fresh):
        return port
    try:
        return port.make()
    except Exception as error:
        told = f"{type(error).__name__}: {message_of(error)}"
        raise Unfit(f"the port {name!r} can't be made: {told}") from error


async def _guarded(work: Work) -> Any:
    """Nothing that a subject raises, SystemExit included, leaves its task."""
    try:
        return await work()
    except asyncio.CancelledError as error:
        return TimeLimit() if is_late(error) else error
    except Stopped as carrier:
        return carrier.error
    except BaseException as error:
        return error


def is_late(error: BaseException) -> bool:
    """Whether it is how a run is ended whose time is over."""
    cancelled = isinstance(error, asyncio.CancelledError) and error.args == (_LATE,)
    return cancelled or isinstance(error, TimeLimit)


def _end(error: BaseException | None) -> End:
    if error is None:
        return End.RETURNED
    if isinstance(error, Unfit):
        return End.UNFIT
    return End.HUNG if isinstance(error, TimeLimit) else End.RAISED


def failure(error: BaseException, seconds: float = 0.0) -> Failure:
    """An exception as a value; its traceback is told from the subject's own code on."""
    if isinstance(error, TimeLimit):
        return Failure("stagepact:TimeLimit", f"not ended after {seconds:g} s")
    bases = tuple(describe_type(base) for base in type(error).__mro__[:-1])
    return Failure(describe_type(error), message_of(error), users_traceback(error), bases)


def _part_failures(parts: Mapping[str, Part], seconds: float) -> dict[str, Failure]:
    return {
        name: failure(part.error, seconds) for name, part in parts.items() if part.error is not None
    }


@dataclass(frozen=True, slots=True)
class _Resources:
    """Threads and open files at one moment."""

    threads: list[threading.Thread]
    files: frozenset[str] | None

    @classmethod
    def now(cls, scan_files: bool) -> _Resources:
        return cls(threading.enumerate(), open_files() if scan_files else None)

    def left(self, tasks: tuple[str, ...]) -> Leaks:
        running = threading.enumerate()
        threads: tuple[str, ...] = ()
        if running != self.threads:
            threads = tuple(sorted(each.name for each in running if each not in self.threads))
        files: tuple[str, ...] = ()
        if self.files is not None:
            files = tuple(sorted(open_files() - self.files))
        return Leaks(tasks, threads, files)


def _tell_of_hanging(name: str) -> None:
    """Say to the user, whatever is captured, why nothing goes on."""
    with contextlib.suppress(Exception):  # there may be no such stream
        stream: Any = sys.__stderr__
        told = "swallows what should end it after its `timeout`; `isolate: process` would end it"
        stream.write(f"stagepact: {printable(name)} {told}\n")
        stream.flush()


def _task_name(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    return getattr(coroutine, "__qualname__", None) or task.get_name()


def _no_noise(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What a subject's forgotten tasks raise is theirs; the loop needn't print it."""


def _clock_of(loop: asyncio.AbstractEventLoop) -> Callable[[], float]:
    """What durations are told by: the loop's own jumps are time that passed."""
    if not isinstance(loop, JumpingLoop):
        return perf_counter
    return lambda: perf_counter() + loop.jumped


def _new_loop(*, jumps: bool) -> asyncio.AbstractEventLoop:
    if jumps:
        jumping = JumpingLoop()
        jumping.set_exception_handler(_no_noise)
        return jumping
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_no_noise)
    with contextlib.suppress(AttributeError):  # loops that are no Python objects keep their own
        loop.time = monotonic  # type: ignore[method-assign]  # a subject may patch `time`
    return loop


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Close the loop; its default executor is let go, for a thread of it may never end."""
    with contextlib.suppress(BaseException):
        loop.run_until_complete(loop.shutdown_asyncgens())
    with contextlib.suppress(RuntimeError):  # closed, by the subject
        loop.close()


@contextlib.contextmanager
def _signal(number: int, handler: Any) -> Iterator[None]:
    previous = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, previous)


@contextlib.contextmanager
def _root_handler(handler: logging.Handler, level: int | None) -> Iterator[None]:
    """The handler on the root logger, which is opened to `level` when clauses ask for it."""
    root = logging.getLogger()
    before, disabled = root.level, root.manager.disable
    root.addHandler(handler)
    if level is not None and level < before:
        root.setLevel(level)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        root.manager.disable = disabled


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"<its repr raises {type(error).__name__}>"
