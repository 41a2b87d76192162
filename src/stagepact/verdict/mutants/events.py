"""What was emitted, turned wrong: order, types, ends, payloads and counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stagepact.contract.clauses import (
    Clause,
    OrderValue,
    PayloadValue,
    ResponseValue,
    SequenceValue,
    TypesValue,
)
from stagepact.contract.order import Order, exactly_once
from stagepact.verdict.checks.events import subject_events
from stagepact.verdict.mutants.model import Seen
from stagepact.verdict.mutants.output import NOTHING
from stagepact.verdict.mutants.schemas import permits_everything, turned_wrong


def order(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """Each event that was seen is forbidden, then every order but the promised one is asked for."""
    value: OrderValue = clause.value
    for type_ in sorted(_types(value, seen) & value.order.alphabet):
        yield replace(clause, value=replace(value, order=_without(value.order, type_)))
    yield replace(clause, value=replace(value, order=_complement(value.order)))


def any_order(clause: Clause, seen: Seen) -> str:
    """An order that every sequence of its types has."""
    found: Order = clause.value.order
    whole = all(found.accepting) and all(following >= 0 for row in found.rows for following in row)
    return f"every sequence of {', '.join(found.types) or 'events'} has this order" if whole else ""


def closed(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """A type that was seen is taken away; then an event is asked for that isn't declared."""
    value: TypesValue = clause.value
    for type_ in sorted(_types(value, seen) & value.types):
        yield replace(clause, value=replace(value, types=value.types - {type_}))
    asked = OrderValue(value.events, exactly_once(NOTHING))
    yield replace(clause, kind="events.order", value=asked)


def terminal(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The ends that were seen are taken away."""
    value: TypesValue = clause.value
    left = (value.types - _types(value, seen)) or frozenset({NOTHING})
    yield replace(clause, value=replace(value, types=left))


def payload(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """One constraint of the schema turned wrong."""
    value: PayloadValue = clause.value
    for each in turned_wrong(value.validator):
        yield replace(clause, value=replace(value, validator=each))


def any_payload(clause: Clause, seen: Seen) -> str:
    """A schema that permits every payload."""
    everything = permits_everything(clause.value.validator)
    return "its schema permits every payload" if everything else ""


def sequence(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """The count begins with another number."""
    value: SequenceValue = clause.value
    yield replace(clause, value=replace(value, first=value.first + 1))


def response(clause: Clause, seen: Seen) -> Iterator[Clause]:
    """No time is left, then another event is asked for."""
    value: ResponseValue = clause.value
    yield replace(clause, value=replace(value, seconds=0.0))
    yield replace(clause, value=replace(value, by=NOTHING))


def _types(value: OrderValue | TypesValue, seen: Seen) -> frozenset[str]:
    name = value.events.name
    return frozenset(type_ for each in seen.runs for type_, _ in subject_events(each, name))


def _without(found: Order, type_: str) -> Order:
    """The order, in which events of a type are forbidden."""
    place = found.types.index(type_)
    rows = tuple((*row[:place], -1, *row[place + 1 :]) for row in found.rows)
    return replace(found, rows=rows)


def _complement(found: Order) -> Order:
    """Every order of the same types that this one isn't; what is dead in this one is alive."""
    sink = len(found.rows)
    rows = tuple(tuple(sink if each < 0 else each for each in row) for row in found.rows)
    rows += (tuple(sink for _ in found.types),)
    accepting = (*(not each for each in found.accepting), True)
    return replace(found, rows=rows, accepting=accepting)
