"""Jobs: how far the processing of what was sent together has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import micros, outcome, outcome_text
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import JOB, job, listed
from app.domain.errors import IllegalTransition, NotFound
from app.domain.jobs import Job, JobError, JobState, Outcome
from app.domain.scope import Scope

_ENDED = """
    UPDATE job SET state = ?1, finished_at = ?2, started_at = coalesce(started_at, ?2)
    WHERE tenant = ?3 AND user = ?4 AND id IN (SELECT value FROM json_each(?5))
        AND kind = 'process' AND remaining = 0 AND state IN ('queued', 'running')
        AND {failed} (
            SELECT 1 FROM episode e
            WHERE e.tenant = job.tenant AND e.user = job.user AND e.job_id = job.id AND e.state = 'failed'
        )
"""
_SUCCEEDED = _ENDED.format(failed="NOT EXISTS").replace("SET", "SET error_code = NULL, error_detail = NULL,", 1)
_FAILED = _ENDED.format(failed="EXISTS")


def settle(connection: Connection, scope: Scope, job_ids: Iterable[str], now: datetime) -> None:
    """End those jobs of which nothing is pending any more: failed if an episode of them failed, else succeeded."""
    ids = listed(job_ids)
    for statement, state in ((_FAILED, JobState.FAILED), (_SUCCEEDED, JobState.SUCCEEDED)):
        connection.execute(statement, (state.value, micros(now), scope.tenant, scope.user, ids))


def begin(connection: Connection, scope: Scope, now: datetime) -> None:
    """The jobs that have pending episodes are running."""
    connection.execute(
        "UPDATE job SET state = 'running', started_at = coalesce(started_at, ?) "
        "WHERE tenant = ? AND user = ? AND state = 'queued' AND kind = 'process' AND remaining > 0",
        (micros(now), scope.tenant, scope.user),
    )


def interrupt(connection: Connection, scope: Scope, error: JobError, *, failed: bool) -> None:
    """Every running job that has pending episodes, for the batch may have been of any of them. `failed`: counts as a
    failed attempt."""
    connection.execute(
        "UPDATE job SET attempts = attempts + ?, error_code = ?, error_detail = ? "
        "WHERE tenant = ? AND user = ? AND state = 'running' AND kind = 'process' AND remaining > 0",
        (failed, error.code, error.detail, scope.tenant, scope.user),
    )


def blame(connection: Connection, scope: Scope, job_ids: Iterable[str], error: JobError) -> None:
    connection.execute(
        "UPDATE job SET error_code = ?, error_detail = ? "
        "WHERE tenant = ? AND user = ? AND id IN (SELECT value FROM json_each(?))",
        (error.code, error.detail, scope.tenant, scope.user, listed(job_ids)),
    )


def credit(connection: Connection, scope: Scope, gained: Mapping[str, Outcome]) -> None:
    """Add to the outcomes, by job id."""
    for job_id, more in gained.items():
        (so_far,) = connection.execute(
            "SELECT outcome FROM job WHERE tenant = ? AND user = ? AND id = ?", (scope.tenant, scope.user, job_id)
        ).fetchone()
        connection.execute(
            "UPDATE job SET outcome = ? WHERE tenant = ? AND user = ? AND id = ?",
            (outcome_text(outcome(so_far) + more), scope.tenant, scope.user, job_id),
        )


class SqliteJobs:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, tenant: str, job_id: str) -> Job | None:
        def work(connection: Connection) -> Job | None:
            row = connection.execute(f"SELECT {JOB} FROM job WHERE tenant = ? AND id = ?", (tenant, job_id)).fetchone()
            return None if row is None else job(row)

        return await self._database.read(work)

    async def page(self, scope: Scope, state: JobState | None, after: str | None, limit: int) -> list[Job]:
        conditions = ["tenant = :tenant", "user = :user"]
        if state is not None:
            conditions.append("state = :state")
        if after is not None:
            conditions.append("id < :after")

        def work(connection: Connection) -> list[Job]:
            rows = connection.execute(
                f"SELECT {JOB} FROM job WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT :limit",
                {"tenant": scope.tenant, "user": scope.user, "state": state, "after": after, "limit": limit},
            )
            return [job(row) for row in rows]

        return await self._database.read(work)

    async def replay(self, scope: Scope, job_id: str, now: datetime) -> Job:
        key = (scope.tenant, scope.user, job_id)

        def current(connection: Connection) -> Job:
            row = connection.execute(f"SELECT {JOB} FROM job WHERE tenant = ? AND user = ? AND id = ?", key).fetchone()
            if row is None:
                raise NotFound(f"no job {job_id}")
            return job(row)

        def work(connection: Connection) -> Job:
            before = current(connection)
            if before.state is not JobState.FAILED:
                raise IllegalTransition(f"job {job_id} is {before.state.value}; only a failed one can be replayed")
            connection.execute(
                "UPDATE job SET state = 'queued', attempts = 0, started_at = NULL, finished_at = NULL, "
                "error_code = NULL, error_detail = NULL WHERE tenant = ? AND user = ? AND id = ?",
                key,
            )
            connection.execute(
                "UPDATE episode SET state = 'pending' "
                "WHERE tenant = ? AND user = ? AND job_id = ? AND state = 'failed'",
                key,
            )
            # what had failed may have been deleted since; then there is nothing left to do
            settle(connection, scope, [job_id], now)
            return current(connection)

        return await self._database.write(work)

    async def episodes_of(self, scope: Scope, job_id: str) -> list[str]:
        def work(connection: Connection) -> list[str]:
            rows = connection.execute(
                "SELECT id FROM episode WHERE tenant = ? AND user = ? AND job_id = ? ORDER BY seq",
                (scope.tenant, scope.user, job_id),
            )
            return [id for (id,) in rows]

        return await self._database.read(work)
