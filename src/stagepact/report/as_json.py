"""A Run as JSON, and back: for tools, and for another day's report."""

from __future__ import annotations

import json
from typing import Any

from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.verdict import Run
from stagepact.verdict.serial import Unreadable, plain, read_run

VERSION = 1
_KEY = "stagepact_run"


def render(run: Run) -> str:
    """The run as JSON text: ASCII, sorted keys, equal for equal runs."""
    return json.dumps({_KEY: VERSION, **plain(run)}, indent=2, sort_keys=True) + "\n"


def read(text: str, file: str = "the JSON report") -> Run:
    """The run of a JSON report; `file` is the name that a complaint gives it.

    Raises:
        ConfigurationError: the text isn't such a report, or one of a newer stagepact.
    """
    values = _parse(text, file)
    version = values.get(_KEY) if isinstance(values, dict) else None
    if version != VERSION:
        raise _fault(file, f"{_KEY} is {version!r}", "was it written by a newer stagepact?")
    try:
        return read_run(values)
    except Unreadable as error:
        raise _fault(file, str(error)) from error


def _parse(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _fault(file, f"no JSON: {error}") from error


def _fault(file: str, found: str, advice: str = "") -> ConfigurationError:
    expected = f"a report with {_KEY} {VERSION}, as `stagepact check --json` writes it"
    return ConfigurationError(Problem(Place(file), found, expected, advice, "unreadable-report"))
