"""Notes, found by id, by what they rest on, and by whom they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import digest
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.note_properties import LINK, NOTE, note, note_link
from app.adapters.graph.neo4j.properties import Properties
from app.domain.note import Note, NoteLink, NoteMemory
from app.domain.scope import Scope

_BY_ID = Query(
    "notes.by_id",
    f"""
    UNWIND $ids AS id
    MATCH (n:Note {{tenant: $tenant, user: $user, id: id}})<-[:VERSION_OF]-(v:NoteVersion)
    WHERE v.current
    RETURN {NOTE} AS note
    """,
    writes=False,
)
_PAGE = Query(
    "notes.page",
    f"""
    MATCH (v:NoteVersion) USING INDEX SEEK v:NoteVersion(tenant, user, current, note_id)
    WHERE v.tenant = $tenant AND v.user = $user AND v.current = true AND v.note_id > $after
    WITH v ORDER BY v.tenant, v.user, v.current, v.note_id LIMIT $limit
    MATCH (v)-[:VERSION_OF]->(n:Note)
    RETURN {NOTE} AS note ORDER BY v.note_id
    """,
    writes=False,
)
_VERSIONS = Query(
    "notes.versions",
    f"""
    UNWIND $ids AS id
    MATCH (n:Note {{tenant: $tenant, user: $user, id: id}})<-[:VERSION_OF]-(v:NoteVersion)
    RETURN {NOTE} AS note
    """,
    writes=False,
)
_LINKS = Query(
    "notes.links",
    f"""
    UNWIND $ids AS id
    MATCH (:Note {{tenant: $tenant, user: $user, id: id}})-[link:LINKED_TO]-(:Note)
    WITH DISTINCT link
    RETURN {LINK} AS link
    """,
    writes=False,
)
RESTING_ON = Query(
    "notes.resting_on",
    f"""
    CALL () {{
        UNWIND $ids AS id
        MATCH (:Episode {{tenant: $tenant, user: $user, id: id}})<-[:RESTS_ON]-(n:Note)
        RETURN n
        UNION
        UNWIND $notes AS id
        MATCH (:Note {{tenant: $tenant, user: $user, id: id}})<-[:DERIVED_FROM]-(n:Note)
        RETURN n
    }}
    MATCH (n)<-[:VERSION_OF]-(v:NoteVersion)
    WHERE v.current
    RETURN {NOTE} AS note ORDER BY v.note_id
    """,
    writes=False,
)
"""Of the episodes `ids` and the `notes`."""
_ABOUT = Query(
    "notes.about",
    f"""
    CALL () {{
        UNWIND $ids AS id
        MATCH (e:Entity {{tenant: $tenant, user: $user, id: id}})
        CALL (e) {{
            MATCH (e)<-[:ABOUT]-(n:Note)
            RETURN n ORDER BY n.id DESC LIMIT $limit
        }}
        RETURN DISTINCT n
    }}
    WITH n, COUNT {{ MATCH (n)-[:ABOUT]->(e:Entity) WHERE e.id IN $ids }} AS shared
    ORDER BY shared DESC, n.id DESC LIMIT $limit
    MATCH (n)<-[:VERSION_OF]-(v:NoteVersion)
    WHERE v.current
    RETURN {NOTE} AS note ORDER BY shared DESC, n.id DESC
    """,
    writes=False,
)
_NEWEST = Query(
    "notes.newest",
    f"""
    MATCH (n:Note)
    WHERE n.tenant = $tenant AND n.user = $user AND n.memory = $memory AND n.id > ''
    WITH n ORDER BY n.tenant DESC, n.user DESC, n.memory DESC, n.id DESC LIMIT $limit
    MATCH (n)<-[:VERSION_OF]-(v:NoteVersion)
    WHERE v.current
    RETURN {NOTE} AS note ORDER BY n.id DESC
    """,
    writes=False,
)
_SAYING = Query(
    "notes.saying",
    f"""
    MATCH (v:NoteVersion) USING INDEX SEEK v:NoteVersion(tenant, user, current, digest)
    WHERE v.tenant = $tenant AND v.user = $user AND v.current = true AND v.digest = $digest
    MATCH (v)-[:VERSION_OF]->(n:Note)
    WHERE n.memory = $memory
    RETURN {NOTE} AS note ORDER BY n.id
    """,
    writes=False,
)
QUERIES = (_BY_ID, _PAGE, _VERSIONS, _LINKS, RESTING_ON, _ABOUT, _NEWEST, _SAYING)


class Neo4jNotes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def notes(self, scope: Scope, ids: Sequence[str]) -> list[Note]:
        if not ids:
            return []
        found = {made.id: made for made in await self._notes(_BY_ID, scope, ids=list(dict.fromkeys(ids)))}
        return [found[id] for id in ids if id in found]

    async def page(self, scope: Scope, after: str | None, limit: int) -> list[Note]:
        return await self._notes(_PAGE, scope, after=after or "", limit=limit)

    async def versions(self, scope: Scope, ids: Sequence[str]) -> list[Note]:
        found = await self._notes(_VERSIONS, scope, ids=list(dict.fromkeys(ids))) if ids else []
        return sorted(found, key=lambda version: (version.id, version.version))

    async def links(self, scope: Scope, ids: Sequence[str]) -> list[NoteLink]:
        if not ids:
            return []
        found = await self._rows(_LINKS, scope, ids=list(dict.fromkeys(ids)))
        links = [note_link(row["link"]) for row in found]
        return sorted(links, key=lambda link: (link.from_id, link.to_id, link.relation.value))

    async def resting_on(
        self, scope: Scope, episode_ids: Sequence[str] = (), note_ids: Sequence[str] = ()
    ) -> list[Note]:
        if not episode_ids and not note_ids:
            return []
        return await self._notes(RESTING_ON, scope, ids=list(episode_ids), notes=list(note_ids))

    async def about(self, scope: Scope, entity_ids: Sequence[str], limit: int) -> list[Note]:
        if not entity_ids:
            return []
        return await self._notes(_ABOUT, scope, ids=list(dict.fromkeys(entity_ids)), limit=limit)

    async def newest(self, scope: Scope, memory: NoteMemory, limit: int) -> list[Note]:
        return await self._notes(_NEWEST, scope, memory=memory.value, limit=limit)

    async def saying(self, scope: Scope, memory: NoteMemory, content: str) -> list[Note]:
        return await self._notes(_SAYING, scope, memory=memory.value, digest=digest(content))

    async def _notes(self, query: Query, scope: Scope, **given: Any) -> list[Note]:
        return [note(row["note"]) for row in await self._rows(query, scope, **given)]

    async def _rows(self, query: Query, scope: Scope, **given: Any) -> list[Properties]:
        async def work(tx: AsyncManagedTransaction) -> list[Properties]:
            return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)

        return await self._connection.read(work)
