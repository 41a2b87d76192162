"""What was emitted. Each check is start, step and end, so a recorded log is judged by it, too.

An event's type is told as the contract names it; what other subjects emitted never gets here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from stagepact.contract.clauses import (
    Clause,
    EventsValue,
    OrderValue,
    PayloadValue,
    ResponseValue,
    SequenceValue,
    TypesValue,
)
from stagepact.observation import Observation
from stagepact.schema.explain import shorten
from stagepact.subject import Event
from stagepact.verdict.checks.model import (
    KEPT,
    Breach,
    Check,
    EventCheck,
    Judgement,
    schema_breaches,
)

_MOST_SHOWN = 12


@lru_cache(maxsize=4096)
def wire_pattern(template: str, stage: str) -> re.Pattern[str]:
    """What matches an event type on the wire; its one group is the type in the contract."""
    parts = re.split(r"(\{stage\}|\{type\})", template)
    forms = {"{stage}": re.escape(stage), "{type}": "(.+)"}
    return re.compile("".join(forms.get(part) or re.escape(part) for part in parts), re.DOTALL)


def subject_events(observation: Observation, name: str | None) -> Iterator[tuple[str, Event]]:
    """The events of the subject itself, each with its type as the contract names it."""
    pattern = wire_pattern(name or observation.event_name, observation.subject.name)
    for event in observation.events:
        match = pattern.fullmatch(event.type)
        if match is not None:
            yield (match[1] if match.re.groups else event.type), event


@dataclass(frozen=True, slots=True)
class _OrderState:
    """The automaton's state; `dead_at` is the first event that it couldn't take."""

    state: int
    seen: tuple[str, ...] = ()
    dead_at: Event | None = None
    dead_type: str = ""
    needed: bool = False


class OrderCheck:
    """The declared types come in an order that the expression permits; others are ignored."""

    def start(self, clause: Clause) -> _OrderState:
        value: OrderValue = clause.value
        return _OrderState(value.order.start)

    def step(self, clause: Clause, state: _OrderState, type: str, event: Event) -> _OrderState:
        value: OrderValue = clause.value
        if state.dead_at is not None or type not in value.order.alphabet:
            return state
        following = value.order.step(state.state, type)
        needed = state.needed or type == value.needs
        if following is None:
            return replace(state, dead_at=event, dead_type=type, needed=needed)
        return _OrderState(following, (*state.seen[-_MOST_SHOWN:], type), None, "", needed)

    def end(self, clause: Clause, state: _OrderState) -> Judgement:
        value: OrderValue = clause.value
        if value.needs is not None and not state.needed:
            return f"no event {value.needs} was emitted"
        expected = value.order.expected(state.state)
        promised = " or ".join(expected) or "no further event"
        history = " ".join(state.seen) or "(no event)"
        if state.dead_at is not None:
            if value.order.accepts(state.state) and expected:
                promised += ", or no further event"
            pointer = ("events", state.dead_at.number)
            return (Breach(promised, f"{state.dead_type} (after: {history})", pointer),)
        if value.order.accepts(state.state):
            return KEPT
        return (Breach(promised, f"the end of the run (after: {history})", ("events",)),)


class ClosedCheck:
    """Nothing but the declared types is emitted."""

    def start(self, clause: Clause) -> tuple[Breach, ...]:
        return ()

    def step(
        self, clause: Clause, state: tuple[Breach, ...], type: str, event: Event
    ) -> tuple[Breach, ...]:
        value: TypesValue = clause.value
        if type in value.types or len(state) >= _MOST_SHOWN:
            return state
        promised = f"one of {', '.join(sorted(value.types))}"
        return (*state, Breach(promised, type, ("events", event.number)))

    def end(self, clause: Clause, state: tuple[Breach, ...]) -> Judgement:
        return state


@dataclass(frozen=True, slots=True)
class _TerminalState:
    ends: tuple[tuple[str, int], ...] = ()
    after: tuple[tuple[str, int], ...] = ()


class TerminalCheck:
    """Exactly one terminal event, and none of the declared types after it."""

    def start(self, clause: Clause) -> _TerminalState:
        return _TerminalState()

    def step(
        self, clause: Clause, state: _TerminalState, type: str, event: Event
    ) -> _TerminalState:
        value: TypesValue = clause.value
        if type in value.types:
            return replace(state, ends=(*state.ends, (type, event.number))[:_MOST_SHOWN])
        if state.ends and type in value.events.types:
            return replace(state, after=(*state.after, (type, event.number))[:_MOST_SHOWN])
        return state

    def end(self, clause: Clause, state: _TerminalState) -> Judgement:
        value: TypesValue = clause.value
        promised = f"exactly one of {', '.join(sorted(value.types))}"
        if not state.ends:
            return (Breach(promised, "none", ("events",)),)
        found = [
            Breach(promised, f"{type} after {state.ends[0][0]}", ("events", number))
            for type, number in state.ends[1:]
        ]
        found += [
            Breach(f"no event after {state.ends[0][0]}", type, ("events", number))
            for type, number in state.after
        ]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _PayloadState:
    count: int = 0
    breaches: tuple[Breach, ...] = ()


class PayloadCheck:
    """Each event of the type carries a payload of its schema."""

    def start(self, clause: Clause) -> _PayloadState:
        return _PayloadState()

    def step(self, clause: Clause, state: _PayloadState, type: str, event: Event) -> _PayloadState:
        value: PayloadValue = clause.value
        if type != value.type:
            return state
        found = state.breaches
        if len(found) < _MOST_SHOWN:
            found += schema_breaches(value.validator, event.data, ("events", event.number, "data"))
        return _PayloadState(state.count + 1, found)

    def end(self, clause: Clause, state: _PayloadState) -> Judgement:
        return state.breaches if state.count else "no such event was emitted"


@dataclass(frozen=True, slots=True)
class _SequenceState:
    expected: Any
    count: int = 0
    breaches: tuple[Breach, ...] = ()


class SequenceCheck:
    """A field of the declared events' payloads counts up without gaps."""

    def start(self, clause: Clause) -> _SequenceState:
        value: SequenceValue = clause.value
        return _SequenceState(value.first)

    def step(
        self, clause: Clause, state: _SequenceState, type: str, event: Event
    ) -> _SequenceState:
        value: SequenceValue = clause.value
        if value.events.types and type not in value.events.types:
            return state
        seen = event.data.get(value.field) if isinstance(event.data, dict) else None
        following = state.expected + value.step
        if isinstance(seen, bool) or not isinstance(seen, int):
            onward = following
        elif seen == state.expected:
            return replace(state, expected=following, count=state.count + 1)
        else:  # the count goes on from a wrong number, so that one gap is told once
            onward = seen + value.step
        pointer = ("events", event.number, "data", value.field)
        breach = Breach(str(state.expected), "nothing" if seen is None else shorten(seen), pointer)
        found = (*state.breaches, breach)[:_MOST_SHOWN]
        return _SequenceState(onward, state.count + 1, found)

    def end(self, clause: Clause, state: _SequenceState) -> Judgement:
        return state.breaches if state.count else "no declared event was emitted"


@dataclass(frozen=True, slots=True)
class _ResponseState:
    waiting: tuple[tuple[float, int], ...] = ()
    count: int = 0
    breaches: tuple[Breach, ...] = ()


class ResponseCheck:
    """Each event of one type is followed by one of another, in time."""

    def start(self, clause: Clause) -> _ResponseState:
        return _ResponseState()

    def step(
        self, clause: Clause, state: _ResponseState, type: str, event: Event
    ) -> _ResponseState:
        value: ResponseValue = clause.value
        if type == value.by:
            late = tuple(
                Breach(
                    f"{value.by} within {value.seconds:g} s",
                    f"{value.by} after {event.at - at:.3f} s",
                    ("events", number),
                )
                for at, number in state.waiting
                if event.at - at > value.seconds
            )
            state = replace(state, waiting=(), breaches=(state.breaches + late)[:_MOST_SHOWN])
        if type == value.of:
            # The earliest are the latest to be answered, and more than these are not told.
            waiting = (*state.waiting, (event.at, event.number))[:_MOST_SHOWN]
            return replace(state, waiting=waiting, count=state.count + 1)
        return state

    def end(self, clause: Clause, state: _ResponseState) -> Judgement:
        value: ResponseValue = clause.value
        if not state.count:
            return f"no event {value.of} was emitted"
        promised = f"{value.by} within {value.seconds:g} s"
        missing = tuple(
            Breach(promised, f"no {value.by} after {value.of}", ("events", number))
            for _, number in state.waiting
        )
        return state.breaches + missing


EVENT_CHECKS: dict[str, EventCheck] = {
    "events.order": OrderCheck(),
    "events.closed": ClosedCheck(),
    "events.terminal": TerminalCheck(),
    "events.payload": PayloadCheck(),
    "events.sequence": SequenceCheck(),
    "events.response": ResponseCheck(),
}


def over_observation(check: EventCheck) -> Check:
    """The check as a function of one observation: start, a step an event, end."""

    def judge(clause: Clause, observation: Observation) -> Judgement:
        if observation.dropped:
            return f"{observation.dropped} events beyond the limit were not kept"
        events: EventsValue = clause.value.events
        state = check.start(clause)
        step: Callable[[Clause, Any, str, Event], Any] = check.step
        for type_, event in subject_events(observation, events.name):
            state = step(clause, state, type_, event)
        return check.end(clause, state)

    return judge
