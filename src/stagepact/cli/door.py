"""The group of all commands: what each is called, how it ends, and what is said when it can't.

A command is a module of its own here, with a `command`; it is imported when it is asked for, so
that `--help` and `--version` cost what click costs (docs/decisions/0002). It returns its exit
code: 0 kept, 1 broken, 2 used wrongly.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import IO, Any

import click

import stagepact
from stagepact.errors import Misuse, nearest

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
    "pact": "Read pact files: what consumers expect of providers.",
    "last": "Show the last recorded run again.",
}

_INTERRUPTED = 130  # what a shell reports of a program that Ctrl-C ended


def module_of(command: str) -> str:
    """The name of a command's module."""
    return command.replace("-", "_")


class UsedWrongly(click.ClickException):
    """Problems, told on stderr; exit code 2."""

    exit_code = 2

    def __init__(self, misuse: Misuse) -> None:
        super().__init__(str(misuse))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print one line a problem."""
        click.echo(self.message, file=file or sys.stderr)


class Commands(click.Group):
    """Commands by name, imported late; a misuse anywhere ends with its problems."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; the one late import of this door."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"stagepact.cli.{module_of(cmd_name)}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or an error that offers the nearest."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            guess = nearest(args[0], COMMANDS)
            advice = f"did you mean {guess!r}?" if guess else f"one of {', '.join(COMMANDS)}"
            ctx.fail(f"no command {args[0]!r}; {advice}")
        return super().resolve_command(ctx, args)

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
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `stagepact discover`, then `stagepact init`, then `stagepact check`.",
)
@click.version_option(stagepact.__version__, prog_name="stagepact", message="%(prog)s %(version)s")
def main() -> None:
    """Hold stages and services to their contracts.

    Exit codes: 0 every exercised clause is kept; 1 a clause is broken, or nothing was
    exercised; 2 stagepact was used wrongly (a contract, an option or a reference is wrong).
    """
