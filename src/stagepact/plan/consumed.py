"""What this project consumes, as pacts: for consumers' tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from stagepact.contract.project import read_project
from stagepact.errors import Misuse
from stagepact.pact.files import parse_pact, read_pact
from stagepact.pact.model import Pact
from stagepact.plan.pact_files import making

FOLDER = "pacts"


@lru_cache(maxsize=8)
def consumed_pacts(root: Path) -> Sequence[Pact]:
    """The pacts of a project: what its contracts make by `consumes:`, then files in `pacts/`.

    A file that contracts make counts as they make it, whatever is in it.

    Raises:
        Misuse: one of them can't be made or read.
    """
    made = {path.resolve(): pact for path, pact in _made(root)}
    files = (path for path in sorted((root / FOLDER).rglob("*.json")))
    others = (read_pact(path) for path in files if path.resolve() not in made)
    return (*made.values(), *others)


def _made(root: Path) -> Iterator[tuple[Path, Pact]]:
    project = read_project(root)
    contracts = [project.root / name for name in project.contracts]
    found = [each for each in contracts if each.exists()]
    if not found:
        return
    making_ = making(found, root)
    if making_.problems:
        raise Misuse(*making_.problems)
    for file in making_.files:
        yield file.path, parse_pact(file.text, file.name)
