"""Options that say where the code of a pacticipant is, and at which commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from stagepact.pact.deploying.repository import Repository

F = TypeVar("F", bound=Callable[..., Any])


def _read(
    ctx: click.Context, parameter: click.Parameter, values: Iterable[str]
) -> dict[str, Repository]:
    """`NAME=PATH` as a mapping."""
    from stagepact.pact.deploying.repository import repository_at

    named: dict[str, Repository] = {}
    for value in values:
        name, equals, path = value.partition("=")
        if not (name and equals and path):
            raise click.BadParameter(f"{value!r} is no NAME=PATH, such as api=../api")
        named[name] = repository_at(Path(path))
    return named


def repositories(function: F) -> F:
    """`--repository NAME=PATH`: a repository, or a folder in one; repeatable."""
    return click.option(
        "--repository",
        metavar="NAME=PATH",
        multiple=True,
        callback=_read,
        help="The repository of NAME, or its folder in one; here without it. Repeatable.",
    )(function)


def revision(function: F) -> F:
    """`--version REVISION`: the commit, branch or tag of the version that is meant."""
    return click.option(
        "--version",
        default="HEAD",
        show_default=True,
        metavar="REVISION",
        help="Its commit, branch or tag.",
    )(function)
