"""The steps of a change set that concern entities: their names, and where they are mentioned. Each runs within the
transaction of its commit and takes the lock of the user for granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from neo4j import AsyncManagedTransaction

from app.adapters.graph.neo4j.connection import Query, rows
from app.adapters.graph.neo4j.properties import UNSPOKEN, Properties, entity_properties, names_properties, words
from app.adapters.graph.neo4j.references import all_there
from app.domain.entity import Entity
from app.domain.scope import Scope
from app.ports.graph.knowledge import Mention

_NAMES = """
    FOREACH (name IN row.names | CREATE (e)-[:NAMED]->(n:EntityName {tenant: $tenant, user: $user}) SET n += name)
    FOREACH (word IN row.words |
        MERGE (w:EntityWord {tenant: $tenant, user: $user, word: word, entity_id: e.id})
        MERGE (e)-[:HAS_WORD]->(w)
    )
"""
_FORGET_NAMES = Query(
    "changes.forget_names",
    """
    UNWIND $ids AS id
    MATCH (:Entity {tenant: $tenant, user: $user, id: id})-[:NAMED|HAS_WORD]->(n)
    DETACH DELETE n
    """,
    writes=True,
)
_PUT_ENTITIES = Query(
    "changes.put_entities",
    f"""
    UNWIND $entities AS row
    OPTIONAL MATCH (known:Entity {{tenant: $tenant, user: $user, id: row.entity.id}})
    WITH row, known IS NULL AS fresh
    MERGE (e:Entity {{tenant: $tenant, user: $user, id: row.entity.id}})
    ON CREATE SET e.created_at = row.entity.created_at
    SET e.name = row.entity.name, e.type = row.entity.type, e.summary = row.entity.summary,
        e.aliases = row.entity.aliases
    {_NAMES}
    RETURN sum(CASE WHEN fresh THEN 1 ELSE 0 END) AS fresh
    """,
    writes=True,
)
_NAMES_OF = Query(
    "changes.names_of",
    """
    UNWIND $ids AS id
    MATCH (e:Entity {tenant: $tenant, user: $user, id: id})
    RETURN id, [e.name] + e.aliases AS names
    """,
    writes=False,
)
_ADD_NAMES = Query(
    "changes.add_names",
    f"""
    UNWIND $entities AS row
    MATCH (e:Entity {{tenant: $tenant, user: $user, id: row.id}})
    SET e.aliases = e.aliases + row.aliases
    {_NAMES}
    """,
    writes=True,
)
_MENTION = Query(
    "changes.mention",
    """
    UNWIND $mentions AS row
    MATCH (d:Episode {tenant: $tenant, user: $user, id: row.episode_id})
    MATCH (e:Entity {tenant: $tenant, user: $user, id: row.entity_id})
    MERGE (d)-[mention:MENTIONS {start: row.start}]->(e)
    ON CREATE SET mention.end = row.end
    RETURN count(*) AS found
    """,
    writes=True,
)
QUERIES = (_FORGET_NAMES, _PUT_ENTITIES, _NAMES_OF, _ADD_NAMES, _MENTION)


async def put_entities(tx: AsyncManagedTransaction, scope: Scope, entities: Iterable[Entity]) -> int:
    """How many of them are new. The last word on each counts."""
    given = {
        e.id: {
            "entity": entity_properties(e),
            "names": names_properties(dict.fromkeys((e.name, *e.aliases))),
            "words": words((e.name, *e.aliases)),
        }
        for e in entities
    }
    if not given:
        return 0
    await _run(tx, _FORGET_NAMES, scope, ids=list(given))
    (put,) = await _run(tx, _PUT_ENTITIES, scope, entities=list(given.values()))
    return int(put["fresh"])


async def add_aliases(tx: AsyncManagedTransaction, scope: Scope, aliases: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The ids of those that gained a name. Raises Conflict for an entity that is not there."""
    if not aliases:
        return []
    known = {row["id"]: row["names"] for row in await _run(tx, _NAMES_OF, scope, ids=list(aliases))}
    all_there("entities to be named", len(known), len(aliases))
    more = {id: [name for name in dict.fromkeys(names) if name not in known[id]] for id, names in aliases.items()}
    gained: list[Properties] = [
        {"id": id, "aliases": names, "names": names_properties(names), "words": words(names)}
        for id, names in more.items()
        if names
    ]
    if gained:
        await _run(tx, _ADD_NAMES, scope, entities=gained)
    return [entity["id"] for entity in gained]


async def add_mentions(tx: AsyncManagedTransaction, scope: Scope, mentions: Sequence[Mention]) -> None:
    """Raises Conflict for an entity or an episode that is not there."""
    if not mentions:
        return
    given = [
        {
            "episode_id": mention.episode_id,
            "entity_id": mention.entity_id,
            "start": UNSPOKEN if mention.start is None else mention.start,
            "end": UNSPOKEN if mention.end is None else mention.end,
        }
        for mention in mentions
    ]
    (done,) = await _run(tx, _MENTION, scope, mentions=given)
    all_there("mentions", done["found"], len(given))


async def _run(tx: AsyncManagedTransaction, query: Query, scope: Scope, **given: object) -> list[Properties]:
    return await rows(tx, query, tenant=scope.tenant, user=scope.user, **given)
