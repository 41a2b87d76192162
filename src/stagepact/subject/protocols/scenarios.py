"""What is tried for each law of channels: small scenarios, whose transcripts are judged later.

Clients are drained by a sentinel, or until what has to come has come; nothing sleeps.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from stagepact.contract.channels import resumable
from stagepact.contract.models import Channel, Exchanged, seconds
from stagepact.subject.model import Case, Output, Probe, SubjectId
from stagepact.subject.protocols import client_scripts
from stagepact.subject.protocols.channels import (
    Call,
    Channels,
    Client,
    Heard,
    Line,
    Published,
    Transcript,
    Way,
    filled,
    found_at,
    has,
    is_ack,
    is_end,
    is_event,
    pages,
    turned,
    written,
)

SOME, MANY = 4, 200
_A_LENGTH = 40
ROUNDS, LATENCIES = 3, {"p99": 500, "p95": 100, "p90": 50, "p50": 20}

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


# -- scenarios ---------------------------------------------------------------------------------


async def stream(stage: Stage) -> None:
    """A topic from its first event to its end, as one subscriber hears it."""
    await _stream(stage, SOME)


async def _stream(stage: Stage, count: int) -> None:
    topic = stage.topic()
    client = await stage.client("subscriber", topic)
    await stage.publish(topic, count)
    ends = stage.channel.finish is not None
    if ends:
        await stage.finish(topic)
    await stage.hear(client, count + ends)


async def all_messages(stage: Stage) -> None:
    """A longer stream, then a ping and malformed messages: all that a server says."""
    await _stream(stage, _A_LENGTH)
    if stage.channel.ping is not None and stage.channel.speaks:
        client = await stage.client("asking")
        await client.answer(stage.channel.ping)
        client.line.say("{")
        await client.drain()


async def ordered(stage: Stage) -> None:
    """A topic's events and its end; then more is tried after the end."""
    topic = stage.topic()
    client = await stage.client("subscriber", topic)
    await stage.publish(topic, SOME)
    if stage.channel.finish is None:
        await stage.hear(client, SOME)
        return
    await stage.finish(topic)
    await stage.hear(client, SOME + 1)
    await stage.finish(topic)
    await stage.hear(client, SOME + 1)


async def reconnect(stage: Stage) -> None:
    """A client hears some events, leaves, misses some, and comes back with its cursor."""
    topic, channel = stage.topic(), stage.channel
    first = await stage.client("first", topic)
    await stage.publish(topic, SOME)
    await stage.hear(first, SOME)
    events = [each.message for each in first.heard if is_event(channel, each.message)]
    if not events or not resumable(channel):
        return
    await first.line.leave()
    await stage.publish(topic, SOME)
    await stage.settle()
    again = await stage.client("again", topic, cursor=found_at(channel.number, events[-1]))
    await again.drain(SOME)
    await stage.publish(topic)
    await stage.hear(again, SOME + 1)


async def isolated(stage: Stage) -> None:
    """Clients of two topics, one's name the beginning of the other's; one leaves its topic."""
    topic = stage.topic()
    longer = f"{topic}0"
    here = [await stage.client(f"here {number}", topic) for number in range(3)]
    there = [await stage.client(f"there {number}", longer) for number in range(2)]
    both = [] if stage.by_path else [await stage.client("both", topic, longer)]
    left = []
    if stage.can_unsubscribe():
        left = [await stage.client("left", topic)]
        await stage.unsubscribe(left[0], topic)
    if left and not stage.by_path:
        left.append(await stage.client("half", topic, longer))
        await stage.unsubscribe(left[1], longer)
    for _ in range(2):
        await stage.publish(longer)
        await stage.publish(topic)
    await stage.settle()
    for talk in (*here, *there, *both, *left):
        await talk.drain(2 * len(talk.topics))


def malformed(channel: Channel) -> Mapping[str, str | bytes]:
    """Messages that no channel of JSON objects can mean, by name."""
    found: dict[str, str | bytes] = {
        "not-json": "{",
        "no-object": "[]",
        "unknown": '{"stagepact": "unknown"}',
        "binary": b"\x00\xff",
    }
    if (message := _unknown_operation(channel)) is not None:
        found["unknown-operation"] = message
    if channel.max_size is not None:
        found["oversize"] = '{"pad": "' + "x" * channel.max_size + '"}'
    return found


def _unknown_operation(channel: Channel) -> str | None:
    """A message that is right but for its operation: what tells the channel's own ones apart."""
    asked = (channel.subscribe, channel.unsubscribe, channel.publish, channel.finish)
    # Socket.IO drops an event that has no handler, and tells nobody.
    known = [e for e in asked if isinstance(e, dict) and channel.protocol == "websocket"]
    for key in known[0] if known else ():
        names = {each[key] for each in known if isinstance(each.get(key), str)}
        if len(names) == len(known) > 1 and not any("{" in name for name in names):
            values = {"topic": "stagepact", "number": 1, "id": "stagepact.1", "cursor": 0}
            return written(filled({**known[0], key: "stagepact-unknown"}, values))
    return None


async def survives(stage: Stage) -> None:
    """Each malformed message by a client of its own, while another one listens."""
    topic, error = stage.topic(), stage.channel.error
    bystander = await stage.client("bystander", topic)
    for name, message in malformed(stage.channel).items():
        talk = await stage.client(f"malformed {name}")
        talk.line.say(message)
        if error is not None:
            await talk.hears(error)
        await talk.drain()
    await stage.publish(topic)
    await stage.hear(bystander, 1)


async def burst(stage: Stage) -> None:
    """Many events at once."""
    topic = stage.topic()
    client = await stage.client("subscriber", topic)
    await stage.publish(topic, MANY)
    await stage.hear(client, MANY)


async def crowd(stage: Stage) -> None:
    """Many clients at once, each with a topic of its own, on which it publishes itself."""
    topics = [stage.topic() for _ in range(stage.channel.clients)]
    talks = [await stage.client(f"one {topic}", topic) for topic in topics]
    speak = stage.channel.speaks and stage.channel.via is None
    for topic, talk in zip(topics, talks, strict=True):
        await stage.publish(topic, by=talk if speak else None)
    for talk in talks:
        await talk.drain(1)


async def strangers(stage: Stage) -> None:
    """A client that may come, one without credentials, one that offers no subprotocol."""
    channel = stage.channel
    await (await stage.client("guest")).drain()
    if channel.credentials:
        await _refused(await stage.client("stranger", credentials=False))
    if channel.subprotocol is not None:
        await _refused(await stage.client("unoffered", subprotocol=False))


async def _refused(talk: Talk) -> None:
    """Hear a client to its end; one that may stay is told by its sentinel, or by silence."""
    await talk.drain()
    if talk.answered is None:
        await talk.until(lambda: talk.line.closed is not None)


async def ping(stage: Stage) -> None:
    """A ping."""
    client = await stage.client("asking")
    if stage.channel.ping is not None:
        client.answered = await client.answer(stage.channel.ping)


async def idle(stage: Stage) -> None:
    """A client that says nothing, until it is closed."""
    client = await stage.client("silent")
    line, wait = client.line, seconds(stage.channel.idle or "0s") + stage.patience
    while line.closed is None and (heard := await line.next(wait)) is not None:
        client.heard.append(heard)


async def acknowledged(stage: Stage) -> None:
    """A client that publishes some events, and one that publishes none."""
    topic = stage.topic()
    own = (topic,) if stage.by_path else ()
    speaker, silent = await stage.client("speaker", *own), await stage.client("silent", *own)
    await stage.publish(topic, SOME, by=speaker)
    await speaker.drain()
    await speaker.until(
        lambda: sum(is_ack(stage.channel, h.message) for h in speaker.heard) >= SOME
    )
    await silent.drain()


async def latency(stage: Stage) -> None:
    """Events one at a time, in rounds: what is late in each of them is late by the channel."""
    within = stage.channel.within
    asked = [n for name, n in LATENCIES.items() if within is not None and getattr(within, name)]
    count = max(asked, default=LATENCIES["p50"])
    for number in range(ROUNDS):
        topic = stage.topic()
        client = await stage.client(f"round {number}", topic)
        for sent in range(1, count + 1):
            await stage.publish(topic)
            if not await client.counts(sent):
                break


async def leaving(stage: Stage) -> None:
    """The number of subscriptions before a client came, while it was there, and after it left."""
    topic, way = stage.topic(), stage.way
    await stage.ready(topic)
    before = await way.count()
    client = await stage.client("leaving", topic)
    await stage.publish(topic)
    await stage.hear(client, 1)
    during = await stage.changes(before)
    await client.line.leave()
    stage.counts += [before, during, await stage.changes(during, to=before)]


async def dropped(stage: Stage) -> None:
    """A client under test is dropped in the middle, and misses some events."""
    stage.seen = await client_scripts.dropped(stage.channel, stage.way)


async def refused(stage: Stage) -> None:
    """A client under test is dropped, then refused again and again."""
    stage.seen = await client_scripts.refused(stage.channel, stage.way)


async def erring(stage: Stage) -> None:
    """A client under test is refused by each of the declared statuses."""
    stage.seen = await client_scripts.erring(stage.channel, stage.way)


Scenario = Callable[[Stage], Awaitable[None]]

# What is observed for each law; the check of the law has the same name in the table of checks.
SCENARIOS: Mapping[str, Scenario] = {
    "ordered": ordered,
    "no-duplicates": reconnect,
    "no-gaps": reconnect,
    "isolated": isolated,
    "survives-malformed": survives,
    "resumes": reconnect,
    "burst": burst,
    "concurrent": crowd,
    "handshake": strangers,
    "close-code": strangers,
    "subprotocol": strangers,
    "ping": ping,
    "idle": idle,
    "acknowledgement": acknowledged,
    "latency": latency,
    "subscriptions-gone": leaving,
    "reconnects": dropped,
    "backs-off": refused,
    "resubscribes": dropped,
    "fetches-missed": dropped,
    "handles-errors": erring,
}

# What is observed for the clauses over messages: of one subscriber, and of all that is said.
STREAM, MESSAGES = "stream", "messages"
_PLAYED: Mapping[str, Scenario] = {**SCENARIOS, STREAM: stream, MESSAGES: all_messages}


@dataclass(frozen=True, slots=True)
class ChannelSubject:
    """A channel, which is tried by the scenario that a case is named after."""

    id: SubjectId
    channel: Channel
    channels: Channels = field(repr=False)
    event_name: str = "{type}"

    async def __call__(self, case: Case, probe: Probe) -> Output:
        """Play the scenario; its messages are the events of the run, its transcript the output."""
        way = await self.channels.open()
        stage = Stage(self.channel, way)
        try:
            await _PLAYED[case.name](stage)
        finally:
            await way.close()
        transcript = stage.transcript()
        for client in transcript.clients:
            if case.name == MESSAGES or client.name == "subscriber":
                for message in client.messages:
                    probe.emit(str(found_at(self.channel.match.type, message)), message)
        return Output(data=dict(pages(transcript)), raw=transcript)

    async def close(self) -> None:
        """Let go of what the cases shared."""
        await self.channels.close()


__all__ = ["MESSAGES", "SCENARIOS", "STREAM", "ChannelSubject"]
