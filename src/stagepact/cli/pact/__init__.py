"""`stagepact pact …`: what consumers expect of providers, a module for each command."""

from __future__ import annotations

from collections.abc import Mapping

import click

from stagepact.cli.late import LateGroup

COMMANDS: Mapping[str, str] = {
    "write": "Write the pact files that contracts make by `consumes:`.",
    "read": "Tell what pact files say, what each matcher demands, and every fault.",
    "compare": "Hold pacts against a provider's contract, without running it.",
    "gaps": "Tell what of a provider no pact uses, and what it may leave out.",
    "verify": "Run what consumers expect of the provider here, and judge each interaction.",
    "stub": "Serve what pact files say of a provider, until Ctrl-C.",
    "publish": "Publish pact files to a broker.",
    "fetch": "Fetch the pacts that a provider is to verify from a broker.",
    "publish-results": "Tell a broker what was found of the pacts that it gave.",
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
