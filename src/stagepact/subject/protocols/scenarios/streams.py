"""What is tried of topics: their events and ends, for one client or many."""

from __future__ import annotations

from stagepact.contract.channels import resumable
from stagepact.subject.protocols.channels import (
    found_at,
    is_ack,
    is_event,
)
from stagepact.subject.protocols.scenarios.stage import Stage

SOME, MANY = 4, 200
_A_LENGTH = 40
ROUNDS, LATENCIES = 3, {"p99": 500, "p95": 100, "p90": 50, "p50": 20}


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
