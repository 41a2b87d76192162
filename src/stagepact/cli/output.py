"""Where commands write: stdout is the answer's, stderr is for all that is said beside it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.characters import encodable
from stagepact.errors import ConfigurationError, Misuse, Place, Problem

if TYPE_CHECKING:
    from stagepact.verdict.model import Run

STDOUT = "-"


@contextlib.contextmanager
def user_code() -> Iterator[None]:
    """While code of the user's is imported or run: what it prints is no part of the answer."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def say(line: str) -> None:
    """A line on stdout; characters that it can't take are shown as escapes."""
    click.echo(encodable(line, sys.stdout.encoding or "ascii"))


def note(line: str) -> None:
    """A line on stderr, beside the answer; what it can't take is shown as escapes."""
    click.echo(encodable(line, sys.stderr.encoding or "ascii"), err=True)


def print_json(value: Any) -> None:
    """Values on stdout; what has no JSON form is shown as Python shows it."""
    click.echo(json.dumps(value, indent=2, default=repr))


@contextlib.contextmanager
def answered(answer: dict[str, Any], *, as_json: bool) -> Iterator[None]:
    """What is written into an answer meanwhile is printed at the end, if it is wanted as JSON.

    It then has all problems, too: what was done before them is told with them.
    """
    if not as_json:
        yield
        return
    problems: tuple[Problem, ...] = ()
    try:
        yield
    except Misuse as misuse:
        problems = misuse.problems
    print_json({**answer, "problems": [each.as_dict() for each in problems]})
    if problems:
        click.get_current_context().exit(2)


def ready(*names: str | None) -> None:
    """Refuse files that can't be written before the work for them is done.

    Raises:
        ConfigurationError: one of them can't be written, or is a contract.
    """
    for name in names:
        if name is None or name == STDOUT:
            continue
        path = _no_contract(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_written(path, error) from None
        if path.is_dir():
            raise _not_written(path, IsADirectoryError("it is a folder"))
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise _not_written(path, PermissionError("no permission"))


def _no_contract(name: str) -> Path:
    from stagepact.contract.files import is_contract

    path = Path(name)
    if is_contract(path):
        raise _unwritable(name, "a contract", "name another file; for stdout, write `-`")
    return path


def write(name: str, text: str) -> None:
    """Text to a file, whose folders are made, or to stdout.

    Raises:
        ConfigurationError: it can't be written, or is a contract.
    """
    if name == STDOUT:
        # A document is UTF-8 wherever it goes; a terminal knows better what it takes.
        click.echo(text if sys.stdout.isatty() else text.encode(), nl=False)
        return
    replace_file(_no_contract(name), text)


def replace_file(path: Path, text: str) -> None:
    """Text to a file, whatever was there.

    Raises:
        ConfigurationError: it can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> ConfigurationError:
    reason = error.strerror or str(error)
    return _unwritable(str(path), f"a path that can't be written ({reason})")


def _unwritable(name: str, found: str, advice: str = "") -> ConfigurationError:
    return ConfigurationError(Problem(Place(name), found, "a file to write", advice, "unwritable"))


def write_html(name: str, run: Run) -> None:
    """A run as one HTML page, as `write` does it."""
    from stagepact.report import render_html

    write(name, render_html(run))


def write_junit(name: str, run: Run) -> None:
    """A run as JUnit XML, as `write` does it."""
    from stagepact.report import render_junit

    write(name, render_junit(run))


def show(run: Run, *, html: str | None, json: str | None, verbose: bool = False) -> None:
    """A run as text on stdout, unless JSON goes there, and as the files that were asked for."""
    from rich.console import Console

    from stagepact.report import render_json, render_text

    if html is not None:
        write_html(html, run)
    if json is not None:
        write(json, render_json(run))
    if json != STDOUT:
        render_text(run, Console(), verbose=verbose)
    for name in (html, json):
        if name not in (None, STDOUT):
            note(f"written: {name}")
