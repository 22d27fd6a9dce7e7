"""`palimpsest serve`: start, say what was started and what to try next, stop gracefully."""

from __future__ import annotations

import asyncio
import signal
import socket

import uvicorn
from rich.console import Console

from app.cli.connect import forget_address, note_address
from app.compose import Container, running
from app.domain.errors import Unavailable
from app.http.app import create_app
from app.http.deps import HttpSettings
from app.observe import configure_logging
from app.settings import Settings

GRACE_SECONDS = 10


def run(settings: Settings, console: Console) -> None:
    """Until SIGINT or SIGTERM. Requests at hand end first, then lanes are given back, then stores close."""
    configure_logging(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(_serve(settings, console))


def _event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where there is one (not on Windows): a search crosses threads several times, and waking up
    costs it less."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(settings: Settings, console: Console) -> None:
    async with running(settings) as container:
        listener = _listen(settings)
        config = uvicorn.Config(
            create_app(container.services, container.meter, _known_hosts(settings)),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        server = uvicorn.Server(config)
        host, port = listener.getsockname()[:2]
        url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        note_address(settings.data_dir, url)
        _greet(console, container, url)
        # uvicorn sends itself the signal that stopped it once more when it is done; lanes and stores come after that
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        try:
            await server.serve(sockets=[listener])
        finally:
            forget_address(settings.data_dir)


def _known_hosts(settings: Settings) -> HttpSettings:
    """Without a key only the names of this machine are answered to, so that no web page reaches the memory by
    pointing a name of its own at the loopback address."""
    if settings.root_key is not None:
        return HttpSettings()
    return HttpSettings(hosts=frozenset({"localhost", "127.0.0.1", "::1", settings.host}))


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's delay off only for sockets that say they are TCP; with it a reply waits for 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise Unavailable(f"cannot listen on {settings.host}, port {settings.port}: {reason}; try --port 0") from error
    return listener


def _greet(console: Console, container: Container, url: str) -> None:
    settings = container.settings
    access = "open: whoever reaches this loopback address" if settings.root_key is None else "by key (ROOT_KEY is set)"
    rows = {
        "listening": f"{url}  (docs at {url}/docs)",
        "data": str(settings.data_dir),
        **container.described,
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
