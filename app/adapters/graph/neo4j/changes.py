"""The steps of a change set that concern statements and versions of facts, each within the transaction of its commit.
They take the lock of the user for granted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros
from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.properties import (
    Properties,
    fact_properties,
    retirement_properties,
    statement_properties,
)
from app.adapters.graph.neo4j.references import all_there
from app.domain.errors import Conflict
from app.domain.fact import FactVersion, Statement
from app.domain.scope import Scope
from app.domain.timeline import Closure, Support
from app.ports.graph.knowledge import ChangeSet

_STATE = Query(
    "changes.state",
    """
    UNWIND $statements AS row
    CREATE (s:Statement)
    SET s = row.statement, s.tenant = $tenant, s.user = $user
    WITH s, row
    CALL (s, row) {
        UNWIND row.entities AS id
        MATCH (e:Entity {tenant: $tenant, user: $user, id: id})
        CREATE (s)-[:NAMES]->(e)
        RETURN count(*) AS named
    }
    CALL (s, row) {
        UNWIND row.episodes AS id
        MATCH (d:Episode {tenant: $tenant, user: $user, id: id})
        CREATE (s)-[:EVIDENCE {start: s.span_start, end: s.span_end}]->(d)
        RETURN count(*) AS cited
    }
    RETURN sum(named + cited) AS found
    """,
    writes=True,
)
_MARK = Query(
    "changes.mark",
    """
    UNWIND $marks AS row
    MATCH (s:Statement {tenant: $tenant, user: $user, id: row.id})
    MERGE (m:StatementMark {tenant: $tenant, user: $user, statement_id: s.id})
    ON CREATE SET m.subject_id = s.subject_id, m.predicate = s.predicate
    SET m += row.marks
    MERGE (s)-[:MARKED]->(m)
    RETURN count(*) AS found
    """,
    writes=True,
)
# A clock that was set back must not end a belief before it began.
_CLOSE = Query(
    "changes.close",
    """
    UNWIND $closures AS row
    MATCH (f:Fact {tenant: $tenant, user: $user, fact_id: row.fact_id, version: row.version})
    WHERE f.believed
    SET f.recorded_to = CASE WHEN f.recorded_from > $at THEN f.recorded_from ELSE $at END, f.believed = null,
        f += row.why
    WITH DISTINCT f
    OPTIONAL MATCH (d:Episode {tenant: $tenant, user: $user, id: f.retired_episode})
    FOREACH (cause IN CASE WHEN d IS NULL THEN [] ELSE [d] END |
        CREATE (f)-[:RETIRED_BY {rule: f.retired_rule}]->(cause)
    )
    RETURN count(*) AS closed
    """,
    writes=True,
)
_APPEND = Query(
    "changes.append",
    """
    UNWIND $versions AS row
    CREATE (f:Fact)
    SET f = row.fact, f.tenant = $tenant, f.user = $user
    WITH f, row
    CALL (f) {
        MATCH (e:Entity {tenant: $tenant, user: $user, id: f.subject_id})
        CREATE (f)-[:SUBJECT]->(e)
        RETURN count(*) AS subjects
    }
    CALL (f) {
        MATCH (e:Entity {tenant: $tenant, user: $user, id: f.object_entity})
        CREATE (f)-[:OBJECT]->(e)
        RETURN count(*) AS objects
    }
    CALL (f, row) {
        UNWIND range(0, size(row.statement_ids) - 1) AS position
        MATCH (s:Statement {tenant: $tenant, user: $user, id: row.statement_ids[position]})
        CREATE (f)-[:SUPPORTED_BY {position: position}]->(s)
        RETURN count(*) AS supports
    }
    CALL (f) {
        MATCH (d:Episode {tenant: $tenant, user: $user, id: f.retired_episode})
        CREATE (f)-[:RETIRED_BY {rule: f.retired_rule}]->(d)
    }
    RETURN sum(subjects + objects + supports) AS found
    """,
    writes=True,
)
_SUPPORT = Query(
    "changes.support",
    """
    UNWIND $supports AS row
    MATCH (f:Fact {tenant: $tenant, user: $user, fact_id: row.fact_id, version: row.version})
    OPTIONAL MATCH (f)-[known:SUPPORTED_BY]->()
    WITH f, row, coalesce(max(known.position) + 1, 0) AS next
    CALL (f, row, next) {
        UNWIND range(0, size(row.statement_ids) - 1) AS position
        MATCH (s:Statement {tenant: $tenant, user: $user, id: row.statement_ids[position]})
        MERGE (f)-[support:SUPPORTED_BY]->(s)
        ON CREATE SET support.position = next + position
        RETURN count(*) AS supports
    }
    RETURN sum(supports) AS found
    """,
    writes=True,
)
QUERIES = (
    _STATE,
    _MARK,
    _CLOSE,
    _APPEND,
    _SUPPORT,
)


async def add_statements(tx: AsyncManagedTransaction, scope: Scope, statements: Sequence[Statement]) -> None:
    """Raises Conflict where one points at nothing, or is there already."""
    if not statements:
        return
    given = [
        {
            "statement": statement_properties(said),
            "entities": _entities_in(said),
            "episodes": [] if said.span is None else [said.span.episode_id],
        }
        for said in statements
    ]
    (done,) = await _run(tx, _STATE, scope, statements=given)
    all_there("statements", done["found"], sum(len(row["entities"]) + len(row["episodes"]) for row in given))


async def mark_statements(tx: AsyncManagedTransaction, scope: Scope, change: ChangeSet) -> None:
    """Raises Conflict for a statement that is not there."""
    marks: dict[str, Properties] = {}
    steps: tuple[tuple[Sequence[str], Properties], ...] = (
        (change.withdraw, {"withdrawn": True}),
        (change.reinstate, {"withdrawn": False}),
        (change.outdated, {"outdated": True}),
        (change.restore, {"restored_at": micros(change.recorded_at)}),
    )
    for ids, made in steps:
        for id in ids:
            marks.setdefault(id, {}).update(made)
    if marks:
        (done,) = await _run(tx, _MARK, scope, marks=[{"id": id, "marks": made} for id, made in marks.items()])
        all_there("statements to be marked", done["found"], len(marks))


async def close(tx: AsyncManagedTransaction, scope: Scope, closures: Sequence[Closure], at: datetime) -> None:
    """Raises Conflict for a version that is not believed: the plan was wrong."""
    if not closures:
        return
    given = [{"fact_id": c.fact_id, "version": c.version, "why": retirement_properties(c.retirement)} for c in closures]
    (done,) = await _run(tx, _CLOSE, scope, closures=given, at=micros(at))
    if done["closed"] != len(given):
        raise Conflict("one of the versions to be closed is not believed")


async def append_versions(tx: AsyncManagedTransaction, scope: Scope, versions: Sequence[FactVersion]) -> None:
    """Raises Conflict where one points at nothing, or is there already."""
    if not versions:
        return
    given = [
        {"fact": fact_properties(version), "statement_ids": list(dict.fromkeys(version.statement_ids))}
        for version in versions
    ]
    (done,) = await _run(tx, _APPEND, scope, versions=given)
    objects = sum(version.object.entity_id is not None for version in versions)
    all_there("versions", done["found"], len(given) + objects + sum(len(row["statement_ids"]) for row in given))


async def add_support(tx: AsyncManagedTransaction, scope: Scope, supports: Collection[Support]) -> None:
    """Raises Conflict for a version or a statement that is not there."""
    merged: dict[tuple[str, int], dict[str, None]] = {}
    for support in supports:
        merged.setdefault((support.fact_id, support.version), {}).update(dict.fromkeys(support.statement_ids))
    if not merged:
        return
    given = [
        {"fact_id": fact_id, "version": version, "statement_ids": list(ids)}
        for (fact_id, version), ids in merged.items()
    ]
    (done,) = await _run(tx, _SUPPORT, scope, supports=given)
    all_there("statements in support", done["found"], sum(map(len, merged.values())))


def _entities_in(said: Statement) -> list[str]:
    """Whom it names, each once."""
    replaced = None if said.replaces is None else said.replaces.entity_id
    named = (said.subject_id, said.object.entity_id, replaced)
    return list(dict.fromkeys(id for id in named if id is not None))


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: object) -> list[Properties]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)
