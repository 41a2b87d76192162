"""What an expression can't do: be read, or have a value; and where in its text."""

from __future__ import annotations

import re


class ExpressionError(ValueError):
    """An expression that can't be read; `offset` is the place in `text`."""

    def __init__(self, text: str, offset: int, message: str) -> None:
        super().__init__(text, offset, message)
        self.text = text
        self.offset = offset
        self.message = message

    def __str__(self) -> str:
        return self.message + pointed(self.text, self.offset)


class EvaluationError(Exception):
    """An expression that has no value here: a path that leads nowhere, a wrong type.

    `offset` is the place in `text`, once an evaluation has said both.
    """

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.text = ""

    def __str__(self) -> str:
        if self.offset is None or not _has_lines(self.text):
            return self.message
        line, column = _place(self.text, self.offset)
        return f"{self.message} (line {line + 1}, column {column + 1})"


class UndecidedError(EvaluationError):
    """An evaluation that would take too long or too much room, and so says neither yes nor no."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not decided: {reason}")


def pointed(text: str, offset: int) -> str:
    """A place in a text, to go on a message: its line (numbered, if there are more), and a mark."""
    line, column = _place(text, offset)
    shown = text.split("\n")[line].rstrip("\r")
    blank = re.sub(r"[^\t]", " ", shown[:column].ljust(column))
    number = f" (line {line + 1})" if _has_lines(text) else ""
    return f"{number}\n  {shown}\n  {blank}^"


def _has_lines(text: str) -> bool:
    return "\n" in text.strip()


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 0."""
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1
