"""The process at its limits: no more open files, no more memory, no longer files.

The limits are the operating system's own, so all code of the process meets them: use it in a
child process (the chaos clauses do), or in a block that does little else. The fault has fired
when an error of the limit was raised, caught or not.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.faults.course import Arm
from stagepact.faults.targets import no_surrounding
from stagepact.faults.witness import witnessing

HEADROOM = 16 * 2**20
"""Bytes of memory that are left, where `no-memory` holds and nothing else is said."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit by its name in `resource`, what it is set to, and the errors by which it shows."""

    name: str
    value: Callable[[], int]
    numbers: frozenset[int] = frozenset()
    memory: bool = False

    def shows(self, error: BaseException) -> bool:
        """Whether an error is this limit's."""
        if isinstance(error, MemoryError):
            return self.memory
        return isinstance(error, OSError) and error.errno in self.numbers


def _lowest_free() -> int:
    """The lowest descriptor that is free: with this limit there is none for the next one."""
    try:
        descriptor = os.dup(2)
    except OSError:  # there is none already
        return sys.maxsize
    os.close(descriptor)
    return descriptor


def _pages_and_headroom() -> int:
    with open("/proc/self/statm") as told:
        pages = int(told.read().split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE") + HEADROOM


_LIMITS: Mapping[FaultType, _Limit] = {
    FaultType.TOO_MANY_FILES: _Limit("RLIMIT_NOFILE", _lowest_free, frozenset({errno.EMFILE})),
    FaultType.NO_MEMORY: _Limit(
        "RLIMIT_AS", _pages_and_headroom, frozenset({errno.ENOMEM}), memory=True
    ),
    FaultType.DISK_FULL: _Limit("RLIMIT_FSIZE", lambda: 0, frozenset({errno.EFBIG, errno.ENOSPC})),
}


def lacking(kind: FaultType) -> str:
    """Why this platform can't set a limit; "" where it can."""
    name = _LIMITS[kind].name
    resource = _resource()
    if resource is None or not hasattr(resource, name):
        return f"{sys.platform} has no {name}"
    if kind is FaultType.NO_MEMORY and not os.path.exists("/proc/self/statm"):
        return f"{sys.platform} has no /proc, which tells how much memory is in use"
    return ""


def _resource() -> ModuleType | None:
    try:
        return import_module("resource")
    except ImportError:  # Windows
        return None


_lock = threading.RLock()
_own: dict[str, tuple[int, int]] = {}
_entries: dict[str, list[int]] = {}


@contextmanager
def limit_fault(name: str, fault: Fault, arm: Arm) -> Iterator[None]:
    """The process has nothing left of something while the block runs.

    Raises:
        FaultTargetError: the platform can't do it.
    """
    why = lacking(fault.kind)
    if why:
        raise no_surrounding(f"`{fault.kind}`: {why}", "a platform that has such limits", "")
    limit, seen = _LIMITS[fault.kind], [0]

    def saw(error: BaseException) -> None:
        if limit.shows(error) and id(error) != seen[0] and not arm.lifted.is_set():
            seen[0] = id(error)
            arm.fired("", fault, arm.next("")[0])

    with _lowered(limit.name, limit.value()), witnessing(saw):
        yield


@contextmanager
def _lowered(name: str, value: int) -> Iterator[None]:
    """The soft limit, lowered; of several blocks the lowest holds."""
    resource: Any = _resource()
    number = getattr(resource, name)
    with _lock:
        own = _own.setdefault(name, resource.getrlimit(number))
        values = _entries.setdefault(name, [])
        values.append(value)
        _set(resource, number, own, values)
    try:
        yield
    finally:
        with _lock:
            values.remove(value)
            _set(resource, number, own, values)
            if not values:
                del _own[name], _entries[name]


def _set(resource: Any, number: int, own: tuple[int, int], values: list[int]) -> None:
    if not values:
        resource.setrlimit(number, own)
        return
    infinite = resource.RLIM_INFINITY
    known = [each for each in (*values, own[0], own[1]) if each != infinite]
    resource.setrlimit(number, (min(known), own[1]))
