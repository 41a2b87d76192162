"""What a provider declares and no pact uses, and what pacts use that the provider may leave out.

A use is a key of an example: what a consumer wrote down it relies on. Fields are those of bodies of
responses and of messages; nothing is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from stagepact.contract.document import Document
from stagepact.contract.source import Json
from stagepact.errors import Place
from stagepact.pact.compare.http import nearest_status
from stagepact.pact.compare.provider import Provider
from stagepact.pact.model import Body, Http, Interaction, Pact, Presence, Sent
from stagepact.pact.path import shown
from stagepact.schema.normalise import NAMED, JsonSchema
from stagepact.subject.protocols.routes import Route

EACH = "*"
"""A step into any item of a list, or to any key that isn't declared."""

Steps = tuple[str, ...]
At = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a provider declares: its steps, its schema's place, and whose pacts use it."""

    steps: Steps
    place: Place
    required: bool
    users: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The field as a path expression."""
        return shown(self.steps).replace("['*']", "[*]")

    @property
    def pointer(self) -> str:
        """The field as a JSON Pointer, with `*` for any item."""
        return "".join(f"/{each.replace('~', '~0').replace('/', '~1')}" for each in self.steps)


@dataclass(frozen=True, slots=True)
class Offer:
    """A body that a provider declares: of a status of an operation, or of a message."""

    name: str
    place: Place
    fields: tuple[Field, ...]
    users: tuple[str, ...] = ()

    @property
    def unused(self) -> tuple[Field, ...]:
        """The fields that no pact uses, without those below one that isn't used either."""
        gone = {each.steps for each in self.fields if not each.users}
        return tuple(
            each for each in self.fields if each.steps in gone and each.steps[:-1] not in gone
        )

    @property
    def uncertain(self) -> tuple[Field, ...]:
        """The fields that pacts use, and the provider may leave out."""
        return tuple(each for each in self.fields if each.users and not each.required)


@dataclass(frozen=True, slots=True)
class Gaps:
    """All that a provider declares, with who uses it; and what pacts ask that isn't declared."""

    offers: tuple[Offer, ...]
    undeclared: tuple[tuple[Place, str], ...] = ()

    @property
    def unused(self) -> tuple[Offer, ...]:
        """The operations and messages that no pact uses at all."""
        used = {_whole(each.name) for each in self.offers if each.users}
        return tuple(each for each in self.offers if _whole(each.name) not in used)


def _whole(name: str) -> str:
    return name.partition(" → ")[0]


Named: TypeAlias = Callable[[Pact, Interaction, Provider], tuple[Provider, str]]
"""Which messages of a provider an interaction means, and by what name."""


def _by_description(
    pact: Pact, interaction: Interaction, provider: Provider
) -> tuple[Provider, str]:
    return provider, interaction.description


def gaps(provider: Provider, pacts: Iterable[Pact], named: Named = _by_description) -> Gaps:
    """Who uses what of a provider."""
    offers = {each.name: each for each in _offers(provider)}
    undeclared: list[tuple[Place, str]] = []
    for pact in pacts:
        for interaction in pact.interactions:
            names, body = _asked(provider, pact, interaction, named)
            for name in names:
                offers[name] = _used(offers[name], pact.consumer, body)
            if not names:
                undeclared.append((interaction.place, interaction.description))
    return Gaps(tuple(offers.values()), tuple(undeclared))


def _used(offer: Offer, consumer: str, body: Body) -> Offer:
    used = set(_places(body.value)) if body.presence is Presence.PRESENT else set()
    fields = (
        replace(each, users=_with(each.users, consumer)) if _is_used(each, used) else each
        for each in offer.fields
    )
    return replace(offer, users=_with(offer.users, consumer), fields=tuple(fields))


def _with(users: tuple[str, ...], consumer: str) -> tuple[str, ...]:
    return tuple(sorted({*users, consumer}))


def _is_used(field: Field, used: set[Steps]) -> bool:
    if field.steps in used:
        return True
    return EACH in field.steps and any(_fits(field.steps, each) for each in used)


def _fits(steps: Steps, place: Steps) -> bool:
    return len(steps) == len(place) and all(
        step in (EACH, there) for step, there in zip(steps, place, strict=True)
    )


def _places(value: Json, at: Steps = ()) -> Iterator[Steps]:
    """The places of an example, whichever item."""
    if at:
        yield at
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _places(each, (*at, key))
    elif isinstance(value, list):
        for each in value:
            yield from _places(each, (*at, EACH))


def _asked(
    provider: Provider, pact: Pact, interaction: Interaction, named: Named
) -> tuple[set[str], Body]:
    """The names of what an interaction uses, and the body that it expects."""
    exchange = interaction.exchange
    if isinstance(exchange, Sent):
        side, name = named(pact, interaction, provider)
        meant = side.meant(name or interaction.description)
        return {each.name for group in meant for each in group}, exchange.message.contents
    if not isinstance(exchange, Http):
        return set(), Body()
    route = provider.routed(exchange.request.method, exchange.request.path).route
    status = exchange.response.status
    declared = nearest_status(status, route.operation.responses) if route else ""
    return {_name(route, declared)} if route and declared else set(), exchange.response.body


def _name(route: Route, status: str) -> str:
    return f"{route.method} {route.template} → {status}"


# -- what is declared --------------------------------------------------------------------------


def _offers(provider: Provider) -> Iterator[Offer]:
    for route in provider.operations:
        block: At = ("services", route.service, "operations", route.name)
        for status, said in route.operation.responses.items():
            at: At = (*block, "responses", status, "body")
            schema = said.body
            if said.content:
                media, schema = next(iter(said.content.items()))
                at = (*at[:-1], "content", media)
            fields = () if schema is None else tuple(_fields(route.document, at, schema))
            yield Offer(_name(route, status), route.document.place(*at[:-1]), fields)
    for name in dict.fromkeys(each.name for each in provider.messages):
        declared = [each for each in provider.messages if each.name == name]
        fields_of = (f for each in declared for f in _fields(each.document, each.path, each.schema))
        yield Offer(name, declared[0].place, tuple(_merged(fields_of)))


def _fields(document: Document, at: At, schema: JsonSchema) -> Iterator[Field]:
    """The fields of a schema, each once, as a reader meets them."""
    yield from _merged(_Walk(document).below(at, schema, (), frozenset(), sure=True))


def _merged(fields: Iterable[Field]) -> Iterator[Field]:
    """The same fields, each once: needed where anything says so."""
    seen: dict[Steps, Field] = {}
    for each in fields:
        known = seen.get(each.steps)
        required = each.required if known is None else known.required or each.required
        seen[each.steps] = replace(known or each, required=required)
    yield from seen.values()


@dataclass(frozen=True, slots=True)
class _Walk:
    """The walk through a schema; `within` are the names that a field is in, so it ends."""

    document: Document

    def below(
        self, at: At, schema: Any, steps: Steps, within: frozenset[str], *, sure: bool
    ) -> Iterator[Field]:
        """The fields below a place; `sure` where no other branch may come instead."""
        if not isinstance(schema, dict):
            return
        target = schema.get("$ref")
        name = target.removeprefix(NAMED) if isinstance(target, str) else ""
        if name and name != target and name in self.document.schemas and name not in within:
            meant = self.document.schemas[name]
            yield from self.below(("schemas", name), meant, steps, within | {name}, sure=sure)
        for key in ("allOf", "anyOf", "oneOf"):
            branches = schema.get(key)
            for index, part in enumerate(branches if isinstance(branches, list) else ()):
                alone = key == "allOf" or len(_values(branches)) == 1
                there = (*at, key, index)
                yield from self.below(there, part, steps, within, sure=sure and alone)
        yield from self._declared(at, schema, steps, within, sure)

    def _declared(
        self, at: At, schema: dict[str, Any], steps: Steps, within: frozenset[str], sure: bool
    ) -> Iterator[Field]:
        properties, required = schema.get("properties"), schema.get("required")
        for name, part in (properties if isinstance(properties, dict) else {}).items():
            there = (*at, "properties", name)
            is_required = isinstance(required, list) and name in required
            yield Field((*steps, name), self.document.place(*there), sure and is_required)
            yield from self.below(there, part, (*steps, name), within, sure=True)
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                inner = (*steps, EACH)
                yield from self.below((*at, key), schema[key], inner, within, sure=True)


def _values(branches: Any) -> list[Any]:
    """The branches that are more than null."""
    return [each for each in branches if each != {"type": "null"}]
