"""Where a command's requests go: to `--url`, to the server that has the data folder, or to a service started here."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from app.compose import Container, running
from app.domain.errors import StoreInUse
from app.http.app import create_app
from app.observe import configure_logging
from app.settings import Settings

ADDRESS = "server.json"
TIMEOUT = httpx.Timeout(120.0, connect=5.0)


def note_address(folder: Path, url: str) -> None:
    """Leave word in the data folder where its server listens, so that commands find it."""
    # with stores elsewhere there may be no such folder, nor need of one
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / ADDRESS).write_text(json.dumps({"url": url, "pid": os.getpid()}))


def forget_address(folder: Path) -> None:
    with suppress(OSError):
        (folder / ADDRESS).unlink()


def _noted(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / ADDRESS).read_text())["url"])
    except (OSError, ValueError, KeyError):
        return None


@asynccontextmanager
async def connected(settings: Settings, url: str | None, *, works: bool = False) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the HTTP contract. `works`: who is let in waits for the work, which a service started here then
    does, whoever else may be there to do it. Raises StoreInUse when another process has the folder and does not say
    where it listens."""
    configure_logging("warning", settings.log_format)
    key = settings.root_key.get_secret_value() if settings.root_key is not None else None
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if url is not None:
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT) as client:
            yield client
        return
    try:
        async with running(settings, with_worker=works or None) as container, _in_process(container, headers) as client:
            yield client
    except StoreInUse:
        noted = _noted(settings.data_dir)
        if noted is None:
            raise
        async with httpx.AsyncClient(base_url=noted, headers=headers, timeout=TIMEOUT) as client:
            yield client


@asynccontextmanager
async def _in_process(container: Container, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(container.services, container.meter))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://palimpsest", headers=headers, timeout=TIMEOUT
    ) as client:
        yield client
