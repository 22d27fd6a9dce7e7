"""What any store does that a memory leaves or arrives in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.domain.episode import EpisodeState, Role
from app.domain.errors import Conflict, Invalid
from app.domain.fact import Cardinality, Polarity, Span, Value
from app.domain.jobs import Job, JobState
from app.domain.note import Cause, NoteMemory, Origin, Relation
from app.domain.note_history import revised
from app.domain.operations import OperationOutcome
from app.domain.scope import Scope
from app.domain.time import Interval
from app.domain.timeline import Support
from app.ports.accounts import Tenant
from app.ports.graph.knowledge import FactQuery, FactState, Group, Mention
from app.ports.graph.store import GraphStore
from app.ports.graph.transfer import Record, SessionState, UserState
from tests.contracts.graph.identities import doubt, merge
from tests.contracts.graph.made import (
    BOB,
    CAROLINE,
    HOUR,
    NOON,
    RUBBISH,
    change,
    closure,
    core,
    draft,
    entity,
    leased,
    link,
    new_id,
    note,
    operation,
    processed,
    said,
    statement,
    version,
)

MOVED = Scope("elsewhere", "caroline")
EVERY = FactQuery(state=FactState.ALL)


async def lived(graph: GraphStore) -> None:
    """Caroline's memory gets something of everything that there can be."""
    first = await said(
        graph, "I moved to Berlin.", draft("Mel is here.", name=None, role=Role.ASSISTANT), key="k1", session="s1"
    )
    odd = draft('"\u2028\U0001f9ed\x00', client_id="c-1", metadata={"a": {"b": [1, 2.5, None, True, "ü"]}, "z": 1})
    second = await said(graph, odd, "Gone tomorrow.", "I like tea.", session="ß/2", at=NOON + HOUR, key="k2")
    one, two, three, gone, five = [*first.fresh, *second.fresh]
    caroline, berlin, mel = entity(aliases=("Caro", "C."), summary="A friend."), entity("Berlin"), entity("Mel")
    melanie, stranger = entity("Melanie"), entity("Melissa", created_at=NOON + HOUR)
    lives = statement(caroline, "lives_in", berlin, one.id, replaces=Value(literal="Oslo"))
    heard = statement(caroline, "lives_in", berlin, gone.id, seq=4)
    again = statement(caroline, "lives_in", berlin, five.id, seq=5, said_at=NOON + HOUR)
    told = statement(mel, "knows", caroline, cardinality=Cardinality.MANY, polarity=Polarity.ENDS_ALL)
    tea = statement(caroline, "likes", "tea", five.id, valid=Interval(None, NOON), replaces=Value(entity_id=mel.id))
    fact = version(lives, heard, again)
    likes = version(tea, recorded_from=NOON + HOUR, cardinality=Cardinality.MANY, event=True, valid=tea.valid)
    await change(
        graph,
        entities=(caroline, berlin, mel, melanie, stranger),
        mentions=(
            Mention(caroline.id, one.id, None, None),
            Mention(berlin.id, one.id, 11, 17),
            Mention(berlin.id, one.id, 0, 1),
            Mention(mel.id, two.id, 0, 3),
            Mention(mel.id, gone.id, 0, 3),
        ),
        statements=(lives, heard, again, told, tea),
        append=(fact, likes),
        processed=processed(one.id, gone.id, facts_added=1),
        extractor="test-1",
    )
    await change(graph, aliases={mel.id: ("Melly",)}, merge=(merge(mel, melanie),), doubt=(doubt(melanie, stranger),))
    await change(graph, unmerge=(mel.id,), at=NOON + HOUR)
    await change(graph, merge=(merge(mel, stranger, NOON + 2 * HOUR, evidence=()),))
    written = note(
        context="On her new home.",
        keywords=("Berlin",),
        tags=("home",),
        sources=(five.id, one.id, gone.id),
        entities=(berlin.id, caroline.id),
        occurred_at=NOON - HOUR,
        cause=Cause(Origin.EXTRACTION, one.id, None, "model@1"),
    )
    base = note("She likes tea.", id=new_id("zz-later"), sources=(five.id,), memory=NoteMemory.EPISODIC)
    derived = note("She drinks it at home.", derived_from=(base.id, written.id))
    fresher = revised(written, NOON + HOUR, Cause(Origin.EVOLUTION, note_id=derived.id), tags=(), stale=True)
    await change(graph, notes=(written, base, fresher))
    await change(graph, notes=(derived,), link=(link(written, derived), link(base, written, Relation.CHANGE)))
    await change(graph, close=(closure(fact, "superseded", fact_id=likes.fact_id, episode_id=five.id),), at=NOON + HOUR)
    await change(graph, append=(replace(fact, version=2, statement_ids=(again.id,), recorded_from=NOON + HOUR),))
    await change(graph, support=(Support(fact.fact_id, 2, (lives.id,)),), withdraw=(told.id,), restore=(tea.id,))
    await change(graph, deleted_episodes=(gone.id,), outdated=(again.id,), reinstate=(told.id,), at=NOON + 3 * HOUR)
    await graph.lanes.bury(await leased(graph, at=NOON + HOUR), [three.id, five.id], RUBBISH, NOON + HOUR)
    await change(graph, core=core(1, at=NOON + HOUR), operation=operation(actor="policy"))
    await change(graph, core=core(2, "She moved.\x00", NOON + 2 * HOUR))
    await graph.operations.log(CAROLINE, operation("memory_search", error="invalid_arguments", arguments={"x": 1.5}))
    await graph.operations.add_outcome(CAROLINE, OperationOutcome(0, 1, 2, -0.25, {"of": ["q1"]}, NOON, "judge"))
    await said(graph, "Not read yet.", session="s1", at=NOON + 4 * HOUR)


async def all_of(graph: GraphStore, scope: Scope) -> list[Record]:
    return [record async for page in graph.transfer.records(scope) for record in page]


async def moved(graph: GraphStore, records: Iterable[Record] | None = None) -> None:
    """To another tenant, where the same ids are others."""
    records = await all_of(graph, CAROLINE) if records is None else records
    await graph.transfer.load(MOVED, iter(records))


async def seen(graph: GraphStore, scope: Scope) -> dict[str, Any]:
    """What each of the other ports says of a user."""
    episodes = await graph.episodes.all(scope, 0, 100)
    ids = [episode.id for episode in episodes]
    cards = await graph.entities.cards(scope, None, None, 100)
    versions = await graph.facts.facts(scope, EVERY, None, 100)
    groups = [Group(one.subject_id, one.predicate) for one in versions]
    entities = sorted(
        {
            id
            for one in await graph.identities.said_of(scope, [c.entity.id for c in cards])
            for id in (one.subject_id, one.object.entity_id)
            if id
        }
    )
    keys = [(one.fact_id, one.version) for one in versions]
    notes = await graph.notes.page(scope, None, 100)
    return {
        "user": await graph.episodes.user(scope),
        "revision": await graph.ledger.revision(scope),
        "sessions": await graph.episodes.sessions(scope, None, 100),
        "episodes": episodes,
        "pending": await graph.episodes.pending(scope, 100),
        "participants": await graph.episodes.participants(scope, None, 100),
        "jobs": await graph.jobs.page(scope, None, None, 100),
        "cards": cards,
        "then": await graph.entities.cards(scope, None, None, 100, as_of=NOON, known_at=NOON),
        "entities": await graph.entities.entities(scope, entities),
        "named": await graph.entities.named(scope, ["caro", "melly", "berlin"]),
        "alike": await graph.identities.alike(scope, ["mel"], ["mel"], 100),
        "merges": await graph.identities.merges(scope, entities),
        "doubts": await graph.identities.doubts(scope, None, 100),
        "same": [await graph.identities.same(scope, entities, at) for at in (None, NOON, NOON + HOUR)],
        "facts": versions,
        "current": await graph.facts.facts(scope, FactQuery(), None, 100),
        "believed": await graph.facts.facts(scope, FactQuery(known_at=NOON, as_of=NOON + HOUR), None, 100),
        "evidence": await graph.facts.evidence(scope, keys),
        "statements": await graph.facts.statements(scope, groups),
        "marks": await graph.facts.marks(scope, groups),
        "derived": await graph.ledger.derived_from(scope, ids),
        "outdated": await graph.history.outdated(scope, "test-1", 0, 100),
        "notes": await graph.notes.versions(scope, [note.id for note in notes]),
        "links": await graph.notes.links(scope, [note.id for note in notes]),
        "about": await graph.notes.about(scope, entities, 100),
        "kept": await graph.notes.newest(scope, NoteMemory.EPISODIC, 9),
        "saying": await graph.notes.saying(scope, NoteMemory.EPISODIC, "She likes tea."),
        "newest": await graph.history.newest(scope, NOON, 9),
        "core": [await graph.operations.core(scope, at) for at in (None, NOON, NOON + HOUR)],
        "operations": await graph.operations.operations(scope, 0, 9),
        "outcomes": await graph.operations.outcomes(scope, 1, 9),
        "last": await graph.operations.last(scope),
        "sayings": await graph.history.sayings(scope, ids, NOON + 2 * HOUR, NOON + 2 * HOUR),
    }


class TransferContract:
    async def test_whatever_there_can_be_is_the_same_where_it_arrives(self, graph: GraphStore) -> None:
        await lived(graph)
        records = await all_of(graph, CAROLINE)
        assert {type(one) for one in records} | {Support} == set(Record.__args__)
        await moved(graph, records)
        assert await all_of(graph, MOVED) == records
        assert await seen(graph, MOVED) == await seen(graph, CAROLINE)

    async def test_records_come_kind_by_kind_each_in_its_order(self, graph: GraphStore) -> None:
        await lived(graph)
        kinds = [type(one) for one in await all_of(graph, CAROLINE)]
        assert list(dict.fromkeys(kinds)) == [kind for kind in Record.__args__ if kind is not Support]
        assert kinds == sorted(kinds, key=list(Record.__args__).index)

    async def test_more_than_a_page_of_a_kind(self, graph: GraphStore) -> None:
        for start in range(0, 1_200, 400):
            await said(graph, *(f"Number {start + n}." for n in range(400)), session=f"s{start}")
        await moved(graph)
        assert await all_of(graph, MOVED) == await all_of(graph, CAROLINE)
        assert [one.seq for one in await graph.episodes.all(MOVED, 0, 2_000)] == list(range(1, 1_201))

    async def test_nobody_has_no_records(self, graph: GraphStore) -> None:
        await lived(graph)
        assert await all_of(graph, BOB) == []
        assert await all_of(graph, Scope("globex", "caroline")) == []

    async def test_a_user_of_whom_nothing_is_left_is_one_all_the_same(self, graph: GraphStore) -> None:
        state = UserState(seq=7, revision=3, last_activity=NOON)
        await moved(graph, [state])
        assert await all_of(graph, MOVED) == [state]
        (fresh,) = (await said(graph, scope=MOVED)).fresh
        assert fresh.seq == 8

    async def test_life_goes_on_where_it_stopped(self, graph: GraphStore) -> None:
        await lived(graph)
        await moved(graph)
        here, there = [(await said(graph, "News.", scope=scope, session="s1")).fresh[0] for scope in (CAROLINE, MOVED)]
        assert (there.seq, there.position) == (here.seq, here.position) == (7, 3)
        again = await said(graph, "I moved to Berlin.", key="k1", session="s1", scope=MOVED)
        assert [answer.seq for answer in again.accepted] == [1, 2]
        for scope in (CAROLINE, MOVED):
            pending = await graph.episodes.pending(scope, 10)
            await change(graph, scope=scope, processed=processed(*(one.id for one in pending)))
        jobs = await graph.jobs.page(MOVED, JobState.SUCCEEDED, None, 10)
        assert len(jobs) == len(await graph.jobs.page(CAROLINE, JobState.SUCCEEDED, None, 10)) == 3

    async def test_what_is_pending_is_worked_on(self, graph: GraphStore) -> None:
        await lived(graph)
        now = NOON + 5 * HOUR
        assert await graph.lanes.waiting(now, 10) == [CAROLINE]
        await moved(graph)
        assert set(await graph.lanes.waiting(now, 10)) == {CAROLINE, MOVED}
        lease = await leased(graph, scope=MOVED, at=now)
        assert lease.attempts == 0

    async def test_a_failed_job_can_be_replayed(self, graph: GraphStore) -> None:
        await lived(graph)
        await moved(graph)
        (failed,) = await graph.jobs.page(MOVED, JobState.FAILED, None, 10)
        assert failed.error == RUBBISH
        assert (await graph.jobs.replay(MOVED, failed.id, NOON)).remaining == 2
        states = [one.state for one in await graph.episodes.all(MOVED, 0, 10)]
        assert EpisodeState.FAILED not in states

    async def test_everything_that_is_indexed_has_a_task(self, graph: GraphStore) -> None:
        await lived(graph)
        await moved(graph)
        tasks = [(one.kind, one.id) for one in await graph.outbox.due_of(MOVED, 0, 1_000)]
        await graph.outbox.done([one.ticket for one in await graph.outbox.due_of(CAROLINE, 0, 1_000)])
        await graph.outbox.refill(CAROLINE)
        wanted = [(one.kind, one.id) for one in await graph.outbox.due_of(CAROLINE, 0, 1_000)]
        assert sorted(tasks) == sorted(wanted)

    async def test_a_user_who_is_there_is_left_alone(self, graph: GraphStore) -> None:
        await lived(graph)
        records = await all_of(graph, CAROLINE)
        await said(graph, "I was here first.", scope=MOVED)
        before = await all_of(graph, MOVED)
        with pytest.raises(Conflict):
            await moved(graph, records)
        assert await all_of(graph, MOVED) == before

    async def test_a_user_is_not_there_before_all_of_it_is(self, graph: GraphStore) -> None:
        await lived(graph)
        records = await all_of(graph, CAROLINE)
        loop = asyncio.get_running_loop()
        listed: list[object] = []

        def slowly() -> Iterator[Record]:
            yield from records
            users = asyncio.run_coroutine_threadsafe(graph.episodes.users(MOVED.tenant, None, 10), loop)
            waiting = asyncio.run_coroutine_threadsafe(graph.lanes.waiting(NOON + 9 * HOUR, 10), loop)
            due = asyncio.run_coroutine_threadsafe(graph.outbox.due_of(MOVED, 0, 10), loop)
            listed.extend([users.result(30), waiting.result(30), due.result(30)])

        await moved(graph, slowly())
        assert listed == [[], [CAROLINE], []]
        assert len(await graph.episodes.users(MOVED.tenant, None, 10)) == 1

    async def test_an_interrupted_arrival_leaves_no_user_and_can_be_repeated(self, graph: GraphStore) -> None:
        await lived(graph)
        records = await all_of(graph, CAROLINE)

        def broken(after: int) -> Iterator[Record]:
            yield from records[:after]
            raise Invalid("the file ends here")

        for after in (0, 1, 3, len(records) // 2, len(records)):
            with pytest.raises(Invalid, match="the file ends here"):
                await moved(graph, broken(after))
            assert await all_of(graph, MOVED) == []
            assert await graph.episodes.users(MOVED.tenant, None, 10) == []
        await moved(graph, records)
        assert await seen(graph, MOVED) == await seen(graph, CAROLINE)

    async def test_records_that_contradict_one_another_are_refused(self, graph: GraphStore) -> None:
        await lived(graph)
        records = await all_of(graph, CAROLINE)
        session = records[1]
        assert isinstance(session, SessionState)
        twice = [*records[:2], replace(session, next_position=9), *records[2:]]
        for wrong in (twice, records[1:], [one for one in records if not isinstance(one, Job)]):
            with pytest.raises(Conflict):
                await moved(graph, wrong)
            assert await all_of(graph, MOVED) == []

    async def test_support_that_follows_its_version_is_added_to_it(self, graph: GraphStore) -> None:
        caroline = entity()
        news = [statement(caroline, "likes", "tea", seq=n) for n in range(5)]
        fact = version(*news)
        await change(graph, entities=(caroline,), statements=tuple(news), append=(fact,))
        records: list[Record] = []
        for one in await all_of(graph, CAROLINE):
            if one == fact:
                records += [replace(fact, statement_ids=fact.statement_ids[:2])]
                records += [Support(fact.fact_id, 1, fact.statement_ids[n : n + 2]) for n in (2, 4)]
            else:
                records.append(one)
        await moved(graph, records)
        assert await graph.facts.facts(MOVED, EVERY, None, 10) == [fact]

    async def test_a_tenant_is_added_or_takes_the_name_and_time_it_is_given(self, graph: GraphStore) -> None:
        for tenant in (Tenant("acme", "Acme", NOON), Tenant("acme", "Acme Ltd", NOON - HOUR)):
            await graph.transfer.put_tenant(tenant)
            assert await graph.accounts.tenants(None, 10) == [tenant]
            assert await graph.accounts.tenant("acme") == tenant

    async def test_a_span_and_a_value_keep_every_character(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph, 'She said "ﬀ\u2028\x00".')).fresh
        caroline = entity("ﬀ\u2028")
        odd = statement(caroline, "likes", " \u2028\x00", text="\x00", span=Span(episode.id, 0, 2, "\u2028\x00"))
        await change(graph, entities=(caroline,), statements=(odd,), append=(version(odd),))
        await moved(graph)
        assert await all_of(graph, MOVED) == await all_of(graph, CAROLINE)
