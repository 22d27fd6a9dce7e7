"""The graph store on Neo4j."""

from __future__ import annotations

import asyncio
from typing import Self

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j import migrations
from app.adapters.graph.neo4j.accounts import Neo4jAccounts
from app.adapters.graph.neo4j.connection import CHECK_SECONDS, Connection, Query, rows
from app.adapters.graph.neo4j.entities import Neo4jEntities
from app.adapters.graph.neo4j.episodes import Neo4jEpisodes
from app.adapters.graph.neo4j.facts import Neo4jFacts
from app.adapters.graph.neo4j.guidance import Neo4jGuidance
from app.adapters.graph.neo4j.history import Neo4jHistory
from app.adapters.graph.neo4j.identities import Neo4jIdentities
from app.adapters.graph.neo4j.jobs import Neo4jJobs
from app.adapters.graph.neo4j.lanes import Neo4jLanes
from app.adapters.graph.neo4j.ledger import Neo4jLedger
from app.adapters.graph.neo4j.notes import Neo4jNotes
from app.adapters.graph.neo4j.operations import Neo4jOperations
from app.adapters.graph.neo4j.outbox import Neo4jOutbox
from app.adapters.graph.neo4j.tickets import Tickets
from app.adapters.graph.neo4j.transfer import Neo4jTransfer
from app.adapters.graph.neo4j.usage import Neo4jUsage
from app.adapters.migration_files import MigrationStatus
from app.domain.errors import Unavailable
from app.domain.time import Clock
from app.ports.metrics import Meter

_CHECK = Query("store.check", "MERGE (s:Sequence {name: 'check'}) SET s.value = 0", writes=True)
QUERIES = (_CHECK,)


class Neo4jGraph:
    """Made by `open`. Each attribute serves one port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        tickets = Tickets(connection)
        self.episodes = Neo4jEpisodes(connection, tickets)
        self.ledger = Neo4jLedger(connection, tickets)
        self.entities = Neo4jEntities(connection)
        self.identities = Neo4jIdentities(connection)
        self.facts = Neo4jFacts(connection)
        self.history = Neo4jHistory(connection)
        self.notes = Neo4jNotes(connection)
        self.operations = Neo4jOperations(connection)
        self.lanes = Neo4jLanes(connection)
        self.jobs = Neo4jJobs(connection)
        self.outbox = Neo4jOutbox(connection, tickets)
        self.accounts = Neo4jAccounts(connection)
        self.usage = Neo4jUsage(connection)
        self.guidance = Neo4jGuidance(connection)
        self.transfer = Neo4jTransfer(connection, tickets)

    @classmethod
    async def open(
        cls, url: str, *, user: str | None, password: str | None, meter: Meter, database: str | None = None
    ) -> Self:
        """A migrated database. The credentials may stand in `url` as well; `database`: None for the user's own.
        Raises StoreNewer, StoreUnmigrated, Invalid, Unavailable."""
        connection = Connection.to(url, user=user, password=password, meter=meter, database=database)
        try:
            await migrations.refuse_unmigrated(connection)
        except BaseException:
            await connection.close()
            raise
        return cls(connection)

    async def check(self) -> None:
        """Raises Unavailable with the reason when it would not take a write."""

        async def work(tx: AsyncManagedTransaction) -> None:
            await rows(tx, _CHECK)

        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._connection.write(work, seconds=CHECK_SECONDS)
        except TimeoutError:
            place = self._connection.place
            raise Unavailable(f"the graph store {place} took no write within five seconds; check Neo4j") from None

    async def close(self) -> None:
        """Lets what runs come to its end. Idempotent."""
        await self._connection.close()


async def migrate(
    url: str, *, user: str | None, password: str | None, clock: Clock, meter: Meter, database: str | None = None
) -> list[MigrationStatus]:
    """What was applied. Raises as migrations.migrate, and Invalid."""
    connection = Connection.to(url, user=user, password=password, meter=meter, database=database)
    try:
        return await migrations.migrate(connection, clock)
    finally:
        await connection.close()


async def migrated(
    url: str, *, user: str | None, password: str | None, meter: Meter, database: str | None = None
) -> list[MigrationStatus]:
    """Every migration and when it was applied; changes nothing. Raises as migrations.status, and Invalid."""
    connection = Connection.to(url, user=user, password=password, meter=meter, database=database)
    try:
        return await migrations.status(connection)
    finally:
        await connection.close()
