"""How long a client under test is waited for, where the process itself stood still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from stagepact.contract.models import Channel
from stagepact.subject.protocols.client_scripts import Play, Visit

CHANNEL = Channel.model_validate(
    {"client": "code:run", "over": "websocket", "subscribe": {"op": "subscribe"}}
)


class Standing:
    """A run in which everything happens late, while the whole process stands still."""

    def __init__(self) -> None:
        self.visits: list[Visit] = []
        self.heard: list[Any] = []
        self.waits: list[float] = []
        self.ended = False
        self.outcome = ""
        self.happened = asyncio.Event()

    async def changed(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self.happened.wait()
        except TimeoutError:
            return False
        self.happened.clear()
        return True


def later(turns: int, do: Callable[[], None]) -> None:
    """Do something after so many turns of the loop, as what comes over a socket does."""
    loop = asyncio.get_running_loop()
    loop.call_soon(do if turns == 0 else lambda: later(turns - 1, do))


def stand_still() -> None:
    asyncio.get_running_loop().call_soon(time.sleep, 0.3)


def test_a_visit_that_was_due_while_all_stood_still_has_come() -> None:
    async def scenario() -> Visit | None:
        run = Standing()
        run.visits.append(Visit())

        def come() -> None:
            run.visits.append(Visit())
            run.happened.set()

        play = Play(CHANNEL, run, 0.2)
        stand_still()
        asyncio.get_running_loop().call_later(0.1, later, 3, come)
        return await play.visit(1)

    assert asyncio.run(scenario()) is not None


def test_a_message_that_was_due_while_all_stood_still_is_heard() -> None:
    async def scenario() -> Any:
        visit, run = Visit(), Standing()
        play = Play(CHANNEL, run, 0.2)
        stand_still()
        put = partial(visit.inbox.put_nowait, {"op": "subscribe"})
        asyncio.get_running_loop().call_later(0.1, later, 3, put)
        return await play.subscribed(visit)

    assert asyncio.run(scenario()) is not None
