"""The official engine and the native matcher verify the same interactions, and say the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from urllib.parse import quote, urlencode

import pact_bank as bank
import pytest

from stagepact.adapters.asgi import asgi_service
from stagepact.contract.source import Json
from stagepact.flow import Options, check
from stagepact.pact import generators, matching
from stagepact.pact.files import body_of, parse_pact
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Http, Interaction, Pact, Response, Sent
from stagepact.pact.official.engine import Engine
from stagepact.pact.official.verifier import Written, match_messages, verify_response
from stagepact.plan.door import make_plan, open_project
from stagepact.subject.protocols.http import WireRequest, WireResponse
from stagepact.verdict.model import State

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


# -- whole, as contracts have it -------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = """\
name: bank
services: {api: {app: "pact_bank:app"}}
pacts:
  provider: api
  from: ../pacts
  states: {there is an order: "pact_bank:there_is_an_order"}
  messages:
"""


@dataclass(frozen=True)
class Said:
    """What one engine said of one item."""

    state: State
    where: frozenset[str]


def checked(root: Path, engine: str, *contracts: Path) -> dict[str, Said]:
    """What an engine says of all interactions of a project, or of some contracts, by item."""
    plan = make_plan(open_project([*contracts], root, pact_engine=engine))
    assert plan.problems == ()
    found = {}
    for target in plan.targets:
        if any(item.clause.kind == "pact.interaction" for item in target.items):
            for verdict in check(target, Options(fuzz=False)):
                pointers = ("/".join(map(str, each.pointer)) for each in verdict.violations)
                found[str(verdict.item)] = Said(verdict.state, frozenset(pointers))
    return found


def test_the_bank_is_verified_by_both_engines_as_contracts_have_it(tmp_path: Path) -> None:
    for folder in ("contracts", "pacts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.stagepact]\n")
    (tmp_path / "pacts" / "ui-api.json").write_text(json.dumps(bank.DOCUMENTS["4"]))
    told = (f'    {name!r}: {{function: "{bank.function_of(name)}"}}\n' for name in bank.MADE)
    (tmp_path / "contracts" / "bank.contract.yaml").write_text(CONTRACT + "".join(told))
    native, theirs = (checked(tmp_path, engine) for engine in ("native", "official"))
    assert native == theirs
    broken = {name for name, where in bank.BROKEN.items() if where}
    prefix = "contracts/bank.contract.yaml::pacts/ui-api.json::"
    states = {
        name.removeprefix(prefix).rpartition("[")[0]: said.state for name, said in native.items()
    }
    assert states == {name: State.BROKEN if name in broken else State.KEPT for name in bank.BROKEN}


def test_the_example_s_pacts_are_kept_by_both_engines() -> None:
    names = ("service.contract.yaml", "voice.contract.yaml", "contract_pipeline.py")
    files = [ROOT / "contracts" / name for name in names]
    native, theirs = (checked(ROOT, engine, *files) for engine in ("native", "official"))
    assert native == theirs
    assert len(native) >= 3
    assert {each.state for each in native.values()} == {State.KEPT}
