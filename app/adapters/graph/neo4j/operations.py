"""The core that agents keep, the log of their calls, and what became of those."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from neo4j import AsyncManagedTransaction

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
from app.adapters.graph.neo4j import users
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.properties import Properties
from app.domain.errors import Conflict, NotFound
from app.domain.operations import MAX_SPAN, NO_CORE, CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope


def _last(label: str, name: str) -> Query:
    return Query(
        f"operations.last_{name}",
        f"""
        MATCH (n:{label})
        WHERE n.tenant = $tenant AND n.user = $user AND n.number > 0
        RETURN n.number AS number ORDER BY n.tenant DESC, n.user DESC, n.number DESC LIMIT 1
        """,
        writes=False,
    )


def _add(label: str, name: str) -> Query:
    return Query(
        f"operations.add_{name}",
        f"""
        UNWIND $rows AS row
        CREATE (n:{label} {{tenant: $tenant, user: $user}})
        SET n += row
        """,
        writes=True,
    )


_LAST_OPERATION = _last("Operation", "operation")
_LAST_OUTCOME = _last("OperationOutcome", "outcome")
_ADD_CORE = _add("CoreMemory", "core")
_ADD_OPERATION = _add("Operation", "operation")
_ADD_OUTCOME = _add("OperationOutcome", "outcome")
_PAGE = Query(
    "operations.page",
    """
    MATCH (o:Operation)
    WHERE o.tenant = $tenant AND o.user = $user AND o.number > $after
    RETURN o {.*} AS found ORDER BY o.tenant, o.user, o.number LIMIT $limit
    """,
    writes=False,
)
_CORES = Query(
    "operations.cores",
    """
    MATCH (c:CoreMemory)
    WHERE c.tenant = $tenant AND c.user = $user AND c.version < $below
    RETURN c {.*} AS found ORDER BY c.tenant DESC, c.user DESC, c.version DESC LIMIT $limit
    """,
    writes=False,
)
_CORE_THEN = Query(
    "operations.core_then",
    """
    MATCH (c:CoreMemory)
    WHERE c.tenant = $tenant AND c.user = $user AND c.version > 0 AND c.at <= $at
    RETURN c {.*} AS found ORDER BY c.tenant DESC, c.user DESC, c.version DESC LIMIT 1
    """,
    writes=False,
)
_CORES_OF = Query(
    "operations.cores_of",
    """
    UNWIND $versions AS version
    MATCH (c:CoreMemory {tenant: $tenant, user: $user, version: version})
    RETURN c {.*} AS found
    """,
    writes=False,
)
_ABOUT = Query(
    "operations.outcomes_about",
    """
    MATCH (r:OperationOutcome) USING INDEX SEEK r:OperationOutcome(tenant, user, first)
    WHERE r.tenant = $tenant AND r.user = $user AND r.first > $before AND r.first <= $last AND r.last >= $first
    RETURN r {.*} AS found
    """,
    writes=False,
)
QUERIES = (
    _PAGE,
    _LAST_OPERATION,
    _LAST_OUTCOME,
    _ADD_CORE,
    _ADD_OPERATION,
    _ADD_OUTCOME,
    _CORES,
    _CORE_THEN,
    _CORES_OF,
    _ABOUT,
)


class Neo4jOperations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def core(self, scope: Scope, known_at: datetime | None = None) -> CoreVersion:
        if known_at is None:
            found = await self.core_versions(scope, None, 1)
        else:
            found = [core(one) for one in await self._found(_CORE_THEN, scope, at=micros(known_at))]
        return found[0] if found else NO_CORE

    async def core_versions(self, scope: Scope, before: int | None, limit: int) -> list[CoreVersion]:
        return [core(one) for one in await self._found(_CORES, scope, below=below(before), limit=limit)]

    async def cores(self, scope: Scope, versions: Sequence[int]) -> list[CoreVersion]:
        found = await self._found(_CORES_OF, scope, versions=list(dict.fromkeys(versions))) if versions else []
        return sorted((core(one) for one in found), key=lambda one: one.version)

    async def log(self, scope: Scope, operation: Operation) -> int:
        async def work(tx: AsyncManagedTransaction) -> int:
            await users.ensure(tx, scope)
            await users.touch(tx, scope, operation.at)
            return await append(tx, scope, operation)

        return await self._connection.write(work)

    async def operations(self, scope: Scope, after: int, limit: int) -> list[Operation]:
        found = await self._found(_PAGE, scope, after=bounded(after), limit=limit)
        return [operation(one) for one in found]

    async def add_outcome(self, scope: Scope, outcome: OperationOutcome) -> int:
        async def work(tx: AsyncManagedTransaction) -> int:
            await users.lock(tx, scope)
            there = await _number(tx, scope, _LAST_OPERATION)
            if not 1 <= outcome.first <= outcome.last <= there:
                raise NotFound(f"there are no operations {outcome.first} to {outcome.last}; the last one is {there}")
            number = await _number(tx, scope, _LAST_OUTCOME) + 1
            await _run(tx, _ADD_OUTCOME, scope, rows=[{**outcome_properties(outcome), "number": number}])
            await users.touch(tx, scope, outcome.at)
            return number

        return await self._connection.write(work)

    async def outcomes(self, scope: Scope, first: int, last: int) -> list[OperationOutcome]:
        first, last = bounded(first), bounded(last)
        found = await self._found(_ABOUT, scope, before=bounded(first - MAX_SPAN), first=first, last=last)
        return sorted((outcome(one) for one in found), key=lambda one: one.number)

    async def last(self, scope: Scope) -> tuple[int, int]:
        async def work(tx: AsyncManagedTransaction) -> tuple[int, int]:
            return await _number(tx, scope, _LAST_OPERATION), await _number(tx, scope, _LAST_OUTCOME)

        return await self._connection.read(work)

    async def _found(self, query: Query, scope: Scope, **given: Any) -> list[Properties]:
        return [row["found"] for row in await self._connection.read(lambda tx: _run(tx, query, scope, **given))]


async def put_core(tx: AsyncManagedTransaction, scope: Scope, core: CoreVersion) -> None:
    """Raises Conflict for a version that does not come next."""
    found = await _run(tx, _CORES, scope, below=below(None), limit=1)
    if core.version != (found[0]["found"]["version"] if found else 0) + 1:
        raise Conflict(f"version {core.version} of the core memory does not come next")
    await write_cores(tx, scope, [core])


async def append(tx: AsyncManagedTransaction, scope: Scope, operation: Operation) -> int:
    """Its number, which is the next. Takes the lock of the user for granted."""
    number = await _number(tx, scope, _LAST_OPERATION) + 1
    await _run(tx, _ADD_OPERATION, scope, rows=[{**operation_properties(operation), "number": number}])
    return number


async def write_cores(tx: AsyncManagedTransaction, scope: Scope, cores: Sequence[CoreVersion]) -> None:
    given = [{"version": c.version, "content": c.content, "at": micros(c.at)} for c in cores]
    await _run(tx, _ADD_CORE, scope, rows=given)


async def write_operations(tx: AsyncManagedTransaction, scope: Scope, operations: Sequence[Operation]) -> None:
    """With the numbers that they have."""
    await _run(tx, _ADD_OPERATION, scope, rows=list(map(operation_properties, operations)))


async def write_outcomes(tx: AsyncManagedTransaction, scope: Scope, outcomes: Sequence[OperationOutcome]) -> None:
    """With the numbers that they have."""
    await _run(tx, _ADD_OUTCOME, scope, rows=list(map(outcome_properties, outcomes)))


async def _number(tx: AsyncManagedTransaction, scope: Scope, query: Query) -> int:
    found = await _run(tx, query, scope)
    return int(found[0]["number"]) if found else 0


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: Any) -> list[Properties]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)


def core(found: Properties) -> CoreVersion:
    return CoreVersion(found["version"], found["content"], moment(found["at"]))


def operation_properties(o: Operation) -> Properties:
    return {
        "number": o.number,
        "at": micros(o.at),
        "tool": o.tool,
        "arguments": object_text(o.arguments),
        "seen": seen_text(o.seen),
        "results": refs_text(o.results),
        "error": o.error,
        "actor": o.actor,
    }


def operation(found: Properties) -> Operation:
    return Operation(
        number=found["number"],
        at=moment(found["at"]),
        tool=found["tool"],
        arguments=json.loads(found["arguments"]),
        seen=seen_of(found["seen"]),
        results=refs(found["results"]),
        error=found.get("error"),
        actor=found.get("actor"),
    )


def outcome_properties(o: OperationOutcome) -> Properties:
    return {
        "number": o.number,
        "first": o.first,
        "last": o.last,
        "reward": o.reward,
        "details": object_text(o.details),
        "at": micros(o.at),
        "actor": o.actor,
    }


def outcome(found: Properties) -> OperationOutcome:
    return OperationOutcome(
        number=found["number"],
        first=found["first"],
        last=found["last"],
        reward=found["reward"],
        details=json.loads(found["details"]),
        at=moment(found["at"]),
        actor=found.get("actor"),
    )
