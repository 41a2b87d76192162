"""What pact files permit, as Hypothesis strategies: for properties of consumers' own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

from stagepact.contract.source import Json
from stagepact.errors import ConfigurationError, Place, Problem, nearest
from stagepact.pact.files import read_pact
from stagepact.pact.fuzzing.drawn import messages, responses
from stagepact.pact.mock.messages import message_of
from stagepact.pact.mock.provider import http_of
from stagepact.pact.model import Interaction
from stagepact.pact.plain import plain_message, plain_response
from stagepact.pact.undecided import Undecided

_T = TypeVar("_T")
Drawn = st.SearchStrategy[dict[str, Json]]


def pact_responses(file: str | Path, description: str) -> Drawn:
    """All responses that a pact file permits for an interaction.

    Each is a mapping of `status`, `headers` (a list where one is sent more than once) and `body`.

    Raises:
        Misuse: the file can't be read, has no such interaction, or one of XML or the like.
    """
    interaction, exchange = _named(file, description, http_of)
    return _drawn(interaction, lambda: responses(exchange.response), plain_response)


def pact_messages(file: str | Path, description: str) -> Drawn:
    """All messages that a pact file permits, each a mapping of `contents` and `metadata`.

    Raises:
        Misuse: the file can't be read, has no such message, or one of XML or the like.
    """
    interaction, message = _named(file, description, message_of)
    return _drawn(interaction, lambda: messages(message), plain_message)


def _named(
    file: str | Path, description: str, part: Callable[[Interaction], _T | None]
) -> tuple[Interaction, _T]:
    """The interaction of a description that has such a part, and that part."""
    parts = ((each, part(each)) for each in read_pact(Path(file)).interactions)
    known = {each.description: (each, found) for each, found in parts if found is not None}
    if description not in known:
        raise _none(file, description, known)
    return known[description]


def _drawn(
    interaction: Interaction,
    make: Callable[[], st.SearchStrategy[Any]],
    plain: Callable[[Any], dict[str, Json]],
) -> Drawn:
    try:
        drawn = make().map(plain)
        drawn.validate()  # what Hypothesis makes late would count as the time of the first draw
        return drawn
    except Undecided as reason:
        found = f"{interaction.description!r}, of which {reason}"
        problem = Problem(interaction.place, found, "JSON or plain text", "", "pact-strategy")
        raise ConfigurationError(problem) from None


def _none(file: str | Path, description: str, names: Iterable[str]) -> ConfigurationError:
    guess = nearest(description, names)
    advice = f"did you mean {guess!r}?" if guess else "see `stagepact pact read`"
    expected = f"one of {', '.join(map(repr, names))}" if names else "a pact with one of this kind"
    problem = Problem(Place(str(file)), f"no {description!r}", expected, advice, "pact-strategy")
    return ConfigurationError(problem)
