"""Brings a database up to the schema that the code was written for, one numbered migration at a time.

Neo4j changes its schema and its data in different transactions, so that each statement of a migration has one of its
own. A migration that broke off is begun anew: each of its statements can be repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.migration_files import Migration, MigrationStatus, shipped
from app.domain.errors import StoreNewer, StoreUnmigrated
from app.domain.time import Clock

ENGINE = "neo4j"
MIGRATE_SECONDS = 3_600.0
"""The most that all of it may take, waiting for another process included."""

_CONSTRAINTS = (
    "CREATE CONSTRAINT migration IF NOT EXISTS FOR (m:Migration) REQUIRE m.number IS UNIQUE",
    "CREATE CONSTRAINT migration_turn IF NOT EXISTS FOR (t:MigrationTurn) REQUIRE t.name IS UNIQUE",
)
_AWAIT_INDEXES = "CALL db.awaitIndexes($seconds)"
_TURN = Query("migrations.turn", "MERGE (t:MigrationTurn {name: 'turn'}) SET t.taken = true", writes=True)
_RECORDED = Query(
    "migrations.recorded",
    """
    MATCH (m:Migration)
    WHERE m.number > 0
    RETURN m.number AS number, m.name AS name, m.checksum AS checksum, m.applied_at AS applied_at
    """,
    writes=False,
)
_RECORD = "CREATE (m:Migration {number: $number, name: $name, checksum: $checksum, applied_at: $applied_at})"
QUERIES = (_TURN, _RECORDED)

_END = re.compile(r";[ \t]*(?:\n|$)")

Recorded = dict[int, dict[str, Any]]
"""By number: name, checksum and when."""


async def migrate(
    connection: Connection, clock: Clock, migrations: Sequence[Migration] | None = None
) -> list[MigrationStatus]:
    """Apply what is missing, and return what was applied. May be run again, and by several processes at once.
    Raises StoreNewer, StoreUnmigrated for one that changed since it was applied, Unavailable; the database then stands
    as after the last statement that succeeded."""
    wanted = shipped(ENGINE) if migrations is None else migrations
    if not await _missing(connection, wanted):
        return []
    for constraint in _CONSTRAINTS:
        await connection.command(constraint)

    async def work(tx: AsyncManagedTransaction) -> list[MigrationStatus]:
        # whoever comes second waits here until this transaction ends, which only keeps the turn
        await rows(tx, _TURN)
        applied = []
        for migration in await _missing(connection, wanted):
            for statement in statements(migration.text):
                await connection.command(statement, seconds=MIGRATE_SECONDS)
            await connection.command(_AWAIT_INDEXES, {"seconds": int(MIGRATE_SECONDS)}, seconds=MIGRATE_SECONDS)
            now = clock()
            record = {"number": migration.number, "name": migration.name, "checksum": migration.checksum}
            await connection.command(_RECORD, {**record, "applied_at": micros(now)})
            applied.append(MigrationStatus(migration.number, migration.name, now))
        return applied

    return await connection.write(work, seconds=MIGRATE_SECONDS)


async def status(connection: Connection, migrations: Sequence[Migration] | None = None) -> list[MigrationStatus]:
    """Every migration, applied or not, by number; changes nothing.
    Raises StoreNewer, StoreUnmigrated for one that changed since it was applied, Unavailable."""
    wanted = shipped(ENGINE) if migrations is None else migrations
    recorded = await _recorded(connection)
    _refuse_strangers(connection.place, wanted, recorded)
    return [
        MigrationStatus(m.number, m.name, moment(recorded[m.number]["applied_at"]) if m.number in recorded else None)
        for m in wanted
    ]


async def refuse_unmigrated(connection: Connection) -> None:
    """Raises StoreUnmigrated when one is missing, and as `status`."""
    missing = [one for one in await status(connection) if one.applied_at is None]
    if missing:
        named = ", ".join(f"{one.number:04} {one.name!r}" for one in missing)
        raise StoreUnmigrated(f"the graph store {connection.place} lacks {named}; run `palimpsest migrate`")


def statements(script: str) -> Iterator[str]:
    """A script's statements one by one. A statement ends with a semicolon at the end of a line; lines that begin with
    two slashes are comments."""
    bare = "".join(line for line in script.splitlines(keepends=True) if not line.lstrip().startswith("//"))
    for statement in _END.split(bare):
        if statement.strip():
            yield statement.strip()


async def _missing(connection: Connection, wanted: Sequence[Migration]) -> list[Migration]:
    recorded = await _recorded(connection)
    _refuse_strangers(connection.place, wanted, recorded)
    return [migration for migration in wanted if migration.number not in recorded]


async def _recorded(connection: Connection) -> Recorded:
    return {row["number"]: row for row in await connection.read(lambda tx: rows(tx, _RECORDED))}


def _refuse_strangers(place: str, wanted: Sequence[Migration], recorded: Recorded) -> None:
    newest = max(recorded, default=0)
    if newest > len(wanted):
        raise StoreNewer(
            f"{place} was written by a newer version of Palimpsest (its migration {newest:04} "
            f"{recorded[newest]['name']!r} is unknown here); install that version or a later one, or restore a backup "
            "made before the upgrade"
        )
    for migration in wanted:
        if migration.number in recorded and recorded[migration.number]["checksum"] != migration.checksum:
            raise StoreUnmigrated(
                f"migration {migration.number:04} {migration.name!r} differs from the one that {place} was made with; "
                "reinstall Palimpsest, or use the version that made it"
            )
