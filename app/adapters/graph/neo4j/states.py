"""What becomes of episodes, and the counts that follow from it: the user's, and how much of a job is still to be done.
Each step takes the lock of the user for granted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j.connection import Query, rows
from app.domain.episode import EpisodeState
from app.domain.scope import Scope

_MOVE = Query(
    "states.move",
    """
    UNWIND $ids AS id
    MATCH (e:Episode {tenant: $tenant, user: $user, id: id})
    WHERE e.state = $before
    SET e.state = $after, e.read_by = coalesce($read_by, e.read_by)
    RETURN e.id AS id, e.job_id AS job_id
    """,
    writes=True,
)
_REMOVE = Query(
    "states.remove",
    """
    UNWIND $ids AS id
    MATCH (e:Episode {tenant: $tenant, user: $user, id: id})
    WITH e, e.id AS gone, e.session_id AS session_id, e.job_id AS job_id, e.state AS state, e.voice AS voice
    DETACH DELETE e
    RETURN gone AS id, session_id, job_id, state, voice
    """,
    writes=True,
)
_EMPTY = Query(
    "states.empty",
    """
    UNWIND $ids AS id
    MATCH (s:Session {tenant: $tenant, user: $user, id: id})
    WHERE NOT EXISTS {
        MATCH (e:Episode {tenant: $tenant, user: $user, session_id: id}) WHERE e.seq > 0
    }
    DETACH DELETE s
    RETURN id
    """,
    writes=True,
)
_COUNT = Query(
    "states.count",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    SET u.sessions = u.sessions + $sessions, u.episodes = u.episodes + $episodes,
        u.pending = u.pending + $pending, u.failed = u.failed + $failed
    WITH u
    CALL () {
        OPTIONAL MATCH (e:Episode {tenant: $tenant, user: $user, state: 'pending'})
        WHERE e.seq > 0
        RETURN e.recorded_at AS since ORDER BY e.tenant, e.user, e.state, e.seq LIMIT 1
    }
    SET u.pending_since = since
    """,
    writes=True,
)
_REMAINING = Query(
    "states.remaining",
    """
    UNWIND $jobs AS job
    MATCH (j:Job {tenant: $tenant, id: job.id})
    WHERE j.user = $user
    SET j.remaining = j.remaining + job.more
    """,
    writes=True,
)
_SILENCED = Query(
    "states.silenced",
    """
    UNWIND $voices AS voice
    MATCH (v:Voice {tenant: $tenant, user: $user, name: voice.name})
    SET v.episodes = v.episodes - voice.episodes
    WITH v
    WHERE v.episodes <= 0
    DELETE v
    """,
    writes=True,
)
QUERIES = (_MOVE, _REMOVE, _EMPTY, _COUNT, _REMAINING, _SILENCED)


@dataclass(frozen=True, slots=True)
class Gone:
    """An episode that was deleted."""

    id: str
    session_id: str
    job_id: str


async def move(
    tx: AsyncManagedTransaction,
    scope: Scope,
    ids: Iterable[str],
    before: EpisodeState,
    after: EpisodeState,
    *,
    read_by: str | None = None,
) -> dict[str, str]:
    """Those of these episodes that were in the state `before` are in `after`; their ids with the ids of their jobs.
    `read_by`: the extractor that read them, if one did."""
    unique = list(dict.fromkeys(ids))
    found = await _run(tx, _MOVE, scope, ids=unique, before=before.value, after=after.value, read_by=read_by)
    moved: dict[str, str] = {row["id"]: row["job_id"] for row in found}
    if moved:
        change = {before: -len(moved), after: len(moved)}
        await _count(tx, scope, pending=change.get(EpisodeState.PENDING, 0), failed=change.get(EpisodeState.FAILED, 0))
        await _remaining(tx, scope, moved.values(), _pending(after) - _pending(before))
    return moved


async def remove(tx: AsyncManagedTransaction, scope: Scope, ids: Iterable[str]) -> list[Gone]:
    """Delete episodes, and sessions and voices that have none left; unknown ids are passed over. What was derived from
    them is left to the caller."""
    found = await _run(tx, _REMOVE, scope, ids=list(dict.fromkeys(ids)))
    if not found:
        return []
    empty = await _run(tx, _EMPTY, scope, ids=list({row["session_id"] for row in found}))
    states = Counter(EpisodeState(row["state"]) for row in found)
    await _count(
        tx,
        scope,
        sessions=-len(empty),
        episodes=-len(found),
        pending=-states[EpisodeState.PENDING],
        failed=-states[EpisodeState.FAILED],
    )
    voices = Counter(row["voice"] for row in found if row["voice"] is not None)
    await _run(tx, _SILENCED, scope, voices=[{"name": name, "episodes": many} for name, many in voices.items()])
    await _remaining(tx, scope, [row["job_id"] for row in found if _pending(EpisodeState(row["state"]))], -1)
    return [Gone(row["id"], row["session_id"], row["job_id"]) for row in found]


async def _count(tx: AsyncManagedTransaction, scope: Scope, **more: int) -> None:
    await _run(tx, _COUNT, scope, **{"sessions": 0, "episodes": 0, "pending": 0, "failed": 0, **more})


async def _remaining(tx: AsyncManagedTransaction, scope: Scope, job_ids: Iterable[str], each: int) -> None:
    if each:
        jobs = [{"id": id, "more": each * many} for id, many in Counter(job_ids).items()]
        await _run(tx, _REMAINING, scope, jobs=jobs)


def _pending(state: EpisodeState) -> int:
    return int(state is EpisodeState.PENDING)


async def _run(
    tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: Sequence[object] | str | int | None
) -> list[dict[str, Any]]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)
