"""`stagepact pact publish`: consumers' pacts to a broker, by Pact's own client."""

from __future__ import annotations

from pathlib import Path

import click

from stagepact.cli import output
from stagepact.cli.pact import brokers
from stagepact.cli.pact.reading import read_pacts


@click.command()
@click.argument("paths", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1)
@brokers.broker_url
@click.option("--version", metavar="VERSION", help="The consumer's version; by default the commit.")
@click.option("--branch", metavar="NAME", help="The consumer's branch; by default that of git.")
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="A tag of it. Repeatable.")
@click.option("--merge", is_flag=True, help="Add to what the version has published before.")
def command(
    paths: tuple[Path, ...],
    broker: str,
    version: str | None,
    branch: str | None,
    tags: tuple[str, ...],
    merge: bool,
) -> int:
    """Publish pact files to a Pact Broker, with the consumer's version and branch.

    Credentials are taken from PACT_BROKER_TOKEN, or PACT_BROKER_USERNAME and
    PACT_BROKER_PASSWORD.

    \b
    Example:
      stagepact pact publish pacts/ui-api.json --broker https://broker.example.org
    """
    from stagepact.pact.broker import publishing

    pacts = read_pacts(paths)
    where = brokers.here()
    number, named = brokers.version_of(version, where), brokers.branch_of(branch, where)
    with brokers.open_broker(broker) as opened:
        opened.index()
    for path, pact in pacts.items():
        publishing.publish([path], broker, number, named, tags, merge=merge)
        on = f" on {named}" if named else ""
        who = f"{pact.consumer} {number}{on} → {pact.provider}"
        output.say(f"{path.as_posix()}: published, {who}")
    return 0
