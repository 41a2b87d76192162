"""Environment variables that are missing or wrong, for all who read `os.environ`.

The law of this file: while a fault is in, `os.environ` is the same object of a class that notes
reads, so who imported it earlier reads through it, too. C code and child processes see the
changed variable, and nobody notes that they read it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from stagepact.contract.models.fault_terms import Fault, FaultType
from stagepact.faults.course import Arm

_WRONG = "wrong"


@dataclass(slots=True)
class _Changed:
    """A variable with its own value, and the faults that it has now."""

    own: str | None
    faults: list[tuple[Fault, Arm]] = field(default_factory=list)

    def put(self, name: str) -> None:
        """Set what the last of the faults says, or the own value where none is left."""
        fault = self.faults[-1][0] if self.faults else None
        value = self.own
        if fault is not None:
            value = _WRONG if fault.value is None else fault.value
        if fault is not None and fault.kind is FaultType.MISSING_VARIABLE:
            value = None
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

    def was_read(self) -> None:
        """Write down that the code has met the fault."""
        fault, arm = self.faults[-1]
        call, strikes = arm.next("")
        if strikes is not None:
            arm.fired("", fault, call)


_changed: dict[str, _Changed] = {}
_lock = threading.RLock()
_quiet = threading.local()
_PLAIN: type = type(os.environ)


class _Noting(_PLAIN):  # type: ignore[misc]  # typeshed has no name for it
    """`os.environ`, which notes who reads a variable that a fault is in."""

    def __getitem__(self, key: Any) -> Any:
        _note(key)
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[Any]:
        for name in list(_changed):
            _note(name)
        names: Iterator[Any] = super().__iter__()
        return names


def _note(key: object) -> None:
    changed = _changed.get(key) if isinstance(key, str) else None
    if changed is not None and changed.faults and not getattr(_quiet, "on", False):
        changed.was_read()


@contextmanager
def variable_fault(name: str, fault: Fault, arm: Arm) -> Iterator[None]:
    """A variable is missing, or has another value, while the block runs."""
    entry = (fault, arm)
    with _lock, _quietly():
        changed = _changed.get(name) or _Changed(os.environ.get(name))
        changed.faults.append(entry)
        changed.put(name)
        _changed[name] = changed
        os.environ.__class__ = _Noting
    try:
        yield
    finally:
        with _lock, _quietly():
            changed.faults = [each for each in changed.faults if each is not entry]
            changed.put(name)
            if not changed.faults:
                del _changed[name]
            if not _changed:
                os.environ.__class__ = _PLAIN


@contextmanager
def _quietly() -> Iterator[None]:
    """What is read here is read by us."""
    before = getattr(_quiet, "on", False)
    _quiet.on = True
    try:
        yield
    finally:
        _quiet.on = before
