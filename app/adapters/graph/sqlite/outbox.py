"""Index tasks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from sqlite3 import Connection

from app.adapters.graph.encoding import bounded
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import Row, listed
from app.domain.scope import Scope
from app.ports.graph.lanes import IndexTask
from app.ports.vectors import VectorKind

Subject = tuple[VectorKind, str]
"""What a task is about: its kind and id."""

_ENQUEUE = "INSERT INTO index_task (tenant, user, kind, id) VALUES (?, ?, ?, ?)"
_EVERYTHING = (
    (VectorKind.EPISODE, "SELECT tenant, user, ?1, id FROM episode WHERE tenant = ?2 AND user = ?3 ORDER BY seq"),
    (VectorKind.ENTITY, "SELECT tenant, user, ?1, id FROM entity WHERE tenant = ?2 AND user = ?3 ORDER BY id"),
    (
        VectorKind.FACT,
        "SELECT DISTINCT tenant, user, ?1, fact_id FROM fact_version WHERE tenant = ?2 AND user = ?3 ORDER BY fact_id",
    ),
    (VectorKind.NOTE, "SELECT tenant, user, ?1, id FROM note WHERE tenant = ?2 AND user = ?3 ORDER BY id"),
)


def enqueue(connection: Connection, scope: Scope, subjects: Iterable[Subject]) -> tuple[int, ...]:
    """The tickets, in order."""
    tickets = []
    for kind, id in subjects:
        ticket = connection.execute(_ENQUEUE, (scope.tenant, scope.user, kind.value, id)).lastrowid
        assert ticket is not None
        tickets.append(ticket)
    return tuple(tickets)


def refill(connection: Connection, scope: Scope) -> int:
    """One task for everything the user has; how many."""
    return sum(
        connection.execute(
            f"INSERT INTO index_task (tenant, user, kind, id) {select}", (kind.value, scope.tenant, scope.user)
        ).rowcount
        for kind, select in _EVERYTHING
    )


class SqliteOutbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, after: int, limit: int) -> list[IndexTask]:
        def work(connection: Connection) -> list[IndexTask]:
            return _tasks(
                connection.execute(
                    "SELECT ticket, tenant, user, kind, id FROM index_task WHERE ticket > ? ORDER BY ticket LIMIT ?",
                    (bounded(after), limit),
                )
            )

        return await self._database.read(work)

    async def due_of(self, scope: Scope, after: int, limit: int) -> list[IndexTask]:
        def work(connection: Connection) -> list[IndexTask]:
            return _tasks(
                connection.execute(
                    "SELECT ticket, tenant, user, kind, id FROM index_task "
                    "WHERE tenant = ? AND user = ? AND ticket > ? ORDER BY ticket LIMIT ?",
                    (scope.tenant, scope.user, bounded(after), limit),
                )
            )

        return await self._database.read(work)

    async def done(self, tickets: list[int]) -> None:
        if not tickets:
            return

        def work(connection: Connection) -> None:
            connection.execute(
                "DELETE FROM index_task WHERE ticket IN (SELECT value FROM json_each(?))", (listed(tickets),)
            )

        await self._database.write(work, durable=False)

    async def refill(self, scope: Scope) -> int:
        return await self._database.write(partial(refill, scope=scope))


def _tasks(rows: Iterable[Row]) -> list[IndexTask]:
    return [IndexTask(ticket, Scope(tenant, user), kind, id) for ticket, tenant, user, kind, id in rows]
