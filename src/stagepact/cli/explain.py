"""`stagepact explain`: one clause, with all that is known of it."""

from __future__ import annotations

import re
from dataclasses import replace

import click

from stagepact.cli import options, output
from stagepact.cli.planning import items_named, one_item, planned_for

_PATH = re.compile(r"\[\w+\]$")
_LABEL = 11


@click.command()
@click.argument("clause")
@options.substitute
@options.base_url
def command(clause: str, substitute: dict[str, str], base_urls: dict[str, str]) -> int:
    """Tell what one clause promises, where, to whom, and how it stood in the last runs.

    CLAUSE is an id as reports show it, the end of one, or a glob that only one id matches.

    \b
    Example:
      stagepact explain 'transcribe::output.data[direct]'
    """
    from stagepact.cli.facts import facts
    from stagepact.cli.unplanned import with_unplanned

    work, id_ = planned_for(clause, substitute, base_urls)
    if not items_named(work.plan, id_):
        work = replace(work, plan=with_unplanned(work))
        if not items_named(work.plan, id_):
            id_ = _PATH.sub("", id_)  # what isn't planned has no path, and a report named one
    item = one_item(work.plan, id_, any_path=True)
    secrets = work.plan.targets_by_item[item.id].secrets
    output.say(f"{item.id}\n")
    for label, text in facts(work, item):
        first, *rest = secrets.masked(text).split("\n")
        output.say(f"  {label:<{_LABEL}}{first}".rstrip())
        for line in rest:
            output.say(f"  {'':{_LABEL}}{line}".rstrip())
    return 0
