"""What is tried of clients: how they come, what they may say, how they go."""

from __future__ import annotations

from collections.abc import Mapping

from stagepact.contract.models import Channel, seconds
from stagepact.subject.protocols import client_scripts
from stagepact.subject.protocols.channels import (
    filled,
    written,
)
from stagepact.subject.protocols.scenarios.stage import Stage, Talk

# A connection by URL that breaks off once it is open does so within these seconds. In process, and
# where a sentinel is answered, nothing is on its way any more.
_STAYS = 0.5


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


async def strangers(stage: Stage) -> None:
    """A client that may come, one without credentials, one that offers no subprotocol."""
    channel = stage.channel
    guest = await stage.client("guest")
    await guest.drain()
    if channel.by_url and guest.answered is None:
        await guest.stay(_STAYS)
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
