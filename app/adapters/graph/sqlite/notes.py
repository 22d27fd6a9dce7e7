"""Notes, found by id, by what they rest on, and by whom they are about."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from app.adapters.graph.encoding import digest
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.note_rows import LINK, NOTE, note, note_link
from app.adapters.graph.sqlite.rows import Row, listed
from app.domain.note import Note, NoteLink, NoteMemory
from app.domain.scope import Scope

_CURRENT = "v.tenant = :tenant AND v.user = :user AND v.recorded_to IS NULL"
_BY_ID = f"""
    SELECT {NOTE} FROM json_each(:ids) d
    CROSS JOIN note_version v INDEXED BY note_version_current ON {_CURRENT} AND v.note_id = d.value
"""
_PAGE = f"""
    SELECT {NOTE} FROM note_version v INDEXED BY note_version_current
    WHERE {_CURRENT} AND v.note_id > :after
    ORDER BY v.note_id LIMIT :limit
"""
_VERSIONS = f"""
    SELECT {NOTE} FROM json_each(:ids) d
    CROSS JOIN note_version v ON v.tenant = :tenant AND v.user = :user AND v.note_id = d.value
"""
_LINKS = f"""
    SELECT {LINK} FROM json_each(:ids) d
    CROSS JOIN note_link l ON l.tenant = :tenant AND l.user = :user AND l.from_id = d.value
    UNION
    SELECT {LINK} FROM json_each(:ids) d
    CROSS JOIN note_link l INDEXED BY note_link_to ON l.tenant = :tenant AND l.user = :user AND l.to_id = d.value
    ORDER BY 1, 2, 3
"""
RESTING_ON = f"""
    SELECT {NOTE} FROM (
        SELECT s.note_id FROM json_each(:ids) d
        CROSS JOIN note_source s ON s.tenant = :tenant AND s.user = :user AND s.episode_id = d.value
        UNION
        SELECT b.note_id FROM json_each(:notes) d
        CROSS JOIN note_basis b ON b.tenant = :tenant AND b.user = :user AND b.basis_id = d.value
    ) k
    CROSS JOIN note_version v INDEXED BY note_version_current ON {_CURRENT} AND v.note_id = k.note_id
    ORDER BY v.note_id
"""
"""Of the episodes `ids` and the `notes`, both as JSON arrays."""
_ABOUT = f"""
    SELECT {NOTE} FROM (
        SELECT a.note_id, count(*) AS shared FROM (
            SELECT DISTINCT c.note_id FROM json_each(:ids) d
            CROSS JOIN note_entity c ON c.tenant = :tenant AND c.user = :user AND c.entity_id = d.value
            WHERE c.note_id IN (
                SELECT latest.note_id FROM note_entity latest
                WHERE latest.tenant = :tenant AND latest.user = :user AND latest.entity_id = d.value
                ORDER BY latest.note_id DESC LIMIT :limit
            )
        ) g
        CROSS JOIN note_entity a ON a.tenant = :tenant AND a.user = :user AND a.note_id = g.note_id
            AND a.entity_id IN (SELECT value FROM json_each(:ids))
        GROUP BY a.note_id
    ) k
    CROSS JOIN note_version v INDEXED BY note_version_current ON {_CURRENT} AND v.note_id = k.note_id
    ORDER BY k.shared DESC, v.note_id DESC LIMIT :limit
"""
_NEWEST = f"""
    SELECT {NOTE} FROM note m INDEXED BY note_memory
    CROSS JOIN note_version v INDEXED BY note_version_current ON {_CURRENT} AND v.note_id = m.id
    WHERE m.tenant = :tenant AND m.user = :user AND m.memory = :memory
    ORDER BY m.id DESC LIMIT :limit
"""
_SAYING = f"""
    SELECT {NOTE} FROM note_version v INDEXED BY note_version_digest
    CROSS JOIN note m ON m.tenant = :tenant AND m.user = :user AND m.id = v.note_id AND m.memory = :memory
    WHERE {_CURRENT} AND v.digest = :digest
"""


class SqliteNotes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def notes(self, scope: Scope, ids: Sequence[str]) -> list[Note]:
        if not ids:
            return []
        found = {made.id: made for made in await self._notes(_BY_ID, scope, ids=listed(dict.fromkeys(ids)))}
        return [found[id] for id in ids if id in found]

    async def page(self, scope: Scope, after: str | None, limit: int) -> list[Note]:
        return await self._notes(_PAGE, scope, after=after or "", limit=limit)

    async def versions(self, scope: Scope, ids: Sequence[str]) -> list[Note]:
        if not ids:
            return []
        found = await self._notes(_VERSIONS, scope, ids=listed(dict.fromkeys(ids)))
        return sorted(found, key=lambda version: (version.id, version.version))

    async def links(self, scope: Scope, ids: Sequence[str]) -> list[NoteLink]:
        if not ids:
            return []
        return [note_link(row) for row in await self._rows(_LINKS, scope, ids=listed(dict.fromkeys(ids)))]

    async def resting_on(
        self, scope: Scope, episode_ids: Sequence[str] = (), note_ids: Sequence[str] = ()
    ) -> list[Note]:
        return await self._notes(RESTING_ON, scope, ids=listed(episode_ids), notes=listed(note_ids))

    async def about(self, scope: Scope, entity_ids: Sequence[str], limit: int) -> list[Note]:
        return await self._notes(_ABOUT, scope, ids=listed(dict.fromkeys(entity_ids)), limit=limit)

    async def newest(self, scope: Scope, memory: NoteMemory, limit: int) -> list[Note]:
        return await self._notes(_NEWEST, scope, memory=memory.value, limit=limit)

    async def saying(self, scope: Scope, memory: NoteMemory, content: str) -> list[Note]:
        found = await self._notes(_SAYING, scope, memory=memory.value, digest=digest(content))
        return sorted(found, key=lambda note: note.id)

    async def _notes(self, text: str, scope: Scope, **parameters: str | int) -> list[Note]:
        return [note(row) for row in await self._rows(text, scope, **parameters)]

    async def _rows(self, text: str, scope: Scope, **parameters: str | int) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            return connection.execute(text, {"tenant": scope.tenant, "user": scope.user, **parameters}).fetchall()

        return await self._database.read(work)
