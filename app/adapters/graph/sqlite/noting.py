"""The steps of a change set that concern notes, each within the transaction of its commit. They return what is to be
indexed anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sqlite3 import Connection

from app.adapters.graph.encoding import digest, micros
from app.adapters.graph.sqlite.note_rows import LINK, VERSION, link_row, version_row
from app.adapters.graph.sqlite.outbox import Subject
from app.adapters.graph.sqlite.rows import listed, placeholders
from app.domain.errors import Conflict
from app.domain.note import LinkKey, Note, NoteLink
from app.domain.scope import Scope
from app.ports.graph.transfer import NoteBasis
from app.ports.vectors import VectorKind

_NOTE = "INSERT INTO note (tenant, user, id, created_at, occurred_at, memory) VALUES (?, ?, ?, ?, ?, ?)"
_VERSION = f"INSERT INTO note_version (tenant, user, {VERSION}, digest) VALUES (?, ?, {placeholders(VERSION)}, ?)"
_END = """
    UPDATE note_version SET recorded_to = max(recorded_from, ?)
    WHERE tenant = ? AND user = ? AND note_id = ? AND version = ? AND recorded_to IS NULL
"""
_LINK = f"""
    INSERT INTO note_link (tenant, user, {LINK}) VALUES (?, ?, {placeholders(LINK)})
    ON CONFLICT (tenant, user, from_id, to_id, relation) DO NOTHING
"""
_UNLINK = "DELETE FROM note_link WHERE tenant = ? AND user = ? AND from_id = ? AND to_id = ? AND relation = ?"


def put_notes(connection: Connection, scope: Scope, notes: Sequence[Note]) -> list[Subject]:
    """Raises Conflict for a version that does not come next, or that rests on what is not there."""
    for note in notes:
        if note.version > 1:
            _end(connection, scope, note)
        _write(connection, scope, note)
    return [(VectorKind.NOTE, note.id) for note in notes]


def write_versions(connection: Connection, scope: Scope, notes: Sequence[Note]) -> None:
    """As they are, open or ended."""
    for note in notes:
        _write(connection, scope, note)


def _end(connection: Connection, scope: Scope, by: Note) -> None:
    """The version before it."""
    given = (micros(by.recorded_from), scope.tenant, scope.user, by.id, by.version - 1)
    if connection.execute(_END, given).rowcount != 1:
        raise Conflict(f"version {by.version - 1} of note {by.id} is not the current one")


def _write(connection: Connection, scope: Scope, note: Note) -> None:
    """Beside its first version all that belongs to the note."""
    owner = (scope.tenant, scope.user)
    if note.version == 1:
        connection.execute(
            _NOTE,
            (*owner, note.id, micros(note.created_at), micros(note.occurred_at), note.memory and note.memory.value),
        )
        _name(connection, scope, note.id, "note_source", "episode_id", note.sources)
        _name(connection, scope, note.id, "note_basis", "basis_id", note.derived_from)
        _name(connection, scope, note.id, "note_entity", "entity_id", note.entities)
    connection.execute(_VERSION, (*owner, *version_row(note), digest(note.content)))


def add_bases(connection: Connection, scope: Scope, bases: Iterable[NoteBasis]) -> None:
    for basis in bases:
        _name(connection, scope, basis.note_id, "note_basis", "basis_id", basis.derived_from)


def _name(connection: Connection, scope: Scope, note_id: str, table: str, column: str, ids: Iterable[str]) -> None:
    connection.executemany(
        f"INSERT INTO {table} (tenant, user, note_id, {column}, position) VALUES (?, ?, ?, ?, ?)",
        [(scope.tenant, scope.user, note_id, id, position) for position, id in enumerate(dict.fromkeys(ids))],
    )


def add_links(connection: Connection, scope: Scope, links: Iterable[NoteLink]) -> None:
    connection.executemany(_LINK, [(scope.tenant, scope.user, *link_row(link)) for link in links])


def remove_links(connection: Connection, scope: Scope, keys: Iterable[LinkKey]) -> None:
    connection.executemany(
        _UNLINK, [(scope.tenant, scope.user, key.from_id, key.to_id, key.relation.value) for key in keys]
    )


def remove_notes(connection: Connection, scope: Scope, ids: Sequence[str]) -> list[Subject]:
    """With their versions and links; unknown ids are passed over."""
    gone = connection.execute(
        "DELETE FROM note WHERE tenant = ? AND user = ? AND id IN (SELECT value FROM json_each(?)) RETURNING id",
        (scope.tenant, scope.user, listed(ids)),
    )
    return [(VectorKind.NOTE, id) for (id,) in gone.fetchall()]
