"""Connections to the file, and what its errors mean to the product."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from app.domain.errors import Conflict, Unavailable

OLDEST = (3, 37, 0)
"""For STRICT tables."""

_PRAGMAS = (
    "foreign_keys = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "journal_size_limit = 33554432",
    "secure_delete = FAST",
)
# A checkpoint flushes the file as well as the log: seldom, so that pages written again and again go in once.
_WRITING = ("journal_mode = WAL", "synchronous = FULL", "cache_size = -8192", "wal_autocheckpoint = 4000")
_READING = ("query_only = ON", "cache_size = -8192")

_REASONS = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked; stop that process or try again",
    sqlite3.SQLITE_LOCKED: "another process keeps it locked; stop that process or try again",
    sqlite3.SQLITE_FULL: "the disk is full; make room and try again",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written; check it",
    sqlite3.SQLITE_READONLY: "it cannot be written; check its permissions",
    sqlite3.SQLITE_PERM: "it cannot be written; check its permissions",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and may be written",
    sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a backup",
    sqlite3.SQLITE_NOTADB: "it is not a SQLite database",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_INTERRUPT: "the statement was interrupted",
}


def connect(path: Path, *, read_only: bool = False, busy_timeout: float) -> Connection:
    """In autocommit; to be used by one thread at a time. A new file is for its owner only.
    `busy_timeout`: seconds to wait for another process."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise Unavailable(f"SQLite {sqlite3.sqlite_version} is too old; {'.'.join(map(str, OLDEST))} is needed")
    if not read_only:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(
        path, timeout=busy_timeout, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        for pragma in (*_PRAGMAS, *(_READING if read_only else _WRITING)):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: Connection, begin: str) -> Iterator[None]:
    """All or nothing of the body. `begin`: the statement that opens it."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # some errors, a full disk among them, have rolled back already
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of the engine become Unavailable, broken constraints Conflict; errors in a statement stay as they are,
    for they are ours."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict(f"the graph store refuses the change: {error}") from error
    except sqlite3.DatabaseError as error:
        reason = _REASONS.get(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF)
        if reason is None:
            raise
        raise Unavailable(f"the graph store {path} does not answer: {reason} ({error})") from error
    except OSError as error:
        raise Unavailable(f"the graph store {path} cannot be opened: {error}") from error
