"""What any ledger does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.domain.episode import EpisodeState
from app.domain.errors import Conflict, LeaseLost, PalimpsestError, StaleRevision
from app.domain.fact import Retirement
from app.domain.jobs import JobState
from app.domain.scope import Scope
from app.domain.timeline import Support
from app.ports.graph.knowledge import ChangeSet, Derived, FactQuery, FactState, Mention
from app.ports.graph.store import GraphStore
from tests.contracts.graph.lanes import job_of
from tests.contracts.graph.made import (
    BOB,
    CAROLINE,
    HOUR,
    NOON,
    TTL,
    change,
    closure,
    entity,
    leased,
    processed,
    said,
    statement,
    version,
)

EVERY = FactQuery(state=FactState.ALL)


async def indexed_anew(graph: GraphStore, scope: Scope = CAROLINE) -> list[tuple[str, str]]:
    """What became due since the last time, in any order."""
    tasks = await graph.outbox.due_of(scope, 0, 1_000)
    await graph.outbox.done([task.ticket for task in tasks])
    return sorted((task.kind, task.id) for task in tasks)


class LedgerContract:
    async def test_every_commit_raises_the_revision(self, graph: GraphStore) -> None:
        assert await graph.ledger.revision(CAROLINE) == 0
        await said(graph)
        assert await graph.ledger.revision(CAROLINE) == 0
        await change(graph)
        await change(graph)
        assert await graph.ledger.revision(CAROLINE) == 2
        assert await graph.ledger.revision(BOB) == 0

    async def test_a_plan_made_on_an_older_revision_is_refused_whole(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        await change(graph)
        stale = ChangeSet(0, NOON, entities=(entity(),), processed=processed(episode.id))
        with pytest.raises(StaleRevision):
            await graph.ledger.commit(CAROLINE, stale)
        assert await graph.entities.cards(CAROLINE, None, None, 10) == []
        assert await graph.episodes.pending(CAROLINE, 10) == [episode]

    async def test_of_commits_at_once_on_one_revision_one_wins(self, graph: GraphStore) -> None:
        plans = [ChangeSet(0, NOON, entities=(entity(f"name {n}"),)) for n in range(10)]

        async def commit(plan: ChangeSet) -> bool:
            try:
                await graph.ledger.commit(CAROLINE, plan)
            except StaleRevision:
                return False
            return True

        won = await asyncio.gather(*(commit(plan) for plan in plans))
        assert sum(won) == 1
        (card,) = await graph.entities.cards(CAROLINE, None, None, 10)
        assert card.entity in plans[won.index(True)].entities
        assert await graph.ledger.revision(CAROLINE) == 1

    async def test_an_old_lease_commits_nothing(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        old = await leased(graph, "w1")
        new = await leased(graph, "w2", at=NOON + TTL)
        with pytest.raises(LeaseLost):
            await change(graph, processed=processed(episode.id), entities=(entity(),), lease=old)
        assert await graph.episodes.pending(CAROLINE, 10) == [episode]
        assert await graph.ledger.revision(CAROLINE) == 0
        await change(graph, processed=processed(episode.id), lease=new)
        await graph.lanes.release(new)
        with pytest.raises(LeaseLost):
            await change(graph, lease=new)

    async def test_an_expired_lease_that_nobody_took_over_still_commits(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        lease = await leased(graph)
        await change(graph, processed=processed(episode.id), lease=lease, at=NOON + TTL + HOUR)
        assert await graph.episodes.pending(CAROLINE, 10) == []

    async def test_an_episode_is_processed_exactly_once(self, graph: GraphStore) -> None:
        one, two = (receipt := await said(graph, "1", "2")).fresh
        await change(graph, processed=processed(one.id))
        for again in ((two.id, one.id), (two.id, two.id), (two.id, "unknown")):
            with pytest.raises(StaleRevision):
                await change(graph, processed=processed(*again), entities=(entity(),))
        assert [e.state for e in await graph.episodes.get(CAROLINE, [one.id, two.id])] == [
            EpisodeState.PROCESSED,
            EpisodeState.PENDING,
        ]
        assert (await job_of(graph, receipt.job_id)).outcome.episodes == 1
        assert await graph.ledger.revision(CAROLINE) == 1
        assert (await graph.episodes.user(CAROLINE)).entities == 0

    async def test_a_change_that_points_at_nothing_is_refused_whole(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        known, unknown = entity(), entity()
        fact = version(statement(known, "likes", "tea"))
        for wrong in (
            {"mentions": (Mention(unknown.id, episode.id, 0, 1),)},
            {"mentions": (Mention(known.id, "unknown", 0, 1),)},
            {"statements": (statement(unknown, "likes", "tea"),)},
            {"statements": (statement(known, "likes", unknown),)},
            {"statements": (statement(known, "likes", "tea", "unknown"),)},
            {"append": (fact,)},
            {"close": (closure(fact),)},
            {"support": (Support(fact.fact_id, 1, ("unknown",)),)},
            {"aliases": {unknown.id: ("Caz",)}},
            {"withdraw": ("unknown",)},
        ):
            with pytest.raises(PalimpsestError):
                await change(graph, entities=(known,), **wrong)
            assert (await graph.episodes.user(CAROLINE)).entities == 0
        await change(graph, entities=(known,), mentions=(Mention(known.id, episode.id, 0, 1),))

    async def test_facts_for_a_user_who_never_wrote(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        await change(graph, entities=(caroline,), statements=(news,), append=(version(news),), at=NOON + HOUR)
        summary = await graph.episodes.user(CAROLINE)
        assert (summary.entities, summary.facts, summary.last_activity) == (1, 1, NOON + HOUR)
        assert await graph.lanes.waiting(NOON, 10) == []

    async def test_what_is_new_changed_or_gone_is_indexed_anew(self, graph: GraphStore) -> None:
        one, two = (await said(graph, "1", "2")).fresh
        await indexed_anew(graph)
        caroline, tea = entity(), entity("tea")
        first, second = statement(caroline, "likes", tea, one.id), statement(caroline, "owns", "a cat", two.id)
        likes, owns = version(first), version(second)
        both = {"statements": (first, second), "append": (likes, owns)}
        await change(graph, entities=(caroline, tea), **both, processed=processed(one.id, two.id))
        assert await indexed_anew(graph) == sorted(
            [("entity", caroline.id), ("entity", tea.id), ("fact", likes.fact_id), ("fact", owns.fact_id)]
        )
        await change(graph, aliases={caroline.id: ("Caz",), tea.id: ("tea",)})
        assert await indexed_anew(graph) == [("entity", caroline.id)]
        more = statement(caroline, "likes", tea, two.id)
        await change(
            graph, statements=(more,), support=(Support(likes.fact_id, 1, (more.id,)),), close=(closure(owns),)
        )
        assert await indexed_anew(graph) == sorted([("fact", likes.fact_id), ("fact", owns.fact_id)])
        await change(graph, deleted_episodes=(one.id, "unknown"))
        assert await indexed_anew(graph) == sorted([("episode", one.id), ("fact", likes.fact_id)])
        assert await indexed_anew(graph, BOB) == []

    async def test_a_deleted_episode_goes_with_what_it_said(self, graph: GraphStore) -> None:
        gone, stays = (receipt := await said(graph, "gone", "stays")).fresh
        caroline = entity()
        first, second = (
            statement(caroline, "likes", "tea", gone.id),
            statement(caroline, "likes", "tea", stays.id, seq=2),
        )
        fact = version(first, second)
        await change(
            graph,
            entities=(caroline,),
            mentions=(Mention(caroline.id, gone.id, None, None), Mention(caroline.id, stays.id, 0, 2)),
            statements=(first, second),
            append=(fact,),
        )
        await change(graph, deleted_episodes=(gone.id,), at=NOON + HOUR)
        assert await graph.episodes.get(CAROLINE, [gone.id]) == []
        assert await graph.facts.statements_from(CAROLINE, [gone.id, stays.id]) == [second]
        (kept,) = await graph.facts.versions(CAROLINE, [fact.fact_id])
        assert kept.statement_ids == (second.id,)
        assert await graph.facts.evidence(CAROLINE, [(fact.fact_id, 1)]) == {(fact.fact_id, 1): [second.span]}
        card = await graph.entities.card(CAROLINE, caroline.id)
        assert card is not None
        assert (card.facts, card.episodes) == (1, 1)
        summary = await graph.episodes.user(CAROLINE)
        assert (summary.episodes, summary.pending, summary.facts) == (1, 1, 1)
        assert (await job_of(graph, receipt.job_id)).remaining == 1
        await change(graph, processed=processed(stays.id))
        assert (await job_of(graph, receipt.job_id)).state is JobState.SUCCEEDED

    async def test_a_job_whose_last_pending_episode_is_deleted_has_succeeded(self, graph: GraphStore) -> None:
        done, gone = (receipt := await said(graph, "done", "gone")).fresh
        await change(graph, processed=processed(done.id))
        await change(graph, deleted_episodes=(gone.id,), at=NOON + HOUR)
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.remaining, job.finished_at) == (JobState.SUCCEEDED, 0, NOON + HOUR)
        assert await graph.lanes.waiting(NOON, 10) == []

    async def test_a_belief_that_is_closed_cannot_be_closed_again(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        fact = version(news)
        await change(graph, entities=(caroline,), statements=(news,), append=(fact,))
        await change(graph, close=(closure(fact, "corrected", fact_id="f", episode_id="e"),), at=NOON + HOUR)
        with pytest.raises(Conflict):
            await change(graph, close=(closure(fact),), at=NOON + 2 * HOUR)
        (closed,) = await graph.facts.versions(CAROLINE, [fact.fact_id])
        assert (closed.recorded_to, closed.retired_by) == (NOON + HOUR, Retirement("corrected", "f", "e"))
        assert (await graph.episodes.user(CAROLINE)).facts == 0

    async def test_a_clock_that_was_set_back_does_not_end_a_belief_before_it_began(self, graph: GraphStore) -> None:
        caroline = entity()
        news = statement(caroline, "likes", "tea")
        fact = version(news, recorded_from=NOON)
        await change(graph, entities=(caroline,), statements=(news,), append=(fact,))
        await change(graph, close=(closure(fact),), at=NOON - HOUR)
        (closed,) = await graph.facts.versions(CAROLINE, [fact.fact_id])
        assert closed.recorded_to == NOON

    async def test_what_episodes_gave_rise_to(self, graph: GraphStore) -> None:
        one, two = (await said(graph, "1", "2")).fresh
        caroline, acme, globex = entity(created_at=NOON - HOUR), entity("Acme"), entity("Globex")
        first, second = statement(caroline, "works_at", acme, one.id), statement(caroline, "works_at", globex, two.id)
        old, new = version(first), version(second)
        await change(
            graph,
            entities=(caroline, acme, globex),
            mentions=tuple(Mention(e.id, one.id, n, n + 1) for n, e in enumerate((acme, caroline))),
            statements=(first,),
            append=(old,),
        )
        assert await graph.ledger.derived_from(CAROLINE, [one.id]) == Derived((caroline, acme), (old,), ())
        await change(
            graph,
            mentions=(Mention(globex.id, two.id, 0, 6), Mention(globex.id, two.id, 9, 15)),
            statements=(second,),
            close=(closure(old, fact_id=new.fact_id, episode_id=two.id),),
            append=(new,),
        )
        (retired,) = await graph.facts.versions(CAROLINE, [old.fact_id])
        assert await graph.ledger.derived_from(CAROLINE, [two.id]) == Derived((globex,), (new,), (retired,))
        assert await graph.ledger.derived_from(CAROLINE, [one.id]) == Derived((caroline, acme), (), ())
        assert await graph.ledger.derived_from(CAROLINE, []) == Derived((), (), ())
        assert await graph.ledger.derived_from(BOB, [one.id, two.id]) == Derived((), (), ())

    async def test_what_was_committed_is_there_after_a_restart(
        self, graph: GraphStore, restart: Callable[[], Awaitable[GraphStore]]
    ) -> None:
        (episode,) = (receipt := await said(graph)).fresh
        caroline = entity()
        news = statement(caroline, "likes", "tea", episode.id)
        fact = version(news)
        derived = {"entities": (caroline,), "statements": (news,), "append": (fact,)}
        await change(graph, **derived, processed=processed(episode.id))
        after = await restart()
        assert await after.ledger.revision(CAROLINE) == 1
        assert await after.facts.facts(CAROLINE, EVERY, None, 10) == [fact]
        assert await after.entities.entities(CAROLINE, [caroline.id]) == [caroline]
        assert (await job_of(after, receipt.job_id)).state is JobState.SUCCEEDED
        assert await after.lanes.waiting(NOON, 10) == []
