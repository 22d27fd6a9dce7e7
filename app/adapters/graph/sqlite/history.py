"""What changed when, and which words are still good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import bounded, micros
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import EPISODE, Row, episode, fact, listed
from app.adapters.graph.sqlite.vicinity import COLUMNS
from app.domain.episode import Episode
from app.domain.fact import FactVersion
from app.domain.sayings import Saying
from app.domain.scope import Scope

_CHANGED = """
    SELECT fact_id FROM fact_version INDEXED BY fact_recorded_from
    WHERE tenant = :tenant AND user = :user AND recorded_from > :known_from AND recorded_from <= :known_to
        AND fact_id > :after
    UNION
    SELECT fact_id FROM fact_version INDEXED BY fact_recorded_to
    WHERE tenant = :tenant AND user = :user AND recorded_to > :known_from AND recorded_to <= :known_to
        AND fact_id > :after
    ORDER BY fact_id LIMIT :limit
"""
_OUTDATED = f"""
    SELECT {EPISODE} FROM episode
    WHERE tenant = :tenant AND user = :user AND seq > :after AND state = 'processed' AND read_by IS NOT :extractor
    ORDER BY seq LIMIT :limit
"""
_NEWEST = f"""
    SELECT {COLUMNS} FROM fact_version v INDEXED BY fact_recorded_from
    WHERE v.tenant = :tenant AND v.user = :user AND v.recorded_to IS NULL
        AND (v.valid_from IS NULL OR v.valid_from <= :at) AND (v.event OR v.valid_to IS NULL OR :at < v.valid_to)
    ORDER BY v.recorded_from DESC, v.fact_id DESC LIMIT :limit
"""
_SAYINGS = """
    SELECT t.episode_id, length(e.content), t.span_start, t.span_end, t.polarity = 'holds', EXISTS (
        SELECT 1 FROM support s
        CROSS JOIN fact_version v ON v.tenant = :tenant AND v.user = :user
            AND v.fact_id = s.fact_id AND v.version = s.version
            AND v.recorded_from <= :known_at AND (v.recorded_to IS NULL OR :known_at < v.recorded_to)
            AND (t.valid_to IS NOT NULL OR v.event OR v.valid_to IS NULL OR :valid_at < v.valid_to)
        WHERE s.tenant = :tenant AND s.user = :user AND s.statement_id = t.id
    )
    FROM json_each(:ids) d
    CROSS JOIN statement t ON t.tenant = :tenant AND t.user = :user AND t.episode_id = d.value
        AND t.recorded_at <= :known_at
    CROSS JOIN episode e ON e.tenant = :tenant AND e.user = :user AND e.id = d.value
    WHERE NOT EXISTS (
        SELECT 1 FROM statement_mark m
        WHERE m.tenant = :tenant AND m.user = :user AND m.statement_id = t.id AND m.outdated
    )
"""


class SqliteHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def changed(
        self, scope: Scope, known_from: datetime, known_to: datetime, after: str | None, limit: int
    ) -> list[str]:
        rows = await self._rows(
            _CHANGED,
            scope,
            known_from=micros(known_from),
            known_to=micros(known_to),
            after=after or "",
            limit=limit,
        )
        return [id for (id,) in rows]

    async def outdated(self, scope: Scope, extractor: str, after_seq: int, limit: int) -> list[Episode]:
        rows = await self._rows(_OUTDATED, scope, extractor=extractor, after=bounded(after_seq), limit=limit)
        return [episode(row) for row in rows]

    async def sayings(
        self, scope: Scope, episode_ids: Sequence[str], valid_at: datetime, known_at: datetime
    ) -> list[Saying]:
        rows = await self._rows(
            _SAYINGS, scope, ids=listed(episode_ids), valid_at=micros(valid_at), known_at=micros(known_at)
        )
        return [Saying(id, size, start, end, bool(holds), bool(stands)) for id, size, start, end, holds, stands in rows]

    async def newest(self, scope: Scope, valid_at: datetime, limit: int) -> list[FactVersion]:
        return [fact(row) for row in await self._rows(_NEWEST, scope, at=micros(valid_at), limit=limit)]

    async def _rows(self, text: str, scope: Scope, **parameters: str | int) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            return connection.execute(text, {"tenant": scope.tenant, "user": scope.user, **parameters}).fetchall()

        return await self._database.read(work)
