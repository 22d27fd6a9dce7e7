"""What is particular to knowledge in Neo4j: how it hangs together, what indexes can hold, and what is counted."""

from __future__ import annotations

from app.adapters.graph.neo4j import Neo4jGraph
from app.domain.entity import normal_name
from app.domain.fact import Value
from app.domain.scope import Scope
from app.ports.graph.knowledge import FactQuery, Group, Mention, Place
from tests.contracts.graph.isolation import STEPS, perform
from tests.contracts.graph.made import CAROLINE, HOUR, NOON, change, closure, entity, said, statement, version
from tests.servers.neo4j import Neo4jServer


async def test_the_words_behind_a_fact_are_found_by_following_relationships(
    graph: Neo4jGraph, database: Neo4jServer
) -> None:
    one, two = (await said(graph, "1", "2")).fresh
    caroline, acme, globex = entity(), entity("Acme"), entity("Globex")
    first, second = statement(caroline, "works_at", acme, one.id), statement(caroline, "works_at", globex, two.id)
    old, new = version(first), version(second)
    people = (caroline, acme, globex)
    mention = Mention(acme.id, one.id, 0, 4)
    await change(graph, entities=people, mentions=(mention,), statements=(first, second), append=(old, new))
    await change(graph, close=(closure(old, fact_id=new.fact_id, episode_id=two.id),), at=NOON + HOUR)
    found = database.query(
        """
        MATCH (:Entity {name: 'Acme'})<-[:OBJECT]-(f:Fact)-[:SUBJECT]->(subject:Entity),
            (f)-[:SUPPORTED_BY]->(:Statement)-[said:EVIDENCE]->(spoken:Episode)-[:MENTIONS]->(:Entity {name: 'Acme'}),
            (f)-[why:RETIRED_BY]->(retiring:Episode)
        RETURN f.fact_id, subject.name, said.start, said.end, spoken.id, why.rule, retiring.id
        """
    )
    assert [tuple(row) for row in found] == [(old.fact_id, "Caroline", 0, 5, one.id, "superseded", two.id)]


async def test_texts_longer_than_an_index_can_hold_are_kept_and_found(graph: Neo4jGraph) -> None:
    long, longer = "très " * 4_000, "très " * 4_000 + "long"
    caroline, book = entity(), entity(long, aliases=(longer,))
    one = statement(caroline, "likes", long)
    two = statement(caroline, "likes", longer, seq=2, replaces=Value(literal=long))
    facts = version(one), version(two)
    await change(graph, entities=(caroline, book), statements=(one, two), append=facts)
    assert await graph.entities.entities(CAROLINE, [book.id]) == [book]
    assert [card.entity for card in await graph.entities.cards(CAROLINE, "S LONG", None, 10)] == [book]
    normal = normal_name(longer)
    assert await graph.entities.named(CAROLINE, [normal]) == {normal: [book]}
    for text, fact in ((long, facts[0]), (longer, facts[1])):
        assert await graph.facts.facts(CAROLINE, FactQuery(objects=(Value(literal=text),)), None, 10) == [fact]
    group = Group(caroline.id, "likes", Value(literal=long).key)
    assert await graph.facts.statements(CAROLINE, [group]) == [one, two]
    assert (await graph.facts.vicinities(CAROLINE, [Place(group, NOON)]))[0].versions == ()


async def test_nothing_is_left_of_names_and_words_that_are_gone(graph: Neo4jGraph, database: Neo4jServer) -> None:
    (episode,) = (await said(graph)).fresh
    mel = entity("Mel Smith", aliases=("Melly",))
    told = statement(mel, "likes", "tea", episode.id)
    await change(graph, entities=(mel,), statements=(told,), withdraw=(told.id,))
    await change(graph, entities=(entity("Mel", id=mel.id),), deleted_episodes=(episode.id,))
    ((names, words, rest),) = database.query(
        """
        RETURN COUNT { (:EntityName) } AS names, COUNT { (:EntityWord) } AS words,
            COUNT { (:Statement) } + COUNT { (:StatementMark) } AS rest
        """
    )
    assert (names, words, rest) == (1, 1, 0)


async def test_the_counts_kept_are_the_counts_there_are(graph: Neo4jGraph, database: Neo4jServer) -> None:
    for n in range(len(STEPS)):
        for step in (*STEPS[: n + 1], *STEPS[n // 2 : n]):
            await perform(graph, Scope("acme", f"user-{n}"), step)
    kept = {
        user.user_id: (user.sessions, user.episodes, user.pending, user.failed, user.entities, user.facts)
        for user in await graph.episodes.users("acme", None, 100)
    }
    counted = database.query(
        """
        MATCH (u:User {tenant: 'acme'})
        RETURN u.user, [
            COUNT { (s:Session {tenant: 'acme', user: u.user}) },
            COUNT { (e:Episode {tenant: 'acme', user: u.user}) },
            COUNT { (e:Episode {tenant: 'acme', user: u.user, state: 'pending'}) },
            COUNT { (e:Episode {tenant: 'acme', user: u.user, state: 'failed'}) },
            COUNT {
                MATCH (e:Entity {tenant: 'acme', user: u.user})
                WHERE NOT EXISTS { (e)-[merge:MERGED_INTO]->() WHERE merge.undone_at IS NULL }
            },
            COUNT { MATCH (f:Fact {tenant: 'acme', user: u.user}) WHERE f.recorded_to IS NULL }
        ]
        """
    )
    assert kept == {user: tuple(counts) for user, counts in counted}
