"""The services that move memories from one installation to another, without the rest of the product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from app.adapters.datadir import DataFolder
from app.adapters.graph.sqlite import SqliteGraph
from app.compose.container import indexing_of, now
from app.compose.engines import opened, sqlite_path
from app.memory.transfer import Export, Import
from app.observe import PrometheusMeter
from app.settings import Settings


@asynccontextmanager
async def exporting(settings: Settings) -> AsyncIterator[Export]:
    """Raises StoreInUse while a server has the data folder, StoreNewer, Unavailable."""
    async with AsyncExitStack() as stack:
        stack.enter_context(DataFolder(settings.data_dir).lock())
        graph = await SqliteGraph.open(sqlite_path(settings), now)
        stack.push_async_callback(graph.close)
        yield Export(accounts=graph.accounts, episodes=graph.episodes, ledger=graph.ledger, transfer=graph.transfer)


@asynccontextmanager
async def importing(settings: Settings) -> AsyncIterator[Import]:
    """Raises StoreInUse while a server has the data folder, StoreNewer, EmbedderMismatch, Unavailable."""
    meter = PrometheusMeter()
    async with opened(settings, now, meter) as engines:
        graph = engines.graph
        yield Import(
            accounts=graph.accounts,
            episodes=graph.episodes,
            transfer=graph.transfer,
            indexing=indexing_of(engines, meter),
        )
