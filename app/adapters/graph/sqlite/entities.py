"""Entities, found by id, by name, and as cards with their counts."""

from __future__ import annotations

from collections.abc import Sequence
from sqlite3 import Connection

from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import ENTITY, Row, entity, listed, of
from app.domain.entity import Entity
from app.domain.scope import Scope
from app.ports.graph.knowledge import EntityCard

_ALIASES = """(
    SELECT json_group_array(name) FROM (
        SELECT n.name FROM entity_name n
        WHERE n.tenant = e.tenant AND n.user = e.user AND n.entity_id = e.id AND n.position > 0 ORDER BY n.position
    )
)"""
COLUMNS = f"{of('e', ENTITY)}, {_ALIASES}"
"""Of an entity `e`, as `rows.entity` reads them."""

# A fact that says something of an entity and that entity counts once.
_COUNTS = """
    (
        SELECT count(*) FROM fact_version f INDEXED BY fact_believed_subject
        WHERE f.tenant = e.tenant AND f.user = e.user AND f.subject_id = e.id AND f.recorded_to IS NULL
    ) + (
        SELECT count(*) FROM fact_version f INDEXED BY fact_believed_object
        WHERE f.tenant = e.tenant AND f.user = e.user AND f.object_key = 'e:' || e.id AND f.recorded_to IS NULL
            AND f.subject_id <> e.id
    ), (
        SELECT count(DISTINCT m.episode_id) FROM mention m
        WHERE m.tenant = e.tenant AND m.user = e.user AND m.entity_id = e.id
    )
"""
_BY_ID = f"""
    SELECT {COLUMNS} FROM entity e
    WHERE e.tenant = :tenant AND e.user = :user AND e.id IN (SELECT value FROM json_each(:ids))
"""
_NAMED = f"""
    SELECT {COLUMNS}, w.value
    FROM json_each(:names) w CROSS JOIN entity e
    ON e.tenant = :tenant AND e.user = :user AND e.id IN (
        SELECT n.entity_id FROM entity_name n WHERE n.tenant = :tenant AND n.user = :user AND n.normal = w.value
    )
    ORDER BY e.created_at, e.id
"""
_CARDS = f"""
    SELECT {COLUMNS}, {_COUNTS} FROM entity e
    WHERE e.tenant = :tenant AND e.user = :user AND e.id > :after {{containing}} ORDER BY e.id LIMIT :limit
"""
_CONTAINING = """
    AND EXISTS (
        SELECT 1 FROM entity_name n
        WHERE n.tenant = e.tenant AND n.user = e.user AND n.entity_id = e.id AND instr(n.folded, :containing) > 0
    )
"""
_CARD = f"SELECT {COLUMNS}, {_COUNTS} FROM entity e WHERE e.tenant = :tenant AND e.user = :user AND e.id = :id"


class SqliteEntities:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def entities(self, scope: Scope, ids: Sequence[str]) -> list[Entity]:
        if not ids:
            return []
        found = {row[0]: entity(row) for row in await self._rows(_BY_ID, scope, ids=listed(ids))}
        return [found[id] for id in ids if id in found]

    async def named(self, scope: Scope, names: Sequence[str]) -> dict[str, list[Entity]]:
        if not names:
            return {}
        found: dict[str, list[Entity]] = {}
        for *row, name in await self._rows(_NAMED, scope, names=listed(dict.fromkeys(names))):
            found.setdefault(name, []).append(entity(tuple(row)))
        return found

    async def cards(self, scope: Scope, containing: str | None, after: str | None, limit: int) -> list[EntityCard]:
        statement = _CARDS.format(containing="" if containing is None else _CONTAINING)
        rows = await self._rows(
            statement, scope, containing=(containing or "").casefold(), after=after or "", limit=limit
        )
        return [_card(row) for row in rows]

    async def card(self, scope: Scope, id: str) -> EntityCard | None:
        rows = await self._rows(_CARD, scope, id=id)
        return _card(rows[0]) if rows else None

    async def _rows(self, statement: str, scope: Scope, **parameters: str | int) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            given = {"tenant": scope.tenant, "user": scope.user, **parameters}
            return connection.execute(statement, given).fetchall()

        return await self._database.read(work)


def _card(row: Row) -> EntityCard:
    return EntityCard(entity(row[:7]), facts=row[7], episodes=row[8])
