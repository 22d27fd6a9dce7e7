"""Users: the node that carries a user's sequence, revision and counts, and that a write locks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.neo4j.connection import Query, rows
from app.domain.scope import Scope
from app.ports.graph.episodes import UserSummary

# What is read afterwards is read by another statement: one might have read before it waited for the lock.
_LOCK = Query(
    "users.lock",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    SET u.locked = true
    """,
    writes=True,
)
_ENSURE = Query(
    "users.ensure",
    """
    MERGE (u:User {tenant: $tenant, user: $user})
    ON CREATE SET u.seq = 0, u.revision = 0, u.sessions = 0, u.episodes = 0, u.pending = 0, u.failed = 0,
        u.entities = 0, u.facts = 0, u.notes = 0
    SET u.locked = true
    """,
    writes=True,
)
_TOUCH = Query(
    "users.touch",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    SET u.last_activity = CASE WHEN u.last_activity > $at THEN u.last_activity ELSE $at END
    """,
    writes=True,
)
_REVISION = Query(
    "users.revision",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    RETURN u.revision AS revision
    """,
    writes=False,
)
_REVISED = Query(
    "users.revised",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    SET u.revision = u.revision + 1, u.entities = u.entities + $entities, u.facts = u.facts + $facts,
        u.notes = coalesce(u.notes, 0) + $notes
    """,
    writes=True,
)
_SUMMARY = Query(
    "users.summary",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    RETURN u {.*} AS user
    """,
    writes=False,
)
_SUMMARIES = Query(
    "users.summaries",
    """
    MATCH (u:User)
    WHERE u.tenant = $tenant AND u.user > $after
    RETURN u {.*} AS user ORDER BY u.tenant, u.user LIMIT $limit
    """,
    writes=False,
)
QUERIES = (_LOCK, _ENSURE, _TOUCH, _REVISION, _REVISED, _SUMMARY, _SUMMARIES)


async def lock(tx: AsyncManagedTransaction, scope: Scope) -> None:
    """Until the transaction ends nobody else writes for this user. Nothing happens where there is none."""
    await rows(tx, _LOCK, tenant=scope.tenant, user=scope.user)


async def ensure(tx: AsyncManagedTransaction, scope: Scope) -> None:
    """The user is there, and locked."""
    await rows(tx, _ENSURE, tenant=scope.tenant, user=scope.user)


async def touch(tx: AsyncManagedTransaction, scope: Scope, at: datetime) -> None:
    """Something was recorded."""
    await rows(tx, _TOUCH, tenant=scope.tenant, user=scope.user, at=micros(at))


async def revision(tx: AsyncManagedTransaction, scope: Scope) -> int:
    found = await rows(tx, _REVISION, tenant=scope.tenant, user=scope.user)
    return int(found[0]["revision"]) if found else 0


async def revised(tx: AsyncManagedTransaction, scope: Scope, *, entities: int, facts: int, notes: int) -> None:
    """One revision on; `entities`, `facts`, `notes`: by how much their counts change."""
    await rows(tx, _REVISED, tenant=scope.tenant, user=scope.user, entities=entities, facts=facts, notes=notes)


async def summary(tx: AsyncManagedTransaction, scope: Scope) -> UserSummary:
    found = await rows(tx, _SUMMARY, tenant=scope.tenant, user=scope.user)
    return _summary(found[0]["user"]) if found else UserSummary(scope.user, 0, 0, 0, 0, 0, 0, 0, None)


async def summaries(tx: AsyncManagedTransaction, tenant: str, after: str | None, limit: int) -> list[UserSummary]:
    found = await rows(tx, _SUMMARIES, tenant=tenant, after=after or "", limit=limit)
    return [_summary(row["user"]) for row in found]


def _summary(user: dict[str, Any]) -> UserSummary:
    return UserSummary(
        user_id=user["user"],
        sessions=user["sessions"],
        episodes=user["episodes"],
        entities=user["entities"],
        facts=user["facts"],
        notes=user.get("notes", 0),
        pending=user["pending"],
        failed=user["failed"],
        last_activity=moment(user.get("last_activity")),
    )
