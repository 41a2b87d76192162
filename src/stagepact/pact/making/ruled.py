"""Rules of Pact by path, as they are made, and what they leave out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from stagepact.pact.making.spots import Spots

Matcher: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that rules don't say of a place: its path, the schema's, the kind, in words."""

    path: str
    schema: tuple[str | int, ...]
    kind: str
    text: str
    stricter: bool = False


@dataclass
class Ruled:
    """The rules for a part of an interaction, by path, and what they don't say."""

    rules: dict[str, dict[str, Any]] = field(default_factory=dict, kw_only=True)
    lost: list[Lost] = field(default_factory=list, kw_only=True)

    def lose(
        self, at: str, spots: Spots, kind: str, text: str, *keywords: str, stricter: bool = False
    ) -> None:
        """Tell that something is lost, with the keyword of the schema that says it."""
        made = Lost(at, spots.path(*keywords), kind, text, stricter)
        if made not in self.lost:
            self.lost.append(made)

    def rule(self, at: str, *matchers: Matcher, any_of: bool = False) -> None:
        """Write the rules of a place."""
        self.rules[at] = {"combine": "OR" if any_of else "AND", "matchers": list(matchers)}
