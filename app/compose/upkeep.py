"""The stores without the service: migrating them, and rebuilding the vectors."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.adapters.migration_files import MigrationStatus
from app.compose.assembly import indexing_of, now
from app.compose.engines import hold_folder, models_of
from app.compose.stores import (
    check_addresses,
    graph_is_embedded,
    graph_of,
    layout_of,
    next_vectors_of,
    secret,
    sqlite_path,
    vectors_are_embedded,
)
from app.memory.rebuilding import Rebuilding
from app.observe import PrometheusMeter
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Rebuild:
    """New vectors in the making. Unless `activate` is reached, those that are served stay. `in_service`: others may
    be reading and writing meanwhile."""

    embedder: str
    vectors: Rebuilding
    activate: Callable[[], Awaitable[None]]
    in_service: bool


@asynccontextmanager
async def rebuilding(settings: Settings) -> AsyncIterator[Rebuild]:
    """Raises Invalid, StoreInUse while another process has an embedded store, StoreUnmigrated, StoreNewer,
    Unavailable."""
    meter = PrometheusMeter()
    async with AsyncExitStack() as stack:
        check_addresses(settings)
        hold_folder(settings, stack)
        models = await models_of(settings, stack)
        graph = await graph_of(settings, now, meter)
        stack.push_async_callback(graph.close)
        vectors = await next_vectors_of(settings, models, now, meter)
        stack.push_async_callback(vectors.close)
        work = Rebuilding(
            indexing=indexing_of(graph, vectors, models, meter),
            accounts=graph.accounts,
            episodes=graph.episodes,
            entities=graph.entities,
            facts=graph.facts,
            notes=graph.notes,
            ledger=graph.ledger,
            outbox=graph.outbox,
        )
        in_service = not (graph_is_embedded(settings) or vectors_are_embedded(settings))
        yield Rebuild(models.embedder.identity, work, vectors.activate, in_service)


async def drop_replaced(settings: Settings) -> None:
    """The vectors that a reindex replaced; embedded ones are gone already. Raises EmbedderMismatch when those that are
    served are not of the embedder in the settings, Invalid, StoreUnmigrated, StoreNewer, Unavailable."""
    check_addresses(settings)
    if vectors_are_embedded(settings):
        return
    from app.adapters.vectors.qdrant import QdrantVectorStore

    async with AsyncExitStack() as stack:
        models = await models_of(settings, stack)
        vectors = await QdrantVectorStore.open(
            settings.vectors_url,
            api_key=secret(settings.qdrant_api_key),
            embedder_identity=models.embedder.identity,
            dimension=models.embedder.dimension,
            keyword_identity=models.keywords.identity,
            meter=PrometheusMeter(),
            prefix=settings.qdrant_prefix,
        )
        stack.push_async_callback(vectors.close)
        await vectors.drop_replaced()


async def migrate(settings: Settings, *, dry_run: bool) -> list[str]:
    """What was applied, or with `dry_run` would be, one line each. May be run again, and by several at once.
    Raises Invalid, StoreInUse, StoreNewer, StoreUnmigrated, Unavailable."""
    check_addresses(settings)
    return [
        *(await _migrate_graph(settings, dry_run=dry_run)),
        *(await _migrate_vectors(settings, dry_run=dry_run)),
        "queue: nothing to migrate",
    ]


async def _migrate_graph(settings: Settings, *, dry_run: bool) -> list[str]:
    if graph_is_embedded(settings):
        from app.adapters.graph.sqlite import migrations as embedded

        async with AsyncExitStack() as stack:
            hold_folder(settings, stack)
            path = sqlite_path(settings)
            if dry_run:
                return _told("graph", await asyncio.to_thread(embedded.status, path))
            return _told("graph", await asyncio.to_thread(embedded.migrate, path, now))
    from app.adapters.graph import neo4j as served

    url, user, password, meter = (
        settings.graph_url,
        settings.neo4j_user,
        secret(settings.neo4j_password),
        PrometheusMeter(),
    )
    database = settings.neo4j_database
    if dry_run:
        found = await served.migrated(url, user=user, password=password, meter=meter, database=database)
    else:
        found = await served.migrate(url, user=user, password=password, clock=now, meter=meter, database=database)
    return _told("graph", found)


async def _migrate_vectors(settings: Settings, *, dry_run: bool) -> list[str]:
    if vectors_are_embedded(settings):
        return ["vectors: nothing to migrate"]
    from app.adapters.vectors import qdrant_migrations as served

    url, api_key, meter = settings.vectors_url, secret(settings.qdrant_api_key), PrometheusMeter()
    if dry_run:
        return _told("vectors", await served.status(url, api_key=api_key, meter=meter, prefix=settings.qdrant_prefix))
    async with AsyncExitStack() as stack:
        models = await models_of(settings, stack)
        applied = await served.migrate(
            url,
            api_key=api_key,
            embedder_identity=models.embedder.identity,
            dimension=models.embedder.dimension,
            keyword_identity=models.keywords.identity,
            clock=now,
            meter=meter,
            prefix=settings.qdrant_prefix,
            layout=layout_of(settings),
        )
    return _told("vectors", applied)


def _told(store: str, found: Sequence[MigrationStatus]) -> list[str]:
    if not found:
        return [f"{store}: up to date"]
    return [
        f"{store}: {one.number:04} {one.name}, "
        + ("to be applied" if one.applied_at is None else f"applied at {one.applied_at:%Y-%m-%dT%H:%M:%SZ}")
        for one in found
    ]
