"""`stagepact check`: plan, run, report, record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from stagepact.cli import options, output
from stagepact.cli.again import from_here, with_substitutes
from stagepact.cli.planning import Planned, is_like, narrowed, planned
from stagepact.cli.running import How, record, run_of
from stagepact.errors import ConfigurationError, Place, Problem


@dataclass(frozen=True, slots=True)
class Asked:
    """The options, as they were given."""

    paths: tuple[Path, ...]
    select: str | None
    strict: bool
    max_examples: int | None
    seed: int | None
    no_fuzz: bool
    substitute: dict[str, str]
    base_urls: dict[str, str]
    pact_engine: str | None
    html: str | None
    json: str | None
    junit: str | None
    verbose: bool
    no_record: bool
    prove: bool


@click.command()
@options.paths
@click.option("-k", "select", metavar="TEXT", help="Only clauses whose id has TEXT (or a glob).")
@click.option("--strict", is_flag=True, help="What is not exercised or has no contract fails.")
@options.max_examples
@options.seed
@click.option("--prove", is_flag=True, help="A kept clause that can't fail, fails.")
@click.option("--no-fuzz", is_flag=True, help="Run the written examples only.")
@options.substitute
@options.base_url
@options.pact_engine
@options.html
@options.json_report
@click.option("--junit", metavar="FILE", help="Write the report as JUnit XML.")
@click.option("--verbose", is_flag=True, help="Show kept clauses too, and everything in full.")
@click.option("--no-record", is_flag=True, help="Don't record the verdicts.")
def command(**given: Any) -> int:
    """Run what contracts speak of, and judge it.

    PATHS are contract files or folders; without any, those of [tool.stagepact] contracts.
    The verdicts are recorded in .stagepact/record.db, and cases that failed are kept beside
    it, to be tried first the next time.

    \b
    Example:
      stagepact check contracts/ --html build/contracts.html --seed 0
    """
    asked = Asked(**given)
    output.ready(asked.html, asked.json, asked.junit)
    work = planned(asked.paths, asked.substitute, asked.base_urls, asked.pact_engine)
    work = _selected(work, asked.select)
    how = How(asked.max_examples, asked.seed, fuzz=not asked.no_fuzz, prove=asked.prove)
    meta = {"select": asked.select, "prove": asked.prove}
    run = run_of(work, how, strict=asked.strict, meta=meta)
    run = with_substitutes(run, asked.substitute, asked.base_urls, asked.pact_engine)
    told = from_here(run, work.project.root, Path.cwd())
    if asked.junit is not None:
        output.write_junit(asked.junit, told)
    output.show(told, html=asked.html, json=asked.json, verbose=asked.verbose)
    if not asked.no_record:
        record(run, work.record)
    return run.exit_code


def _selected(work: Planned, text: str | None) -> Planned:
    """The clauses that are meant. What has no contract is no question then."""
    if text is None:
        return work
    plan = narrowed(work.plan, lambda item: is_like(item.id, text))
    if not plan.targets:
        found = f"-k {text!r}, which is in no clause's id"
        advice = "`stagepact check --verbose` lists the clauses"
        nothing = Problem(Place("stagepact check"), found, "a part of an id", advice, "no-clause")
        raise ConfigurationError(nothing, *work.plan.problems)
    return replace(work, plan=replace(plan, listed=()))
