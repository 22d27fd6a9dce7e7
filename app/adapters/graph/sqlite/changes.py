"""The steps of a change set, each within the transaction of its commit. They return what is to be indexed anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import micros
from app.adapters.graph.sqlite import jobs
from app.adapters.graph.sqlite.outbox import Subject
from app.adapters.graph.sqlite.rows import (
    ENTITY,
    FACT,
    STATEMENT,
    entity_row,
    fact_row,
    listed,
    placeholders,
    statement_row,
)
from app.domain.entity import Entity, normal_name
from app.domain.errors import Conflict, StaleRevision
from app.domain.fact import FactVersion, Statement
from app.domain.identity import words_of
from app.domain.jobs import Outcome
from app.domain.scope import Scope
from app.domain.timeline import Closure, Support
from app.ports.graph.knowledge import ChangeSet, Mention, Processed
from app.ports.vectors import VectorKind

_ENTITY = f"""
    INSERT INTO entity (tenant, user, {ENTITY}) VALUES (?, ?, {placeholders(ENTITY)})
    ON CONFLICT (tenant, user, id) DO UPDATE
    SET name = excluded.name, type = excluded.type, summary = excluded.summary
"""
_NAME = """
    INSERT INTO entity_name (tenant, user, entity_id, position, name, normal, folded)
    SELECT ?1, ?2, ?3, count(*), ?4, ?5, ?6 FROM entity_name WHERE tenant = ?1 AND user = ?2 AND entity_id = ?3
    HAVING NOT EXISTS (
        SELECT 1 FROM entity_name WHERE tenant = ?1 AND user = ?2 AND entity_id = ?3 AND name = ?4
    )
"""
_WORD = "INSERT OR IGNORE INTO entity_word (tenant, user, word, entity_id) VALUES (?, ?, ?, ?)"
_MENTION = """
    INSERT OR IGNORE INTO mention (tenant, user, episode_id, entity_id, span_start, span_end) VALUES (?, ?, ?, ?, ?, ?)
"""
SPEAKER = -1
"""Where a mention begins and ends that is of the episode's speaker."""
_STATEMENT = f"INSERT INTO statement (tenant, user, {STATEMENT}) VALUES (?, ?, {placeholders(STATEMENT)})"
_FACT = f"INSERT INTO fact_version (tenant, user, {FACT}) VALUES (?, ?, {placeholders(FACT)})"
# A clock that was set back must not end a belief before it began.
_CLOSE = """
    UPDATE fact_version
    SET recorded_to = max(recorded_from, ?), retired_rule = ?, retired_fact = ?, retired_episode = ?
    WHERE tenant = ? AND user = ? AND fact_id = ? AND version = ? AND recorded_to IS NULL
"""
_SUPPORT = """
    INSERT INTO support (tenant, user, fact_id, version, position, statement_id)
    SELECT ?1, ?2, ?3, ?4, coalesce(max(position) + 1, 0), ?5
    FROM support WHERE tenant = ?1 AND user = ?2 AND fact_id = ?3 AND version = ?4
    ON CONFLICT (tenant, user, statement_id, fact_id, version) DO NOTHING
"""
_PROCESSED = """
    UPDATE episode SET state = 'processed', read_by = ?
    WHERE tenant = ? AND user = ? AND id = ? AND state = 'pending' RETURNING job_id
"""
_MARK = """
    INSERT INTO statement_mark (tenant, user, statement_id, subject_id, predicate, {column})
    SELECT tenant, user, id, subject_id, predicate, ?4 FROM statement WHERE tenant = ?1 AND user = ?2 AND id = ?3
    ON CONFLICT (tenant, user, statement_id) DO UPDATE SET {column} = excluded.{column}
"""
_SUPPORTED_BY = """
    SELECT DISTINCT s.fact_id
    FROM json_each(:ids) d
    CROSS JOIN statement t ON t.tenant = :tenant AND t.user = :user AND t.episode_id = d.value
    CROSS JOIN support s ON s.tenant = :tenant AND s.user = :user AND s.statement_id = t.id
"""


def put_entities(connection: Connection, scope: Scope, entities: Iterable[Entity]) -> list[Subject]:
    owner = (scope.tenant, scope.user)
    changed: list[Subject] = []
    for entity in entities:
        connection.execute(_ENTITY, (*owner, *entity_row(entity)))
        for names in ("entity_name", "entity_word"):
            connection.execute(
                f"DELETE FROM {names} WHERE tenant = ? AND user = ? AND entity_id = ?", (*owner, entity.id)
            )
        _add_names(connection, scope, entity.id, (entity.name, *entity.aliases))
        changed.append((VectorKind.ENTITY, entity.id))
    return changed


def add_aliases(connection: Connection, scope: Scope, aliases: Mapping[str, tuple[str, ...]]) -> list[Subject]:
    return [
        (VectorKind.ENTITY, entity_id)
        for entity_id, names in aliases.items()
        if _add_names(connection, scope, entity_id, names)
    ]


def _add_names(connection: Connection, scope: Scope, entity_id: str, names: Sequence[str]) -> int:
    """How many of them were new."""
    owner = (scope.tenant, scope.user)
    connection.executemany(_WORD, [(*owner, word, entity_id) for name in names for word in words_of(name)])
    return sum(
        connection.execute(_NAME, (*owner, entity_id, name, normal_name(name), name.casefold())).rowcount
        for name in names
    )


def begin_anew(connection: Connection, scope: Scope, reread: Sequence[str], extractor: str | None) -> None:
    """Without the mentions that an older extractor found. Raises Conflict for an episode that is not there."""
    rows = [(extractor, scope.tenant, scope.user, id) for id in reread]
    marked = connection.executemany("UPDATE episode SET read_by = ? WHERE tenant = ? AND user = ? AND id = ?", rows)
    if rows and marked.rowcount != len(rows):
        raise Conflict("one of the episodes that were read again is not there")
    connection.executemany(
        "DELETE FROM mention WHERE tenant = ? AND user = ? AND episode_id = ?", [row[1:] for row in rows]
    )


def add_mentions(connection: Connection, scope: Scope, mentions: Iterable[Mention]) -> None:
    connection.executemany(
        _MENTION,
        [
            (
                scope.tenant,
                scope.user,
                mention.episode_id,
                mention.entity_id,
                SPEAKER if mention.start is None else mention.start,
                SPEAKER if mention.end is None else mention.end,
            )
            for mention in mentions
        ],
    )


def add_statements(connection: Connection, scope: Scope, statements: Iterable[Statement]) -> None:
    connection.executemany(_STATEMENT, [(scope.tenant, scope.user, *statement_row(said)) for said in statements])


def mark_statements(connection: Connection, scope: Scope, change: ChangeSet) -> None:
    """Raises Conflict for a statement that is not there."""
    marked: list[tuple[str, Sequence[str], int]] = [
        ("withdrawn", change.withdraw, 1),
        ("withdrawn", change.reinstate, 0),
        ("outdated", change.outdated, 1),
        ("restored_at", change.restore, micros(change.recorded_at)),
    ]
    for column, ids, value in marked:
        rows = [(scope.tenant, scope.user, statement_id, value) for statement_id in ids]
        if rows and connection.executemany(_MARK.format(column=column), rows).rowcount != len(rows):
            raise Conflict("one of the statements to be marked is not there")


def close(connection: Connection, scope: Scope, closures: Iterable[Closure], at: datetime) -> list[Subject]:
    """Raises Conflict for a version that is not believed: the plan was wrong."""
    closed: list[Subject] = []
    for closure in closures:
        why = closure.retirement
        done = connection.execute(
            _CLOSE,
            (
                micros(at),
                why.rule,
                why.fact_id,
                why.episode_id,
                scope.tenant,
                scope.user,
                closure.fact_id,
                closure.version,
            ),
        )
        if done.rowcount != 1:
            raise Conflict(f"version {closure.version} of fact {closure.fact_id} is not believed")
        closed.append((VectorKind.FACT, closure.fact_id))
    return closed


def append_versions(connection: Connection, scope: Scope, versions: Sequence[FactVersion]) -> list[Subject]:
    connection.executemany(_FACT, [(scope.tenant, scope.user, *fact_row(version)) for version in versions])
    for version in versions:
        _support(connection, scope, version.fact_id, version.version, version.statement_ids)
    return [(VectorKind.FACT, version.fact_id) for version in versions]


def add_support(connection: Connection, scope: Scope, supports: Iterable[Support]) -> list[Subject]:
    changed: list[Subject] = []
    for support in supports:
        _support(connection, scope, support.fact_id, support.version, support.statement_ids)
        changed.append((VectorKind.FACT, support.fact_id))
    return changed


def _support(connection: Connection, scope: Scope, fact_id: str, version: int, statement_ids: Iterable[str]) -> None:
    for statement_id in statement_ids:
        connection.execute(_SUPPORT, (scope.tenant, scope.user, fact_id, version, statement_id))


def finish(
    connection: Connection, scope: Scope, processed: Iterable[Processed], extractor: str | None, at: datetime
) -> None:
    """Raises StaleRevision when an episode is not pending any more, so that none is ever processed twice."""
    gained: dict[str, Outcome] = {}
    for done in processed:
        row = connection.execute(_PROCESSED, (extractor, scope.tenant, scope.user, done.episode_id)).fetchone()
        if row is None:
            raise StaleRevision(f"episode {done.episode_id} is not pending any more")
        gained[row[0]] = gained.get(row[0], Outcome()) + done.outcome
    if gained:
        jobs.begin(connection, scope, at)
        jobs.credit(connection, scope, gained)
        jobs.settle(connection, scope, gained, at)


def delete_episodes(connection: Connection, scope: Scope, ids: Sequence[str], at: datetime) -> list[Subject]:
    """Their mentions, their statements and the support by those go with them; unknown ids are passed over."""
    if not ids:
        return []
    given = {"tenant": scope.tenant, "user": scope.user, "ids": listed(ids)}
    shaken: list[Subject] = [(VectorKind.FACT, id) for (id,) in connection.execute(_SUPPORTED_BY, given)]
    gone = connection.execute(
        "DELETE FROM episode WHERE tenant = :tenant AND user = :user AND id IN (SELECT value FROM json_each(:ids)) "
        "RETURNING id, session_id, job_id",
        given,
    ).fetchall()
    connection.execute(
        "DELETE FROM session WHERE tenant = ? AND user = ? AND id IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.tenant = session.tenant AND e.user = session.user "
        "AND e.session_id = session.id)",
        (scope.tenant, scope.user, listed({session_id for _, session_id, _ in gone})),
    )
    jobs.settle(connection, scope, {job_id for _, _, job_id in gone}, at)
    return [*((VectorKind.EPISODE, id) for id, _, _ in gone), *shaken]
