"""Fact versions and statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import TypeVar

from app.adapters.graph.sqlite.database import Database
from app.adapters.graph.sqlite.rows import FACT, STATEMENT, Row, bounded, fact, listed, micros, of, statement
from app.domain.fact import FactVersion, Span, Statement
from app.domain.scope import Scope
from app.ports.graph.knowledge import FactQuery, FactState, Group

T = TypeVar("T")

_SUPPORT = """(
    SELECT json_group_array(statement_id) FROM (
        SELECT s.statement_id FROM support s
        WHERE s.tenant = v.tenant AND s.user = v.user AND s.fact_id = v.fact_id AND s.version = v.version
        ORDER BY s.position
    )
)"""
COLUMNS = f"{of('v', FACT)}, {_SUPPORT}"
"""Of a fact version `v`, as `rows.fact` reads them."""

_VERSIONS = f"""
    SELECT {COLUMNS} FROM fact_version v
    WHERE v.tenant = :tenant AND v.user = :user AND v.fact_id IN (SELECT value FROM json_each(:ids))
    ORDER BY v.fact_id, v.version
"""
# Groups with an object and groups without are asked for apart, so that both find their rows by the index alone.
_GROUPED = """
    SELECT {columns} FROM json_each(:groups) g CROSS JOIN {table} v
    ON v.tenant = :tenant AND v.user = :user
        AND v.subject_id = json_extract(g.value, '$[0]') AND v.predicate = json_extract(g.value, '$[1]')
"""
_OF_OBJECT = " AND v.object_key = json_extract(g.value, '$[2]')"
_BELIEVED = _GROUPED.format(columns=COLUMNS, table="fact_version") + " AND v.recorded_to IS NULL"
_SAID = _GROUPED.format(columns=of("v", STATEMENT), table="statement")
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
        text = (
            f"SELECT {COLUMNS} FROM fact_version v WHERE v.tenant = :tenant AND v.user = :user"
            f"{''.join(f' AND {condition}' for condition in conditions)} ORDER BY v.fact_id, v.version LIMIT :limit"
        )
        return [fact(row) for row in await self._rows(text, scope, limit=limit, **parameters)]

    async def versions(self, scope: Scope, fact_ids: Sequence[str]) -> list[FactVersion]:
        if not fact_ids:
            return []
        return [fact(row) for row in await self._rows(_VERSIONS, scope, ids=listed(fact_ids))]

    async def groups(self, scope: Scope, groups: Sequence[Group]) -> list[FactVersion]:
        found = await self._grouped(_BELIEVED, scope, groups, fact, lambda version: (version.fact_id, version.version))
        return sorted(found, key=lambda version: (version.fact_id, version.version))

    async def statements(self, scope: Scope, groups: Sequence[Group]) -> list[Statement]:
        found = await self._grouped(_SAID, scope, groups, statement, lambda said: said.id)
        return sorted(found, key=_order_said)

    async def statements_from(self, scope: Scope, episode_ids: Sequence[str]) -> list[Statement]:
        if not episode_ids:
            return []
        return sorted(map(statement, await self._rows(_SAID_IN, scope, ids=listed(episode_ids))), key=_order_said)

    async def evidence(self, scope: Scope, facts: Sequence[tuple[str, int]]) -> dict[tuple[str, int], list[Span]]:
        if not facts:
            return {}
        found: dict[tuple[str, int], list[Span]] = {}
        for fact_id, version, *span in await self._rows(_EVIDENCE, scope, facts=json.dumps(list(dict.fromkeys(facts)))):
            found.setdefault((fact_id, version), []).append(Span(*span))
        return found

    async def _grouped(
        self, text: str, scope: Scope, groups: Sequence[Group], value: Callable[[Row], T], key: Callable[[T], object]
    ) -> list[T]:
        """Each once, though groups may overlap."""
        whole = [(group.subject_id, group.predicate) for group in groups if group.object_key is None]
        narrow = [(g.subject_id, g.predicate, g.object_key) for g in groups if g.object_key is not None]
        owner = {"tenant": scope.tenant, "user": scope.user}

        def work(connection: Connection) -> list[T]:
            rows: list[Row] = []
            for statement_text, wanted in ((text, whole), (text + _OF_OBJECT, narrow)):
                if wanted:
                    parameters = {**owner, "groups": json.dumps(list(dict.fromkeys(wanted)))}
                    rows += connection.execute(statement_text, parameters).fetchall()
            return list({key(found): found for found in map(value, rows)}.values())

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
            conditions.append("(v.valid_to IS NULL OR :as_of < v.valid_to)")
            parameters["as_of"] = micros(query.as_of)
    return conditions, parameters


def _believed(known_at: datetime | None) -> list[str]:
    if known_at is None:
        return ["v.recorded_to IS NULL"]
    return ["v.recorded_from <= :known_at", "(v.recorded_to IS NULL OR :known_at < v.recorded_to)"]


def _order_said(said: Statement) -> tuple[int, str]:
    return said.seq, said.id
