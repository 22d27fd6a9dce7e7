"""The real service, embedded, with the built-in models; each test has a memory of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from pydantic import SecretStr

from app.compose import running
from app.http.app import create_app
from app.settings import Settings
from tests.acceptance.memory import Memory
from tests.http.service import ROOT_KEY, Service


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    settings = Settings(
        _env_file=None, data_dir=tmp_path_factory.mktemp("data"), root_key=SecretStr(ROOT_KEY), sweep_seconds=0.2
    )
    async with running(settings) as container:
        yield Service(create_app(container.services, container.meter))


@pytest_asyncio.fixture(loop_scope="session")
async def memory(service: Service) -> AsyncIterator[Memory]:
    async with service.client(ROOT_KEY) as http:
        yield Memory(http, f"user-{uuid4().hex}")
