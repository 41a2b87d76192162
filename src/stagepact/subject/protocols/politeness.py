"""Politeness towards a service by URL: so many requests a second, and the pauses it asks for.

Nothing is sent twice: who is told to wait lets the next request wait. What was waited isn't the
service's time, so it is counted apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic, time
from typing import Any

from stagepact.subject.model import Unfit
from stagepact.subject.protocols.http import Connection, Exchange, WireRequest, WireResponse

LONGEST_WAIT = 30.0
"""Who asks for a longer pause isn't called at all."""
_MOST_REQUESTS = 200
"""So many are made in one run, at most: in a walk through a service."""
_ASKING = frozenset({429, 503})


def retry_after(text: str, now: float) -> float | None:
    """The seconds that a `Retry-After` asks for (RFC 9110, 10.2.3); None for no such value."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now, UTC)).total_seconds())


@dataclass(eq=False, slots=True)
class Pace:
    """When the next request may be sent; the clocks are handed in."""

    rate: float | None = None
    clock: Callable[[], float] = monotonic
    calendar: Callable[[], float] = time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _next: float = field(default=float("-inf"))

    async def turn(self) -> float:
        """Wait for one's turn; the seconds that were waited.

        Raises:
            Unfit: the service has asked for a longer pause than is made.
        """
        wait = max(0.0, self._next - self.clock())
        if wait > LONGEST_WAIT:
            raise Unfit(f"the service asked for a pause of {wait:.0f} s")
        gap = 0.0 if self.rate is None else 1 / self.rate
        self._next = max(self._next, self.clock()) + gap
        if wait:
            await self.sleep(wait)
        return wait

    def heard(self, response: WireResponse) -> None:
        """Take in what a response asks for."""
        if response.status in _ASKING:
            seconds = retry_after(dict(response.headers).get("retry-after", ""), self.calendar())
            if seconds is not None:
                self._next = max(self._next, self.clock() + seconds)


@dataclass(frozen=True, slots=True)
class Polite:
    """A service that is called at a pace."""

    exchange: Exchange
    pace: Pace = field(default_factory=Pace)

    async def open(self) -> PoliteConnection:
        """A connection whose requests wait for their turn."""
        return PoliteConnection(await self.exchange.open(), self.pace)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.exchange.close()


@dataclass(eq=False, slots=True)
class PoliteConnection:
    """One case's way to a service, at a pace; `waited` are its seconds of waiting."""

    connection: Connection
    pace: Pace
    waited: float = 0.0

    @property
    def app(self) -> Any:
        """What a state function is called with."""
        return self.connection.app

    async def send(self, request: WireRequest) -> WireResponse:
        """The service's answer, once it is this request's turn."""
        self.waited += await self.pace.turn()
        response = await self.connection.send(request)
        self.pace.heard(response)
        return response

    async def close(self) -> None:
        """Let go of what was opened for this case."""
        await self.connection.close()


def patience(exchange: Exchange) -> float:
    """The seconds that a run over a service may spend on waiting for its turn."""
    if not isinstance(exchange, Polite):
        return 0.0
    rate = exchange.pace.rate
    return 2 * LONGEST_WAIT + (0.0 if rate is None else _MOST_REQUESTS / rate)
