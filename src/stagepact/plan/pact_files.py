"""The pact files that a project's contracts make, held against those that are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stagepact.contract.document import Document
from stagepact.contract.files import find_contracts, label
from stagepact.contract.read import import_models, read_documents
from stagepact.discovery import resolve
from stagepact.errors import ContractError, Place, Problem
from stagepact.pact.making import disk
from stagepact.pact.making.disk import Difference
from stagepact.pact.making.parties import PactFile, folders, pact_files
from stagepact.plan.door import Opened, open_project


@dataclass(frozen=True)
class Making:
    """What contracts make, what is to be done for it, and all that is wrong."""

    files: tuple[PactFile, ...] = ()
    differences: tuple[Difference, ...] = ()
    words: tuple[str, ...] = ()
    """What is done with each of the differences."""
    problems: tuple[Problem, ...] = ()
    read: tuple[str, ...] = ()

    def nothing(self) -> Problem:
        """That no contract makes a pact file."""
        names = ", ".join(self.read) or "no contracts"
        return Problem(
            Place("stagepact pact write"),
            f"no `consumes:` in {names}",
            "a contract that says what is used of a provider",
            "see docs/pact.md, or name the contract's file",
            "no-consumes",
        )


def making(
    paths: Sequence[Path], start: Path, substitute: Mapping[str, str] | None = None
) -> Making:
    """What the project's contracts make; with paths, only what these contracts have part in.

    Raises:
        Misuse: the configuration is wrong, or a path doesn't exist.
    """
    opened = open_project(paths, start, substitute)
    project = opened.project
    usual = [project.root / name for name in project.contracts]
    everything = find_contracts([*opened.paths, *(each for each in usual if each.exists())])
    wanted = {label(path, project.root) for path in opened.paths} if paths else None
    return made_of(everything, opened, wanted)


def made_of(paths: Sequence[Path], opened: Opened, wanted: set[str] | None = None) -> Making:
    """What contract files make; of `wanted` ones only."""
    root, project = opened.project.root, opened.project
    reading = read_documents(paths, root)
    problems = list(reading.problems)
    documents: list[Document] = []
    for document in reading.documents:
        try:
            if document.contract.consumes:
                document = import_models(document, lambda name: resolve(name, project.substitute))
            documents.append(document)
        except ContractError as error:
            problems += error.problems
    files, wrong = pact_files(documents, root)
    read = tuple(document.file for document in documents)
    if wanted is not None:
        files = tuple(each for each in files if wanted & {*each.contracts})
        read = tuple(each for each in read if each in wanted)
    if problems or wrong:
        return Making(files, problems=(*problems, *wrong), read=read)
    try:
        found = disk.differences(files, folders(documents), root, read)
    except ContractError as error:
        return Making(files, problems=error.problems, read=read)
    return Making(files, found, tuple(each.word for each in found), read=read)
