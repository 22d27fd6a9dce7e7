from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from tests.acceptance.memory import Memory
from tests.http.service import ROOT_KEY, Service


@pytest_asyncio.fixture(loop_scope="session")
async def memory(service: Service) -> AsyncIterator[Memory]:
    """The memory of a user whom nobody else has."""
    async with service.client(ROOT_KEY) as http:
        yield Memory(http, f"user-{uuid4().hex}")
