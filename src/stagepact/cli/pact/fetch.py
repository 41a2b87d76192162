"""`stagepact pact fetch`: a provider's pacts from a broker, as files."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.characters import printable
from stagepact.cli import output
from stagepact.cli.pact import brokers
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.verifying.selection import Selection


@click.command()
@click.option("--provider", required=True, metavar="NAME", help="Whose pacts.")
@brokers.broker_url
@click.option(
    "--to",
    "folder",
    default="pacts",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder that they are written to.",
)
@brokers.provider_branch
@brokers.selectors
@brokers.consumer
def command(
    provider: str, broker: str, folder: Path, provider_branch: str | None, **selectors: Any
) -> int:
    """Fetch the pacts that a provider is to verify; files of an earlier fetch go.

    Without selectors: each consumer's main branch, the branch with the provider's branch's name,
    and what is deployed or released. Exit code 1 where there is none.

    \b
    Example:
      stagepact pact fetch --provider api --broker https://broker.example.org
    """
    from stagepact.pact.verifying.selection import Selection

    branch = brokers.branch_of(provider_branch, brokers.here())
    selection = Selection(provider_branch=branch, **selectors)
    written = fetch(provider, broker, folder, selection)
    if not written:
        output.note(f"no pact of {provider} is selected")
    return 0 if written else 1


def fetch(
    provider: str,
    url: str,
    folder: Path,
    selection: Selection,
    tell: Callable[[str], None] = output.say,
) -> tuple[Path, ...]:
    """The files of what a broker offers, each told with the reasons for it.

    Raises:
        ConfigurationError: the broker fails, or the folder can't be written.
    """
    with brokers.open_broker(url) as opened:
        offered = opened.offered(provider, selection)
    try:
        written: tuple[Path, ...] = import_module("stagepact.pact.broker.fetched").write_fetched(
            folder, provider, offered
        )
    except OSError as error:
        found, expected = f"no file can be written ({error.strerror})", "a folder for pact files"
        advice = "name another with `--to`"
        problem = Problem(Place(str(folder)), found, expected, advice, "unwritable")
        raise ConfigurationError(problem) from None
    for path, each in zip(written, offered, strict=True):
        tell(f"{path.as_posix()}{' (pending)' if each.pending else ''}")
        for notice in each.notices:
            tell(f"  {printable(notice)}")
    return written
