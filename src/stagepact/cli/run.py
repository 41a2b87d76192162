"""`stagepact run`: one case again, all that is seen of it, and what a clause says to it."""

from __future__ import annotations

import click

from stagepact.cli import options, output
from stagepact.cli.planning import one_item, planned_for


@click.command()
@click.argument("item")
@click.option(
    "--case",
    required=True,
    metavar="CASE",
    help="An example's name, a case as JSON, or a file with one (JSON or YAML).",
)
@options.substitute
@options.base_url
@options.pact_engine
@options.json_flag
def command(
    item: str,
    case: str,
    substitute: dict[str, str],
    base_urls: dict[str, str],
    pact_engine: str | None,
    as_json: bool,
) -> int:
    """Run one case again, and show all that was seen and what the clause says to it.

    ITEM is a clause's id, as for `explain`. Reports give the whole command for each violation.

    \b
    Example:
      stagepact run 'transcribe::output.status[direct]' --case 'no base64'
      stagepact run 'answer::output.data[direct]' --case '{"given": {"input": 3}}'
    """
    from stagepact.cli import observed
    from stagepact.cli.one_case import case_of, tried
    from stagepact.plan.door import without_pytest

    work, id_ = planned_for(item, substitute, base_urls, pact_engine)
    found = one_item(work.plan, id_)
    target = without_pytest(work.plan.targets_by_item[found.id])
    one = case_of(case, target)
    seen, judged = tried(target, found, one)
    if as_json:
        values = observed.values(found, one, seen, judged)
        output.print_json(target.secrets.masked_in(values))
    else:
        for line in observed.lines(found, one, seen, judged):
            output.say(target.secrets.masked(line))
    return 0 if judged == () or (not isinstance(judged, str) and observed.is_excused(found)) else 1
