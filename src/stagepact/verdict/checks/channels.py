"""The laws of channels: pure functions of what clients heard in a law's scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import pairwise
from typing import Any

from stagepact.contract.channels import LawValue
from stagepact.contract.clauses import QUANTILES, Clause, WithinValue
from stagepact.contract.models import Channel, seconds
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject.protocols.channels import (
    Client,
    Transcript,
    filled,
    found_at,
    has,
    is_ack,
    is_end,
    is_event,
    number_of,
)
from stagepact.subject.protocols.client_scripts import FETCHED
from stagepact.verdict.checks.model import Breach, Check, Judgement
from stagepact.verdict.checks.quantile import judge_quantile

_MOST_SHOWN = 12
_CODES = 1000
"""From here on a number is a WebSocket's close code (RFC 6455, 7.4)."""
# So many delays are needed to see growth, and so much of it is some.
_FEWEST_DELAYS, _GROWTH = 3, 1.25

LawCheck = Callable[[Channel, Transcript], Judgement]


def _of(clients: tuple[Client, ...], name: str) -> Client:
    return next((each for each in clients if each.name == name), Client(name))


def _numbers(channel: Channel, client: Client) -> list[Any]:
    """The numbers of the events that a client heard, in order."""
    return [number_of(channel, each) for each in client.messages if is_event(channel, each)]


def _count(channel: Channel, client: Client) -> int:
    return sum(is_event(channel, each) for each in client.messages)


def _listed(numbers: list[Any]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_SHOWN])) or "none"
    return f"{shown}, …" if len(numbers) > _MOST_SHOWN else shown


def ordered(channel: Channel, seen: Transcript) -> Judgement:
    """Numbers of events only rise, and after a topic's end comes nothing."""
    client = _of(seen.clients, "subscriber")
    if not client.heard:
        return (Breach("events", "none", ("clients", client.name)),)
    found: list[Breach] = []
    numbers = _numbers(channel, client) if channel.number is not None else []
    for one, following in pairwise(numbers):
        if _rises(one, following) is False:
            told = f"{following} after {one} (heard: {_listed(numbers)})"
            found.append(Breach("rising numbers", told, ("clients", client.name)))
            break
    said = [is_end(channel, each) for each in client.messages]
    if any(said):
        after = [each for each in client.messages[said.index(True) + 1 :] if _counts(channel, each)]
        found += [
            Breach("nothing after the end", shorten(each), ("clients", client.name))
            for each in after[:1]
        ]
    elif channel.terminal:
        found.append(Breach(f"an end by {', '.join(channel.terminal)}", "none", ("clients",)))
    return tuple(found)


def _rises(one: Any, following: Any) -> bool | None:
    try:
        return bool(one <= following)
    except TypeError:
        return None


def _counts(channel: Channel, message: Any) -> bool:
    return is_event(channel, message) or is_end(channel, message)


def no_duplicates(channel: Channel, seen: Transcript) -> Judgement:
    """No event comes twice, neither on one connection nor after coming back."""
    told: list[Any] = []
    for client in (*seen.named("first"), *seen.named("again")):
        for number in _numbers(channel, client):
            if number in told:
                pointer = ("clients", client.name)
                return (Breach("each event once", f"{shorten(number)} again", pointer),)
            told.append(number)
    return () if told else "no event was heard"


def no_gaps(channel: Channel, seen: Transcript) -> Judgement:
    """Between events' numbers is no gap, and as many were heard as were published."""
    clients = (*seen.named("first"), *seen.named("again"))
    numbers = [number for each in clients for number in _numbers(channel, each)]
    wanted = len(seen.published)
    pointer = ("clients", clients[-1].name if clients else "first")
    distinct = {shorten(each) for each in numbers}
    if len(distinct) < wanted:
        told = f"{len(distinct)}: {_listed(numbers)}"
        return (Breach(f"{wanted} events", told, pointer),)
    whole = sorted({each for each in numbers if isinstance(each, int)})
    for one, following in pairwise(whole):
        if following != one + 1:
            told = f"{following} after {one}"
            return (Breach(f"{one + 1} after {one}", told, pointer),)
    return ()


def isolated(channel: Channel, seen: Transcript) -> Judgement:
    """A client hears each event of its topics once, of others and after leaving none."""
    found: list[Breach] = []
    for client in seen.clients:
        if client.name == "publisher":
            continue
        wanted, heard = len(seen.on(*client.topics)), _count(channel, client)
        where = ("clients", client.name)
        foreign = [topic for topic in _topics(channel, client) if topic not in client.topics]
        if foreign:
            mine = f"events of {', '.join(client.topics) or 'no topic, having left'} only"
            found.append(Breach(mine, f"one of {shorten(foreign[0])}", where))
        elif heard != wanted:
            found.append(Breach(f"{wanted} events", str(heard), where))
    return tuple(found)


def _topics(channel: Channel, client: Client) -> Iterator[Any]:
    """The topics that events name of themselves."""
    if channel.match.topic is not None:
        for message in client.messages:
            if is_event(channel, message):
                yield found_at(channel.match.topic, message)


def survives_malformed(channel: Channel, seen: Transcript) -> Judgement:
    """What isn't understood is answered by an error; its sender and others stay."""
    found: list[Breach] = []
    for client in seen.named("malformed"):
        where = ("clients", client.name)
        if client.code is not None:
            found.append(Breach("a living connection", f"closed by {client.code}", where))
        elif client.answered is False:
            found.append(Breach("a living connection", "nothing is answered", where))
        elif channel.error is not None and not any(
            has(channel.error, each) for each in client.messages
        ):
            told = shorten(client.messages[-1]) if client.messages else "nothing"
            found.append(Breach(f"an error as {shorten(channel.error)}", told, where))
    bystander = _of(seen.clients, "bystander")
    if not _count(channel, bystander):
        where = ("clients", bystander.name)
        found.append(Breach("events still come to others", "none", where))
    return tuple(found)


def resumes(channel: Channel, seen: Transcript) -> Judgement:
    """Who comes back with a cursor hears what came after it, and what comes then."""
    if not seen.named("again"):
        return (Breach("an event to come back with", "none was heard", ("clients", "first")),)
    first, again = _of(seen.clients, "first"), _of(seen.clients, "again")
    numbers, before = _numbers(channel, again), _numbers(channel, first)
    # What it should have heard before it left is no matter of coming back.
    left = first.heard[-1].at if first.heard else 0.0
    wanted = sum(each.at > left for each in seen.published)
    where = ("clients", again.name)
    known = [each for each in numbers if each in before]
    if known:
        after = f"events after {shorten(again.cursor)} only"
        return (Breach(after, f"{shorten(known[0])} again", where),)
    if len(numbers) < wanted:
        missed = f"{wanted} events after {shorten(again.cursor)}"
        return (Breach(missed, f"{len(numbers)}: {_listed(numbers)}", where),)
    rising = all(_rises(*pair) is not False for pair in pairwise(numbers))
    return () if rising else (Breach("what was missed, then the rest", _listed(numbers), where),)


def burst(channel: Channel, seen: Transcript) -> Judgement:
    """Of many events at once each is heard once."""
    client = _of(seen.clients, "subscriber")
    wanted, heard = len(seen.published), _count(channel, client)
    where = ("clients", client.name)
    return () if heard == wanted else (Breach(f"{wanted} events", str(heard), where),)


def concurrent(channel: Channel, seen: Transcript) -> Judgement:
    """Each of many clients hears its own event, and only its own is acknowledged to it."""
    for client in seen.named("one"):
        where = ("clients", "one")
        mine = seen.on(*client.topics)
        heard = _count(channel, client)
        if heard != len(mine):
            return (Breach(f"{len(mine)} event of its topic", str(heard), where),)
        sent = [each.id for each in mine if each.by == client.name]
        acks = [each for each in client.messages if is_ack(channel, each)]
        if channel.ack is not None and not _acknowledge(channel, sent, acks):
            told = ", ".join(shorten(each) for each in acks) or "none"
            return (Breach(f"the acknowledgement of {sent}", told, where),)
    return ()


def _acknowledge(channel: Channel, sent: list[str], acks: list[Any]) -> bool:
    """Whether each message that was sent is acknowledged once, and nothing else is."""
    once = all(sum(is_ack(channel, ack, id) for ack in acks) == 1 for id in sent)
    return len(acks) == len(sent) and (once or "{id}" not in str(channel.ack))


def handshake(channel: Channel, seen: Transcript) -> Judgement:
    """A client with the credentials is admitted and stays; one without is refused."""
    guest, stranger = _of(seen.clients, "guest"), seen.named("stranger")
    found: list[Breach] = []
    if not guest.accepted or guest.code is not None:
        told = "no answer" if guest.code is None else f"closed by {guest.code}"
        found.append(Breach("an open connection", told, ("clients", guest.name)))
    media = guest.media.partition(";")[0].strip().lower()
    if channel.protocol == "sse" and guest.accepted and media != "text/event-stream":
        where = ("clients", guest.name, "content-type")
        found.append(Breach("text/event-stream", guest.media or "nothing", where))
    found += [
        Breach("a refusal without credentials", "an open connection", ("clients", each.name))
        for each in stranger
        if each.code is None
    ]
    return tuple(found)


def close_code(channel: Channel, seen: Transcript) -> Judgement:
    """A refused client is closed by the declared code."""
    wanted = {"stranger": channel.close.unauthorised, "unoffered": channel.close.subprotocol}
    return tuple(
        Breach(f"the code {code}", _end(client), ("clients", name))
        for name, code in wanted.items()
        for client in seen.named(name)
        if code is not None and code not in (client.code, client.refused)
    )


def _end(client: Client) -> str:
    if client.code is None:
        return "an open connection"
    if client.code < _CODES:
        named = f" (the app says {client.refused})" if client.refused is not None else ""
        return f"HTTP {client.code}: refused before it was accepted, when no code is sent{named}"
    return f"the code {client.code}"


def subprotocol(channel: Channel, seen: Transcript) -> Judgement:
    """The offered subprotocol is chosen, and none that wasn't offered (RFC 6455, 4.2.2)."""
    guest, found = _of(seen.clients, "guest"), []
    if guest.subprotocol != channel.subprotocol:
        told = guest.subprotocol or "none"
        found.append(Breach(str(channel.subprotocol), told, ("clients", guest.name)))
    for client in seen.named("unoffered"):
        where = ("clients", client.name)
        if client.subprotocol is not None:
            found.append(Breach("no subprotocol", client.subprotocol, where))
        if channel.close.subprotocol is not None and client.code is None:
            found.append(Breach("a refusal without it", "an open connection", where))
    return tuple(found)


def ping(channel: Channel, seen: Transcript) -> Judgement:
    """A ping is answered."""
    wanted = None if channel.ping is None else channel.ping.answer
    client = _of(seen.clients, "asking")
    if any(has(filled(wanted, {}), each) for each in client.messages):
        return ()
    told = shorten(client.messages[-1]) if client.messages else "nothing"
    return (Breach(f"an answer as {shorten(wanted)}", told, ("clients", client.name)),)


def idle(channel: Channel, seen: Transcript) -> Judgement:
    """A client that says nothing is closed, by the declared code, and not before its time."""
    client, where = _of(seen.clients, "silent"), ("clients", "silent")
    if client.code is None:
        return (Breach(f"a close after {channel.idle}", "an open connection", where),)
    found: tuple[Breach, ...] = ()
    if channel.close.idle is not None and client.code != channel.close.idle:
        found += (Breach(f"the code {channel.close.idle}", _end(client), where),)
    # A tenth for clocks that differ: a timer of the loop may end a tick of its clock before.
    if client.seconds < 0.9 * seconds(channel.idle or "0s"):
        told = f"one after {client.seconds * 1000:.0f} ms"
        found += (Breach(f"a close after {channel.idle}", told, where),)
    return found


def acknowledgement(channel: Channel, seen: Transcript) -> Judgement:
    """Each published message is acknowledged once to its sender, and to nobody else."""
    found: list[Breach] = []
    for name in ("speaker", "silent"):
        client = _of(seen.clients, name)
        sent = [each.id for each in seen.published if each.by == name]
        acks = [each for each in client.messages if is_ack(channel, each)]
        if not _acknowledge(channel, sent, acks):
            wanted = f"{len(sent)} acknowledgements, one for each message"
            told = f"{len(acks)}: {_listed([shorten(each) for each in acks])}"
            found.append(Breach(wanted, told, ("clients", name)))
    return tuple(found)


def latency(channel: Channel, seen: Transcript) -> Judgement:
    """From being published to being heard an event takes no longer than `within` says."""
    rounds = [_delays(channel, seen, each) for each in seen.named("round")]
    wanted = max((len(seen.on(*each.topics)) for each in seen.named("round")), default=0)
    if not rounds or any(len(each) < wanted for each in rounds):
        heard = min(map(len, rounds), default=0)
        return (Breach(f"{wanted} events in each round", str(heard), ("clients", "round")),)
    # What is late in one round only is the machine's: in each of them, it is the channel's.
    least = [min(each) for each in zip(*rounds, strict=True)]
    within, found = channel.within, []
    if within is not None and within.max is not None and max(least) > seconds(within.max):
        number = 1 + least.index(max(least))
        told = f"event {number} took {max(least) * 1000:.1f} ms in the best of {len(rounds)} rounds"
        found.append(Breach(f"each event within {within.max}", told, ("duration",)))
    for name, quantile in QUANTILES.items():
        limit = getattr(within, name, None)
        if limit is not None:
            judged = judge_quantile(WithinValue(seconds(limit), quantile, None), least)
            found += [] if isinstance(judged, str) else judged
    return tuple(found)


def _delays(channel: Channel, seen: Transcript, client: Client) -> list[float]:
    heard = [each.at for each in client.heard if is_event(channel, each.message)]
    pairs = zip(heard, seen.on(*client.topics), strict=False)
    return [at - published.at for at, published in pairs]


def subscriptions_gone(channel: Channel, seen: Transcript) -> Judgement:
    """When a client has left, there are as many subscriptions as before it came."""
    before, during, after = seen.counts
    if before == during:
        return "the number of subscriptions doesn't show that a client came"
    where = ("clients", "leaving")
    promised = f"{shorten(before)} subscriptions, as before it came"
    return () if after == before else (Breach(promised, shorten(after), where),)


def reconnects(channel: Channel, seen: Transcript) -> Judgement:
    """A client that was dropped visits again."""
    if len(seen.named("visit")) > 1:
        return ()
    return (Breach("a second visit", _of(seen.clients, "client").media or "none", ("visits",)),)


def backs_off(channel: Channel, seen: Transcript) -> Judgement:
    """Of a client's delays between refusals a later one is longer than the first.

    Jitter may hide growth in one round, and a machine that stands still may feign some: the law is
    broken when no round shows any.
    """
    rounds = [(delays, reason) for delays, reason in seen.counts if len(delays) >= _FEWEST_DELAYS]
    if len(rounds) < len(seen.counts):
        told = next(reason for delays, reason in seen.counts if len(delays) < _FEWEST_DELAYS)
        return f"too few attempts to see delays grow: {told or 'no more came'}"
    if any(max(delays[1:]) > _GROWTH * delays[0] for delays, _ in rounds):
        return ()
    told = ", ".join(f"{each * 1000:.0f} ms" for each in rounds[0][0])
    return (Breach("delays that grow", told, ("delays",)),)


def resubscribes(channel: Channel, seen: Transcript) -> Judgement:
    """On its second visit a client asks for the topic of its first one."""
    visits = seen.named("visit")
    if len(visits) < 2:
        return "the client doesn't come back"
    if not visits[0].topics:
        return "the client doesn't subscribe in the first place"
    told = ", ".join(visits[1].topics) or "nothing that is `subscribe` or `resume`"
    promised = f"a subscription to {', '.join(visits[0].topics)}"
    same = visits[0].topics == visits[1].topics
    return () if same else (Breach(promised, told, ("visits", "2")),)


def fetches_missed(channel: Channel, seen: Transcript) -> Judgement:
    """What happened while a client was away is handed in, too."""
    heard = [number_of(channel, each) for each in _of(seen.clients, "client").messages]
    if len(seen.named("visit")) < 2:
        return "the client doesn't come back"
    if not any(isinstance(each, int) for each in heard):
        return "what the client hands in has no `number`"
    missing = [each for each in range(1, FETCHED + 1) if each not in heard]
    told = f"{_listed(heard)} (cursor: {shorten(seen.named('visit')[1].cursor)})"
    return (Breach(f"the events 1 to {FETCHED}", told, ("client",)),) if missing else ()


def handles_errors(channel: Channel, seen: Transcript) -> Judgement:
    """A refused client retries or ends, as is declared for the status."""
    found: list[Breach] = []
    for client in seen.named("status"):
        status = client.name.split(" ")[1]
        wanted, retried = channel.errors.get(status), (client.code or 0) > 1
        if wanted == "retry" and not retried:
            found.append(Breach("another attempt", client.media or "none", ("errors", status)))
        elif wanted == "give-up" and (retried or not client.answered):
            told = "another attempt" if retried else "it goes on without one"
            found.append(Breach("an end without another attempt", told, ("errors", status)))
    return tuple(found)


def _over_observation(check: LawCheck) -> Check:
    """The check as a function of one observation: a scenario that didn't end breaks its law."""

    @wraps(check)
    def judge(clause: Clause, observation: Observation) -> Judgement:
        value: LawValue = clause.value
        transcript = None if observation.output is None else observation.output.raw
        if not isinstance(transcript, Transcript):
            told = str(observation.error or observation.status)
            return (Breach("a scenario that can be played", told, ("status",)),)
        judged = check(value.channel, transcript)
        if not value.negated:
            return judged
        return () if judged else (Breach("the opposite of the law", "the law is kept"),)

    return judge


_CHECKS: Mapping[str, LawCheck] = {
    "ordered": ordered,
    "no-duplicates": no_duplicates,
    "no-gaps": no_gaps,
    "isolated": isolated,
    "survives-malformed": survives_malformed,
    "resumes": resumes,
    "burst": burst,
    "concurrent": concurrent,
    "handshake": handshake,
    "close-code": close_code,
    "subprotocol": subprotocol,
    "ping": ping,
    "idle": idle,
    "acknowledgement": acknowledgement,
    "latency": latency,
    "subscriptions-gone": subscriptions_gone,
    "reconnects": reconnects,
    "backs-off": backs_off,
    "resubscribes": resubscribes,
    "fetches-missed": fetches_missed,
    "handles-errors": handles_errors,
}

CHECKS: Mapping[str, Check] = {
    f"channels.{law}": _over_observation(check) for law, check in _CHECKS.items()
}
