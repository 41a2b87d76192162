"""`stagepact pact …`: what consumers expect of providers, a module for each command."""

from __future__ import annotations

from collections.abc import Mapping

import click

from stagepact.cli.late import LateGroup

COMMANDS: Mapping[str, str] = {
    "read": "Tell what pact files say, what each matcher demands, and every fault.",
    "can-i-deploy": "Tell whether a version fits what is deployed, by git alone.",
    "record-deployment": "Record which version is in an environment, as a tag in git.",
}


@click.group(cls=LateGroup, package=__name__, late=COMMANDS)
def command() -> None:
    """What consumers expect of providers, as pact files say it.

    \b
    Example:
      stagepact pact read pacts/*.json
    """
