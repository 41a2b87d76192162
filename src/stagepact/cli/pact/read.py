"""`stagepact pact read`: what pact files say."""

from __future__ import annotations

from pathlib import Path

import click

from stagepact.cli import options, output
from stagepact.errors import ContractError, Misuse, Problem
from stagepact.pact import description, files
from stagepact.pact.model import Pact


@click.command()
@click.argument("paths", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1)
@options.json_flag
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Tell what pact files say, what each of their matchers demands, and every fault.

    Versions 1 to 4 of the Pact specification. Nothing is run or asked.

    \b
    Example:
      stagepact pact read pacts/ui-api.json
    """
    if not paths:
        raise click.UsageError("name at least one pact file, such as pacts/ui-api.json")
    pacts, problems = _read(paths)
    if as_json:
        output.print_json(
            {
                "pacts": [description.told(pact) for pact in pacts],
                "problems": [problem.as_dict() for problem in problems],
            }
        )
        return 2 if problems else 0
    for pact in pacts:
        for line in description.lines(pact):
            output.say(line)
    if problems:
        raise Misuse(*problems)
    return 0


def _read(paths: tuple[Path, ...]) -> tuple[list[Pact], list[Problem]]:
    """What could be read, and what is wrong with the rest."""
    pacts: list[Pact] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(paths):
        try:
            pacts.append(files.read_pact(path))
        except ContractError as error:
            problems += error.problems
    return pacts, problems
