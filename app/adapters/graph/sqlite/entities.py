"""Entities, found by id, by name, and as cards with their counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import micros
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.merges import same_as
from app.adapters.graph.sqlite.rows import ENTITY, Row, entity, listed, of
from app.domain.entity import Entity
from app.domain.identity import united
from app.domain.scope import Scope
from app.ports.graph.knowledge import EntityCard

_ALIASES = """(
    SELECT json_group_array(name) FROM (
        SELECT n.name FROM entity_name n
        WHERE n.tenant = e.tenant AND n.user = e.user AND n.entity_id = e.id AND n.position > 0 ORDER BY n.position
    )
)"""
_MERGED_INTO = """(
    SELECT m.into_id FROM entity_merge m INDEXED BY entity_merge_holds
    WHERE m.tenant = e.tenant AND m.user = e.user AND m.entity_id = e.id AND m.undone_at IS NULL
)"""
COLUMNS = f"{of('e', ENTITY)}, {_MERGED_INTO}, {_ALIASES}"
"""Of an entity `e`, as `rows.entity` reads them."""

_BY_ID = f"""
    SELECT {COLUMNS} FROM entity e
    WHERE e.tenant = :tenant AND e.user = :user AND e.id IN (SELECT value FROM json_each(:ids))
"""
_NAMED = f"""
    SELECT {COLUMNS}, w.value
    FROM json_each(:names) w CROSS JOIN entity e
    ON e.tenant = :tenant AND e.user = :user AND e.id IN (
        SELECT n.entity_id FROM entity_name n WHERE n.tenant = :tenant AND n.user = :user AND n.normal = w.value
    )
    ORDER BY e.created_at, e.id
"""
_KNOWN = "(:known_at IS NULL OR e.created_at <= :known_at)"
_HELD = """CASE WHEN :known_at IS NULL THEN m.undone_at IS NULL
        ELSE m.merged_at <= :known_at AND (m.undone_at IS NULL OR :known_at < m.undone_at) END"""
_LISTED = f"""
    SELECT e.id FROM entity e
    WHERE e.tenant = :tenant AND e.user = :user AND e.id > :after AND {_KNOWN} AND NOT EXISTS (
        SELECT 1 FROM entity_merge m INDEXED BY entity_merge_from
        WHERE m.tenant = e.tenant AND m.user = e.user AND m.entity_id = e.id AND {_HELD}
    )
    ORDER BY e.id LIMIT :limit
"""
# Whoever has such a name, and from there up to who stands for them.
_CONTAINING = f"""
    WITH RECURSIVE up (id) AS (
        SELECT n.entity_id FROM entity_name n
        WHERE n.tenant = :tenant AND n.user = :user AND instr(n.folded, :containing) > 0
        UNION
        SELECT m.into_id FROM up CROSS JOIN entity_merge m INDEXED BY entity_merge_from
        ON m.tenant = :tenant AND m.user = :user AND m.entity_id = up.id AND {_HELD}
    )
    SELECT up.id FROM up CROSS JOIN entity e
    ON e.tenant = :tenant AND e.user = :user AND e.id = up.id AND e.id > :after AND {_KNOWN} AND NOT EXISTS (
        SELECT 1 FROM entity_merge m INDEXED BY entity_merge_from
        WHERE m.tenant = :tenant AND m.user = :user AND m.entity_id = up.id AND {_HELD}
    )
    ORDER BY up.id LIMIT :limit
"""
_HOLDS = """(:as_of IS NULL OR (
                (f.valid_from IS NULL OR f.valid_from <= :as_of)
                AND (f.valid_to IS NULL OR :as_of < f.valid_to OR f.event)
            ))"""
# For each [who stands for them, one of them]. A fact that says something of an entity and that entity counts once.
_COUNTED = f"""
    SELECT stands, count(*) FROM (
        SELECT json_extract(g.value, '$[0]') AS stands, f.fact_id
        FROM json_each(:members) g CROSS JOIN fact_version f {{by_subject}}
        ON f.tenant = :tenant AND f.user = :user AND f.subject_id = json_extract(g.value, '$[1]')
            AND {{believed}} AND {_HOLDS}
        UNION
        SELECT json_extract(g.value, '$[0]'), f.fact_id
        FROM json_each(:members) g CROSS JOIN fact_version f {{by_object}}
        ON f.tenant = :tenant AND f.user = :user AND f.object_key = 'e:' || json_extract(g.value, '$[1]')
            AND {{believed}} AND {_HOLDS}
    ) GROUP BY stands
"""
_FACTS = _COUNTED.format(
    by_subject="INDEXED BY fact_believed_subject",
    by_object="INDEXED BY fact_believed_object",
    believed="f.recorded_to IS NULL",
)
_FACTS_THEN = _COUNTED.format(
    by_subject="",
    by_object="",
    believed="f.recorded_from <= :known_at AND (f.recorded_to IS NULL OR :known_at < f.recorded_to)",
)
_EPISODES = """
    SELECT json_extract(g.value, '$[0]') AS stands, count(DISTINCT m.episode_id)
    FROM json_each(:members) g CROSS JOIN mention m
    ON m.tenant = :tenant AND m.user = :user AND m.entity_id = json_extract(g.value, '$[1]')
        AND (:known_at IS NULL OR :known_at >= (
            SELECT d.recorded_at FROM episode d
            WHERE d.tenant = :tenant AND d.user = :user AND d.id = m.episode_id
        ))
    GROUP BY stands
"""


class SqliteEntities:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def entities(self, scope: Scope, ids: Sequence[str]) -> list[Entity]:
        if not ids:
            return []
        found = {row[0]: entity(row) for row in await self._rows(_BY_ID, scope, ids=listed(ids))}
        return [found[id] for id in ids if id in found]

    async def named(self, scope: Scope, names: Sequence[str]) -> dict[str, list[Entity]]:
        if not names:
            return {}
        found: dict[str, list[Entity]] = {}
        for *row, name in await self._rows(_NAMED, scope, names=listed(dict.fromkeys(names))):
            found.setdefault(name, []).append(entity(tuple(row)))
        return found

    async def cards(
        self,
        scope: Scope,
        containing: str | None,
        after: str | None,
        limit: int,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[EntityCard]:
        given = {
            "tenant": scope.tenant,
            "user": scope.user,
            "containing": (containing or "").casefold(),
            "after": after or "",
            "limit": limit,
            "known_at": micros(known_at),
        }

        def work(connection: Connection) -> list[EntityCard]:
            ids = [id for (id,) in connection.execute(_LISTED if containing is None else _CONTAINING, given)]
            return _cards(connection, scope, ids, as_of, known_at)

        return await self._database.read(work)

    async def card(
        self, scope: Scope, id: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> EntityCard | None:
        cards = await self._database.read(lambda connection: _cards(connection, scope, [id], as_of, known_at))
        return cards[0] if cards and (known_at is None or cards[0].entity.created_at <= known_at) else None

    async def _rows(self, statement: str, scope: Scope, **parameters: str | int) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            given = {"tenant": scope.tenant, "user": scope.user, **parameters}
            return connection.execute(statement, given).fetchall()

        return await self._database.read(work)


def _cards(
    connection: Connection, scope: Scope, ids: Sequence[str], as_of: datetime | None, known_at: datetime | None
) -> list[EntityCard]:
    """With what is merged into them; one that is merged itself comes alone."""
    if not ids:
        return []
    owner = {"tenant": scope.tenant, "user": scope.user}
    same = same_as(connection, scope, ids, known_at)
    groups = {id: same.all(id) if same.one(id) == id else (id,) for id in ids}
    wanted = listed(member for group in groups.values() for member in group)
    found = {row[0]: entity(row) for row in connection.execute(_BY_ID, {**owner, "ids": wanted})}
    if known_at is not None:
        found = {id: replace(e, merged_into=same.one(id) if same.one(id) != id else None) for id, e in found.items()}
    members = listed((id, member) for id, group in groups.items() for member in group)
    given = {**owner, "members": members, "as_of": micros(as_of), "known_at": micros(known_at)}
    facts = dict(connection.execute(_FACTS if known_at is None else _FACTS_THEN, given))
    episodes = dict(connection.execute(_EPISODES, given))
    return [
        EntityCard(united(found[member] for member in group), facts=facts.get(id, 0), episodes=episodes.get(id, 0))
        for id, group in groups.items()
        if id in found
    ]
