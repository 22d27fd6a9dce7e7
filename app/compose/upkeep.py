"""The stores without the service: migrating them, and rebuilding the vectors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.adapters.datadir import DataFolder
from app.adapters.graph.sqlite import migrations
from app.compose.container import indexing_of, now
from app.compose.engines import opened, sqlite_path
from app.domain.scope import Scope
from app.observe import PrometheusMeter
from app.settings import Settings

EVERY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rebuild:
    """New vectors in the making; dropped unless `activate` is reached. `user` returns how many things it indexed."""

    embedder: str
    scopes: Callable[[], Awaitable[list[Scope]]]
    user: Callable[[Scope], Awaitable[int]]
    activate: Callable[[], Awaitable[None]]


@asynccontextmanager
async def rebuilding(settings: Settings) -> AsyncIterator[Rebuild]:
    """Raises StoreInUse while a server has the data folder."""
    meter = PrometheusMeter()
    async with opened(settings, now, meter, anew=True) as engines:
        graph, indexing = engines.graph, indexing_of(engines, meter)

        async def scopes() -> list[Scope]:
            return [
                Scope(tenant.id, user.user_id)
                for tenant in await graph.accounts.tenants(None, EVERY)
                for user in await graph.episodes.users(tenant.id, None, EVERY)
            ]

        async def user(scope: Scope) -> int:
            await graph.outbox.refill(scope)
            return await indexing.settle(scope)

        yield Rebuild(engines.embedder.identity, scopes, user, engines.vectors.activate)


def migrate(settings: Settings, *, dry_run: bool) -> list[str]:
    """What was applied, or with `dry_run` would be, one line each. Raises StoreInUse, StoreNewer."""
    with DataFolder(settings.data_dir).lock():
        path = sqlite_path(settings)
        found = migrations.status(path) if dry_run else migrations.migrate(path, now)
    return [str(line) for line in found]
