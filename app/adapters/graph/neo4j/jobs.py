"""Jobs: how far the processing of what was sent together has come. Whoever changes one has locked the user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros, moment, outcome, outcome_text
from app.adapters.graph.neo4j import states, users
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.domain.episode import EpisodeState
from app.domain.errors import IllegalTransition, NotFound
from app.domain.jobs import Job, JobError, JobKind, JobState, Outcome
from app.domain.scope import Scope

_OF_TENANT = Query(
    "jobs.of_tenant",
    """
    MATCH (j:Job {tenant: $tenant, id: $id})
    RETURN j {.*} AS job
    """,
    writes=False,
)
_OF_USER = Query(
    "jobs.of_user",
    """
    MATCH (j:Job {tenant: $tenant, id: $id})
    WHERE j.user = $user
    RETURN j {.*} AS job
    """,
    writes=False,
)
_FIRST_PAGE = Query(
    "jobs.first_page",
    """
    MATCH (j:Job)
    WHERE j.tenant = $tenant AND j.user = $user AND j.id > ''
    RETURN j {.*} AS job ORDER BY j.tenant DESC, j.user DESC, j.id DESC LIMIT $limit
    """,
    writes=False,
)
_PAGE = Query(
    "jobs.page",
    """
    MATCH (j:Job)
    WHERE j.tenant = $tenant AND j.user = $user AND j.id < $after
    RETURN j {.*} AS job ORDER BY j.tenant DESC, j.user DESC, j.id DESC LIMIT $limit
    """,
    writes=False,
)
_FIRST_PAGE_IN = Query(
    "jobs.first_page_in",
    """
    MATCH (j:Job)
    WHERE j.tenant = $tenant AND j.user = $user AND j.state = $state AND j.id > ''
    RETURN j {.*} AS job ORDER BY j.tenant DESC, j.user DESC, j.state DESC, j.id DESC LIMIT $limit
    """,
    writes=False,
)
_PAGE_IN = Query(
    "jobs.page_in",
    """
    MATCH (j:Job)
    WHERE j.tenant = $tenant AND j.user = $user AND j.state = $state AND j.id < $after
    RETURN j {.*} AS job ORDER BY j.tenant DESC, j.user DESC, j.state DESC, j.id DESC LIMIT $limit
    """,
    writes=False,
)
_EPISODES = Query(
    "jobs.episodes",
    """
    MATCH (e:Episode)
    WHERE e.tenant = $tenant AND e.user = $user AND e.job_id = $id AND e.seq > 0
    RETURN e.id AS id, e.state AS state ORDER BY e.tenant, e.user, e.job_id, e.seq
    """,
    writes=False,
)
_SETTLE = Query(
    "jobs.settle",
    """
    UNWIND $ids AS id
    MATCH (j:Job {tenant: $tenant, id: id})
    WHERE j.user = $user AND j.kind = 'process' AND j.remaining = 0 AND j.state IN ['queued', 'running']
    WITH j, EXISTS {
        MATCH (e:Episode {tenant: $tenant, user: $user, job_id: j.id}) WHERE e.seq > 0 AND e.state = 'failed'
    } AS failed
    SET j.finished_at = $at, j.started_at = coalesce(j.started_at, $at),
        j.state = CASE WHEN failed THEN 'failed' ELSE 'succeeded' END,
        j.error_code = CASE WHEN failed THEN j.error_code END,
        j.error_detail = CASE WHEN failed THEN j.error_detail END
    """,
    writes=True,
)
_BEGIN = Query(
    "jobs.begin",
    """
    MATCH (j:Job)
    WHERE j.tenant = $tenant AND j.user = $user AND j.state = 'queued' AND j.id > ''
        AND j.kind = 'process' AND j.remaining > 0
    SET j.state = 'running', j.started_at = coalesce(j.started_at, $at)
    """,
    writes=True,
)
_INTERRUPT = Query(
    "jobs.interrupt",
    """
    MATCH (j:Job)
    WHERE j.tenant = $tenant AND j.user = $user AND j.state = 'running' AND j.id > ''
        AND j.kind = 'process' AND j.remaining > 0
    SET j.attempts = j.attempts + $failures, j.error_code = $code, j.error_detail = $detail
    """,
    writes=True,
)
_BLAME = Query(
    "jobs.blame",
    """
    UNWIND $ids AS id
    MATCH (j:Job {tenant: $tenant, id: id})
    WHERE j.user = $user
    SET j.error_code = $code, j.error_detail = $detail
    """,
    writes=True,
)
_OUTCOMES = Query(
    "jobs.outcomes",
    """
    UNWIND $ids AS id
    MATCH (j:Job {tenant: $tenant, id: id})
    WHERE j.user = $user
    RETURN id, j.outcome AS outcome
    """,
    writes=False,
)
_CREDIT = Query(
    "jobs.credit",
    """
    UNWIND $jobs AS row
    MATCH (j:Job {tenant: $tenant, id: row.id})
    WHERE j.user = $user
    SET j.outcome = row.outcome
    """,
    writes=True,
)
_REQUEUE = Query(
    "jobs.requeue",
    """
    MATCH (j:Job {tenant: $tenant, id: $id})
    WHERE j.user = $user
    SET j.state = 'queued', j.attempts = 0
    REMOVE j.started_at, j.finished_at, j.error_code, j.error_detail
    """,
    writes=True,
)
QUERIES = (
    _OF_TENANT,
    _OF_USER,
    _FIRST_PAGE,
    _PAGE,
    _FIRST_PAGE_IN,
    _PAGE_IN,
    _EPISODES,
    _SETTLE,
    _BEGIN,
    _INTERRUPT,
    _BLAME,
    _OUTCOMES,
    _CREDIT,
    _REQUEUE,
)


async def settle(tx: AsyncManagedTransaction, scope: Scope, job_ids: Iterable[str], now: datetime) -> None:
    """End those jobs of which nothing is pending any more: failed if an episode of them failed, else succeeded."""
    await _run(tx, _SETTLE, scope, ids=sorted(set(job_ids)), at=micros(now))


async def begin(tx: AsyncManagedTransaction, scope: Scope, now: datetime) -> None:
    """The jobs that have pending episodes are running."""
    await _run(tx, _BEGIN, scope, at=micros(now))


async def interrupt(tx: AsyncManagedTransaction, scope: Scope, error: JobError, *, failed: bool) -> None:
    """Every running job that has pending episodes, for the batch may have been of any of them. `failed`: counts as a
    failed attempt."""
    await _run(tx, _INTERRUPT, scope, failures=int(failed), code=error.code, detail=error.detail)


async def blame(tx: AsyncManagedTransaction, scope: Scope, job_ids: Iterable[str], error: JobError) -> None:
    await _run(tx, _BLAME, scope, ids=sorted(set(job_ids)), code=error.code, detail=error.detail)


async def credit(tx: AsyncManagedTransaction, scope: Scope, gained: Mapping[str, Outcome]) -> None:
    """Add to the outcomes, by job id."""
    found = await _run(tx, _OUTCOMES, scope, ids=list(gained))
    sums = [{"id": row["id"], "outcome": outcome_text(outcome(row["outcome"]) + gained[row["id"]])} for row in found]
    await _run(tx, _CREDIT, scope, jobs=sums)


class Neo4jJobs:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, tenant: str, job_id: str) -> Job | None:
        async def work(tx: AsyncManagedTransaction) -> Job | None:
            found = await rows(tx, _OF_TENANT, tenant=tenant, id=job_id)
            return job(found[0]["job"]) if found else None

        return await self._connection.read(work)

    async def page(self, scope: Scope, state: JobState | None, after: str | None, limit: int) -> list[Job]:
        query = {
            (False, False): _FIRST_PAGE,
            (False, True): _PAGE,
            (True, False): _FIRST_PAGE_IN,
            (True, True): _PAGE_IN,
        }[state is not None, after is not None]

        async def work(tx: AsyncManagedTransaction) -> list[Job]:
            given = {"state": None if state is None else state.value, "after": after, "limit": limit}
            return [job(row["job"]) for row in await _run(tx, query, scope, **given)]

        return await self._connection.read(work)

    async def replay(self, scope: Scope, job_id: str, now: datetime) -> Job:
        async def current(tx: AsyncManagedTransaction) -> Job:
            found = await _run(tx, _OF_USER, scope, id=job_id)
            if not found:
                raise NotFound(f"no job {job_id}")
            return job(found[0]["job"])

        async def work(tx: AsyncManagedTransaction) -> Job:
            await users.lock(tx, scope)
            before = await current(tx)
            if before.state is not JobState.FAILED:
                raise IllegalTransition(f"job {job_id} is {before.state.value}; only a failed one can be replayed")
            await _run(tx, _REQUEUE, scope, id=job_id)
            ids = [row["id"] for row in await _run(tx, _EPISODES, scope, id=job_id)]
            await states.move(tx, scope, ids, EpisodeState.FAILED, EpisodeState.PENDING)
            # what had failed may have been deleted since; then there is nothing left to do
            await settle(tx, scope, [job_id], now)
            return await current(tx)

        return await self._connection.write(work)

    async def episodes_of(self, scope: Scope, job_id: str) -> list[str]:
        async def work(tx: AsyncManagedTransaction) -> list[str]:
            return [row["id"] for row in await _run(tx, _EPISODES, scope, id=job_id)]

        return await self._connection.read(work)


def job_properties(j: Job) -> dict[str, Any]:
    return {
        "id": j.id,
        "kind": j.kind.value,
        "state": j.state.value,
        "created_at": micros(j.created_at),
        "remaining": j.remaining,
        "attempts": j.attempts,
        "started_at": micros(j.started_at),
        "finished_at": micros(j.finished_at),
        "error_code": None if j.error is None else j.error.code,
        "error_detail": None if j.error is None else j.error.detail,
        "outcome": outcome_text(j.outcome),
    }


def job(found: dict[str, Any]) -> Job:
    code = found.get("error_code")
    return Job(
        id=found["id"],
        user_id=found["user"],
        kind=JobKind(found["kind"]),
        state=JobState(found["state"]),
        created_at=moment(found["created_at"]),
        remaining=found["remaining"],
        attempts=found["attempts"],
        started_at=moment(found.get("started_at")),
        finished_at=moment(found.get("finished_at")),
        error=None if code is None else JobError(code, found["error_detail"]),
        outcome=outcome(found["outcome"]),
    )


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: Any) -> list[dict[str, Any]]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)
