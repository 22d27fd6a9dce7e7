"""From settings to open engines. The only module, with its neighbours in this package, that knows the adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.adapters.datadir import DataFolder
from app.adapters.models.bm25 import Bm25Encoder
from app.adapters.models.onnx import OnnxEmbedder
from app.adapters.models.spacy import SpacyExtractor
from app.adapters.queue.docket import DocketDoorbell
from app.compose.chat import chat_of, check_model, described_model
from app.compose.stores import (
    Models,
    check_addresses,
    described,
    graph_is_embedded,
    graph_of,
    secret,
    vectors_of,
)
from app.domain.errors import Invalid
from app.domain.time import Clock
from app.memory.modelling.absent import NoModel
from app.ports.graph.store import GraphStore
from app.ports.metrics import Meter
from app.ports.models import ChatModel, Embedder, Extractor, KeywordEncoder
from app.ports.vectors import VectorStore
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Engines:
    """`described`: each in a few words, for the greeting and for readiness."""

    graph: GraphStore
    vectors: VectorStore
    doorbell: DocketDoorbell
    embedder: Embedder
    keywords: KeywordEncoder
    extractor: Extractor
    described: dict[str, str]
    chat: ChatModel = field(default_factory=NoModel)


@asynccontextmanager
async def opened(settings: Settings, clock: Clock, meter: Meter, *, reading: bool = True) -> AsyncIterator[Engines]:
    """All engines open and warm, closed in reverse on the way out. `reading`: the extractor is wanted at once; it
    loads in a process of its own, while the others open, and otherwise not before it is used.
    Raises Invalid, StoreInUse, StoreUnmigrated, StoreNewer, EmbedderMismatch, Unavailable."""
    async with AsyncExitStack() as stack:
        check_addresses(settings)
        check_model(settings)
        hold_folder(settings, stack)
        extractor = extractor_of(settings)
        stack.push_async_callback(extractor.close)
        if reading:
            # work waits for it, reads do not
            extractor.begin()
        # before the models, which take longer, so that a store that is away or not migrated is told at once
        graph = await graph_of(settings, clock, meter)
        stack.push_async_callback(graph.close)
        chat = chat_of(graph, settings, clock, meter)
        stack.push_async_callback(chat.close)
        models = await models_of(settings, stack)
        vectors = await vectors_of(settings, models, meter)
        stack.push_async_callback(vectors.close)
        doorbell = await stack.enter_async_context(DocketDoorbell(settings.queue_url, meter))
        names = {
            **described(settings),
            "embedder": models.embedder.identity,
            "extractor": extractor.identity,
            "model": described_model(settings),
        }
        yield Engines(graph, vectors, doorbell, models.embedder, models.keywords, extractor, names, chat)


def hold_folder(settings: Settings, stack: AsyncExitStack) -> None:
    """An embedded graph store is one process's. Raises StoreInUse, Unavailable."""
    if graph_is_embedded(settings):
        stack.enter_context(DataFolder(settings.data_dir).lock())


async def models_of(settings: Settings, stack: AsyncExitStack) -> Models:
    """Warm, and closed with the stack. Raises Invalid, Unavailable."""
    embedder = await embedder_of(settings)
    stack.push_async_callback(embedder.close)
    return Models(embedder, Bm25Encoder())


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
            return await OpenAIEmbedder.open(
                rest,
                base_url=settings.llm_base_url,
                api_key=secret(settings.llm_api_key) or "none",
                timeout=settings.llm_timeout_seconds,
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
