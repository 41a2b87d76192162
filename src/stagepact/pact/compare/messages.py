"""A message that a consumer reads, against the event or message that a provider declares."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from stagepact.contract.source import Json
from stagepact.pact.compare.http import compare_body, incomparable
from stagepact.pact.compare.model import Finding, Verdict, together
from stagepact.pact.compare.provider import Declared, Provider
from stagepact.pact.model import Interaction, Message, Presence

_OF_CONTENTS = frozenset({"contenttype", "content-type"})


def compare_message(
    interaction: Interaction, expected: Message, provider: Provider, name: str = ""
) -> Verdict:
    """Whether every message that is declared is one that the consumer takes.

    It is found by its name, or else by the interaction's description.
    """
    wanted = name or interaction.description
    declared = provider.messages.get(wanted, ())
    if not declared:
        near = next(iter(get_close_matches(wanted, provider.messages, n=1, cutoff=0.5)), "")
        given = "no such message is declared" + (f"; the nearest is {near}" if near else "")
        asked = f"the consumer reads {wanted}"
        return Verdict((Finding("message", "", asked, given, provider.place),), undeclared=wanted)
    found = (compare_declared(interaction, expected, each) for each in declared)
    return together(*found)


def compare_declared(interaction: Interaction, expected: Message, declared: Declared) -> Verdict:
    """Whether every value of a declared message is one that the consumer takes."""
    notes = Verdict(notes=_metadata(expected.metadata), place=declared.place)
    contents = expected.contents
    if contents.presence is not Presence.PRESENT:
        return notes
    reason = incomparable(contents)
    if reason:
        return together(notes, Verdict(reasons=(reason,)))
    rules = expected.rules.of("body")
    found = compare_body(
        declared.document, declared.path, declared.schema, contents, rules, interaction, "contents"
    )
    return together(notes, found)


def _metadata(metadata: Mapping[str, Json]) -> tuple[str, ...]:
    names = [name for name in metadata if name.lower() not in _OF_CONTENTS]
    return (f"metadata is compared by running only: {', '.join(names)}",) if names else ()
