"""Merges of entities, pairs in doubt, and names that are like another, as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.merges import doubted, merged, same_as
from app.adapters.graph.neo4j.properties import ENTITY, STATEMENT, Properties, entity, indexed, statement
from app.domain.entity import Entity
from app.domain.fact import Statement
from app.domain.identity import Doubt, Merge, Same
from app.domain.scope import Scope

_WORDED = """
    UNWIND $words AS word
    CALL (word) {{
        MATCH (w:EntityWord) USING INDEX SEEK w:EntityWord(tenant, user, word, entity_id)
        WHERE w.tenant = $tenant AND w.user = $user AND w.word {how} word AND w.entity_id IS NOT NULL
        RETURN w.entity_id AS id ORDER BY w.tenant, w.user, w.word, w.entity_id LIMIT $limit
    }}
    RETURN DISTINCT id
"""
_WITH_WORD = Query("identities.with_word", _WORDED.format(how="="), writes=False)
_BEGINNING = Query("identities.beginning", _WORDED.format(how="STARTS WITH"), writes=False)
_OLDEST_FIRST = Query(
    "identities.oldest_first",
    f"""
    UNWIND $ids AS id
    MATCH (e:Entity {{tenant: $tenant, user: $user, id: id}})
    WITH e ORDER BY e.created_at, e.id
    RETURN {ENTITY} AS entity
    """,
    writes=False,
)
_SAID_OF = Query(
    "identities.said_of",
    f"""
    UNWIND $ids AS id
    MATCH (:Entity {{tenant: $tenant, user: $user, id: id}})<-[:NAMES]-(s:Statement)
    WITH DISTINCT s ORDER BY s.seq, s.id
    RETURN {STATEMENT} AS said
    """,
    writes=False,
)
_MERGES = Query(
    "identities.merges",
    """
    UNWIND $ids AS id
    MATCH (:Entity {tenant: $tenant, user: $user, id: id})-[merge:MERGED_INTO]-()
    WITH DISTINCT merge ORDER BY merge.merged_at, merge.id
    RETURN properties(merge) AS merge
    """,
    writes=False,
)
_DOUBTS = Query(
    "identities.doubts",
    """
    MATCH ()-[d:IN_DOUBT]->() USING INDEX SEEK d:IN_DOUBT(tenant, user, entity_id, other_id)
    WHERE d.tenant = $tenant AND d.user = $user AND d.entity_id >= $one AND d.other_id IS NOT NULL
        AND CASE d.entity_id WHEN $one THEN d.other_id > $other ELSE true END
    RETURN properties(d) AS doubt ORDER BY d.tenant, d.user, d.entity_id, d.other_id LIMIT $limit
    """,
    writes=False,
)
QUERIES = (_WITH_WORD, _BEGINNING, _OLDEST_FIRST, _SAID_OF, _MERGES, _DOUBTS)


class Neo4jIdentities:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def same(self, scope: Scope, ids: Sequence[str], known_at: datetime | None = None) -> Same:
        if not ids:
            return Same()
        return await self._connection.read(lambda tx: same_as(tx, scope, ids, known_at))

    async def alike(self, scope: Scope, words: Sequence[str], beginnings: Sequence[str], limit: int) -> list[Entity]:
        owner = {"tenant": scope.tenant, "user": scope.user}

        async def work(tx: AsyncManagedTransaction) -> list[Entity]:
            found: dict[str, None] = {}
            for query, some in ((_WITH_WORD, words), (_BEGINNING, beginnings)):
                if some:
                    wanted = list(dict.fromkeys(map(indexed, some)))
                    found |= {row["id"]: None for row in await rows(tx, query, **owner, words=wanted, limit=limit)}
            if not found:
                return []
            return [entity(row["entity"]) for row in await rows(tx, _OLDEST_FIRST, **owner, ids=list(found))]

        return await self._connection.read(work) if words or beginnings else []

    async def said_of(self, scope: Scope, ids: Sequence[str]) -> list[Statement]:
        if not ids:
            return []
        return [statement(row["said"]) for row in await self._of(_SAID_OF, scope, ids)]

    async def merges(self, scope: Scope, ids: Sequence[str]) -> list[Merge]:
        if not ids:
            return []
        return [merged(row["merge"]) for row in await self._of(_MERGES, scope, ids)]

    async def doubts(self, scope: Scope, after: tuple[str, str] | None, limit: int) -> list[Doubt]:
        one, other = after or ("", "")

        async def work(tx: AsyncManagedTransaction) -> list[Properties]:
            return await rows(tx, _DOUBTS, tenant=scope.tenant, user=scope.user, one=one, other=other, limit=limit)

        return [doubted(row["doubt"]) for row in await self._connection.read(work)]

    async def _of(self, query: Query, scope: Scope, ids: Sequence[str]) -> list[Properties]:
        wanted = list(dict.fromkeys(ids))
        return await self._connection.read(lambda tx: rows(tx, query, tenant=scope.tenant, user=scope.user, ids=wanted))
