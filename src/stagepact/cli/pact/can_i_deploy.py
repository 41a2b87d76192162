"""`stagepact pact can-i-deploy`: whether a version fits what is where it is to go, by git alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.pact.repositories import repositories, revision

if TYPE_CHECKING:
    from stagepact.pact.deploying.deployable import Answer, Pair, Version
    from stagepact.pact.deploying.question import Reply
    from stagepact.pact.deploying.repository import Repository
    from stagepact.pact.deploying.verified import Verification


@click.command()
@click.option("--pacticipant", required=True, metavar="NAME", help="Who is to be deployed.")
@revision
@click.option(
    "--to", metavar="WHERE", help="An environment, branch or tag; without it the main branch."
)
@repositories
@options.json_flag
def command(
    pacticipant: str,
    version: str,
    to: str | None,
    repository: dict[str, Repository],
    as_json: bool,
) -> int:
    """Tell whether a version can be deployed; exit code 1 where it can't.

    Pact files and records of verifications are read from git, at the commits of all who are
    concerned; nothing is checked out or run, and no broker is asked.

    \b
    Example:
      stagepact pact can-i-deploy --pacticipant ui --to production
    """
    from stagepact.pact.deploying.question import Question
    from stagepact.pact.deploying.repository import repository_at

    home = repository_at(Path.cwd())
    question = Question(pacticipant, version, to or home.default_branch(), home, repository)
    reply = question.answer()
    if as_json:
        output.print_json(_told(reply))
    else:
        for line in _lines(reply):
            output.say(line)
    return 0 if reply.deployable else 1


def _lines(reply: Reply) -> Iterator[str]:
    if reply.pairs:
        yield from _table(reply.pairs)
    for pair in reply.pairs:
        yield from _reasons(pair, reply.to)
    for name in reply.absent:
        yield f"{name} is not in {reply.to}, and needs nothing there"
    if not reply.pairs:
        yield f"no pact between {reply.version.name} and what is in {reply.to}"
    if reply.shallow and not reply.deployable:
        yield "this clone is shallow, and lacks records of its history: `git fetch --unshallow`"
    can = "can" if reply.deployable else "can not"
    yield f"{_short(reply.version)} {can} be deployed to {reply.to}"


def _table(pairs: Iterable[Pair]) -> Iterator[str]:
    rows = [("consumer", "provider", "compatible"), *map(_row, pairs)]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for consumer, provider, told in rows:
        yield f"{consumer:{widths[0]}}  {provider:{widths[1]}}  {told}"


def _row(pair: Pair) -> tuple[str, str, str]:
    from stagepact.pact.deploying.deployable import Finding

    standing = sum(each.finding is Finding.VERIFIED for each in pair.answers)
    total = len(pair.answers)
    told = f"{standing} of {total} verified"
    return (
        _short(pair.consumer),
        _short(pair.provider),
        f"yes: {told}, {_by(_newest(pair.answers))}" if pair.compatible else f"no: {told}",
    )


def _newest(answers: Iterable[Answer]) -> Verification | None:
    from stagepact.pact.deploying.deployable import Finding

    by = (each.by for each in answers if each.by and each.finding is Finding.VERIFIED)
    return max(by, key=lambda each: each.time, default=None)


def _by(record: Verification | None) -> str:
    if record is None:
        return "by nothing"
    branch = f" on {record.branch}" if record.branch else ""
    return f"by {record.engine} at {record.commit[:7]}{branch}, {record.time:%Y-%m-%d %H:%M}"


def _reasons(pair: Pair, to: str) -> Iterator[str]:
    """Why a pair isn't compatible, and what is pending."""
    from stagepact.pact.deploying.deployable import Finding

    if not pair.provider.commit:
        yield f"✗ {pair.provider.name} is not in {to}"
        return
    for each in pair.answers:
        if each.finding is Finding.VERIFIED:
            continue
        mark = "✗" if not each.stands else " "
        pending = " (pending)" if each.interaction.pending else ""
        by = f", {_by(each.by)}" if each.by else ""
        yield f"{mark} {_name(pair, each)}: {each.finding.value}{by}{pending}"
        for mismatch in each.mismatches:
            yield f"    {mismatch}"


def _name(pair: Pair, each: Answer) -> str:
    states = " and ".join(state.name for state in each.interaction.states)
    when = f", when {states}" if states else ""
    return f"{pair.consumer.name} → {pair.provider.name}: {each.interaction.description}{when}"


def _short(version: Version) -> str:
    return f"{version.name} {version.commit[:7] or '(not there)'}"


def _told(reply: Reply) -> dict[str, Any]:
    return {
        "pacticipant": reply.version.name,
        "version": reply.version.commit,
        "to": reply.to,
        "deployable": reply.deployable,
        "pairs": [_pair_told(pair) for pair in reply.pairs],
        "absent": list(reply.absent),
        "shallow": reply.shallow,
    }


def _pair_told(pair: Pair) -> dict[str, Any]:
    return {
        "consumer": {"name": pair.consumer.name, "version": pair.consumer.commit},
        "provider": {"name": pair.provider.name, "version": pair.provider.commit or None},
        "compatible": pair.compatible,
        "interactions": [_answer_told(each) for each in pair.answers],
    }


def _answer_told(each: Answer) -> dict[str, Any]:
    by = each.by and {
        "commit": each.by.commit,
        "branch": each.by.branch,
        "time": each.by.time.isoformat(),
        "engine": each.by.engine,
    }
    states = each.interaction.states
    return {
        "description": each.interaction.description,
        "states": [{"name": one.name, "params": dict(one.parameters)} for one in states],
        "pending": each.interaction.pending,
        "finding": each.finding.name.lower(),
        "by": by,
        "mismatches": list(each.mismatches),
    }
