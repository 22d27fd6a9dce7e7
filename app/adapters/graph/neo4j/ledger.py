"""The one way in which derived memory changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j import (
    changes,
    forgetting,
    jobs,
    lanes,
    merges,
    naming,
    noting,
    operations,
    outbox,
    states,
    users,
)
from app.adapters.graph.neo4j.connection import LEASED_SECONDS, WRITE_SECONDS, Connection, Query, rows
from app.adapters.graph.neo4j.note_properties import note
from app.adapters.graph.neo4j.notes import RESTING_ON
from app.adapters.graph.neo4j.outbox import Subject
from app.adapters.graph.neo4j.properties import ENTITY, FACT, entity, fact
from app.adapters.graph.neo4j.tickets import Tickets
from app.domain.episode import EpisodeState
from app.domain.errors import StaleRevision
from app.domain.jobs import Outcome
from app.domain.scope import Scope
from app.ports.graph.knowledge import ChangeSet, Derived, Processed
from app.ports.graph.lanes import Lease
from app.ports.vectors import VectorKind

_MENTIONED = Query(
    "ledger.mentioned",
    f"""
    UNWIND $ids AS id
    MATCH (:Episode {{tenant: $tenant, user: $user, id: id}})-[:MENTIONS]->(e:Entity)
    WITH DISTINCT e ORDER BY e.created_at, e.id
    RETURN {ENTITY} AS entity
    """,
    writes=False,
)
_BELIEVED_ON = Query(
    "ledger.believed_on",
    f"""
    UNWIND $ids AS id
    MATCH (:Episode {{tenant: $tenant, user: $user, id: id}})<-[:EVIDENCE]-(:Statement)<-[:SUPPORTED_BY]-(f:Fact)
    WHERE f.believed
    WITH DISTINCT f ORDER BY f.fact_id, f.version
    RETURN {FACT} AS fact
    """,
    writes=False,
)
# By the property, for the episode may be gone.
_RETIRED_BY = Query(
    "ledger.retired_by",
    f"""
    UNWIND $ids AS id
    MATCH (f:Fact {{tenant: $tenant, user: $user, retired_episode: id}})
    WITH DISTINCT f ORDER BY f.fact_id, f.version
    RETURN {FACT} AS fact
    """,
    writes=False,
)
QUERIES = (_MENTIONED, _BELIEVED_ON, _RETIRED_BY)


class Neo4jLedger:
    def __init__(self, connection: Connection, tickets: Tickets) -> None:
        self._connection = connection
        self._tickets = tickets

    async def revision(self, scope: Scope) -> int:
        return await self._connection.read(lambda tx: users.revision(tx, scope))

    async def commit(self, scope: Scope, changes: ChangeSet, lease: Lease | None = None) -> int | None:
        """When its answer is lost the revision tells whether it was done."""
        await self._tickets.stock()
        seconds = WRITE_SECONDS if lease is None else LEASED_SECONDS
        return await self._connection.write(
            lambda tx: _commit(tx, scope, changes, lease, self._tickets), seconds=seconds
        )

    async def derived_from(self, scope: Scope, episode_ids: Sequence[str]) -> Derived:
        if not episode_ids:
            return Derived((), (), ())
        given = {"tenant": scope.tenant, "user": scope.user, "ids": list(dict.fromkeys(episode_ids))}

        async def work(tx: AsyncManagedTransaction) -> Derived:
            return Derived(
                entities=tuple(entity(row["entity"]) for row in await rows(tx, _MENTIONED, **given)),
                facts=tuple(fact(row["fact"]) for row in await rows(tx, _BELIEVED_ON, **given)),
                retired=tuple(fact(row["fact"]) for row in await rows(tx, _RETIRED_BY, **given)),
                notes=tuple(note(row["note"]) for row in await rows(tx, RESTING_ON, **given, notes=[])),
            )

        return await self._connection.read(work)


async def _commit(
    tx: AsyncManagedTransaction, scope: Scope, change: ChangeSet, lease: Lease | None, tickets: Tickets
) -> int | None:
    if lease is not None:
        await lanes.require(tx, lease)
    await users.ensure(tx, scope)
    current = await users.revision(tx, scope)
    if current != change.revision:
        raise StaleRevision(f"the memory of user {scope.user!r} is at revision {current}, not {change.revision}")
    at = change.recorded_at
    fresh = await naming.put_entities(tx, scope, change.entities)
    renamed = [entity.id for entity in change.entities]
    renamed += await naming.add_aliases(tx, scope, change.aliases)
    renamed += await merges.unmerge(tx, scope, change.unmerge, at)
    renamed += await merges.merge(tx, scope, change.merge)
    await merges.doubt(tx, scope, change.doubt)
    await forgetting.begin_anew(tx, scope, change.reread, change.extractor)
    await naming.add_mentions(tx, scope, change.mentions)
    await changes.add_statements(tx, scope, change.statements)
    await changes.mark_statements(tx, scope, change)
    await changes.close(tx, scope, change.close, at)
    await changes.append_versions(tx, scope, change.append)
    await changes.add_support(tx, scope, change.support)
    await _finish(tx, scope, change.processed, change.extractor, at)
    noted = await noting.put_notes(tx, scope, change.notes)
    await noting.remove_links(tx, scope, change.unlink)
    await noting.add_links(tx, scope, change.link)
    torn_up = await noting.remove_notes(tx, scope, change.remove_notes)
    shaken = await forgetting.delete_episodes(tx, scope, change.deleted_episodes, at)
    subjects = [*await _shown(tx, scope, renamed), *_facts_in(change), *_notes_in(change, torn_up), *shaken]
    await outbox.enqueue(tx, scope, dict.fromkeys(subjects), tickets)
    holding = sum(made.undone_at is None for made in change.merge)
    believed = sum(version.believed for version in change.append)
    await users.revised(
        tx,
        scope,
        entities=fresh + len(change.unmerge) - holding,
        facts=believed - len(change.close),
        notes=noted - len(torn_up),
    )
    await users.touch(tx, scope, at)
    if lease is not None and change.processed:
        await lanes.forgive(tx, scope)
    if change.core is not None:
        await operations.put_core(tx, scope, change.core)
    return None if change.operation is None else await operations.append(tx, scope, change.operation)


async def _finish(
    tx: AsyncManagedTransaction, scope: Scope, processed: Sequence[Processed], extractor: str | None, at: datetime
) -> None:
    """Raises StaleRevision when an episode is not pending any more, so that none is ever processed twice."""
    if not processed:
        return
    ids = [done.episode_id for done in processed]
    job_of = await states.move(tx, scope, ids, EpisodeState.PENDING, EpisodeState.PROCESSED, read_by=extractor)
    if len(job_of) != len(processed):
        raise StaleRevision("one of the episodes is not pending any more")
    gained: dict[str, Outcome] = {}
    for done in processed:
        job_id = job_of[done.episode_id]
        gained[job_id] = gained.get(job_id, Outcome()) + done.outcome
    await jobs.begin(tx, scope, at)
    await jobs.credit(tx, scope, gained)
    await jobs.settle(tx, scope, gained, at)


async def _shown(tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str]) -> list[Subject]:
    """These entities, and whoever stands for them, who is shown with their names."""
    same = await merges.same_as(tx, scope, ids)
    return [(VectorKind.ENTITY, id) for id in (*ids, *map(same.one, ids))]


def _facts_in(change: ChangeSet) -> Iterable[Subject]:
    for facts in (change.close, change.append, change.support):
        yield from ((VectorKind.FACT, fact.fact_id) for fact in facts)


def _notes_in(change: ChangeSet, torn_up: Iterable[str]) -> Iterable[Subject]:
    yield from ((VectorKind.NOTE, note.id) for note in change.notes)
    yield from ((VectorKind.NOTE, id) for id in torn_up)
