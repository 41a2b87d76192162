"""The official engine: pact-python's Verifier asks, over HTTP, and judges what it is answered.

Each interaction is verified alone, by a process that does one after the other
(`engine`, `process`), from a copy of its file without the others
(`files`). What it finds is told in the form of the native matcher's
(`results`). docs/decisions/0033 says what it costs, and where the two differ.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Exchanged, Message, Pact
from stagepact.pact.official.engine import Engine, Question, Talk
from stagepact.pact.official.files import alone
from stagepact.pact.official.results import mismatches
from stagepact.pact.verifying.lacking import EngineError
from stagepact.subject.protocols.http import WireRequest, WireResponse

Send = Callable[[WireRequest], Awaitable[WireResponse]]


@dataclass(frozen=True, slots=True)
class Written:
    """An interaction as it stands in its file, which the official engine reads by itself."""

    document: Json = field(repr=False)
    pact: Pact = field(repr=False)
    number: int

    def alone(self, given: Mapping[str, Json]) -> dict[str, Json]:
        """The file without the others, whose states hold and gave these values."""
        return alone(self.document, self.pact, self.number, given)


async def verify_response(
    engine: Engine, written: Written, given: Mapping[str, Json], send: Send
) -> tuple[WireResponse, Comparison]:
    """The response to the request that the engine makes, and how it compares.

    `given` is what the provider's states gave; `send` brings a request to the provider.

    Raises:
        EngineError: it compared nothing.
        Exception: what `send` raised.
    """
    talk = engine.talk(written.alone(given), given)
    responses: list[WireResponse] = []
    raised: list[Exception] = []

    async def answered(question: Question) -> WireResponse:
        try:
            responses.append(await send(question.request))
        except Exception as error:
            raised.append(error)
            return WireResponse(500)
        return responses[-1]

    results = await _led(talk, answered)
    if raised:
        raise raised[0]
    compared = _comparison(results)
    if not responses:
        raise EngineError("the official engine never asked the provider")
    return responses[-1], compared


def match_messages(engine: Engine, written: Written, given: tuple[Message, ...]) -> Comparison:
    """How the messages that a provider gave compare with what the interaction expects.

    Raises:
        EngineError: the engine compared nothing.
    """
    exchange = written.pact.interactions[written.number].exchange
    if isinstance(exchange, Exchanged) and (len(exchange.responses) != 1 or len(given) != 1):
        return Comparison(undecided=("the official engine compares one answer to a message",))
    talk = engine.talk(written.alone({}), {})
    try:
        next(talk)
        while True:
            talk.send(_told(given[0]))
    except StopIteration as end:
        return _comparison(end.value)


async def _led(
    talk: Talk, answered: Callable[[Question], Awaitable[WireResponse]]
) -> dict[str, Any]:
    try:
        question = next(talk)
        while True:
            question = talk.send(await answered(question))
    except StopIteration as end:
        return dict(end.value)
    finally:
        talk.close()


def _comparison(results: Mapping[str, Any]) -> Comparison:
    """What the results say of the one interaction.

    Raises:
        EngineError: nothing.
    """
    told = results.get("interactionResults") or []
    if len(told) != 1:
        said = [each["mismatch"].get("message", "") for each in results.get("errors", ())]
        why = "; ".join(filter(None, said)) or "nor a reason"
        raise EngineError(f"the official engine gave no result: {why}")
    found = told[0].get("mismatch") or {}
    if found.get("type") == "mismatches":
        return Comparison(mismatches(found["mismatches"]))
    if told[0]["result"] != "OK":
        raise EngineError(f"the official engine: {found.get('message') or json.dumps(found)}")
    return Comparison()


def _told(message: Message) -> WireResponse:
    metadata = base64.b64encode(json.dumps(message.metadata, default=str).encode()).decode()
    headers = [("pact-message-metadata", metadata)]
    if message.contents.content_type:
        headers.append(("content-type", message.contents.content_type))
    return WireResponse(200, tuple(headers), message.contents.data)
