"""The steps by which a user's records arrive, each within a transaction. Whoever calls them holds the user, which
nobody sees yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import answers_text, micros
from app.adapters.graph.neo4j import changes, merges, naming, noting, operations
from app.adapters.graph.neo4j.append import episode_properties, voices
from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.jobs import job_properties
from app.adapters.graph.neo4j.properties import Properties
from app.domain.entity import Entity
from app.domain.episode import EpisodeState
from app.domain.errors import Conflict
from app.domain.fact import FactVersion, Statement
from app.domain.identity import Doubt, Merge
from app.domain.jobs import Job
from app.domain.note import Note, NoteLink
from app.domain.operations import CoreVersion, Operation, OperationOutcome
from app.domain.scope import Scope
from app.domain.timeline import Support
from app.ports.graph.knowledge import Mention
from app.ports.graph.transfer import AnsweredRequest, EpisodeRecord, Mark, NoteBasis, Record, SessionState, UserState

CLEARED = 2_000

_THERE = Query(
    "arrival.there",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    RETURN u.user AS user
    """,
    writes=False,
)
_BEGIN = Query(
    "arrival.begin",
    """
    CREATE (u:User {tenant: $tenant, user: $user})
    SET u.seq = $seq, u.revision = $revision, u.last_activity = $last_activity, u.sessions = 0, u.episodes = 0,
        u.pending = 0, u.failed = 0, u.entities = 0, u.facts = 0, u.notes = 0
    """,
    writes=True,
)
_COUNT = Query(
    "arrival.count",
    """
    MATCH (u:User {tenant: $tenant, user: $user})
    SET u.sessions = u.sessions + $sessions, u.episodes = u.episodes + $episodes, u.pending = u.pending + $pending,
        u.failed = u.failed + $failed, u.entities = u.entities + $entities, u.facts = u.facts + $facts,
        u.notes = u.notes + $notes,
        u.pending_since = coalesce(u.pending_since, $pending_since)
    """,
    writes=True,
)


def _remains(label: str, *keys: str) -> Query:
    indexed = " AND ".join(f"n.{key} IS NOT NULL" for key in keys)
    return Query(
        f"arrival.clear_{label}",
        f"""
        MATCH (n:{label})
        WHERE n.tenant = $tenant AND n.user = $user AND {indexed}
        WITH n LIMIT $limit
        DETACH DELETE n
        RETURN count(*) AS cleared
        """,
        writes=True,
    )


REMAINS = (
    _remains("OperationOutcome", "number"),
    _remains("Operation", "number"),
    _remains("CoreMemory", "version"),
    _remains("NoteVersion", "note_id", "version"),
    _remains("Note", "id"),
    _remains("Fact", "fact_id", "version"),
    _remains("StatementMark", "statement_id"),
    _remains("Statement", "id"),
    _remains("EntityWord", "word", "entity_id"),
    _remains("EntityName", "normal"),
    _remains("Entity", "id"),
    _remains("IdempotencyRecord", "key"),
    _remains("Voice", "name"),
    _remains("Episode", "seq"),
    _remains("Job", "id"),
    _remains("Session", "id"),
)
"""What an arrival that did not come to its end may have left."""

_SESSION = Query(
    "arrival.session",
    """
    UNWIND $rows AS row
    CREATE (s:Session {tenant: $tenant, user: $user})
    SET s += row
    """,
    writes=True,
)
_JOB = Query(
    "arrival.job",
    """
    UNWIND $rows AS row
    CREATE (j:Job {tenant: $tenant, user: $user})
    SET j += row, j.remaining = 0
    """,
    writes=True,
)
_EPISODE = Query(
    "arrival.episode",
    """
    UNWIND $rows AS row
    MATCH (s:Session {tenant: $tenant, user: $user, id: row.session_id})
    MATCH (j:Job {tenant: $tenant, id: row.job_id}) WHERE j.user = $user
    CREATE (s)-[:HOLDS]->(e:Episode {tenant: $tenant, user: $user})
    SET e += row, j.remaining = j.remaining + CASE row.state WHEN 'pending' THEN 1 ELSE 0 END
    RETURN count(*) AS made
    """,
    writes=True,
)
_VOICE = Query(
    "arrival.voice",
    """
    UNWIND $rows AS row
    MERGE (v:Voice {tenant: $tenant, user: $user, name: row.name})
    SET v.episodes = coalesce(v.episodes, 0) + row.episodes
    """,
    writes=True,
)
_ANSWER = Query(
    "arrival.answer",
    """
    UNWIND $rows AS row
    CREATE (r:IdempotencyRecord {tenant: $tenant, user: $user})
    SET r += row
    """,
    writes=True,
)
_MERGE = Query(
    "arrival.merge",
    """
    UNWIND $rows AS row
    MATCH (e:Entity {tenant: $tenant, user: $user, id: row.entity_id})
    MATCH (into:Entity {tenant: $tenant, user: $user, id: row.into_id})
    CREATE (e)-[merge:MERGED_INTO {tenant: $tenant, user: $user}]->(into)
    SET merge += row
    RETURN count(*) AS made
    """,
    writes=True,
)
_MARK = Query(
    "arrival.mark",
    """
    UNWIND $rows AS row
    MATCH (s:Statement {tenant: $tenant, user: $user, id: row.statement_id})
    CREATE (s)-[:MARKED]->(m:StatementMark {tenant: $tenant, user: $user})
    SET m += row, m.subject_id = s.subject_id, m.predicate = s.predicate
    RETURN count(*) AS made
    """,
    writes=True,
)
QUERIES = (
    _THERE,
    _BEGIN,
    _COUNT,
    *REMAINS,
    _SESSION,
    _JOB,
    _EPISODE,
    _VOICE,
    _ANSWER,
    _MERGE,
    _MARK,
)


async def begin(tx: AsyncManagedTransaction, scope: Scope, state: UserState) -> None:
    """From here on, and until the transaction ends, whoever makes or looks for this user to write waits.
    Raises Conflict where it is there."""
    if await _run(tx, _THERE, scope):
        raise Conflict(f"user {scope.user!r} is there already")
    given = {"seq": state.seq, "revision": state.revision, "last_activity": micros(state.last_activity)}
    await _run(tx, _BEGIN, scope, **given)


async def clear(tx: AsyncManagedTransaction, query: Query, scope: Scope) -> int:
    """How many of them were there, at most so many at a time."""
    (done,) = await _run(tx, query, scope, limit=CLEARED)
    return int(done["cleared"])


async def count(tx: AsyncManagedTransaction, scope: Scope, records: Sequence[Record]) -> None:
    """Raise the user's counts by these."""
    episodes = [record.episode for record in records if isinstance(record, EpisodeRecord)]
    pending = [episode for episode in episodes if episode.state is EpisodeState.PENDING]
    await _run(
        tx,
        _COUNT,
        scope,
        sessions=sum(isinstance(record, SessionState) for record in records),
        episodes=len(episodes),
        pending=len(pending),
        failed=sum(episode.state is EpisodeState.FAILED for episode in episodes),
        entities=sum(isinstance(record, Entity) for record in records)
        - sum(isinstance(record, Merge) and record.undone_at is None for record in records),
        facts=sum(isinstance(record, FactVersion) and record.believed for record in records),
        notes=sum(isinstance(record, Note) and record.version == 1 for record in records),
        pending_since=micros(pending[0].recorded_at) if pending else None,
    )


async def store(tx: AsyncManagedTransaction, scope: Scope, records: Sequence[Record]) -> None:
    """Raises Conflict for what is there already or points at nothing."""
    for kind, same in groupby(records, key=type):
        await _WRITERS[kind](tx, scope, list(same))


async def _sessions(tx: AsyncManagedTransaction, scope: Scope, sessions: Sequence[SessionState]) -> None:
    await _run(tx, _SESSION, scope, rows=[{"id": s.id, "next_position": s.next_position} for s in sessions])


async def _jobs(tx: AsyncManagedTransaction, scope: Scope, jobs: Sequence[Job]) -> None:
    await _run(tx, _JOB, scope, rows=list(map(job_properties, jobs)))


async def _episodes(tx: AsyncManagedTransaction, scope: Scope, records: Sequence[EpisodeRecord]) -> None:
    await _made(tx, _EPISODE, scope, [{**episode_properties(one.episode), "read_by": one.read_by} for one in records])
    await _run(tx, _VOICE, scope, rows=voices(tuple(record.episode for record in records)))


async def _answers(tx: AsyncManagedTransaction, scope: Scope, answers: Sequence[AnsweredRequest]) -> None:
    given = [
        {
            "key": a.key,
            "fingerprint": a.fingerprint,
            "job_id": a.job_id,
            "accepted": answers_text(a.accepted),
            "recorded_at": micros(a.recorded_at),
        }
        for a in answers
    ]
    await _run(tx, _ANSWER, scope, rows=given)


async def _merges(tx: AsyncManagedTransaction, scope: Scope, made: Sequence[Merge]) -> None:
    await _made(tx, _MERGE, scope, list(map(merges.properties, made)))


async def _marks(tx: AsyncManagedTransaction, scope: Scope, marks: Sequence[Mark]) -> None:
    given = [
        {
            "statement_id": mark.statement_id,
            "withdrawn": mark.withdrawn,
            "outdated": mark.outdated,
            "restored_at": micros(mark.restored_at),
        }
        for mark in marks
    ]
    await _made(tx, _MARK, scope, given)


async def _made(tx: AsyncManagedTransaction, query: Query, scope: Scope, given: Sequence[Properties]) -> None:
    """Raises Conflict where one points at nothing."""
    (done,) = await _run(tx, query, scope, rows=given)
    if done["made"] != len(given):
        raise Conflict("the graph store refuses the records: one of them points at nothing")


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: Any) -> list[Properties]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)


_WRITERS: Mapping[type, Callable[[AsyncManagedTransaction, Scope, Sequence[Any]], Awaitable[object]]] = {
    SessionState: _sessions,
    Job: _jobs,
    EpisodeRecord: _episodes,
    AnsweredRequest: _answers,
    Entity: naming.put_entities,
    Merge: _merges,
    Doubt: merges.doubt,
    Mention: naming.add_mentions,
    Statement: changes.add_statements,
    Mark: _marks,
    FactVersion: changes.append_versions,
    Support: changes.add_support,
    Note: noting.write_versions,
    NoteBasis: noting.add_bases,
    NoteLink: noting.add_links,
    CoreVersion: operations.write_cores,
    Operation: operations.write_operations,
    OperationOutcome: operations.write_outcomes,
}
