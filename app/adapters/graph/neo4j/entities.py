"""Entities, found by id, by name, and as cards with their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.merges import HELD, same_as
from app.adapters.graph.neo4j.properties import ENTITY, Properties, entity, indexed
from app.domain.entity import Entity
from app.domain.identity import united
from app.domain.scope import Scope
from app.ports.graph.knowledge import EntityCard

_BY_ID = Query(
    "entities.by_id",
    f"""
    UNWIND $ids AS id
    MATCH (e:Entity {{tenant: $tenant, user: $user, id: id}})
    RETURN {ENTITY} AS entity
    """,
    writes=False,
)
_NAMED = Query(
    "entities.named",
    f"""
    UNWIND $names AS name
    MATCH (:EntityName {{tenant: $tenant, user: $user, normal: name}})<-[:NAMED]-(e:Entity)
    WITH DISTINCT name, e ORDER BY e.created_at, e.id
    RETURN name, {ENTITY} AS entity
    """,
    writes=False,
)
_STANDING = f"""($known_at IS NULL OR e.created_at <= $known_at)
        AND NOT EXISTS {{ (e)-[merge:MERGED_INTO]->() WHERE {HELD.format(merge="merge")} }}"""
_LISTED = Query(
    "entities.listed",
    f"""
    MATCH (e:Entity) USING INDEX SEEK e:Entity(tenant, user, id)
    WHERE e.tenant = $tenant AND e.user = $user AND e.id > $after AND {_STANDING}
    RETURN e.id AS id ORDER BY e.tenant, e.user, e.id LIMIT $limit
    """,
    writes=False,
)
# Whoever has such a name, and from there up to who stands for them.
_CONTAINING = Query(
    "entities.containing",
    f"""
    MATCH (n:EntityName)
    WHERE n.tenant = $tenant AND n.user = $user AND n.normal IS NOT NULL AND n.folded CONTAINS $containing
    MATCH (n)<-[:NAMED]-(:Entity) (()-[up:MERGED_INTO WHERE {HELD.format(merge="up")}]->())* (e:Entity)
    WHERE e.id > $after AND {_STANDING}
    RETURN DISTINCT e.id AS id ORDER BY id LIMIT $limit
    """,
    writes=False,
)
# Of each group of those who are one. A fact that says something of an entity and that entity counts once.
_COUNTED = Query(
    "entities.counted",
    """
    UNWIND $groups AS members
    CALL (members) {
        UNWIND members AS id
        MATCH (:Entity {tenant: $tenant, user: $user, id: id})<-[:SUBJECT|OBJECT]-(f:Fact)
        WHERE CASE WHEN $known_at IS NULL THEN f.believed
            ELSE f.recorded_from <= $known_at AND coalesce($known_at < f.recorded_to, true) END
            AND ($as_of IS NULL OR f.begins <= $as_of AND (f.event OR coalesce($as_of < f.valid_to, true)))
        RETURN count(DISTINCT f.fact_id) AS facts
    }
    CALL (members) {
        UNWIND members AS id
        MATCH (:Entity {tenant: $tenant, user: $user, id: id})<-[:MENTIONS]-(d:Episode)
        WHERE $known_at IS NULL OR d.recorded_at <= $known_at
        RETURN count(DISTINCT d) AS episodes
    }
    RETURN members[0] AS id, facts, episodes
    """,
    writes=False,
)
QUERIES = (_BY_ID, _NAMED, _LISTED, _CONTAINING, _COUNTED)


class Neo4jEntities:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def entities(self, scope: Scope, ids: Sequence[str]) -> list[Entity]:
        if not ids:
            return []
        found = await self._connection.read(lambda tx: _by_id(tx, scope, ids))
        return [found[id] for id in ids if id in found]

    async def named(self, scope: Scope, names: Sequence[str]) -> dict[str, list[Entity]]:
        if not names:
            return {}
        asked = {indexed(name): name for name in names}

        async def work(tx: AsyncManagedTransaction) -> list[Properties]:
            return await rows(tx, _NAMED, tenant=scope.tenant, user=scope.user, names=list(asked))

        found: dict[str, list[Entity]] = {}
        for row in await self._connection.read(work):
            found.setdefault(asked[row["name"]], []).append(entity(row["entity"]))
        return found

    async def cards(
        self,
        scope: Scope,
        containing: str | None,
        after: str | None,
        limit: int,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[EntityCard]:
        given: Properties = {
            "tenant": scope.tenant,
            "user": scope.user,
            "after": after or "",
            "limit": limit,
            "known_at": micros(known_at),
        }

        async def work(tx: AsyncManagedTransaction) -> list[EntityCard]:
            if containing is None:
                found = await rows(tx, _LISTED, **given)
            else:
                found = await rows(tx, _CONTAINING, containing=containing.casefold(), **given)
            return await _cards(tx, scope, [row["id"] for row in found], as_of, known_at)

        return await self._connection.read(work)

    async def card(
        self, scope: Scope, id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> EntityCard | None:
        cards = await self._connection.read(lambda tx: _cards(tx, scope, [id], as_of, known_at))
        return cards[0] if cards and (known_at is None or cards[0].entity.created_at <= known_at) else None


async def _by_id(tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str]) -> dict[str, Entity]:
    found = await rows(tx, _BY_ID, tenant=scope.tenant, user=scope.user, ids=list(dict.fromkeys(ids)))
    return {row["entity"]["id"]: entity(row["entity"]) for row in found}


async def _cards(
    tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str], as_of: datetime | None, known_at: datetime | None
) -> list[EntityCard]:
    """With what is merged into them; one that is merged itself comes alone."""
    if not ids:
        return []
    same = await same_as(tx, scope, ids, known_at)
    groups = {id: same.all(id) if same.one(id) == id else (id,) for id in ids}
    found = await _by_id(tx, scope, [member for group in groups.values() for member in group])
    if known_at is not None:
        found = {id: replace(e, merged_into=same.one(id) if same.one(id) != id else None) for id, e in found.items()}
    counted = await rows(
        tx,
        _COUNTED,
        tenant=scope.tenant,
        user=scope.user,
        groups=[list(group) for group in groups.values()],
        as_of=micros(as_of),
        known_at=micros(known_at),
    )
    counts = {row["id"]: row for row in counted}
    return [
        EntityCard(
            united(found[member] for member in group), facts=counts[id]["facts"], episodes=counts[id]["episodes"]
        )
        for id, group in groups.items()
        if id in found
    ]
