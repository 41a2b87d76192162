"""`stagepact laws`: every law that contracts can ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from stagepact.cli import output
from stagepact.cli.planning import project_here
from stagepact.errors import Misuse, Place, Problem, nearest

if TYPE_CHECKING:
    from stagepact.contract.law_list import ListedLaw

_WIDTH = 92


@click.command()
@click.argument("words", nargs=-1, metavar="[LAW]...")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(words: tuple[str, ...], as_json: bool) -> int:
    """List the laws of stages, pipelines, services, operations and channels.

    Each with what it promises, where that comes from, and what must be there to try it; those of
    the project's plugins, too. Words choose: names of laws, or of sections.

    \b
    Example:
      stagepact laws pipelines
    """
    from stagepact.contract.law_list import all_laws
    from stagepact.contract.read import add_to_import_path
    from stagepact.hooks import laws_of
    from stagepact.plan.door import hooks_of

    project = project_here()
    add_to_import_path([project.root / folder for folder in project.pythonpath])
    hooks = hooks_of(project)
    known = tuple(all_laws(laws_of(hooks).values()))
    chosen = tuple(_chosen(known, words))
    if as_json:
        output.print_json([asdict(each) for each in chosen])
        return 0
    for section, laws in groupby(chosen, key=lambda each: each.section):
        output.say(section)
        for line in (line for each in laws for line in _told(each)):
            output.say(line)
    return 0


def _chosen(known: Iterable[ListedLaw], words: tuple[str, ...]) -> Iterator[ListedLaw]:
    """The laws that any of the words names.

    Raises:
        Misuse: there is none of that name.
    """
    every = {word for each in known for word in (each.section, each.name)}
    for word in words:
        if word not in every:
            guess = nearest(word, every)
            advice = f"did you mean {guess!r}?" if guess else "`stagepact laws` lists them all"
            found = f"{word!r}, which is no law"
            raise Misuse(Problem(Place("LAW"), found, "a law or a section", advice, "unknown-law"))
    for each in known:
        if not words or each.section in words or each.name in words:
            yield each


def _told(law: ListedLaw) -> Iterator[str]:
    yield f"  {law.name}"
    parts = (("", law.promise), ("source: ", law.source), ("needs: ", law.needs))
    for label, text in parts:
        yield from (f"    {line}" for line in wrap(label + text, _WIDTH) if text)
