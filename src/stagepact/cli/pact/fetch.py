"""`stagepact pact fetch`: a provider's pacts from a broker, as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.characters import printable
from stagepact.cli import options, output
from stagepact.cli.pact import brokers
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.broker.client import Offered
    from stagepact.pact.verifying.selection import Selection


@dataclass(frozen=True, slots=True)
class Fetched:
    """The files of what a broker offered, and those of an earlier fetch that are gone."""

    files: tuple[tuple[Path, Offered], ...]
    removed: tuple[Path, ...]

    def lines(self) -> Iterator[str]:
        """Each file, with the broker's reasons for it."""
        for path, offered in self.files:
            yield f"{path.as_posix()}{' (pending)' if offered.pending else ''}"
            for notice in offered.notices:
                yield f"  {printable(notice)}"
        for path in self.removed:
            yield f"{path.as_posix()}: removed, it isn't selected any more"

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "fetched": [_told(*each) for each in self.files],
            "removed": [path.as_posix() for path in self.removed],
        }


def _told(path: Path, offered: Offered) -> dict[str, Any]:
    return {
        "file": path.as_posix(),
        "consumer": offered.consumer,
        "version": offered.version,
        "pending": offered.pending,
        "wip": offered.wip,
        "notices": list(offered.notices),
        "url": offered.url,
    }


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
@options.json_flag
def command(
    provider: str,
    broker: str,
    folder: Path,
    provider_branch: str | None,
    as_json: bool,
    **selectors: Any,
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
    answer: dict[str, Any] = {
        "broker": broker,
        "provider": provider,
        "provider_branch": branch or None,
        "fetched": [],
        "removed": [],
    }
    with output.answered(answer, as_json=as_json):
        fetched = fetch(provider, broker, folder, selection)
        answer |= fetched.as_dict()
        if not as_json:
            _say(fetched, provider)
    return 0 if answer["fetched"] else 1


def _say(fetched: Fetched, provider: str) -> None:
    for line in fetched.lines():
        output.say(line)
    if not fetched.files:
        output.note(f"no pact of {provider} is selected")


def fetch(provider: str, url: str, folder: Path, selection: Selection) -> Fetched:
    """Write what a broker offers as files of a folder.

    Raises:
        ConfigurationError: the broker fails, or the folder can't be written.
    """
    with brokers.open_broker(url) as opened:
        offered = opened.offered(provider, selection)
    try:
        written = import_module("stagepact.pact.broker.fetched").write_fetched(
            folder, provider, offered
        )
    except OSError as error:
        found, expected = f"no file can be written ({error.strerror})", "a folder for pact files"
        advice = "name another with `--to`"
        problem = Problem(Place(str(folder)), found, expected, advice, "unwritable")
        raise ConfigurationError(problem) from None
    return Fetched(tuple(zip(written.files, offered, strict=True)), written.removed)
