"""Generators of pact files: values that are made anew for each run, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stagepact.contract.source import Json
from stagepact.errors import nearest
from stagepact.pact.part import Part
from stagepact.pact.path import WHOLE, PathExpression, field_path, parse_path

KINDS: Mapping[str, str] = {
    "RandomInt": "a whole number",
    "RandomDecimal": "a number with a decimal point",
    "RandomHexadecimal": "hexadecimal digits",
    "RandomString": "letters and digits",
    "RandomBoolean": "true or false",
    "Regex": "a text that matches an expression",
    "Uuid": "a UUID",
    "Date": "a date",
    "Time": "a time",
    "DateTime": "a date and time",
    "ProviderState": "a value of the provider's state",
    "MockServerURL": "an address of the mock server",
}
"""What each kind makes."""


@dataclass(frozen=True, slots=True)
class Generator:
    """What makes the value at a path of one part of a request, a response or a message."""

    kind: str
    category: str
    path: PathExpression
    settings: Mapping[str, Json] = field(default_factory=dict)

    def __str__(self) -> str:
        """What it makes."""
        return KINDS[self.kind]


_PARTS = {"headers": "header", "content": "body", "contents": "body"}
_CATEGORIES = ("body", "header", "query", "path", "status", "metadata")


def generators_of(part: Part) -> tuple[Generator, ...]:
    """The generators as a file writes them, by part and path."""
    made: list[Generator] = []
    for key, below in part.entries():
        category = _PARTS.get(key, key)
        if category not in _CATEGORIES:
            expected = f"one of {', '.join(_CATEGORIES)}"
            advice = "move them to the part they are for"
            below.fault(f"generators for `{key}`", expected, advice, "pact-unknown-category")
        elif below.has("type"):
            made += _made(below, category, WHOLE)
        else:
            for name, item in below.entries():
                made += _at(item, category, name)
    return tuple(made)


def _at(part: Part, category: str, name: str) -> list[Generator]:
    if category in {"header", "query"} and not name.startswith("$"):
        return _made(part, category, field_path(name))
    try:
        return _made(part, category, parse_path(name))
    except ValueError as error:
        advice = "write a path such as `$.items[*].name`"
        part.fault(f"the path `{name}`", str(error), advice, "pact-path")
        return []


def _made(part: Part, category: str, path: PathExpression) -> list[Generator]:
    kind = part.get("type").text()
    if kind not in KINDS:
        guess = nearest(kind, KINDS)
        advice = f"did you mean `{guess}`?" if guess else "plugins need the official engine"
        expected = f"one of {', '.join(KINDS)}"
        part.get("type").fault(f"the generator `{kind}`", expected, advice, "pact-generator")
        return []
    settings = {key: item.value for key, item in part.entries() if key != "type"}
    return [Generator(kind, category, path, settings)]
