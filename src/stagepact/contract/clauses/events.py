"""Clauses over events: their order, their payloads, and templates over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stagepact.contract.clauses.clause import Clause, Compiler, Path, object_if_said
from stagepact.contract.models import Events, Rule, seconds
from stagepact.contract.order import (
    Order,
    absence,
    compile_order,
    exactly_once,
    precedence,
    response,
)
from stagepact.schema import Validator


@dataclass(frozen=True, slots=True)
class EventsValue:
    """What all clauses over events share: the types named in the block, and their wire form."""

    name: str | None
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class OrderValue:
    """An automaton over event types; without an event of the type `needs` it says nothing."""

    events: EventsValue
    order: Order
    needs: str | None = None


@dataclass(frozen=True, slots=True)
class TypesValue:
    """A set of event types: the terminal ones, or all that may occur."""

    events: EventsValue
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class PayloadValue:
    """The payload of one event type."""

    events: EventsValue
    type: str
    validator: Validator


@dataclass(frozen=True, slots=True)
class SequenceValue:
    """A counter in a field of each payload."""

    events: EventsValue
    field: str
    first: int
    step: int


@dataclass(frozen=True, slots=True)
class ResponseValue:
    """Each `of` is followed by a `by` within so many seconds."""

    events: EventsValue
    of: str
    by: str
    seconds: float


def named_events(events: Events | None) -> EventsValue:
    """The types that a block names, wherever it does."""
    if events is None:
        return EventsValue(None, frozenset())
    named = set(events.types) | set(events.terminal)
    if events.order is not None:
        named |= compile_order(events.order).alphabet
    return EventsValue(events.name, frozenset(named))


def event_clauses(compiler: Compiler, events: Events) -> Iterator[Clause]:
    """The clauses of `events`."""
    shared = named_events(events)

    def clause(id: str, kind: str, path: Path, promise: str, value: Any) -> Clause:
        return compiler.clause(
            f"events.{id}", kind, ("events", *path), promise, value, events.owner
        )

    if events.order is not None:
        order = OrderValue(shared, compile_order(events.order))
        yield clause("order", "events.order", ("order",), f"events come as {events.order}", order)
    if events.closed:
        listed = ", ".join(sorted(shared.types))
        allowed = TypesValue(shared, shared.types)
        yield clause("closed", "events.closed", ("closed",), f"only events of {listed}", allowed)
    if events.terminal:
        promise = f"ends with exactly one of {', '.join(events.terminal)}"
        ends = TypesValue(shared, frozenset(events.terminal))
        yield clause("terminal", "events.terminal", ("terminal",), promise, ends)
    for type_, schema in events.types.items():
        validator = compiler.validator(object_if_said(schema), ("events", "types", type_))
        if validator is not None:
            payload = PayloadValue(shared, type_, validator)
            promise = f"the payload of {type_} has its schema"
            yield clause(type_, "events.payload", ("types", type_), promise, payload)
    if events.sequence is not None:
        counter = events.sequence
        promise = f"{counter.field} counts from {counter.first} by {counter.step}"
        count = SequenceValue(shared, counter.field, counter.first, counter.step)
        yield clause("sequence", "events.sequence", ("sequence",), promise, count)
    for name, rule in events.rules.items():
        yield from _rule(clause, name, rule, shared)


def _rule(clause: Any, name: str, rule: Rule, shared: EventsValue) -> Iterator[Clause]:
    id, path = f"rules.{name}", ("rules", name)
    if rule.absence is not None:
        value: Any = OrderValue(shared, absence(rule.absence))
        yield clause(id, "events.order", path, f"no event {rule.absence}", value)
    elif rule.exactly_once is not None:
        value = OrderValue(shared, exactly_once(rule.exactly_once))
        yield clause(id, "events.order", path, f"exactly one {rule.exactly_once}", value)
    elif rule.precedence is not None:
        of, by = rule.precedence.of, rule.precedence.by
        value = OrderValue(shared, precedence(of, by), needs=by)
        yield clause(id, "events.order", path, f"no {by} before {of}", value)
    elif rule.response is not None:
        of, by, limit = rule.response.of, rule.response.by, rule.response.within
        if limit is None:
            value = OrderValue(shared, response(of, by), needs=of)
            yield clause(id, "events.order", path, f"each {of} is followed by {by}", value)
        else:
            value = ResponseValue(shared, of, by, seconds(limit))
            promise = f"each {of} is followed by {by} within {limit}"
            yield clause(id, "events.response", path, promise, value)
