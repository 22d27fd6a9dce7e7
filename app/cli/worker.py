"""`palimpsest worker`: the background work, in a process of its own."""

from __future__ import annotations

from rich.console import Console

from app.cli.listening import listen, run_to_end, settle, until_stopped, url_of
from app.compose import running
from app.http.app import create_worker_app
from app.observe import configure_logging
from app.settings import Settings


def run(settings: Settings, console: Console) -> None:
    """Until SIGINT or SIGTERM. The batches at hand end or their lanes are given back, then stores close."""
    configure_logging(settings.log_level, settings.log_format)
    if "port" not in settings.model_fields_set:
        # the usual one is a server's, which may be beside it, as may other workers
        settings = settings.model_copy(update={"port": 0})
    run_to_end(_work(settings, console))


async def _work(settings: Settings, console: Console) -> None:
    async with running(settings, serving=False, with_worker=True) as container:
        listener = listen(settings)
        console.print(f"[bold]Palimpsest[/bold] is at work; health and metrics at {url_of(listener)}", highlight=False)
        for name, value in container.described.items():
            console.print(f"  {name:<10} {value}", highlight=False, soft_wrap=True)
        settle()
        await until_stopped(create_worker_app(container.services, container.meter), listener)
