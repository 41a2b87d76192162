"""What a traceback's text says: the frames, and the error that ended it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = "Traceback (most recent call last):"
_FRAME = re.compile(r'  File ".*", line \d+')
_CARETS = re.compile(r"\s*[~^]+\s*")


@dataclass(frozen=True, slots=True)
class Raised:
    """A traceback that was read: its frames, outermost first, and the lines of its error.

    Of a chain of errors it is the last one. A text with no frame (an exception group) is all
    error.
    """

    frames: tuple[tuple[str, ...], ...]
    error: tuple[str, ...]

    @property
    def where(self) -> str:
        """The innermost frame's place: `File "stages.py", line 41, in execute`."""
        return self.frames[-1][0].strip() if self.frames else ""

    @property
    def name(self) -> str:
        """The error's type, as far as the text tells."""
        return self.error[0].partition(":")[0] if self.error else ""


def read(traceback: str) -> Raised:
    """The frames and the error of a traceback, without the carets under the code."""
    frames: list[list[str]] = []
    error: list[str] = []
    for line in traceback.expandtabs(4).rstrip("\n").split("\n"):
        if line == _HEADER:
            frames, error = [], []
        elif error:
            error.append(line)
        elif _FRAME.match(line):
            frames.append([line])
        elif frames and line.startswith("    "):
            if not _CARETS.fullmatch(line):
                frames[-1].append(line)
        else:
            error.append(line)
    return Raised(tuple(map(tuple, frames)), tuple(error))
