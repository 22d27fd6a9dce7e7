"""Users: the row that carries a user's sequence, revision and counts."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.sqlite.rows import Row
from app.domain.scope import Scope
from app.ports.graph.episodes import UserSummary

_COLUMNS = "user, sessions, episodes, entities, facts, notes, pending, failed, last_activity"


def ensure(connection: Connection, scope: Scope) -> None:
    connection.execute("INSERT OR IGNORE INTO user (tenant, user) VALUES (?, ?)", (scope.tenant, scope.user))


def touch(connection: Connection, scope: Scope, at: datetime) -> None:
    """Something was recorded."""
    connection.execute(
        "UPDATE user SET last_activity = max(coalesce(last_activity, ?1), ?1) WHERE tenant = ?2 AND user = ?3",
        (micros(at), scope.tenant, scope.user),
    )


def revision(connection: Connection, scope: Scope) -> int:
    row = connection.execute(
        "SELECT revision FROM user WHERE tenant = ? AND user = ?", (scope.tenant, scope.user)
    ).fetchone()
    return 0 if row is None else int(row[0])


def summary(connection: Connection, scope: Scope) -> UserSummary:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM user WHERE tenant = ? AND user = ?", (scope.tenant, scope.user)
    ).fetchone()
    return _summary(row or (scope.user, 0, 0, 0, 0, 0, 0, 0, None))


def summaries(connection: Connection, tenant: str, after: str | None, limit: int) -> list[UserSummary]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM user WHERE tenant = ? AND user > ? ORDER BY user LIMIT ?", (tenant, after or "", limit)
    )
    return [_summary(row) for row in rows]


def _summary(row: Row) -> UserSummary:
    user, sessions, episodes, entities, facts, notes, pending, failed, last_activity = row
    return UserSummary(
        user_id=user,
        sessions=sessions,
        episodes=episodes,
        entities=entities,
        facts=facts,
        notes=notes,
        pending=pending,
        failed=failed,
        last_activity=moment(last_activity),
    )
