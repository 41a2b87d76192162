"""Where scenarios of channels play: the channel, its clients, and what was published."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from stagepact.contract.models import Channel, Exchanged, seconds
from stagepact.subject.protocols.channels import (
    Call,
    Client,
    Heard,
    Line,
    Published,
    Transcript,
    Way,
    filled,
    has,
    is_end,
    is_event,
    turned,
    written,
)

# Topics are new in this process, so that runs over one shared app don't hear one another; a
# service by URL outlives the process, so there they are drawn, too.
_NUMBERS = itertools.count(1)
_DRAWN = 10
_POLL = 0.01


@dataclass(eq=False)
class Talk:
    """One client in a scenario: its line, and what it has heard up to now."""

    stage: Stage
    name: str
    line: Line
    topics: list[str]
    cursor: Any = None
    heard: list[Heard] = field(default_factory=list)
    answered: bool | None = None

    def say(self, template: Any, **values: Any) -> None:
        """Send a message."""
        self.line.say(written(filled(template, values)))

    async def until(self, is_it: Callable[[], bool]) -> bool:
        """Listen until something is so; False when the line ends or nothing comes in time."""
        while not is_it():
            heard = await self.line.next(self.stage.patience)
            if heard is None:
                self.stage.patience /= 1 if self.line.closed is not None else 2
                return False
            self.heard.append(heard)
        return True

    async def hears(self, wanted: Any, *, since: int = 0) -> bool:
        """Whether a message comes that has all that is wanted."""
        return await self.until(
            lambda: any(has(wanted, each.message) for each in self.heard[since:])
        )

    async def counts(self, expected: int) -> bool:
        """Whether so many events and ends come."""
        return await self.until(lambda: self.count() >= expected)

    async def answer(self, asked: Exchanged) -> bool:
        """Whether a message is answered; what comes before its answer is heard, too."""
        topic = self.stage.topic()
        since = len(self.heard)
        self.say(asked.send, topic=topic)
        return await self.hears(filled(asked.answer, {"topic": topic}), since=since)

    async def drain(self, expected: int = 0) -> None:
        """Hear all that is on its way, and wait for as many events as have to come."""
        sentinel = self.stage.channel.sentinel
        if sentinel is not None and self.line.closed is None:
            self.answered = await self.answer(sentinel)
            if self.answered:
                self.heard.pop()
        await self.counts(expected)
        await turned()
        while self.line.pending() and (heard := await self.line.next(0)) is not None:
            self.heard.append(heard)

    async def stay(self, seconds: float) -> None:
        """Hear what comes in so many seconds, or until the connection ends."""
        end = perf_counter() + seconds
        while self.line.closed is None and (left := end - perf_counter()) > 0:
            if (heard := await self.line.next(left)) is not None:
                self.heard.append(heard)

    def count(self) -> int:
        """How many events and ends it has heard."""
        channel = self.stage.channel
        return sum(is_event(channel, h.message) or is_end(channel, h.message) for h in self.heard)

    def record(self) -> Client:
        """The client as a value."""
        line = self.line
        until = perf_counter() if line.closed is None else line.closed
        return Client(
            self.name,
            tuple(self.topics),
            tuple(self.heard),
            line.accepted,
            line.subprotocol,
            line.media,
            line.code,
            self.answered,
            self.cursor,
            until - line.opened,
            line.refused,
        )


@dataclass(eq=False)
class Stage:
    """Where a scenario plays: the channel, its clients, and what was published."""

    channel: Channel
    way: Way
    talks: list[Talk] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    counts: list[Any] = field(default_factory=list)
    seen: Transcript | None = None
    _publishers: dict[str, Talk] = field(default_factory=dict)
    _sent: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        # How long is waited for what has to come; each time in vain makes it half as long, so
        # that a scenario in which nothing comes ends after twice the channel's patience.
        self.patience = seconds(self.channel.patience)

    @property
    def by_path(self) -> bool:
        """Whether a connection has one topic, which is in its path."""
        return self.channel.protocol != "bus" and "{topic}" in self.channel.path

    def topic(self) -> str:
        """A topic that nobody has used; six digits make none the beginning of another."""
        drawn = f"{secrets.randbelow(10**_DRAWN):0{_DRAWN}d}" if self.channel.by_url else ""
        return self.channel.topics.replace("{n}", f"{drawn}{next(_NUMBERS):06d}")

    async def client(self, name: str, *topics: str, cursor: Any = None, **how: Any) -> Talk:
        """A new client, which has subscribed to these topics."""
        called = topics or ((self.topic(),) if self.by_path else ())
        counted = bool(topics) and self._polled()
        before = await self.way.count() if counted else None
        line = await self.way.connect(Call(called, cursor, **how))
        talk = Talk(self, name, line, [*topics], cursor)
        self.talks.append(talk)
        template = self.channel.subscribe if cursor is None else self.channel.resume
        if self.channel.speaks and template is not None:
            for topic in topics:
                talk.say(template, topic=topic, cursor=cursor)
        if topics:
            await self._stand(talk, topics)
        if counted:
            await self.changes(before)
        return talk

    async def _stand(self, talk: Talk, topics: tuple[str, ...]) -> None:
        """Wait until the subscriptions stand."""
        wanted = self.channel.subscribed
        for topic in topics if wanted is not None and talk.line.closed is None else ():
            await talk.hears(filled(wanted, {"topic": topic}))
        await talk.drain()

    def _polled(self) -> bool:
        """Whether only the number of subscriptions tells that one stands."""
        channel = self.channel
        told = channel.sentinel is not None or channel.subscribed is not None
        return channel.by_url and channel.subscriptions is not None and not told

    async def changes(self, before: Any, *, to: Any = None) -> Any:
        """The number of subscriptions, when it isn't what it was, or patience has ended.

        With `to` it has to become this; a server by URL takes its time to notice.
        """
        until = perf_counter() + self.patience
        while True:
            now = await self.way.count()
            done = now != before if to is None else now == to
            if done or not self.channel.by_url or perf_counter() > until:
                return now
            await asyncio.sleep(_POLL)

    async def unsubscribe(self, talk: Talk, topic: str) -> None:
        """Let a client hear a topic no more."""
        if talk.line.stop is not None:
            await talk.line.stop(topic)
        else:
            talk.say(self.channel.unsubscribe, topic=topic)
            await talk.drain()
        talk.topics.remove(topic)

    def can_unsubscribe(self) -> bool:
        """Whether a client can leave a topic and stay."""
        protocol = self.channel.protocol
        told = self.channel.sentinel is not None or not self.channel.by_url
        said = self.channel.unsubscribe is not None and told
        return protocol == "bus" or (self.channel.speaks and said)

    async def publish(self, topic: str, count: int = 1, *, by: Talk | None = None) -> None:
        """Publish events one after the other, without waiting for what becomes of them."""
        by = by or await self._publisher(topic)
        for _ in range(count):
            self._sent[topic] += 1
            number = self._sent[topic]
            id_ = f"{topic}.{number}"
            name = by.name if by else ""
            self.published.append(Published(topic, number, id_, name, perf_counter()))
            message = filled(self._payload(), {"topic": topic, "number": number, "id": id_})
            if by is None:
                await self.way.publish(topic, message)
            else:
                by.line.say(written(message))

    def _payload(self) -> Any:
        return self.channel.publish if self.channel.publish is not None else {"number": "{number}"}

    async def finish(self, topic: str) -> None:
        """End a topic."""
        by = await self._publisher(topic)
        message = filled(self.channel.finish, {"topic": topic, "id": f"{topic}.end"})
        if by is None:
            await self.way.finish(topic, message)
        else:
            by.line.say(written(message))

    async def _publisher(self, topic: str) -> Talk | None:
        """The client that publishes on a topic; none where that is done from outside."""
        if not self.channel.speaks or self.channel.via is not None:
            return None
        own = (topic,) if self.by_path else ()
        name = "".join(own)
        if name not in self._publishers:
            self._publishers[name] = await self.client("publisher", *own)
        return self._publishers[name]

    async def ready(self, topic: str) -> None:
        """Have the publisher come, where there is one, before anything is counted."""
        await self._publisher(topic)

    async def settle(self) -> None:
        """Wait until the publishers' messages have been taken."""
        for publisher in self._publishers.values():
            await publisher.drain()

    async def hear(self, talk: Talk, expected: int) -> None:
        """Have what was published taken, then drain a client."""
        await self.settle()
        await talk.drain(expected)

    def transcript(self) -> Transcript:
        """All that has happened, as a value."""
        if self.seen is not None:
            return self.seen
        clients = tuple(talk.record() for talk in self.talks)
        return Transcript(clients, tuple(self.published), tuple(self.counts))
