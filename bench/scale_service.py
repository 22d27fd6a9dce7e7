"""The service under measure: one process when embedded, otherwise a server and a worker, and a client of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from bench.scale_engines import EMBEDDED, ROOT, Engines, Urls, free_port, process, served

ROOT_KEY = "only-for-the-time-of-this-measurement"
TIMEOUT = 300.0


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the service runs. `split`: the background work is done by a process of its own."""

    mode: str
    folder: Path
    engines: Engines
    split: bool

    def environment(self, *, working: bool) -> dict[str, str]:
        return {
            **os.environ,
            **self.engines.settings,
            "DATA_DIR": str(self.folder),
            "ROOT_KEY": ROOT_KEY,
            "LOG_LEVEL": "warning",
            "QDRANT_PREFIX": "scale",
            "WITH_WORKER": str(working and not self.split),
        }


@dataclass(frozen=True, slots=True)
class Running:
    """`server` and `worker`: the addresses; the worker's is None where nothing is worked on."""

    server: str
    worker: str | None
    processes: dict[str, subprocess.Popen[bytes]]

    def resident_megabytes(self) -> dict[str, float]:
        """Of each of our processes; the extractor is what the one that works has started."""
        sizes: dict[str, float] = {}
        for name, started in self.processes.items():
            sizes[name] = _resident(started.pid)
            if children := _children(started.pid):
                sizes["extractor"] = sum(_resident(child) for child in children)
        return sizes

    def cpu_seconds(self) -> float:
        """Of the processor so far, all our processes together; other processes do not lengthen it."""
        return sum(_cpu(id) for started in self.processes.values() for id in (started.pid, *_children(started.pid)))


def _resident(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def _cpu(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def deployed(mode: str, folder: Path, given: Urls) -> Iterator[Deployment]:
    """The stores are there and migrated when the block begins."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        if mode == "embedded":
            yield Deployment(mode, folder, EMBEDDED, split=False)
            return
        engines = stack.enter_context(served(given, folder))
        place = Deployment(mode, folder, engines, split=True)
        migrate = [sys.executable, "-m", "app", "migrate"]
        subprocess.run(migrate, cwd=ROOT, env=place.environment(working=False), check=True, stdout=subprocess.DEVNULL)
        yield place


@contextmanager
def running(place: Deployment, *, working: bool) -> Iterator[Running]:
    """Ready when the block begins. `working`: the background work is done, too."""
    environment = place.environment(working=working)
    roles = {"server": "serve"} | ({"worker": "worker"} if working and place.split else {})
    with ExitStack() as stack:
        addresses: dict[str, str] = {}
        processes: dict[str, subprocess.Popen[bytes]] = {}
        for role, command in roles.items():
            port = free_port()
            addresses[role] = url = f"http://127.0.0.1:{port}"
            processes[role] = stack.enter_context(
                process(
                    [sys.executable, "-m", "app", command, "--port", str(port)],
                    log=place.folder / f"{role}.log",
                    ready=partial(_ready, url),
                    environment=environment,
                )
            )
        worker = addresses.get("worker", addresses["server"]) if working else None
        yield Running(addresses["server"], worker, processes)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").is_success
    except httpx.TransportError:
        return False


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose memory it is, with a key of the tenant's own."""

    tenant: str
    user: str
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def path(self) -> str:
        return f"/v1/users/{self.user}"


async def owners(http: httpx.AsyncClient, tenants: int, users: int) -> list[Owner]:
    """So many users, dealt out to so many tenants. Tenants that are there already get another key."""
    root = {"Authorization": f"Bearer {ROOT_KEY}"}
    keys: list[tuple[str, str]] = []
    for number in range(tenants):
        id = f"scale-{tenants}-{users}-{number}"
        made = await http.post("/v1/admin/tenants", json={"id": id}, headers=root)
        if made.status_code != 409:
            made.raise_for_status()
        body = {"name": "scale", "scopes": ["read", "write"]}
        issued = (await http.post(f"/v1/admin/tenants/{id}/keys", json=body, headers=root)).raise_for_status()
        keys.append((id, issued.json()["key"]))
    return [Owner(keys[n % tenants][0], f"user-{n}", keys[n % tenants][1]) for n in range(users)]


async def metrics(http: httpx.AsyncClient, url: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample by name and labels."""
    text = (await http.get(f"{url}/metrics")).raise_for_status().text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def summary(http: httpx.AsyncClient, owner: Owner) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get(owner.path, headers=owner.headers)).raise_for_status().json()
    return found


async def idle(http: httpx.AsyncClient, who: list[Owner]) -> None:
    for owner in who:
        while (await summary(http, owner))["pending"]:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.1)
