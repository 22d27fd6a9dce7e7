"""Fact versions and statements."""

from __future__ import annotations

from collections.abc import Sequence

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import bounded, micros, moment
from app.adapters.graph.neo4j.connection import Connection, Query, rows
from app.adapters.graph.neo4j.properties import (
    FACT,
    STATEMENT,
    Properties,
    fact,
    group_properties,
    indexed,
    span,
    statement,
)
from app.adapters.graph.neo4j.vicinity import backing, vicinities
from app.domain.fact import FactVersion, Span, Statement
from app.domain.scope import Scope
from app.ports.graph.knowledge import Backing, FactQuery, FactState, Group, Marks, Place, Vicinity

_BELIEVED = "f.believed = true"
# Cases, for of alternatives the planner makes several searches.
_KNOWN = """CASE WHEN $known_at IS NULL THEN true
                ELSE f.recorded_from <= $known_at AND coalesce($known_at < f.recorded_to, true) END"""
_ONES = {"subjects": "$subjects", "predicate": "$subjects", "objects": "$objects", "all": "[true]"}
# By what they are found, and the index that finds them; what is believed now, among that alone. Where an index ends
# with the fact and its version, a page costs no more than itself.
_ACCESS = {
    ("subjects", True): ("f.subject_id = one AND f.version IS NOT NULL", "believed, subject_id, fact_id, version"),
    ("subjects", False): (
        "f.subject_id = one AND f.predicate IS NOT NULL AND f.object_key IS NOT NULL",
        "subject_id, predicate, object_key",
    ),
    ("predicate", True): (
        "f.subject_id = one AND f.predicate = $predicate AND f.group_key IS NOT NULL AND f.begins IS NOT NULL",
        "believed, subject_id, predicate, group_key, begins",
    ),
    ("predicate", False): (
        "f.subject_id = one AND f.predicate = $predicate AND f.object_key IS NOT NULL",
        "subject_id, predicate, object_key",
    ),
    ("objects", True): ("f.object_key = one AND f.version IS NOT NULL", "believed, object_key, fact_id, version"),
    ("objects", False): ("f.object_key = one", "object_key"),
    ("all", True): ("f.version IS NOT NULL", "fact_id, version"),
    ("all", False): ("f.version IS NOT NULL", "fact_id, version"),
}


def _before(index: str) -> str:
    """What of an index comes before the fact and its version, and is one and the same for all that it finds."""
    before, found, _ = index.partition("fact_id, version")
    return "".join(f"f.{name}, " for name in before.split(", ")[:-1]) if found else ""


_FACTS = {
    (by, now): Query(
        f"facts.{'believed' if now else 'known'}_by_{by}",
        f"""
        UNWIND {_ONES[by]} AS one
        CALL (one) {{
            MATCH (f:Fact) USING INDEX SEEK f:Fact(tenant, user, {index})
            WHERE f.tenant = $tenant AND f.user = $user AND {_BELIEVED if now else _KNOWN} AND {found}
                AND f.fact_id >= $after_fact
                AND CASE f.fact_id WHEN $after_fact THEN f.version > $after_version ELSE true END
                AND ($predicate IS NULL OR f.predicate = $predicate) AND ($objects IS NULL OR f.object_key IN $objects)
                AND ($as_of IS NULL OR f.begins <= $as_of AND (f.event OR coalesce($as_of < f.valid_to, true)))
            RETURN f ORDER BY f.tenant, f.user, {_before(index)}f.fact_id, f.version LIMIT $limit
        }}
        WITH f ORDER BY f.fact_id, f.version LIMIT $limit
        RETURN {FACT} AS fact
        """,
        writes=False,
    )
    for (by, now), (found, index) in _ACCESS.items()
}
_VERSIONS = Query(
    "facts.versions",
    f"""
    UNWIND $ids AS id
    MATCH (f:Fact {{tenant: $tenant, user: $user, fact_id: id}}) WHERE f.version IS NOT NULL
    WITH f ORDER BY f.fact_id, f.version
    RETURN {FACT} AS fact
    """,
    writes=False,
)
# Groups with an object and groups without are asked for apart, so that both find their rows by the index alone.
_BELIEFS = """
    UNWIND $groups AS asked
    MATCH (f:Fact) USING INDEX SEEK f:Fact(tenant, user, subject_id, predicate, object_key)
    WHERE f.tenant = $tenant AND f.user = $user AND f.subject_id = asked.subject AND f.predicate = asked.predicate
        AND f.object_key {object}
    WITH DISTINCT f
    RETURN {fact} AS fact
"""
_BELIEFS_WHOLE = Query("facts.group", _BELIEFS.format(object="IS NOT NULL", fact=FACT), writes=False)
_BELIEFS_NARROW = Query("facts.group_of_object", _BELIEFS.format(object="= asked.object", fact=FACT), writes=False)
_SAID_WHOLE = Query(
    "facts.statements",
    f"""
    UNWIND $groups AS asked
    MATCH (s:Statement) USING INDEX SEEK s:Statement(tenant, user, subject_id, predicate, object_key)
    WHERE s.tenant = $tenant AND s.user = $user AND s.subject_id = asked.subject AND s.predicate = asked.predicate
        AND s.object_key IS NOT NULL
    WITH DISTINCT s
    RETURN {STATEMENT} AS said
    """,
    writes=False,
)
# What ends every value, or takes the place of one, bears on that one too.
_BEARING = """
        MATCH (s:Statement) USING INDEX SEEK s:Statement(tenant, user, subject_id, predicate, {property})
        WHERE s.tenant = $tenant AND s.user = $user AND s.subject_id = asked.subject AND s.predicate = asked.predicate
            AND s.{property} = {value}
        RETURN s
"""
_SAID_NARROW = Query(
    "facts.statements_of_object",
    f"""
    UNWIND $groups AS asked
    CALL (asked) {{
        {_BEARING.format(property="object_key", value="asked.object")}
        UNION
        {_BEARING.format(property="replaces_key", value="asked.object")}
        UNION
        {_BEARING.format(property="polarity", value="'ends_all'")}
    }}
    WITH DISTINCT s
    RETURN {STATEMENT} AS said
    """,
    writes=False,
)
_MARKED = Query(
    "facts.marks",
    """
    UNWIND $groups AS asked
    MATCH (m:StatementMark) USING INDEX SEEK m:StatementMark(tenant, user, subject_id, predicate)
    WHERE m.tenant = $tenant AND m.user = $user AND m.subject_id = asked.subject AND m.predicate = asked.predicate
    MATCH (m)<-[:MARKED]-(s:Statement)
    WHERE asked.object IS NULL OR s.object_key = asked.object OR s.replaces_key = asked.object
        OR s.polarity = 'ends_all'
    WITH DISTINCT m
    RETURN properties(m) AS mark
    """,
    writes=False,
)
_SAID_IN = Query(
    "facts.statements_from",
    f"""
    UNWIND $ids AS id
    MATCH (:Episode {{tenant: $tenant, user: $user, id: id}})<-[:EVIDENCE]-(s:Statement)
    RETURN {STATEMENT} AS said
    """,
    writes=False,
)
_EVIDENCE = Query(
    "facts.evidence",
    f"""
    UNWIND $facts AS asked
    MATCH (:Fact {{tenant: $tenant, user: $user, fact_id: asked[0], version: asked[1]}})-[:SUPPORTED_BY]->(s:Statement)
    WHERE s.episode_id IS NOT NULL
    WITH asked, s ORDER BY s.seq, s.id
    RETURN asked, {STATEMENT} AS said
    """,
    writes=False,
)
QUERIES = (
    *_FACTS.values(),
    _VERSIONS,
    _BELIEFS_WHOLE,
    _BELIEFS_NARROW,
    _SAID_WHOLE,
    _SAID_NARROW,
    _MARKED,
    _SAID_IN,
    _EVIDENCE,
)


class Neo4jFacts:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def facts(
        self, scope: Scope, query: FactQuery, after: tuple[str, int] | None, limit: int
    ) -> list[FactVersion]:
        by, now, given = _asked(query)
        fact_id, version = after or ("", 0)
        found = await self._rows(
            _FACTS[by, now], scope, after_fact=fact_id, after_version=bounded(version), limit=limit, **given
        )
        return sorted((fact(row["fact"]) for row in found), key=_order_kept)

    async def versions(self, scope: Scope, fact_ids: Sequence[str]) -> list[FactVersion]:
        if not fact_ids:
            return []
        found = await self._rows(_VERSIONS, scope, ids=list(dict.fromkeys(fact_ids)))
        return [fact(row["fact"]) for row in found]

    async def groups(self, scope: Scope, groups: Sequence[Group]) -> list[FactVersion]:
        found = (fact(row["fact"]) for row in await self._grouped(_BELIEFS_WHOLE, _BELIEFS_NARROW, scope, groups))
        return sorted({(version.fact_id, version.version): version for version in found}.values(), key=_order_kept)

    async def statements(self, scope: Scope, groups: Sequence[Group]) -> list[Statement]:
        found = (statement(row["said"]) for row in await self._grouped(_SAID_WHOLE, _SAID_NARROW, scope, groups))
        return sorted({said.id: said for said in found}.values(), key=_order_said)

    async def marks(self, scope: Scope, groups: Sequence[Group]) -> Marks:
        if not groups:
            return Marks(frozenset(), {})
        asked = [group_properties(group) for group in dict.fromkeys(groups)]
        marked = [row["mark"] for row in await self._rows(_MARKED, scope, groups=asked)]
        gone = {mark["statement_id"] for mark in marked if mark.get("withdrawn") or mark.get("outdated")}
        return Marks(
            withdrawn=frozenset(gone),
            restored={
                mark["statement_id"]: moment(mark["restored_at"])
                for mark in marked
                if "restored_at" in mark and mark["statement_id"] not in gone
            },
            outdated=frozenset(mark["statement_id"] for mark in marked if mark.get("outdated")),
        )

    async def vicinities(self, scope: Scope, places: Sequence[Place]) -> list[Vicinity]:
        return await self._connection.read(lambda tx: vicinities(tx, scope, places)) if places else []

    async def backing(self, scope: Scope, versions: Sequence[tuple[str, int]], fences: Sequence[Place]) -> Backing:
        return await self._connection.read(lambda tx: backing(tx, scope, versions, fences))

    async def statements_from(self, scope: Scope, episode_ids: Sequence[str]) -> list[Statement]:
        if not episode_ids:
            return []
        found = await self._rows(_SAID_IN, scope, ids=list(dict.fromkeys(episode_ids)))
        return sorted((statement(row["said"]) for row in found), key=_order_said)

    async def evidence(self, scope: Scope, facts: Sequence[tuple[str, int]]) -> dict[tuple[str, int], list[Span]]:
        if not facts:
            return {}
        found: dict[tuple[str, int], list[Span]] = {}
        for row in await self._rows(_EVIDENCE, scope, facts=[list(key) for key in dict.fromkeys(facts)]):
            fact_id, version = row["asked"]
            found.setdefault((fact_id, version), []).append(span(row["said"]))
        return found

    async def _grouped(self, whole: Query, narrow: Query, scope: Scope, groups: Sequence[Group]) -> list[Properties]:
        """A row may come more than once, where groups overlap."""
        asked = [group_properties(group) for group in dict.fromkeys(groups)]
        parts = (
            (whole, [group for group in asked if group["object"] is None]),
            (narrow, [group for group in asked if group["object"] is not None]),
        )

        async def work(tx: AsyncManagedTransaction) -> list[Properties]:
            found: list[Properties] = []
            for query, wanted in parts:
                if wanted:
                    found += await rows(tx, query, tenant=scope.tenant, user=scope.user, groups=wanted)
            return found

        return await self._connection.read(work) if asked else []

    async def _rows(self, query: Query, scope: Scope, **given: object) -> list[Properties]:
        return await self._connection.read(lambda tx: rows(tx, query, tenant=scope.tenant, user=scope.user, **given))


def _asked(query: FactQuery) -> tuple[str, bool, Properties]:
    """What to find them by, whether only what is believed now is wanted, and the parameters."""
    current = query.state is FactState.CURRENT
    by = "all"
    if query.subjects is not None:
        by = "subjects" if query.predicate is None else "predicate"
    elif query.objects is not None:
        by = "objects"
    given = {
        "subjects": None if query.subjects is None else list(dict.fromkeys(query.subjects)),
        "objects": None if query.objects is None else list({indexed(value.key): None for value in query.objects}),
        "predicate": query.predicate,
        "as_of": micros(query.as_of) if current else None,
        "known_at": micros(query.known_at) if current else None,
    }
    return by, current and query.known_at is None, given


def _order_kept(version: FactVersion) -> tuple[str, int]:
    return version.fact_id, version.version


def _order_said(said: Statement) -> tuple[int, str]:
    return said.seq, said.id
