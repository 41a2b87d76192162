"""`stagepact chaos`: the clauses of `chaos:` and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.again import from_here, with_substitutes
from stagepact.cli.planning import Planned, is_like, narrowed, planned
from stagepact.cli.running import How, record, run_of
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.flow import Item

_KIND = "chaos."


@click.command()
@options.paths
@click.option("-k", "select", metavar="TEXT", help="Only clauses whose id has TEXT (or a glob).")
@click.option("--strict", is_flag=True, help="What is not exercised fails.")
@options.substitute
@options.html
@options.json_report
@click.option("--verbose", is_flag=True, help="Show kept clauses too, and everything in full.")
@click.option("--no-record", is_flag=True, help="Don't record the verdicts.")
def command(**given: Any) -> int:
    """Run only what contracts say of chaos: no network, no memory, killed half-way.

    Each is tried in a child process with limits of its own, bounded in time. What this platform
    can't do, and what the code never met, is not exercised, and says why.

    \b
    Example:
      stagepact chaos contracts/ -k killed
    """
    paths: tuple[Path, ...] = given["paths"]
    output.ready(given["html"], given["json"])
    work = _chaotic(planned(paths, given["substitute"]), given["select"])
    run = run_of(
        work, How(fuzz=False), strict=given["strict"], meta={"select": given["select"] or _KIND}
    )
    run = with_substitutes(run, given["substitute"], {})
    told = from_here(run, work.project.root, Path.cwd())
    output.show(told, html=given["html"], json=given["json"], verbose=given["verbose"])
    if not given["no_record"]:
        record(run, work.record)
    return run.exit_code


def _chaotic(work: Planned, text: str | None) -> Planned:
    """The plan with its clauses of chaos that are meant."""

    def is_meant(item: Item) -> bool:
        return item.clause.kind.startswith(_KIND) and (text is None or is_like(item.id, text))

    plan = narrowed(work.plan, is_meant)
    if not plan.targets:
        found = "no clause of chaos" if text is None else f"-k {text!r}, in no clause of chaos"
        advice = "say what may happen under `chaos:` of a stage, a pipeline or an operation"
        nothing = Problem(Place("stagepact chaos"), found, "a clause of it", advice, "no-clause")
        raise ConfigurationError(nothing, *work.plan.problems)
    return replace(work, plan=replace(plan, listed=()))
