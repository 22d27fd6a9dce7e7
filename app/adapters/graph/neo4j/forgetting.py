"""The steps of a change set that take something away, each within the transaction of its commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j import jobs, states
from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.outbox import Subject
from app.domain.errors import Conflict
from app.domain.scope import Scope
from app.ports.vectors import VectorKind

_BEGIN_ANEW = Query(
    "forgetting.begin_anew",
    """
    UNWIND $ids AS id
    MATCH (d:Episode {tenant: $tenant, user: $user, id: id})
    SET d.read_by = $extractor
    WITH d
    OPTIONAL MATCH (d)-[mention:MENTIONS]->()
    DELETE mention
    RETURN count(DISTINCT d) AS found
    """,
    writes=True,
)
_SUPPORTED = Query(
    "forgetting.supported",
    """
    UNWIND $ids AS id
    MATCH (:Episode {tenant: $tenant, user: $user, id: id})<-[:EVIDENCE]-(:Statement)<-[:SUPPORTED_BY]-(f:Fact)
    RETURN DISTINCT f.fact_id AS id
    """,
    writes=False,
)
_UNSAY = Query(
    "forgetting.unsay",
    """
    UNWIND $ids AS id
    MATCH (:Episode {tenant: $tenant, user: $user, id: id})<-[:EVIDENCE]-(s:Statement)
    OPTIONAL MATCH (s)-[:MARKED]->(m:StatementMark)
    DETACH DELETE m, s
    """,
    writes=True,
)
QUERIES = (_BEGIN_ANEW, _SUPPORTED, _UNSAY)


async def begin_anew(tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str], extractor: str | None) -> None:
    """Without the mentions that an older extractor found. Raises Conflict for an episode that is not there."""
    unique = list(dict.fromkeys(ids))
    if not unique:
        return
    (done,) = await rows(tx, _BEGIN_ANEW, tenant=scope.tenant, user=scope.user, ids=unique, extractor=extractor)
    if done["found"] != len(unique):
        raise Conflict("one of the episodes that were read again is not there")


async def delete_episodes(tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str], at: datetime) -> list[Subject]:
    """Their mentions, their statements and the support by those go with them; unknown ids are passed over. What is to
    be indexed anew."""
    if not ids:
        return []
    given = {"tenant": scope.tenant, "user": scope.user, "ids": list(dict.fromkeys(ids))}
    shaken = await rows(tx, _SUPPORTED, **given)
    await rows(tx, _UNSAY, **given)
    gone = await states.remove(tx, scope, ids)
    if gone:
        await jobs.settle(tx, scope, {episode.job_id for episode in gone}, at)
    return [
        *((VectorKind.EPISODE, episode.id) for episode in gone),
        *((VectorKind.FACT, row["id"]) for row in shaken),
    ]
