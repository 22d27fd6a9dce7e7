"""Lanes and their leases, on a node of their own: a heartbeat waits for a commit of its lane, and for nothing else.
Whoever locks a lane and its user locks the lane first."""

from __future__ import annotations

from datetime import datetime, timedelta

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros
from app.adapters.graph.neo4j import jobs, states, users
from app.adapters.graph.neo4j.connection import LEASED_SECONDS, Connection, Query, rows
from app.domain.episode import EpisodeState
from app.domain.errors import LeaseLost
from app.domain.jobs import JobError
from app.domain.scope import Scope
from app.ports.graph.lanes import Lease

_WAITING = Query(
    "lanes.waiting",
    """
    MATCH (u:User)
    WHERE u.pending_since IS NOT NULL
    OPTIONAL MATCH (l:Lane {tenant: u.tenant, user: u.user})
    WITH u, l
    WHERE (l.owner IS NULL OR l.expires_at <= $now) AND (l.not_before IS NULL OR l.not_before <= $now)
    RETURN u.tenant AS tenant, u.user AS user ORDER BY u.pending_since LIMIT $limit
    """,
    writes=False,
)
# What is read afterwards is read by another statement: one might have read before it waited for the lock.
_LOCK = Query(
    "lanes.lock",
    """
    MERGE (l:Lane {tenant: $tenant, user: $user})
    ON CREATE SET l.token = 0, l.attempts = 0
    SET l.locked = true
    """,
    writes=True,
)
_FIND = Query(
    "lanes.find",
    """
    MATCH (l:Lane {tenant: $tenant, user: $user})
    RETURN l.owner AS owner, l.token AS token, l.attempts AS attempts, l.expires_at AS expires_at,
        l.not_before AS not_before
    """,
    writes=False,
)
_LEASE = Query(
    "lanes.lease",
    """
    MATCH (l:Lane {tenant: $tenant, user: $user})
    SET l.token = $token, l.owner = $owner, l.expires_at = $until, l.not_before = null
    """,
    writes=True,
)
_RENEW = Query(
    "lanes.renew",
    """
    MATCH (l:Lane {tenant: $tenant, user: $user})
    SET l.expires_at = $until
    """,
    writes=True,
)
_RELEASE = Query(
    "lanes.release",
    """
    MATCH (l:Lane {tenant: $tenant, user: $user})
    SET l.owner = null, l.expires_at = null, l.attempts = 0
    """,
    writes=True,
)
_REST = Query(
    "lanes.rest",
    """
    MATCH (l:Lane {tenant: $tenant, user: $user})
    SET l.owner = null, l.expires_at = null, l.not_before = $until, l.attempts = l.attempts + $failures
    """,
    writes=True,
)
_FORGIVE = Query(
    "lanes.forgive",
    """
    MATCH (l:Lane {tenant: $tenant, user: $user})
    WHERE l.attempts > 0
    SET l.attempts = 0
    """,
    writes=True,
)
QUERIES = (_WAITING, _LOCK, _FIND, _LEASE, _RENEW, _RELEASE, _REST, _FORGIVE)


async def require(tx: AsyncManagedTransaction, lease: Lease) -> int:
    """The fence, which stands until the transaction ends; the attempts on record. Raises LeaseLost unless the lease
    is the lane's present one."""
    attempts = await _held(tx, lease)
    if attempts is None:
        raise LeaseLost(f"another worker has the lane of user {lease.scope.user!r} now")
    return attempts


async def forgive(tx: AsyncManagedTransaction, scope: Scope) -> None:
    """The failures in a row are over."""
    await rows(tx, _FORGIVE, tenant=scope.tenant, user=scope.user)


async def _held(tx: AsyncManagedTransaction, lease: Lease) -> int | None:
    """Locks the lane; its attempts, None when the lease is lost."""
    scope = {"tenant": lease.scope.tenant, "user": lease.scope.user}
    await rows(tx, _LOCK, **scope)
    (lane,) = await rows(tx, _FIND, **scope)
    return lane["attempts"] if (lane["owner"], lane["token"]) == (lease.owner, lease.token) else None


class Neo4jLanes:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def waiting(self, now: datetime, limit: int) -> list[Scope]:
        async def work(tx: AsyncManagedTransaction) -> list[Scope]:
            found = await rows(tx, _WAITING, now=micros(now), limit=limit)
            return [Scope(row["tenant"], row["user"]) for row in found]

        return await self._connection.read(work)

    async def acquire(self, scope: Scope, owner: str, now: datetime, ttl: timedelta) -> Lease | None:
        given = {"tenant": scope.tenant, "user": scope.user}
        at = micros(now)

        async def work(tx: AsyncManagedTransaction) -> Lease | None:
            await rows(tx, _LOCK, **given)
            (lane,) = await rows(tx, _FIND, **given)
            others = lane["owner"] not in (None, owner) and lane["expires_at"] > at
            rests = lane["not_before"] is not None and lane["not_before"] > at
            if others or rests:
                return None
            token = lane["token"] + 1
            await rows(tx, _LEASE, **given, token=token, owner=owner, until=micros(now + ttl))
            await users.lock(tx, scope)
            await jobs.begin(tx, scope, now)
            return Lease(scope, owner, token, now + ttl, lane["attempts"])

        return await self._connection.write(work, seconds=LEASED_SECONDS)

    async def renew(self, lease: Lease, now: datetime, ttl: timedelta) -> Lease:
        async def work(tx: AsyncManagedTransaction) -> Lease:
            attempts = await require(tx, lease)
            await rows(tx, _RENEW, tenant=lease.scope.tenant, user=lease.scope.user, until=micros(now + ttl))
            return Lease(lease.scope, lease.owner, lease.token, now + ttl, attempts)

        return await self._connection.write(work, seconds=LEASED_SECONDS)

    async def release(self, lease: Lease) -> None:
        async def work(tx: AsyncManagedTransaction) -> None:
            if await _held(tx, lease) is not None:
                await rows(tx, _RELEASE, tenant=lease.scope.tenant, user=lease.scope.user)

        await self._connection.write(work, seconds=LEASED_SECONDS)

    async def rest(self, lease: Lease, until: datetime, error: JobError, *, failed: bool = True) -> None:
        given = {"tenant": lease.scope.tenant, "user": lease.scope.user, "until": micros(until)}

        async def work(tx: AsyncManagedTransaction) -> None:
            await require(tx, lease)
            await rows(tx, _REST, **given, failures=int(failed))
            await users.lock(tx, lease.scope)
            await jobs.interrupt(tx, lease.scope, error, failed=failed)

        await self._connection.write(work, seconds=LEASED_SECONDS)

    async def bury(self, lease: Lease, episode_ids: list[str], error: JobError, now: datetime) -> None:
        scope = lease.scope

        async def work(tx: AsyncManagedTransaction) -> None:
            await require(tx, lease)
            await users.lock(tx, scope)
            buried = await states.move(tx, scope, episode_ids, EpisodeState.PENDING, EpisodeState.FAILED)
            concerned = set(buried.values())
            await jobs.begin(tx, scope, now)
            await jobs.blame(tx, scope, concerned, error)
            await jobs.settle(tx, scope, concerned, now)
            await forgive(tx, scope)

        await self._connection.write(work, seconds=LEASED_SECONDS)
