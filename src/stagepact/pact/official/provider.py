"""The official engine where an interaction is run: it asks a service, and it compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from stagepact.contract.source import Json
from stagepact.pact.mismatch import Comparison
from stagepact.pact.model import Http, Message, Response
from stagepact.pact.official.engine import Engine
from stagepact.pact.official.verifier import Written, match_messages, verify_response
from stagepact.pact.verifying.lacking import EngineError
from stagepact.pact.verifying.providers import Send, made_request
from stagepact.subject import Unfit
from stagepact.subject.protocols.http import WireResponse

_OF_STATES = "ProviderState"


@dataclass(frozen=True, slots=True)
class JudgedResponse(WireResponse):
    """A response, with what the official engine said of it when it had asked."""

    comparison: Comparison = field(default_factory=Comparison, compare=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """Has the official engine make and send the request of an interaction."""

    engine: Engine = field(repr=False)
    written: Mapping[str, Written] = field(repr=False)

    async def __call__(
        self, name: str, exchange: Http, given: Mapping[str, Json], send: Send
    ) -> WireResponse:
        """The response, judged.

        Raises:
            Unfit: the engine compared nothing, or no state gives what the request needs.
            Exception: what `send` raised.
        """
        # Without such a value the engine sends the example, and doesn't say so.
        of_states = (each for each in exchange.request.generators if each.kind == _OF_STATES)
        made_request(name, replace(exchange.request, generators=tuple(of_states)), given)
        try:
            response, compared = await verify_response(self.engine, self.written[name], given, send)
        except EngineError as reason:
            raise Unfit(str(reason)) from None
        parts = {each.name: getattr(response, each.name) for each in fields(response)}
        return JudgedResponse(**{**parts, "comparison": compared})


@dataclass(frozen=True, slots=True)
class Official:
    """The official engine, as what compares one interaction."""

    engine: Engine = field(repr=False, compare=False)
    written: Written
    name: str = "official"
    advice: str = ""

    def response(self, expected: Response, given: WireResponse) -> Comparison:
        """What the engine said when it had asked.

        Raises:
            EngineError: it hasn't.
        """
        if not isinstance(given, JudgedResponse):
            raise EngineError("the official engine wasn't asked for this response")
        return given.comparison

    def messages(self, expected: tuple[Message, ...], given: tuple[Message, ...]) -> Comparison:
        """How messages compare, handed to its message endpoint.

        Raises:
            EngineError: it broke down.
        """
        return match_messages(self.engine, self.written, given)
