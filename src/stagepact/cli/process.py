"""The command as a process: it ends soon after its answer, whatever subjects left running.

A thread can't be ended from outside, and Python waits for all that aren't daemons when it exits.
Its own end is tried first, so that what waits for the exit (a coverage tool, say) still runs.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from time import sleep

import click

from stagepact.characters import printable
from stagepact.cli.door import main

PATIENCE = 2.0  # seconds for threads that are about to end


def run() -> None:
    """Run the command of this process's arguments, and end with its exit code."""
    try:
        main(prog_name="stagepact")
    except SystemExit as end:
        if _left():
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
            threading.Thread(target=_leave, args=(code,), daemon=True).start()
        raise


def _left() -> list[str]:
    """The threads that Python would wait for."""
    others = (each for each in threading.enumerate() if each is not threading.main_thread())
    return [printable(each.name) for each in others if not each.daemon]


def _leave(code: int) -> None:
    """End the process where Python still waits: this thread dies with it where it doesn't."""
    sleep(PATIENCE)
    names = ", ".join(_left())
    with suppress(Exception):  # nobody may be reading any more
        told = f"left without waiting for threads that still run: {names}"
        click.echo(f"{told}; with `isolate: process` a run ends with all that it started", err=True)
        sys.stdout.flush()
    os._exit(code)
