"""What a pact says, part by part: what is demanded of each place, and by which rule.

A place for which no rule is takes the very value of the example; that is told, too, for it is what
consumers most often demand without meaning to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from stagepact.contract.source import Json
from stagepact.pact.generator import Generator
from stagepact.pact.matching.json import each_value_rules
from stagepact.pact.mismatch import quoted
from stagepact.pact.model import (
    Body,
    Exchanged,
    Http,
    Interaction,
    Message,
    Pact,
    Presence,
    Request,
    Response,
    Sent,
    Values,
)
from stagepact.pact.path import Place, shown
from stagepact.pact.rules import Category, Chosen, Variant

Side: TypeAlias = Request | Response | Message


@dataclass(frozen=True, slots=True)
class Demand:
    """What is demanded of one place: of a part, at a path, with the example."""

    part: str
    path: str
    demanded: str
    example: str

    def __str__(self) -> str:
        """One line: `body $.id: a whole number, e.g. 1`."""
        where = f"{self.part} {self.path}".rstrip()
        example = "" if self.demanded == self.example else f", e.g. {self.example}"
        return f"{where}: {self.demanded}{example}"


def sides(interaction: Interaction) -> Iterator[tuple[str, Side]]:
    """The requests, responses and messages of an interaction, each with the word for it."""
    exchange = interaction.exchange
    if isinstance(exchange, Http):
        yield "request", exchange.request
        yield "response", exchange.response
    elif isinstance(exchange, Sent):
        yield "message", exchange.message
    elif isinstance(exchange, Exchanged):
        yield "request", exchange.request
        yield from (("response", message) for message in exchange.responses)


def demands(side: Side) -> Iterator[Demand]:
    """All that is demanded of a request, a response or a message, in the order of the file."""
    if isinstance(side, Request):
        yield _one("method", side.method, Category())
        yield _one("path", side.path, side.rules.of("path"))
        yield from _named("query", side.query, side.rules.of("query"))
    elif isinstance(side, Response):
        yield _one("status", str(side.status), side.rules.of("status"))
    if isinstance(side, Message):
        yield from _of_json("metadata", dict(side.metadata), side.rules.of("metadata"))
        yield from _of_body(side.contents, side.rules.of("body"))
    else:
        yield from _named("header", side.headers, side.rules.of("header"))
        yield from _of_body(side.body, side.rules.of("body"))


def told(pact: Pact) -> dict[str, Json]:
    """The pact as a JSON object, each interaction with what it demands."""
    return {
        "file": pact.file,
        "consumer": pact.consumer,
        "provider": pact.provider,
        "version": pact.version.value,
        "interactions": [_told(each) for each in pact.interactions],
    }


def lines(pact: Pact) -> Iterator[str]:
    """The pact as lines to read."""
    count = len(pact.interactions)
    noun = "interaction" if count == 1 else "interactions"
    names = f"{pact.consumer} expects of {pact.provider}"
    yield f"{pact.file}: {names}, by version {pact.version.value}, {count} {noun}"
    for interaction in pact.interactions:
        yield from (f"  {line}" for line in interaction_lines(interaction))


def interaction_lines(interaction: Interaction) -> Iterator[str]:
    """One interaction as lines to read: its states, then part by part what is demanded."""
    yield f"{interaction.description}{_in_states(interaction)}"
    for word, side in sides(interaction):
        yield f"  {word}"
        yield from (f"    {demand}" for demand in demands(side))
        yield from (f"    {_generated(each)}" for each in side.generators)


def _in_states(interaction: Interaction) -> str:
    names = [
        f"{state.name} {quoted(dict(state.parameters))}" if state.parameters else state.name
        for state in interaction.states
    ]
    pending = " (pending)" if interaction.pending else ""
    return (f", when {' and '.join(names)}" if names else "") + pending


def _generated(generator: Generator) -> str:
    where = f"{generator.category} {generator.path.text}".rstrip()
    return f"{where}: made anew for each run: {generator}"


def _told(interaction: Interaction) -> dict[str, Json]:
    states: list[Json] = [
        {"name": state.name, "params": dict(state.parameters)} for state in interaction.states
    ]
    return {
        "description": interaction.description,
        "kind": type(interaction.exchange).__name__.lower(),
        "line": interaction.place.line,
        "states": states,
        "pending": interaction.pending,
        "parts": [_told_side(word, side) for word, side in sides(interaction)],
    }


def _told_side(word: str, side: Side) -> Json:
    demanded: list[Json] = [
        {
            "part": each.part,
            "path": each.path,
            "demanded": each.demanded,
            "example": each.example,
        }
        for each in demands(side)
    ]
    generators: list[Json] = [
        {"part": each.category, "path": each.path.text, "type": each.kind}
        for each in side.generators
    ]
    return {"of": word, "demands": demanded, "generators": generators}


def _one(part: str, example: str, rules: Category) -> Demand:
    chosen = rules.best(())
    return Demand(part, "", str(chosen) if chosen else example, example)


def _named(part: str, values: Values, rules: Category) -> Iterator[Demand]:
    for name, texts in values.items():
        chosen = rules.best((name.lower() if part == "header" else name,))
        example = ", ".join(map(quoted, texts)) or "no value"
        yield Demand(part, name, str(chosen) if chosen else example, example)


_BODIES: Mapping[Presence, str] = {
    Presence.MISSING: "",
    Presence.NULL: "no body",
    Presence.EMPTY: "no body",
}


def _of_body(body: Body, rules: Category) -> Iterator[Demand]:
    if body.presence is not Presence.PRESENT:
        if _BODIES[body.presence]:
            yield Demand("body", "", _BODIES[body.presence], _BODIES[body.presence])
    elif body.value is not None and not body.fault:
        yield from _of_json("body", body.value, rules)
    else:
        example = quoted(body.data.decode(errors="backslashreplace"))
        chosen = rules.best(())
        yield Demand("body", "$", str(chosen) if chosen else example, example)


def _of_json(
    part: str, example: Json, rules: Category, at: Place = (), above: Place = ()
) -> Iterator[Demand]:
    """Every value that has no others in it, and the places with rules of their own.

    `at` is the place for which rules are looked up, and `above` what it is below.
    """
    steps, chosen = _steps(example), rules.best(at)
    path = shown((*above, *at))
    if chosen is None:
        if not steps and (at or not isinstance(example, dict)):
            yield Demand(part, path, quoted(example), quoted(example))
    elif not steps or not chosen.cascaded:
        yield Demand(part, path, _demanded(chosen, example), quoted(example))
    variants = _variants(chosen)
    for variant in variants:
        if variant.index < len(steps):
            inside = (*above, *at, variant.index)
            yield from _of_json(part, steps[variant.index][1], variant.rules, (), inside)
    inner = _below(at, chosen, rules)
    for step, value in () if variants else steps:
        yield from _of_json(part, value, inner, (*at, step), above)


_OF_WHOLES = frozenset({"eachKey", "eachValue", "arrayContains"})


def _demanded(chosen: Chosen, example: Json) -> str:
    """The words for what is demanded; rules of wholes demand nothing of what is in them."""
    rules = chosen.rules.rules
    if chosen.cascaded and all(rule.kind in _OF_WHOLES for rule in rules):
        return "anything"
    if all(rule.kind == "equality" for rule in rules):
        return quoted(example)
    return str(chosen)


def _below(at: Place, chosen: Chosen | None, rules: Category) -> Category:
    """The rules for what is in a place: those of `eachValue` stand for all others."""
    if chosen is not None and not chosen.cascaded:
        for rule in chosen.rules.rules:
            if rule.kind == "eachValue":
                return each_value_rules(at, rule)
    return rules


def _variants(chosen: Chosen | None) -> tuple[Variant, ...]:
    if chosen is None or chosen.cascaded:
        return ()
    return tuple(variant for rule in chosen.rules.rules for variant in rule.variants)


def _steps(example: Json) -> list[tuple[str | int, Json]]:
    if isinstance(example, dict):
        return list(example.items())
    return list(enumerate(example)) if isinstance(example, list) else []
