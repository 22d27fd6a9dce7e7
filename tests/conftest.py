"""What the markers ask for, and the reason given where it is missing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.adapters.models.onnx import OnnxEmbedder
from app.ports.models import Embedder

DATA = "PALIMPSEST_DATA"
SERVICES = "PALIMPSEST_SERVICES"
SLOW = "PALIMPSEST_SLOW"


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not Path(os.environ.get(DATA, "")).is_absolute():
        pytest.skip(f"needs the measuring data: set {DATA} to its folder (an absolute path)")
    if item.get_closest_marker("slow") and os.environ.get(SLOW) != "1":
        pytest.skip(f"takes minutes: set {SLOW}=1")
    if item.get_closest_marker("services") and os.environ.get(SERVICES) != "1":
        pytest.skip(f"needs running Neo4j, Redis and Qdrant servers: set {SERVICES}=1")


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
