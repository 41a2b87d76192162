"""Pact files as the official engine gets them: one interaction, as it was written."""

from collections.abc import Mapping
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.model import Pact, Version

_STATES = ("providerState", "provider_state", "providerStates")
_STATE = "what the states give"


def written_interactions(document: Json, pact: Pact) -> tuple[tuple[str, Json], ...]:
    """The interactions of a pact's document in the order of the pact, each with its list's name."""
    whole: Any = document
    keys = ("interactions", "messages") if pact.version is Version.V3 else ("interactions",)
    return tuple((key, each) for key in keys for each in whole.get(key) or ())


def alone(document: Json, pact: Pact, number: int, given: Mapping[str, Json]) -> dict[str, Json]:
    """A copy of a pact's document with one interaction, by its number.

    Its states, which hold already, become one without parameters where they gave values, else none.
    """
    whole: Any = document
    key, interaction = written_interactions(document, pact)[number]
    written: Any = interaction
    kept = {name: value for name, value in written.items() if name not in _STATES}
    if pact.version is Version.V4:
        # The engine leaves out, without an error, what doesn't say it.
        kept["type"] = kept.get("type") or "Synchronous/HTTP"
    if given:
        kept["providerStates"] = [{"name": _STATE}]
    rest = {
        name: value for name, value in whole.items() if name not in ("interactions", "messages")
    }
    return {**rest, key: [kept]}
