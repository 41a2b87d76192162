"""What this project consumes, as pacts: for consumers' tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stagepact.pact.files import read_pact
from stagepact.pact.model import Pact

FOLDER = "pacts"


def consumed_pacts(root: Path) -> Sequence[Pact]:
    """The pacts of a project: the files in its folder `pacts`, in the order of their names.

    Raises:
        ContractError: one of them can't be read.
    """
    return tuple(read_pact(path) for path in sorted((root / FOLDER).rglob("*.json")))
