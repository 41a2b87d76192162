"""Files that fail, by pyfakefs: the disk is full, a file isn't there, may not be touched.

The law of this file: while a fault is in, all of the process sees a copy of the real files, made
as far as it is looked at, in which only chosen paths fail. Whatever is written in that time goes
into the copy and is gone with it: the real files are never touched. It has fired when the code
met the error. What C code opens itself (SQLite, say) passes by the copy.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from pyfakefs import helpers
from pyfakefs.fake_file import FakeFile
from pyfakefs.fake_filesystem_unittest import Patcher

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.faults.course import Arm
from stagepact.faults.targets import no_surrounding

_NUMBERS = {
    FaultType.DISK_FULL: errno.ENOSPC,
    FaultType.NO_SUCH_FILE: errno.ENOENT,
    FaultType.PERMISSION_DENIED: errno.EACCES,
}
_SOMEBODY = 65_534  # root may do anything: for it, nobody is denied


@dataclass(frozen=True, slots=True)
class _Failing:
    """A path that fails, and all beneath it."""

    path: str
    fault: Fault
    arm: Arm

    def concerns(self, path: object) -> bool:
        """Whether a path, as code may write it, lies in it."""
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        whole = os.path.abspath(os.fsdecode(path))
        return whole == self.path or whole.startswith(self.path.rstrip("/") + "/")


@dataclass(slots=True)
class _Copy:
    """The copy that all blocks share: the patcher, and what fails in it."""

    patcher: Any = None
    stack: ExitStack = field(default_factory=ExitStack)
    failing: list[_Failing] = field(default_factory=list)

    def begin(self) -> None:
        """Let the process see the copy."""
        here = os.getcwd()
        self.patcher = Patcher()
        self.patcher.setUp()
        self.stack = ExitStack()
        self.stack.callback(self.patcher.tearDown)
        files = self.patcher.fs
        files.add_real_directory("/", read_only=False)
        os.chdir(here)
        own = files.raise_os_error
        files.raise_os_error = lambda number, path=None, *more: self._raising(
            own, number, path, *more
        )
        self._stand_in("has_permission", self._has_permission)
        self._stand_in("set_initial_contents", self._set_contents)

    def _stand_in(self, name: str, method: Callable[..., Any]) -> None:
        own = getattr(FakeFile, name)
        setattr(FakeFile, name, lambda file, *given: method(own, file, *given))
        self.stack.callback(setattr, FakeFile, name, own)

    def end(self) -> None:
        """Let the process see the real files again."""
        self.stack.close()
        self.patcher = None

    def of(self, kind: FaultType, path: object) -> _Failing | None:
        """The last fault of a kind that a path has."""
        for each in reversed(self.failing):
            if each.fault.kind is kind and not each.arm.lifted.is_set() and each.concerns(path):
                return each
        return None

    def _raising(self, own: Callable[..., Any], number: int, path: Any, *more: Any) -> Any:
        for kind, sign in _NUMBERS.items():
            found = self.of(kind, path) if number == sign else None
            if found is not None:
                call, _ = found.arm.next("")
                found.arm.fired("", found.fault, call)
        return own(number, path, *more)

    def _has_permission(self, own: Callable[..., bool], file: FakeFile, bits: int) -> bool:
        if self.of(FaultType.PERMISSION_DENIED, file.path) is not None:
            return False
        return True if helpers.get_uid() == _SOMEBODY else own(file, bits)

    def _set_contents(self, own: Callable[..., Any], file: FakeFile, contents: Any) -> Any:
        longer = len(contents or "") > (file.st_size or 0)
        if longer and self.of(FaultType.DISK_FULL, file.path) is not None:
            file.filesystem.raise_os_error(errno.ENOSPC, file.path)
        return own(file, contents)


_copy = _Copy()
_lock = threading.RLock()


@contextmanager
def file_fault(path: str, fault: Fault, arm: Arm) -> Iterator[None]:
    """A path, and all beneath it, fails while the block runs.

    Raises:
        FaultTargetError: it is the root of all, which can't be gone.
    """
    failing = _Failing(os.path.abspath(path), fault, arm)
    if failing.path == "/":
        raise no_surrounding("`file:/`", "a path beneath it", "name the folder that is meant")
    with _lock, ExitStack() as stack:
        if not _copy.failing:
            _copy.begin()
        is_gone = fault.kind is FaultType.NO_SUCH_FILE
        put_back = _taken_away(failing.path) if is_gone else lambda: None
        stack.enter_context(_leaving(failing, put_back))
        if fault.kind is FaultType.PERMISSION_DENIED and helpers.is_root():
            helpers.set_uid(_SOMEBODY)
        stay = stack.pop_all()
    with stay:
        yield


@contextmanager
def _leaving(failing: _Failing, put_back: Callable[[], None]) -> Iterator[None]:
    _copy.failing.append(failing)
    try:
        yield
    finally:
        with _lock:
            _copy.failing.remove(failing)
            put_back()
            if not any(each.fault.kind is FaultType.PERMISSION_DENIED for each in _copy.failing):
                helpers.reset_ids()
            if not _copy.failing:
                _copy.end()


def _taken_away(path: str) -> Callable[[], None]:
    """Take a path out of the copy; returns what puts it back, unless another is there by then."""
    files = _copy.patcher.fs
    with suppress(OSError):
        gone = files.get_object(path)
        files.remove_object(path)

        def put_back() -> None:
            parent = os.path.dirname(path)
            if not files.exists(path) and files.isdir(parent):
                files.get_object(parent).add_entry(gone)

        return put_back
    return lambda: None
