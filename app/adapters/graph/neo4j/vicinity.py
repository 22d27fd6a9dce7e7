"""What is around a start of validity, found by steps into an index, whatever the size of the group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.properties import (
    FACT,
    LEAST,
    STATEMENT,
    Properties,
    fact,
    group_properties,
    statement,
)
from app.domain.fact import Statement
from app.domain.scope import Scope
from app.domain.time import BEGINNING
from app.domain.timeline import Horizon
from app.ports.graph.knowledge import Backing, Place, Vicinity


def _ordered(node: str, properties: str, way: str) -> str:
    """By all properties of an index, as it gives them."""
    return ", ".join(f"{node}.{name} {way}" for name in properties.split(", "))


def _present(node: str, properties: str) -> str:
    return " AND ".join(f"{node}.{name} IS NOT NULL" for name in properties.split(", "))


_OF_PREDICATE = """{node}.tenant = $tenant AND {node}.user = $user
            AND {node}.subject_id = place.subject AND {node}.predicate = place.predicate"""
_OF_GROUP = _OF_PREDICATE + " AND {node}.group_key = coalesce(place.object, '')"

_BELIEVED = "tenant, user, believed, subject_id, predicate, group_key, begins"


def _near(begins: str, way: str, most: int, name: str) -> str:
    return f"""
    CALL (place) {{
        MATCH (f:Fact) USING INDEX SEEK f:Fact({_BELIEVED})
        WHERE {_OF_GROUP.format(node="f")} AND f.believed = true AND {begins}
        WITH f ORDER BY {_ordered("f", _BELIEVED, way)} LIMIT {most}
        WITH {FACT} AS fact
        RETURN collect(fact) AS {name}
    }}"""


def _last(index: str, ordered: str, name: str) -> str:
    """Of the statements in the group, the one that is last in an index; as a list of one or none."""
    return f"""
    CALL (place) {{
        MATCH (s:Statement) USING INDEX SEEK s:Statement({index})
        WHERE {_OF_GROUP.format(node="s")} AND {_present("s", ordered)}
        WITH s ORDER BY {_ordered("s", index, "DESC")} LIMIT 1
        RETURN collect(s {{.*}}) AS {name}
    }}"""


_GROUP = "tenant, user, subject_id, predicate, group_key"


def _bearing(property: str, value: str, name: str) -> str:
    """The many-valued statements of other values that bear on the value asked for."""
    return f"""
    CALL (place) {{
        MATCH (s:Statement) USING INDEX SEEK s:Statement(tenant, user, subject_id, predicate, {property})
        WHERE {_OF_PREDICATE.format(node="s")} AND s.{property} = {value} AND s.cardinality = 'many'
            AND place.object IS NOT NULL
        RETURN collect(s {{.*}}) AS {name}
    }}"""


_VICINITY = Query(
    "vicinity.vicinities",
    f"""
    UNWIND range(0, size($places) - 1) AS number
    WITH number, $places[number] AS place
    {_near("f.begins = $least", "ASC", 2, "always")}
    {_near("f.begins > $least AND f.begins <= place.start", "DESC", 2, "before")}
    {_near("f.begins > place.start", "ASC", 1, "beyond")}
    {_last(f"{_GROUP}, valid_from, said_at, seq, place", "valid_from, said_at, seq, place", "begun")}
    {_last(f"{_GROUP}, said_at, seq, place", "said_at, seq, place", "told")}
    {_last(f"{_GROUP}, special_to", "special_to", "special")}
    {_bearing("polarity", "'ends_all'", "ends")}
    {_bearing("replaces_key", "place.object", "replaces")}
    RETURN number, always + before + beyond AS versions, begun, told, special, ends + replaces AS bearing, EXISTS {{
        MATCH (m:StatementMark) USING INDEX SEEK m:StatementMark(tenant, user, subject_id, predicate, restored_at)
        WHERE {_OF_PREDICATE.format(node="m")} AND m.restored_at IS NOT NULL
    }} AS restored
    ORDER BY number
    """,
    writes=False,
)
_SUPPORTING = Query(
    "vicinity.supporting",
    f"""
    UNWIND $versions AS asked
    MATCH (:Fact {{tenant: $tenant, user: $user, fact_id: asked[0], version: asked[1]}})-[:SUPPORTED_BY]->(s:Statement)
    WITH DISTINCT s
    RETURN {STATEMENT} AS said
    """,
    writes=False,
)
_FORMER = Query(
    "vicinity.former",
    f"""
    UNWIND $ids AS id
    MATCH (:Statement {{tenant: $tenant, user: $user, id: id}})<-[:SUPPORTED_BY]-(f:Fact)
    WITH DISTINCT f
    WHERE f.recorded_to IS NOT NULL AND NOT EXISTS {{
        MATCH (later:Fact {{tenant: $tenant, user: $user, fact_id: f.fact_id}}) WHERE later.version > f.version
    }}
    RETURN {FACT} AS fact
    """,
    writes=False,
)
_STARTS = f"{_GROUP}, valid_from, said_at, seq, place"
_FENCES = Query(
    "vicinity.fences",
    f"""
    UNWIND range(0, size($places) - 1) AS number
    WITH number, $places[number] AS place
    CALL (place) {{
        MATCH (s:Statement) USING INDEX SEEK s:Statement({_STARTS})
        WHERE {_OF_GROUP.format(node="s")} AND s.valid_from = place.start AND {_present("s", "said_at, seq, place")}
        RETURN s ORDER BY {_ordered("s", _STARTS, "DESC")} LIMIT 1
    }}
    RETURN number, {STATEMENT} AS said
    """,
    writes=False,
)
QUERIES = (_VICINITY, _SUPPORTING, _FORMER, _FENCES)


async def vicinities(tx: AsyncManagedTransaction, scope: Scope, places: Sequence[Place]) -> list[Vicinity]:
    found = await rows(
        tx, _VICINITY, tenant=scope.tenant, user=scope.user, places=[_given(place) for place in places], least=LEAST
    )
    return [_vicinity(place, row) for place, row in zip(places, found, strict=True)]


async def backing(
    tx: AsyncManagedTransaction, scope: Scope, versions: Sequence[tuple[str, int]], fences: Sequence[Place]
) -> Backing:
    owner = {"tenant": scope.tenant, "user": scope.user}
    supporting: tuple[Statement, ...] = ()
    former: list[Properties] = []
    found: list[Properties] = []
    if versions:
        asked = [list(key) for key in dict.fromkeys(versions)]
        supporting = tuple(statement(row["said"]) for row in await rows(tx, _SUPPORTING, **owner, versions=asked))
    if supporting:
        former = await rows(tx, _FORMER, **owner, ids=[said.id for said in supporting])
    if fences:
        found = await rows(tx, _FENCES, **owner, places=[_given(place) for place in fences])
    return Backing(
        statements=supporting,
        former=tuple(fact(row["fact"]) for row in former),
        fences={fences[row["number"]]: statement(row["said"]) for row in found},
    )


def _given(place: Place) -> Properties:
    return {**group_properties(place.group), "start": micros(place.start)}


def _vicinity(place: Place, row: Properties) -> Vicinity:
    versions = [fact(found) for found in row["versions"]]
    reaching = [v for v in versions if v.valid.end is None or v.valid.end >= place.start]
    return Vicinity(
        versions=tuple(sorted(reaching, key=lambda v: v.valid.start or BEGINNING)),
        reach=_reach(row),
        plain=not row["special"] and not row["bearing"],
        restored=row["restored"],
    )


def _reach(row: Properties) -> Horizon | None:
    """The statements that reach furthest in one way or another stand for all."""
    statements: list[dict[str, Any]] = [*row["begun"], *row["told"], *row["special"], *row["bearing"]]
    if not statements:
        return None
    starts = [s["valid_from"] for s in statements if "valid_from" in s]
    times = starts + [s["valid_to"] for s in statements if "valid_to" in s] + [s["said_at"] for s in statements]
    said_at, seq, place = max((s["said_at"], s["seq"], s.get("span_start", 0)) for s in statements)
    return Horizon(
        start=moment(max(starts)) if starts else BEGINNING,
        moment=moment(max(times)),
        telling=(moment(said_at), seq, place),
    )
