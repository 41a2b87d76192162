"""`stagepact pact record-deployment`: which version is in an environment now, as a tag in git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stagepact.cli import options, output
from stagepact.cli.pact.repositories import repositories, revision
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.deploying.repository import Repository


@click.command()
@click.option("--pacticipant", required=True, metavar="NAME", help="Who was deployed.")
@click.option("--environment", required=True, metavar="NAME", help="Where to.")
@revision
@repositories
@options.json_flag
def command(
    pacticipant: str,
    environment: str,
    version: str,
    repository: dict[str, Repository],
    as_json: bool,
) -> int:
    """Record that a version was deployed: the tag ENVIRONMENT/NAME is set to its commit.

    The tag is set in the clone only; to let others know, push it as the answer says.

    \b
    Example:
      stagepact pact record-deployment --pacticipant ui --environment production
    """
    from stagepact.pact.deploying.repository import repository_at

    answer: dict[str, Any] = {
        "pacticipant": pacticipant,
        "environment": environment,
        "version": None,
        "tag": None,
        "push": None,
    }
    with output.answered(answer, as_json=as_json):
        where = repository.get(pacticipant) or repository_at(Path.cwd())
        commit = _commit(where, version)
        tag = where.mark_deployed(environment, pacticipant, commit)
        push = f"git push --force origin refs/tags/{tag}"
        answer |= {"version": commit, "tag": tag, "push": push}
        if not as_json:
            output.say(f"{pacticipant} {commit[:7]} is in {environment}: the tag {tag}")
            output.say(f"tell others: {push}")
    return 0


def _commit(where: Repository, version: str) -> str:
    """The commit that a version is.

    Raises:
        ConfigurationError: there is none.
    """
    commit = where.commit(version)
    if commit is None:
        found = f"no commit, branch or tag `{version}`"
        problem = Problem(Place(str(where.top)), found, "the version deployed", "", "pact-version")
        raise ConfigurationError(problem)
    return commit
