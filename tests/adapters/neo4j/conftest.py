from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from app.adapters.graph.neo4j import Neo4jGraph, migrate
from app.adapters.graph.neo4j.connection import Connection
from app.observe import PrometheusMeter
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import NOON
from tests.servers.neo4j import Neo4jServer, neo4j_server, own_neo4j

__all__ = ["neo4j_server", "own_neo4j"]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def database(neo4j_server: Neo4jServer) -> Neo4jServer:
    """Migrated, and empty."""
    neo4j_server.wipe()
    if not neo4j_server.migrated:
        await migrate(**reached(neo4j_server), clock=lambda: NOON)
        neo4j_server.migrated = True
    return neo4j_server


@pytest.fixture
async def bare(neo4j_server: Neo4jServer) -> AsyncIterator[Neo4jServer]:
    """Without a schema."""
    neo4j_server.raze()
    yield neo4j_server
    neo4j_server.raze()


@pytest.fixture
async def graph(database: Neo4jServer, stack: AsyncExitStack) -> Neo4jGraph:
    return await opened(database, stack)


@pytest.fixture
async def connection(database: Neo4jServer, stack: AsyncExitStack) -> Connection:
    return connected(database, stack)


@pytest.fixture
def restart(graph: Neo4jGraph, database: Neo4jServer, stack: AsyncExitStack) -> Callable[[], Awaitable[GraphStore]]:
    """Closes the store and opens it anew."""

    async def restarted() -> GraphStore:
        await graph.close()
        return await opened(database, stack)

    return restarted


async def opened(server: Neo4jServer, stack: AsyncExitStack) -> Neo4jGraph:
    graph = await Neo4jGraph.open(**reached(server))
    stack.push_async_callback(graph.close)
    return graph


def connected(server: Neo4jServer, stack: AsyncExitStack) -> Connection:
    connection = Connection.to(**reached(server))
    stack.push_async_callback(connection.close)
    return connection


def reached(server: Neo4jServer) -> dict[str, Any]:
    return {"url": server.url, "user": server.user, "password": server.password, "meter": PrometheusMeter()}
