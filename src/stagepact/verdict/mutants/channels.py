"""The laws of channels, turned wrong: what a law reads of its block is said to be another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from stagepact.contract.channels import CLIENT_LAWS, LawValue
from stagepact.contract.clauses import Clause
from stagepact.contract.models import Channel, Close, Exchanged, Within
from stagepact.verdict.mutants.model import Mutants, Seen
from stagepact.verdict.mutants.output import NOTHING

Wrong = Callable[[Channel], Mapping[str, Any]]


def _no_event(channel: Channel) -> Mapping[str, Any]:
    return {"events": [NOTHING], "terminal": [NOTHING]}


def _one_number(channel: Channel) -> Mapping[str, Any]:
    """All events have one number: their type."""
    return {"number": channel.match.type}


def _no_answer(channel: Channel) -> Mapping[str, Any]:
    asked = channel.ping
    return {"ping": Exchanged(send=asked and asked.send, answer={NOTHING: NOTHING})}


def _other_codes(channel: Channel) -> Mapping[str, Any]:
    return {"close": Close(unauthorised=-1, subprotocol=-1, idle=-1), "idle": "1000h"}


def _no_time(channel: Channel) -> Mapping[str, Any]:
    return {"within": Within(max="0s")}


# What a law is told of its channel that isn't so; a law that keeps it reads nothing.
WRONG: Mapping[str, Wrong] = {
    "ordered": _no_event,
    "no-duplicates": _one_number,
    "no-gaps": _no_event,
    "isolated": _no_event,
    "survives-malformed": _no_event,
    "resumes": _one_number,
    "burst": _no_event,
    "concurrent": _no_event,
    "close-code": _other_codes,
    "subprotocol": lambda channel: {"subprotocol": NOTHING},
    "ping": _no_answer,
    "idle": _other_codes,
    "acknowledgement": lambda channel: {"ack": {NOTHING: NOTHING}},
    "latency": _no_time,
}


def law(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The law, of a channel that isn't as it is."""
    value: LawValue = clause.value
    other = value.channel.model_copy(update=dict(WRONG[value.law](value.channel)))
    yield replace(clause, value=replace(value, channel=other))


def turned_round(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The opposite: who was admitted should be refused, what is gone should stay."""
    yield replace(clause, value=replace(clause.value, negated=True))


LAW_MUTANTS: Mapping[str, Mutants] = {
    **{f"channels.{name}": law for name in WRONG},
    "channels.handshake": turned_round,
    "channels.subscriptions-gone": turned_round,
    **{f"channels.{name}": turned_round for name in CLIENT_LAWS},
}
