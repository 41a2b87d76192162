"""What an expression can't do: be read, or have a value; and where in its text."""

from __future__ import annotations

from stagepact.contract.pointed import UnreadableText, has_lines, place_in


class ExpressionError(UnreadableText):
    """An expression that can't be read; `offset` is the place in `text`."""


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
        if self.offset is None or not has_lines(self.text):
            return self.message
        line, column = place_in(self.text, self.offset)
        return f"{self.message} (line {line + 1}, column {column + 1})"


class UndecidedError(EvaluationError):
    """An evaluation that would take too long or too much room, and so says neither yes nor no."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not decided: {reason}")
