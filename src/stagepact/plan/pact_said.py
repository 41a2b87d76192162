"""One entry of `pacts:` as it is said, and where what is wrong with it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from stagepact.contract.document import Document
from stagepact.contract.models import Pacts
from stagepact.errors import Misuse, Place, Problem
from stagepact.pact.model import Interaction, Pact


@dataclass(frozen=True)
class Said:
    """One entry of `pacts:` with its places; what is wrong with it goes into `problems`."""

    document: Document
    pacts: Pacts
    path: tuple[str | int, ...]
    problems: list[Problem] = field(default_factory=list)

    def place(self, *path: str | int) -> Place:
        """Where a part of it stands."""
        return self.document.place(*self.path, *path)

    def fault(self, path: tuple[str | int, ...], *told: str) -> None:
        """Keep what is wrong: what was found, what was expected, what to do, and its code."""
        self.problems.append(Problem(self.place(*path), *told))

    def lost(self, path: tuple[str | int, ...], misuse: Misuse) -> None:
        """Keep why a reference can't be resolved."""
        for each in misuse.problems:
            self.fault(path, each.found, each.expected, each.advice, each.code)


@dataclass(frozen=True)
class Chosen:
    """An interaction that is to be kept, with the id by which it is known in its pact."""

    pact: Pact
    interaction: Interaction
    name: str
