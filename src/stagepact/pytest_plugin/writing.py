"""`--stagepact-write-pacts`: what contracts consume becomes pact files, before tests see them.

Loaded by the door when it is asked for. A worker of pytest-xdist writes nothing: its controller has
written before it began.
"""

from __future__ import annotations

import pytest

from stagepact.errors import Misuse
from stagepact.pact.making import disk
from stagepact.plan.pact_files import Making, making


class Writing:
    """Writes the pact files of the project that pytest runs in, and tells which."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._made = Making()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Write them.

        Raises:
            UsageError: a contract is wrong, or a file in the way is another tool's.
        """
        try:
            made = making((), self._config.rootpath)
            if made.problems:
                raise Misuse(*made.problems)
            if not self._config.option.collectonly:
                disk.write(made.differences)
        except Misuse as error:
            raise pytest.UsageError(*map(str, error.problems)) from None
        self._made = made

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tell what was written."""
        done = "to {}" if self._config.option.collectonly else "{}"
        for each, word in zip(self._made.differences, self._made.words, strict=True):
            terminalreporter.write_line(f"{each.name}: {done.format(word)}: {', '.join(each.what)}")
