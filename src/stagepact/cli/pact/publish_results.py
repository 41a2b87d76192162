"""`stagepact pact publish-results`: what records say of a broker's pacts, told to the broker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact import __version__
from stagepact.cli import options, output
from stagepact.cli.pact import brokers
from stagepact.errors import ConfigurationError, ContractError, Misuse, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.broker.results import PactResult
    from stagepact.pact.deploying.verified import Verification


@dataclass(frozen=True, slots=True)
class Told:
    """What was found of a pact, as which version it was told, and where the broker has it."""

    result: PactResult
    version: str
    branch: str
    tags: tuple[str, ...]
    url: str | None = None

    @property
    def published(self) -> bool:
        """Whether the broker was told: only where all was verified, well or badly."""
        return not self.result.left_out

    def __str__(self) -> str:
        """Return it as one line."""
        result = self.result
        who = f"{result.pact.consumer} → {result.pact.provider} {self.version}"
        if not self.published:
            left_out = ", ".join(result.left_out)
            return f"{who}: not published, for these weren't verified: {left_out}"
        failed, total = sum(not each.success for each in result.found), len(result.found)
        said = f"{failed} of {total} failed" if failed else f"{total} verified"
        return f"{who}: published, {said}"

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON values, with each interaction."""
        result = self.result
        return {
            "file": result.pact.file,
            "consumer": result.pact.consumer,
            "provider": result.pact.provider,
            "version": self.version,
            "branch": self.branch or None,
            "tags": list(self.tags),
            "published": self.published,
            "success": result.success,
            "interactions": [
                {
                    "description": each.description,
                    "success": each.success,
                    "mismatches": list(each.mismatches),
                }
                for each in result.found
            ],
            "left_out": list(result.left_out),
            "url": self.url,
        }


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
@options.json_flag
def command(
    records: tuple[Path, ...],
    broker: str,
    folder: Path,
    version: str | None,
    provider_branch: str | None,
    tags: tuple[str, ...],
    as_json: bool,
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
    told: list[dict[str, Any]] = []
    with output.answered({"broker": broker, "results": told}, as_json=as_json):
        read = _read(records)
        branch = provider_branch if provider_branch is not None else read[0].branch
        for each in publish_results(read, broker, folder, version, branch, tags):
            told.append(each.as_dict())
            if not as_json:
                output.say(str(each))
    return 0 if all(each["published"] for each in told) else 1


def publish_results(
    records: list[Verification],
    url: str,
    folder: Path,
    version: str | None,
    branch: str,
    tags: tuple[str, ...] = (),
) -> Iterator[Told]:
    """Publish what records of one provider say, pact by pact.

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
            told = Told(result, number, branch, tags)
            if told.published:
                where = opened.publish_results(content, result.body(number, __version__))
                told = replace(told, url=where)
            yield told


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
