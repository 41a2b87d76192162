"""`stagepact check`: plan, run, report, record."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from hypothesis.database import DirectoryBasedExampleDatabase
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stagepact.characters import printable
from stagepact.cli import options, output
from stagepact.cli.again import from_here, with_substitutes
from stagepact.cli.planning import EXAMPLES, Planned, is_like, narrowed, planned
from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.flow import Options, Target
from stagepact.plan.door import commit_of, run_plan
from stagepact.record import Record
from stagepact.report import render_junit
from stagepact.verdict.model import Run, Verdict


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
    html: str | None
    json: str | None
    junit: str | None
    verbose: bool
    no_record: bool


@click.command()
@options.paths
@click.option("-k", "select", metavar="TEXT", help="Only clauses whose id has TEXT (or a glob).")
@click.option("--strict", is_flag=True, help="What is not exercised or has no contract fails.")
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    metavar="N",
    help="Generated cases a subject and path.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), metavar="N", help="Generate the same cases each time."
)
@click.option("--no-fuzz", is_flag=True, help="Run the written examples only.")
@options.substitute
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
    work = _selected(planned(asked.paths, asked.substitute), asked.select)
    run = _checked(work, asked)
    told = from_here(run, work.project.root, Path.cwd())
    if asked.junit is not None:
        output.write(asked.junit, render_junit(told))
    output.show(told, html=asked.html, json=asked.json, verbose=asked.verbose)
    if not asked.no_record:
        with Record.open(work.record) as record:
            record.add(run)
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


def _checked(work: Planned, asked: Asked) -> Run:
    meta = {"commit": commit_of(work.project.root), "seed": asked.seed, "select": asked.select}
    with _progress(len(work.plan.targets)) as told, output.user_code():
        run = run_plan(
            work.plan,
            _options(work, asked),
            strict=asked.strict or work.project.strict,
            meta={name: value for name, value in meta.items() if value not in (None, "")},
            progress=told,
        )
    return with_substitutes(run, asked.substitute)


def _options(work: Planned, asked: Asked) -> Options:
    return Options(
        max_examples=asked.max_examples or work.project.max_examples,
        seed=asked.seed,
        database=DirectoryBasedExampleDatabase(work.project.root / EXAMPLES),
        fuzz=not asked.no_fuzz,
    )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Target, tuple[Verdict, ...]], None]]:
    """A bar over the targets, on a terminal's stderr only."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    # The console keeps the stream: while targets run, stdout is theirs and is sent to stderr.
    console = Console(file=sys.stderr)
    if not console.is_terminal:  # even a bar that is switched off ends its line, in older rich
        yield lambda target, verdicts: None
        return
    bar = Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task("checking", total=total)

        def told(target: Target, verdicts: tuple[Verdict, ...]) -> None:
            bar.update(task, advance=1, description=f"checked {printable(target.name)}")

        yield told
