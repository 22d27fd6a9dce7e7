"""What each tenant tells the language model: versions, of which the last is current."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import below, guidance_of, guidance_text, micros, moment
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.domain.errors import NotFound
from app.domain.guidance import NO_GUIDANCE, Guidance, GuidanceVersion

# What is read afterwards is read by another statement: one might have read before it waited for the lock.
_LOCK = Query(
    "guidance.lock",
    """
    MATCH (t:Tenant {id: $tenant})
    SET t.locked = true
    REMOVE t.locked
    RETURN t.id AS id
    """,
    writes=True,
)
_ADD = Query(
    "guidance.add",
    """
    MATCH (t:Tenant {id: $tenant})
    CREATE (t)-[:GUIDED_BY]->(:Guidance {tenant: $tenant, number: $number, content: $content, at: $at})
    """,
    writes=True,
)
_VERSIONS = Query(
    "guidance.versions",
    """
    MATCH (g:Guidance)
    WHERE g.tenant = $tenant AND g.number < $below
    RETURN g {.*} AS version ORDER BY g.tenant DESC, g.number DESC LIMIT $limit
    """,
    writes=False,
)
QUERIES = (_LOCK, _ADD, _VERSIONS)


class Neo4jGuidance:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, tenant: str, guidance: Guidance, at: datetime) -> GuidanceVersion:
        async def work(tx: AsyncManagedTransaction) -> GuidanceVersion:
            if not await rows(tx, _LOCK, tenant=tenant):
                raise NotFound(f"no tenant {tenant!r}")
            current = await _current(tx, tenant)
            if current.number and current.guidance == guidance:
                return current
            version = GuidanceVersion(current.number + 1, guidance, at)
            given = {"number": version.number, "content": guidance_text(guidance), "at": micros(at)}
            await rows(tx, _ADD, tenant=tenant, **given)
            return version

        return await self._connection.write(work)

    async def current(self, tenant: str) -> GuidanceVersion:
        return await self._connection.read(lambda tx: _current(tx, tenant))

    async def versions(self, tenant: str, before: int | None, limit: int) -> list[GuidanceVersion]:
        return await self._connection.read(lambda tx: _versions(tx, tenant, below(before), limit))


async def _current(tx: AsyncManagedTransaction, tenant: str) -> GuidanceVersion:
    return next(iter(await _versions(tx, tenant, below(None), 1)), NO_GUIDANCE)


async def _versions(tx: AsyncManagedTransaction, tenant: str, below: int, limit: int) -> list[GuidanceVersion]:
    found = await rows(tx, _VERSIONS, tenant=tenant, below=below, limit=limit)
    return [_version(row["version"]) for row in found]


def _version(found: dict[str, Any]) -> GuidanceVersion:
    return GuidanceVersion(found["number"], guidance_of(found["content"]), moment(found["at"]))
