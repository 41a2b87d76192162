"""The command line: one small module a command, each imported when it is asked for."""

from stagepact.cli.door import main

__all__ = ["main"]
