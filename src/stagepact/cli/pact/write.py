"""`stagepact pact write`: the pact files that contracts make."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import options, output
from stagepact.errors import ContractError, Misuse

if TYPE_CHECKING:
    from stagepact.pact.making.losses import Loss
    from stagepact.pact.making.parties import PactFile
    from stagepact.plan.pact_files import Making


@click.command()
@click.argument("paths", metavar="[CONTRACT]...", type=click.Path(path_type=Path), nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file would change.")
@click.option("--losses", is_flag=True, help="Tell what schemas promise and the pacts can't say.")
@options.substitute
@options.json_flag
def command(
    paths: tuple[Path, ...], check: bool, losses: bool, substitute: dict[str, str], as_json: bool
) -> int:
    """Write the pact files that contracts make by `consumes:`, and remove those that none makes.

    All contracts of the project are read; with CONTRACT only the files that these make are
    written. Nothing is written where anything is wrong.

    \b
    Example:
      stagepact pact write --losses
    """
    from stagepact.pact.making import disk
    from stagepact.plan.pact_files import making

    found = making(paths, Path.cwd(), substitute)
    if found.problems:
        raise ContractError(*found.problems)
    if not found.files and not found.differences:
        raise Misuse(found.nothing())
    if not check:
        disk.write(found.differences)
    if as_json:
        output.print_json(_told(found))
    else:
        _say(found, losses=losses, check=check)
    return 1 if check and found.differences else 0


def _told(found: Making) -> dict[str, object]:
    return {
        "files": [_file(each) for each in found.files],
        "differences": [
            {"file": each.name, "do": word, "what": list(each.what)}
            for each, word in zip(found.differences, found.words, strict=True)
        ],
        "losses": [loss.as_dict() for each in found.files for loss in each.losses],
    }


def _file(made: PactFile) -> dict[str, object]:
    return {
        "file": made.name,
        "consumer": made.consumer,
        "provider": made.provider,
        "contracts": list(made.contracts),
        "interactions": len(made.interactions),
        "losses": len(made.losses),
    }


def _say(found: Making, *, losses: bool, check: bool) -> None:
    from stagepact.pact.making.losses import grouped

    words = dict(zip((each.name for each in found.differences), found.words, strict=True))
    done = "to {}" if check else "{}"
    for made in found.files:
        word = done.format(words[made.name]) if made.name in words else "as it is"
        count = len(made.interactions)
        noun = "interaction" if count == 1 else "interactions"
        output.say(f"{made.name}: {word}: {count} {noun}, {_counted(made.losses)}")
    for each, word in zip(found.differences, found.words, strict=True):
        if each.made is None:
            output.say(f"{each.name}: {done.format(word)}: {each.what[0]}")
        elif check:
            for line in each.what:
                output.say(f"  {line}")
    if losses:
        for line in grouped(loss for made in found.files for loss in made.losses):
            output.say(line)


def _counted(losses: Iterable[Loss]) -> str:
    losses = tuple(losses)
    stricter = sum(each.stricter for each in losses)
    return f"{len(losses) - stricter} lost, {stricter} stricter"
