"""The tables of the record, version by version; a file is brought up to date when it's opened.

A row of the table is never changed once it's released: another one is added.
"""

from __future__ import annotations

import sqlite3

# "spct": tells our files from those of other programs (PRAGMA application_id).
APPLICATION = 0x73706374

_FIRST = (
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        started REAL NOT NULL,
        seconds REAL NOT NULL,
        strict INTEGER NOT NULL,
        exit_code INTEGER NOT NULL,
        revision TEXT NOT NULL,
        kept INTEGER NOT NULL,
        broken INTEGER NOT NULL,
        not_exercised INTEGER NOT NULL,
        excepted INTEGER NOT NULL,
        meta TEXT NOT NULL,
        problems TEXT NOT NULL,
        listed TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE items (
        id INTEGER PRIMARY KEY,
        file TEXT NOT NULL,
        subject TEXT NOT NULL,
        clause TEXT NOT NULL,
        path TEXT NOT NULL,
        UNIQUE (file, subject, clause, path)
    )
    """,
    """
    CREATE TABLE verdicts (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        item INTEGER NOT NULL REFERENCES items (id),
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        seconds REAL NOT NULL,
        runs INTEGER NOT NULL,
        exercised INTEGER NOT NULL,
        fuzzed INTEGER NOT NULL,
        owner TEXT NOT NULL,
        identity TEXT NOT NULL,
        promise TEXT NOT NULL,
        place TEXT NOT NULL,
        cases TEXT NOT NULL,
        excepted TEXT NOT NULL,
        violations TEXT NOT NULL,
        PRIMARY KEY (run, position)
    ) WITHOUT ROWID
    """,
    # History asks for one item over many runs.
    "CREATE INDEX verdicts_by_item ON verdicts (item, run)",
    f"PRAGMA application_id = {APPLICATION}",
)

_BASELINE_AND_PROOF = (
    "ALTER TABLE verdicts ADD COLUMN spots TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE verdicts ADD COLUMN known TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE verdicts ADD COLUMN unfailing TEXT NOT NULL DEFAULT ''",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _BASELINE_AND_PROOF)


class Foreign(Exception):  # noqa: N818 - it says of the file what it is
    """The file is a database, and not one that this version can use; the message says why."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables up to date, once, whoever else is opening the file.

    Raises:
        Foreign: the file belongs to another program or to a newer stagepact.
    """
    # Its parts are read in one transaction: another process may be making the file right now.
    connection.execute("BEGIN")
    try:
        seen = version(connection)
    finally:
        connection.rollback()
    if seen == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, version(connection))
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def version(connection: sqlite3.Connection) -> int:
    """How many migrations the file has seen.

    Raises:
        Foreign: the file belongs to another program or to a newer stagepact.
    """
    seen = _number(connection, "PRAGMA user_version")
    if _number(connection, "PRAGMA application_id") != APPLICATION:
        if seen or _number(connection, "SELECT count(*) FROM sqlite_master"):
            raise Foreign("a database of another program")
    elif seen > len(MIGRATIONS):
        raise Foreign(f"a record of version {seen}, and this stagepact knows {len(MIGRATIONS)}")
    return seen


def _apply(connection: sqlite3.Connection, seen: int) -> None:
    for migration in MIGRATIONS[seen:]:
        for statement in migration:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
