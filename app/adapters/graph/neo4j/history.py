"""What changed when, and which words are still good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.adapters.graph.encoding import LARGEST, bounded, micros
from app.adapters.graph.neo4j.append import EPISODE, episode
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.properties import FACT, Properties, fact
from app.domain.episode import Episode
from app.domain.fact import FactVersion
from app.domain.sayings import Saying
from app.domain.scope import Scope

_CHANGED = Query(
    "history.changed",
    """
    CALL () {
        MATCH (f:Fact) USING INDEX SEEK f:Fact(tenant, user, recorded_from)
        WHERE f.tenant = $tenant AND f.user = $user AND f.recorded_from > $known_from AND f.recorded_from <= $known_to
            AND f.fact_id > $after
        RETURN f.fact_id AS id
        UNION
        MATCH (f:Fact) USING INDEX SEEK f:Fact(tenant, user, recorded_to)
        WHERE f.tenant = $tenant AND f.user = $user AND f.recorded_to > $known_from AND f.recorded_to <= $known_to
            AND f.fact_id > $after
        RETURN f.fact_id AS id
    }
    RETURN DISTINCT id ORDER BY id LIMIT $limit
    """,
    writes=False,
)
_OUTDATED = Query(
    "history.outdated",
    f"""
    MATCH (e:Episode) USING INDEX SEEK e:Episode(tenant, user, state, seq)
    WHERE e.tenant = $tenant AND e.user = $user AND e.state = 'processed' AND e.seq > $after
        AND coalesce(e.read_by <> $extractor, true)
    RETURN {EPISODE} AS episode ORDER BY e.tenant, e.user, e.state, e.seq LIMIT $limit
    """,
    writes=False,
)
_SAYINGS = Query(
    "history.sayings",
    """
    UNWIND $ids AS id
    MATCH (d:Episode {tenant: $tenant, user: $user, id: id})<-[:EVIDENCE]-(s:Statement)
    WHERE s.recorded_at <= $known_at AND NOT EXISTS { (s)-[:MARKED]->(m:StatementMark) WHERE m.outdated }
    RETURN id, size(d.content) AS size, s.span_start AS start, s.span_end AS end, s.polarity = 'holds' AS holds,
        EXISTS {
            MATCH (s)<-[:SUPPORTED_BY]-(f:Fact)
            WHERE f.recorded_from <= $known_at AND coalesce($known_at < f.recorded_to, true)
                AND (s.valid_to IS NOT NULL OR f.event OR coalesce($valid_at < f.valid_to, true))
        } AS stands
    ORDER BY id, start
    """,
    writes=False,
)
_NEWEST = Query(
    "history.newest",
    f"""
    MATCH (f:Fact) USING INDEX SEEK f:Fact(tenant, user, recorded_from)
    WHERE f.tenant = $tenant AND f.user = $user AND f.recorded_from <= {LARGEST} AND f.believed
        AND f.begins <= $at AND (f.event OR coalesce($at < f.valid_to, true))
    WITH f ORDER BY f.tenant DESC, f.user DESC, f.recorded_from DESC, f.fact_id DESC LIMIT $limit
    RETURN {FACT} AS fact ORDER BY f.recorded_from DESC, f.fact_id DESC
    """,
    writes=False,
)
QUERIES = (_CHANGED, _OUTDATED, _SAYINGS, _NEWEST)


class Neo4jHistory:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def changed(
        self, scope: Scope, known_from: datetime, known_to: datetime, after: str | None, limit: int
    ) -> list[str]:
        found = await self._rows(
            _CHANGED,
            scope,
            known_from=micros(known_from),
            known_to=micros(known_to),
            after=after or "",
            limit=limit,
        )
        return [row["id"] for row in found]

    async def outdated(self, scope: Scope, extractor: str, after_seq: int, limit: int) -> list[Episode]:
        found = await self._rows(_OUTDATED, scope, extractor=extractor, after=bounded(after_seq), limit=limit)
        return [episode(row["episode"]) for row in found]

    async def sayings(
        self, scope: Scope, episode_ids: Sequence[str], valid_at: datetime, known_at: datetime
    ) -> list[Saying]:
        if not episode_ids:
            return []
        ids = list(dict.fromkeys(episode_ids))
        found = await self._rows(_SAYINGS, scope, ids=ids, valid_at=micros(valid_at), known_at=micros(known_at))
        return [
            Saying(row["id"], row["size"], row["start"], row["end"], holds=row["holds"], stands=row["stands"])
            for row in found
        ]

    async def newest(self, scope: Scope, valid_at: datetime, limit: int) -> list[FactVersion]:
        found = await self._rows(_NEWEST, scope, at=micros(valid_at), limit=limit)
        return [fact(row["fact"]) for row in found]

    async def _rows(self, query: Query, scope: Scope, **given: object) -> list[Properties]:
        return await self._connection.read(lambda tx: rows(tx, query, tenant=scope.tenant, user=scope.user, **given))
