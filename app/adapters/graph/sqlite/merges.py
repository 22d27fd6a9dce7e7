"""Merges of entities, within a transaction: who is one with whom, and how that changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import micros
from app.adapters.graph.sqlite.outbox import Subject
from app.adapters.graph.sqlite.rows import listed
from app.domain.errors import Conflict
from app.domain.identity import Doubt, Merge, Same
from app.domain.scope import Scope
from app.ports.vectors import VectorKind

# Links form trees: up to who stands for it, and down to all who are merged into that one.
_SAME = """
    WITH RECURSIVE up (asked, id) AS (
        SELECT value, value FROM json_each(:ids)
        UNION
        SELECT up.asked, m.into_id FROM up CROSS JOIN entity_merge m INDEXED BY {by_entity}
        ON m.tenant = :tenant AND m.user = :user AND m.entity_id = up.id AND {holds}
    ), group_of (root, id) AS (
        SELECT DISTINCT up.id, up.id FROM up WHERE NOT EXISTS (
            SELECT 1 FROM entity_merge m INDEXED BY {by_entity}
            WHERE m.tenant = :tenant AND m.user = :user AND m.entity_id = up.id AND {holds}
        )
        UNION
        SELECT g.root, m.entity_id FROM group_of g CROSS JOIN entity_merge m INDEXED BY entity_merge_into
        ON m.tenant = :tenant AND m.user = :user AND m.into_id = g.id AND {holds}
    )
    SELECT root, id FROM group_of ORDER BY root, id
"""
_NOW = _SAME.format(holds="m.undone_at IS NULL", by_entity="entity_merge_holds")
_THEN = _SAME.format(
    holds="m.merged_at <= :known_at AND (m.undone_at IS NULL OR :known_at < m.undone_at)", by_entity="entity_merge_from"
)
MERGE = "id, entity_id, into_id, score, reason, evidence, merged_by, merged_at, undone_at"


def same_as(connection: Connection, scope: Scope, ids: Iterable[str], known_at: datetime | None = None) -> Same:
    """Who is one with these now, or by the merges that held then."""
    given = {
        "tenant": scope.tenant,
        "user": scope.user,
        "ids": listed(dict.fromkeys(ids)),
        "known_at": micros(known_at),
    }
    by_root: dict[str, list[str]] = {}
    for root, id in connection.execute(_NOW if known_at is None else _THEN, given):
        members = by_root.setdefault(root, [root])
        if id != root:
            members.append(id)
    return Same({id: tuple(group) for group in by_root.values() if len(group) > 1 for id in group})


def merge(connection: Connection, scope: Scope, merges: Iterable[Merge]) -> list[Subject]:
    """Raises IntegrityError where one is merged already: the plan was wrong."""
    changed: list[Subject] = []
    for made in merges:
        connection.execute(
            f"INSERT INTO entity_merge (tenant, user, {MERGE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                scope.tenant,
                scope.user,
                made.id,
                made.entity_id,
                made.into_id,
                made.score,
                made.reason.value,
                listed(made.evidence),
                made.by.value,
                micros(made.at),
                micros(made.undone_at),
            ),
        )
        changed += _concerned(connection, scope, made.entity_id)
    return changed


def unmerge(connection: Connection, scope: Scope, entity_ids: Iterable[str], at: datetime) -> list[Subject]:
    """Raises Conflict for one that is not merged: the plan was wrong."""
    changed: list[Subject] = []
    for entity_id in entity_ids:
        changed += _concerned(connection, scope, entity_id)
        done = connection.execute(
            "UPDATE entity_merge SET undone_at = max(merged_at, ?) "
            "WHERE tenant = ? AND user = ? AND entity_id = ? AND undone_at IS NULL",
            (micros(at), scope.tenant, scope.user, entity_id),
        )
        if done.rowcount != 1:
            raise Conflict(f"entity {entity_id} is not merged")
    return changed


def _concerned(connection: Connection, scope: Scope, entity_id: str) -> list[Subject]:
    """Whoever is one with it is shown with other names than before, or no longer."""
    return [(VectorKind.ENTITY, id) for id in same_as(connection, scope, [entity_id]).all(entity_id)]


def with_standing(connection: Connection, scope: Scope, subjects: Iterable[Subject]) -> list[Subject]:
    """Whoever stands for an entity is shown with its names."""
    found = list(subjects)
    entities = [id for kind, id in found if kind is VectorKind.ENTITY]
    same = same_as(connection, scope, entities) if entities else Same()
    return [*found, *((VectorKind.ENTITY, same.one(id)) for id in entities)]


def doubt(connection: Connection, scope: Scope, doubts: Iterable[Doubt]) -> None:
    connection.executemany(
        "INSERT INTO entity_doubt (tenant, user, entity_id, other_id, score, reason, evidence, noted_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, user, entity_id, other_id) DO UPDATE "
        "SET score = excluded.score, reason = excluded.reason, evidence = excluded.evidence",
        [
            (
                scope.tenant,
                scope.user,
                noted.entity_id,
                noted.other_id,
                noted.score,
                noted.reason.value,
                listed(noted.evidence),
                micros(noted.noted_at),
            )
            for noted in doubts
        ],
    )
