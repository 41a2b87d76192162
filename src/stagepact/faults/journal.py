"""Which fault fired, when and how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from stagepact.contract.models.fault_terms import FaultType


@dataclass(frozen=True, slots=True)
class Fired:
    """One fault that struck: at which call of which thing (from 1), at which second."""

    target: str
    method: str
    kind: FaultType
    call: int
    at: float = 0.0

    def __str__(self) -> str:
        where = f"{self.target}.{self.method}" if self.method else self.target
        return f"{self.kind} at call {self.call} of {where}"


@dataclass(slots=True)
class Journal:
    """What fired, in order; adding is safe in threads. Times count from the journal's making."""

    entries: list[Fired] = field(default_factory=list)
    clock: Callable[[], float] = perf_counter
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def write(self, target: str, method: str, kind: FaultType, call: int) -> None:
        """A fault has struck."""
        self.entries.append(Fired(target, method, kind, call, self.clock() - self._began))

    def fired(
        self, target: str | None = None, kind: FaultType | str | None = None
    ) -> tuple[Fired, ...]:
        """What fired, of a target and of a kind where they are said."""
        return tuple(
            each
            for each in self.entries
            if target in (None, each.target) and kind in (None, each.kind)
        )
