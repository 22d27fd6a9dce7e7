"""The engines under the tests above the ports, by PALIMPSEST_ENGINES: `embedded` (the default) or `server`.

A folder stands for an installation: the same folder has the same stores, a new one has empty ones, until it is
released. No test knows which engines it runs on; one that is about the one or the other sort is marked `embedded` or
`server`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import redis

from app.adapters.graph.neo4j import Neo4jGraph, migrate
from app.adapters.graph.sqlite import SqliteGraph
from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.models.onnx import OnnxEmbedder
from app.compose import running
from app.domain.time import Clock
from app.observe import PrometheusMeter
from app.ports.graph.store import GraphStore
from app.settings import Settings
from tests.servers import neo4j as graphs
from tests.servers import qdrant as vectors
from tests.servers import redis as queues
from tests.servers.neo4j import Neo4jServer
from tests.servers.qdrant import QdrantPlace

ENGINES = "PALIMPSEST_ENGINES"
EMBEDDED = "embedded"
SERVER = "server"

Addresses = dict[str, str]
"""Settings that say where the stores are, by field."""


class Installations(Protocol):
    def at(self, folder: Path, *, lasting: bool = False, migrated: bool = True) -> Addresses:
        """Where the stores of this folder are. `lasting`: until the end of the session. Blocking."""
        ...

    def vectors_at(self, folder: Path) -> Addresses:
        """As `at`, with the vectors only."""
        ...

    async def graph(self, folder: Path, clock: Clock) -> GraphStore:
        """As whoever had it last left it."""
        ...

    def release(self, under: Path | None = None) -> None:
        """The folders in this one, or all but the lasting ones, are needed no more."""
        ...

    def close(self) -> None: ...


class Embedded:
    """In the folder, which pytest removes in its time."""

    def at(self, folder: Path, *, lasting: bool = False, migrated: bool = True) -> Addresses:
        return {"data_dir": str(folder)}

    def vectors_at(self, folder: Path) -> Addresses:
        return self.at(folder)

    async def graph(self, folder: Path, clock: Clock) -> GraphStore:
        return await SqliteGraph.open(folder / "graph.db", clock)

    def release(self, under: Path | None = None) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Place:
    """A graph store and a queue for one installation at a time: a Neo4j of the Community has one database only."""

    graph: Neo4jServer
    queue: str
    free: bool = True
    lasting: bool = False

    def prepare(self, *, migrated: bool) -> None:
        if migrated:
            self.graph.wipe()
        else:
            self.graph.raze()
        if migrated and not self.graph.migrated:
            _carry_out(migrate(self.graph.url_with_credentials, user=None, password=None, clock=_now, meter=_meter()))
            self.graph.migrated = True
        with redis.Redis.from_url(self.queue) as client:
            client.flushdb()


class OnServers:
    """Neo4j, Qdrant and Redis, started when they are first asked for; as many Neo4j as there are installations at the
    same time."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._root: Path | None = None
        self._queue: str | None = None
        self._qdrant: QdrantPlace | None = None
        self._embedder: dict[str, Any] | None = None
        self._places: list[Place] = []
        self._taken: dict[Path, Place] = {}
        self._vectors: dict[Path, QdrantPlace] = {}

    def at(self, folder: Path, *, lasting: bool = False, migrated: bool = True) -> Addresses:
        if (place := self._taken.get(folder)) is None:
            place = self._free_place()
            place.prepare(migrated=migrated)
            place.free, place.lasting = False, lasting
            self._taken[folder] = place
        return {
            **self._addresses_of_vectors(folder, migrated=migrated),
            "graph_url": place.graph.url,
            "neo4j_user": place.graph.user,
            "neo4j_password": place.graph.password,
            "queue_url": place.queue,
        }

    def vectors_at(self, folder: Path) -> Addresses:
        return self._addresses_of_vectors(folder, migrated=True)

    async def graph(self, folder: Path, clock: Clock) -> GraphStore:
        found = self.at(folder)
        return await Neo4jGraph.open(
            found["graph_url"], user=found["neo4j_user"], password=found["neo4j_password"], meter=_meter()
        )

    def release(self, under: Path | None = None) -> None:
        gone = [folder for folder in self._taken if under is None or folder.is_relative_to(under)]
        for folder in gone:
            if not self._taken[folder].lasting:
                self._taken.pop(folder).free = True
                if place := self._vectors.pop(folder, None):
                    _carry_out(place.clear())

    def close(self) -> None:
        for place in self._vectors.values():
            _carry_out(place.clear())
        self._stack.close()

    def _addresses_of_vectors(self, folder: Path, *, migrated: bool) -> Addresses:
        if (place := self._vectors.get(folder)) is None:
            if self._qdrant is None:
                self._qdrant = self._stack.enter_context(vectors.running(self._folder("qdrant")))
            place = replace(self._qdrant, prefix=f"test-{uuid4().hex[:12]}")
            if migrated:
                _carry_out(place.migrate(**self._models()))
            self._vectors[folder] = place
        key = {"qdrant_api_key": place.api_key} if place.api_key else {}
        return {"data_dir": str(folder), "vectors_url": place.url, "qdrant_prefix": place.prefix, **key}

    def _free_place(self) -> Place:
        for place in self._places:
            if place.free:
                return place
        number = len(self._places)
        if self._queue is None:
            self._queue = self._stack.enter_context(queues.running(self._folder("redis"))).url
        start = graphs.another if self._places else graphs.running
        server = self._stack.enter_context(start(self._folder(f"neo4j-{number}")))
        place = Place(server, urlsplit(self._queue)._replace(path=f"/{number}").geturl())
        self._places.append(place)
        return place

    def _models(self) -> dict[str, Any]:
        """What the collections are made for: the built-in embedder, with which all of these tests work."""
        if self._embedder is None:
            self._embedder = _carry_out(_built_in())
        return self._embedder

    def _folder(self, name: str) -> Path:
        if self._root is None:
            self._root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        folder = self._root / name
        folder.mkdir(exist_ok=True)
        return folder


def _chosen() -> Installations:
    match os.environ.get(ENGINES) or EMBEDDED:
        case "embedded":
            return Embedded()
        case "server":
            return OnServers()
    raise ValueError(f"{ENGINES} is {EMBEDDED} or {SERVER}")


INSTALLATIONS = _chosen()
CHOSEN = EMBEDDED if isinstance(INSTALLATIONS, Embedded) else SERVER


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[None]:
    """A worker beside a service that leaves the work to others."""
    if settings.works:
        yield
    else:
        async with running(settings, serving=False, with_worker=True):
            yield


async def _built_in() -> dict[str, Any]:
    embedder = await OnnxEmbedder.open()
    await embedder.close()
    return {
        "embedder_identity": embedder.identity,
        "dimension": embedder.dimension,
        "keyword_identity": Bm25Encoder().identity,
    }


def _carry_out(work: Coroutine[Any, Any, Any]) -> Any:
    """On a loop of its own, whether or not one runs here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _now() -> datetime:
    return datetime.now(UTC)


def _meter() -> PrometheusMeter:
    return PrometheusMeter()
