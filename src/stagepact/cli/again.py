"""The commands that a report gives for its violations: each shows its own again, from here."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagepact.verdict.model import ItemId, Run

_AGAIN = "stagepact run "


def with_substitutes(
    run: Run,
    substitute: Mapping[str, str],
    base_urls: Mapping[str, str] | None = None,
    pact_engine: str | None = None,
) -> Run:
    """The run, whose commands say what was put in place of what, for else they show nothing."""
    said = " ".join(
        (
            *(f"--substitute {shlex.quote(f'{old}={new}')}" for old, new in substitute.items()),
            *(
                f"--base-url {shlex.quote(f'{name}={url}' if name else url)}"
                for name, url in (base_urls or {}).items()
            ),
            *((f"--pact-engine {pact_engine}",) if pact_engine else ()),
        )
    )
    if not said:
        return run
    return _changed(run, lambda item, command: command.replace(_AGAIN, f"{_AGAIN}{said} ", 1))


def from_here(run: Run, root: Path, here: Path) -> Run:
    """The run of a project, whose commands work in a folder that may be another project's."""
    from stagepact.contract.project import read_project

    if read_project(here).root == root:
        return run

    def moved(item: ItemId, command: str) -> str:
        there = replace(item, file=_path(root / item.file, here))
        return command.replace(shlex.quote(str(item)), shlex.quote(str(there)), 1)

    return _changed(run, moved)


def _path(file: Path, here: Path) -> str:
    try:
        return Path(os.path.relpath(file, here)).as_posix()
    except ValueError:  # on another drive
        return file.as_posix()


def _changed(run: Run, change: Callable[[ItemId, str], str]) -> Run:
    verdicts = (
        replace(
            verdict,
            violations=tuple(
                replace(each, command=change(verdict.item, each.command))
                for each in verdict.violations
            ),
        )
        for verdict in run.verdicts
    )
    return replace(run, verdicts=tuple(verdicts))
