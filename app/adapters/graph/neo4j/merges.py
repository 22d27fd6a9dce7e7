"""Merges of entities and pairs in doubt, within a transaction: who is one with whom, and how that changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from neo4j import AsyncManagedTransaction

from app.adapters.graph.encoding import micros, moment
from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.properties import Properties
from app.domain.errors import Conflict
from app.domain.identity import By, Doubt, Merge, Reason, Same
from app.domain.scope import Scope

HELD = """(CASE WHEN $known_at IS NULL THEN {merge}.undone_at IS NULL
    ELSE {merge}.merged_at <= $known_at AND coalesce($known_at < {merge}.undone_at, true) END)"""
"""Whether a merge holds, or held then."""

# Links form trees: up to who stands for it, and down to all who are merged into that one.
SAME = Query(
    "merges.same",
    f"""
    UNWIND $ids AS id
    MATCH (asked:Entity {{tenant: $tenant, user: $user, id: id}})
        (()-[up:MERGED_INTO WHERE {HELD.format(merge="up")}]->())* (root:Entity)
    WHERE NOT EXISTS {{ (root)-[merge:MERGED_INTO]->() WHERE {HELD.format(merge="merge")} }}
    WITH DISTINCT root
    MATCH (root) (()<-[down:MERGED_INTO WHERE {HELD.format(merge="down")}]-())+ (member:Entity)
    WITH root, member ORDER BY member.id
    RETURN root.id AS root, collect(member.id) AS members
    """,
    writes=False,
)
_MERGE = Query(
    "merges.merge",
    """
    UNWIND $merges AS row
    MATCH (e:Entity {tenant: $tenant, user: $user, id: row.entity_id})
    WHERE NOT EXISTS { (e)-[held:MERGED_INTO]->() WHERE held.undone_at IS NULL }
    MATCH (into:Entity {tenant: $tenant, user: $user, id: row.into_id})
    CREATE (e)-[merge:MERGED_INTO {tenant: $tenant, user: $user}]->(into)
    SET merge += row
    RETURN count(*) AS made
    """,
    writes=True,
)
_UNMERGE = Query(
    "merges.unmerge",
    """
    UNWIND $ids AS id
    MATCH (:Entity {tenant: $tenant, user: $user, id: id})-[merge:MERGED_INTO]->()
    WHERE merge.undone_at IS NULL
    SET merge.undone_at = CASE WHEN merge.merged_at > $at THEN merge.merged_at ELSE $at END
    RETURN count(DISTINCT merge) AS undone
    """,
    writes=True,
)
_DOUBT = Query(
    "merges.doubt",
    """
    UNWIND $doubts AS row
    MATCH (one:Entity {tenant: $tenant, user: $user, id: row.entity_id})
    MATCH (other:Entity {tenant: $tenant, user: $user, id: row.other_id})
    MERGE (one)-[d:IN_DOUBT {tenant: $tenant, user: $user, entity_id: one.id, other_id: other.id}]->(other)
    ON CREATE SET d.noted_at = row.noted_at
    SET d.score = row.score, d.reason = row.reason, d.evidence = row.evidence
    RETURN count(*) AS noted
    """,
    writes=True,
)
QUERIES = (SAME, _MERGE, _UNMERGE, _DOUBT)


async def same_as(
    tx: AsyncManagedTransaction, scope: Scope, ids: Iterable[str], known_at: datetime | None = None
) -> Same:
    """Who is one with these now, or by the merges that held then."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return Same()
    found = await rows(tx, SAME, tenant=scope.tenant, user=scope.user, ids=wanted, known_at=micros(known_at))
    groups = [(row["root"], *row["members"]) for row in found]
    return Same({id: group for group in groups for id in group})


async def merge(tx: AsyncManagedTransaction, scope: Scope, merges: Sequence[Merge]) -> list[str]:
    """The entities that are shown otherwise from now on, whoever is one with these.
    Raises Conflict where one is merged already, or is not there: the plan was wrong."""
    if not merges:
        return []
    ids = list(dict.fromkeys(made.entity_id for made in merges))
    given = [properties(made) for made in merges]
    (done,) = await rows(tx, _MERGE, tenant=scope.tenant, user=scope.user, merges=given)
    if done["made"] != len(ids) or len(ids) != len(merges):
        raise Conflict("one of the entities to be merged is merged already, or is not there")
    return list((await same_as(tx, scope, ids)).everyone(ids))


async def unmerge(tx: AsyncManagedTransaction, scope: Scope, ids: Sequence[str], at: datetime) -> list[str]:
    """The entities that are shown otherwise from now on. Raises Conflict for one that is not merged."""
    if not ids:
        return []
    concerned = list((await same_as(tx, scope, ids)).everyone(ids))
    (done,) = await rows(tx, _UNMERGE, tenant=scope.tenant, user=scope.user, ids=list(ids), at=micros(at))
    if done["undone"] != len(ids):
        raise Conflict("one of the entities to be parted is not merged")
    return concerned


async def doubt(tx: AsyncManagedTransaction, scope: Scope, doubts: Sequence[Doubt]) -> None:
    """Raises Conflict for an entity that is not there."""
    if not doubts:
        return
    given = [
        {
            "entity_id": noted.entity_id,
            "other_id": noted.other_id,
            "score": noted.score,
            "reason": noted.reason.value,
            "evidence": list(noted.evidence),
            "noted_at": micros(noted.noted_at),
        }
        for noted in doubts
    ]
    (done,) = await rows(tx, _DOUBT, tenant=scope.tenant, user=scope.user, doubts=given)
    if done["noted"] != len(given):
        raise Conflict("one of the entities in doubt is not there")


def merged(found: Properties) -> Merge:
    """From the properties of a merge, and whom it is of."""
    return Merge(
        id=found["id"],
        entity_id=found["entity_id"],
        into_id=found["into_id"],
        score=found["score"],
        reason=Reason(found["reason"]),
        evidence=tuple(found["evidence"]),
        by=By(found["merged_by"]),
        at=moment(found["merged_at"]),
        undone_at=moment(found.get("undone_at")),
    )


def doubted(found: Properties) -> Doubt:
    return Doubt(
        found["entity_id"],
        found["other_id"],
        found["score"],
        Reason(found["reason"]),
        tuple(found["evidence"]),
        moment(found["noted_at"]),
    )


def properties(made: Merge) -> Properties:
    return {
        "id": made.id,
        "entity_id": made.entity_id,
        "into_id": made.into_id,
        "score": made.score,
        "reason": made.reason.value,
        "evidence": list(made.evidence),
        "merged_by": made.by.value,
        "merged_at": micros(made.at),
        "undone_at": micros(made.undone_at),
    }
