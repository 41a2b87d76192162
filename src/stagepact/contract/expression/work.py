"""What one evaluation may cost, so that it always ends, and soon."""

from __future__ import annotations

from typing import Any

from stagepact.contract.expression.errors import UndecidedError

# Of one evaluation. A step takes a microsecond or so.
_MOST_STEPS = 2_000_000
# Items of lists and characters of texts that one evaluation makes.
_MOST_MADE = 10_000_000


class Work:
    """What one evaluation may still cost."""

    __slots__ = ("made", "steps")

    def __init__(self) -> None:
        self.steps = _MOST_STEPS
        self.made = _MOST_MADE

    def spend(self, steps: int) -> None:
        """Count steps.

        Raises:
            UndecidedError: none is left.
        """
        self.steps -= steps
        if self.steps < 0:
            raise UndecidedError(f"it takes more than {_MOST_STEPS:,} steps")

    def make(self, size: int) -> None:
        """Count items and characters, before or after they are made."""
        self.made -= size
        if self.made < 0:
            raise UndecidedError(f"it makes more than {_MOST_MADE:,} items and characters")

    def read(self, value: Any) -> None:
        """Count a look at all of a value: an item is cheaper than a step, a character more so."""
        if isinstance(value, str):
            self.spend(len(value) >> 8)
        elif isinstance(value, list | tuple | dict):
            self.spend(len(value) >> 2)

    def walk(self, value: Any) -> None:
        """Count all that is in a value: lists that share their parts are larger than they look."""
        waiting = [value]
        while waiting:
            each = waiting.pop()
            self.spend(1)
            if isinstance(each, str):
                self.make(len(each))
            elif isinstance(each, list | tuple):
                waiting.extend(each)
            elif isinstance(each, dict):
                waiting.extend(each)
                waiting.extend(each.values())
