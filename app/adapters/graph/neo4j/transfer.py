"""A user's records as they leave one store and arrive in another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import answers, moment
from app.adapters.graph.neo4j import accounts, arrival, operations, outbox
from app.adapters.graph.neo4j.append import EPISODE, episode
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.facts import Neo4jFacts
from app.adapters.graph.neo4j.identities import Neo4jIdentities
from app.adapters.graph.neo4j.jobs import job
from app.adapters.graph.neo4j.merges import merged
from app.adapters.graph.neo4j.notes import Neo4jNotes
from app.adapters.graph.neo4j.properties import ENTITY, STATEMENT, UNSPOKEN, Properties, entity, statement
from app.adapters.graph.neo4j.tickets import Tickets
from app.adapters.graph.note_records import note_records
from app.domain.errors import Conflict, Unavailable
from app.domain.scope import Scope
from app.ports.accounts import Tenant
from app.ports.graph.knowledge import FactQuery, FactState, Mention
from app.ports.graph.transfer import AnsweredRequest, EpisodeRecord, Mark, Record, SessionState, UserState

PAGE = 500
BATCH = 1_000
ARRIVAL_SECONDS = 12 * 3_600.0

_STATE = Query(
    "transfer.state",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    RETURN u.seq AS seq, u.revision AS revision, u.last_activity AS last_activity
    """,
    writes=False,
)


def _nodes(label: str, key: str, found: str, node: str) -> Query:
    """Pages of nodes by a property that an index of them has."""
    return Query(
        f"transfer.{label}",
        f"""
        MATCH ({node}:{label})
        WHERE {node}.tenant = $tenant AND {node}.user = $user AND {node}.{key} > $after
        WITH {node} ORDER BY {node}.tenant, {node}.user, {node}.{key} LIMIT $limit
        RETURN {node}.{key} AS after, {found} AS found
        """,
        writes=False,
    )


_SESSIONS = _nodes("Session", "id", "s {.*}", "s")
_JOBS = _nodes("Job", "id", "j {.*}", "j")
_EPISODES = _nodes("Episode", "seq", EPISODE, "e")
_ANSWERS = _nodes("IdempotencyRecord", "key", "r {.*}", "r")
_ENTITIES = _nodes("Entity", "id", ENTITY, "e")
_STATEMENTS = _nodes("Statement", "id", STATEMENT, "s")
_MARKS = _nodes("StatementMark", "statement_id", "m {.*}", "m")
_CORES = _nodes("CoreMemory", "version", "c {.*}", "c")
_OPERATIONS = _nodes("Operation", "number", "o {.*}", "o")
_OUTCOMES = _nodes("OperationOutcome", "number", "r {.*}", "r")
_MERGES = Query(
    "transfer.merges",
    """
    MATCH ()-[m:MERGED_INTO]->()
    WHERE m.tenant = $tenant AND m.user = $user AND m.id > $after
    RETURN m.id AS after, properties(m) AS found ORDER BY m.tenant, m.user, m.id LIMIT $limit
    """,
    writes=False,
)
_MENTIONS = Query(
    "transfer.mentions",
    """
    MATCH (d:Episode)
    WHERE d.tenant = $tenant AND d.user = $user AND d.seq > $after
    WITH d ORDER BY d.tenant, d.user, d.seq LIMIT $limit
    RETURN d.seq AS after, COLLECT {
        MATCH (d)-[mention:MENTIONS]->(e:Entity)
        RETURN {episode_id: d.id, entity_id: e.id, start: mention.start, end: mention.end}
        ORDER BY e.id, mention.start
    } AS found
    """,
    writes=False,
)
QUERIES = (
    _STATE,
    _SESSIONS,
    _JOBS,
    _EPISODES,
    _ANSWERS,
    _ENTITIES,
    _STATEMENTS,
    _MARKS,
    _CORES,
    _OPERATIONS,
    _OUTCOMES,
    _MERGES,
    _MENTIONS,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """`first`: what comes before every key. `made`: the records of what one row has found."""

    query: Query
    first: str | int
    made: Callable[[Any], list[Record]]


def _one(make: Callable[[Properties], Record]) -> Callable[[Properties], list[Record]]:
    return lambda found: [make(found)]


def _answered(found: Properties) -> AnsweredRequest:
    given = answers(found["accepted"])
    return AnsweredRequest(found["key"], found["fingerprint"], found["job_id"], given, moment(found["recorded_at"]))


def _mark(found: Properties) -> Mark:
    withdrawn, outdated = found.get("withdrawn", False), found.get("outdated", False)
    return Mark(found["statement_id"], withdrawn, outdated, moment(found.get("restored_at")))


def _mentioned(found: list[Properties]) -> list[Record]:
    return [
        Mention(m["entity_id"], m["episode_id"], *((None, None) if m["start"] == UNSPOKEN else (m["start"], m["end"])))
        for m in found
    ]


_BEFORE_DOUBTS = (
    _Kind(_SESSIONS, "", _one(lambda s: SessionState(s["id"], s["next_position"]))),
    _Kind(_JOBS, "", _one(job)),
    _Kind(_EPISODES, 0, _one(lambda e: EpisodeRecord(episode(e), e.get("read_by")))),
    _Kind(_ANSWERS, "", _one(_answered)),
    _Kind(_ENTITIES, "", _one(entity)),
    _Kind(_MERGES, "", _one(merged)),
)
_BEFORE_FACTS = (
    _Kind(_MENTIONS, 0, _mentioned),
    _Kind(_STATEMENTS, "", _one(statement)),
    _Kind(_MARKS, "", _one(_mark)),
)
_AFTER_NOTES = (
    _Kind(_CORES, 0, _one(operations.core)),
    _Kind(_OPERATIONS, 0, _one(operations.operation)),
    _Kind(_OUTCOMES, 0, _one(operations.outcome)),
)


class Neo4jTransfer:
    def __init__(self, connection: Connection, tickets: Tickets) -> None:
        self._connection = connection
        self._tickets = tickets
        self._identities = Neo4jIdentities(connection)
        self._facts = Neo4jFacts(connection)
        self._notes = Neo4jNotes(connection)

    async def records(self, scope: Scope) -> AsyncIterator[Sequence[Record]]:
        found = await self._connection.read(lambda tx: rows(tx, _STATE, tenant=scope.tenant, user=scope.user))
        if not found:
            return
        yield [UserState(found[0]["seq"], found[0]["revision"], moment(found[0]["last_activity"]))]
        for kind in _BEFORE_DOUBTS:
            async for page in self._pages(scope, kind):
                yield page
        pair: tuple[str, str] | None = None
        while doubts := await self._identities.doubts(scope, pair, PAGE):
            yield doubts
            pair = doubts[-1].entity_id, doubts[-1].other_id
        for kind in _BEFORE_FACTS:
            async for page in self._pages(scope, kind):
                yield page
        latest: tuple[str, int] | None = None
        while versions := await self._facts.facts(scope, FactQuery(state=FactState.ALL), latest, PAGE):
            yield versions
            latest = versions[-1].fact_id, versions[-1].version
        async for page in note_records(self._notes, scope, PAGE):
            yield page
        for kind in _AFTER_NOTES:
            async for page in self._pages(scope, kind):
                yield page

    async def _pages(self, scope: Scope, kind: _Kind) -> AsyncIterator[Sequence[Record]]:
        given = {"tenant": scope.tenant, "user": scope.user, "after": kind.first, "limit": PAGE}
        while found := await self._connection.read(lambda tx: rows(tx, kind.query, **given)):
            yield [record for row in found for record in kind.made(row["found"])]
            given["after"] = found[-1]["after"]

    async def load(self, scope: Scope, records: Iterator[Record]) -> None:
        """The user is made in a transaction that stays open while all the rest is written by others, a batch at a
        time. Until it ends nobody sees the user, and nobody else can make it; if it does not end well, what the others
        wrote belongs to nobody, and the next arrival begins by taking it away."""
        begun = False

        async def work(tx: AsyncManagedTransaction) -> None:
            nonlocal begun
            if begun:
                raise Unavailable(f"the arrival of user {scope.user!r} was interrupted; import again")
            begun = True
            await self._arrive(tx, scope, records)

        await self._connection.write(work, seconds=ARRIVAL_SECONDS)

    async def _arrive(self, tx: AsyncManagedTransaction, scope: Scope, records: Iterator[Record]) -> None:
        state = await asyncio.to_thread(next, records, None)
        if not isinstance(state, UserState):
            raise Conflict(f"the records of user {scope.user!r} do not begin with the user")
        await arrival.begin(tx, scope, state)
        for remains in arrival.REMAINS:
            while await self._connection.write(partial(arrival.clear, query=remains, scope=scope)):
                pass
        while batch := await asyncio.to_thread(lambda: list(islice(records, BATCH))):
            await self._connection.write(partial(arrival.store, scope=scope, records=batch))
            await arrival.count(tx, scope, batch)
        await outbox.refill(tx, scope, self._tickets)

    async def put_tenant(self, tenant: Tenant) -> None:
        await self._connection.write(lambda tx: accounts.put_tenant(tx, tenant))
