"""What faults go into by name: targets that users register, and what is said of a wrong one."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable, Iterable

from stagepact.errors import Misuse, Place, Problem


class FaultTargetError(Misuse):
    """What a fault is to go into isn't there, or can't be replaced."""


def no_target(found: str, advice: str) -> FaultTargetError:
    """The error of a target that doesn't resolve."""
    expected = "something whose calls can fail"
    return FaultTargetError(Problem(Place("inject_fault"), found, expected, advice, "no-target"))


def no_surrounding(found: str, expected: str, advice: str) -> FaultTargetError:
    """The error of a fault that surroundings can't have."""
    return FaultTargetError(Problem(Place("inject_fault"), found, expected, advice, "no-target"))


_registered: dict[str, object] = {}
_lock = threading.Lock()


def register_target(name: str, target: object) -> Callable[[], None]:
    """Give a target a name, so that `inject_fault(name, …)` finds it; returns what forgets it.

    `target` is whatever `inject_fault` takes: `module:attribute`, a pair of an object and the
    name of its attribute, or an object. A name that was given before is for the new target.

    Raises:
        FaultTargetError: the name has a colon, or is empty: it would be read as a place.
    """
    if not name or ":" in name or name in ("clock", "network", "process"):
        raise no_target(f"{name!r} can't be a target's name", "take a plain word, such as `llm`")
    with _lock:
        _registered[name] = target

    def forget() -> None:
        with _lock:
            if _registered.get(name) is target:
                del _registered[name]

    return forget


def registered(name: str) -> object | None:
    """What was registered under a name."""
    return _registered.get(name)


def near_names(name: str, others: Iterable[str] = ()) -> str:
    """Advice for a name that nothing is registered under."""
    known = [*_registered, *others]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return "register it with `register_target(name, target)`, or write `package.module:attribute`"
