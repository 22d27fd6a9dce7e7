"""One user's work, in order, by one worker at a time, whatever fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.episode import EpisodeState
from app.domain.errors import BadAnswer, BudgetExhausted, IllegalTransition, NotFound, ReadingFailed, Unavailable
from app.domain.jobs import MAX_ATTEMPTS, MAX_ATTEMPTS_AWAY, JobState
from app.memory.facts.given import FactInput
from app.memory.lanes import BATCH, LONGEST_REST
from tests.house import ANA, BEN, House, until
from tests.scripted import Noted, ScriptedExtractor, With, literally

pytestmark = pytest.mark.asyncio(loop_scope="session")

POISON = "This is poison."


async def states(house: House) -> list[EpisodeState]:
    return [episode.state for episode in await house.graph.episodes.all(ANA, 0, 1_000)]


async def drained(house: House, extractor: ScriptedExtractor, limit: int = 200) -> int:
    """Drain, and wait out every rest the lane takes; how many times it was worked."""
    for times in range(1, limit):
        await house.drain()
        if not await house.graph.episodes.pending(ANA, 1):
            return times
        house.clock.forward(minutes=6)
    raise AssertionError("the lane never comes to an end")


async def test_episodes_are_read_in_the_order_of_their_arrival(house: House, extractor: ScriptedExtractor) -> None:
    for number in range(10):
        await house.accept(f"Message {number}.", session=f"s{number % 3}")
    await house.drain()
    assert extractor.read == [f"Message {number}." for number in range(10)]


async def test_a_burst_is_read_in_batches(house: House, extractor: ScriptedExtractor) -> None:
    receipt = await house.learn(*(f"Message {number}." for number in range(BATCH + 5)))
    assert [len(batch) for batch in extractor.batches] == [BATCH, 5]
    job = await house.job(receipt)
    assert (job.state, job.outcome.episodes, job.remaining) == (JobState.SUCCEEDED, BATCH + 5, 0)


async def test_what_arrives_during_a_drain_is_drained_too(house: House, extractor: ScriptedExtractor) -> None:
    extractor.gate.clear()
    await house.accept("First.")
    draining = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    later = await house.accept("Second.")
    extractor.gate.set()
    await draining
    assert extractor.batches == [["First."], ["Second."]]
    assert (await house.job(later)).state is JobState.SUCCEEDED


async def test_a_lane_that_is_worked_is_left_alone_by_others(house: House, extractor: ScriptedExtractor) -> None:
    extractor.gate.clear()
    await house.accept("First.")
    draining = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    await house.another().drain()
    extractor.gate.set()
    await draining
    assert extractor.batches == [["First."]]


async def test_lanes_of_different_users_are_worked_side_by_side(house: House, extractor: ScriptedExtractor) -> None:
    extractor.gate.clear()
    await house.accept("Ana lives_in Porto.", scope=ANA)
    await house.accept("Ben lives_in Oslo.", scope=BEN)
    both = asyncio.gather(house.drain(ANA), house.drain(BEN))
    await until(lambda: _true(len(extractor.batches) == 2))
    extractor.gate.set()
    await both
    assert await house.believed(ANA) == ["Ana lives_in Porto."]
    assert await house.believed(BEN) == ["Ben lives_in Oslo."]


async def test_a_worker_that_slept_beyond_its_lease_cannot_commit_and_another_finishes(
    house: House, extractor: ScriptedExtractor
) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    extractor.gate.clear()
    sleeper = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    house.clock.forward(seconds=31)
    awake = ScriptedExtractor()
    await house.another(extractor=awake).drain()
    assert (await house.job(receipt)).state is JobState.SUCCEEDED
    extractor.gate.set()
    await sleeper
    assert [view.evidence[0].quote for view in await house.services.insights.facts(ANA)] == ["Ana lives_in Porto."]
    job = await house.job(receipt)
    assert (job.outcome.episodes, job.outcome.facts_added, job.attempts) == (1, 1, 0)


async def test_a_worker_that_is_slow_but_alive_keeps_its_lane(house: House, extractor: ScriptedExtractor) -> None:
    beats = Noted(house.graph.lanes)
    slow = house.another(graph=With(house.graph, lanes=beats), lease_seconds=0.3)
    receipt = await house.accept("Ana lives_in Porto.")
    extractor.gate.clear()
    working = asyncio.create_task(slow.drain())
    await extractor.arrived.wait()
    for _ in range(3):
        house.clock.forward(seconds=0.2)
        enough = beats.calls["renew"] + 2
        await until(lambda enough=enough: _true(beats.calls["renew"] >= enough))
        await house.another(extractor=ScriptedExtractor()).drain()
        assert (await house.job(receipt)).state is JobState.RUNNING
    extractor.gate.set()
    await working
    assert (await house.job(receipt)).state is JobState.SUCCEEDED
    assert len(extractor.batches) == 1


async def test_a_worker_whose_lease_was_taken_stops_at_its_next_heartbeat(
    house: House, extractor: ScriptedExtractor
) -> None:
    robbed = house.another(lease_seconds=0.3)
    await house.accept("Ana lives_in Porto.")
    extractor.gate.clear()
    working = asyncio.create_task(robbed.drain())
    await extractor.arrived.wait()
    house.clock.forward(seconds=1)
    assert await house.graph.lanes.acquire(ANA, "thief", house.clock(), timedelta(hours=1))
    async with asyncio.timeout(60):
        await working
    assert not extractor.gate.is_set(), "it did not wait for the extractor"


async def test_a_failed_batch_rests_and_is_tried_again(house: House, extractor: ScriptedExtractor) -> None:
    extractor.errors["Ana lives_in Porto."] = [RuntimeError("once"), RuntimeError("twice")]
    receipt = await house.accept("Ana lives_in Porto.")

    await house.drain()
    job = await house.job(receipt)
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert job.error is not None
    assert (job.error.code, job.error.detail) == ("internal", "RuntimeError: once")

    await house.drain()
    assert len(extractor.batches) == 1, "the lane rests"
    house.clock.forward(seconds=1)
    await house.drain()
    house.clock.forward(seconds=1)
    await house.drain()
    assert len(extractor.batches) == 2, "the second rest is longer"
    house.clock.forward(seconds=1)
    await house.drain()
    job = await house.job(receipt)
    assert (job.state, job.attempts, job.error) == (JobState.SUCCEEDED, 2, None)
    assert await house.believed() == ["Ana lives_in Porto."]


async def test_a_lane_that_rests_waits_again_when_its_rest_is_over(house: House, extractor: ScriptedExtractor) -> None:
    extractor.errors["Hello."] = [RuntimeError("once")]
    await house.learn("Hello.")
    assert await house.services.lanes.waiting() == []
    house.clock.forward(seconds=1)
    assert await house.services.lanes.waiting() == [ANA]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (RuntimeError("cannot read this"), "RuntimeError: cannot read this"),
        (ReadingFailed("the extraction process died"), "the extraction process died"),
    ],
)
async def test_poison_is_buried_after_enough_attempts_and_its_neighbours_are_not(
    house: House, extractor: ScriptedExtractor, error: Exception, told: str
) -> None:
    extractor.errors[POISON] = error
    before = await house.accept("Ana lives_in Porto.")
    poison = await house.accept(POISON)
    after = await house.accept("Ana likes tea.")
    await drained(house, extractor)
    assert [batch[0] for batch in extractor.batches].count(POISON) == MAX_ATTEMPTS + 1, "at last on its own"
    assert await states(house) == [EpisodeState.PROCESSED, EpisodeState.FAILED, EpisodeState.PROCESSED]
    assert await house.believed() == ["Ana likes tea.", "Ana lives_in Porto."]

    failed = await house.job(poison)
    assert (failed.state, failed.attempts, failed.remaining) == (JobState.FAILED, MAX_ATTEMPTS, 0)
    assert failed.error is not None
    assert failed.error.detail == told
    for fine in (before, after):
        job = await house.job(fine)
        assert (job.state, job.error) == (JobState.SUCCEEDED, None)


async def test_what_is_too_much_at_once_is_read_in_parts_in_its_order(
    house: House, extractor: ScriptedExtractor
) -> None:
    extractor.bears = 4
    receipt = await house.accept(*(f"Message {number}." for number in range(10)))
    await drained(house, extractor)
    assert [len(batch) for batch in extractor.batches] == [10, 5, 2, 8, 4, 4]
    read = [content for batch in extractor.batches if len(batch) <= 4 for content in batch]
    assert read == [f"Message {number}." for number in range(10)]
    job = await house.job(receipt)
    assert (job.state, job.error, job.outcome.episodes) == (JobState.SUCCEEDED, None, 10)


async def test_what_comes_after_poison_is_not_held_up(house: House, extractor: ScriptedExtractor) -> None:
    extractor.errors[POISON] = RuntimeError("cannot read this")
    await house.accept(POISON)
    await drained(house, extractor)
    receipt = await house.learn("Ana lives_in Porto.")
    assert (await house.job(receipt)).state is JobState.SUCCEEDED


async def test_every_batch_has_all_its_attempts(house: House, extractor: ScriptedExtractor) -> None:
    """Also one that comes in the same drain as a batch that used its own up."""
    extractor.errors[POISON] = RuntimeError("cannot read this")
    await house.accept(POISON, *(f"Message {number}." for number in range(BATCH - 1)))
    later = await house.accept("Ana lives_in Porto.")
    extractor.errors["Ana lives_in Porto."] = [RuntimeError("a hiccup"), RuntimeError("a hiccup")]
    await drained(house, extractor)
    job = await house.job(later)
    assert (job.state, job.outcome.facts_added) == (JobState.SUCCEEDED, 1)


async def test_a_replayed_job_succeeds_once_its_trouble_is_over(house: House, extractor: ScriptedExtractor) -> None:
    extractor.errors[POISON] = RuntimeError("cannot read this")
    receipt = await house.accept("Ana likes tea.", POISON)
    await drained(house, extractor)
    job = await house.job(receipt)
    assert (job.state, job.outcome.episodes) == (JobState.FAILED, 1)

    del extractor.errors[POISON]
    assert (await house.services.lanes.replay(ANA, receipt.job_id)).state is JobState.QUEUED
    await house.drain()
    job = await house.job(receipt)
    assert (job.state, job.error, job.outcome.episodes) == (JobState.SUCCEEDED, None, 2)
    assert await states(house) == [EpisodeState.PROCESSED] * 2
    assert extractor.read.count("Ana likes tea.") == 2, "it is not read again by the replay"


async def test_only_a_failed_job_of_ones_own_can_be_replayed(house: House, extractor: ScriptedExtractor) -> None:
    receipt = await house.learn("Hello.")
    with pytest.raises(IllegalTransition):
        await house.services.lanes.replay(ANA, receipt.job_id)
    with pytest.raises(NotFound):
        await house.services.lanes.replay(BEN, receipt.job_id)
    with pytest.raises(NotFound):
        await house.services.lanes.replay(ANA, "unknown")


async def test_while_an_engine_is_away_nothing_is_buried_for_a_long_time(
    house: House, extractor: ScriptedExtractor
) -> None:
    away: list[Exception] = [Unavailable("the model is away") for _ in range(MAX_ATTEMPTS_AWAY - 1)]
    extractor.errors["Ana lives_in Porto."] = away
    receipt = await house.accept("Ana lives_in Porto.")
    began = house.clock()
    assert await drained(house, extractor) == MAX_ATTEMPTS_AWAY
    assert house.clock() - began > timedelta(hours=3)
    job = await house.job(receipt)
    assert (job.state, job.attempts, job.outcome.facts_added) == (JobState.SUCCEEDED, MAX_ATTEMPTS_AWAY - 1, 1)


async def test_a_lane_whose_tenant_used_up_its_tokens_rests_until_the_next_day_and_says_so(
    house: House, extractor: ScriptedExtractor
) -> None:
    tomorrow = house.clock() + timedelta(minutes=10)
    extractor.errors["Ana lives_in Porto."] = [BudgetExhausted("used up for today", until=tomorrow)]
    receipt = await house.learn("Ana lives_in Porto.")
    job = await house.job(receipt)
    assert job.error is not None
    assert (job.state, job.attempts, job.error.code) == (JobState.RUNNING, 0, "budget_exhausted")
    house.clock.forward(minutes=9, seconds=59)
    assert await house.services.lanes.waiting() == []
    house.clock.forward(seconds=1)
    assert await house.services.lanes.waiting() == [ANA]
    await house.drain()
    job = await house.job(receipt)
    assert (job.state, job.error, job.outcome.facts_added) == (JobState.SUCCEEDED, None, 1)


async def test_a_budget_that_is_used_up_for_months_buries_nothing_and_spends_no_attempts(
    house: House, extractor: ScriptedExtractor
) -> None:
    words = "Ana lives_in Porto."
    extractor.errors[words] = BudgetExhausted("used up", until=house.clock() + timedelta(days=100))
    receipt = await house.accept(words)
    for _ in range(2 * MAX_ATTEMPTS_AWAY):
        await house.drain()
        house.clock.forward(seconds=LONGEST_REST.total_seconds())
    assert len(extractor.batches) == 2 * MAX_ATTEMPTS_AWAY, "it is seen now and then whether there is more"
    extractor.errors[words] = [BadAnswer("a poem") for _ in range(MAX_ATTEMPTS - 1)]
    await drained(house, extractor)
    job = await house.job(receipt)
    assert (job.state, job.attempts) == (JobState.SUCCEEDED, MAX_ATTEMPTS - 1)


async def test_a_budget_that_is_used_up_while_poison_is_sought_buries_nobody(
    house: House, extractor: ScriptedExtractor
) -> None:
    neighbour = "Ana lives_in Porto."
    extractor.errors[POISON] = RuntimeError("cannot read this")
    await house.accept(POISON, neighbour)
    for _ in range(MAX_ATTEMPTS - 1):
        await house.drain()
        house.clock.forward(minutes=6)
    extractor.errors[neighbour] = [BudgetExhausted("used up"), BudgetExhausted("used up")]
    for _ in range(3):
        await house.drain()
        house.clock.forward(seconds=LONGEST_REST.total_seconds())
    assert await states(house) == [EpisodeState.FAILED, EpisodeState.PROCESSED]


async def test_what_is_away_until_a_known_time_is_not_asked_before(house: House, extractor: ScriptedExtractor) -> None:
    back = house.clock() + timedelta(minutes=3)
    extractor.errors["Hello."] = [Unavailable("come back later", until=back)]
    receipt = await house.learn("Hello.")
    assert (await house.job(receipt)).attempts == 1
    house.clock.forward(minutes=2, seconds=59)
    assert await house.services.lanes.waiting() == []
    house.clock.forward(seconds=1)
    assert await house.services.lanes.waiting() == [ANA]


async def test_an_engine_that_goes_away_while_poison_is_sought_buries_nobody(
    house: House, extractor: ScriptedExtractor
) -> None:
    """The batch is taken apart because of the poison; that the engine is away is no fault of the others."""
    extractor.errors[POISON] = RuntimeError("cannot read this")
    neighbour = "Ana lives_in Porto."
    await house.accept(POISON, neighbour)
    for _ in range(MAX_ATTEMPTS - 1):
        await house.drain()
        house.clock.forward(minutes=6)
    extractor.errors[neighbour] = [Unavailable("away for a moment")]
    await drained(house, extractor)
    assert await states(house) == [EpisodeState.FAILED, EpisodeState.PROCESSED]


async def test_stopping_lets_the_batch_at_hand_end_and_gives_the_lane_back(
    house: House, extractor: ScriptedExtractor
) -> None:
    await house.accept(*(f"Message {number}." for number in range(BATCH + 1)))
    extractor.gate.clear()
    draining = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    house.services.lanes.stop()
    extractor.gate.set()
    await draining
    assert (await states(house)).count(EpisodeState.PENDING) == 1
    assert not await _leased(house)
    await house.another().drain()
    assert (await states(house)).count(EpisodeState.PENDING) == 0


async def test_a_cancelled_drain_gives_the_lane_back_with_nothing_half_done(
    house: House, extractor: ScriptedExtractor
) -> None:
    await house.accept("Ana lives_in Porto.")
    extractor.gate.clear()
    draining = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    draining.cancel()
    with pytest.raises(asyncio.CancelledError):
        await draining
    assert await states(house) == [EpisodeState.PENDING]
    assert await house.believed() == []
    assert not await _leased(house)


async def test_a_stopped_worker_takes_no_lane(house: House, extractor: ScriptedExtractor) -> None:
    house.services.lanes.stop()
    await house.learn("Hello.")
    assert extractor.batches == []
    assert not await _leased(house)


async def test_an_episode_that_is_deleted_while_it_is_read_is_gone_and_its_neighbours_are_not(
    house: House, extractor: ScriptedExtractor
) -> None:
    receipt = await house.accept("Ana lives_in Porto.", "Ana likes tea.")
    extractor.gate.clear()
    draining = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    extractor.gate.set()
    await draining
    await drained(house, extractor)
    assert await house.believed() == ["Ana likes tea."]
    job = await house.job(receipt)
    assert (job.state, job.outcome.episodes, job.outcome.facts_added) == (JobState.SUCCEEDED, 1, 1)


async def test_facts_of_a_caller_written_while_a_batch_is_read_do_not_spoil_it(
    house: House, extractor: ScriptedExtractor
) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    extractor.gate.clear()
    draining = asyncio.create_task(house.drain())
    await extractor.arrived.wait()
    await house.services.facts.state(ANA, [FactInput("Ana", "likes", "tea", statement="Ana likes tea.")])
    extractor.gate.set()
    await draining
    assert await house.believed() == ["Ana likes tea.", "Ana lives_in Porto."]
    assert (await house.job(receipt)).attempts == 0


async def test_a_result_for_the_wrong_episode_is_never_believed(house: House, extractor: ScriptedExtractor) -> None:
    """An extractor that answers fewer or others than it was asked about has failed."""
    extractor.answers["Ana lives_in Porto."] = lambda source: replace(literally(source), episode_id="another")
    receipt = await house.accept("Ana lives_in Porto.")
    await drained(house, extractor)
    assert (await house.job(receipt)).state is JobState.FAILED
    assert await house.believed() == []


async def _leased(house: House) -> bool:
    """Whether somebody has Ana's lane now."""
    probe = await house.graph.lanes.acquire(ANA, "probe", house.clock(), timedelta(seconds=1))
    if probe is None:
        return True
    await house.graph.lanes.release(probe)
    return False


async def _true(condition: bool) -> bool:
    return condition
