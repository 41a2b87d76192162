"""`stagepact pact publish-results`: what records say of a broker's pacts, told to the broker."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact import __version__
from stagepact.cli import output
from stagepact.cli.pact import brokers
from stagepact.errors import ConfigurationError, ContractError, Misuse, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.broker.results import PactResult
    from stagepact.pact.deploying.verified import Verification


@click.command()
@click.argument("records", metavar="RECORD...", type=click.Path(path_type=Path), nargs=-1)
@brokers.broker_url
@click.option(
    "--from",
    "folder",
    default="pacts",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder with the fetched pacts.",
)
@click.option(
    "--version", metavar="VERSION", help="The provider's version; by default the records' commit."
)
@brokers.provider_branch
@click.option("--tag", "tags", multiple=True, metavar="NAME", help="A tag of it. Repeatable.")
def command(
    records: tuple[Path, ...],
    broker: str,
    folder: Path,
    version: str | None,
    provider_branch: str | None,
    tags: tuple[str, ...],
) -> int:
    """Tell a broker what was found of the pacts that it gave.

    Of records by several engines each has to be a success. A pact of which an interaction wasn't
    verified is told here only; exit code 1 then.

    \b
    Example:
      stagepact pact publish-results pacts/verified/api/main.native.json
    """
    if not records:
        raise click.UsageError("name at least one record, such as those of `--record`")
    read = _read(records)
    branch = provider_branch if provider_branch is not None else read[0].branch
    return publish_results(read, broker, folder, version, branch, tags)


def publish_results(
    records: list[Verification],
    url: str,
    folder: Path,
    version: str | None,
    branch: str,
    tags: tuple[str, ...] = (),
    tell: Callable[[str], None] = output.say,
) -> int:
    """Publish what records of one provider say; exit code 1 where some pact wasn't verified.

    Raises:
        Misuse: the records are of several providers or versions, or the broker fails.
    """
    from stagepact.pact import files
    from stagepact.pact.broker.results import pact_results

    provider, number = _who(records, version)
    with brokers.open_broker(url) as opened:
        given = brokers.given_by_broker(folder, provider)
        if not given:
            found, expected = (
                f"no pact of {provider} from a broker",
                "those of `pact fetch`",
            )
            problem = Problem(Place(str(folder)), found, expected, "fetch them", "broker-no-pacts")
            raise ConfigurationError(problem)
        results = list(pact_results((files.read_pact(path) for path in given), records))
        opened.say_version(provider, number, branch, tags)
        for content, result in zip(given.values(), results, strict=True):
            if not result.left_out:
                opened.publish_results(content, result.body(number, __version__))
            tell(_line(result, number))
    return 1 if any(each.left_out for each in results) else 0


def _line(result: PactResult, version: str) -> str:
    who = f"{result.pact.consumer} → {result.pact.provider} {version}"
    if result.left_out:
        return f"{who}: not published, for these weren't verified: {', '.join(result.left_out)}"
    failed = sum(not each.success for each in result.found)
    total = len(result.found)
    return f"{who}: published, {f'{failed} of {total} failed' if failed else f'{total} verified'}"


def _who(records: list[Verification], version: str | None) -> tuple[str, str]:
    """The provider and version that all records are of."""
    first = records[0]
    for each in records:
        if each.uncommitted and not version:
            found, expected = "a record of uncommitted changes", "one of a commit"
            raise _wrong(each, found, expected, "commit, or say the version")
        if (each.provider, each.commit) != (first.provider, first.commit):
            found = f"{each.provider} at {each.commit[:7]}"
            expected = f"{first.provider} at {first.commit[:7]}, as in {first.file}"
            raise _wrong(each, found, expected, "publish them one by one")
    return first.provider, version or first.commit


def _wrong(record: Verification, found: str, expected: str, advice: str) -> ConfigurationError:
    return ConfigurationError(Problem(Place(record.file), found, expected, advice, "record-other"))


def _read(paths: Iterable[Path]) -> list[Verification]:
    from stagepact.pact.deploying.verified import read_record

    records: list[Verification] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(paths):
        try:
            records.append(read_record(path))
        except ContractError as error:
            problems += error.problems
    if problems:
        raise Misuse(*problems)
    return records
