"""The transaction that takes episodes in. When the answer to its commit is lost, the caller's Idempotency-Key or
client_ids see to it that nothing is stored twice."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import answers, answers_text, metadata_text, micros, moment
from app.adapters.graph.neo4j import outbox, users
from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.jobs import job_properties
from app.adapters.graph.neo4j.tickets import Tickets
from app.domain.episode import AppendPlan, Episode, EpisodeDraft, EpisodeKind, EpisodeState, Known, Role, plan_append
from app.domain.errors import IdempotencyConflict
from app.domain.jobs import Job, JobKind, JobState
from app.domain.scope import Scope
from app.ports.graph.episodes import AppendRequest, Receipt
from app.ports.vectors import VectorKind

VOICES = (Role.USER, Role.ASSISTANT)
"""Those who take part; the others are not persons."""

EPISODE = "e {.*}"
"""Of an episode `e`, as `episode` reads it."""

_ANSWERED = Query(
    "append.answered",
    """
    MATCH (r:IdempotencyRecord {tenant: $tenant, user: $user, key: $key})
    RETURN r.fingerprint AS fingerprint, r.job_id AS job_id, r.accepted AS accepted
    """,
    writes=False,
)
_NEXT = Query(
    "append.next",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    OPTIONAL MATCH (s:Session {tenant: $tenant, user: $user, id: $session})
    RETURN u.seq + 1 AS seq, coalesce(s.next_position, 0) AS position
    """,
    writes=False,
)
_KNOWN = Query(
    "append.known",
    """
    UNWIND $client_ids AS client_id
    MATCH (e:Episode {tenant: $tenant, user: $user, client_id: client_id})
    RETURN client_id, e.id AS id, e.seq AS seq, e.content AS content, e.job_id AS job_id
    """,
    writes=False,
)
_STORE = Query(
    "append.store",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    MERGE (s:Session {tenant: $tenant, user: $user, id: $session})
    ON CREATE SET u.sessions = u.sessions + 1
    SET s.next_position = $next_position
    SET u.seq = $seq, u.episodes = u.episodes + $count, u.pending = u.pending + $count,
        u.pending_since = coalesce(u.pending_since, $at),
        u.last_activity = CASE WHEN u.last_activity > $at THEN u.last_activity ELSE $at END
    CREATE (j:Job {tenant: $tenant, user: $user})
    SET j += $job
    WITH s
    UNWIND $episodes AS row
    CREATE (e:Episode {tenant: $tenant, user: $user})
    SET e += row
    CREATE (s)-[:HOLDS]->(e)
    """,
    writes=True,
)
_HEAR = Query(
    "append.hear",
    """
    UNWIND $voices AS voice
    MERGE (v:Voice {tenant: $tenant, user: $user, name: voice.name})
    SET v.episodes = coalesce(v.episodes, 0) + voice.episodes
    """,
    writes=True,
)
_ANSWER = Query(
    "append.answer",
    """
    CREATE (r:IdempotencyRecord {tenant: $tenant, user: $user, key: $key})
    SET r += $answer
    """,
    writes=True,
)
QUERIES = (_ANSWERED, _NEXT, _KNOWN, _STORE, _HEAR, _ANSWER)


async def append(tx: AsyncManagedTransaction, scope: Scope, request: AppendRequest, tickets: Tickets) -> Receipt:
    """Raises ClientIdConflict, IdempotencyConflict."""
    await users.ensure(tx, scope)
    before = await _answered(tx, scope, request)
    if before is not None:
        return before
    (next,) = await _run(tx, _NEXT, scope, session=request.session_id)
    plan = plan_append(
        request.drafts,
        request.ids,
        session_id=request.session_id,
        job_id=request.job_id,
        next_seq=next["seq"],
        next_position=next["position"],
        known=await _known(tx, scope, request.drafts),
        recorded_at=request.recorded_at,
    )
    if plan.fresh:
        await _store(tx, scope, request, plan)
    if request.idempotency is not None:
        answer = {
            "fingerprint": request.idempotency.fingerprint,
            "job_id": plan.job_id,
            "accepted": answers_text(plan.answers),
            "recorded_at": micros(request.recorded_at),
        }
        await _run(tx, _ANSWER, scope, key=request.idempotency.key, answer=answer)
    subjects = [(VectorKind.EPISODE, episode.id) for episode in plan.fresh]
    return Receipt(plan.job_id, plan.answers, plan.fresh, await outbox.enqueue(tx, scope, subjects, tickets))


async def _answered(tx: AsyncManagedTransaction, scope: Scope, request: AppendRequest) -> Receipt | None:
    """What was answered to the same request before."""
    if request.idempotency is None:
        return None
    found = await _run(tx, _ANSWERED, scope, key=request.idempotency.key)
    if not found:
        return None
    if found[0]["fingerprint"] != request.idempotency.fingerprint:
        raise IdempotencyConflict(
            f"Idempotency-Key {request.idempotency.key!r} was used for another request; use a new key"
        )
    return Receipt(found[0]["job_id"], answers(found[0]["accepted"]))


async def _known(tx: AsyncManagedTransaction, scope: Scope, drafts: tuple[EpisodeDraft, ...]) -> dict[str, Known]:
    client_ids = list(dict.fromkeys(draft.client_id for draft in drafts if draft.client_id is not None))
    if not client_ids:
        return {}
    found = await _run(tx, _KNOWN, scope, client_ids=client_ids)
    return {row["client_id"]: Known(row["id"], row["seq"], row["content"], row["job_id"]) for row in found}


async def _store(tx: AsyncManagedTransaction, scope: Scope, request: AppendRequest, plan: AppendPlan) -> None:
    fresh = plan.fresh
    job = Job(plan.job_id, scope.user, JobKind.PROCESS, JobState.QUEUED, request.recorded_at, remaining=len(fresh))
    await _run(
        tx,
        _STORE,
        scope,
        session=request.session_id,
        next_position=fresh[-1].position + 1,
        seq=fresh[-1].seq,
        count=len(fresh),
        at=micros(request.recorded_at),
        job=job_properties(job),
        episodes=[episode_properties(episode) for episode in fresh],
    )
    await _run(tx, _HEAR, scope, voices=voices(fresh))


def voices(episodes: tuple[Episode, ...]) -> list[dict[str, Any]]:
    """Who took part, and in how many of them."""
    counted = Counter(episode.speaker for episode in episodes if episode.role in VOICES)
    return [{"name": name, "episodes": many} for name, many in counted.items()]


def episode_properties(e: Episode) -> dict[str, Any]:
    """`voice`: the speaker, of one who takes part."""
    return {
        "id": e.id,
        "session_id": e.session_id,
        "seq": e.seq,
        "position": e.position,
        "role": e.role.value,
        "name": e.name,
        "kind": e.kind.value,
        "content": e.content,
        "occurred_at": micros(e.occurred_at),
        "recorded_at": micros(e.recorded_at),
        "client_id": e.client_id,
        "metadata": metadata_text(e.metadata),
        "state": e.state.value,
        "job_id": e.job_id,
        "speaker": e.speaker,
        "voice": e.speaker if e.role in VOICES else None,
    }


def episode(found: dict[str, Any]) -> Episode:
    return Episode(
        id=found["id"],
        session_id=found["session_id"],
        seq=found["seq"],
        position=found["position"],
        role=Role(found["role"]),
        name=found.get("name"),
        kind=EpisodeKind(found["kind"]),
        content=found["content"],
        occurred_at=moment(found["occurred_at"]),
        recorded_at=moment(found["recorded_at"]),
        client_id=found.get("client_id"),
        metadata=json.loads(found["metadata"]),
        state=EpisodeState(found["state"]),
        job_id=found["job_id"],
    )


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: Any) -> list[dict[str, Any]]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)
