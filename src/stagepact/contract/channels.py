"""A channel of a contract, taken apart into clauses: its messages, and its laws by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from stagepact.contract.clauses import (
    Clause,
    Compiler,
    EventsValue,
    OrderValue,
    PayloadValue,
    SequenceValue,
    TypesValue,
    object_if_said,
)
from stagepact.contract.document import Document
from stagepact.contract.models import Channel, seconds
from stagepact.contract.order import compile_order
from stagepact.errors import ContractError


@dataclass(frozen=True, slots=True)
class LawValue:
    """A law of a channel, with the block that says what the law speaks of, or its opposite."""

    law: str
    channel: Channel
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Law:
    """What a law promises, and what a block must say for it: a reason where it doesn't."""

    promise: str
    lacking: Callable[[Channel], str] = lambda channel: ""


def _needs(*keys: str) -> Callable[[Channel], str]:
    def lacking(channel: Channel) -> str:
        missing = [f"`{key}`" for key in keys if getattr(channel, key) is None]
        return f"the channel doesn't say {' and '.join(missing)}" if missing else ""

    return lacking


def _ordered(channel: Channel) -> str:
    told = channel.number is not None or channel.terminal
    return "" if told else "the channel says neither `number` nor `terminal`"


def resumable(channel: Channel) -> bool:
    """Whether a client can come back and hear what it missed."""
    return channel.number is not None and (channel.protocol == "sse" or channel.resume is not None)


def _resumes(channel: Channel) -> str:
    return "" if resumable(channel) else "the channel doesn't say `number` and `resume`"


def _speaks(channel: Channel) -> str:
    return "" if channel.speaks else f"clients of a {channel.protocol} say nothing"


def _connects(channel: Channel) -> str:
    return "nobody connects to a bus" if channel.protocol == "bus" else ""


def _malformed(channel: Channel) -> str:
    return _speaks(channel) or (
        ""
        if channel.error or channel.sentinel
        else "the channel says neither `error` nor `sentinel`"
    )


def _close_code(channel: Channel) -> str:
    close = channel.close
    codes = (close.unauthorised and channel.credentials) or (
        close.subprotocol and channel.subprotocol
    )
    told = "the channel says no `close` code with its `credentials` or `subprotocol`"
    return _connects(channel) or ("" if codes else told)


def _idle(channel: Channel) -> str:
    missing = _speaks(channel) or _needs("idle")(channel)
    if missing or channel.idle is None:
        return missing
    limit = seconds(channel.timeout) - seconds(channel.patience)
    late = f"`idle` of {channel.idle} is longer than the `timeout` of {channel.timeout} lets wait"
    return late if seconds(channel.idle) > limit else ""


def _subprotocol(channel: Channel) -> str:
    return _speaks(channel) or _needs("subprotocol")(channel)


def _acknowledges(channel: Channel) -> str:
    return _speaks(channel) or _needs("ack", "publish")(channel)


def _ping(channel: Channel) -> str:
    return _speaks(channel) or _needs("ping")(channel)


def _subscribes(channel: Channel) -> str:
    streams = channel.over == "sse"
    return "a stream has no subscription to send" if streams else _needs("subscribe")(channel)


def _fetches(channel: Channel) -> str:
    streams = channel.over == "sse"
    wanted = () if streams else ("subscribe", "resume")
    return _needs("publish", "number", *wanted)(channel)


def _errors(channel: Channel) -> str:
    return "" if channel.errors else "the channel doesn't say `errors`"


def _of_client(channel: Channel, law: str) -> str:
    if channel.protocol != "client":
        return "no client is under test: the channel doesn't say `client`"
    return LAWS[law].lacking(channel) if law in CLIENT_LAWS else "the channel is a client's"


LAWS: Mapping[str, Law] = {
    "ordered": Law(
        "events come in the order of their numbers, and nothing after the end", _ordered
    ),
    "no-duplicates": Law("no event comes twice", _needs("number")),
    "no-gaps": Law("no event is missing", _needs("number")),
    "isolated": Law("clients hear their topics, and no other"),
    "survives-malformed": Law("malformed messages are refused, and nothing else ends", _malformed),
    "resumes": Law("who comes back hears exactly what it missed", _resumes),
    "burst": Law("of many events at once none is lost"),
    "concurrent": Law("many clients at once are each served"),
    "handshake": Law("clients are admitted, strangers aren't", _connects),
    "close-code": Law("who is refused is closed by the declared code", _close_code),
    "subprotocol": Law("the subprotocol is the offered one", _subprotocol),
    "ping": Law("a ping is answered", _ping),
    "idle": Law("a silent client is closed", _idle),
    "acknowledgement": Law("each message is acknowledged once, to who sent it", _acknowledges),
    "latency": Law("events are heard in time", _needs("within")),
    "subscriptions-gone": Law(
        "no subscription stays when its client has left", _needs("subscriptions")
    ),
    "reconnects": Law("a client that was dropped comes back"),
    "backs-off": Law("a client that is refused again and again waits longer each time"),
    "resubscribes": Law("who comes back subscribes to the same topic again", _subscribes),
    "fetches-missed": Law("who comes back asks for what it missed, and hears it", _fetches),
    "handles-errors": Law("who is refused retries or gives up, as declared", _errors),
}
CLIENT_LAWS = frozenset(
    {"reconnects", "backs-off", "resubscribes", "fetches-missed", "handles-errors"}
)


def lacking(channel: Channel, law: str) -> str:
    """What a channel doesn't say that a law needs; "" where it says it all."""
    if law in CLIENT_LAWS or channel.protocol == "client":
        return _of_client(channel, law)
    said = channel.publish is not None or channel.protocol == "bus"
    missing = LAWS[law].lacking(channel)
    if missing or law in _SILENT:
        return missing
    return _untold(channel) if said else "the channel doesn't say `publish`"


def _untold(channel: Channel) -> str:
    """Over a network an event may overtake the subscription, if nothing tells that this stands."""
    ways = (channel.subscribed, channel.subscriptions, channel.speaks and channel.sentinel)
    told = not channel.by_url or any(each is not None and each is not False for each in ways)
    needed = "`sentinel`, `subscribed` or `subscriptions`"
    return "" if told else f"by URL nothing tells that a subscription stands: say {needed}"


_SILENT = frozenset({"handshake", "close-code", "subprotocol", "ping", "idle"})


def channel_clauses(document: Document, name: str) -> tuple[Clause, ...]:
    """The clauses of one channel, in the order of the document.

    Raises:
        ContractError: schemas of the channel can't be used; all of them are told.
    """
    channel = document.contract.channels[name]
    compiler = Compiler(document, ("channels", name))
    made = (*_messages(compiler, channel), *_laws(compiler, channel))
    if compiler.problems:
        raise ContractError(*compiler.problems)
    return made


def _messages(compiler: Compiler, channel: Channel) -> Iterator[Clause]:
    order = None if channel.order is None else compile_order(channel.order)
    named = {*channel.messages, *channel.terminal, *(order.alphabet if order else ())}
    shared = EventsValue("{type}", frozenset(named))
    for type_, schema in channel.messages.items():
        validator = compiler.validator(object_if_said(schema), ("messages", type_))
        if validator is not None:
            value = PayloadValue(shared, type_, validator)
            promise = f"each message {type_} has its schema"
            path = ("messages", type_)
            yield compiler.clause(f"messages.{type_}", "events.payload", path, promise, value)
    if order is not None:
        promise = f"messages come as {channel.order}"
        yield compiler.clause(
            "order", "events.order", ("order",), promise, OrderValue(shared, order)
        )
    if channel.terminal:
        ends = TypesValue(shared, frozenset(channel.terminal))
        promise = f"ends with exactly one of {', '.join(channel.terminal)}"
        yield compiler.clause("terminal", "events.terminal", ("terminal",), promise, ends)
    if channel.sequence is not None:
        counter = channel.sequence
        counted = EventsValue("{type}", frozenset((*channel.events, *channel.terminal)))
        count = SequenceValue(counted, counter.field, counter.first, counter.step)
        promise = f"{counter.field} counts from {counter.first} by {counter.step}"
        yield compiler.clause("sequence", "events.sequence", ("sequence",), promise, count)


def _laws(compiler: Compiler, channel: Channel) -> Iterator[Clause]:
    for index, law in enumerate(channel.laws):
        path = ("laws", index)
        value = LawValue(law, channel)
        yield compiler.clause(f"laws.{law}", f"channels.{law}", path, LAWS[law].promise, value)
