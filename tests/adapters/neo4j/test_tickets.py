"""Tickets are unique and ascend, however many are taken at once and whatever becomes of the transaction."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j.connection import Connection
from app.adapters.graph.neo4j.tickets import BLOCK, Tickets
from app.domain.errors import Conflict
from tests.adapters.neo4j.conftest import connected
from tests.servers.neo4j import Neo4jServer


async def taken(connection: Connection, tickets: Tickets, wanted: int) -> list[int]:
    await tickets.stock()
    return list(await connection.write(lambda tx: tickets.take(tx, wanted)))


async def test_they_ascend_also_beyond_what_is_in_stock(connection: Connection) -> None:
    tickets = Tickets(connection)
    got = [await taken(connection, tickets, wanted) for wanted in (3, BLOCK * 2, 1, BLOCK, 2)]
    flat = [ticket for some in got for ticket in some]
    assert [len(some) for some in got] == [3, BLOCK * 2, 1, BLOCK, 2]
    assert flat == sorted(set(flat))


async def test_no_two_processes_get_the_same(
    connection: Connection, database: Neo4jServer, stack: AsyncExitStack
) -> None:
    processes = [(one, Tickets(one)) for one in (connection, connected(database, stack), connected(database, stack))]
    got = await asyncio.gather(*(taken(*process, 400) for _ in range(10) for process in processes))
    flat = [ticket for some in got for ticket in some]
    assert len(set(flat)) == len(flat) == 12_000


async def test_those_of_a_transaction_that_failed_are_lost_and_no_others(connection: Connection) -> None:
    tickets = Tickets(connection)
    before = await taken(connection, tickets, 1)

    async def fails(tx: AsyncManagedTransaction) -> None:
        await tickets.take(tx, BLOCK * 2)
        raise Conflict("not like that")

    with pytest.raises(Conflict):
        await connection.write(fails)
    after = [*await taken(connection, tickets, 2), *await taken(connection, tickets, 2)]
    assert after == sorted(set(after))
    assert after[0] > before[0]
