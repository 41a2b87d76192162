"""The fixture `inject_fault`: faults that lift when the test ends, however it does."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any, Self

from stagepact.faults import FaultType, Fired, Injection, Journal
from stagepact.faults import inject_fault as injecting


class Standing:
    """A fault that is in until the test ends; as a context manager, until its block ends."""

    def __init__(self, block: AbstractContextManager[Injection]) -> None:
        """Inject it now."""
        self._stack = ExitStack()
        self._injection = self._stack.enter_context(block)

    @property
    def journal(self) -> Journal:
        """All that is written down in the test."""
        return self._injection.journal

    @property
    def fired(self) -> tuple[Fired, ...]:
        """When this one struck."""
        return self._injection.fired

    def lift(self) -> None:
        """End it now: all is as before."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lift()


class Faulting:
    """Injects faults, and lifts them all in the end, the last one first."""

    def __init__(self) -> None:
        """Nothing is injected yet."""
        self.journal = Journal()
        self._stack = ExitStack()

    def __call__(self, target: object, kind: FaultType | str, **options: Any) -> Standing:
        """Inject a fault; the options are those of `stagepact.faults.inject_fault`."""
        standing = Standing(injecting(target, kind, **{"journal": self.journal, **options}))
        self._stack.callback(standing.lift)
        return standing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()
