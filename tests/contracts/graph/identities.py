"""What any store of merges does."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from app.domain.entity import Entity
from app.domain.identity import By, Doubt, Merge, Reason, Same, words_of
from app.ports.graph.knowledge import EntityCard, Mention
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import BOB, CAROLINE, HOUR, NOON, change, entity, new_id, said, statement, version


def merge(one: Entity, into: Entity, at: datetime = NOON, **given: Any) -> Merge:
    return Merge(
        **{
            "id": new_id("merge"),
            "entity_id": one.id,
            "into_id": into.id,
            "score": 0.9,
            "reason": Reason.GIVEN_NAME,
            "evidence": ("episode-1",),
            "by": By.RULE,
            "at": at,
            **given,
        }
    )


def doubt(one: Entity, other: Entity, **given: Any) -> Doubt:
    return Doubt(
        **{
            "entity_id": one.id,
            "other_id": other.id,
            "score": 0.5,
            "reason": Reason.SHORT_FORM,
            "evidence": ("episode-1",),
            "noted_at": NOON,
            **given,
        }
    )


def group(same: Same, *entities: Entity) -> list[tuple[str, ...]]:
    return [same.all(one.id) for one in entities]


class IdentityStoreContract:
    async def test_who_is_merged_is_one_with_the_other(self, graph: GraphStore) -> None:
        mel, melanie, jones, bo = (entity(name) for name in ("Mel", "Melanie", "Melanie Jones", "Bo"))
        await change(graph, entities=(mel, melanie, jones, bo))
        assert await graph.identities.same(CAROLINE, [mel.id]) == Same()
        await change(graph, merge=(merge(mel, melanie),))
        await change(graph, merge=(merge(melanie, jones),))
        everyone = (jones.id, mel.id, melanie.id)
        for asked in ([mel.id], [melanie.id], [jones.id], [bo.id, mel.id, jones.id]):
            same = await graph.identities.same(CAROLINE, asked)
            assert group(same, mel, melanie, jones, bo) == [everyone, everyone, everyone, (bo.id,)]
        assert await graph.identities.same(CAROLINE, ["unknown"]) == Same()
        assert await graph.identities.same(CAROLINE, []) == Same()
        assert await graph.identities.same(BOB, [mel.id]) == Same()
        seen = await graph.entities.entities(CAROLINE, [mel.id, melanie.id, jones.id])
        assert [one.merged_into for one in seen] == [melanie.id, jones.id, None]

    async def test_a_merge_is_undone_and_stays_on_record(self, graph: GraphStore) -> None:
        mel, melanie, jones = (entity(name) for name in ("Mel", "Melanie", "Melanie Jones"))
        await change(graph, entities=(mel, melanie, jones))
        first, second = merge(mel, melanie), merge(melanie, jones, evidence=(), by=By.CALLER, reason=Reason.CALLER)
        await change(graph, merge=(first, second))
        await change(graph, unmerge=(melanie.id,), at=NOON + HOUR)
        same = await graph.identities.same(CAROLINE, [mel.id, jones.id])
        assert group(same, mel, melanie, jones) == [(melanie.id, mel.id), (melanie.id, mel.id), (jones.id,)]
        undone = replace(second, undone_at=NOON + HOUR)
        assert await graph.identities.merges(CAROLINE, [melanie.id]) == [first, undone]
        assert await graph.identities.merges(CAROLINE, [jones.id]) == [undone]
        assert await graph.identities.merges(CAROLINE, []) == []
        assert await graph.identities.merges(BOB, [melanie.id]) == []
        again = merge(melanie, jones, at=NOON + 2 * HOUR, by=By.MODEL, reason=Reason.SHORT_FORM)
        await change(graph, merge=(again,))
        assert await graph.identities.merges(CAROLINE, [jones.id]) == [undone, again]

    async def test_who_was_one_then(self, graph: GraphStore) -> None:
        mel, melanie, jones = (entity(name) for name in ("Mel", "Melanie", "Melanie Jones"))
        await change(graph, entities=(mel, melanie, jones))
        await change(graph, merge=(merge(mel, melanie),))
        await change(graph, unmerge=(mel.id,), at=NOON + 2 * HOUR)
        await change(graph, merge=(merge(mel, jones, at=NOON + 3 * HOUR),))

        async def then(hours: int) -> list[tuple[str, ...]]:
            same = await graph.identities.same(CAROLINE, [mel.id, melanie.id, jones.id], NOON + hours * HOUR)
            return group(same, mel, melanie, jones)

        alone = [(mel.id,), (melanie.id,), (jones.id,)]
        assert await then(-1) == alone
        assert await then(0) == await then(1) == [(melanie.id, mel.id), (melanie.id, mel.id), (jones.id,)]
        assert await then(2) == alone
        assert await then(3) == [(jones.id, mel.id), (melanie.id,), (jones.id, mel.id)]

    async def test_who_is_merged_is_listed_and_counted_as_one(self, graph: GraphStore) -> None:
        one, two = (await said(graph, "1", "2")).fresh
        mel, melanie, tea = entity("Mel", aliases=("Melly",)), entity("Melanie"), entity("tea")
        news = [
            statement(mel, "likes", tea, one.id),
            statement(melanie, "likes", "coffee", two.id),
            statement(melanie, "knows", mel, two.id),
        ]
        await change(
            graph,
            entities=(mel, melanie, tea),
            mentions=(Mention(mel.id, one.id, 0, 1), Mention(mel.id, two.id, 0, 1), Mention(melanie.id, two.id, 0, 1)),
            statements=tuple(news),
            append=tuple(version(said_so) for said_so in news),
        )
        apart = await graph.entities.cards(CAROLINE, None, None, 10)
        assert [(card.facts, card.episodes) for card in apart] == [(2, 2), (2, 1), (1, 0)]
        await change(graph, merge=(merge(mel, melanie),))
        both = EntityCard(replace(melanie, aliases=("Mel", "Melly")), facts=3, episodes=2)
        assert await graph.entities.cards(CAROLINE, None, None, 10) == [both, apart[2]]
        for containing in ("melly", "melanie", "MEL"):
            assert await graph.entities.cards(CAROLINE, containing, None, 10) == [both]
        assert await graph.entities.card(CAROLINE, melanie.id) == both
        merged = EntityCard(replace(mel, merged_into=melanie.id), facts=2, episodes=2)
        assert await graph.entities.card(CAROLINE, mel.id) == merged
        assert (await graph.episodes.user(CAROLINE)).entities == 2
        await change(graph, unmerge=(mel.id,))
        assert await graph.entities.cards(CAROLINE, None, None, 10) == apart
        assert (await graph.episodes.user(CAROLINE)).entities == 3

    async def test_whoever_is_one_with_the_merged_is_indexed_anew(self, graph: GraphStore) -> None:
        made = [entity(name) for name in ("Mel", "Melanie", "Melly", "Bo")]
        await change(graph, entities=tuple(made), merge=(merge(made[2], made[0]),))
        await graph.outbox.done([task.ticket for task in await graph.outbox.due_of(CAROLINE, 0, 100)])
        for step in ({"merge": (merge(made[0], made[1]),)}, {"unmerge": (made[0].id,)}):
            await change(graph, **step)
            tasks = await graph.outbox.due_of(CAROLINE, 0, 100)
            assert {(task.kind, task.id) for task in tasks} == {("entity", one.id) for one in made[:3]}
            await graph.outbox.done([task.ticket for task in tasks])

    async def test_names_like_another_are_found_by_their_words(self, graph: GraphStore) -> None:
        names = ("Caroline Smith", "Caroline", "José Smith", "Smithson", "李明", "Ли Мин")
        made = {name: entity(name) for name in names}
        made["Bo"] = entity("Bo", aliases=("Bo Caroline",), created_at=NOON - HOUR)
        await change(graph, entities=tuple(made.values()))

        async def found(*words: str, beginnings: tuple[str, ...] = (), limit: int = 10) -> list[str]:
            alike = await graph.identities.alike(CAROLINE, words, beginnings, limit)
            assert all(one == made[one.name] for one in alike)
            return [one.name for one in alike]

        assert await found("caroline") == ["Bo", "Caroline Smith", "Caroline"]
        assert await found("jose") == ["José Smith"]
        assert await found(*words_of("Ли Мин"), *words_of("李明")) == ["李明", "Ли Мин"]
        assert await found("smith", limit=1) == ["Caroline Smith"]
        assert await found(beginnings=("smith",)) == ["Caroline Smith", "José Smith", "Smithson"]
        assert await found(beginnings=("smiths", "李")) == ["Smithson", "李明"]
        assert await found("unknown", beginnings=("%", "*")) == []
        assert await found() == []
        assert await graph.identities.alike(BOB, ["caroline"], ["c"], 10) == []

    async def test_doubtful_pairs_are_listed_and_refreshed(self, graph: GraphStore) -> None:
        made = [entity(name) for name in ("Mel", "Melanie", "Melissa")]
        await change(graph, entities=tuple(made))
        one, two, three = doubt(*made[:2]), doubt(made[0], made[2], evidence=()), doubt(*made[1:], reason=Reason.ALIKE)
        await change(graph, doubt=(three, one, two))
        assert await graph.identities.doubts(CAROLINE, None, 10) == [one, two, three]
        assert await graph.identities.doubts(CAROLINE, None, 1) == [one]
        assert await graph.identities.doubts(CAROLINE, (one.entity_id, one.other_id), 10) == [two, three]
        assert await graph.identities.doubts(BOB, None, 10) == []
        likelier = replace(one, score=0.7, evidence=("episode-1", "episode-2"), noted_at=NOON + HOUR)
        await change(graph, doubt=(likelier,))
        assert (await graph.identities.doubts(CAROLINE, None, 1)) == [replace(likelier, noted_at=NOON)]
