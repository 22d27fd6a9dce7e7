"""A database is brought up to the code, in order, once, and never by code that does not know it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.adapters.graph.neo4j import Neo4jGraph, migrated
from app.adapters.graph.neo4j.connection import Connection
from app.adapters.graph.neo4j.migrations import migrate, statements, status
from app.adapters.migration_files import Migration, MigrationStatus, migrations_folder, shipped
from app.domain.errors import StoreNewer, StoreUnmigrated
from tests.adapters.neo4j.conftest import connected, reached
from tests.contracts.graph.made import HOUR, NOON
from tests.servers.neo4j import Neo4jServer

ONE = Migration(
    1,
    "letters",
    "// Letters.\nCREATE CONSTRAINT letter FOR (l:Letter) REQUIRE l.id IS UNIQUE;\nMERGE (:Letter {id: 1});\n",
)
TWO = Migration(2, "stamps", "CREATE INDEX stamp IF NOT EXISTS FOR (s:Stamp) ON (s.colour);\n")


@pytest.fixture
async def connection(bare: Neo4jServer, stack: AsyncExitStack) -> Connection:
    return connected(bare, stack)


async def test_what_is_missing_is_applied_in_order_and_once(connection: Connection) -> None:
    assert await migrate(connection, lambda: NOON, [ONE]) == [MigrationStatus(1, "letters", NOON)]
    assert await status(connection, [ONE, TWO]) == [
        MigrationStatus(1, "letters", NOON),
        MigrationStatus(2, "stamps", None),
    ]
    later = NOON + HOUR
    assert await migrate(connection, lambda: later, [ONE, TWO]) == [MigrationStatus(2, "stamps", later)]
    assert await migrate(connection, lambda: NOON, [ONE, TWO]) == []
    assert [one.applied_at for one in await status(connection, [ONE, TWO])] == [NOON, later]


async def test_schema_and_data_may_stand_in_one_migration(bare: Neo4jServer, connection: Connection) -> None:
    await migrate(connection, lambda: NOON, [ONE])
    assert [row["id"] for row in bare.query("MATCH (l:Letter) RETURN l.id AS id")] == [1]
    assert "letter" in {row["name"] for row in bare.query("SHOW CONSTRAINTS YIELD name")}


async def test_asking_for_the_status_changes_nothing(bare: Neo4jServer, connection: Connection) -> None:
    assert await status(connection, [ONE]) == [MigrationStatus(1, "letters", None)]
    assert bare.query("MATCH (n) RETURN n") == []
    assert bare.query("SHOW CONSTRAINTS") == []


async def test_a_migration_that_broke_off_is_begun_anew(connection: Connection) -> None:
    broken = Migration(2, "stamps", TWO.text + "MERGE (:Letter {id: 1, id: });\n")
    with pytest.raises(Exception, match="Invalid input"):
        await migrate(connection, lambda: NOON, [ONE, broken])
    assert [one.applied_at for one in await status(connection, [ONE, TWO])] == [NOON, None]
    assert await migrate(connection, lambda: NOON, [ONE, TWO]) == [MigrationStatus(2, "stamps", NOON)]


async def test_a_newer_database_is_refused_and_the_message_says_what_to_do(connection: Connection) -> None:
    await migrate(connection, lambda: NOON, [ONE, TWO])
    for attempt in (migrate(connection, lambda: NOON, [ONE]), status(connection, [ONE])):
        with pytest.raises(StoreNewer, match=r"newer version.*0002 'stamps'.*install that version"):
            await attempt


async def test_a_migration_that_changed_since_it_was_applied_is_refused(connection: Connection) -> None:
    await migrate(connection, lambda: NOON, [ONE])
    changed = Migration(1, "letters", ONE.text + "// a second thought\n")
    for attempt in (migrate(connection, lambda: NOON, [changed, TWO]), status(connection, [changed, TWO])):
        with pytest.raises(StoreUnmigrated, match="0001 'letters' differs"):
            await attempt


async def test_processes_that_migrate_at_once_do_it_once(bare: Neo4jServer) -> None:
    program = """
import asyncio, sys
from datetime import UTC, datetime
from app.adapters.graph.neo4j import migrate
from app.observe import PrometheusMeter
url = sys.stdin.readline().strip()
clock = lambda: datetime.now(UTC)
print(len(asyncio.run(migrate(url, user=None, password=None, clock=clock, meter=PrometheusMeter()))))
"""
    root = Path(__file__).parents[3]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": root}
    processes = [subprocess.Popen([sys.executable, "-c", program], **pipes) for _ in range(3)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(bare.url_with_credentials + "\n")
        process.stdin.flush()
    applied = [int(process.communicate(timeout=120)[0]) for process in processes]
    assert sorted(applied) == [0, 0, len(shipped("neo4j"))]
    (count,) = bare.query("MATCH (m:Migration) RETURN count(m) AS count")
    assert count["count"] == len(shipped("neo4j"))


async def test_an_unmigrated_database_is_not_opened(bare: Neo4jServer) -> None:
    with pytest.raises(StoreUnmigrated, match=r"0001 'record'.*run `palimpsest migrate`"):
        await Neo4jGraph.open(**reached(bare))
    assert {one.applied_at for one in await migrated(**reached(bare))} == {None}


async def test_what_is_shipped_can_be_repeated(bare: Neo4jServer, connection: Connection) -> None:
    await migrate(connection, lambda: NOON)
    schema = sorted(row["name"] for row in bare.query("SHOW INDEXES YIELD name"))
    bare.query("MATCH (m:Migration) DELETE m")
    await migrate(connection, lambda: NOON)
    assert sorted(row["name"] for row in bare.query("SHOW INDEXES YIELD name")) == schema
    assert {row["state"] for row in bare.query("SHOW INDEXES YIELD state")} == {"ONLINE"}


def test_statements_end_at_the_end_of_a_line_and_comments_are_left_out() -> None:
    script = "// one; two;\nRETURN ';' AS a,\n  // aside\n  'b;c' AS d;\n\nRETURN 2;"
    assert list(statements(script)) == ["RETURN ';' AS a,\n  'b;c' AS d", "RETURN 2"]


def test_the_shipped_migrations_are_numbered_and_named() -> None:
    files = sorted(file.name for file in (migrations_folder() / "neo4j").iterdir())
    assert files == [f"{one.number:04}_{one.name}.cypher" for one in shipped("neo4j")]
