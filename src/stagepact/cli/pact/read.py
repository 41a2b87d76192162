"""`stagepact pact read`: what pact files say."""

from __future__ import annotations

from pathlib import Path

import click

from stagepact.cli import options, output
from stagepact.cli.pact.reading import readable
from stagepact.errors import Misuse


@click.command()
@click.argument("paths", metavar="FILE|FOLDER...", type=click.Path(path_type=Path), nargs=-1)
@options.json_flag
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Tell what pact files say, what each of their matchers demands, and every fault.

    Versions 1 to 4 of the Pact specification. Of a folder its `*.json` are read. Nothing is run or
    asked.

    \b
    Example:
      stagepact pact read pacts/ui-api.json
      stagepact pact read pacts
    """
    from stagepact.pact import description

    pacts, problems = readable(paths)
    if as_json:
        output.print_json(
            {
                "pacts": [description.told(pact) for pact in pacts.values()],
                "problems": [problem.as_dict() for problem in problems],
            }
        )
        return 2 if problems else 0
    for pact in pacts.values():
        for line in description.lines(pact):
            output.say(line)
    if problems:
        raise Misuse(*problems)
    return 0
