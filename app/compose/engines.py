"""From settings to open engines. The only module, with its neighbours in this package, that knows the adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.adapters.datadir import DataFolder
from app.adapters.graph.sqlite import SqliteGraph
from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.models.spacy import SpacyExtractor
from app.adapters.queue.docket import DocketDoorbell
from app.adapters.vectors.edge import EdgeVectorStore
from app.domain.errors import Invalid
from app.domain.time import Clock
from app.ports.metrics import Meter
from app.ports.models import Embedder, Extractor
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Engines:
    """`described`: each in a few words, for the greeting and for readiness."""

    graph: SqliteGraph
    vectors: EdgeVectorStore
    doorbell: DocketDoorbell
    embedder: Embedder
    keywords: Bm25Encoder
    extractor: Extractor
    described: dict[str, str]


@asynccontextmanager
async def opened(settings: Settings, clock: Clock, meter: Meter, *, anew: bool = False) -> AsyncIterator[Engines]:
    """All engines open and warm, closed in reverse on the way out. `anew`: an empty vector store beside the present
    one, to be filled and activated. Raises Invalid, StoreInUse, StoreNewer, EmbedderMismatch, Unavailable."""
    async with AsyncExitStack() as stack:
        stack.enter_context(DataFolder(settings.data_dir).lock())
        extractor = extractor_of(settings)
        stack.push_async_callback(extractor.close)
        if not anew:
            # it loads in a process of its own, while the others open here; work waits for it, reads do not
            extractor.begin()
        embedder = await embedder_of(settings)
        stack.push_async_callback(embedder.close)
        keywords = Bm25Encoder()
        graph = await SqliteGraph.open(sqlite_path(settings), clock)
        stack.push_async_callback(graph.close)
        # the folder is locked, so whoever held these leases is dead, and nobody need wait for them to run out
        await graph.lanes.free()
        vectors = await (EdgeVectorStore.open_next if anew else EdgeVectorStore.open)(
            edge_folder(settings),
            embedder_identity=embedder.identity,
            dimension=embedder.dimension,
            keyword_identity=keywords.identity,
        )
        stack.push_async_callback(vectors.close)
        doorbell = await stack.enter_async_context(DocketDoorbell(settings.queue_url, meter))
        described = {
            "graph": f"SQLite, {sqlite_path(settings)}",
            "vectors": f"Qdrant Edge, {edge_folder(settings)}",
            "queue": "docket, in this process",
            "embedder": embedder.identity,
            "extractor": extractor.identity,
        }
        yield Engines(graph, vectors, doorbell, embedder, keywords, extractor, described)


async def embedder_of(settings: Settings) -> Embedder:
    scheme, _, rest = settings.embedder.partition(":")
    match scheme:
        case "minilm":
            return await OnnxEmbedder.open(threads=settings.embedder_threads)
        case "onnx" if rest:
            return await OnnxEmbedder.open(Path(rest), threads=settings.embedder_threads)
        case "openai" if rest:
            from app.adapters.models.openai import OpenAIEmbedder

            if settings.llm_base_url is None:
                raise Invalid("EMBEDDER=openai:<model> needs LLM_BASE_URL (and LLM_API_KEY)")
            key = settings.llm_api_key.get_secret_value() if settings.llm_api_key is not None else "none"
            return await OpenAIEmbedder.open(
                rest, base_url=settings.llm_base_url, api_key=key, timeout=settings.llm_timeout_seconds
            )
        case "fastembed" if rest:
            from app.adapters.models.fastembed import FastEmbedEmbedder

            return await FastEmbedEmbedder.open(rest, threads=settings.embedder_threads)
    raise Invalid(
        f"EMBEDDER={settings.embedder!r} is not known; use minilm, onnx:<folder>, openai:<model> or fastembed:<model>"
    )


def extractor_of(settings: Settings) -> SpacyExtractor:
    if settings.extractor != "spacy":
        raise Invalid(f"EXTRACTOR={settings.extractor!r} is not known; use spacy")
    return SpacyExtractor()


def sqlite_path(settings: Settings) -> Path:
    """`sqlite:///` is the default file; `sqlite:///name` is relative to the working folder, `sqlite:////name` not."""
    return _local(settings.graph_url, "GRAPH_URL", "sqlite") or settings.data_dir / "graph.db"


def edge_folder(settings: Settings) -> Path:
    return _local(settings.vectors_url, "VECTORS_URL", "edge") or settings.data_dir / "vectors"


def _local(url: str, setting: str, scheme: str) -> Path | None:
    parts = urlsplit(url)
    if parts.scheme != scheme or parts.netloc:
        raise Invalid(f"{setting}={url!r} is not known; use {scheme}:///path")
    path = parts.path.removeprefix("/")
    return Path(path) if path else None
