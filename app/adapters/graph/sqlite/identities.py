"""Merges of entities, pairs in doubt, and names that are like another, as they are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import moment
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.entities import COLUMNS
from app.adapters.graph.sqlite.merges import MERGE, same_as
from app.adapters.graph.sqlite.rows import STATEMENT, Row, entity, listed, statement
from app.domain.entity import Entity
from app.domain.fact import Statement
from app.domain.identity import By, Doubt, Merge, Reason, Same
from app.domain.scope import Scope

_ALIKE = f"""
    SELECT {COLUMNS} FROM entity e
    WHERE e.tenant = :tenant AND e.user = :user AND e.id IN (SELECT value FROM json_each(:ids))
    ORDER BY e.created_at, e.id
"""
_WITH_WORD = "SELECT entity_id FROM entity_word WHERE tenant = ? AND user = ? AND word = ? ORDER BY entity_id LIMIT ?"
_BEGINNING = """
    SELECT entity_id FROM entity_word WHERE tenant = ? AND user = ? AND word >= ? AND word < ?
    ORDER BY word, entity_id LIMIT ?
"""
_MERGES = f"""
    SELECT {MERGE} FROM entity_merge
    WHERE tenant = :tenant AND user = :user AND entity_id IN (SELECT value FROM json_each(:ids))
    UNION
    SELECT {MERGE} FROM entity_merge
    WHERE tenant = :tenant AND user = :user AND into_id IN (SELECT value FROM json_each(:ids))
    ORDER BY merged_at, id
"""
_OF_ENTITY = f"""
    SELECT {STATEMENT} FROM statement WHERE tenant = :tenant AND user = :user
    AND {{column}} IN (SELECT value FROM json_each(:ids)) {{known}}
"""
_SAID_OF = (
    _OF_ENTITY.format(column="subject_id", known="")
    + " UNION "
    + _OF_ENTITY.format(column="object_entity", known="AND object_entity IS NOT NULL")
    + " UNION "
    + _OF_ENTITY.format(column="replaces_entity", known="AND replaces_entity IS NOT NULL")
    + " ORDER BY seq, id"
)
DOUBT = "entity_id, other_id, score, reason, evidence, noted_at"
_DOUBTS = f"""
    SELECT {DOUBT} FROM entity_doubt
    WHERE tenant = :tenant AND user = :user AND (entity_id, other_id) > (:one, :other)
    ORDER BY entity_id, other_id LIMIT :limit
"""
_HIGHEST = chr(0x10FFFF)


class SqliteIdentities:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def same(self, scope: Scope, ids: Sequence[str], known_at: datetime | None = None) -> Same:
        if not ids:
            return Same()
        return await self._database.read(lambda connection: same_as(connection, scope, ids, known_at))

    async def alike(self, scope: Scope, words: Sequence[str], beginnings: Sequence[str], limit: int) -> list[Entity]:
        def work(connection: Connection) -> list[Entity]:
            found: set[str] = set()
            for word in dict.fromkeys(words):
                rows = connection.execute(_WITH_WORD, (scope.tenant, scope.user, word, limit))
                found.update(id for (id,) in rows)
            for start in dict.fromkeys(beginnings):
                rows = connection.execute(_BEGINNING, (scope.tenant, scope.user, start, start + _HIGHEST, limit))
                found.update(id for (id,) in rows)
            return [entity(row) for row in connection.execute(_ALIKE, {**_owner(scope), "ids": listed(found)})]

        return await self._database.read(work) if words or beginnings else []

    async def said_of(self, scope: Scope, ids: Sequence[str]) -> list[Statement]:
        if not ids:
            return []
        given = {**_owner(scope), "ids": listed(dict.fromkeys(ids))}
        return await self._database.read(
            lambda connection: [statement(row) for row in connection.execute(_SAID_OF, given)]
        )

    async def merges(self, scope: Scope, ids: Sequence[str]) -> list[Merge]:
        if not ids:
            return []
        given = {**_owner(scope), "ids": listed(dict.fromkeys(ids))}
        return await self._database.read(lambda connection: [merge(row) for row in connection.execute(_MERGES, given)])

    async def doubts(self, scope: Scope, after: tuple[str, str] | None, limit: int) -> list[Doubt]:
        one, other = after or ("", "")
        given = {**_owner(scope), "one": one, "other": other, "limit": limit}
        return await self._database.read(lambda connection: [doubt(row) for row in connection.execute(_DOUBTS, given)])


def _owner(scope: Scope) -> dict[str, str]:
    return {"tenant": scope.tenant, "user": scope.user}


def merge(row: Row) -> Merge:
    return Merge(
        id=row[0],
        entity_id=row[1],
        into_id=row[2],
        score=row[3],
        reason=Reason(row[4]),
        evidence=tuple(json.loads(row[5])),
        by=By(row[6]),
        at=moment(row[7]),
        undone_at=moment(row[8]),
    )


def doubt(row: Row) -> Doubt:
    return Doubt(row[0], row[1], row[2], Reason(row[3]), tuple(json.loads(row[4])), moment(row[5]))
