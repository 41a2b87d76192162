"""`stagepact pact publish`: consumers' pacts to a broker, by Pact's own client."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.pact import brokers
from stagepact.cli.pact.reading import read_pacts

if TYPE_CHECKING:
    from stagepact.pact.broker.publishing import Taken
    from stagepact.pact.model import Pact


@click.command()
@click.argument("paths", metavar="FILE|FOLDER...", type=click.Path(path_type=Path), nargs=-1)
@brokers.broker_url
@click.option("--version", metavar="VERSION", help="The consumer's version; by default the commit.")
@click.option("--branch", metavar="NAME", help="The consumer's branch; by default that of git.")
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="A tag of it. Repeatable.")
@click.option("--merge", is_flag=True, help="Add to what the version has published before.")
@options.json_flag
def command(
    paths: tuple[Path, ...],
    broker: str,
    version: str | None,
    branch: str | None,
    tags: tuple[str, ...],
    merge: bool,
    as_json: bool,
) -> int:
    """Publish pact files to a Pact Broker, with the consumer's version and branch.

    Credentials are taken from PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and
    PACT_BROKER_PASSWORD.

    \b
    Example:
      stagepact pact publish pacts/ui-api.json --broker https://broker.example.org
    """
    from stagepact.pact.broker import publishing

    published: list[dict[str, Any]] = []
    with output.answered({"broker": broker, "published": published}, as_json=as_json):
        pacts = read_pacts(paths)
        where = brokers.here()
        number, named = brokers.version_of(version, where), brokers.branch_of(branch, where)
        with brokers.open_broker(broker) as opened:
            opened.index()
        for path, pact in pacts.items():
            taken = publishing.publish(path, broker, number, named, tags, merge=merge)
            published.append(_told(path, pact, number, named, tags, taken))
            if not as_json:
                output.say(_line(path, pact, number, named))
    return 0


def _line(path: Path, pact: Pact, version: str, branch: str) -> str:
    on = f" on {branch}" if branch else ""
    return f"{path.as_posix()}: published, {pact.consumer} {version}{on} → {pact.provider}"


def _told(
    path: Path,
    pact: Pact,
    version: str,
    branch: str,
    tags: tuple[str, ...],
    taken: Taken,
) -> dict[str, Any]:
    return {
        "file": path.as_posix(),
        "consumer": pact.consumer,
        "provider": pact.provider,
        "version": version,
        "branch": branch or None,
        "tags": list(tags),
        "url": taken.url,
        "notices": list(taken.notices),
    }
