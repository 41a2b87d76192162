"""`stagepact lint`: documents only; nothing is imported or run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import options, output
from stagepact.cli.planning import opened

if TYPE_CHECKING:
    from stagepact.contract.document import Document
    from stagepact.errors import Problem


@click.command()
@options.paths
@options.json_flag
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Read contract documents only, and tell every fault.

    Nothing is imported or run; of a contract in Python only the syntax is looked at. Pact files
    that contracts name are read, too.

    \b
    Example:
      stagepact lint contracts/
    """
    from stagepact.contract.read import read_documents

    found = opened(paths)
    root = found.project.root
    read = read_documents(found.paths, root, run_python=False)
    problems = sorted({*read.problems, *_pact_faults(read.documents, root)})
    if as_json:
        told = [problem.as_dict() for problem in problems]
        output.print_json({"documents": len(found.paths), "problems": told})
        return 2 if problems else 0
    for problem in problems:
        output.say(str(problem))
    output.say(_summary(len(found.paths), len({each.place.file for each in problems})))
    return 2 if problems else 0


def _pact_faults(documents: Sequence[Document], root: Path) -> Iterator[Problem]:
    if any(each.contract.pacts for each in documents):
        from stagepact.plan.pacts import pact_faults

        yield from pact_faults(documents, root)


def _summary(documents: int, faulty: int) -> str:
    noun = "document" if documents == 1 else "documents"
    return f"{documents} {noun}, {f'{faulty} with problems' if faulty else 'no problem'}"
