"""What a client under test is put through: it is dropped, refused, and told what it missed.

Nothing here opens a socket: an adapter hands in a `Bench`, which runs the client against a server
of its own, and tells of each visit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import Any, Protocol, cast

from stagepact.contract.models import Channel, seconds
from stagepact.subject.model import Unfit
from stagepact.subject.protocols.channels import Client, Heard, Transcript, filled, number_of
from stagepact.subject.protocols.templates import matched

_BEFORE, _MISSED = 2, 2
FETCHED = _BEFORE + _MISSED + 1
ROUNDS, _ATTEMPTS = 3, 6
_UNAVAILABLE = 503
_TOPIC = "stagepact"
# A client that starts imports, resolves and opens what it needs once: more than what it does later.
_AGAIN = 0.25
_NOTHING = object()
_STARTING = 5


@dataclass(eq=False)
class Visit:
    """One connection of the client: what it asks, what it is told, and how it is ended."""

    cursor: Any = None
    status: int | None = None
    at: float = field(default_factory=perf_counter)
    inbox: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    outbox: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[Any] = field(default_factory=list)

    def drop(self) -> None:
        """End it without a word, when all that was said has been sent."""
        self.outbox.put_nowait(None)


Decide = Callable[[int], int | None]


class Run(Protocol):
    """A client that runs: whom it visited, what it handed in, and whether it has ended."""

    visits: list[Visit]
    heard: list[Heard]
    waits: list[float]

    @property
    def ended(self) -> bool:
        """Whether the client's function has returned or raised."""

    @property
    def outcome(self) -> str:
        """What it ended with, in words; "" while it runs."""

    async def changed(self, seconds: float) -> bool:
        """Wait for a visit, a message or the end; False when none comes in time."""


class Bench(Protocol):
    """Where a client is run against a server of ours."""

    injected: bool

    def run(self, decide: Decide) -> Any:
        """A context with a `Run`; `decide` tells the status by which the n-th visit is refused."""


@dataclass(eq=False)
class Play:
    """A client on the bench, and how long is waited for it."""

    channel: Channel
    run: Run
    patience: float

    async def until(self, is_it: Callable[[], bool], times: int = 1) -> bool:
        """Wait until something is so; False when nothing happens in so many times the patience."""
        while not is_it():
            if not await self._changed(times * self.patience):
                return is_it()
        return True

    async def _changed(self, seconds: float) -> bool:
        """Wait for something; what was due while the whole process stood still comes after it."""
        return await self.run.changed(seconds) or await self.run.changed(_AGAIN * self.patience)

    async def visit(self, number: int) -> Visit | None:
        """The n-th visit, from 0; None when it doesn't come, or the client has ended before."""
        visits, run = self.run.visits, self.run
        await self.until(lambda: len(visits) > number or run.ended, 1 if visits else _STARTING)
        return visits[number] if len(visits) > number else None

    async def subscribed(self, visit: Visit) -> Mapping[str, Any] | None:
        """What the client asks to hear: its topic and cursor; None when it doesn't ask."""
        if self.channel.over == "sse":
            return {"topic": _TOPIC, "cursor": visit.cursor}
        while True:
            message = await self._next(visit, self.patience)
            if message is _NOTHING:
                message = await self._next(visit, _AGAIN * self.patience)
            if message is _NOTHING:
                return None
            visit.asked.append(message)
            if (found := self._asks(message)) is not None:
                if self.channel.subscribed is not None:
                    visit.outbox.put_nowait(filled(self.channel.subscribed, found))
                return found
            self._answer(visit, message)

    async def _next(self, visit: Visit, seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):
                return await visit.inbox.get()
        except TimeoutError:
            return _NOTHING

    def _asks(self, message: Any) -> Mapping[str, Any] | None:
        for template in (self.channel.resume, self.channel.subscribe):
            found = None if template is None else matched(template, message)
            if found is not None:
                return {"topic": _TOPIC, **found}
        return None

    def _answer(self, visit: Visit, message: Any) -> None:
        for each in (self.channel.ping, self.channel.sentinel):
            found = None if each is None else matched(each.send, message)
            if each is not None and found is not None:
                visit.outbox.put_nowait(filled(each.answer, found))

    def tell(self, visit: Visit, topic: Any, numbers: range) -> None:
        """Tell events."""
        for number in numbers:
            values = {"topic": topic, "number": number, "id": f"{topic}.{number}"}
            visit.outbox.put_nowait(filled(self.channel.publish, values))

    async def hears(self, number: int) -> bool:
        """Whether the client hands in the event of a number."""
        return await self.until(lambda: number in self.numbers() or self.run.ended)

    def numbers(self) -> list[Any]:
        """The numbers of the events that the client has handed in."""
        return [number_of(self.channel, each.message) for each in self.run.heard]


@asynccontextmanager
async def _playing(channel: Channel, way: Any, decide: Decide) -> AsyncIterator[Play]:
    bench = cast(Bench, way)
    async with bench.run(decide) as run:
        yield Play(channel, run, seconds(channel.patience))


def _never(number: int) -> int | None:
    return None


async def dropped(channel: Channel, way: Any) -> Transcript:
    """The client hears some events, is dropped, misses some, and comes back or doesn't."""
    async with _playing(channel, way, _never) as play:
        first = await _begun(play)
        asked = await play.subscribed(first)
        told = channel.publish is not None and asked is not None
        topic = _TOPIC if asked is None else asked["topic"]
        if told:
            play.tell(first, topic, range(1, _BEFORE + 1))
            await play.hears(_BEFORE)
        first.drop()
        again = await play.visit(1)
        resumed = None if again is None else await play.subscribed(again)
        if again is not None and resumed is not None and told:
            play.tell(again, resumed["topic"], range(_after(resumed), FETCHED + 1))
            await play.hears(FETCHED)
        return _transcript(play, (asked, resumed))


def _after(resumed: Mapping[str, Any]) -> int:
    """The first event to tell: the one after the cursor, else the next one only."""
    cursor = str(resumed.get("cursor"))
    return int(cursor) + 1 if cursor.isdecimal() else FETCHED


async def _begun(play: Play) -> Visit:
    """The client's first visit.

    Raises:
        Unfit: it doesn't come.
    """
    first = await play.visit(0)
    if first is None:
        told = play.run.outcome or f"no visit within {_STARTING} × {play.channel.patience}"
        raise Unfit(f"the client doesn't connect: {told}")
    return first


def _transcript(play: Play, asked: tuple[Mapping[str, Any] | None, ...]) -> Transcript:
    clients = [
        Client(
            f"visit {number}",
            () if said is None else (str(said["topic"]),),
            tuple(Heard(each, visit.at) for each in visit.asked),
            visit.status is None,
            cursor=None if said is None else said.get("cursor"),
        )
        for number, (visit, said) in enumerate(zip(play.run.visits, asked, strict=False), 1)
    ]
    heard = Client("client", heard=tuple(play.run.heard), media=play.run.outcome)
    return Transcript((*clients, heard))


async def refused(channel: Channel, way: Any) -> Transcript:
    """In some rounds: the client is dropped, then refused; its delays are what is told."""
    rounds = [await _refused(channel, way) for _ in range(ROUNDS)]
    return Transcript(counts=tuple(rounds))


async def _refused(channel: Channel, way: Any) -> tuple[tuple[float, ...], str]:
    """The delays between its attempts, and why there weren't more."""
    status = next((int(s) for s, does in channel.errors.items() if does == "retry"), _UNAVAILABLE)
    async with _playing(channel, way, lambda n: status if n else None) as play:
        (await _begun(play)).drop()
        enough = await play.until(lambda: len(play.run.visits) > _ATTEMPTS or play.run.ended)
        visits = play.run.visits[1 : _ATTEMPTS + 1]
        if cast(Bench, way).injected:
            delays = play.run.waits[2 : _ATTEMPTS + 1]
        else:
            delays = [later.at - one.at for one, later in pairwise(visits)]
        reason = play.run.outcome if play.run.ended else "" if enough else "it waits too long"
        return tuple(delays), reason


def _first_only(code: int, number: int) -> int | None:
    return None if number else code


async def erring(channel: Channel, way: Any) -> Transcript:
    """For each declared status: the client's first visit is refused by it."""
    clients = []
    for status in channel.errors:
        code = int(status)
        async with _playing(channel, way, partial(_first_only, code)) as play:
            await _begun(play)
            await play.visit(1)
            clients.append(
                Client(
                    f"status {status}",
                    code=len(play.run.visits),
                    answered=play.run.ended,
                    media=play.run.outcome,
                )
            )
    return Transcript(tuple(clients))
