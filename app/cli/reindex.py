"""`palimpsest reindex`: all vectors anew, beside the old ones, which serve until the new ones are complete."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress

from app.compose import Rebuild, drop_replaced, rebuilding
from app.domain.scope import Scope
from app.settings import Settings

FEW = 20
"""Users who may have changed when the new vectors are put in place; they are done once more after that."""
PASSES = 10


async def run(settings: Settings, console: Console) -> None:
    async with rebuilding(settings) as rebuild:
        users = await rebuild.vectors.changed()
        made = await _each(rebuild, users, "embedding", console)
        for _ in range(PASSES):
            changed = await rebuild.vectors.changed()
            await _each(rebuild, changed, "catching up", console)
            if len(changed) <= FEW:
                break
        await rebuild.activate()
        # what was written up to this moment by whoever knew only the old ones
        await _each(rebuild, await rebuild.vectors.changed(), "catching up", console)
        for user in await rebuild.vectors.changed():
            await rebuild.vectors.hand_over(user)
    console.print(f"{made} things of {len(users)} users indexed with {rebuild.embedder}")
    if rebuild.in_service:
        console.print(
            "The new vectors are served. Restart the API and the workers with this EMBEDDER: until then they search "
            "the old vectors and index nothing. After that, `palimpsest reindex --finish` drops the old ones."
        )


async def finish(settings: Settings, console: Console) -> None:
    await drop_replaced(settings)
    console.print("The vectors that were replaced are dropped")


async def _each(rebuild: Rebuild, users: list[Scope], what: str, console: Console) -> int:
    made = 0
    with Progress(console=console, transient=not users) as progress:
        bar = progress.add_task(what, total=len(users))
        for user in users:
            made += await rebuild.vectors.user(user)
            progress.advance(bar)
    return made
