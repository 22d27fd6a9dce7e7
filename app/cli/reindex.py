"""`palimpsest reindex`: all vectors anew, beside the old ones, which serve until the new ones are complete."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress

from app.compose import rebuilding
from app.settings import Settings


async def run(settings: Settings, console: Console) -> None:
    async with rebuilding(settings) as rebuild:
        scopes = await rebuild.scopes()
        with Progress(console=console) as progress:
            bar = progress.add_task("embedding", total=len(scopes))
            made = 0
            for scope in scopes:
                made += await rebuild.user(scope)
                progress.advance(bar)
        await rebuild.activate()
    console.print(f"{made} things of {len(scopes)} users indexed with {rebuild.embedder}")
