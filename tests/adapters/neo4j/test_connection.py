"""What becomes of a unit of work, whatever happens to the server."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack, suppress

import pytest
from neo4j import AsyncManagedTransaction
from neo4j.exceptions import ClientError, TransientError

from app.adapters.graph.neo4j import Neo4jGraph, migrate
from app.adapters.graph.neo4j.connection import GONE, LEASED_SECONDS, LOOKS, Connection, Query, rows
from app.domain.errors import Conflict, Invalid, Unavailable
from app.domain.scope import Scope
from app.memory.lanes import LEASE_TTL
from app.observe import PrometheusMeter
from tests.adapters.neo4j.conftest import connected, opened, reached
from tests.contracts.graph.made import CAROLINE, NOON, draft, request, said
from tests.servers.neo4j import Neo4jServer

ADD = Query("test.add", "MERGE (s:Sequence {name: 'test'}) SET s.value = coalesce(s.value, 0) + 1", writes=True)
VALUE = Query("test.value", "MATCH (s:Sequence {name: 'test'}) RETURN s.value AS value", writes=False)


def gone() -> ClientError:
    error = ClientError("Unable to load NODE 7.")
    error._neo4j_code = GONE
    return error


async def value(connection: Connection) -> int:
    found = await connection.read(lambda tx: rows(tx, VALUE))
    return found[0]["value"] if found else 0


async def test_work_that_raises_leaves_nothing(connection: Connection) -> None:
    async def work(tx: AsyncManagedTransaction) -> None:
        await rows(tx, ADD)
        raise Conflict("not like that")

    with pytest.raises(Conflict, match="not like that"):
        await connection.write(work)
    assert await value(connection) == 0


async def test_work_is_tried_again_after_a_passing_trouble(connection: Connection) -> None:
    tries = 0

    async def work(tx: AsyncManagedTransaction) -> None:
        nonlocal tries
        tries += 1
        await rows(tx, ADD)
        if tries < 2:
            raise TransientError("a deadlock")

    await connection.write(work)
    assert (tries, await value(connection)) == (2, 1)


@pytest.mark.parametrize("sight", [KeyError("id"), Invalid("no tenant"), gone()])
async def test_what_was_deleted_as_it_was_read_is_looked_at_again(connection: Connection, sight: Exception) -> None:
    looks = 0

    async def work(tx: AsyncManagedTransaction) -> int:
        nonlocal looks
        looks += 1
        if looks < LOOKS:
            raise sight
        return looks

    assert await connection.read(work) == LOOKS


async def test_what_is_never_there_is_an_error(connection: Connection) -> None:
    async def work(tx: AsyncManagedTransaction) -> int:
        raise KeyError("id")

    with pytest.raises(KeyError):
        await connection.read(work)


async def test_work_that_is_cancelled_leaves_nothing_and_no_lock(connection: Connection) -> None:
    begun = asyncio.Event()

    async def work(tx: AsyncManagedTransaction) -> None:
        await rows(tx, ADD)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(connection.write(work))
    await begun.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await connection.write(lambda tx: rows(tx, ADD))
    assert await value(connection) == 1


async def test_work_that_takes_too_long_is_ended(connection: Connection) -> None:
    endless = Query("test.endless", "UNWIND range(1, 1000000000000) AS n RETURN max(n * n % 7) AS most", writes=False)
    with pytest.raises(Unavailable, match="took too long"):
        await connection.read(lambda tx: rows(tx, endless), seconds=0.2)


async def test_work_that_stands_still_is_ended_and_keeps_nobody_waiting(connection: Connection) -> None:
    begun, still = asyncio.Event(), asyncio.Event()

    async def work(tx: AsyncManagedTransaction) -> None:
        await rows(tx, ADD)
        begun.set()
        await still.wait()

    task = asyncio.create_task(connection.write(work, seconds=0.2))
    await begun.wait()
    await connection.write(lambda tx: rows(tx, ADD))
    still.set()
    with pytest.raises(Unavailable):
        await task
    assert await value(connection) == 1


def test_nobody_keeps_a_lane_locked_for_longer_than_a_lease() -> None:
    assert LEASE_TTL.total_seconds() >= LEASED_SECONDS


async def test_a_wrong_statement_is_ours(connection: Connection) -> None:
    with pytest.raises(ClientError):
        await connection.read(lambda tx: rows(tx, Query("test.wrong", "RETURN nothing", writes=False)))


async def test_wrong_credentials_are_said_to_be_wrong(database: Neo4jServer) -> None:
    with pytest.raises(Unavailable, match=r"refuses the credentials.*NEO4J_PASSWORD") as raised:
        await Neo4jGraph.open(**{**reached(database), "password": "not-this-one"})
    assert "not-this-one" not in str(raised.value)


async def test_credentials_may_stand_in_the_url(database: Neo4jServer) -> None:
    given = {"user": "somebody", "password": "else", "meter": PrometheusMeter()}
    graph = await Neo4jGraph.open(database.url_with_credentials, **given)
    await graph.check()
    await graph.close()
    await graph.close()
    with pytest.raises(Unavailable):
        await graph.check()


async def test_a_database_that_is_not_there_is_named(database: Neo4jServer) -> None:
    with pytest.raises(Unavailable, match="nowhere"):
        await Neo4jGraph.open(**reached(database), database="nowhere")


@pytest.mark.parametrize("url", ["", "localhost:7687", "http://localhost:7474", "bolt://", "bolt://me:secret@"])
def test_a_url_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid, match="GRAPH_URL") as raised:
        Connection.to(url, user=None, password=None, meter=PrometheusMeter())
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["bolt://127.0.0.1:1", "bolt://nowhere.invalid:7687"])
async def test_a_server_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(Unavailable, match="GRAPH_URL"):
        await Neo4jGraph.open(url, user="neo4j", password="secret", meter=PrometheusMeter())


async def test_a_server_that_is_killed_loses_nothing_and_is_found_again(
    own_neo4j: Neo4jServer, stack: AsyncExitStack
) -> None:
    await migrate(**reached(own_neo4j), clock=lambda: NOON)
    graph = await opened(own_neo4j, stack)
    receipt = await said(graph, "kept", key="k")
    own_neo4j.stop(signal.SIGKILL)
    with pytest.raises(Unavailable):
        await graph.check()
    with pytest.raises(Unavailable):
        await said(graph, "lost")
    own_neo4j.start()
    await graph.check()
    assert await graph.episodes.all(CAROLINE, 0, 10) == list(receipt.fresh)
    assert (await said(graph, "kept", key="k")).accepted == receipt.accepted
    assert (await said(graph, "next")).fresh[0].seq == 2


async def test_two_processes_share_the_sequence_of_a_user(
    graph: Neo4jGraph, database: Neo4jServer, stack: AsyncExitStack
) -> None:
    other = await opened(database, stack)
    sent = [
        one.episodes.append(CAROLINE, request(draft(f"{n}", client_id=f"c{n}"), session=f"s{n % 3}"))
        for n in range(20)
        for one in (graph, other)
    ]
    receipts = await asyncio.gather(*sent)
    stored = await other.episodes.all(CAROLINE, 0, 100)
    assert [episode.seq for episode in stored] == list(range(1, 21))
    assert sum(len(receipt.fresh) for receipt in receipts) == 20
    tickets = [ticket for receipt in receipts for ticket in receipt.tickets]
    assert len(set(tickets)) == 20


async def test_of_two_processes_a_reader_sees_what_it_wrote(
    graph: Neo4jGraph, database: Neo4jServer, stack: AsyncExitStack
) -> None:
    for n in range(10):
        receipt = await said(graph, scope=Scope("acme", f"u{n}"))
        assert await graph.episodes.all(Scope("acme", f"u{n}"), 0, 10) == list(receipt.fresh)
    connection = connected(database, stack)
    await connection.write(lambda tx: rows(tx, ADD))
    assert await value(connection) == 1
