"""`stagepact baseline …`: the violations that are known, kept in a file of the repository."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.planning import Planned, planned
from stagepact.cli.running import How, run_of
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.contract.baseline import Entry
    from stagepact.plan.baseline import Baseline
    from stagepact.verdict.model import Run

_LONGEST_CASE = 5_000


@click.group()
def command() -> None:
    """Keep the list of violations that are known: update it, prune it.

    A known violation fails neither `stagepact check` nor pytest until its end date; a new one
    does, and so does an entry whose violation has vanished.

    \b
    Example:
      stagepact baseline update --owner shop --issue "#12" --reason "rounding" --until 2026-12-31
      stagepact baseline prune
    """


@command.command()
@options.paths
@click.option("--owner", metavar="NAME", help="Who mends it.")
@click.option("--issue", metavar="ISSUE", help="Where it is followed up, such as '#12'.")
@click.option("--reason", metavar="TEXT", help="Why it is left for now.")
@click.option("--until", metavar="DATE", help="The last day on which it is known, in UTC.")
@options.max_examples
@options.seed
@options.substitute
@options.base_url
@options.json_flag
def update(paths: tuple[Path, ...], as_json: bool, **given: Any) -> int:
    """Run the check, and add what is newly broken; what is there is kept as it is.

    \b
    Example:
      stagepact baseline update --owner shop --issue "#12" --reason "rounding" --until 2026-12-31
    """
    from stagepact.contract.baseline import Entry, write_baseline

    who = {key: given[key] for key in ("owner", "issue", "reason", "until")}
    until = _whole(who)
    work, baseline = _opened(paths, given["substitute"], given["base_urls"])
    run = run_of(work, How(given["max_examples"], given["seed"]))
    added = tuple(
        Entry(clause, at, who["owner"], who["issue"], who["reason"], until, case)
        for clause, at, case in _new(run)
    )
    if added:
        output.replace_file(baseline.path, write_baseline((*baseline.entries, *added)))
    kept = len(baseline.entries)
    _tell(baseline.file, "added", added, kept, as_json)
    return 0


@command.command()
@options.paths
@options.max_examples
@options.seed
@options.substitute
@options.base_url
@options.json_flag
def prune(
    paths: tuple[Path, ...],
    max_examples: int | None,
    seed: int | None,
    substitute: dict[str, str],
    base_urls: dict[str, str],
    as_json: bool,
) -> int:
    """Run the check, and remove what isn't broken any more, or is no clause any more.

    What was not exercised is kept, and so is what is about time.

    \b
    Example:
      stagepact baseline prune
    """
    from stagepact.contract.baseline import write_baseline
    from stagepact.plan.baseline import lost_entries

    work, baseline = _opened(paths, substitute, base_urls)
    gone = set(_vanished(run_of(work, How(max_examples, seed))))
    # A part of the contracts doesn't tell whether a clause is in the others.
    lost = () if paths else tuple(lost_entries(baseline, work.plan))
    removed = tuple(e for e in baseline.entries if (e.clause, e.at) in gone or e in lost)
    kept = tuple(each for each in baseline.entries if each not in removed)
    if removed:
        output.replace_file(baseline.path, write_baseline(kept))
    _tell(baseline.file, "removed", removed, len(kept), as_json)
    return 0


def _opened(
    paths: tuple[Path, ...], substitute: dict[str, str], base_urls: dict[str, str]
) -> tuple[Planned, Baseline]:
    """What is to be checked, all of which must be right: faults may hide what is broken."""
    from stagepact.plan.baseline import baseline_of

    work = planned(paths, substitute, base_urls)
    if work.plan.problems:
        raise ConfigurationError(*work.plan.problems)
    return work, baseline_of(work.project)


def _whole(who: dict[str, str | None]) -> date:
    """The end date, once all is said that an entry needs.

    Raises:
        ConfigurationError: with each option that is missing or wrong.
    """
    problems = [
        _wrong(f"no --{key}", words, f"add --{key} …")
        for key, words in _WORDS.items()
        if not (who[key] or "").strip()
    ]
    until = date.min
    if who["until"]:
        try:
            until = date.fromisoformat(who["until"])
        except ValueError:
            problems.append(_wrong(f"--until {who['until']!r}", "a day such as 2026-12-31"))
        else:
            if until < datetime.now(UTC).date():
                problems.append(_wrong(f"--until {until}, which is over", "a day to come"))
    if problems:
        raise ConfigurationError(*problems)
    return until


_WORDS = {
    "owner": "who mends what is broken",
    "issue": "where it is followed up",
    "reason": "why it is left for now",
    "until": "the last day on which it is known",
}


def _wrong(found: str, expected: str, advice: str = "") -> Problem:
    return Problem(Place("stagepact baseline update"), found, expected, advice, "baseline")


def _new(run: Run) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """The clauses that are newly broken, where, and what shows it if no example does."""
    from stagepact.verdict.model import State

    for verdict in run.verdicts:
        if verdict.state is State.BROKEN and not verdict.is_excepted:
            shown = {each.spot: each.example for each in verdict.violations}
            for spot in verdict.unknown:
                yield str(verdict.item), spot, _case(shown.get(spot, ""))


def _case(example: str) -> dict[str, Any] | None:
    """What a violation's example gives; nothing where it is too long to be kept in a file."""
    import yaml

    if not example or len(example) > _LONGEST_CASE:
        return None
    values: dict[str, Any] = dict(yaml.safe_load(example)[0])
    del values["name"]
    return values


def _vanished(run: Run) -> Iterator[tuple[str, str]]:
    for verdict in run.verdicts:
        yield from ((str(verdict.item), each.spot) for each in verdict.vanished)


def _tell(file: str, done: str, entries: Iterable[Entry], kept: int, as_json: bool) -> None:
    entries = tuple(entries)
    if as_json:
        told = [_plain(each) for each in entries]
        output.print_json({"file": file, done: told, "kept": kept})
        return
    for each in entries:
        who = f"({each.owner}, {each.issue}, until {each.until})"
        output.say(f"{done}  {each.clause}  at {each.at or 'the whole'}  {who}")
    output.say(f"{file}: {len(entries)} {done}, {kept} kept")


def _plain(entry: Entry) -> dict[str, Any]:
    keys = ("clause", "at", "owner", "issue", "reason", "case")
    return {**{key: getattr(entry, key) for key in keys}, "until": entry.until.isoformat()}
