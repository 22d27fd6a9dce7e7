"""The core that agents keep, the log of their calls, and what became of those."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import (
    below,
    bounded,
    micros,
    moment,
    object_text,
    refs,
    refs_text,
    seen_of,
    seen_text,
)
from app.adapters.graph.sqlite import users
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import Row, listed, placeholders
from app.domain.errors import Conflict, NotFound
from app.domain.operations import MAX_SPAN, NO_CORE, CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope

CORE = "version, content, at"
OPERATION = "number, at, tool, arguments, seen, results, error, actor"
OUTCOME = "number, first, last, reward, details, at, actor"

_OWN = "tenant = :tenant AND user = :user"
_CORES = f"SELECT {CORE} FROM core_memory WHERE {_OWN} AND version < :below ORDER BY version DESC LIMIT :limit"
_CORE_THEN = f"SELECT {CORE} FROM core_memory WHERE {_OWN} AND at <= :at ORDER BY version DESC LIMIT 1"
_CORES_OF = f"""
    SELECT {CORE} FROM core_memory WHERE {_OWN} AND version IN (SELECT value FROM json_each(:versions)) ORDER BY version
"""
_OPERATIONS = f"SELECT {OPERATION} FROM operation WHERE {_OWN} AND number > :after ORDER BY number LIMIT :limit"
_OUTCOMES = f"""
    SELECT {OUTCOME} FROM operation_outcome INDEXED BY operation_outcome_first
    WHERE {_OWN} AND first > :before AND first <= :last AND last >= :first
"""


class SqliteOperations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def core(self, scope: Scope, known_at: datetime | None = None) -> CoreVersion:
        if known_at is None:
            found = await self.core_versions(scope, None, 1)
        else:
            found = [core(row) for row in await self._rows(_CORE_THEN, scope, at=micros(known_at))]
        return found[0] if found else NO_CORE

    async def core_versions(self, scope: Scope, before: int | None, limit: int) -> list[CoreVersion]:
        return [core(row) for row in await self._rows(_CORES, scope, below=below(before), limit=limit)]

    async def cores(self, scope: Scope, versions: Sequence[int]) -> list[CoreVersion]:
        return [core(row) for row in await self._rows(_CORES_OF, scope, versions=listed(versions))]

    async def log(self, scope: Scope, operation: Operation) -> int:
        def work(connection: Connection) -> int:
            users.ensure(connection, scope)
            users.touch(connection, scope, operation.at)
            return append(connection, scope, operation)

        return await self._database.write(work)

    async def operations(self, scope: Scope, after: int, limit: int) -> list[Operation]:
        found = await self._rows(_OPERATIONS, scope, after=bounded(after), limit=limit)
        return [operation(row) for row in found]

    async def add_outcome(self, scope: Scope, outcome: OperationOutcome) -> int:
        def work(connection: Connection) -> int:
            there = _last(connection, scope, "operation")
            if not 1 <= outcome.first <= outcome.last <= there:
                raise NotFound(f"there are no operations {outcome.first} to {outcome.last}; the last one is {there}")
            number = _last(connection, scope, "operation_outcome") + 1
            _insert(connection, scope, "operation_outcome", OUTCOME, [(number, *outcome_row(outcome)[1:])])
            users.touch(connection, scope, outcome.at)
            return number

        return await self._database.write(work)

    async def outcomes(self, scope: Scope, first: int, last: int) -> list[OperationOutcome]:
        first, last = bounded(first), bounded(last)
        found = await self._rows(_OUTCOMES, scope, before=bounded(first - MAX_SPAN), first=first, last=last)
        return sorted((outcome(row) for row in found), key=lambda one: one.number)

    async def last(self, scope: Scope) -> tuple[int, int]:
        def work(connection: Connection) -> tuple[int, int]:
            return _last(connection, scope, "operation"), _last(connection, scope, "operation_outcome")

        return await self._database.read(work)

    async def _rows(self, text: str, scope: Scope, **given: str | int) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            return connection.execute(text, {"tenant": scope.tenant, "user": scope.user, **given}).fetchall()

        return await self._database.read(work)


def put_core(connection: Connection, scope: Scope, core: CoreVersion) -> None:
    """Raises Conflict for a version that does not come next."""
    row = connection.execute(
        "SELECT max(version) FROM core_memory WHERE tenant = ? AND user = ?", (scope.tenant, scope.user)
    ).fetchone()
    if core.version != (row[0] or 0) + 1:
        raise Conflict(f"version {core.version} of the core memory does not come next")
    write_cores(connection, scope, [core])


def append(connection: Connection, scope: Scope, operation: Operation) -> int:
    """Its number, which is the next."""
    number = _last(connection, scope, "operation") + 1
    _insert(connection, scope, "operation", OPERATION, [(number, *operation_row(operation)[1:])])
    return number


def write_cores(connection: Connection, scope: Scope, cores: Sequence[CoreVersion]) -> None:
    _insert(connection, scope, "core_memory", CORE, [(c.version, c.content, micros(c.at)) for c in cores])


def write_operations(connection: Connection, scope: Scope, operations: Sequence[Operation]) -> None:
    """With the numbers that they have."""
    _insert(connection, scope, "operation", OPERATION, map(operation_row, operations))


def write_outcomes(connection: Connection, scope: Scope, outcomes: Sequence[OperationOutcome]) -> None:
    """With the numbers that they have."""
    _insert(connection, scope, "operation_outcome", OUTCOME, map(outcome_row, outcomes))


def _last(connection: Connection, scope: Scope, table: str) -> int:
    row = connection.execute(
        f"SELECT number FROM {table} WHERE tenant = ? AND user = ? ORDER BY number DESC LIMIT 1",
        (scope.tenant, scope.user),
    ).fetchone()
    return 0 if row is None else int(row[0])


def _insert(connection: Connection, scope: Scope, table: str, columns: str, rows: Iterable[Row]) -> None:
    connection.executemany(
        f"INSERT INTO {table} (tenant, user, {columns}) VALUES (?, ?, {placeholders(columns)})",
        [(scope.tenant, scope.user, *row) for row in rows],
    )


def core(row: Row) -> CoreVersion:
    version, content, at = row
    return CoreVersion(version, content, moment(at))


def operation_row(o: Operation) -> Row:
    return (
        o.number,
        micros(o.at),
        o.tool,
        object_text(o.arguments),
        seen_text(o.seen),
        refs_text(o.results),
        o.error,
        o.actor,
    )


def operation(row: Row) -> Operation:
    number, at, tool, arguments, seen, results, error, actor = row
    return Operation(number, moment(at), tool, json.loads(arguments), seen_of(seen), refs(results), error, actor)


def outcome_row(o: OperationOutcome) -> Row:
    return (o.number, o.first, o.last, o.reward, object_text(o.details), micros(o.at), o.actor)


def outcome(row: Row) -> OperationOutcome:
    number, first, last, reward, details, at, actor = row
    return OperationOutcome(number, first, last, reward, json.loads(details), moment(at), actor)
