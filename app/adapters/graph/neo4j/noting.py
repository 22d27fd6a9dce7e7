"""The steps of a change set that concern notes, each within the transaction of its commit. They take the lock of the
user for granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.note_properties import (
    key_properties,
    link_properties,
    note_properties,
    version_properties,
)
from app.adapters.graph.neo4j.properties import Properties
from app.adapters.graph.neo4j.references import all_there
from app.domain.errors import Conflict
from app.domain.note import LinkKey, Note, NoteLink
from app.domain.scope import Scope
from app.ports.graph.transfer import NoteBasis

_NOTE = Query(
    "noting.note",
    """
    UNWIND $notes AS row
    CREATE (n:Note {tenant: $tenant, user: $user})
    SET n += row.note
    """,
    writes=True,
)
_REST = Query(
    "noting.rest",
    """
    UNWIND $notes AS row
    MATCH (n:Note {tenant: $tenant, user: $user, id: row.id})
    CALL (n, row) {
        UNWIND range(0, size(row.sources) - 1) AS position
        MATCH (d:Episode {tenant: $tenant, user: $user, id: row.sources[position]})
        CREATE (n)-[:RESTS_ON {position: position}]->(d)
        RETURN count(*) AS rested
    }
    CALL (n, row) {
        UNWIND range(0, size(row.entities) - 1) AS position
        MATCH (e:Entity {tenant: $tenant, user: $user, id: row.entities[position]})
        CREATE (n)-[:ABOUT {position: position}]->(e)
        RETURN count(*) AS named
    }
    RETURN sum(rested + named) AS found
    """,
    writes=True,
)
_DERIVE = Query(
    "noting.derive",
    """
    UNWIND $notes AS row
    MATCH (n:Note {tenant: $tenant, user: $user, id: row.id})
    UNWIND range(0, size(row.derived_from) - 1) AS position
    MATCH (b:Note {tenant: $tenant, user: $user, id: row.derived_from[position]})
    CREATE (n)-[:DERIVED_FROM {position: position}]->(b)
    RETURN count(*) AS found
    """,
    writes=True,
)
# A clock that was set back must not end a version before it began.
_END = Query(
    "noting.end",
    """
    UNWIND $versions AS row
    MATCH (v:NoteVersion {tenant: $tenant, user: $user, note_id: row.note_id, version: row.version - 1})
    WHERE v.current
    SET v.recorded_to = CASE WHEN v.recorded_from > row.recorded_from THEN v.recorded_from ELSE row.recorded_from END,
        v.current = null
    RETURN count(*) AS ended
    """,
    writes=True,
)
_VERSION = Query(
    "noting.version",
    """
    UNWIND $versions AS row
    MATCH (n:Note {tenant: $tenant, user: $user, id: row.note_id})
    CREATE (v:NoteVersion {tenant: $tenant, user: $user})-[:VERSION_OF]->(n)
    SET v += row
    RETURN count(*) AS made
    """,
    writes=True,
)
_LINK = Query(
    "noting.link",
    """
    UNWIND $links AS row
    MATCH (older:Note {tenant: $tenant, user: $user, id: row.from_id})
    MATCH (newer:Note {tenant: $tenant, user: $user, id: row.to_id})
    MERGE (older)-[link:LINKED_TO {
        tenant: $tenant, user: $user, from_id: row.from_id, to_id: row.to_id, relation: row.relation
    }]->(newer)
    ON CREATE SET link += row
    RETURN count(*) AS found
    """,
    writes=True,
)
_UNLINK = Query(
    "noting.unlink",
    """
    UNWIND $keys AS row
    MATCH (:Note {tenant: $tenant, user: $user, id: row.from_id})-[link:LINKED_TO]->(newer:Note)
    WHERE newer.id = row.to_id AND link.relation = row.relation
    DELETE link
    """,
    writes=True,
)
_REMOVE = Query(
    "noting.remove",
    """
    UNWIND $ids AS id
    MATCH (n:Note {tenant: $tenant, user: $user, id: id})
    OPTIONAL MATCH (n)<-[:VERSION_OF]-(v:NoteVersion)
    WITH n, id, collect(v) AS versions
    FOREACH (v IN versions | DETACH DELETE v)
    DETACH DELETE n
    RETURN id
    """,
    writes=True,
)
QUERIES = (_NOTE, _REST, _DERIVE, _END, _VERSION, _LINK, _UNLINK, _REMOVE)


async def put_notes(tx: AsyncManagedTransaction, scope: Scope, notes: Sequence[Note]) -> int:
    """How many of them are new. Raises Conflict for a version that does not come next, or that rests on what is not
    there."""
    for batch in _rounds(notes):
        later = [version_properties(note) for note in batch if note.version > 1]
        if later:
            (done,) = await _run(tx, _END, scope, versions=later)
            if done["ended"] != len(later):
                raise Conflict("one of the notes has another current version than was thought")
        await write_versions(tx, scope, batch)
    return sum(note.version == 1 for note in notes)


async def write_versions(tx: AsyncManagedTransaction, scope: Scope, notes: Sequence[Note]) -> None:
    """As they are, current or ended, with all that belongs to a note beside its first version."""
    if not notes:
        return
    if first := [note_properties(note) for note in notes if note.version == 1]:
        await _run(tx, _NOTE, scope, notes=first)
        (done,) = await _run(tx, _REST, scope, notes=first)
        all_there("notes", done["found"], sum(len(row["sources"]) + len(row["entities"]) for row in first))
        await _derive(tx, scope, first)
    (done,) = await _run(tx, _VERSION, scope, versions=[version_properties(note) for note in notes])
    all_there("versions of notes", done["made"], len(notes))


async def add_bases(tx: AsyncManagedTransaction, scope: Scope, bases: Sequence[NoteBasis]) -> None:
    await _derive(tx, scope, [{"id": one.note_id, "derived_from": list(one.derived_from)} for one in bases])


async def _derive(tx: AsyncManagedTransaction, scope: Scope, given: Sequence[Properties]) -> None:
    """Raises Conflict for a note that is not there."""
    if derived := [row for row in given if row["derived_from"]]:
        (done,) = await _run(tx, _DERIVE, scope, notes=derived)
        all_there("notes", done["found"], sum(len(row["derived_from"]) for row in derived))


async def add_links(tx: AsyncManagedTransaction, scope: Scope, links: Sequence[NoteLink]) -> None:
    """Raises Conflict for a note that is not there."""
    if links:
        (done,) = await _run(tx, _LINK, scope, links=[link_properties(link) for link in links])
        all_there("links", done["found"], len(links))


async def remove_links(tx: AsyncManagedTransaction, scope: Scope, keys: Sequence[LinkKey]) -> None:
    if keys:
        await _run(tx, _UNLINK, scope, keys=[key_properties(key) for key in dict.fromkeys(keys)])


async def remove_notes(tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str]) -> list[str]:
    """The ids of those that were there. They go with their versions and links."""
    if not ids:
        return []
    return [row["id"] for row in await _run(tx, _REMOVE, scope, ids=list(dict.fromkeys(ids)))]


def _rounds(notes: Sequence[Note]) -> Iterator[list[Note]]:
    """In their order, and each note once in a round."""
    left = list(notes)
    while left:
        first = {note.id: note for note in reversed(left)}
        batch = [note for note in left if first[note.id] is note]
        yield batch
        left = [note for note in left if first[note.id] is not note]


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: Sequence[object]) -> list[Properties]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)
