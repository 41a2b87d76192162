"""The group of all commands: what each is called, how it ends, and what is said when it can't.

A command is a module of its own here, with a `command`; it is imported when it is asked for, so
that `--help` and `--version` cost what click costs (docs/decisions/0002). It returns its exit
code: 0 kept, 1 broken, 2 used wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO, Any

import click

import stagepact
from stagepact.cli.late import LateGroup
from stagepact.errors import Misuse

COMMANDS: Mapping[str, str] = {
    "check": "Run what contracts speak of, and judge it.",
    "chaos": "Run only what contracts say of chaos: no network, no memory, killed half-way.",
    "lint": "Read contract documents only, and tell every fault.",
    "discover": "List what can be put to the test, and what can't.",
    "init": "Write a first contract from the code.",
    "laws": "List the laws of stages, pipelines, services, operations and channels.",
    "language": "Print the JSON Schema of the contract language.",
    "explain": "Tell what one clause promises.",
    "run": "Run one case again, and show all that was seen.",
    "schema": "Generate, mutate, validate and compare by one JSON Schema or model.",
    "baseline": "Keep the list of violations that are known: update it, prune it.",
    "diff": "Tell what changed between two versions of contracts.",
    "import": "Write a contract from an OpenAPI or AsyncAPI document.",
    "export": "Write a contract as an OpenAPI 3.1 or AsyncAPI 3.0 document.",
    "record-http": "Turn recorded HTTP traffic into a first contract.",
    "stub": "Serve what contracts declare: responses and messages.",
    "pact": "What consumers expect of providers, as pact files say it.",
    "last": "Show the last recorded run again.",
}

_INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C ended


class UsedWrongly(click.ClickException):
    """Problems, told on stderr; exit code 2."""

    exit_code = 2

    def __init__(self, misuse: Misuse) -> None:
        super().__init__(str(misuse))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print one line a problem."""
        click.echo(self.message, file=file or sys.stderr)


class Commands(LateGroup):
    """Commands by name, imported late; a misuse anywhere ends with its problems."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command and end with its exit code."""
        try:
            code = super().invoke(ctx)
        except Misuse as misuse:
            raise UsedWrongly(misuse) from None
        except KeyboardInterrupt:
            click.echo("interrupted: nothing was recorded", err=True)
            ctx.exit(_INTERRUPTED)
        ctx.exit(code or 0)


@click.group(
    cls=Commands,
    package="stagepact.cli",
    late=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `stagepact discover`, then `stagepact init`, then `stagepact check`.",
)
@click.version_option(stagepact.__version__, prog_name="stagepact", message="%(prog)s %(version)s")
def main() -> None:
    """Hold stages and services to their contracts.

    Exit codes: 0 every exercised clause is kept; 1 a clause is broken, or nothing was
    exercised; 2 stagepact was used wrongly (a contract, an option or a reference is wrong).
    """
