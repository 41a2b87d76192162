"""Groups of commands that are imported when they are asked for (docs/decisions/0002)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from stagepact.errors import nearest


class LateGroup(click.Group):
    """Commands by name with what they do, each a module of one package with a `command`."""

    def __init__(
        self, *args: Any, package: str = "", late: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.package = package
        self.late = dict(late or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer needs them."""
        return list(self.late)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; the one late import of this door."""
        if cmd_name not in self.late:
            return None
        found: click.Command = import_module(f"{self.package}.{module_of(cmd_name)}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.late.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant, or an error that offers the nearest."""
        if args and args[0] not in self.late and not args[0].startswith("-"):
            guess = nearest(args[0], self.late)
            advice = f"did you mean {guess!r}?" if guess else f"one of {', '.join(self.late)}"
            ctx.fail(f"no command {args[0]!r}; {advice}")
        return super().resolve_command(ctx, args)


def module_of(command: str) -> str:
    """The name of a command's module."""
    return command.replace("-", "_")
