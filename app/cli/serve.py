"""`palimpsest serve`: start, say what was started and what to try next, stop gracefully."""

from __future__ import annotations

from rich.console import Console

from app.cli.connect import forget_address, note_address
from app.cli.listening import listen, run_to_end, settle, until_stopped, url_of
from app.compose import Container, running
from app.http.app import create_app
from app.http.deps import HttpSettings
from app.observe import configure_logging
from app.settings import Settings


def run(settings: Settings, console: Console) -> None:
    """Until SIGINT or SIGTERM. Requests at hand end first, then lanes are given back, then stores close."""
    configure_logging(settings.log_level, settings.log_format)
    run_to_end(_serve(settings, console))


async def _serve(settings: Settings, console: Console) -> None:
    async with running(settings) as container:
        listener = listen(settings)
        url = url_of(listener)
        note_address(settings.data_dir, url)
        _greet(console, container, url)
        try:
            app = create_app(container.services, container.meter, _known_hosts(settings))
            settle()
            await until_stopped(app, listener)
        finally:
            forget_address(settings.data_dir)


def _known_hosts(settings: Settings) -> HttpSettings:
    """Without a key only the names of this machine are answered to, so that no web page reaches the memory by
    pointing a name of its own at the loopback address."""
    if settings.root_key is not None:
        return HttpSettings()
    return HttpSettings(hosts=frozenset({"localhost", "127.0.0.1", "::1", settings.host}))


def _greet(console: Console, container: Container, url: str) -> None:
    settings = container.settings
    access = "open: whoever reaches this loopback address" if settings.root_key is None else "by key (ROOT_KEY is set)"
    rows = {
        "listening": f"{url}  (docs at {url}/docs)",
        "data": str(settings.data_dir),
        **container.described,
        "work": "done here" if settings.works else "left to `palimpsest worker`",
        "access": access,
    }
    console.print("[bold]Palimpsest[/bold] is ready.")
    for name, value in rows.items():
        console.print(f"  {name:<10} {value}", highlight=False, soft_wrap=True)
    header = "" if settings.root_key is None else ' -H "Authorization: Bearer $ROOT_KEY"'
    console.print("Try:", highlight=False)
    console.print(
        f"  curl -s '{url}/v1/users/ana/episodes?wait=true'{header} -H 'Content-Type: application/json' \\\n"
        '    -d \'{"session_id": "s1", "episodes": [{"role": "user", "name": "Ana", '
        '"content": "I moved to Porto last week."}]}\'\n'
        f"  curl -s {url}/v1/users/ana/search{header} -H 'Content-Type: application/json' \\\n"
        '    -d \'{"query": "Where does Ana live?"}\'',
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
