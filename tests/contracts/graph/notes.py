"""What any store knows of notes: their versions, what they rest on, and how they hang together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.errors import Conflict, StaleRevision
from app.domain.note import Cause, Note, NoteMemory, Origin, Relation
from app.domain.note_history import revised
from app.ports.graph.knowledge import ChangeSet
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import BOB, CAROLINE, DAY, HOUR, NOON, change, entity, link, note, processed, said

READ = Cause(Origin.EXTRACTION, episode_id="episode-1", by="model@1")


async def stored(graph: GraphStore, *notes: Note) -> list[Note]:
    return await graph.notes.notes(CAROLINE, [made.id for made in notes])


class NoteStoreContract:
    async def test_a_note_comes_back_as_it_was_written(self, graph: GraphStore) -> None:
        one, other = (await said(graph, "I moved.", "To Berlin.")).fresh
        caroline, berlin = entity(), entity("Berlin")
        plain = note()
        full = note(
            context="On a new home. \u2603",
            keywords=("Berlin", "moved"),
            tags=("home", "a, b"),
            sources=(other.id, one.id),
            derived_from=(plain.id,),
            entities=(berlin.id, caroline.id),
            cause=READ,
            created_at=NOON + HOUR,
            occurred_at=NOON - DAY,
            recorded_from=NOON + HOUR,
            stale=True,
            memory=NoteMemory.EPISODIC,
        )
        await change(graph, entities=(caroline, berlin), notes=(plain, full))
        assert await stored(graph, full, plain) == [full, plain]
        assert await graph.notes.notes(CAROLINE, [plain.id, "unknown", plain.id]) == [plain, plain]
        assert await graph.notes.notes(CAROLINE, []) == []
        assert await graph.notes.notes(BOB, [plain.id]) == []

    async def test_a_version_ends_the_one_before_it_and_nothing_is_overwritten(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        first = note(sources=(episode.id,))
        second = revised(first, NOON + HOUR, Cause(Origin.EVOLUTION, note_id="n"), context="On homes.", tags=("home",))
        third = revised(second, NOON + 2 * HOUR, Cause(Origin.UNDO), context="", tags=())
        await change(graph, notes=(first,))
        await change(graph, notes=(second, third))
        assert await graph.notes.versions(CAROLINE, [first.id, "unknown"]) == [
            replace(first, recorded_to=second.recorded_from),
            replace(second, recorded_to=third.recorded_from),
            third,
        ]
        assert await stored(graph, first) == [third]
        assert await graph.notes.versions(BOB, [first.id]) == []

    async def test_a_clock_that_was_set_back_ends_no_version_before_it_began(self, graph: GraphStore) -> None:
        first = note()
        await change(graph, notes=(first,))
        await change(graph, notes=(replace(revised(first, NOON, READ), recorded_from=NOON - HOUR),))
        ended, current = await graph.notes.versions(CAROLINE, [first.id])
        assert ended.recorded_to == ended.recorded_from
        assert current.current

    async def test_a_version_that_does_not_come_next_is_refused(self, graph: GraphStore) -> None:
        first = note()
        second = revised(first, NOON + HOUR, READ, context="one")
        await change(graph, notes=(first, second))
        for wrong in (first, revised(first, NOON + HOUR, READ, context="two"), replace(second, version=4)):
            with pytest.raises(Conflict):
                await change(graph, notes=(note("Kept out too."), wrong))
        assert await graph.notes.page(CAROLINE, None, 9) == [second]

    @pytest.mark.parametrize("broken", ["sources", "derived_from", "entities"])
    async def test_a_note_that_rests_on_nothing_there_is_refused(self, graph: GraphStore, broken: str) -> None:
        with pytest.raises(Conflict):
            await change(graph, notes=(note(**{broken: ("unknown",)}),))
        assert (await graph.episodes.user(CAROLINE)).notes == 0

    async def test_facts_and_notes_stand_or_fall_together(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        revision = await graph.ledger.revision(CAROLINE)
        await change(graph, entities=(entity(),))
        late = ChangeSet(revision, NOON, notes=(note(sources=(episode.id,)),), processed=processed(episode.id, notes=1))
        with pytest.raises(StaleRevision):
            await graph.ledger.commit(CAROLINE, late)
        assert await graph.notes.page(CAROLINE, None, 9) == []
        await graph.ledger.commit(CAROLINE, replace(late, revision=revision + 1))
        assert (await graph.ledger.derived_from(CAROLINE, [episode.id])).notes == late.notes
        job = await graph.jobs.get(CAROLINE.tenant, episode.job_id)
        assert job is not None
        assert job.outcome.notes == 1

    async def test_they_are_listed_by_id_and_counted(self, graph: GraphStore) -> None:
        first, second, third = made = [note(content) for content in "abc"]
        await change(graph, notes=(third, first, second))
        assert await graph.notes.page(CAROLINE, None, 9) == made
        assert await graph.notes.page(CAROLINE, first.id, 1) == [second]
        assert await graph.notes.page(BOB, None, 9) == []
        assert (await graph.episodes.user(CAROLINE)).notes == 3
        await change(graph, notes=(revised(first, NOON, READ),), remove_notes=(second.id, "unknown"))
        assert (await graph.episodes.user(CAROLINE)).notes == 2
        assert [user.notes for user in await graph.episodes.users("acme", None, 9)] == [2]

    async def test_links_are_seen_from_both_ends_and_never_double(self, graph: GraphStore) -> None:
        first, second, third = (note(occurred_at=NOON + n * HOUR) for n in range(3))
        change_of, topic = link(second, first, Relation.CHANGE), link(first, second, Relation.SAME_TOPIC)
        cause = replace(link(second, third, Relation.CAUSE), cause=Cause(Origin.EVOLUTION, note_id="n", by="model@1"))
        await change(graph, notes=(first, second, third), link=(cause, topic, change_of))
        again = replace(topic, cause=READ, created_at=NOON + DAY)
        await change(graph, link=(again,), at=NOON + DAY)
        assert await graph.notes.links(CAROLINE, [first.id]) == [change_of, topic]
        assert await graph.notes.links(CAROLINE, [second.id, third.id]) == [change_of, topic, cause]
        assert await graph.notes.links(CAROLINE, [third.id, "unknown"]) == [cause]
        assert await graph.notes.links(BOB, [first.id]) == []
        await change(graph, unlink=(topic.key, topic.key, replace(cause.key, relation=Relation.WANT)))
        assert await graph.notes.links(CAROLINE, [first.id, third.id]) == [change_of, cause]

    async def test_a_link_to_nothing_is_refused(self, graph: GraphStore) -> None:
        first, second = note(), note()
        await change(graph, notes=(first,))
        with pytest.raises(Conflict):
            await change(graph, link=(link(first, second),))
        assert await graph.notes.links(CAROLINE, [first.id]) == []

    async def test_who_rests_on_what(self, graph: GraphStore) -> None:
        one, other = (await said(graph, "a", "b")).fresh
        first, second = note(sources=(one.id,)), note(sources=(one.id, other.id))
        derived, apart = note(derived_from=(first.id,)), note()
        await change(graph, notes=(first, second, derived, apart))
        assert await graph.notes.resting_on(CAROLINE, [other.id, "unknown"]) == [second]
        assert await graph.notes.resting_on(CAROLINE, [one.id], [first.id]) == [first, second, derived]
        assert await graph.notes.resting_on(CAROLINE) == []
        assert await graph.notes.resting_on(BOB, [one.id], [first.id]) == []

    async def test_what_goes_is_no_source_any_more(self, graph: GraphStore) -> None:
        one, other = (await said(graph, "a", "b")).fresh
        base, gone = note(sources=(one.id,)), note(sources=(one.id,))
        rests = note(sources=(one.id, other.id), derived_from=(base.id, gone.id))
        kept = link(base, rests)
        await change(graph, notes=(base, gone, rests), link=(kept, link(gone, rests)))
        stale = revised(rests, NOON + HOUR, Cause(Origin.SOURCE_GONE, one.id), stale=True)
        await change(graph, notes=(stale,), remove_notes=(gone.id,), deleted_episodes=(one.id,))
        (left,) = await stored(graph, rests)
        assert left == replace(stale, sources=(other.id,), derived_from=(base.id,))
        assert await graph.notes.versions(CAROLINE, [gone.id]) == []
        assert await graph.notes.links(CAROLINE, [rests.id]) == [kept]
        assert await graph.notes.resting_on(CAROLINE, [one.id], [gone.id]) == []

    async def test_who_is_written_about(self, graph: GraphStore) -> None:
        caroline, mel = entity(), entity("Mel")
        both, first, second, third = (
            note(entities=(mel.id, caroline.id)),
            note(entities=(caroline.id,)),
            note(entities=(caroline.id,)),
            note(),
        )
        await change(graph, entities=(caroline, mel), notes=(both, first, second, third))
        assert await graph.notes.about(CAROLINE, [caroline.id, mel.id], 9) == [both, second, first]
        assert await graph.notes.about(CAROLINE, [caroline.id, mel.id], 1) == [both]
        assert await graph.notes.about(CAROLINE, [caroline.id], 1) == [second]
        assert await graph.notes.about(CAROLINE, ["unknown"], 9) == []
        assert await graph.notes.about(BOB, [caroline.id], 9) == []

    async def test_each_change_is_to_be_indexed(self, graph: GraphStore) -> None:
        first, second = note(), note()
        await change(graph, notes=(first, second))
        tasks = await graph.outbox.due_of(CAROLINE, 0, 9)
        assert [(task.kind, task.id) for task in tasks] == [("note", first.id), ("note", second.id)]
        await graph.outbox.done([task.ticket for task in tasks])
        await change(graph, notes=(revised(second, NOON, READ),), remove_notes=(first.id,))
        tasks = await graph.outbox.due_of(CAROLINE, 0, 9)
        assert {(task.kind, task.id) for task in tasks} == {("note", first.id), ("note", second.id)}
        await graph.outbox.done([task.ticket for task in tasks])
        assert await graph.outbox.refill(CAROLINE) == 1
        assert [task.id for task in await graph.outbox.due_of(CAROLINE, 0, 9)] == [second.id]

    async def test_what_agents_keep_is_found_by_its_type_the_newest_first(self, graph: GraphStore) -> None:
        kinds = (NoteMemory.SEMANTIC, NoteMemory.EPISODIC, NoteMemory.SEMANTIC, None)
        first, took_place, second, plain = made = [note(memory=kind) for kind in kinds]
        await change(graph, notes=tuple(made))
        changed = revised(first, NOON + HOUR, READ, tags=("tea",))
        await change(graph, notes=(changed,))
        assert await graph.notes.newest(CAROLINE, NoteMemory.SEMANTIC, 9) == [second, changed]
        assert await graph.notes.newest(CAROLINE, NoteMemory.SEMANTIC, 1) == [second]
        assert await graph.notes.newest(CAROLINE, NoteMemory.EPISODIC, 9) == [took_place]
        assert await graph.notes.newest(BOB, NoteMemory.SEMANTIC, 9) == []
        assert plain in await graph.notes.page(CAROLINE, None, 9)

    async def test_what_agents_keep_is_found_by_its_very_words(self, graph: GraphStore) -> None:
        words = "Caroline\x00 likes\u2028 tea. " * 300
        one = note(words, memory=NoteMemory.SEMANTIC)
        others = (note(words), note(words, memory=NoteMemory.EPISODIC), note(words + " ", memory=NoteMemory.SEMANTIC))
        await change(graph, notes=(one, *others))
        assert await graph.notes.saying(CAROLINE, NoteMemory.SEMANTIC, words) == [one]
        assert await graph.notes.saying(CAROLINE, NoteMemory.SEMANTIC, words.lower()) == []
        assert await graph.notes.saying(BOB, NoteMemory.SEMANTIC, words) == []
        second = revised(one, NOON + HOUR, READ, content="Caroline likes coffee.")
        await change(graph, notes=(second,))
        assert await graph.notes.saying(CAROLINE, NoteMemory.SEMANTIC, words) == []
        assert await graph.notes.saying(CAROLINE, NoteMemory.SEMANTIC, second.content) == [second]
        await change(graph, remove_notes=(one.id,))
        assert await graph.notes.saying(CAROLINE, NoteMemory.SEMANTIC, second.content) == []
