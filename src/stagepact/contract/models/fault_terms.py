"""The words for faults, and the text that says when each of them strikes.

error                  at every call
error x5               at the first five calls, then it is well
error x5 then timeout  at the first five calls, then the other one for ever
ok x2 then error       first it is well twice
slow 200ms             so long
429 5s                 with a Retry-After of so long
error every 3          at each third call
error 20%              at a fifth of the calls, the same ones for the same seed
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stagepact.contract.models.texts import seconds


class FaultType(StrEnum):
    """The ways in which a dependency fails."""

    TIMEOUT = "timeout"
    ERROR = "error"
    SLOW = "slow"
    HANG = "hang"
    INTERMITTENT = "intermittent"
    NULL = "null"
    EMPTY = "empty"
    WRONG_TYPE = "wrong-type"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    DUPLICATED = "duplicated"
    OUT_OF_ORDER = "out-of-order"
    CANCELLED = "cancelled"
    RATE_LIMITED = "429"
    FORBIDDEN = "403"
    SERVER_ERROR = "500"
    UNAVAILABLE = "503"
    CONNECTION_REFUSED = "connection-refused"
    CONNECTION_RESET = "connection-reset"
    HALF_A_BODY = "half-a-body"
    MISSING_VARIABLE = "missing-variable"
    WRONG_VARIABLE = "wrong-variable"
    DISK_FULL = "disk-full"
    NO_SUCH_FILE = "no-such-file"
    PERMISSION_DENIED = "permission-denied"
    POOL_EXHAUSTED = "pool-exhausted"
    CONNECTION_LOST = "connection-lost"
    TOO_MANY_FILES = "too-many-files"
    NO_MEMORY = "no-memory"
    CLOCK_JUMP = "clock-jump"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way of failing, and what is said of it; `duration` and `retry_after` are seconds.

    `error` is the exception, or its class, that is raised instead of the kind's own; `value` is
    what a variable is set to, and `members` are the only ones of a result that are spoiled.
    """

    kind: FaultType
    duration: float | None = None
    message: str = ""
    error: Any = None
    retry_after: float | None = None
    value: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What happens at so many calls (None: at all that follow); no fault means that it is well.

    Of those calls, each `every`th has the fault, or by chance a share of `rate`.
    """

    fault: Fault | None
    times: int | None = None
    every: int = 1
    rate: float | None = None


Steps = tuple[Step, ...]


class FaultTermError(ValueError):
    """A text that says no fault; the message says what was found and what was expected."""


_STEP = re.compile(
    r"(?P<kind>[a-z0-9-]+)"
    r"(?:\s+(?P<duration>\d+(?:\.\d+)?(?:us|ms|s|m|h)))?"
    r"(?:\s+(?:x(?P<times>[1-9]\d{0,5})|every\s+(?P<every>[1-9]\d{0,5})|(?P<rate>\d{1,3})%))?"
)
_TELLS_WHEN = frozenset({FaultType.RATE_LIMITED, FaultType.UNAVAILABLE})
_THEN = re.compile(r"\s+then\s+")
_EXPECTED = (
    "steps joined by `then`, each a kind of fault or `ok`, with a duration and "
    "`x5`, `every 3` or `20%` behind it"
)


def fault_steps(text: str) -> Steps:
    """What a text says; what comes after its last step, if that has an end, is well.

    Raises:
        FaultTermError: it says something else.
    """
    steps = tuple(_steps(text))
    endless = next((step for step in steps[:-1] if step.times is None), None)
    if endless is not None:
        name = "ok" if endless.fault is None else endless.fault.kind
        raise FaultTermError(f"`{name}` without `x5` never ends, and something follows it")
    return steps


def _steps(text: str) -> Iterator[Step]:
    for part in _THEN.split(text.strip()):
        found = _STEP.fullmatch(part.strip())
        if found is None:
            raise FaultTermError(f"{part!r} says no fault; expected {_EXPECTED}")
        times = found["times"] and int(found["times"])
        fault = None if found["kind"] == "ok" else _fault(found["kind"], found["duration"])
        every = int(found["every"] or (2 if fault and fault.kind == "intermittent" else 1))
        rate = None if found["rate"] is None else _share(found["rate"])
        yield Step(fault, times or None, every, rate)


def _share(percent: str) -> float:
    if not 0 < int(percent) <= 100:
        raise FaultTermError(f"{percent}% is no share of the calls; expected 1% to 100%")
    return int(percent) / 100


def _fault(name: str, duration: str | None) -> Fault:
    try:
        kind = FaultType(name)
    except ValueError:
        near = difflib.get_close_matches(name, [*FaultType, "ok"], n=1)
        meant = f"; did you mean `{near[0]}`?" if near else f"; expected one of {_listed()}"
        raise FaultTermError(f"there is no fault `{name}`{meant}") from None
    told = None if duration is None else seconds(duration)
    return Fault(kind, retry_after=told) if kind in _TELLS_WHEN else Fault(kind, told)


def _listed() -> str:
    return ", ".join([*FaultType, "ok"])


def steps_of(fault: Fault, *, times: int | None = None, every: int = 1) -> Steps:
    """A fault at the first so many calls, or at all of them."""
    return (Step(fault, times, every),)
