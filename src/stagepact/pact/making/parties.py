"""All pact files that contracts make: one for each consumer and provider, the same bytes each time.

Contracts add up: several may say what one consumer uses of a provider. What two of them say under
one name must be the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from stagepact.contract.document import Document
from stagepact.contract.files import label
from stagepact.contract.models import Consumed
from stagepact.contract.models.consumes import PACT_FOLDER
from stagepact.errors import Place, Problem
from stagepact.pact.making.interactions import MadeInteraction, Maker
from stagepact.pact.making.losses import Loss

MARK = "stagepact"
"""The key of a file's metadata that says that it was made here."""


@dataclass(frozen=True)
class PactFile:
    """A pact file as contracts make it."""

    path: Path
    name: str
    """Its path as problems and reports call it: relative to the project."""
    consumer: str
    provider: str
    contracts: tuple[str, ...]
    interactions: tuple[MadeInteraction, ...]
    place: Place

    @property
    def losses(self) -> tuple[Loss, ...]:
        """All that Pact can't say of what the contracts do."""
        return tuple(loss for each in self.interactions for loss in each.losses)

    @cached_property
    def value(self) -> dict[str, Any]:
        """The document."""
        return {
            "consumer": {"name": self.consumer},
            "interactions": [each.value for each in self.interactions],
            "metadata": {
                "pactSpecification": {"version": "4.0"},
                MARK: {"contracts": list(self.contracts)},
            },
            "provider": {"name": self.provider},
        }

    @cached_property
    def text(self) -> str:
        """What is written: keys sorted, interactions by type, description and states."""
        return json.dumps(self.value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def pact_files(
    documents: Iterable[Document], root: Path
) -> tuple[tuple[PactFile, ...], tuple[Problem, ...]]:
    """The pact files of contracts, sorted by path, and all that is wrong with `consumes:`."""
    problems: list[Problem] = []
    parts: dict[tuple[str, str], list[_Part]] = {}
    for part in _parts(documents, root, problems):
        parts.setdefault((part.consumer, part.provider), []).append(part)
    files = [_file(each, root, problems) for each in parts.values()]
    return tuple(sorted(files, key=lambda each: each.name)), tuple(dict.fromkeys(sorted(problems)))


def folders(documents: Iterable[Document]) -> tuple[Path, ...]:
    """Where pact files of these contracts lie, or lay: what they say, and the usual folder."""
    found = {
        document.path.parent / to
        for document in documents
        for to in (PACT_FOLDER, *(each.to for each in document.contract.consumes.values()))
    }
    return tuple(sorted(found))


@dataclass(frozen=True)
class _Part:
    """What one contract says of one provider."""

    document: Document
    consumer: str
    provider: str
    path: Path
    interactions: tuple[MadeInteraction, ...]

    @property
    def place(self) -> Place:
        return self.document.place("consumes", self.provider)


def _parts(documents: Iterable[Document], root: Path, problems: list[Problem]) -> Iterator[_Part]:
    for document in documents:
        for provider, said in document.contract.consumes.items():
            consumer = said.consumer or document.contract.name
            path = document.path.parent / said.to / f"{consumer}-{provider}.json"
            problems += _outside(document, provider, said, path, root)
            maker = Maker(document, provider, label(path, root))
            made = tuple(maker.all())
            problems += maker.problems
            yield _Part(document, consumer, provider, path, made)


def _outside(
    document: Document, provider: str, said: Consumed, path: Path, root: Path
) -> Iterator[Problem]:
    if not path.resolve().is_relative_to(root.resolve()):
        yield Problem(
            document.place("consumes", provider, "to"),
            f"the folder `{said.to}`, which lies outside the project",
            "a folder inside the project, relative to the contract's file",
            "write e.g. `to: pacts`",
            "outside-project",
        )


def _file(parts: list[_Part], root: Path, problems: list[Problem]) -> PactFile:
    first = parts[0]
    for other in parts[1:]:
        if other.path.resolve() != first.path.resolve():
            problems.append(_other_folder(first, other, root))
    made = [each for part in parts for each in part.interactions]
    interactions = _each_once(made, problems)
    contracts = tuple(sorted({part.document.file for part in parts}))
    name = label(first.path.resolve(), root.resolve())
    return PactFile(
        first.path, name, first.consumer, first.provider, contracts, interactions, first.place
    )


def _other_folder(first: _Part, other: _Part, root: Path) -> Problem:
    found = (
        f"`{label(other.path, root)}` for what {other.consumer} uses of {other.provider}, which "
        f"is in `{label(first.path, root)}` by {first.place}"
    )
    advice = "give both the same `to:`, or one of them another `consumer:`"
    return Problem(other.place, found, "one pact file for the two", advice, "pact-two-files")


def _each_once(
    made: Iterable[MadeInteraction], problems: list[Problem]
) -> tuple[MadeInteraction, ...]:
    seen: dict[tuple[str, str, str], MadeInteraction] = {}
    for each in made:
        first = seen.setdefault(each.name, each)
        if json.dumps(first.value, sort_keys=True) != json.dumps(each.value, sort_keys=True):
            found = f"`{each.name[1]}` with other contents than at {first.place}"
            expected = "the same contents for one description in the same states"
            advice = "give one of them another description, or take it out"
            problems.append(Problem(each.place, found, expected, advice, "pact-conflict"))
    return tuple(seen[name] for name in sorted(seen))
