"""Lanes and their leases. A lease needs no disk flush: losing one to a power failure only frees the lane."""

from __future__ import annotations

from datetime import datetime, timedelta
from sqlite3 import Connection

from app.adapters.graph.encoding import micros
from app.adapters.graph.sqlite import jobs
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import listed
from app.domain.errors import LeaseLost
from app.domain.jobs import JobError
from app.domain.scope import Scope
from app.ports.graph.lanes import Lease

_WAITING = """
    SELECT u.tenant, u.user
    FROM user u LEFT JOIN lane l ON l.tenant = u.tenant AND l.user = u.user
    WHERE u.pending_since IS NOT NULL
        AND (l.owner IS NULL OR l.expires_at <= :now)
        AND (l.not_before IS NULL OR l.not_before <= :now)
    ORDER BY u.pending_since
    LIMIT :limit
"""
_LEASED = """
    INSERT INTO lane (tenant, user, token, owner, expires_at) VALUES (?, ?, 1, ?, ?)
    ON CONFLICT (tenant, user) DO UPDATE
    SET token = token + 1, owner = excluded.owner, expires_at = excluded.expires_at, not_before = NULL
    RETURNING token, attempts
"""


def require(connection: Connection, lease: Lease) -> None:
    """The fence. Raises LeaseLost unless the lease is the lane's present one."""
    if not _holds(connection, lease):
        raise LeaseLost(f"another worker has the lane of user {lease.scope.user!r} now")


def forgive(connection: Connection, scope: Scope) -> None:
    """The failures in a row are over."""
    connection.execute(
        "UPDATE lane SET attempts = 0 WHERE tenant = ? AND user = ? AND attempts > 0", (scope.tenant, scope.user)
    )


def _holds(connection: Connection, lease: Lease) -> bool:
    row = connection.execute(
        "SELECT owner, token FROM lane WHERE tenant = ? AND user = ?", (lease.scope.tenant, lease.scope.user)
    ).fetchone()
    return bool(row == (lease.owner, lease.token))


class SqliteLanes:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def free(self) -> int:
        """End every lease: for whoever has the data folder to himself, so that those he finds are a dead process's.
        How many."""
        return await self._database.write(
            lambda connection: connection.execute("UPDATE lane SET owner = NULL WHERE owner IS NOT NULL").rowcount
        )

    async def waiting(self, now: datetime, limit: int) -> list[Scope]:
        def work(connection: Connection) -> list[Scope]:
            rows = connection.execute(_WAITING, {"now": micros(now), "limit": limit})
            return [Scope(tenant, user) for tenant, user in rows]

        return await self._database.read(work)

    async def acquire(self, scope: Scope, owner: str, now: datetime, ttl: timedelta) -> Lease | None:
        def work(connection: Connection) -> Lease | None:
            taken = connection.execute(
                "SELECT 1 FROM lane WHERE tenant = :tenant AND user = :user "
                "AND (owner <> :owner AND expires_at > :now OR not_before > :now)",
                {"tenant": scope.tenant, "user": scope.user, "owner": owner, "now": micros(now)},
            ).fetchone()
            if taken:
                return None
            token, attempts = connection.execute(
                _LEASED, (scope.tenant, scope.user, owner, micros(now + ttl))
            ).fetchone()
            jobs.begin(connection, scope, now)
            return Lease(scope, owner, token, now + ttl, attempts)

        return await self._database.write(work, durable=False)

    async def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        def work(connection: Connection) -> Lease:
            require(connection, lease)
            (attempts,) = connection.execute(
                "UPDATE lane SET expires_at = ? WHERE tenant = ? AND user = ? RETURNING attempts",
                (micros(now + ttl), lease.scope.tenant, lease.scope.user),
            ).fetchone()
            return Lease(lease.scope, lease.owner, lease.token, now + ttl, attempts)

        return await self._database.write(work, durable=False)

    async def release(self, lease: Lease) -> None:
        def work(connection: Connection) -> None:
            if _holds(connection, lease):
                connection.execute(
                    "UPDATE lane SET owner = NULL, expires_at = NULL, attempts = 0 WHERE tenant = ? AND user = ?",
                    (lease.scope.tenant, lease.scope.user),
                )

        await self._database.write(work, durable=False)

    async def rest(self, lease: Lease, until: datetime, error: JobError, *, failed: bool = True) -> None:
        def work(connection: Connection) -> None:
            require(connection, lease)
            connection.execute(
                "UPDATE lane SET owner = NULL, expires_at = NULL, not_before = ?, attempts = attempts + ? "
                "WHERE tenant = ? AND user = ?",
                (micros(until), failed, lease.scope.tenant, lease.scope.user),
            )
            jobs.interrupt(connection, lease.scope, error, failed=failed)

        await self._database.write(work, durable=False)

    async def bury(self, lease: Lease, episode_ids: list[str], error: JobError, now: datetime) -> None:
        scope = lease.scope

        def work(connection: Connection) -> None:
            require(connection, lease)
            rows = connection.execute(
                "UPDATE episode SET state = 'failed' WHERE tenant = ? AND user = ? "
                "AND id IN (SELECT value FROM json_each(?)) AND state = 'pending' RETURNING job_id",
                (scope.tenant, scope.user, listed(episode_ids)),
            ).fetchall()
            concerned = {job_id for (job_id,) in rows}
            jobs.begin(connection, scope, now)
            jobs.blame(connection, scope, concerned, error)
            jobs.settle(connection, scope, concerned, now)
            forgive(connection, scope)

        await self._database.write(work)
