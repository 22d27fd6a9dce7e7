"""The one place that knows the engines: from settings to a running container of services, closed in reverse.

Nothing else imports app.adapters, and nothing else reads settings.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import uuid_utils

from app.adapters.datadir import DataFolder
from app.adapters.graph.sqlite import SqliteGraph
from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.models.spacy import SpacyExtractor
from app.adapters.queue.docket import DRAIN, DocketDoorbell
from app.adapters.vectors.edge import EdgeVectorStore
from app.domain.errors import Invalid
from app.domain.scope import Scope
from app.domain.time import Clock
from app.memory.access import Access
from app.memory.completion import Completion
from app.memory.facts.believing import Believing
from app.memory.facts.book import FactBook
from app.memory.forgetting import Forgetting
from app.memory.health import Health, Probe
from app.memory.indexing import Indexing
from app.memory.ingest import Ingest
from app.memory.insights import Insights
from app.memory.lanes import Lanes
from app.memory.pipeline import Pipeline
from app.memory.retrieval.context import ContextBuilder
from app.memory.retrieval.recall import Recall
from app.memory.services import Services
from app.observe import PrometheusMeter
from app.ports.models import Embedder, Extractor
from app.settings import Settings
from app.worker.worker import Worker

EVERY = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Container:
    """What is running. `described`: each engine in a few words, for the greeting and for readiness."""

    services: Services
    indexing: Indexing
    meter: PrometheusMeter
    settings: Settings
    described: dict[str, str]


def now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    """UUID version 7: unique, and ascending in time, which keeps indexes compact."""
    return str(uuid_utils.uuid7())


@asynccontextmanager
async def running(settings: Settings, *, clock: Clock = now, with_worker: bool = True) -> AsyncIterator[Container]:
    """Everything started and warmed; closed in reverse on the way out, lanes first.

    Raises Invalid for settings that contradict each other, StoreInUse, StoreNewer, EmbedderMismatch, Unavailable.
    """
    _refuse_open_to_the_world(settings)
    async with AsyncExitStack() as stack:
        meter = PrometheusMeter()
        folder = DataFolder(settings.data_dir)
        stack.enter_context(folder.lock())

        extractor = _extractor(settings)
        stack.push_async_callback(extractor.close)
        await extractor.start()  # loads in a process of its own while the rest opens
        embedder = await _embedder(settings)
        stack.push_async_callback(embedder.close)
        keywords = Bm25Encoder()
        graph = await SqliteGraph.open(_sqlite_path(settings), clock)
        stack.push_async_callback(graph.close)
        vectors = await EdgeVectorStore.open(
            _edge_folder(settings),
            embedder_identity=embedder.identity,
            dimension=embedder.dimension,
            keyword_identity=keywords.identity,
        )
        stack.push_async_callback(vectors.close)
        doorbell = await stack.enter_async_context(DocketDoorbell(settings.queue_url, meter))

        completion = Completion()
        indexing = Indexing(
            embedder=embedder,
            keywords=keywords,
            vectors=vectors,
            outbox=graph.outbox,
            episodes=graph.episodes,
            entities=graph.entities,
            facts=graph.facts,
            meter=meter,
        )
        insights = Insights(
            episodes=graph.episodes,
            entities=graph.entities,
            facts=graph.facts,
            ledger=graph.ledger,
            jobs=graph.jobs,
            clock=clock,
        )
        believing = Believing(facts=graph.facts, new_id=new_id)
        pipeline = Pipeline(
            extractor=extractor,
            episodes=graph.episodes,
            entities=graph.entities,
            ledger=graph.ledger,
            believing=believing,
            indexing=indexing,
            clock=clock,
            new_id=new_id,
            meter=meter,
        )
        lanes = Lanes(
            lanes=graph.lanes,
            jobs=graph.jobs,
            episodes=graph.episodes,
            pipeline=pipeline,
            doorbell=doorbell,
            completion=completion,
            clock=clock,
            meter=meter,
            owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
            lease_ttl=timedelta(seconds=settings.lease_seconds),
        )
        recall = Recall(
            embedder=embedder,
            keywords=keywords,
            vectors=vectors,
            episodes=graph.episodes,
            entities=graph.entities,
            facts=graph.facts,
            clock=clock,
            meter=meter,
        )
        described = {
            "graph": f"SQLite {_sqlite_path(settings)}",
            "vectors": f"Qdrant Edge {_edge_folder(settings)}",
            "queue": "docket in this process",
            "embedder": embedder.identity,
            "extractor": extractor.identity,
        }
        services = Services(
            ingest=Ingest(
                episodes=graph.episodes,
                jobs=graph.jobs,
                indexing=indexing,
                doorbell=doorbell,
                completion=completion,
                clock=clock,
                new_id=new_id,
            ),
            recall=recall,
            context=ContextBuilder(recall),
            insights=insights,
            lanes=lanes,
            facts=FactBook(
                ledger=graph.ledger,
                entities=graph.entities,
                facts=graph.facts,
                episodes=graph.episodes,
                believing=believing,
                insights=insights,
                indexing=indexing,
                clock=clock,
                new_id=new_id,
            ),
            forgetting=Forgetting(
                ledger=graph.ledger,
                episodes=graph.episodes,
                believing=believing,
                indexing=indexing,
                clock=clock,
            ),
            access=Access(
                accounts=graph.accounts,
                root_key=settings.root_key.get_secret_value() if settings.root_key is not None else None,
                open_access=settings.root_key is None,
                clock=clock,
                new_id=new_id,
            ),
            health=Health(
                {
                    "graph": _probe(graph.check, described["graph"]),
                    "vectors": _probe(vectors.check, described["vectors"]),
                    "queue": _probe(doorbell.check, described["queue"]),
                    "embedder": _probe(_nothing, described["embedder"]),
                    "extractor": _probe(extractor.check, described["extractor"]),
                }
            ),
        )
        if with_worker:
            worker = Worker(
                docket=doorbell.docket,
                task_name=DRAIN,
                lanes=lanes,
                indexing=indexing,
                sweep_seconds=settings.sweep_seconds,
            )
            await worker.start()
            stack.push_async_callback(worker.stop)
        yield Container(services, indexing, meter, settings, described)


@dataclass(frozen=True, slots=True)
class Rebuild:
    """New vectors in the making; dropped unless `activate` is reached."""

    embedder: str
    scopes: Callable[[], Awaitable[list[Scope]]]
    user: Callable[[Scope], Awaitable[int]]
    activate: Callable[[], Awaitable[None]]


@asynccontextmanager
async def rebuilding(settings: Settings) -> AsyncIterator[Rebuild]:
    """The stores without the service, with an empty vector store beside the present one."""
    async with AsyncExitStack() as stack:
        stack.enter_context(DataFolder(settings.data_dir).lock())
        embedder = await _embedder(settings)
        stack.push_async_callback(embedder.close)
        keywords = Bm25Encoder()
        graph = await SqliteGraph.open(_sqlite_path(settings), now)
        stack.push_async_callback(graph.close)
        vectors = await EdgeVectorStore.open_next(
            _edge_folder(settings),
            embedder_identity=embedder.identity,
            dimension=embedder.dimension,
            keyword_identity=keywords.identity,
        )
        stack.push_async_callback(vectors.close)
        indexing = Indexing(
            embedder=embedder,
            keywords=keywords,
            vectors=vectors,
            outbox=graph.outbox,
            episodes=graph.episodes,
            entities=graph.entities,
            facts=graph.facts,
            meter=PrometheusMeter(),
        )

        async def scopes() -> list[Scope]:
            found: list[Scope] = []
            for tenant in await graph.accounts.tenants(None, EVERY):
                found += [Scope(tenant.id, user.user_id) for user in await graph.episodes.users(tenant.id, None, EVERY)]
            return found

        async def user(scope: Scope) -> int:
            await graph.outbox.refill(scope)
            return await indexing.settle(scope)

        yield Rebuild(embedder.identity, scopes, user, vectors.activate)


def migrate(settings: Settings, *, dry_run: bool) -> list[str]:
    """What was done, or would be, one line each."""
    with DataFolder(settings.data_dir).lock():
        return migrations.run(_sqlite_path(settings), dry_run=dry_run)


def _refuse_open_to_the_world(settings: Settings) -> None:
    if settings.root_key is None and not settings.loopback:
        raise Invalid(
            f"refusing to listen on {settings.host} without a key: set ROOT_KEY (for example to the output of "
            "`openssl rand -hex 32`), or listen on 127.0.0.1"
        )


async def _embedder(settings: Settings) -> Embedder:
    scheme, _, rest = settings.embedder.partition(":")
    match scheme:
        case "minilm":
            return await OnnxEmbedder.open(threads=settings.embedder_threads)
        case "onnx":
            return await OnnxEmbedder.open(Path(rest), threads=settings.embedder_threads)
        case "openai":
            from app.adapters.models.openai import OpenAIEmbedder

            if settings.llm_base_url is None:
                raise Invalid("EMBEDDER=openai:<model> needs LLM_BASE_URL (and LLM_API_KEY)")
            key = settings.llm_api_key.get_secret_value() if settings.llm_api_key is not None else "none"
            return await OpenAIEmbedder.open(
                rest, base_url=settings.llm_base_url, api_key=key, timeout=settings.llm_timeout_seconds
            )
        case "fastembed":
            from app.adapters.models.fastembed import FastEmbedEmbedder

            return await FastEmbedEmbedder.open(rest, threads=settings.embedder_threads)
    raise Invalid(f"EMBEDDER={settings.embedder!r} is not known; use minilm, onnx:<folder>, openai:<model> or "
                  "fastembed:<model>")


def _extractor(settings: Settings) -> SpacyExtractor:
    if settings.extractor != "spacy":
        raise Invalid(f"EXTRACTOR={settings.extractor!r} is not known; use spacy")
    return SpacyExtractor()


def _sqlite_path(settings: Settings) -> Path:
    url = urlsplit(settings.graph_url)
    if url.scheme != "sqlite" or url.netloc:
        raise Invalid(f"GRAPH_URL={settings.graph_url!r} is not known; use sqlite:///file")
    path = url.path.removeprefix("/")
    return settings.data_dir / "graph.db" if not path else Path("/" + path if url.path.startswith("//") else path)


def _edge_folder(settings: Settings) -> Path:
    url = urlsplit(settings.vectors_url)
    if url.scheme != "edge" or url.netloc:
        raise Invalid(f"VECTORS_URL={settings.vectors_url!r} is not known; use edge:///folder")
    path = url.path.removeprefix("/")
    return settings.data_dir / "vectors" if not path else Path("/" + path if url.path.startswith("//") else path)


def _probe(check: Callable[[], Awaitable[object]], description: str) -> Probe:
    async def probe() -> str:
        await check()
        return description

    return probe


async def _nothing() -> None:
    """For a part that cannot be away."""
