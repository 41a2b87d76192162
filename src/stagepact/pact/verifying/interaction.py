"""What the clause of an interaction demands: that the provider does what the consumer expects.

The value judges by itself, so that a check needs to know nothing of pacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from stagepact.contract.source import Json
from stagepact.observation import Observation
from stagepact.pact import matching
from stagepact.pact.content import parse
from stagepact.pact.files import body_of, json_body
from stagepact.pact.mismatch import Comparison, Mismatch, together
from stagepact.pact.model import (
    Body,
    Exchanged,
    Http,
    Interaction,
    Message,
    Presence,
    Response,
    Sent,
)
from stagepact.pact.path import parse_path
from stagepact.pact.rules import Rules
from stagepact.pact.verifying.lacking import EngineError, ProducerError, StateError
from stagepact.pact.verifying.sending import wire_response
from stagepact.schema.normalise import Pointer
from stagepact.subject.json_form import json_form
from stagepact.subject.protocols.http import WireResponse
from stagepact.verdict.checks.model import Breach, Judgement

Which = Literal["each", "any", "first", "last"]

_CONTENT_TYPES = frozenset({"contenttype", "content-type"})
_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class Heard:
    """Which events of a run are the message, and with what metadata they are sent."""

    types: frozenset[str] | None
    which: Which = "each"
    metadata: Mapping[str, Json] = field(default_factory=dict)


class Comparing(Protocol):
    """An engine: what compares what a provider gave with what is expected."""

    @property
    def name(self) -> str:
        """What `engine:` calls it."""

    @property
    def advice(self) -> str:
        """What to do where it can't compare something; nothing where nothing can be done."""

    def response(self, expected: Response, given: WireResponse) -> Comparison:
        """How a response compares."""

    def messages(self, expected: tuple[Message, ...], given: tuple[Message, ...]) -> Comparison:
        """How messages compare, each with the one at its place.

        Raises:
            EngineError: it broke down.
        """


@dataclass(frozen=True, slots=True)
class Native:
    """stagepact's own matcher."""

    name: str = "native"
    advice: str = "`engine: official` compares it"

    def response(self, expected: Response, given: WireResponse) -> Comparison:
        """How a response compares."""
        return matching.match_response(expected, wire_response(given))

    def messages(self, expected: tuple[Message, ...], given: tuple[Message, ...]) -> Comparison:
        """How messages compare, each with the one at its place."""
        pairs = zip(expected, given, strict=True)
        return together(matching.match_message(one, other) for one, other in pairs)


@dataclass(frozen=True, slots=True)
class InteractionValue:
    """One interaction of a consumer's pact, to be kept by a run of the provider.

    `heard` says which events of the run are the message, where it isn't a function's answer;
    `engine` compares.
    """

    consumer: str
    provider: str
    file: str
    interaction: Interaction
    heard: Heard | None = None
    engine: Comparing = field(default_factory=Native)

    def judged(self, seen: Observation) -> Judgement:
        """Breaches by what the provider did; a sentence where that can't be compared."""
        try:
            found = self._judged(seen)
        except EngineError as reason:
            return str(reason)
        if self.interaction.pending and found and not isinstance(found, str):
            first = found[0]
            told = f"expected {first.promised}, got {first.seen}"
            return f"pending in the pact, and not kept yet: {told}"
        return found

    def _judged(self, seen: Observation) -> Judgement:
        compared = self._compared(seen)
        if isinstance(compared, Breach):
            return (compared,)
        if compared.mismatches:
            first, *rest = map(_breach, compared.mismatches)
            return (replace(first, traceback=_traceback(seen)), *rest)
        if compared.undecided:
            return "; ".join(filter(None, (*compared.undecided, self.engine.advice)))
        return ()

    def _compared(self, seen: Observation) -> Comparison | Breach:
        exchange = self.interaction.exchange
        if self.heard is not None and isinstance(exchange, Sent):
            return self._of_events(exchange.message, self.heard, seen)
        if seen.output is None:
            return self._unanswered(seen)
        if isinstance(exchange, Http):
            return self._of_response(exchange.response, seen.output.raw)
        expected = exchange.responses if isinstance(exchange, Exchanged) else (exchange.message,)
        return self._of_messages(expected, seen.output.raw)

    def _of_response(self, expected: Response, response: WireResponse) -> Comparison:
        compared = self.engine.response(expected, response)
        if response.complete:
            return compared
        told = Mismatch("body", "", "a whole response", "; ".join(response.problems))
        return together((Comparison((told,)), compared))

    def _of_messages(self, expected: tuple[Message, ...], given: tuple[Message, ...]) -> Comparison:
        if len(given) != len(expected):
            told = Mismatch("messages", "", f"{len(expected)}", f"{len(given)}")
            return Comparison((told,))
        return self.engine.messages(expected, given)

    def _unanswered(self, seen: Observation) -> Breach:
        """Why there is nothing to compare: a state doesn't hold, or the provider has raised."""
        kind = "" if seen.error is None else seen.error.type.rpartition(":")[2]
        if seen.error is not None and kind == StateError.__name__:
            names = " and ".join(f"`{each.name}`" for each in self.interaction.states)
            return Breach(f"the state {names}", seen.error.message, ("state",))
        if seen.error is not None and kind == ProducerError.__name__:
            return Breach("a message", seen.error.message, ("message",))
        return Breach(self._expected(), _raised(seen), ("response",))

    def _expected(self) -> str:
        exchange = self.interaction.exchange
        return (
            f"a response ({exchange.response.status})"
            if isinstance(exchange, Http)
            else ("a message")
        )

    def _of_events(self, expected: Message, heard: Heard, seen: Observation) -> Comparison | Breach:
        """How the events of a run compare, all of them or the one that is meant."""
        if seen.error is not None and seen.error.type.endswith(f":{StateError.__name__}"):
            return self._unanswered(seen)
        events = [e for e in seen.events if heard.types is None or e.type in heard.types]
        if not events:
            wanted = " or ".join(sorted(heard.types or {"any"}))
            there = ", ".join(dict.fromkeys(each.type for each in seen.events)) or "none"
            ended = "" if seen.output is not None else f"; the run {_raised(seen)}"
            return Breach(f"an event {wanted}", f"events: {there}{ended}", ("events",))
        meant = {"first": events[:1], "last": events[-1:]}.get(heard.which, events)
        sent = (message_of(event.data, heard.metadata, expected) for event in meant)
        compared = [self.engine.messages((expected,), (each,)) for each in sent]
        return _best(compared) if heard.which == "any" else _worst(compared)

    def turned_wrong(self) -> Iterator[InteractionValue]:
        """The same interaction, expecting something else in one way after the other."""
        exchange = self.interaction.exchange
        if isinstance(exchange, Http):
            response = exchange.response
            yield self._expecting(
                replace(exchange, response=replace(response, status=599, rules=Rules()))
            )
            for body in _wrong_bodies(response.body):
                yield self._expecting(replace(exchange, response=replace(response, body=body)))
        elif isinstance(exchange, Sent):
            for message in _wrong_messages(exchange.message):
                yield self._expecting(Sent(message))
        else:
            for index, answer in enumerate(exchange.responses):
                before, after = exchange.responses[:index], exchange.responses[index + 1 :]
                for message in _wrong_messages(answer):
                    yield self._expecting(replace(exchange, responses=(*before, message, *after)))

    def _expecting(self, exchange: Http | Sent | Exchanged) -> InteractionValue:
        interaction = replace(self.interaction, exchange=exchange)
        return replace(self, interaction=interaction, engine=Native())


def message_of(contents: object, metadata: Mapping[str, Json], expected: Message) -> Message:
    """What a provider gave, as a message: bytes as they are, anything else by its JSON form.

    Nobody says what type of contents an object in memory has, so it is the expected one.
    """
    said = (text for name, text in metadata.items() if name.lower() in _CONTENT_TYPES)
    named = next((text for text in said if isinstance(text, str)), "")
    kind = named or expected.contents.content_type
    if isinstance(contents, bytes | bytearray):
        body = body_of(bytes(contents), kind)
    elif isinstance(contents, str) and kind and not _is_json(kind):
        body = body_of(contents.encode(), kind)
    elif contents is None:
        body = Body(Presence.NULL, kind)
    else:
        form = json_form(contents)
        body = json_body(form, kind if _is_json(kind) else "application/json")
    assumed = {n: v for n, v in expected.metadata.items() if n.lower() in _CONTENT_TYPES}
    if named or isinstance(contents, bytes | bytearray):
        assumed = {}
    told = {name: json_form(value) for name, value in metadata.items()}
    return Message(body, {**assumed, **told})


def _is_json(content_type: str) -> bool:
    parsed = parse(content_type)
    return parsed is not None and parsed.is_json


def _worst(compared: Sequence[Comparison]) -> Comparison:
    """The first that doesn't match, of those that are all to match."""
    broken = (each for each in compared if each.mismatches)
    return next(broken, next((each for each in compared if each.undecided), compared[0]))


def _best(compared: Sequence[Comparison]) -> Comparison:
    """One that matches, else the one that is nearest to it."""
    return min(compared, key=lambda each: (len(each.mismatches), bool(each.undecided)))


def _breach(mismatch: Mismatch) -> Breach:
    return Breach(mismatch.expected, mismatch.actual, _pointer(mismatch))


def _pointer(mismatch: Mismatch) -> Pointer:
    """Where it is: the part, then the steps of the path as far as it is one of JSON."""
    if not mismatch.path.startswith("$"):
        return (mismatch.part, mismatch.path) if mismatch.path else (mismatch.part,)
    try:
        steps = [token.name for token in parse_path(mismatch.path).tokens]
    except ValueError:
        return (mismatch.part, mismatch.path)
    return (mismatch.part, *(int(each) if each.isdecimal() else each for each in steps))


def _raised(seen: Observation) -> str:
    if seen.error is None:
        return str(seen.end)
    return f"raised {seen.error}" if seen.end == "raised" else str(seen.error)


def _traceback(seen: Observation) -> str:
    """Where what the provider raised came from: by its response, or by what was logged."""
    raw = seen.output.raw if seen.output is not None else None
    if isinstance(raw, WireResponse) and raw.traceback:
        return raw.traceback
    return next((each.traceback for each in reversed(seen.logs) if each.traceback), "")


def _wrong_bodies(body: Body) -> Iterator[Body]:
    """A body whose members are something else, one after the other."""
    if body.presence is not Presence.PRESENT:
        return
    wrong: Json = {"turned": ["wrong"]}
    if isinstance(body.value, dict):
        for key in list(body.value)[:_MEMBERS]:
            yield json_body({**body.value, key: wrong}, body.content_type)
        yield json_body({**body.value, "turned wrong": wrong}, body.content_type)
    elif body.value is not None:
        yield json_body(wrong, body.content_type)
    else:
        yield replace(body, data=body.data + b"\nturned wrong")


def _wrong_messages(message: Message) -> Iterator[Message]:
    for body in _wrong_bodies(message.contents):
        yield replace(message, contents=body)
    for key in message.metadata:
        wrong: Json = {"turned": ["wrong"]}
        yield replace(message, metadata={**message.metadata, key: wrong}, rules=Rules())
