"""How a command checks: a planned project, run with a bar on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from hypothesis.database import DirectoryBasedExampleDatabase
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stagepact.characters import printable
from stagepact.cli import output
from stagepact.cli.planning import EXAMPLES, Planned
from stagepact.flow import Options, Target
from stagepact.plan.door import commit_of, run_plan
from stagepact.verdict.model import Run, Verdict


@dataclass(frozen=True, slots=True)
class How:
    """How to check, as it was asked for."""

    max_examples: int | None = None
    seed: int | None = None
    fuzz: bool = True
    prove: bool = False


def run_of(
    work: Planned, how: How, *, strict: bool = False, meta: Mapping[str, object] | None = None
) -> Run:
    """The run of all that is planned; what isn't said of `meta` is left out."""
    known = {"commit": commit_of(work.project.root), "seed": how.seed, **(meta or {})}
    with _progress(len(work.plan.targets)) as told, output.user_code():
        return run_plan(
            work.plan,
            _options(work, how),
            strict=strict or work.project.strict,
            meta={name: value for name, value in known.items() if value not in (None, "", False)},
            progress=told,
        )


def _options(work: Planned, how: How) -> Options:
    return Options(
        max_examples=how.max_examples or work.project.max_examples,
        seed=how.seed,
        database=DirectoryBasedExampleDatabase(work.project.root / EXAMPLES),
        fuzz=how.fuzz,
        prove=how.prove,
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
