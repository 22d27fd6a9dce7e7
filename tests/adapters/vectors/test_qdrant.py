from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from app.adapters.vectors.qdrant import QdrantVectorStore
from app.ports.vectors import VectorStore
from tests.contracts.vectors import Opening, VectorStoreContract
from tests.servers.qdrant import Places, QdrantPlace, local_places, qdrant_places, qdrant_server

__all__ = ["local_places", "qdrant_places", "qdrant_server"]


@asynccontextmanager
async def opened(place: QdrantPlace, **models: Any) -> AsyncIterator[QdrantVectorStore]:
    store = await place.open(**models)
    try:
        yield store
    finally:
        await store.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["server", "local"])
async def one_store(
    qdrant_places: Places, local_places: Places, request: pytest.FixtureRequest
) -> AsyncIterator[VectorStore]:
    place = (qdrant_places if request.param == "server" else local_places)()
    await place.migrate()
    async with opened(place) as store:
        yield store
    await place.clear()


@pytest_asyncio.fixture(params=["server", "local"])
async def reopenable(
    qdrant_places: Places, local_places: Places, request: pytest.FixtureRequest
) -> AsyncIterator[Opening]:
    place = (qdrant_places if request.param == "server" else local_places)()
    await place.migrate()
    yield lambda: opened(place)
    await place.clear()


class TestQdrantVectorStore(VectorStoreContract):
    pass
