"""A Qdrant for the tests: QDRANT_URL (and QDRANT_API_KEY), or a container where testcontainers and Docker are there, or
else the local mode of its client behind Qdrant's protocol."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.adapters.migration_files import MigrationStatus
from app.adapters.vectors import qdrant_collections as collections
from app.adapters.vectors.qdrant import QdrantVectorStore
from app.adapters.vectors.qdrant_calls import Calls
from app.adapters.vectors.qdrant_collections import Layout
from app.adapters.vectors.qdrant_migrations import migrate, status
from app.observe import PrometheusMeter

URL = "QDRANT_URL"
KEY = "QDRANT_API_KEY"
VERSION = "1.17.1"
IMAGE = f"qdrant/qdrant:v{VERSION}"
PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class QdrantPlace:
    """Where one installation has its collections; nobody else has this prefix. `shared`: a server, to be left as it
    was found."""

    url: str
    prefix: str
    api_key: str | None = field(default=None, repr=False)
    shared: bool = False

    async def migrate(self, *, layout: Layout | None = None, **models: Any) -> list[MigrationStatus]:
        return await migrate(**self._given(models), clock=lambda: datetime.now(UTC), layout=layout)

    async def status(self, **given: Any) -> list[MigrationStatus]:
        where = {"url": self.url, "api_key": self.api_key, "prefix": self.prefix, "meter": PrometheusMeter()}
        return await status(**where, **given)

    async def open(self, **models: Any) -> QdrantVectorStore:
        return await QdrantVectorStore.open(**self._given(models))

    async def open_next(self, *, layout: Layout | None = None, **models: Any) -> QdrantVectorStore:
        return await QdrantVectorStore.open_next(**self._given(models), clock=lambda: datetime.now(UTC), layout=layout)

    async def calls(self) -> Calls:
        return await Calls.connect(self.url, api_key=self.api_key, meter=PrometheusMeter())

    async def collections(self) -> set[str]:
        calls = await self.calls()
        try:
            return set(await collections.generations(calls, self.prefix))
        finally:
            await calls.close()

    async def clear(self) -> None:
        if self.shared:
            calls = await self.calls()
            try:
                await collections.drop(calls, self.prefix, [])
            finally:
                await calls.close()

    def _given(self, models: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.url, "api_key": self.api_key, "prefix": self.prefix, "meter": PrometheusMeter(),
            "embedder_identity": "minilm", "dimension": 8, "keyword_identity": "bm25", **models,
        }  # fmt: skip


Places = Callable[[], QdrantPlace]
"""A fresh place each time."""


@contextmanager
def running(folder: Path) -> Iterator[QdrantPlace]:
    """The one that is given, or one in a container, or one that is started in this folder."""
    if url := os.environ.get(URL):
        yield QdrantPlace(url, "", os.environ.get(KEY), shared=True)
    elif _docker_runs() and importlib.util.find_spec("testcontainers") is not None:
        from testcontainers.core.container import DockerContainer

        with DockerContainer(IMAGE).with_exposed_ports(6333, 6334) as container:
            host, port = container.get_container_host_ip(), container.get_exposed_port(6333)
            _await_readiness(f"http://{host}:{port}/readyz")
            url = f"http://{host}:{port}?grpc_port={container.get_exposed_port(6334)}"
            yield QdrantPlace(url, "", shared=True)
    else:
        server = startable(folder)
        server.start()
        try:
            yield QdrantPlace(server.url, "", shared=True)
        finally:
            server.stop()


@pytest.fixture(scope="session")
def qdrant_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QdrantPlace]:
    """For all tests that leave it running. They share it, so that each takes a prefix of its own."""
    with running(tmp_path_factory.mktemp("qdrant")) as server:
        yield server


@pytest.fixture(scope="session")
def qdrant_places(qdrant_server: QdrantPlace) -> Places:
    """On the server."""
    return lambda: replace(qdrant_server, prefix=f"test-{uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def local_places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """In folders, in the local mode of the client."""
    return lambda: QdrantPlace(f"local:///{tmp_path_factory.mktemp('qdrant')}", "palimpsest")


@pytest.fixture
def own_qdrant(tmp_path: Path) -> Iterator[WireServer]:
    """One to stop and start again; not yet started."""
    server = startable(tmp_path / "qdrant")
    yield server
    server.stop()


@dataclass(slots=True)
class WireServer:
    """See qdrant_wire."""

    port: int
    folder: Path
    version: str
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:6333?grpc_port={self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.servers.qdrant_wire", str(self.port), str(self.folder), self.version]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def startable(folder: Path, version: str = VERSION) -> WireServer:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return WireServer(probe.getsockname()[1], folder, version)


def _docker_runs() -> bool:
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _await_readiness(url: str) -> None:
    deadline = monotonic() + PATIENCE
    while not _ready(url):
        assert monotonic() < deadline, f"{url} does not answer"
        sleep(0.1)


def _ready(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.HTTPError:
        return False
