"""The one way in which derived memory changes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from sqlite3 import Connection

from app.adapters.graph.sqlite import (
    changes,
    entities,
    lanes,
    merges,
    noting,
    operations,
    outbox,
    rows,
    users,
    vicinity,
)
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.note_rows import note
from app.adapters.graph.sqlite.notes import RESTING_ON
from app.adapters.graph.sqlite.outbox import Subject
from app.domain.errors import StaleRevision
from app.domain.scope import Scope
from app.ports.graph.knowledge import ChangeSet, Derived
from app.ports.graph.lanes import Lease

_MENTIONED = f"""
    SELECT {entities.COLUMNS} FROM entity e
    WHERE e.tenant = :tenant AND e.user = :user AND e.id IN (
        SELECT m.entity_id FROM json_each(:ids) d
        CROSS JOIN mention m ON m.tenant = :tenant AND m.user = :user AND m.episode_id = d.value
    )
    ORDER BY e.created_at, e.id
"""
_BELIEVED_ON = f"""
    SELECT {vicinity.COLUMNS} FROM (
        SELECT DISTINCT s.fact_id, s.version
        FROM json_each(:ids) d
        CROSS JOIN statement t ON t.tenant = :tenant AND t.user = :user AND t.episode_id = d.value
        CROSS JOIN support s ON s.tenant = :tenant AND s.user = :user AND s.statement_id = t.id
    ) k CROSS JOIN fact_version v
    ON v.tenant = :tenant AND v.user = :user AND v.fact_id = k.fact_id AND v.version = k.version
        AND v.recorded_to IS NULL
    ORDER BY v.fact_id, v.version
"""
_RETIRED_BY = f"""
    SELECT {vicinity.COLUMNS} FROM fact_version v
    WHERE v.tenant = :tenant AND v.user = :user AND v.retired_episode IN (SELECT value FROM json_each(:ids))
    ORDER BY v.fact_id, v.version
"""


class SqliteLedger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def revision(self, scope: Scope) -> int:
        return await self._database.read(partial(users.revision, scope=scope))

    async def commit(self, scope: Scope, changes: ChangeSet, lease: Lease | None = None) -> int | None:
        return await self._database.write(lambda connection: _commit(connection, scope, changes, lease))

    async def derived_from(self, scope: Scope, episode_ids: Sequence[str]) -> Derived:
        given = {"tenant": scope.tenant, "user": scope.user, "ids": rows.listed(episode_ids)}

        def work(connection: Connection) -> Derived:
            return Derived(
                entities=tuple(map(rows.entity, connection.execute(_MENTIONED, given))),
                facts=tuple(map(rows.fact, connection.execute(_BELIEVED_ON, given))),
                retired=tuple(map(rows.fact, connection.execute(_RETIRED_BY, given))),
                notes=tuple(map(note, connection.execute(RESTING_ON, {**given, "notes": "[]"}))),
            )

        return await self._database.read(work)


def _commit(connection: Connection, scope: Scope, change: ChangeSet, lease: Lease | None) -> int | None:
    if lease is not None:
        lanes.require(connection, lease)
    users.ensure(connection, scope)
    current = users.revision(connection, scope)
    if current != change.revision:
        raise StaleRevision(f"the memory of user {scope.user!r} is at revision {current}, not {change.revision}")
    at = change.recorded_at
    to_index: list[Subject] = []
    to_index += changes.put_entities(connection, scope, change.entities)
    to_index += changes.add_aliases(connection, scope, change.aliases)
    to_index += merges.unmerge(connection, scope, change.unmerge, at)
    to_index += merges.merge(connection, scope, change.merge)
    merges.doubt(connection, scope, change.doubt)
    changes.begin_anew(connection, scope, change.reread, change.extractor)
    changes.add_mentions(connection, scope, change.mentions)
    changes.add_statements(connection, scope, change.statements)
    changes.mark_statements(connection, scope, change)
    to_index += changes.close(connection, scope, change.close, at)
    to_index += changes.append_versions(connection, scope, change.append)
    to_index += changes.add_support(connection, scope, change.support)
    changes.finish(connection, scope, change.processed, change.extractor, at)
    to_index += noting.put_notes(connection, scope, change.notes)
    noting.remove_links(connection, scope, change.unlink)
    noting.add_links(connection, scope, change.link)
    to_index += noting.remove_notes(connection, scope, change.remove_notes)
    to_index += changes.delete_episodes(connection, scope, change.deleted_episodes, at)
    outbox.enqueue(connection, scope, dict.fromkeys(merges.with_standing(connection, scope, to_index)))
    connection.execute(
        "UPDATE user SET revision = revision + 1 WHERE tenant = ? AND user = ?", (scope.tenant, scope.user)
    )
    users.touch(connection, scope, at)
    if lease is not None and change.processed:
        lanes.forgive(connection, scope)
    if change.core is not None:
        operations.put_core(connection, scope, change.core)
    return None if change.operation is None else operations.append(connection, scope, change.operation)
