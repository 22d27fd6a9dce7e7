"""What any store of jobs does."""

from __future__ import annotations

import pytest

from app.domain.errors import IllegalTransition, NotFound
from app.domain.jobs import Job, JobKind, JobState, Outcome
from app.ports.graph.knowledge import Processed
from app.ports.graph.store import GraphStore
from tests.contracts.graph.lanes import job_of
from tests.contracts.graph.made import BOB, CAROLINE, HOUR, NOON, RUBBISH, change, leased, processed, said


class JobContract:
    async def test_an_accepted_request_is_a_queued_job(self, graph: GraphStore) -> None:
        receipt = await said(graph, "1", "2", "3", job_id="job-a")
        assert await graph.jobs.get("acme", "job-a") == Job(
            "job-a", "caroline", JobKind.PROCESS, JobState.QUEUED, NOON, remaining=3
        )
        assert await graph.jobs.episodes_of(CAROLINE, "job-a") == [episode.id for episode in receipt.fresh]
        assert await graph.jobs.get("acme", "unknown") is None
        assert await graph.jobs.get("other", "job-a") is None
        assert await graph.jobs.episodes_of(BOB, "job-a") == []

    async def test_outcomes_add_up_until_the_job_succeeds(self, graph: GraphStore) -> None:
        one, two = (receipt := await said(graph, "1", "2")).fresh
        lease = await leased(graph, at=NOON + HOUR)
        gained = Outcome(
            episodes=1, entities=2, facts_added=3, facts_retired=4, notes=5, rejected=6, model_calls=7, tokens=8
        )
        await change(graph, processed=(Processed(one.id, gained),), lease=lease, at=NOON + 2 * HOUR)
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.remaining, job.outcome, job.finished_at) == (JobState.RUNNING, 1, gained, None)
        await change(graph, processed=(Processed(two.id, gained),), lease=lease, at=NOON + 3 * HOUR)
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.remaining, job.outcome) == (JobState.SUCCEEDED, 0, gained + gained)
        assert (job.started_at, job.finished_at) == (NOON + HOUR, NOON + 3 * HOUR)

    async def test_a_job_that_succeeds_in_the_end_shows_no_error(self, graph: GraphStore) -> None:
        (episode,) = (receipt := await said(graph)).fresh
        await graph.lanes.rest(await leased(graph), NOON, RUBBISH)
        await change(graph, processed=processed(episode.id), lease=await leased(graph))
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.error, job.attempts) == (JobState.SUCCEEDED, None, 1)

    async def test_one_commit_may_serve_several_jobs(self, graph: GraphStore) -> None:
        one, two = await said(graph, "1"), await said(graph, "2", "3")
        done = (one.fresh[0].id, two.fresh[0].id)
        await change(graph, processed=processed(*done), lease=await leased(graph))
        assert (await job_of(graph, one.job_id)).state is JobState.SUCCEEDED
        job = await job_of(graph, two.job_id)
        assert (job.state, job.remaining, job.outcome.episodes) == (JobState.RUNNING, 1, 1)

    async def test_work_that_came_after_the_lease_was_taken_runs_too(self, graph: GraphStore) -> None:
        lease = await leased(graph)
        one, _ = (receipt := await said(graph, "1", "2")).fresh
        await change(graph, processed=processed(one.id), lease=lease, at=NOON + HOUR)
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.started_at) == (JobState.RUNNING, NOON + HOUR)

    async def test_pages_are_newest_first(self, graph: GraphStore) -> None:
        for id in ("j1", "j2", "j3", "j4"):
            await said(graph, job_id=id)
        await said(graph, job_id="j5", scope=BOB)
        first = await graph.jobs.page(CAROLINE, None, None, 2)
        await said(graph, job_id="j6")
        rest = await graph.jobs.page(CAROLINE, None, first[-1].id, 10)
        assert [job.id for job in first + rest] == ["j4", "j3", "j2", "j1"]

    async def test_pages_may_be_of_one_state(self, graph: GraphStore) -> None:
        done, _ = await said(graph, job_id="j1"), await said(graph, job_id="j2")
        await change(graph, processed=processed(done.fresh[0].id))
        assert [job.id for job in await graph.jobs.page(CAROLINE, JobState.SUCCEEDED, None, 10)] == ["j1"]
        assert [job.id for job in await graph.jobs.page(CAROLINE, JobState.RUNNING, None, 10)] == ["j2"]
        assert await graph.jobs.page(CAROLINE, JobState.SUCCEEDED, "j1", 10) == []

    async def test_a_failed_job_is_replayed(self, graph: GraphStore) -> None:
        bad, good = (receipt := await said(graph, "bad", "good")).fresh
        lease = await leased(graph)
        await graph.lanes.bury(lease, [bad.id], RUBBISH, NOON)
        await change(graph, processed=processed(good.id), lease=lease)
        await graph.lanes.release(lease)
        job = await graph.jobs.replay(CAROLINE, receipt.job_id, NOON + HOUR)
        assert job == await job_of(graph, receipt.job_id)
        assert (job.state, job.remaining, job.attempts, job.error, job.finished_at) == (
            JobState.QUEUED,
            1,
            0,
            None,
            None,
        )
        assert [episode.id for episode in await graph.episodes.pending(CAROLINE, 10)] == [bad.id]
        assert await graph.lanes.waiting(NOON + HOUR, 10) == [CAROLINE]
        assert (await graph.episodes.user(CAROLINE)).failed == 0
        await change(graph, processed=processed(bad.id), lease=await leased(graph, at=NOON + HOUR))
        job = await job_of(graph, receipt.job_id)
        assert (job.state, job.outcome.episodes) == (JobState.SUCCEEDED, 2)

    async def test_only_a_failed_job_of_that_user_can_be_replayed(self, graph: GraphStore) -> None:
        receipt = await said(graph)
        with pytest.raises(IllegalTransition):
            await graph.jobs.replay(CAROLINE, receipt.job_id, NOON)
        for scope, id in ((BOB, receipt.job_id), (CAROLINE, "unknown")):
            with pytest.raises(NotFound):
                await graph.jobs.replay(scope, id, NOON)

    async def test_a_replay_with_nothing_left_to_do_has_succeeded(self, graph: GraphStore) -> None:
        (bad,) = (receipt := await said(graph, "bad")).fresh
        await graph.lanes.bury(await leased(graph), [bad.id], RUBBISH, NOON)
        await change(graph, deleted_episodes=(bad.id,))
        assert (await graph.jobs.replay(CAROLINE, receipt.job_id, NOON)).state is JobState.SUCCEEDED
