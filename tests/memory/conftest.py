"""A house for each test. The vector store, which takes long to make, is one for all, and emptied after each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.adapters.vectors.edge import EdgeVectorStore
from app.ports.models import Embedder
from tests.house import ANA, BEN, ELSEWHERE, House, opened, vector_store
from tests.scripted import FickleEmbedder, ScriptedExtractor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vectors(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> AsyncIterator[EdgeVectorStore]:
    store = await vector_store(tmp_path_factory.mktemp("vectors"), embedder)
    yield store
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def extractor() -> ScriptedExtractor:
    return ScriptedExtractor()


@pytest_asyncio.fixture(loop_scope="session")
async def fickle(embedder: Embedder) -> FickleEmbedder:
    return FickleEmbedder(embedder)


@pytest_asyncio.fixture(loop_scope="session")
async def house(
    tmp_path: Path, fickle: FickleEmbedder, extractor: ScriptedExtractor, vectors: EdgeVectorStore
) -> AsyncIterator[House]:
    async with opened(tmp_path, fickle, extractor=extractor, vectors=vectors) as house:
        yield house
    for scope in (ANA, BEN, ELSEWHERE):
        await vectors.remove_all(scope)
