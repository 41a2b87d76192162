"""A service as a subject: one scenario walks through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from stagepact.subject.model import Case, Output, Probe, SubjectId
from stagepact.subject.protocols.callers import Authentication, Caller
from stagepact.subject.protocols.http import (
    Connection,
    Exchange,
    StateFunction,
    state_function,
    state_values,
)
from stagepact.subject.protocols.walks import (
    Ask,
    Halted,
    Walk,
    Walker,
)


@dataclass(frozen=True, slots=True)
class WalkSubject:
    """A service, walked through by one scenario; steps are the events of a run."""

    id: SubjectId
    scenario: Callable[[Walker, Case], Awaitable[None]] = field(repr=False)
    exchange: Exchange = field(repr=False)
    asks: Callable[[], Mapping[str, Ask]] = field(repr=False)
    states: Mapping[str, StateFunction] = field(default_factory=dict, repr=False)
    authentication: Authentication | None = field(default=None, repr=False)
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Make the case's state hold, and walk.

        Raises:
            Unfit: the state can't be made to hold.
            ServiceError: the service can't be reached.
        """
        state = state_function(self.states, case.given.state)
        connection = await self.exchange.open()
        try:
            values = await state_values(state, connection.app) or {}
            caller = self._caller(connection, case)
            walker = Walker(connection, self.asks(), values, caller, tell=probe.emit)
            halted = ""
            try:
                await self.scenario(walker, case)
            except Halted as reason:
                halted = str(reason)
        finally:
            await connection.close()
        walk = Walk(tuple(walker.steps), halted)
        known = self.authentication
        secrets = () if known is None else known.secrets.since(0)
        return Output(raw=walk, secrets=secrets)

    def _caller(self, connection: Connection, case: Case) -> Caller | None:
        if self.authentication is None:
            return None
        return Caller(self.authentication, connection, case.given.ports)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.exchange.close()
