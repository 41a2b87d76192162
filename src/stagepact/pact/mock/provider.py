"""What a mock provider answers: the interaction that a request is, or why it is none of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

from stagepact.contract.source import Json
from stagepact.pact import matching
from stagepact.pact.mismatch import Comparison
from stagepact.pact.mock.answered import Answering
from stagepact.pact.model import Body, Http, Interaction, Presence, Request, Response

Answers = Callable[[Interaction, Response], Response]
"""Makes of an interaction's example what is answered."""

_MOST_TOLD = 8
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Near:
    """An interaction that a request isn't, and what differs."""

    interaction: Interaction
    comparison: Comparison

    @property
    def parts(self) -> frozenset[str]:
        """The parts of the request that differ."""
        return frozenset(each.part for each in self.comparison.mismatches)

    def lines(self) -> Iterator[str]:
        """What differs, a line each."""
        told = [*map(str, self.comparison.mismatches), *self.comparison.undecided]
        yield from told[:_MOST_TOLD]
        if len(told) > _MOST_TOLD:
            yield f"… and {len(told) - _MOST_TOLD} more"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came: the interaction that it was, or else the one that it nearly was."""

    request: Request
    interaction: Interaction | None
    near: Near | None = None

    def __str__(self) -> str:
        """The request in short: `GET /sessions/s-1`, with its query and the start of its body."""
        query = "&".join(f"{k}={v}" for k, texts in self.request.query.items() for v in texts)
        data = self.request.body.data.decode(errors="backslashreplace")
        body = f" with {data[:_SHOWN]}" if data else ""
        mark = "?" if query else ""
        return f"{self.request.method} {self.request.path}{mark}{query}{body}"


def http_of(interaction: Interaction) -> Http | None:
    """What is asked and answered, where that is HTTP."""
    return interaction.exchange if isinstance(interaction.exchange, Http) else None


@dataclass
class Provider:
    """Answers requests by these interactions, and keeps what it was asked.

    Of several interactions that a request is, the first that wasn't asked yet is answered; when
    all were, the last one. `refusal` is the status of requests that are none of them. May be
    asked from several threads at once.
    """

    name: str
    interactions: Sequence[Interaction]
    answers: Answers = field(default_factory=Answering)
    refusal: Callable[[Near | None], int] = lambda near: 500
    keeps: bool = True
    asked: list[Asked] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def answer(self, request: Request) -> Response:
        """What the provider says to a request; a problem document (RFC 9457) if no interaction."""
        fitting, near = self._found(request)
        with self._lock:
            chosen = self._chosen(fitting, request)
            if self.keeps:
                self.asked.append(Asked(request, chosen, None if chosen else near))
        exchange = http_of(chosen) if chosen else None
        if chosen is None or exchange is None:
            return self._refused(request, near)
        return self.answers(chosen, exchange.response)

    @property
    def unmatched(self) -> tuple[Asked, ...]:
        """The requests that were none of the interactions."""
        return tuple(each for each in self.asked if each.interaction is None)

    def never_asked(self, expected: Sequence[Interaction]) -> tuple[Interaction, ...]:
        """Those of the expected interactions that no request was."""
        seen = {id(each.interaction) for each in self.asked}
        return tuple(each for each in expected if id(each) not in seen)

    def _found(self, request: Request) -> tuple[list[Interaction], Near | None]:
        fitting: list[Interaction] = []
        others: list[Near] = []
        for interaction in self.interactions:
            exchange = http_of(interaction)
            if exchange is None:
                continue
            comparison = matching.match_request(exchange.request, request)
            if comparison.matches:
                fitting.append(interaction)
            else:
                others.append(Near(interaction, comparison))
        return fitting, min(others, key=_distance, default=None)

    def _chosen(self, fitting: Sequence[Interaction], request: Request) -> Interaction | None:
        wanted = request.headers.get(STATE_HEADER, ())
        meant = [each for each in fitting if {state.name for state in each.states} & set(wanted)]
        among = meant or fitting
        seen = {id(each.interaction) for each in self.asked}
        fresh = (each for each in among if id(each) not in seen)
        return next(fresh, among[-1 if self.keeps else 0] if among else None)

    def _refused(self, request: Request, near: Near | None) -> Response:
        told = str(Asked(request, None))
        document: dict[str, Json] = {
            "type": "about:blank",
            "title": "no interaction of the pact is this request",
            "status": self.refusal(near),
            "detail": f"{self.name}: {told}; {_detail(near)}",
        }
        if near is not None:
            document["nearest"] = near.interaction.description
            document["mismatches"] = [{**each.as_dict()} for each in near.comparison.mismatches]
            document["undecided"] = list(near.comparison.undecided)
        body = Body(Presence.PRESENT, _PROBLEM, json.dumps(document).encode(), document)
        return Response(self.refusal(near), {"Content-Type": (_PROBLEM,)}, body)


STATE_HEADER = "pact-state"
_PROBLEM = "application/problem+json"


def _detail(near: Near | None) -> str:
    if near is None:
        return "there are no interactions over HTTP"
    return f"nearest is {near.interaction.description!r}: {'; '.join(near.lines())}"


def _distance(near: Near) -> tuple[bool, bool, int]:
    """Another path is further than another method, and that further than all the rest."""
    wrong = len(near.comparison.mismatches) + len(near.comparison.undecided)
    return ("path" in near.parts, "method" in near.parts, wrong)


def complaints(provider: Provider, expected: Sequence[Interaction]) -> Iterator[str]:
    """What is wrong with what a provider was asked, a text each; nothing where all is well."""
    for asked in provider.unmatched:
        yield "\n".join(_unmatched(provider, asked))
    for each in provider.never_asked(expected):
        exchange = http_of(each)
        wanted = f" ({exchange.request.method} {exchange.request.path})" if exchange else ""
        yield f"{provider.name} was never asked {each.description!r}{wanted}; {each.place}"


def _unmatched(provider: Provider, asked: Asked) -> Iterator[str]:
    yield f"{provider.name} was asked {asked}, which is no interaction of the pact"
    if asked.near is None:
        yield "  it has no interaction over HTTP"
        return
    yield f"  nearest is {asked.near.interaction.description!r} ({asked.near.interaction.place}):"
    yield from (f"    {line}" for line in asked.near.lines())
