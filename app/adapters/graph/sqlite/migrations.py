"""Brings a file up to the schema that the code was written for, one numbered migration at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.sqlite.connecting import connect, transaction, translated
from app.adapters.migration_files import Migration, MigrationStatus, shipped
from app.domain.errors import StoreNewer, StoreUnmigrated
from app.domain.time import Clock

ENGINE = "sqlite"
BUSY_SECONDS = 30.0

_RECORD = """
    CREATE TABLE IF NOT EXISTS migration (
        number      INTEGER PRIMARY KEY,
        name        TEXT NOT NULL,
        checksum    TEXT NOT NULL,
        applied_at  INTEGER NOT NULL
    ) STRICT
"""


def migrate(path: Path, clock: Clock, migrations: Sequence[Migration] | None = None) -> list[MigrationStatus]:
    """Apply what is missing, each migration in one transaction, and return what was applied. May be run again, and
    by several processes at once. Raises StoreNewer, StoreUnmigrated for one that changed since it was applied,
    Unavailable; the file then stands as after the last migration that succeeded."""
    wanted = shipped(ENGINE) if migrations is None else migrations
    applied: list[MigrationStatus] = []
    with translated(path), closing(connect(path, busy_timeout=BUSY_SECONDS)) as connection:
        # a migration may rebuild tables that others point to; what it leaves is checked before it is committed
        connection.execute("PRAGMA foreign_keys = OFF")
        for migration in wanted:
            with transaction(connection, "BEGIN IMMEDIATE"):
                connection.execute(_RECORD)
                recorded = _recorded(connection)
                _refuse_strangers(path, wanted, recorded)
                if migration.number in recorded:
                    continue
                now = clock()
                _apply(connection, migration)
                connection.execute(
                    "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
                    (migration.number, migration.name, migration.checksum, micros(now)),
                )
            applied.append(MigrationStatus(migration.number, migration.name, now))
    return applied


def status(path: Path, migrations: Sequence[Migration] | None = None) -> list[MigrationStatus]:
    """Every migration, applied or not, by number; changes nothing, and makes no file where there is none.
    Raises StoreNewer, StoreUnmigrated for one that changed since it was applied, Unavailable."""
    wanted = shipped(ENGINE) if migrations is None else migrations
    recorded: dict[int, tuple[str, str, int]] = {}
    if path.exists():
        with translated(path), closing(connect(path, read_only=True, busy_timeout=BUSY_SECONDS)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").fetchone():
                recorded = _recorded(connection)
        _refuse_strangers(path, wanted, recorded)
    return [
        MigrationStatus(m.number, m.name, moment(recorded[m.number][2]) if m.number in recorded else None)
        for m in wanted
    ]


def _recorded(connection: Connection) -> dict[int, tuple[str, str, int]]:
    """By number: name, checksum, when."""
    rows = connection.execute("SELECT number, name, checksum, applied_at FROM migration")
    return {number: (name, checksum, applied_at) for number, name, checksum, applied_at in rows}


def _refuse_strangers(path: Path, wanted: Sequence[Migration], recorded: dict[int, tuple[str, str, int]]) -> None:
    newest = max(recorded, default=0)
    if newest > len(wanted):
        raise StoreNewer(
            f"{path} was written by a newer version of Palimpsest (its migration {newest:04} {recorded[newest][0]!r} "
            "is unknown here); install that version or a later one, or restore a backup made before the upgrade"
        )
    for migration in wanted:
        if migration.number in recorded and recorded[migration.number][1] != migration.checksum:
            raise StoreUnmigrated(
                f"migration {migration.number:04} {migration.name!r} differs from the one that {path} was made with; "
                "reinstall Palimpsest, or use the version that made the file"
            )


def _apply(connection: Connection, migration: Migration) -> None:
    for statement in statements(migration.text):
        connection.execute(statement)
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise sqlite3.IntegrityError(f"migration {migration.number:04} leaves {broken[0]} pointing at nothing")


def statements(script: str) -> Iterator[str]:
    """A script's statements one by one, for `executescript` would commit the transaction that it runs in. A trigger
    is one statement, though it holds several; a statement ends at the end of a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
