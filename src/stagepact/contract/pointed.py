"""A fault in a text, told with the line it is on and a mark under its place."""

from __future__ import annotations

import re


class UnreadableText(ValueError):  # noqa: N818 - its children say Error
    """A text that can't be read; `offset` is the place in `text`."""

    def __init__(self, text: str, offset: int, message: str) -> None:
        super().__init__(text, offset, message)
        self.text = text
        self.offset = offset
        self.message = message

    def __str__(self) -> str:
        return self.message + pointed(self.text, self.offset)


def pointed(text: str, offset: int) -> str:
    """A place in a text, to go on a message: its line (numbered, if there are more), and a mark."""
    line, column = place_in(text, offset)
    shown = text.split("\n")[line].rstrip("\r")
    blank = re.sub(r"[^\t]", " ", shown[:column].ljust(column))
    number = f" (line {line + 1})" if has_lines(text) else ""
    return f"{number}\n  {shown}\n  {blank}^"


def has_lines(text: str) -> bool:
    """Whether a text has more lines than one."""
    return "\n" in text.strip()


def place_in(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 0."""
    return text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1
