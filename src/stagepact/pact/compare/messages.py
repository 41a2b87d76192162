"""A message that a consumer reads, against the event or message that a provider declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from stagepact.cases import all_of
from stagepact.contract.source import Json
from stagepact.pact.compare.http import Part, compare_body, incomparable
from stagepact.pact.compare.model import Finding, Verdict, together
from stagepact.pact.compare.provider import Declared, Provider
from stagepact.pact.model import Interaction, Message, Presence
from stagepact.schema.normalise import SchemaError

_OF_CONTENTS = frozenset({"contenttype", "content-type"})


def compare_message(
    interaction: Interaction, expected: Message, provider: Provider, name: str = ""
) -> Verdict:
    """Whether every message that is declared is one that the consumer takes.

    It is found by its name, or else by the interaction's description.
    """
    wanted = name or interaction.description
    meant = provider.meant(wanted)
    if not meant:
        names = (each.name for each in provider.messages)
        near = next(iter(get_close_matches(wanted, names, n=1, cutoff=0.5)), "")
        given = "no such message is declared" + (f"; the nearest is {near}" if near else "")
        asked = f"the consumer reads {wanted}"
        return Verdict((Finding("message", "", asked, given, provider.place),), undeclared=wanted)
    return together(*(compare_declared(interaction, expected, each) for each in meant))


def compare_declared(
    interaction: Interaction, expected: Message, declared: Sequence[Declared]
) -> Verdict:
    """Whether every value of a message is one that the consumer takes; what is said adds up."""
    first = declared[0]
    notes = Verdict(notes=_metadata(expected.metadata), place=first.place)
    contents = expected.contents
    if contents.presence is not Presence.PRESENT:
        return notes
    reason = incomparable(contents)
    if reason:
        return together(notes, Verdict(reasons=(reason,)))
    try:
        schema = all_of([each.document.scope.bundle(each.schema) for each in declared])
    except SchemaError as error:
        return Verdict(reasons=(f"the schema of {first.name} can't be used: {error}",))
    places = tuple((each.document, each.path, each.schema) for each in declared)
    part = Part("contents", places, schema if schema is not None else True)
    return together(notes, compare_body(part, contents, expected.rules.of("body"), interaction))


def _metadata(metadata: Mapping[str, Json]) -> tuple[str, ...]:
    names = [name for name in metadata if name.lower() not in _OF_CONTENTS]
    return (f"metadata is compared by running only: {', '.join(names)}",) if names else ()
