from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from tests.house import opened
from tests.thinking import Mind, thinking


@pytest_asyncio.fixture(loop_scope="session")
async def mind(tmp_path: Path, embedder: Embedder, vectors: VectorStore) -> AsyncIterator[Mind]:
    """A memory that thinks with a scripted model, over HTTP, with a worker."""
    async with opened(tmp_path, embedder, vectors=vectors) as house, thinking(house) as mind:
        yield mind
        await vectors.remove_all(mind.scope)
