"""Nothing is forgotten when a memory moves, also nothing that is added one day."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from app.adapters.graph.sqlite import SqliteGraph

MOVED = {
    *("tenant", "access_key", "guidance", "usage", "user", "session", "job", "episode", "idempotency"),
    *("entity", "entity_name", "entity_merge", "entity_doubt", "mention"),
    *("statement", "statement_mark", "fact_version", "support"),
    *("note", "note_version", "note_source", "note_basis", "note_entity", "note_link"),
    *("core_memory", "operation", "operation_outcome"),
}
"""What the lines of an export have."""
MADE_ANEW = {"entity_word", "lane", "index_task", "migration", "sqlite_sequence"}
"""What follows from it, or belongs to the place."""


def test_every_table_is_moved_or_made_anew(graph: SqliteGraph, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == MOVED | MADE_ANEW
