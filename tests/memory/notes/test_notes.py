"""Notes that come of episodes, how they are found, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.domain.extraction import Extraction, ProposedNote, Source
from app.domain.note import Note, Relation
from app.memory.notes.book import NoteInput, NotePatch
from app.memory.views import ContextRequest, Found, Kind
from app.ports.graph.episodes import Receipt
from tests.house import ANA, BEN, House, texts
from tests.scripted import FickleEmbedder, ScriptedExtractor, literally

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTES = frozenset({Kind.NOTE})


def notes_on(extractor: ScriptedExtractor, content: str, *proposed: ProposedNote) -> None:
    """What the extractor proposes beside the facts."""

    def answer(source: Source) -> Extraction:
        plain = literally(source)
        return Extraction(source.episode_id, plain.entities, plain.facts, notes=proposed)

    extractor.answers[content] = answer


def proposal(content: str, context: str = "", keywords: Sequence[str] = (), tags: Sequence[str] = ()) -> ProposedNote:
    return ProposedNote(content, context, tuple(keywords), tuple(tags))


async def all_of(house: House) -> list[Note]:
    return await house.graph.notes.page(ANA, None, 100)


async def found(house: House, query: str, **given: object) -> tuple[Found, ...]:
    return await house.found(query, kinds=NOTES, **given)


def ids(receipt: Receipt) -> list[str]:
    return [episode.id for episode in receipt.fresh]


class TestOfEpisodes:
    async def test_they_are_committed_with_the_facts_and_counted(
        self, house: House, extractor: ScriptedExtractor
    ) -> None:
        notes_on(
            extractor,
            "Ana lives_in Porto.",
            proposal("Ana has settled in Porto.", "On where she lives.", ["settled"], ["home"]),
            proposal("  "),
        )
        receipt = await house.learn("Ana lives_in Porto.")
        (note,) = await all_of(house)
        assert (note.content, note.context, note.keywords, note.tags) == (
            "Ana has settled in Porto.",
            "On where she lives.",
            ("settled",),
            ("home",),
        )
        assert note.sources == (receipt.fresh[0].id,)
        assert note.occurred_at == receipt.fresh[0].occurred_at
        assert (note.cause.episode_id, note.cause.by) == (receipt.fresh[0].id, extractor.identity)
        named = {e.name for e in await house.graph.entities.entities(ANA, note.entities)}
        assert named == {"Ana", "Porto"}
        outcome = (await house.job(receipt)).outcome
        assert (outcome.notes, outcome.rejected, outcome.facts_added) == (1, 1, 1)
        derived = await house.services.insights.derived(ANA, [receipt.fresh[0].id])
        assert [view.note for view in derived.notes] == [note]
        assert await house.due() == 0

    async def test_what_two_episodes_of_a_batch_say_in_the_same_words_is_one_note(
        self, house: House, extractor: ScriptedExtractor
    ) -> None:
        notes_on(extractor, "One.", proposal("Ana  likes tea."))
        notes_on(extractor, "Two.", proposal("ana likes TEA."))
        receipt = await house.learn("One.", "Two.")
        (note,) = await all_of(house)
        assert note.sources == tuple(ids(receipt))

    async def test_they_are_linked_with_one_another_and_with_those_before(
        self, house: House, extractor: ScriptedExtractor, fickle: FickleEmbedder
    ) -> None:
        for content, words in (
            ("a", "Ana is looking for a flat in Porto near the river."),
            ("b", "Ana wants a flat in Porto with a view of the river."),
            ("c", "Ben drinks green tea every morning."),
        ):
            notes_on(extractor, content, proposal(words))
        await house.learn("a")
        await house.learn("b", "c")
        by_content = {note.content[:3]: note for note in await all_of(house)}
        links = await house.graph.notes.links(ANA, [note.id for note in by_content.values()])
        assert {link.relation for link in links} == {Relation.SAME_TOPIC}
        assert all(by_content["Ben"].id not in (link.from_id, link.to_id) for link in links)
        assert len(links) == 1

    async def test_without_the_embedder_they_are_kept_and_linked_by_whom_they_are_about(
        self, house: House, extractor: ScriptedExtractor, fickle: FickleEmbedder
    ) -> None:
        notes_on(extractor, "Ana works_at Acme.", proposal("Ana went to Acme to work."))
        notes_on(extractor, "Ana lives_in Porto.", proposal("Acme pays for the rent of Ana."))
        await house.learn("Ana works_at Acme.")
        fickle.away = True
        await house.learn("Ana lives_in Porto.")
        fickle.away = False
        first, second = await all_of(house)
        (link,) = await house.graph.notes.links(ANA, [first.id])
        assert (link.from_id, link.to_id, link.relation) == (first.id, second.id, Relation.RELATED)
        await house.assembly.indexing.sweep()
        assert texts(await found(house, "rent")) != []


class TestFinding:
    async def test_by_all_that_it_says_and_only_by_its_owner(self, house: House) -> None:
        book = house.services.notes
        given = NoteInput("They meet on Mondays.", "The reading club.", ("literature",), ("books",))
        await book.create(ANA, given)
        for query in ("Mondays", "reading club", "literature", "books"):
            assert texts(await found(house, query)) == ["They meet on Mondays."]
        assert await house.found("Mondays", scope=BEN) == ()

    async def test_a_change_is_found_at_once_and_the_past_as_it_was_known(self, house: House) -> None:
        book = house.services.notes
        view = await book.create(ANA, NoteInput("The garden has apples."))
        before = house.clock()
        house.clock.forward(hours=1)
        await book.revise(ANA, view.note.id, NotePatch(content="The garden has pears."))
        assert texts(await found(house, "garden")) == ["The garden has pears."]
        assert texts(await found(house, "garden", known_at=before)) == ["The garden has apples."]

    async def test_one_fact_held_as_words_fact_and_note_counts_as_one(
        self, house: House, extractor: ScriptedExtractor
    ) -> None:
        notes_on(extractor, "Ana lives_in Porto.", proposal("Ana lives in Porto."))
        await house.learn("Ana lives_in Porto.", "Ben likes tea.")
        everything = await house.found("Where does Ana live?", kinds=frozenset({Kind.EPISODE, Kind.FACT, Kind.NOTE}))
        about = [result for result in everything if "Porto" in result.text]
        assert len(about) == 1

    async def test_a_stale_note_is_scored_down_and_says_so(self, house: House) -> None:
        gone, kept = ids(await house.learn("Once.", "Twice."))
        book = house.services.notes
        await book.create(ANA, NoteInput("Ana collects old maps.", sources=(gone, kept)))
        (fresh,) = await found(house, "maps")
        await house.services.forgetting.delete_episode(ANA, gone)
        (stale,) = await found(house, "maps")
        assert (fresh.stale, stale.stale) == (False, True)
        assert stale.score < fresh.score
        assert stale.signals["stale"] == 1.0

    async def test_a_note_on_overtaken_words_alone_sinks(self, house: House, extractor: ScriptedExtractor) -> None:
        old, new = "Ana lives_in Porto since 2024-05-01.", "Ana lives_in Oslo since 2026-01-01."
        notes_on(extractor, old, proposal("Ana lives in Porto."))
        await house.learn(old)
        (before,) = await found(house, "Where does Ana live?")
        await house.learn(new)
        (after,) = await found(house, "Where does Ana live?")
        assert "superseded" not in before.signals
        assert after.signals["superseded"] == 1.0
        assert after.score < before.score

    async def test_they_stand_in_a_context_block_with_their_sources(self, house: House) -> None:
        (source,) = ids(await house.learn("Ana likes maps."))
        given = NoteInput("Ana collects old maps of harbours.", sources=(source,))
        view = await house.services.notes.create(ANA, given)
        block = await house.services.context.build(ANA, ContextRequest("What does Ana collect?"))
        assert "Notes:" in block.text
        (citation,) = [one for one in block.citations if one.kind is Kind.NOTE]
        assert f"[{citation.marker}] Ana collects old maps of harbours." in block.text
        assert (citation.id, citation.sources) == (view.note.id, (source,))
        plain = await house.services.context.build(BEN, ContextRequest("What does Ana collect?"))
        assert plain.text == ""


class TestTimeline:
    async def test_what_rests_on_overtaken_facts_is_marked(self, house: House) -> None:
        old = await house.learn("Ana lives_in Porto since 2024-05-01.")
        new = await house.learn("Ana lives_in Oslo since 2026-01-01.")
        book = house.services.notes
        first = await book.create(ANA, NoteInput("Ana lives in Porto.", sources=(old.fresh[0].id,)))
        second = await book.create(ANA, NoteInput("Ana settled in Oslo.", sources=(new.fresh[0].id,)))
        await book.link(ANA, first.note.id, second.note.id, Relation.CAUSE)
        found = await house.services.note_timelines.timeline(ANA, second.note.id)
        assert found.paths == ((first.note.id, second.note.id),)
        assert found.overtaken == {first.note.id: ()}


async def test_without_a_model_no_notes_are_made_of_episodes(house: House) -> None:
    await house.learn("Ana lives_in Porto.")
    assert await all_of(house) == []
