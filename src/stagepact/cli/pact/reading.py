"""Pact files that a command is given: what can be read, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.errors import ContractError, Misuse, Problem

if TYPE_CHECKING:
    from stagepact.pact.model import Pact


def readable(paths: Collection[Path]) -> tuple[dict[Path, Pact], tuple[Problem, ...]]:
    """What could be read, each file once, and what is wrong with the rest.

    Raises:
        UsageError: no file is named.
    """
    from stagepact.pact.files import read_pact

    if not paths:
        raise click.UsageError("name at least one pact file, such as pacts/ui-api.json")
    pacts: dict[Path, Pact] = {}
    problems: list[Problem] = []
    for path in dict.fromkeys(paths):
        try:
            pacts[path] = read_pact(path)
        except ContractError as error:
            problems += error.problems
    return pacts, tuple(problems)


def read_pacts(paths: Collection[Path]) -> dict[Path, Pact]:
    """All pact files, each once.

    Raises:
        UsageError: no file is named.
        Misuse: with all that is wrong with any of them.
    """
    pacts, problems = readable(paths)
    if problems:
        raise Misuse(*problems)
    return pacts
