"""Index tasks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import bounded
from app.adapters.graph.neo4j import users
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.tickets import Tickets
from app.domain.scope import Scope
from app.ports.graph.lanes import IndexTask
from app.ports.vectors import VectorKind

Subject = tuple[VectorKind, str]
"""What a task is about: its kind and id."""

BATCH = 5_000
_PROPERTIES = ("ticket", "tenant", "user", "kind", "id")

_ENQUEUE = Query(
    "outbox.enqueue",
    """
    UNWIND $tasks AS task
    CREATE (t:IndexTask {tenant: $tenant, user: $user, ticket: task.ticket, kind: task.kind, id: task.id})
    """,
    writes=True,
)
_DUE = Query(
    "outbox.due",
    """
    MATCH (t:IndexTask)
    WHERE t.ticket > $after
    RETURN t {.*} AS task ORDER BY t.ticket LIMIT $limit
    """,
    writes=False,
)
_DUE_OF = Query(
    "outbox.due_of",
    """
    MATCH (t:IndexTask)
    WHERE t.tenant = $tenant AND t.user = $user AND t.ticket > $after
    RETURN t {.*} AS task ORDER BY t.tenant, t.user, t.ticket LIMIT $limit
    """,
    writes=False,
)
_DONE = Query(
    "outbox.done",
    """
    UNWIND $tickets AS ticket
    MATCH (t:IndexTask {ticket: ticket})
    DELETE t
    """,
    writes=True,
)
_EPISODES = Query(
    "outbox.episodes",
    """
    MATCH (e:Episode)
    WHERE e.tenant = $tenant AND e.user = $user AND e.seq > 0
    RETURN e.id AS id ORDER BY e.tenant, e.user, e.seq
    """,
    writes=False,
)
_ENTITIES = Query(
    "outbox.entities",
    """
    MATCH (e:Entity)
    WHERE e.tenant = $tenant AND e.user = $user AND e.id > ''
    RETURN e.id AS id ORDER BY e.tenant, e.user, e.id
    """,
    writes=False,
)
_FACTS = Query(
    "outbox.facts",
    """
    MATCH (f:Fact)
    WHERE f.tenant = $tenant AND f.user = $user AND f.fact_id > '' AND f.version >= 0
    RETURN DISTINCT f.fact_id AS id ORDER BY id
    """,
    writes=False,
)
_NOTES = Query(
    "outbox.notes",
    """
    MATCH (n:Note)
    WHERE n.tenant = $tenant AND n.user = $user AND n.id > ''
    RETURN n.id AS id ORDER BY n.tenant, n.user, n.id
    """,
    writes=False,
)
QUERIES = (_ENQUEUE, _DUE, _DUE_OF, _DONE, _EPISODES, _ENTITIES, _FACTS, _NOTES)
_EVERYTHING = (
    (VectorKind.EPISODE, _EPISODES),
    (VectorKind.ENTITY, _ENTITIES),
    (VectorKind.FACT, _FACTS),
    (VectorKind.NOTE, _NOTES),
)


async def enqueue(
    tx: AsyncManagedTransaction, scope: Scope, subjects: Collection[Subject], tickets: Tickets
) -> tuple[int, ...]:
    """The tickets, in order."""
    taken = tuple(await tickets.take(tx, len(subjects))) if subjects else ()
    tasks = [{"ticket": t, "kind": kind.value, "id": id} for t, (kind, id) in zip(taken, subjects, strict=True)]
    for start in range(0, len(tasks), BATCH):
        await rows(tx, _ENQUEUE, tenant=scope.tenant, user=scope.user, tasks=tasks[start : start + BATCH])
    return taken


async def refill(tx: AsyncManagedTransaction, scope: Scope, tickets: Tickets) -> int:
    """One task for everything the user has; how many."""
    subjects: list[Subject] = []
    for kind, query in _EVERYTHING:
        found = await rows(tx, query, tenant=scope.tenant, user=scope.user)
        subjects += dict.fromkeys((kind, row["id"]) for row in found)
    return len(await enqueue(tx, scope, subjects, tickets))


class Neo4jOutbox:
    def __init__(self, connection: Connection, tickets: Tickets) -> None:
        self._connection = connection
        self._tickets = tickets

    async def due(self, after: int, limit: int) -> list[IndexTask]:
        async def work(tx: AsyncManagedTransaction) -> list[IndexTask]:
            return _tasks(await rows(tx, _DUE, after=bounded(after), limit=limit))

        return await self._connection.read(work)

    async def due_of(self, scope: Scope, after: int, limit: int) -> list[IndexTask]:
        given = {"tenant": scope.tenant, "user": scope.user, "after": bounded(after), "limit": limit}

        async def work(tx: AsyncManagedTransaction) -> list[IndexTask]:
            return _tasks(await rows(tx, _DUE_OF, **given))

        return await self._connection.read(work)

    async def done(self, tickets: list[int]) -> None:
        if tickets:
            await self._connection.write(lambda tx: rows(tx, _DONE, tickets=sorted(set(tickets))))

    async def refill(self, scope: Scope) -> int:
        async def work(tx: AsyncManagedTransaction) -> int:
            await users.lock(tx, scope)
            return await refill(tx, scope, self._tickets)

        await self._tickets.stock()
        return await self._connection.write(work)


def _tasks(found: Iterable[dict[str, Any]]) -> list[IndexTask]:
    """Without those that were done as they were read: of these some properties are gone, or empty."""
    return [
        IndexTask(task["ticket"], Scope(task["tenant"], task["user"]), task["kind"], task["id"])
        for row in found
        if all((task := row["task"]).get(property) for property in _PROPERTIES)
    ]
