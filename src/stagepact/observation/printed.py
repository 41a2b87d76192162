"""What a run prints, kept to a limit: sys.stdout and sys.stderr while it runs."""

from __future__ import annotations

import io
import sys
from types import TracebackType
from typing import Any, Self

LONGEST = 20_000


class _Bounded(io.RawIOBase):
    """Bytes; those beyond the limit are counted as written and let go."""

    def __init__(self, limit: int) -> None:
        self.kept = bytearray()
        self._limit = limit

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        given = memoryview(data).cast("B")
        self.kept += given[: max(0, self._limit - len(self.kept))]
        return len(given)


class Printed:
    """Stands for both streams inside a `with`; `text` is the beginning of what was written."""

    def __init__(self, limit: int = LONGEST) -> None:
        self._bytes = _Bounded(limit)
        # Text and its `.buffer` share one order, so nothing is held back.
        self._stream = io.TextIOWrapper(
            self._bytes,  # type: ignore[type-var]  # it has no `name`, and needs none
            encoding="utf-8",
            errors="backslashreplace",
            newline="",
            write_through=True,
        )

    def __enter__(self) -> Self:
        self._streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self._stream
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.stdout, sys.stderr = self._streams

    @property
    def text(self) -> str:
        """What was printed, cut at the limit."""
        return self._bytes.kept.decode("utf-8", "ignore")
