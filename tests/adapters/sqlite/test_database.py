"""Threads, transactions and what goes wrong with a file."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

import pytest

from app.adapters.graph.sqlite import SqliteGraph
from app.adapters.graph.sqlite.connecting import connect
from app.adapters.graph.sqlite.database import READERS, Database
from app.domain.errors import Conflict, Unavailable
from tests.contracts.graph.made import CAROLINE, NOON, said


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    with closing(connect(path, busy_timeout=1)) as connection:
        connection.execute("CREATE TABLE kept (x INTEGER PRIMARY KEY)")
    opened = await Database.open(path, busy_timeout=0.05)
    yield opened
    await opened.close()


def insert(x: int) -> Callable[[Connection], int]:
    return lambda connection: connection.execute("INSERT INTO kept VALUES (?)", (x,)).rowcount


def kept(connection: Connection) -> list[int]:
    return [x for (x,) in connection.execute("SELECT x FROM kept ORDER BY x")]


async def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute("INSERT INTO kept VALUES (1)")
        raise LookupError("halfway")

    with pytest.raises(LookupError, match="halfway"):
        await database.write(work)
    assert await database.read(kept) == []
    assert await database.write(insert(2)) == 1
    assert await database.read(kept) == [2]


async def test_a_broken_constraint_is_a_conflict(database: Database) -> None:
    await database.write(insert(1))
    with pytest.raises(Conflict, match="UNIQUE"):
        await database.write(insert(1))


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable, match="cannot be written"):
        await database.read(insert(1))


async def test_a_mistake_in_a_statement_is_not_taken_for_an_outage(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.read(lambda connection: connection.execute("SELECT 1 FROM nowhere"))


async def test_a_read_sees_one_moment(database: Database) -> None:
    begun, written = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[list[int], list[int]]:
        before = kept(connection)
        begun.set()
        assert written.wait(10)
        return before, kept(connection)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(begun.wait, 10)
    await database.write(insert(1))
    written.set()
    assert await reading == ([], [])
    assert await database.read(kept) == [1]


async def test_readers_do_not_wait_for_each_other_or_the_writer(database: Database) -> None:
    together = threading.Barrier(READERS + 1)
    works = [database.read(lambda _: together.wait(10)) for _ in range(READERS)]
    await asyncio.gather(database.write(lambda _: together.wait(10)), *works)


async def test_a_cancelled_writer_leaves_no_transaction_open(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        connection.execute("INSERT INTO kept VALUES (1)")
        begun.set()
        assert go_on.wait(10)

    running = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    queued = asyncio.create_task(database.write(insert(2)))
    await asyncio.sleep(0)
    for task in (running, queued):
        task.cancel()
    for task in (running, queued):
        with pytest.raises(asyncio.CancelledError):
            await task
    go_on.set()
    # what had begun came to its end, what had not begun never ran
    assert await database.write(insert(3)) == 1
    assert await database.read(kept) == [1, 3]


async def test_a_lock_held_by_another_process_is_an_outage(database: Database, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="another process keeps it locked"):
            await database.write(insert(1))
        assert await database.read(kept) == []
        other.execute("ROLLBACK")
    assert await database.write(insert(1)) == 1


async def test_a_full_disk_is_an_outage_and_nothing_is_half_written(database: Database) -> None:
    def pages(connection: Connection) -> int:
        return int(connection.execute("PRAGMA page_count").fetchone()[0])

    now = await database.read(pages)
    await database.write(lambda connection: connection.execute(f"PRAGMA max_page_count = {now + 2}").fetchone())

    def fill(connection: Connection) -> None:
        connection.executemany("INSERT INTO kept VALUES (?)", [(x,) for x in range(100_000)])

    with pytest.raises(Unavailable, match="the disk is full"):
        await database.write(fill)
    assert await database.read(kept) == []
    assert await database.write(insert(1)) == 1


async def test_a_closed_store_says_so(graph: SqliteGraph) -> None:
    await graph.check()
    await graph.close()
    await graph.close()
    with pytest.raises(Unavailable, match="is closed"):
        await graph.check()


async def test_closing_lets_what_runs_come_to_its_end(graph: SqliteGraph, path: Path) -> None:
    writing = [asyncio.create_task(said(graph, str(n))) for n in range(20)]
    await asyncio.sleep(0)
    await graph.close()
    await asyncio.gather(*writing)
    again = await SqliteGraph.open(path, lambda: NOON)
    assert (await again.episodes.user(CAROLINE)).episodes == 20
    await again.close()
    assert not path.with_name(path.name + "-wal").exists()


async def test_check_says_when_no_write_is_taken(path: Path) -> None:
    graph = await SqliteGraph.open(path, lambda: NOON, busy_timeout=0.05)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await graph.check()
    await graph.check()
    await graph.close()


async def test_what_is_no_database_is_refused(path: Path) -> None:
    path.write_text("Dear diary, this is not a database.\n" * 100)
    with pytest.raises(Unavailable, match="it is not a SQLite database"):
        await SqliteGraph.open(path, lambda: NOON)


async def test_a_place_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"graph\.db cannot be opened"):
        await SqliteGraph.open(tmp_path / "file" / "graph.db", lambda: NOON)
    with pytest.raises(Unavailable, match="cannot be opened"):
        await SqliteGraph.open(tmp_path, lambda: NOON)


@pytest.mark.skipif(sys.platform == "win32", reason="has no modes")
async def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "graph.db"
    graph = await SqliteGraph.open(path, lambda: NOON)
    await said(graph)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"graph.db": 0o600, "graph.db-wal": 0o600, "graph.db-shm": 0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    await graph.close()


async def test_commits_are_flushed_to_the_disk_unless_told_otherwise(database: Database) -> None:
    def synchronous(connection: Connection) -> int:
        return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    full, normal = 2, 1
    assert await database.write(synchronous) == full
    assert await database.write(synchronous, durable=False) == normal
    assert await database.write(synchronous) == full
