"""Pact files that a command is given: what can be read, and what is wrong with the rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from stagepact.errors import ContractError, Misuse, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.model import Pact

_Read: TypeAlias = "tuple[dict[Path, Pact], tuple[Problem, ...]]"


def readable(paths: Collection[Path]) -> _Read:
    """What could be read, each file once, and what is wrong with the rest.

    A folder stands for the files `*.json` in it, but for results that were recorded there.

    Raises:
        UsageError: nothing is named.
    """
    from stagepact.pact.files import read_pact

    if not paths:
        raise click.UsageError("name at least one pact file, such as pacts/ui-api.json")
    pacts: dict[Path, Pact] = {}
    problems: dict[Problem, None] = {}
    for path in dict.fromkeys(paths):
        found, faults = _in_folder(path) if os.path.isdir(path) else _read([path], read_pact)
        pacts |= found
        problems |= dict.fromkeys(faults)
    return pacts, tuple(problems)


def read_pacts(paths: Collection[Path]) -> dict[Path, Pact]:
    """All pact files, each once; a folder stands for those in it.

    Raises:
        UsageError: nothing is named.
        Misuse: with all that is wrong with any of them.
    """
    pacts, problems = readable(paths)
    if problems:
        raise Misuse(*problems)
    return pacts


def _in_folder(folder: Path) -> _Read:
    from stagepact.pact.files import read_pact_beside_records

    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError as error:
        found = f"a folder that can't be read ({error.strerror})"
        return {}, (_wrong(folder, found, "check its permissions"),)
    pacts, problems = _read([folder / name for name in names], read_pact_beside_records)
    if not pacts and not problems:
        found = "a folder without pact files"
        return {}, (_wrong(folder, found, "name the folder in which they lie, or the files"),)
    return pacts, problems


def _read(paths: Iterable[Path], read: Callable[[Path], Pact | None]) -> _Read:
    pacts: dict[Path, Pact] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            pact = read(path)
        except ContractError as error:
            problems += error.problems
        else:
            pacts |= {} if pact is None else {path: pact}
    return pacts, tuple(problems)


def _wrong(folder: Path, found: str, advice: str) -> Problem:
    return Problem(Place(folder.as_posix()), found, "`*.json` of pacts in it", advice, "no-pacts")
