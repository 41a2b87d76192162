"""`isolate: process`: each run in a child process of its own, whose death is an observation.

The law of this file: nothing of a run happens in this process. A child is forked, so the subject
and its live ports needn't travel; what was seen comes back through a pipe. Values that can't be
pickled arrive as their repr. A child that doesn't end is killed, with all that it started.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import select
import signal
import struct
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from time import monotonic
from typing import Any, BinaryIO, Self

from stagepact.observation.model import End, Failure, Observation
from stagepact.observation.observe import GRACE, Limits, Observer
from stagepact.subject import Case, Subject

# The child ends what can be ended from inside; only then it is killed.
_PATIENCE = 4 * GRACE
_LOOK = 0.05  # seconds between two looks at a child that says nothing
_LENGTH = struct.Struct("!Q")
_DEEPEST = 100
_LONGEST_REPR = 1_000
_PLAIN = frozenset({str, int, float, bool, bytes, type(None)})


def missing() -> str:
    """Why no run can be isolated on this platform; "" where it can."""
    if hasattr(os, "fork"):
        return ""
    return f"`isolate: process` needs os.fork, which {sys.platform} doesn't have"


class IsolatedObserver(Observer):
    """An observer that runs each case in a forked child, so that runs can't hurt one another.

    What a run changes in memory is gone with it. Only the forking thread lives on in a child:
    a lock that another thread held at that moment stays locked there.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open: each child ended with its run."""

    def observe(self, subject: Subject, case: Case) -> Observation:
        """Run the subject once in a child, and say all that was seen.

        Raises:
            KeyboardInterrupt: the user pressed Ctrl-C; the child is killed.
        """
        with ExitStack() as stack:
            trace = stack.enter_context(tempfile.TemporaryFile())
            began = monotonic()
            with _undisturbed():
                child = _Child.fork(subject, case, self.limits, trace)
                stack.callback(child.end)
            seen = _read(child.listen(self.limits.seconds + _PATIENCE))
            if seen is not None:
                return replace(seen, case=case)
            failure = _death(child.status(), self.limits, trace)
        end = End.HUNG if failure.type.endswith(":TimeLimit") else End.DIED
        seconds = monotonic() - began
        return Observation(
            subject.id, case, end, None, failure, seconds, event_name=subject.event_name
        )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the child is known: in the middle of a fork it would be lost.

    Python runs hooks after a fork (those of `logging`), and what is raised in them is ignored.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Child:
    """A forked child and the end of the pipe that it tells through."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe
        self._status: int | None = None
        self._told = False

    @classmethod
    def fork(cls, subject: Subject, case: Case, limits: Limits, trace: BinaryIO) -> _Child:
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside other threads; see the class's docstring.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.close(reading)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            _live(subject, case, limits, writing, trace)
        os.close(writing)
        with suppress(OSError):  # the child does it, too: whoever comes first
            os.setpgid(pid, pid)
        return cls(pid, reading)

    def listen(self, seconds: float) -> bytes:
        """What the child sends, as far as it gets until it ends or the time is over."""
        told = bytearray()
        until = monotonic() + seconds
        while not _is_whole(told) and monotonic() < until:
            ready, _, _ = select.select([self._pipe], [], [], _LOOK)
            if ready:
                more = os.read(self._pipe, 1 << 20)
                if not more:
                    self._wait(until)
                    break
                told += more
            elif self._reaped():  # what it started may hold the pipe open
                break
        self._told = _is_whole(told)
        return bytes(told)

    def status(self) -> int | None:
        """How the child ended: its exit code, or minus the signal; None when it still runs."""
        self._reaped()
        return self._status

    def end(self) -> None:
        """Let the child end, if it is about to; then kill it and what it started."""
        os.close(self._pipe)
        if self._told and sys.exc_info()[0] is None:
            self._wait(monotonic() + GRACE)
        for kill in (os.killpg, os.kill):
            if kill is os.killpg or not self._reaped():
                with suppress(OSError):
                    kill(self._pid, signal.SIGKILL)
        while not self._reaped():
            select.select([], [], [], _LOOK)

    def _wait(self, until: float) -> None:
        while not self._reaped() and monotonic() < until:
            select.select([], [], [], _LOOK / 10)

    def _reaped(self) -> bool:
        if self._status is None:
            try:
                pid, status = os.waitpid(self._pid, os.WNOHANG)
            except ChildProcessError:  # someone waits for all children: it is gone, unseen
                pid, status = self._pid, 0
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None


def _live(subject: Subject, case: Case, limits: Limits, pipe: int, trace: BinaryIO) -> None:
    """The child's whole life: one run, told; nothing of the parent's is ever ended or flushed."""
    code = 1
    try:
        os.setpgid(0, 0)
        faulthandler.enable(trace)
        faulthandler.dump_traceback_later(limits.seconds + _PATIENCE / 2, file=trace)
        with Observer(limits) as observer:
            seen = observer.observe(subject, case)
            _send(pipe, pickle.dumps(sealed(replace(seen, case=Case("")))))
        code = 0
    finally:
        os._exit(code)


def _send(pipe: int, told: bytes) -> None:
    left = memoryview(_LENGTH.pack(len(told)) + told)
    while left:
        left = left[os.write(pipe, left) :]


def _is_whole(told: bytearray) -> bool:
    size = _LENGTH.size
    return len(told) >= size and len(told) >= size + _LENGTH.unpack_from(told)[0]


def _read(told: bytes) -> Observation | None:
    """The observation, or None where the child didn't come to tell it."""
    if not _is_whole(bytearray(told)):
        return None
    seen: Observation = unsealed(pickle.loads(told[_LENGTH.size :]))
    return seen


def _death(status: int | None, limits: Limits, trace: BinaryIO) -> Failure:
    trace.seek(0)
    traceback = trace.read().decode("utf-8", "replace")
    if status is None:
        told = f"not ended after {limits.seconds:g} s; its process was killed"
        return Failure("stagepact:TimeLimit", told, traceback)
    if status >= 0:
        return Failure("stagepact:Died", f"the process ended itself with exit code {status}")
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return Failure("stagepact:Died", f"the process was killed by {name}", traceback)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A value of the user's on its way: pickled by itself, with what to show if that fails."""

    pickled: bytes
    text: str


def sealed(value: Any, depth: int = 0) -> Any:
    """The value with each part that isn't plain sealed, so that no part can spoil the others."""
    kind = type(value)
    if kind in _PLAIN or kind is End:
        return value
    if depth < _DEEPEST:
        if kind is dict and all(type(key) is str for key in value):
            return {key: sealed(part, depth + 1) for key, part in value.items()}
        if kind in (list, tuple):
            return kind(sealed(part, depth + 1) for part in value)
        if _is_ours(kind):
            return _with_parts(value, lambda part: sealed(part, depth + 1))
    try:
        return _Sealed(pickle.dumps(value), "")
    except Exception:  # pickling runs code of the user's
        return _Sealed(b"", _text(value))


def unsealed(value: Any) -> Any:
    """What was sealed; a part that can't be read arrives as its repr."""
    kind = type(value)
    if kind is _Sealed:
        return _opened(value)
    if kind is dict:
        return {key: unsealed(part) for key, part in value.items()}
    if kind in (list, tuple):
        return kind(map(unsealed, value))
    return _with_parts(value, unsealed) if _is_ours(kind) else value


def _opened(value: _Sealed) -> Any:
    if not value.pickled:
        return value.text
    try:
        return pickle.loads(value.pickled)
    except Exception as error:  # so does reading
        return f"<can't be read back: {type(error).__name__}: {error}>"


def _is_ours(kind: type) -> bool:
    return is_dataclass(kind) and kind.__module__.startswith("stagepact.")


def _with_parts(value: Any, change: Callable[[Any], Any]) -> Any:
    parts = {each.name: change(getattr(value, each.name)) for each in fields(value)}
    return type(value)(**parts)


def _text(value: object) -> str:
    try:
        return repr(value)[:_LONGEST_REPR]
    except Exception as error:
        return f"<its repr raises {type(error).__name__}>"
