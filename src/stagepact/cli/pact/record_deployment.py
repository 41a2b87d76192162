"""`stagepact pact record-deployment`: which version is in an environment now, as a tag in git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stagepact.cli import output
from stagepact.cli.pact.repositories import repositories, revision
from stagepact.errors import ConfigurationError, Place, Problem

if TYPE_CHECKING:
    from stagepact.pact.deploying.repository import Repository


@click.command()
@click.option("--pacticipant", required=True, metavar="NAME", help="Who was deployed.")
@click.option("--environment", required=True, metavar="NAME", help="Where to.")
@revision
@repositories
def command(
    pacticipant: str, environment: str, version: str, repository: dict[str, Repository]
) -> int:
    """Record that a version was deployed: the tag ENVIRONMENT/NAME is set to its commit.

    The tag is set in the clone only; to let others know, push it as the answer says.

    \b
    Example:
      stagepact pact record-deployment --pacticipant ui --environment production
    """
    from stagepact.pact.deploying.repository import repository_at

    where = repository.get(pacticipant) or repository_at(Path.cwd())
    commit = where.commit(version)
    if commit is None:
        found = f"no commit, branch or tag `{version}`"
        problem = Problem(Place(str(where.top)), found, "the version deployed", "", "pact-version")
        raise ConfigurationError(problem)
    tag = where.mark_deployed(environment, pacticipant, commit)
    output.say(f"{pacticipant} {commit[:7]} is in {environment}: the tag {tag}")
    output.say(f"tell others: git push --force origin refs/tags/{tag}")
    return 0
