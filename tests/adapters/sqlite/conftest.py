from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.adapters.graph.sqlite import SqliteGraph
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import NOON


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "graph.db"


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def graph(path: Path, stack: AsyncExitStack) -> SqliteGraph:
    opened = await SqliteGraph.open(path, lambda: NOON)
    stack.push_async_callback(opened.close)
    return opened


@pytest.fixture
def restart(graph: SqliteGraph, path: Path, stack: AsyncExitStack) -> Callable[[], Awaitable[GraphStore]]:
    """Closes the store and opens it anew."""

    async def restarted() -> GraphStore:
        await graph.close()
        opened = await SqliteGraph.open(path, lambda: NOON)
        stack.push_async_callback(opened.close)
        return opened

    return restarted
