"""What the markers ask for, and the reason given where it is missing."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from app.adapters.models.onnx import OnnxEmbedder
from app.compose import running
from app.http.app import create_app
from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from app.settings import Settings
from tests.engines import CHOSEN, EMBEDDED, ENGINES, INSTALLATIONS, SERVER, at_work
from tests.house import vector_store
from tests.http.service import ROOT_KEY, Service

DATA = "PALIMPSEST_DATA"
SLOW = "PALIMPSEST_SLOW"
TESTS = Path(__file__).parent
ABOVE_THE_PORTS = {"acceptance", "cli", "faults", "http", "memory", "worker"}

# how long an example takes says something about the machine
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not Path(os.environ.get(DATA, "")).is_absolute():
        pytest.skip(f"needs the measuring data: set {DATA} to its folder (an absolute path)")
    if item.get_closest_marker("slow") and os.environ.get(SLOW) != "1":
        pytest.skip(f"takes minutes: set {SLOW}=1")
    for engines in (EMBEDDED, SERVER):
        if item.get_closest_marker(engines) and engines != CHOSEN:
            pytest.skip(f"is about other engines: {ENGINES}={engines}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The rest has no engines, or brings them itself."""
    if CHOSEN == SERVER:
        chosen = [item for item in items if item.path.relative_to(TESTS).parts[0] in ABOVE_THE_PORTS]
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None]:
    """Installations last as long as what their folders were made for: a test, or a module."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    try:
        yield
    finally:
        if folder is not None:
            INSTALLATIONS.release(folder)
        if nextitem is None or nextitem.path != item.path:
            INSTALLATIONS.release()


def pytest_configure() -> None:
    # whoever ends the run, the servers that it started end with it
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure() -> None:
    INSTALLATIONS.close()


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Where the measuring data lies. Only for tests marked `data`."""
    folder = Path(os.environ[DATA])
    assert folder.is_dir(), f"{DATA} names no folder: {folder}"
    return folder


@pytest.fixture(scope="session")
def embedder() -> Iterator[Embedder]:
    """The built-in one, loaded once; it belongs to no event loop."""
    model = asyncio.run(OnnxEmbedder.open())
    yield model
    asyncio.run(model.close())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def vectors(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> AsyncIterator[VectorStore]:
    """One for many houses, for it takes long to make; each test removes what it put there."""
    store = await vector_store(tmp_path_factory.mktemp("vectors"), embedder)
    yield store
    await store.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """The real service with the built-in models, one for all tests; each has users of its own."""
    addresses = INSTALLATIONS.at(tmp_path_factory.mktemp("data"), lasting=True)
    chosen = Settings(_env_file=None, **addresses, root_key=SecretStr(ROOT_KEY), sweep_seconds=0.2)
    async with running(chosen) as container, at_work(chosen):
        yield Service(create_app(container.services, container.meter))
