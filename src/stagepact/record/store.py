"""The record: every run with its verdicts in one SQLite file, which many processes may write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from stagepact.errors import ConfigurationError, Place, Problem
from stagepact.record.migrations import Foreign, migrate
from stagepact.record.rows import (
    ITEM_COLUMNS,
    RUN_COLUMNS,
    VERDICT_COLUMNS,
    item_row,
    read_rows,
    read_verdict,
    run_row,
    verdict_row,
)
from stagepact.verdict import ItemId, Run, Verdict
from stagepact.verdict.serial import Unreadable

# How long a writer waits for the others; one run is written in a fraction of a second.
PATIENCE = 10.0

_SUMMARY = (
    "id", "started", "seconds", "revision", "kept", "broken", "not_exercised", "excepted",
    "exit_code",
)  # fmt: skip
_KNOWN = " AND ".join(f"{name} = ?" for name in ITEM_COLUMNS)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A recorded run in numbers; `revision` is the commit, "" when it isn't known."""

    id: int
    started: float
    seconds: float
    revision: str
    kept: int
    broken: int
    not_exercised: int
    excepted: int
    exit_code: int


class Record:
    """The runs that were recorded in one file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Over a connection whose tables are up to date; `Record.open` makes one."""
        self._path = path
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Record]:
        """The record in a file, which is made with its folder when it isn't there.

        Raises:
            ConfigurationError: the file can't be made, read or written, is damaged, or belongs
                to another program or to a newer stagepact.
        """
        with _complaints(path):
            _make_folder(path.parent)
            connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        with closing(connection):
            with _complaints(path):
                _prepare(connection)
            yield cls(path, connection)

    def add(self, run: Run) -> int:
        """Record a run, whole or not at all, and return its id."""
        with _complaints(self._path), _transaction(self._connection):
            cursor = self._connection.execute(_insert("runs", RUN_COLUMNS), run_row(run))
            number = int(cursor.lastrowid or 0)
            self._connection.executemany(
                _insert("verdicts", ("run", "position", "item", *VERDICT_COLUMNS)),
                (
                    (number, position, self._item(verdict.item), *verdict_row(verdict))
                    for position, verdict in enumerate(run.verdicts)
                ),
            )
        return number

    def last(self) -> Run | None:
        """The run that was recorded last, or None when there is none.

        Texts and lists that were too long are as they were stored: cut.
        """
        with _complaints(self._path), _transaction(self._connection, "BEGIN"):
            row = self._connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return None
            verdicts = self._connection.execute(
                "SELECT * FROM verdicts JOIN items ON items.id = verdicts.item"
                " WHERE run = ? ORDER BY position",
                (row["id"],),
            )
            return read_rows(row, verdicts)

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """The runs in numbers, the last one first."""
        query = f"SELECT {', '.join(_SUMMARY)} FROM runs ORDER BY id DESC LIMIT ?"
        with _complaints(self._path):
            rows = self._connection.execute(query, (max(limit, 0),)).fetchall()
        return tuple(RunSummary(*row) for row in rows)

    def verdicts(self, item: ItemId, limit: int = 5) -> tuple[tuple[float, Verdict], ...]:
        """What the last runs that judged an item said of it, and when; the last one first."""
        query = (
            "SELECT * FROM verdicts JOIN items ON items.id = verdicts.item"
            f" JOIN (SELECT id AS number, started FROM runs) ON number = run WHERE {_KNOWN}"
            " ORDER BY run DESC LIMIT ?"
        )
        with _complaints(self._path):
            rows = self._connection.execute(query, (*item_row(item), max(limit, 0))).fetchall()
            return tuple((row["started"], read_verdict(row)) for row in rows)

    def _item(self, item: ItemId) -> int:
        """The id of the item's row, which is made when it's new."""
        values = item_row(item)
        found = self._connection.execute(f"SELECT id FROM items WHERE {_KNOWN}", values).fetchone()
        if found is not None:
            return int(found[0])
        return int(self._connection.execute(_insert("items", ITEM_COLUMNS), values).lastrowid or 0)


def _insert(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    # Immediate: a transaction that first reads and then writes fails at once when another
    # writer was faster, however long it would have waited.
    connection.execute(begin)
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    # Only in our own folder: elsewhere it would hide the user's files from git.
    if folder.name == ".stagepact" and not ignore.exists():
        ignore.write_text("*\n", "utf-8")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    migrate(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    # Two processes that make the file at once can't both switch it, and waiting is no help
    # (sqlite.org/wal.html); the mode stays with the file, so that one of them is enough.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode a power cut may lose the last run, and never damages the file.
    connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def _complaints(path: Path) -> Iterator[None]:
    """What goes wrong with the file, as a ConfigurationError that names it."""
    try:
        yield
    except Foreign as error:
        raise _complaint(path, str(error), _UPGRADE) from error
    except sqlite3.Error as error:
        raise _complaint(path, str(error), _advice(error)) from error
    except (Unreadable, ValueError) as error:
        raise _complaint(path, f"a damaged record: {error}", _MOVE) from error
    except OSError as error:
        raise _complaint(path, str(error), _WRITABLE) from error


def _complaint(path: Path, found: str, advice: str) -> ConfigurationError:
    expected = "the record of stagepact's runs, readable and writable"
    return ConfigurationError(Problem(Place(str(path)), found, expected, advice, "record"))


def _advice(error: sqlite3.Error) -> str:
    # The first two words of the name say the kind; more words tell details (SQLITE_READONLY_DB).
    name = "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])
    return _ADVICE.get(name, _MOVE)


_MOVE = "move the file away; a new one is made by the next run"
_WRITABLE = "make the folder and the file writable, or name another place for the record"
_UPGRADE = "upgrade stagepact, or name another place for the record"

_ADVICE: Mapping[str, str] = {
    "SQLITE_READONLY": _WRITABLE,
    "SQLITE_CANTOPEN": _WRITABLE,
    "SQLITE_PERM": _WRITABLE,
    "SQLITE_FULL": "make room on the disk, and run again",
    "SQLITE_BUSY": "another process is writing; wait for it, and run again",
    "SQLITE_LOCKED": "another process is writing; wait for it, and run again",
    "SQLITE_NOTADB": _MOVE,
    "SQLITE_CORRUPT": _MOVE,
}
