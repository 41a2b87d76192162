"""How a command checks: a planned project, run with a bar on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

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
    with _progress(len(work.plan.targets)) as bar, output.user_code():
        return run_plan(
            work.plan,
            replace(_options(work, how), heard=bar.case),
            strict=strict or work.project.strict,
            meta={name: value for name, value in known.items() if value not in (None, "", False)},
            progress=bar.target,
        )


def _options(work: Planned, how: How) -> Options:
    return Options(
        max_examples=how.max_examples or work.project.max_examples,
        seed=how.seed,
        database=DirectoryBasedExampleDatabase(work.project.root / EXAMPLES),
        fuzz=how.fuzz,
        prove=how.prove,
    )


@dataclass(frozen=True, slots=True)
class _Bar:
    """What a bar is told: of each case as it is run, and of each target as it is done."""

    case: Callable[[Target, int], None] | None = None
    target: Callable[[Target, tuple[Verdict, ...]], None] | None = None


@contextmanager
def _progress(total: int) -> Iterator[_Bar]:
    """A bar over the targets, on a terminal's stderr only, and the present one's cases."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[cases]}", markup=False),
    )
    # The console keeps the stream: while targets run, stdout is theirs and is sent to stderr.
    console = Console(file=sys.stderr)
    if not console.is_terminal:  # even a bar that is switched off ends its line, in older rich
        yield _Bar()
        return
    bar = Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task("checking", total=total, cases="")

        def case(target: Target, count: int) -> None:
            said = f"case {count}" if count > len(target.cases) else f"{count}/{len(target.cases)}"
            bar.update(task, description=f"checking {printable(target.name)}", cases=said)

        def done(target: Target, verdicts: tuple[Verdict, ...]) -> None:
            bar.update(task, advance=1, description=f"checked {printable(target.name)}", cases="")

        yield _Bar(case, done)
