"""A file is brought up to the code, in order, once, and never by code that does not know it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from app.adapters.graph.sqlite import SqliteGraph
from app.adapters.graph.sqlite.migrations import migrate, statements, status
from app.adapters.migration_files import Migration, MigrationStatus, migrations_folder, shipped
from app.domain.errors import Conflict, StoreNewer, StoreUnmigrated
from tests.contracts.graph.made import HOUR, NOON

ONE = Migration(1, "letters", "CREATE TABLE letter (id INTEGER PRIMARY KEY);\nINSERT INTO letter VALUES (1);\n")
TWO = Migration(2, "stamps", "CREATE TABLE stamp (letter INTEGER REFERENCES letter (id));\n")


def now() -> datetime:
    return NOON


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def test_what_is_missing_is_applied_in_order_and_once(path: Path) -> None:
    assert migrate(path, now, [ONE]) == [MigrationStatus(1, "letters", NOON)]
    assert status(path, [ONE, TWO]) == [MigrationStatus(1, "letters", NOON), MigrationStatus(2, "stamps", None)]
    assert migrate(path, lambda: NOON + HOUR, [ONE, TWO]) == [MigrationStatus(2, "stamps", NOON + HOUR)]
    assert migrate(path, now, [ONE, TWO]) == []
    assert [one.applied_at for one in status(path, [ONE, TWO])] == [NOON, NOON + HOUR]


def test_asking_for_the_status_makes_no_file(path: Path) -> None:
    assert status(path, [ONE]) == [MigrationStatus(1, "letters", None)]
    assert not path.exists()


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    broken = Migration(2, "broken", "CREATE TABLE stamp (id INTEGER);\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(path, now, [ONE, broken])
    assert tables(path) == {"migration", "letter"}
    assert migrate(path, now, [ONE, TWO]) == [MigrationStatus(2, "stamps", NOON)]


def test_a_migration_may_rebuild_a_table_but_not_leave_others_pointing_at_nothing(path: Path) -> None:
    stamped = Migration(2, "stamps", TWO.text + "INSERT INTO stamp VALUES (1);\n")
    rebuilt = Migration(
        3,
        "rebuilt",
        "CREATE TABLE copy (id INTEGER PRIMARY KEY, address TEXT);\nINSERT INTO copy SELECT id, '' FROM letter;\n"
        "DROP TABLE letter;\nALTER TABLE copy RENAME TO letter;\n",
    )
    migrate(path, now, [ONE, stamped, rebuilt])
    emptied = Migration(4, "emptied", "DELETE FROM letter;\n")
    with pytest.raises(Conflict, match="migration 0004 leaves stamp pointing at nothing"):
        migrate(path, now, [ONE, stamped, rebuilt, emptied])
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT id, address FROM letter").fetchall() == [(1, "")]


def test_a_newer_file_is_refused_and_the_message_says_what_to_do(path: Path) -> None:
    migrate(path, now, [ONE, TWO])
    for attempt in (lambda: migrate(path, now, [ONE]), lambda: status(path, [ONE])):
        with pytest.raises(StoreNewer, match=r"newer version.*0002 'stamps'.*install that version"):
            attempt()


def test_a_migration_that_changed_since_it_was_applied_is_refused(path: Path) -> None:
    migrate(path, now, [ONE])
    changed = Migration(1, "letters", ONE.text + "-- a second thought\n")
    for attempt in (lambda: migrate(path, now, [changed, TWO]), lambda: status(path, [changed, TWO])):
        with pytest.raises(StoreUnmigrated, match="0001 'letters' differs"):
            attempt()
    assert tables(path) == {"migration", "letter"}


def test_processes_that_migrate_at_once_do_it_once(path: Path) -> None:
    program = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from app.adapters.graph.sqlite.migrations import migrate
sys.stdin.readline()
print(len(migrate(Path(sys.argv[1]), lambda: datetime.now(UTC))))
"""
    command = [sys.executable, "-c", program, str(path)]
    root = Path(__file__).parents[3]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": root}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    applied = [int(process.communicate(timeout=60)[0]) for process in processes]
    # each migration is a transaction of its own, so they may share them out
    assert sum(applied) == len(shipped("sqlite"))
    assert all(process.returncode == 0 for process in processes)
    assert all(one.applied_at is not None for one in status(path))


async def test_a_store_is_migrated_when_it_is_opened(path: Path) -> None:
    assert {one.applied_at for one in await SqliteGraph.migrations(path)} == {None}
    graph = await SqliteGraph.open(path, now)
    assert {one.applied_at for one in await SqliteGraph.migrations(path)} == {NOON}
    await graph.close()


def test_line_ends_do_not_change_a_checksum(tmp_path: Path) -> None:
    for folder, text in (("unix", "SELECT 1;\n"), ("windows", "SELECT 1;\r\n")):
        (tmp_path / folder / "sqlite").mkdir(parents=True)
        (tmp_path / folder / "sqlite" / "0001_one.sql").write_bytes(text.encode())
    (unix,), (windows,) = shipped("sqlite", tmp_path / "unix"), shipped("sqlite", tmp_path / "windows")
    assert unix.checksum == windows.checksum


def test_a_gap_in_the_numbers_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "sqlite").mkdir()
    (tmp_path / "sqlite" / "0002_two.sql").touch()
    with pytest.raises(ValueError, match=r"numbered \[2\]"):
        shipped("sqlite", tmp_path)


def test_a_checkout_finds_its_migrations() -> None:
    assert (migrations_folder() / "sqlite").is_dir()


def test_a_script_is_taken_apart_into_statements() -> None:
    script = (
        "-- first; of all\nCREATE TABLE a (x TEXT DEFAULT ';');\n\n"
        "CREATE TRIGGER t AFTER INSERT ON a\nBEGIN\n  DELETE FROM a;\n  SELECT 1;\nEND;\nSELECT 2"
    )
    create, trigger, rest = statements(script)
    assert "CREATE TABLE" in create
    assert trigger.strip().startswith("CREATE TRIGGER")
    assert trigger.strip().endswith("END;")
    assert rest.strip() == "SELECT 2"


def test_merges_and_what_counts_them_outlive_the_rebuilding_of_their_table(path: Path) -> None:
    before = [migration for migration in shipped("sqlite") if migration.number < 5]
    migrate(path, now, before)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO user (tenant, user) VALUES ('t', 'u')")
        for id in ("bob", "robert"):
            connection.execute("INSERT INTO entity VALUES ('t', 'u', ?, 'Bob', 'person', 0, NULL)", [id])
        connection.execute(
            "INSERT INTO entity_merge VALUES ('t', 'u', 'm', 'bob', 'robert', 1.0, 'caller', '[]', 'caller', 0, NULL)"
        )
    migrate(path, now)
    with closing(sqlite3.connect(path)) as connection, connection:
        kept = connection.execute("SELECT id, entity_id, into_id, merged_by, undone_at FROM entity_merge").fetchall()
        assert kept == [("m", "bob", "robert", "caller", None)]
        assert connection.execute("SELECT entities FROM user").fetchall() == [(1,)]
        connection.execute("UPDATE entity_merge SET undone_at = 1")
        assert connection.execute("SELECT entities FROM user").fetchall() == [(2,)]
