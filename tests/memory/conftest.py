"""A house for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from tests.house import ANA, BEN, ELSEWHERE, House, opened
from tests.scripted import FickleEmbedder, ScriptedExtractor


@pytest_asyncio.fixture(loop_scope="session")
async def extractor() -> ScriptedExtractor:
    return ScriptedExtractor()


@pytest_asyncio.fixture(loop_scope="session")
async def fickle(embedder: Embedder) -> FickleEmbedder:
    return FickleEmbedder(embedder)


@pytest_asyncio.fixture(loop_scope="session")
async def house(
    tmp_path: Path, fickle: FickleEmbedder, extractor: ScriptedExtractor, vectors: VectorStore
) -> AsyncIterator[House]:
    async with opened(tmp_path, fickle, extractor=extractor, vectors=vectors) as house:
        yield house
    for scope in (ANA, BEN, ELSEWHERE):
        await vectors.remove_all(scope)
