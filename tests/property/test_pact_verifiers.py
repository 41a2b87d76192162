"""The official engine and the native matcher verify the same interactions, and say the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from urllib.parse import quote, urlencode

import pact_bank as bank
import pytest

from stagepact.adapters.asgi import asgi_service
from stagepact.contract.source import Json
from stagepact.pact import generators, matching, official
from stagepact.pact.files import body_of, parse_pact
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Http, Interaction, Message, Response, Sent
from stagepact.subject.protocols.http import WireRequest, WireResponse

PACTS = {version: bank.pact(version) for version in bank.DOCUMENTS}
Results = Mapping[tuple[str, str], official.Result]


@dataclass
class Provider:
    """The bank's app in process, its messages, and one state that gives an id."""

    entered: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    async def enter(self, interaction: Interaction) -> Mapping[str, Json]:
        self.entered.append(interaction.description)
        return {"id": "o-12"}

    async def leave(self, interaction: Interaction) -> None:
        self.left.append(interaction.description)

    async def respond(self, interaction: Interaction, request: WireRequest) -> WireResponse:
        service = asgi_service(bank.app, factory=False)
        connection = await service.open()
        try:
            return await connection.send(request)
        finally:
            await connection.close()
            await service.close()

    async def produce(self, interaction: Interaction, asked: Message | None) -> Message:
        return bank.produced(interaction)


@pytest.fixture(scope="module")
def results() -> Results:
    """By version and description, what the official engine says: one run a file."""
    found: dict[tuple[str, str], official.Result] = {}
    for version, pact in PACTS.items():
        numbers = range(len(pact.interactions))
        document = bank.DOCUMENTS[version]
        told = asyncio.run(official.verify(pact, document, numbers, Provider()))
        names = [each.description for each in pact.interactions]
        found |= {(version, names[number]): result for number, result in told.items()}
    return found


async def native(interaction: Interaction) -> Comparison:
    exchange = interaction.exchange
    if isinstance(exchange, Sent):
        return matching.match_message(exchange.message, bank.produced(interaction))
    assert isinstance(exchange, Http)
    setting = generators.Setting(Random(0), datetime(2026, 5, 1, tzinfo=UTC), {"id": "o-12"})
    request = generators.generated_request(exchange.request, setting)
    pairs = [(name, text) for name, texts in request.query.items() for text in texts]
    target = quote(request.path) + (f"?{urlencode(pairs)}" if pairs else "")
    headers = tuple(
        (name.lower().encode(), text.encode())
        for name, texts in request.headers.items()
        for text in texts
    )
    wire = WireRequest(request.method, target, headers, request.body.data)
    return matching.match_response(
        exchange.response, _response(await Provider().respond(interaction, wire))
    )


def _response(wire: WireResponse) -> Response:
    headers: dict[str, tuple[str, ...]] = {}
    for name, text in wire.headers:
        headers[name] = (*headers.get(name, ()), text)
    kind = ", ".join(headers.get("content-type", ()))
    return Response(wire.status, headers, body_of(wire.body, kind))


def where(comparison: Comparison) -> set[tuple[str, str]]:
    return {(each.part, each.path) for each in comparison.mismatches}


@pytest.mark.parametrize(
    ("version", "interaction"),
    [
        pytest.param(version, interaction, id=f"{version}: {interaction.description}")
        for version, pact in PACTS.items()
        for interaction in pact.interactions
    ],
)
def test_both_engines_find_the_planted_mistake_and_no_other(
    version: str, interaction: Interaction, results: Results
) -> None:
    name = interaction.description
    told, ours = results[version, name], asyncio.run(native(interaction))
    assert (told.raised, told.fault) == (None, "")
    assert (told.comparison.undecided, ours.undecided) == ((), ())
    assert where(ours) == bank.BROKEN[name], "native"
    assert where(told.comparison) == bank.BROKEN[name], "official"


def said(comparison: Comparison) -> str:
    if comparison.undecided:
        return "undecided"
    return "broken" if comparison.mismatches else "kept"


def test_the_engines_differ_where_the_decision_says_so_and_as_it_says() -> None:
    pact = parse_pact(json.dumps(bank.DIFFERENT), "pacts/different.json")
    numbers = range(len(pact.interactions))
    told = asyncio.run(official.verify(pact, bank.DIFFERENT, numbers, Provider()))
    found = {
        each.description: (
            said(asyncio.run(native(each))),
            said(told[number].comparison),
            told[number].fault,
        )
        for number, each in enumerate(pact.interactions)
    }
    assert found == {
        name: (each.native, each.official, "") for name, each in bank.DIFFERENCES.items()
    }
