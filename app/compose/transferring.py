"""The services that move memories from one installation to another, without the rest of the product."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from app.compose.assembly import indexing_of, now
from app.compose.engines import hold_folder, models_of
from app.compose.stores import check_addresses, graph_of, vectors_of
from app.memory.transfer import Export, Import
from app.observe import PrometheusMeter
from app.settings import Settings


@asynccontextmanager
async def exporting(settings: Settings) -> AsyncIterator[Export]:
    """Raises Invalid, StoreInUse while a server has the data folder, StoreUnmigrated, StoreNewer, Unavailable."""
    async with AsyncExitStack() as stack:
        check_addresses(settings)
        hold_folder(settings, stack)
        graph = await graph_of(settings, now, PrometheusMeter())
        stack.push_async_callback(graph.close)
        yield Export(
            accounts=graph.accounts,
            guidance=graph.guidance,
            usage=graph.usage,
            episodes=graph.episodes,
            ledger=graph.ledger,
            operations=graph.operations,
            transfer=graph.transfer,
        )


@asynccontextmanager
async def importing(settings: Settings) -> AsyncIterator[Import]:
    """Raises as `exporting`, and EmbedderMismatch."""
    meter = PrometheusMeter()
    async with AsyncExitStack() as stack:
        check_addresses(settings)
        hold_folder(settings, stack)
        models = await models_of(settings, stack)
        graph = await graph_of(settings, now, meter)
        stack.push_async_callback(graph.close)
        vectors = await vectors_of(settings, models, meter)
        stack.push_async_callback(vectors.close)
        yield Import(
            accounts=graph.accounts,
            guidance=graph.guidance,
            usage=graph.usage,
            episodes=graph.episodes,
            transfer=graph.transfer,
            indexing=indexing_of(graph, vectors, models, meter),
        )
