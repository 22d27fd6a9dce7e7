"""`palimpsest reextract`: what an older extractor read is read again by the present one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from rich.console import Console
from rich.progress import Progress

from app.compose import Container, running
from app.domain.scope import Scope
from app.memory.reextraction import Reread
from app.settings import Settings

PAGE = 200


async def run(settings: Settings, user: str | None, tenant: str, console: Console) -> None:
    """Raises StoreInUse while a server has the data folder."""
    async with running(settings, with_worker=False) as container:
        scopes = [Scope(tenant, user)] if user is not None else [scope async for scope in _scopes(container)]
        done = Reread()
        with Progress(console=console) as progress:
            bar = progress.add_task("reading again", total=len(scopes))
            for scope in scopes:
                done += await container.services.reextraction.reread(scope)
                progress.advance(bar)
    console.print(
        f"{done.episodes} episodes read again; {done.changed} say something else now: "
        f"{done.added} statements new, {done.outdated} outdated"
    )


async def _scopes(container: Container) -> AsyncIterator[Scope]:
    tenant_after: str | None = None
    while tenants := await container.services.access.tenants(tenant_after, PAGE):
        for tenant in tenants:
            after: str | None = None
            while users := await container.services.insights.users(tenant.id, after, PAGE):
                for user in users:
                    yield Scope(tenant.id, user.user_id)
                after = users[-1].user_id
        tenant_after = tenants[-1].id
