"""The graph store on SQLite: one file, one process."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.adapters.graph.sqlite.accounts import SqliteAccounts
from app.adapters.graph.sqlite.database import BUSY_SECONDS, Database
from app.adapters.graph.sqlite.entities import SqliteEntities
from app.adapters.graph.sqlite.episodes import SqliteEpisodes
from app.adapters.graph.sqlite.facts import SqliteFacts
from app.adapters.graph.sqlite.guidance import SqliteGuidance
from app.adapters.graph.sqlite.history import SqliteHistory
from app.adapters.graph.sqlite.identities import SqliteIdentities
from app.adapters.graph.sqlite.jobs import SqliteJobs
from app.adapters.graph.sqlite.lanes import SqliteLanes
from app.adapters.graph.sqlite.ledger import SqliteLedger
from app.adapters.graph.sqlite.migrations import migrate, status
from app.adapters.graph.sqlite.notes import SqliteNotes
from app.adapters.graph.sqlite.operations import SqliteOperations
from app.adapters.graph.sqlite.outbox import SqliteOutbox
from app.adapters.graph.sqlite.transfer import SqliteTransfer
from app.adapters.graph.sqlite.usage import SqliteUsage
from app.adapters.migration_files import MigrationStatus
from app.domain.errors import Unavailable
from app.domain.time import Clock

CHECK_SECONDS = 5.0


class SqliteGraph:
    """Made by `open`. Each attribute serves one port."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.episodes = SqliteEpisodes(database)
        self.ledger = SqliteLedger(database)
        self.entities = SqliteEntities(database)
        self.identities = SqliteIdentities(database)
        self.facts = SqliteFacts(database)
        self.history = SqliteHistory(database)
        self.notes = SqliteNotes(database)
        self.operations = SqliteOperations(database)
        self.lanes = SqliteLanes(database)
        self.jobs = SqliteJobs(database)
        self.outbox = SqliteOutbox(database)
        self.accounts = SqliteAccounts(database)
        self.usage = SqliteUsage(database)
        self.guidance = SqliteGuidance(database)
        self.transfer = SqliteTransfer(database)

    @staticmethod
    async def open(path: Path, clock: Clock, *, busy_timeout: float = BUSY_SECONDS) -> SqliteGraph:
        """Migrates the file first, or makes it. `busy_timeout`: seconds to wait for another process.
        Raises StoreNewer, StoreUnmigrated, Unavailable."""
        await asyncio.to_thread(migrate, path, clock)
        return SqliteGraph(await Database.open(path, busy_timeout=busy_timeout))

    @staticmethod
    async def migrations(path: Path) -> list[MigrationStatus]:
        """Every migration and when it was applied to this file; changes nothing. Raises as `open` does."""
        return await asyncio.to_thread(status, path)

    async def check(self) -> None:
        """Raises Unavailable with the reason when it would not take a write."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._database.read(lambda connection: connection.execute("SELECT 1 FROM migration").fetchone())
                await self._database.write(lambda connection: None, durable=False)
        except TimeoutError:
            raise Unavailable("the graph store is busy: it took no write within five seconds") from None

    async def close(self) -> None:
        """Lets what runs come to its end. Idempotent."""
        await self._database.close()
