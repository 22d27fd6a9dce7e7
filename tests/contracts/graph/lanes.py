"""What any store of lanes does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.domain.episode import EpisodeState
from app.domain.errors import LeaseLost
from app.domain.jobs import Job, JobState
from app.domain.scope import Scope
from app.ports.graph.store import GraphStore
from tests.contracts.graph.made import (
    BOB,
    CAROLINE,
    HOUR,
    NOON,
    RUBBISH,
    SPENT,
    TTL,
    change,
    leased,
    processed,
    request,
    said,
)

SECOND = timedelta(seconds=1)


async def job_of(graph: GraphStore, id: str) -> Job:
    job = await graph.jobs.get("acme", id)
    assert job is not None
    return job


class LaneContract:
    async def test_lanes_with_pending_episodes_wait_the_longest_first(self, graph: GraphStore) -> None:
        zoe, dan = Scope("other", "zoe"), Scope("acme", "dan")
        await said(graph, at=NOON + HOUR)
        await said(graph, scope=zoe, at=NOON)
        await said(graph, scope=BOB, at=NOON + 2 * HOUR)
        (done,) = (await said(graph, scope=dan, at=NOON)).fresh
        await change(graph, scope=dan, processed=processed(done.id))
        now = NOON + 3 * HOUR
        assert await graph.lanes.waiting(now, 10) == [zoe, CAROLINE, BOB]
        assert await graph.lanes.waiting(now, 2) == [zoe, CAROLINE]

    async def test_a_lane_that_was_worked_on_waits_since_its_next_episode(self, graph: GraphStore) -> None:
        (first,) = (await said(graph, at=NOON)).fresh
        await said(graph, scope=BOB, at=NOON + SECOND)
        await said(graph, at=NOON + HOUR)
        assert await graph.lanes.waiting(NOON + HOUR, 10) == [CAROLINE, BOB]
        await change(graph, processed=processed(first.id))
        assert await graph.lanes.waiting(NOON + HOUR, 10) == [BOB, CAROLINE]

    async def test_a_leased_lane_is_nobody_elses_until_the_lease_expires(self, graph: GraphStore) -> None:
        await said(graph)
        first = await leased(graph, "w1")
        assert (first.owner, first.expires_at, first.attempts) == ("w1", NOON + TTL, 0)
        assert await graph.lanes.waiting(NOON + TTL - SECOND, 10) == []
        assert await graph.lanes.acquire(CAROLINE, "w2", NOON + TTL - SECOND, TTL) is None
        assert await graph.lanes.waiting(NOON + TTL, 10) == [CAROLINE]
        second = await leased(graph, "w2", at=NOON + TTL)
        assert second.token > first.token

    async def test_of_many_workers_one_gets_the_lane(self, graph: GraphStore) -> None:
        await said(graph)
        got = await asyncio.gather(*(graph.lanes.acquire(CAROLINE, f"w{n}", NOON, TTL) for n in range(12)))
        assert len([lease for lease in got if lease is not None]) == 1

    async def test_an_owner_gets_its_lane_again_under_a_new_token(self, graph: GraphStore) -> None:
        first = await leased(graph, "w1")
        again = await leased(graph, "w1")
        assert again.token > first.token
        with pytest.raises(LeaseLost):
            await graph.lanes.renew(first, NOON, TTL)

    async def test_a_heartbeat_keeps_the_lane(self, graph: GraphStore) -> None:
        await said(graph)
        lease = await leased(graph, "w1")
        renewed = await graph.lanes.renew(lease, NOON + 20 * SECOND, TTL)
        assert renewed.expires_at == NOON + 20 * SECOND + TTL
        assert renewed.token == lease.token
        assert await graph.lanes.acquire(CAROLINE, "w2", NOON + 40 * SECOND, TTL) is None

    async def test_a_lease_that_another_took_over_is_lost(self, graph: GraphStore) -> None:
        (episode,) = (await said(graph)).fresh
        old = await leased(graph, "w1")
        new = await leased(graph, "w2", at=NOON + TTL)
        late = NOON + TTL + SECOND
        with pytest.raises(LeaseLost):
            await graph.lanes.renew(old, late, TTL)
        with pytest.raises(LeaseLost):
            await graph.lanes.rest(old, late + HOUR, RUBBISH)
        with pytest.raises(LeaseLost):
            await graph.lanes.bury(old, [episode.id], RUBBISH, late)
        await graph.lanes.release(old)
        assert await graph.lanes.acquire(CAROLINE, "w3", late, TTL) is None
        assert (await graph.episodes.get(CAROLINE, [episode.id]))[0].state is EpisodeState.PENDING
        assert await graph.lanes.renew(new, late, TTL)

    async def test_a_released_lane_is_free_at_once_and_its_lease_is_over(self, graph: GraphStore) -> None:
        await said(graph)
        lease = await leased(graph, "w1")
        await graph.lanes.release(lease)
        with pytest.raises(LeaseLost):
            await graph.lanes.renew(lease, NOON, TTL)
        assert await graph.lanes.waiting(NOON, 10) == [CAROLINE]
        assert (await leased(graph, "w2")).token > lease.token

    async def test_acquiring_sets_the_jobs_of_its_pending_episodes_running(self, graph: GraphStore) -> None:
        one, two = await said(graph), await said(graph)
        other = await said(graph, scope=BOB)
        await leased(graph, at=NOON + SECOND)
        for receipt in (one, two):
            job = await job_of(graph, receipt.job_id)
            assert (job.state, job.started_at, job.attempts) == (JobState.RUNNING, NOON + SECOND, 0)
        assert (await job_of(graph, other.job_id)).state is JobState.QUEUED

    async def test_a_lane_rests_after_a_failed_attempt(self, graph: GraphStore) -> None:
        receipt = await said(graph)
        until = NOON + 5 * SECOND
        await graph.lanes.rest(await leased(graph, "w1"), until, RUBBISH)
        assert await graph.lanes.waiting(until - SECOND, 10) == []
        for owner in ("w1", "w2"):
            assert await graph.lanes.acquire(CAROLINE, owner, until - SECOND, TTL) is None
        assert await graph.lanes.waiting(until, 10) == [CAROLINE]
        job = await job_of(graph, receipt.job_id)
        assert (job.attempts, job.error, job.ended) == (1, RUBBISH, False)
        lease = await leased(graph, "w2", at=until)
        assert lease.attempts == 1
        await graph.lanes.rest(lease, until + HOUR, RUBBISH)
        assert (await leased(graph, at=until + HOUR)).attempts == 2
        assert (await job_of(graph, receipt.job_id)).attempts == 2

    async def test_a_rest_that_is_nobodys_failure_counts_as_no_attempt(self, graph: GraphStore) -> None:
        receipt = await said(graph)
        await graph.lanes.rest(await leased(graph), NOON, RUBBISH)
        lease = await leased(graph)
        await graph.lanes.rest(lease, NOON + HOUR, SPENT, failed=False)
        assert await graph.lanes.acquire(CAROLINE, "w1", NOON + HOUR - SECOND, TTL) is None
        job = await job_of(graph, receipt.job_id)
        assert (job.attempts, job.error, job.ended) == (1, SPENT, False)
        assert (await leased(graph, at=NOON + HOUR)).attempts == 1

    async def test_failures_are_counted_in_a_row(self, graph: GraphStore) -> None:
        one, two = (await said(graph, "1", "2")).fresh
        await graph.lanes.rest(await leased(graph), NOON, RUBBISH)
        lease = await leased(graph)
        assert lease.attempts == 1
        await change(graph, processed=processed(one.id), lease=lease)
        assert (await graph.lanes.renew(lease, NOON, TTL)).attempts == 0
        await graph.lanes.rest(lease, NOON, RUBBISH)
        lease = await leased(graph)
        await graph.lanes.release(lease)
        assert (await leased(graph)).attempts == 0
        assert two in await graph.episodes.pending(CAROLINE, 10)

    async def test_a_buried_episode_is_failed_and_the_lease_goes_on(self, graph: GraphStore) -> None:
        bad, good = await said(graph, "bad"), await said(graph, "good")
        await graph.lanes.rest(await leased(graph), NOON, RUBBISH)
        lease = await leased(graph)
        await graph.lanes.bury(lease, [bad.fresh[0].id, "unknown"], RUBBISH, NOON + HOUR)
        assert (await graph.episodes.get(CAROLINE, [bad.fresh[0].id]))[0].state is EpisodeState.FAILED
        assert await graph.episodes.pending(CAROLINE, 10) == list(good.fresh)
        job = await job_of(graph, bad.job_id)
        assert (job.state, job.error, job.finished_at, job.remaining) == (JobState.FAILED, RUBBISH, NOON + HOUR, 0)
        assert (await job_of(graph, good.job_id)).state is JobState.RUNNING
        summary = await graph.episodes.user(CAROLINE)
        assert (summary.pending, summary.failed) == (1, 1)
        assert (await graph.lanes.renew(lease, NOON, TTL)).attempts == 0

    async def test_a_job_with_a_buried_episode_fails_when_the_rest_of_it_is_done(self, graph: GraphStore) -> None:
        receipt = await said(graph, "bad", "good", "good")
        bad, *good = [episode.id for episode in receipt.fresh]
        lease = await leased(graph)
        await graph.lanes.bury(lease, [bad], RUBBISH, NOON)
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.remaining, job.finished_at) == (JobState.RUNNING, 2, None)
        await change(graph, processed=processed(*good), lease=lease, at=NOON + HOUR)
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.error, job.remaining, job.finished_at) == (JobState.FAILED, RUBBISH, 0, NOON + HOUR)
        assert job.outcome.episodes == 2

    async def test_episodes_that_came_after_a_burial_are_not_buried(self, graph: GraphStore) -> None:
        done, bad = (await said(graph, "done", "bad")).fresh
        lease = await leased(graph)
        await change(graph, processed=processed(done.id), lease=lease)
        await graph.lanes.bury(lease, [done.id, bad.id], RUBBISH, NOON)
        states = [episode.state for episode in await graph.episodes.get(CAROLINE, [done.id, bad.id])]
        assert states == [EpisodeState.PROCESSED, EpisodeState.FAILED]

    async def test_a_lease_outlives_the_store_and_expires_all_the_same(
        self, graph: GraphStore, restart: Callable[[], Awaitable[GraphStore]]
    ) -> None:
        await graph.episodes.append(CAROLINE, request())
        lease = await leased(graph, "w1")
        after = await restart()
        assert await after.lanes.waiting(NOON + SECOND, 10) == []
        assert await after.lanes.renew(lease, NOON + SECOND, TTL)
        assert await after.lanes.waiting(NOON + SECOND + TTL, 10) == [CAROLINE]
