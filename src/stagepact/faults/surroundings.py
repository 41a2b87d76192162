"""What code runs in, made to fail: variables, files, the clock, the network, limits.

Such a fault is steady: it holds from the block's begin to its end, not at single calls. It has
fired when the code under test met it: read the variable, touched the file, asked for the time,
hit the limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from stagepact.contract.models.fault_terms import Fault, FaultType, Steps
from stagepact.faults.course import Arm
from stagepact.faults.environment import variable_fault
from stagepact.faults.limits import limit_fault
from stagepact.faults.network import network_fault
from stagepact.faults.targets import no_surrounding

Surrounding = Callable[[str, Fault, Arm], AbstractContextManager[None]]


def _file_fault(path: str, fault: Fault, arm: Arm) -> AbstractContextManager[None]:
    """Files: pyfakefs is loaded when a file is to fail (docs/decisions/0028)."""
    made: AbstractContextManager[None] = _extra("files", "pyfakefs").file_fault(path, fault, arm)
    return made


def _clock_fault(name: str, fault: Fault, arm: Arm) -> AbstractContextManager[None]:
    """The clock: time-machine is loaded when it is to jump (docs/decisions/0028)."""
    made: AbstractContextManager[None] = _extra("jumps", "time-machine").clock_fault(fault, arm)
    return made


def _extra(module: str, distribution: str) -> Any:
    try:
        return import_module(f"stagepact.faults.{module}")
    except ModuleNotFoundError as error:
        advice = 'install it: `pip install "stagepact[faults]"`'
        found = f"{distribution} isn't installed ({error})"
        raise no_surrounding(found, f"{distribution}, for this kind of fault", advice) from error


_KINDS: Mapping[str, tuple[Surrounding, tuple[FaultType, ...]]] = {
    "env": (variable_fault, (FaultType.MISSING_VARIABLE, FaultType.WRONG_VARIABLE)),
    "file": (
        _file_fault,
        (FaultType.DISK_FULL, FaultType.NO_SUCH_FILE, FaultType.PERMISSION_DENIED),
    ),
    "clock": (_clock_fault, (FaultType.CLOCK_JUMP,)),
    "network": (network_fault, (FaultType.CONNECTION_REFUSED,)),
    "process": (
        limit_fault,
        (FaultType.TOO_MANY_FILES, FaultType.NO_MEMORY, FaultType.DISK_FULL),
    ),
}
_NAMED = frozenset({"env", "file"})
NAMES = tuple(_KINDS)


def is_surrounding(target: object) -> bool:
    """Whether a target is written `env:NAME`, `file:PATH`, `clock`, `network` or `process`."""
    if not isinstance(target, str):
        return False
    kind, colon, _ = target.partition(":")
    return kind in _KINDS and bool(colon) is (kind in _NAMED)


def surrounding(target: str, steps: Steps, arm: Arm) -> AbstractContextManager[None]:
    """The block in which a fault of surroundings holds.

    Raises:
        FaultTargetError: these surroundings don't fail so, or an extra is missing.
    """
    scheme, _, name = target.partition(":")
    make, kinds = _KINDS[scheme]
    fault = _steady(target, steps)
    listed = ", ".join(kinds)
    if fault is None or fault.kind not in kinds:
        found = f"`{'ok' if fault is None else fault.kind}` for `{target}`"
        raise no_surrounding(found, f"one of {listed}", "or name a port, whose calls can fail so")
    if scheme in _NAMED and not name:
        raise no_surrounding(f"`{target}`", f"`{scheme}:` with a name behind it", "")
    return make(name, fault, arm)


def _steady(target: str, steps: Steps) -> Fault | None:
    (step, *more) = steps
    if more or step.times is not None or step.every != 1 or step.rate is not None:
        found = f"a fault at some calls only, for `{target}`"
        advice = "nest blocks, or call `lift()` in the block, to end it earlier"
        raise no_surrounding(found, "a fault that holds while the block runs", advice)
    return step.fault
