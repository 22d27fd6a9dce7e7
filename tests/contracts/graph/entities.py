"""What any store of entities does."""

from __future__ import annotations

from dataclasses import replace

from app.domain.entity import EntityType, normal_name
from app.ports.graph.knowledge import EntityCard, Mention
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import (
    BOB,
    CAROLINE,
    HOUR,
    NOON,
    change,
    closure,
    entity,
    said,
    statement,
    version,
)


class EntityStoreContract:
    async def test_entities_come_back_as_they_were_committed(self, graph: GraphStore) -> None:
        made = [
            entity("李明", type=EntityType.PERSON, aliases=("Li Ming", "小李", 'a "quote"'), created_at=NOON + HOUR),
            entity("Berlin", type=EntityType.PLACE, summary="A city.\n"),
        ]
        await change(graph, entities=tuple(made))
        ids = [e.id for e in reversed(made)]
        assert await graph.entities.entities(CAROLINE, ["unknown", *ids]) == list(reversed(made))
        assert await graph.entities.entities(CAROLINE, []) == []
        assert await graph.entities.entities(BOB, ids) == []

    async def test_an_entity_may_change(self, graph: GraphStore) -> None:
        mel = entity("Mel", type=EntityType.THING, aliases=("Melly",))
        await change(graph, entities=(mel,))
        changed = replace(mel, name="Melanie", type=EntityType.PERSON, aliases=("Mel",), summary="A friend.")
        await change(graph, entities=(changed,))
        assert await graph.entities.entities(CAROLINE, [mel.id]) == [changed]
        assert await graph.entities.named(CAROLINE, ["melly", "mel"]) == {"mel": [changed]}
        assert (await graph.episodes.user(CAROLINE)).entities == 1

    async def test_aliases_are_added_once_and_keep_their_order(self, graph: GraphStore) -> None:
        mel = entity("Mel", aliases=("Melly",))
        await change(graph, entities=(mel,), aliases={mel.id: ("Melanie",)})
        await change(graph, aliases={mel.id: ("Mel", "Melly", "M.", "Melanie", "M.")})
        assert await graph.entities.entities(CAROLINE, [mel.id]) == [replace(mel, aliases=("Melly", "Melanie", "M."))]

    async def test_names_and_aliases_are_found_in_their_normal_form(self, graph: GraphStore) -> None:
        older = entity("The Globex Corporation", aliases=("GLOBEX",), created_at=NOON - HOUR)
        newer = entity("Globex", aliases=("globex",), created_at=NOON)
        other = entity("Globex 2", created_at=NOON)
        await change(graph, entities=(newer, older, other))
        asked = [normal_name(name) for name in ("Globex", "the Globex Corporation", "unknown", "globex")]
        assert await graph.entities.named(CAROLINE, asked) == {
            "globex": [older, newer],
            "globex corporation": [older],
        }
        assert await graph.entities.named(CAROLINE, []) == {}
        assert await graph.entities.named(BOB, asked) == {}

    async def test_cards_are_paged_by_id(self, graph: GraphStore) -> None:
        made = [entity(f"name {n}") for n in range(4)]
        await change(graph, entities=tuple(reversed(made)))
        first = await graph.entities.cards(CAROLINE, None, None, 2)
        late = entity("name 9")
        await change(graph, entities=(late,))
        rest = await graph.entities.cards(CAROLINE, None, first[-1].entity.id, 10)
        assert [card.entity for card in first + rest] == [*made, late]

    async def test_cards_are_found_by_what_a_name_contains(self, graph: GraphStore) -> None:
        made = [
            entity("Straße 100%", aliases=("Main_Street",)),
            entity("ÉCOLE normale", type=EntityType.ORGANIZATION),
            entity("李明"),
        ]
        await change(graph, entities=tuple(made))

        async def found(containing: str) -> list[str]:
            return [card.entity.name for card in await graph.entities.cards(CAROLINE, containing, None, 10)]

        assert await found("STRASSE") == ["Straße 100%"]
        assert await found("0%") == ["Straße 100%"]
        assert await found("n_s") == ["Straße 100%"]
        assert await found("n%s") == []
        assert await found("école") == ["ÉCOLE normale"]
        assert await found("明") == ["李明"]

    async def test_a_card_counts_believed_facts_and_episodes(self, graph: GraphStore) -> None:
        one, two = (await said(graph, "1", "2")).fresh
        caroline, mel = entity(), entity("Mel")
        news = [
            statement(caroline, "knows", mel, one.id),
            statement(mel, "knows", caroline, one.id),
            statement(mel, "knows", mel, two.id),
            statement(caroline, "likes", "tea", two.id),
        ]
        facts = [version(said_so) for said_so in news]
        await change(
            graph,
            entities=(caroline, mel),
            mentions=(
                Mention(mel.id, one.id, 0, 3),
                Mention(mel.id, one.id, 9, 12),
                Mention(mel.id, two.id, None, None),
                Mention(caroline.id, one.id, None, None),
                Mention(caroline.id, one.id, None, None),
            ),
            statements=tuple(news),
            append=tuple(facts),
        )
        assert await graph.entities.card(CAROLINE, caroline.id) == EntityCard(caroline, facts=3, episodes=1)
        assert await graph.entities.card(CAROLINE, mel.id) == EntityCard(mel, facts=3, episodes=2)
        await change(graph, close=(closure(facts[0]), closure(facts[2])))
        assert await graph.entities.cards(CAROLINE, None, None, 10) == [
            EntityCard(caroline, facts=2, episodes=1),
            EntityCard(mel, facts=1, episodes=2),
        ]
        assert await graph.entities.card(CAROLINE, "unknown") is None
        assert await graph.entities.card(BOB, mel.id) is None
