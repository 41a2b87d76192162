"""The official engine and the native matcher verify the same interactions, and say the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random
from urllib.parse import quote, urlencode

import pact_bank as bank
import pytest

from stagepact.adapters.asgi import asgi_service
from stagepact.contract.source import Json
from stagepact.pact import generators, matching
from stagepact.pact.files import body_of, parse_pact
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Http, Interaction, Pact, Response, Sent
from stagepact.pact.official import Written, match_messages, verify_response
from stagepact.pact.official_engine import Engine
from stagepact.subject.protocols.http import WireRequest, WireResponse

PACTS = {version: bank.pact(version) for version in bank.DOCUMENTS}


async def respond(request: WireRequest) -> WireResponse:
    service = asgi_service(bank.app, factory=False)
    connection = await service.open()
    try:
        return await connection.send(request)
    finally:
        await connection.close()
        await service.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.close()


def by_official(engine: Engine, document: Json, pact: Pact, number: int) -> Comparison:
    written, interaction = Written(document, pact, number), pact.interactions[number]
    if isinstance(interaction.exchange, Sent):
        return match_messages(engine, written, (bank.produced(interaction),))
    return asyncio.run(verify_response(engine, written, {"id": "o-12"}, respond))[1]


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
    return matching.match_response(exchange.response, _response(await respond(wire)))


def _response(wire: WireResponse) -> Response:
    headers: dict[str, tuple[str, ...]] = {}
    for name, text in wire.headers:
        headers[name] = (*headers.get(name, ()), text)
    kind = ", ".join(headers.get("content-type", ()))
    return Response(wire.status, headers, body_of(wire.body, kind))


def where(comparison: Comparison) -> set[tuple[str, str]]:
    return {(each.part, each.path) for each in comparison.mismatches}


@pytest.mark.parametrize(
    ("version", "number"),
    [
        pytest.param(version, number, id=f"{version}: {interaction.description}")
        for version, pact in PACTS.items()
        for number, interaction in enumerate(pact.interactions)
    ],
)
def test_both_engines_find_the_planted_mistake_and_no_other(
    version: str, number: int, engine: Engine
) -> None:
    pact = PACTS[version]
    interaction = pact.interactions[number]
    theirs = by_official(engine, bank.DOCUMENTS[version], pact, number)
    ours = asyncio.run(native(interaction))
    assert (theirs.undecided, ours.undecided) == ((), ())
    assert where(ours) == bank.BROKEN[interaction.description], "native"
    assert where(theirs) == bank.BROKEN[interaction.description], "official"


def said(comparison: Comparison) -> str:
    if comparison.undecided:
        return "undecided"
    return "broken" if comparison.mismatches else "kept"


def test_the_engines_differ_where_the_decision_says_so_and_as_it_says(engine: Engine) -> None:
    pact = parse_pact(json.dumps(bank.DIFFERENT), "pacts/different.json")
    found = {
        each.description: (
            said(asyncio.run(native(each))),
            said(by_official(engine, bank.DIFFERENT, pact, number)),
        )
        for number, each in enumerate(pact.interactions)
    }
    assert found == {name: (each.native, each.official) for name, each in bank.DIFFERENCES.items()}
