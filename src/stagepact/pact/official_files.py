"""Pact files as the official engine gets them: each interaction called by its number.

The engine tells its results, and asks for states and messages, by descriptions. Two interactions
may have the same one, and a filter is a regular expression. So it gets a copy of the file with the
interactions that are to be verified, each with its number as its description and as the name of
its one state. What is sent and what is expected stays as it was written.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from stagepact.contract.source import Json
from stagepact.pact.model import Interaction, Pact, Version

_STATES = ("providerState", "provider_state", "providerStates")
_ONE_STATE = frozenset({Version.V1, Version.V1_1, Version.V2})


def numbered(document: Json, pact: Pact, chosen: Sequence[int]) -> list[dict[str, Json]]:
    """Copies of a pact's document with its chosen interactions.

    Two where version 3 has requests and messages in one file: the engine reads only the former.
    """
    whole: Any = document
    listed = [(key, each) for key in _keys(pact.version) for each in whole.get(key) or ()]
    kept: dict[str, list[Json]] = {}
    for number in chosen:
        key, written = listed[number]
        one = _numbered(written, number, pact.interactions[number], pact.version)
        kept.setdefault(key, []).append(one)
    rest = {key: value for key, value in whole.items() if key not in {"interactions", "messages"}}
    return [{**rest, key: written} for key, written in kept.items()]


def _keys(version: Version) -> tuple[str, ...]:
    return ("interactions", "messages") if version is Version.V3 else ("interactions",)


def _numbered(
    written: Mapping[str, Json], number: int, interaction: Interaction, version: Version
) -> Json:
    rest = {key: value for key, value in written.items() if key not in _STATES}
    if version is Version.V4:
        # The engine leaves out, without an error, what doesn't say it.
        rest["type"] = rest.get("type") or "Synchronous/HTTP"
    name = str(number)
    if version in _ONE_STATE:
        return {**rest, "description": name, "providerState": name}
    given: dict[str, Json] = {}
    for state in interaction.states:
        given |= state.parameters
    return {**rest, "description": name, "providerStates": [{"name": name, "params": given}]}
