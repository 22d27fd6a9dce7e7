"""A process that listens until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Coroutine

import uvicorn
from fastapi import FastAPI

from app.domain.errors import Unavailable
from app.settings import Settings

GRACE_SECONDS = 10
COLLECTED_AFTER = (10_000, 20, 20)
"""New objects, and collections of a generation, before the next one is collected. A batch of work makes tens of
thousands of objects that live as long as the batch."""
KEEP_ALIVE_SECONDS = 75
"""Longer than clients and proxies keep a connection that they do not use: it is they who must close it, or one of their
requests meets a closed one now and then."""


def run_to_end(work: Coroutine[None, None, None]) -> None:
    with asyncio.Runner(loop_factory=_event_loop) as runner:
        runner.run(work)


def listen(settings: Settings) -> socket.socket:
    """Raises Unavailable."""
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


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def settle() -> None:
    """Once everything is loaded: it stays, so the garbage collector need not look at it again and again, which would
    stop the process for a tenth of a second several times a minute."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


async def until_stopped(app: FastAPI, listener: socket.socket) -> None:
    """Until SIGINT or SIGTERM; requests at hand end first. What the caller has open is closed undisturbed after it."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # uvicorn sends itself the signal that stopped it once more when it is done
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    await uvicorn.Server(config).serve(sockets=[listener])


def _event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where there is one (not on Windows): a search crosses threads several times, and waking up
    costs it less."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
