"""What is kept of conversations, in SQLite.

Its statements are short and run in the caller's thread: no thread is left behind by a run. A lock
lets any thread call it.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

_TABLES = """
    CREATE TABLE IF NOT EXISTS turn (
        id TEXT PRIMARY KEY, session_id TEXT NOT NULL, heard TEXT NOT NULL, answered TEXT NOT NULL,
        position INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS turn_of_session ON turn (session_id, position);
    CREATE TABLE IF NOT EXISTS speech (
        turn_id TEXT PRIMARY KEY REFERENCES turn (id) ON DELETE CASCADE, audio BLOB NOT NULL
    );
"""
_HISTORY = "SELECT heard FROM turn WHERE session_id = ? ORDER BY position DESC LIMIT ?"
_SAVE_TURN = """
    INSERT INTO turn (id, session_id, heard, answered, position)
    VALUES (?, ?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM turn))
    ON CONFLICT (id) DO UPDATE SET heard = excluded.heard, answered = excluded.answered
"""
_SAVE_SPEECH = "INSERT OR REPLACE INTO speech (turn_id, audio) VALUES (?, ?)"


class StoreError(Exception):
    """The store can't do what it was asked."""


class Store:
    """The turns of all sessions, in a file or in memory.

    It opens at its first use, or by `open()`. Once closed it refuses, until it is opened again. A
    store that is no longer referred to closes its connection.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._path = path
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._finalizer: weakref.finalize[[], Any] | None = None
        self._closed = False

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether it was closed and not opened since."""
        return self._closed

    def open(self) -> None:
        """Open it; nothing happens when it is open."""
        with self._lock:
            self._closed = False
            self._opened()

    def close(self) -> None:
        """Close it; what was kept in memory is gone. Nothing happens when it is closed."""
        with self._lock:
            self._closed = True
            if self._finalizer is not None:
                self._finalizer()
            self._connection = self._finalizer = None

    async def history(self, session_id: str, *, limit: int) -> Sequence[str]:
        """What was heard in the last turns of a session, oldest first."""
        rows = self._run(_HISTORY, session_id, limit)
        return [str(heard) for (heard,) in reversed(rows)]

    async def save_turn(self, turn_id: str, session_id: str, heard: str, answered: str) -> None:
        """Keep what was said in one turn."""
        self._run(_SAVE_TURN, turn_id, session_id, heard, answered)

    async def save_speech(self, turn_id: str, audio: bytes) -> None:
        """Keep what was spoken in a turn that is kept."""
        self._run(_SAVE_SPEECH, turn_id, audio)

    async def delete_turn(self, turn_id: str) -> None:
        """Forget a turn and its speech."""
        self._run("DELETE FROM turn WHERE id = ?", turn_id)

    async def forget(self, session_id: str) -> None:
        """Forget all turns of a session."""
        self._run("DELETE FROM turn WHERE session_id = ?", session_id)

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement in a transaction of its own.

        Raises:
            StoreError: the store is closed, or SQLite refuses.
        """
        with self._lock:
            try:
                with self._opened() as connection:
                    return connection.execute(statement, values).fetchall()
            except (sqlite3.Error, UnicodeError) as error:
                raise StoreError(f"the store refuses: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError("the store is closed")
        if self._connection is None:
            connection = sqlite3.connect(self._path, check_same_thread=False)
            self._finalizer = weakref.finalize(self, connection.close)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.executescript(_TABLES)
            self._connection = connection
        return self._connection
