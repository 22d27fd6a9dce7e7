"""Fact versions and statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

from app.adapters.graph.encoding import bounded, micros, moment
from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import STATEMENT, Row, fact, listed, of, statement
from app.adapters.graph.sqlite.vicinity import COLUMNS, backing, vicinity
from app.domain.fact import FactVersion, Span, Statement
from app.domain.scope import Scope
from app.ports.graph.knowledge import Backing, FactQuery, FactState, Group, Marks, Place, Vicinity

# First which, then all of them: what is sorted only to be left out is not read whole.
_FACTS = f"""
    SELECT {COLUMNS} FROM (
        SELECT v.tenant, v.user, v.fact_id, v.version FROM fact_version v {{index}}
        WHERE v.tenant = :tenant AND v.user = :user {{conditions}}
        ORDER BY v.fact_id, v.version LIMIT :limit
    ) k CROSS JOIN fact_version v
    ON v.tenant = k.tenant AND v.user = k.user AND v.fact_id = k.fact_id AND v.version = k.version
"""
_VERSIONS = f"""
    SELECT {COLUMNS} FROM fact_version v
    WHERE v.tenant = :tenant AND v.user = :user AND v.fact_id IN (SELECT value FROM json_each(:ids))
    ORDER BY v.fact_id, v.version
"""
# Groups with an object and groups without are asked for apart, so that both find their rows by the index alone.
_GROUPED = """
    SELECT {columns} FROM json_each(:groups) g CROSS JOIN {tables}
    ON v.tenant = :tenant AND v.user = :user
        AND v.subject_id = json_extract(g.value, '$[0]') AND v.predicate = json_extract(g.value, '$[1]')
"""
_BELIEFS = _GROUPED.format(columns=COLUMNS, tables="fact_version v")
_SAID = _GROUPED.format(columns=of("v", STATEMENT), tables="statement v")
_MARKED = """
    SELECT m.statement_id, m.withdrawn, m.outdated, m.restored_at
    FROM json_each(:groups) g CROSS JOIN statement_mark m
    ON m.tenant = :tenant AND m.user = :user
        AND m.subject_id = json_extract(g.value, '$[0]') AND m.predicate = json_extract(g.value, '$[1]')
    CROSS JOIN statement v ON v.tenant = :tenant AND v.user = :user AND v.id = m.statement_id
"""
_OF_OBJECT = " AND v.object_key = json_extract(g.value, '$[2]')"
# What ends every value, or takes the place of one, bears on that one too.
_BEARING = (
    _OF_OBJECT,
    " AND v.replaces_key = json_extract(g.value, '$[2]')",
    " AND v.polarity = 'ends_all'",
)
_SAID_IN = f"""
    SELECT {STATEMENT} FROM statement
    WHERE tenant = :tenant AND user = :user AND episode_id IN (SELECT value FROM json_each(:ids))
"""
_EVIDENCE = """
    SELECT s.fact_id, s.version, t.episode_id, t.span_start, t.span_end, t.quote
    FROM json_each(:facts) k
    CROSS JOIN support s ON s.tenant = :tenant AND s.user = :user
        AND s.fact_id = json_extract(k.value, '$[0]') AND s.version = json_extract(k.value, '$[1]')
    CROSS JOIN statement t ON t.tenant = :tenant AND t.user = :user AND t.id = s.statement_id
        AND t.episode_id IS NOT NULL
    ORDER BY t.seq, t.id
"""


class SqliteFacts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def facts(
        self, scope: Scope, query: FactQuery, after: tuple[str, int] | None, limit: int
    ) -> list[FactVersion]:
        conditions, parameters = _conditions(query)
        if after is not None:
            conditions.append("(v.fact_id, v.version) > (:after_fact, :after_version)")
            parameters |= {"after_fact": after[0], "after_version": bounded(after[1])}
        text = _FACTS.format(index=_index(query), conditions="".join(f" AND {condition}" for condition in conditions))
        return sorted(map(fact, await self._rows(text, scope, limit=limit, **parameters)), key=_order_kept)

    async def versions(self, scope: Scope, fact_ids: Sequence[str]) -> list[FactVersion]:
        if not fact_ids:
            return []
        return [fact(row) for row in await self._rows(_VERSIONS, scope, ids=listed(fact_ids))]

    async def groups(self, scope: Scope, groups: Sequence[Group]) -> list[FactVersion]:
        found = map(fact, await self._grouped(_BELIEFS, (_OF_OBJECT,), scope, groups))
        return sorted(found, key=_order_kept)

    async def statements(self, scope: Scope, groups: Sequence[Group]) -> list[Statement]:
        return sorted(map(statement, await self._grouped(_SAID, _BEARING, scope, groups)), key=_order_said)

    async def marks(self, scope: Scope, groups: Sequence[Group]) -> Marks:
        marked = await self._grouped(_MARKED, _BEARING, scope, groups)
        return Marks(
            withdrawn=frozenset(id for id, withdrawn, outdated, _ in marked if withdrawn or outdated),
            restored={
                id: moment(at)
                for id, withdrawn, outdated, at in marked
                if at is not None and not withdrawn and not outdated
            },
            outdated=frozenset(id for id, _, outdated, _ in marked if outdated),
        )

    async def vicinities(self, scope: Scope, places: Sequence[Place]) -> list[Vicinity]:
        return await self._database.read(lambda connection: [vicinity(connection, scope, place) for place in places])

    async def backing(self, scope: Scope, versions: Sequence[tuple[str, int]], fences: Sequence[Place]) -> Backing:
        return await self._database.read(lambda connection: backing(connection, scope, versions, fences))

    async def statements_from(self, scope: Scope, episode_ids: Sequence[str]) -> list[Statement]:
        if not episode_ids:
            return []
        return sorted(map(statement, await self._rows(_SAID_IN, scope, ids=listed(episode_ids))), key=_order_said)

    async def evidence(self, scope: Scope, facts: Sequence[tuple[str, int]]) -> dict[tuple[str, int], list[Span]]:
        if not facts:
            return {}
        found: dict[tuple[str, int], list[Span]] = {}
        for fact_id, version, *span in await self._rows(_EVIDENCE, scope, facts=listed(dict.fromkeys(facts))):
            found.setdefault((fact_id, version), []).append(Span(*span))
        return found

    async def _grouped(self, text: str, narrowed: Sequence[str], scope: Scope, groups: Sequence[Group]) -> list[Row]:
        """Each row once, though groups may overlap. `narrowed`: conditions, each of which admits rows to a group with
        an object."""
        if not groups:
            return []
        whole = listed({(g.subject_id, g.predicate): None for g in groups if g.object_key is None})
        narrow = listed({(g.subject_id, g.predicate, g.object_key): None for g in groups if g.object_key is not None})
        asked = [(text, whole), *((text + condition, narrow) for condition in narrowed)]
        owner = {"tenant": scope.tenant, "user": scope.user}

        def work(connection: Connection) -> list[Row]:
            rows: dict[Row, None] = {}
            for one, wanted in asked:
                rows |= dict.fromkeys(connection.execute(one, {**owner, "groups": wanted}))
            return list(rows)

        return await self._database.read(work)

    async def _rows(self, text: str, scope: Scope, **parameters: str | int | None) -> list[Row]:
        def work(connection: Connection) -> list[Row]:
            return connection.execute(text, {"tenant": scope.tenant, "user": scope.user, **parameters}).fetchall()

        return await self._database.read(work)


def _conditions(query: FactQuery) -> tuple[list[str], dict[str, str | int | None]]:
    conditions: list[str] = []
    parameters: dict[str, str | int | None] = {}
    if query.subjects is not None:
        conditions.append("v.subject_id IN (SELECT value FROM json_each(:subjects))")
        parameters["subjects"] = listed(query.subjects)
    if query.objects is not None:
        conditions.append("v.object_key IN (SELECT value FROM json_each(:objects))")
        parameters["objects"] = listed(value.key for value in query.objects)
    if query.predicate is not None:
        conditions.append("v.predicate = :predicate")
        parameters["predicate"] = query.predicate
    if query.state is FactState.CURRENT:
        conditions += _believed(query.known_at)
        parameters["known_at"] = micros(query.known_at)
        if query.as_of is not None:
            conditions.append("(v.valid_from IS NULL OR v.valid_from <= :as_of)")
            conditions.append("(v.valid_to IS NULL OR :as_of < v.valid_to OR v.event)")
            parameters["as_of"] = micros(query.as_of)
    return conditions, parameters


def _index(query: FactQuery) -> str:
    """What is believed now is found among that alone, however much was believed before."""
    if query.state is FactState.ALL or query.known_at is not None:
        return ""
    if query.subjects is not None:
        return "INDEXED BY fact_believed_subject"
    return "INDEXED BY fact_believed_object" if query.objects is not None else ""


def _believed(known_at: datetime | None) -> list[str]:
    if known_at is None:
        return ["v.recorded_to IS NULL"]
    return ["v.recorded_from <= :known_at", "(v.recorded_to IS NULL OR :known_at < v.recorded_to)"]


def _order_kept(version: FactVersion) -> tuple[str, int]:
    return version.fact_id, version.version


def _order_said(said: Statement) -> tuple[int, str]:
    return said.seq, said.id
