"""`stagepact last`: the last recorded run, reported again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import options, output
from stagepact.cli.planning import project_here, record_of
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.verdict.model import Run


@click.command()
@options.html
@options.json_report
@click.option("--verbose", is_flag=True, help="Show kept clauses too, and everything in full.")
def command(html: str | None, json: str | None, verbose: bool) -> int:
    """Show the last recorded run again, and end as it did.

    \b
    Example:
      stagepact last --html build/contracts.html
    """
    path = record_of(project_here())
    run = _last_run(path)
    if run is None:
        raise _nothing(path)
    output.show(run, html=html, json=json, verbose=verbose)
    return run.exit_code


def _last_run(path: Path) -> Run | None:
    """The last run in a record, which isn't made where there is none."""
    from stagepact.record import Record

    if not path.exists():
        return None
    with Record.open(path) as record:
        return record.last()


def _nothing(path: Path) -> ConfigurationError:
    expected, advice = "a recorded run", "run `stagepact check` first"
    return ConfigurationError(Problem(Place(str(path)), "no run", expected, advice, "no-run"))
