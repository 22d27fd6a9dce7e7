"""Neo4j keeps the contract of memories that leave and arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from app.adapters.graph.neo4j import Neo4jGraph
from app.domain.errors import Conflict
from app.ports.graph.transfer import Record
from tests.contracts.graph.made import CAROLINE, said
from tests.contracts.graph.transfer import MOVED, TransferContract, all_of, lived, moved
from tests.servers.neo4j import Neo4jServer


class TestTransfer(TransferContract): ...


async def test_whoever_writes_to_a_user_who_arrives_waits(graph: Neo4jGraph) -> None:
    await lived(graph)
    records = await all_of(graph, CAROLINE)
    loop = asyncio.get_running_loop()
    begun: list[Future[Any]] = []

    def slowly() -> Iterator[Record]:
        for number, record in enumerate(records):
            if number == 1:
                begun.append(asyncio.run_coroutine_threadsafe(said(graph, "Me too.", scope=MOVED), loop))
                begun.append(asyncio.run_coroutine_threadsafe(moved(graph, records), loop))
            yield record
        assert not any(other.done() for other in begun)

    await moved(graph, slowly())
    receipt = await asyncio.wrap_future(begun[0])
    assert [episode.seq for episode in receipt.fresh] == [7]
    with pytest.raises(Conflict):
        await asyncio.wrap_future(begun[1])
    assert len(await all_of(graph, MOVED)) == len(records) + 2, "an episode and its job"


async def test_remains_of_an_arrival_do_not_outlive_the_next(graph: Neo4jGraph, database: Neo4jServer) -> None:
    def nodes() -> int:
        (row,) = database.query("MATCH (n {tenant: $tenant}) RETURN count(n) AS nodes", tenant=MOVED.tenant)
        return int(row["nodes"])

    await lived(graph)
    await moved(graph)
    # what is left when a process ends before the user is made
    database.query("MATCH (n:User|IndexTask {tenant: $tenant}) DELETE n", tenant=MOVED.tenant)
    assert nodes() > 40
    await moved(graph, (await all_of(graph, CAROLINE))[:1])
    assert nodes() == 1, "the user"
