from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.http.service import ROOT_KEY, Memory, Service


@pytest_asyncio.fixture(loop_scope="session")
async def http(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """With the root key."""
    async with service.client(ROOT_KEY) as client:
        yield client


@pytest.fixture
def memory(http: httpx.AsyncClient) -> Memory:
    """The memory of a user whom nobody else has."""
    return Memory(http, f"user-{uuid4().hex}")
