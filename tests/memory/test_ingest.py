"""Accepted means durable and searchable."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.domain.episode import MAX_CONTENT_BYTES, MAX_EPISODES, EpisodeState
from app.domain.errors import ClientIdConflict, IdempotencyConflict, Invalid, NotFound, TooLarge, Unavailable
from app.domain.jobs import JobState
from app.memory.views import Kind
from app.ports.graph.episodes import Idempotency
from app.ports.models import Embedder
from tests.house import ANA, BEN, House, draft, opened, texts
from tests.scripted import Failing, FickleEmbedder, ScriptedExtractor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_was_accepted_is_searchable_before_anything_was_processed(
    house: House, extractor: ScriptedExtractor
) -> None:
    await house.accept("The spare key lies under the blue pot.", "I feed the cat at seven.")
    assert texts(await house.found("Where is the spare key?", limit=1)) == ["The spare key lies under the blue pot."]
    assert extractor.batches == []


async def test_what_was_accepted_is_there_after_the_process_was_lost(tmp_path: Path, embedder: Embedder) -> None:
    async with opened(tmp_path, embedder) as house:
        receipt = await house.accept("The spare key lies under the blue pot.")
    async with opened(tmp_path, embedder) as house:
        (stored,) = await house.graph.episodes.get(ANA, [receipt.accepted[0].id])
        assert (stored.content, stored.state) == ("The spare key lies under the blue pot.", EpisodeState.PENDING)
        assert texts(await house.found("spare key")) == [stored.content]


async def test_many_episodes_at_once_are_all_indexed(house: House) -> None:
    await house.accept(*(f"Box {number} holds the letters of {1900 + number}." for number in range(300)))
    assert await house.engines.vectors.count(ANA, Kind.EPISODE) == 300
    assert await house.due() == 0
    assert texts(await house.found("Which box holds the letters of 2187?", limit=1)) == [
        "Box 287 holds the letters of 2187."
    ]


async def test_a_long_document_is_found_by_its_end(house: House) -> None:
    filler = "The committee met and talked about the budget of the garden. " * 150
    await house.accept(filler + "In the end they chose a purple greenhouse.", "An unrelated remark.")
    assert (await house.found("purple greenhouse", limit=1))[0].text.endswith("purple greenhouse.")


async def test_duplicates_within_and_between_requests_are_stored_once(house: House) -> None:
    first = await house.accept("I adopted a cat.", "I adopted a cat.", client_id="m-1")
    again = await house.accept("I adopted a cat.", client_id="m-1", session="another")
    assert [(answer.seq, answer.duplicate) for answer in first.accepted] == [(1, False), (1, True)]
    assert [(answer.seq, answer.duplicate) for answer in again.accepted] == [(1, True)]
    assert again.job_id == first.job_id
    assert (await house.services.insights.user(ANA)).episodes == 1


async def test_the_same_words_without_a_client_id_are_said_twice(house: House) -> None:
    await house.accept("Good morning.", "Good morning.")
    assert (await house.services.insights.user(ANA)).episodes == 2


async def test_a_conflict_stores_and_indexes_nothing_of_the_request(house: House) -> None:
    await house.accept("I adopted a cat.", client_id="m-1")
    with pytest.raises(ClientIdConflict):
        await house.services.ingest.accept(
            ANA, "s1", [draft("Something new."), draft("I adopted a dog.", client_id="m-1")]
        )
    assert (await house.services.insights.user(ANA)).episodes == 1
    assert texts(await house.found("new dog")) == ["I adopted a cat."]


async def test_an_idempotency_key_returns_the_first_receipt(house: House) -> None:
    key = Idempotency("k-1", "fingerprint")
    first = await house.accept("I adopted a cat.", key=key)
    again = await house.accept("I adopted a cat.", key=key)
    assert (again.job_id, again.accepted, again.fresh) == (first.job_id, first.accepted, ())
    with pytest.raises(IdempotencyConflict):
        await house.accept("I adopted a dog.", key=Idempotency("k-1", "another"))
    assert (await house.accept("I adopted a dog.", key=key, scope=BEN)).fresh


async def test_what_cannot_be_taken_is_refused(house: House) -> None:
    for session in ("", " padded", "line\nbreak", "x" * 257):
        with pytest.raises(Invalid):
            await house.accept("Hello.", session=session)
    with pytest.raises(Invalid):
        await house.accept()
    with pytest.raises(TooLarge):
        await house.accept("é" * (MAX_CONTENT_BYTES // 2 + 1))
    with pytest.raises(TooLarge):
        await house.accept(*["Hello."] * (MAX_EPISODES + 1))
    assert (await house.services.insights.user(ANA)).episodes == 0


async def test_without_an_embedder_it_is_durable_and_found_once_that_is_back(
    house: House, fickle: FickleEmbedder
) -> None:
    fickle.away = True
    receipt = await house.accept("The spare key lies under the blue pot.")
    assert receipt.fresh
    assert (await house.graph.episodes.get(ANA, [receipt.fresh[0].id]))[0].content == receipt.fresh[0].content
    with pytest.raises(Unavailable):
        await house.assembly.indexing.sweep()
    fickle.away = False
    assert await house.assembly.indexing.sweep() == 1
    assert texts(await house.found("spare key")) == ["The spare key lies under the blue pot."]
    assert await house.assembly.indexing.sweep() == 0


async def test_without_an_embedder_search_goes_by_words_and_says_so(house: House, fickle: FickleEmbedder) -> None:
    await house.accept("The spare key lies under the blue pot.", "I feed the cat at seven.")
    assert (await house.search("spare key")).degraded == ()
    fickle.away = True
    reply = await house.search("spare key")
    assert texts(reply.results)[0] == "The spare key lies under the blue pot."
    assert reply.degraded == ("searched by keywords only: the embedder is away",)


async def test_without_a_vector_store_it_is_durable_and_found_later(house: House) -> None:
    lame = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("gone")}))
    await lame.accept("The spare key lies under the blue pot.")
    assert texts(await house.found("spare key")) == []
    await house.assembly.indexing.sweep()
    assert texts(await house.found("spare key")) == ["The spare key lies under the blue pot."]


async def test_what_is_being_indexed_is_left_to_whoever_began_it(house: House, fickle: FickleEmbedder) -> None:
    fickle.gate.clear()
    fickle.asked.clear()
    posting = asyncio.create_task(house.accept("The spare key lies under the blue pot."))
    await fickle.asked.wait()
    assert await house.assembly.indexing.sweep() == 0
    fickle.gate.set()
    await posting
    assert await house.due() == 0


async def test_waiting_ends_when_the_job_does(house: House) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    waiting = asyncio.create_task(house.services.ingest.wait(ANA, receipt.job_id, 60))
    await house.drain()
    job = await waiting
    assert (job.state, job.outcome.facts_added) == (JobState.SUCCEEDED, 1)


async def test_waiting_ends_when_the_time_is_up(house: House) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    assert (await house.services.ingest.wait(ANA, receipt.job_id, 0.01)).state is JobState.QUEUED


async def test_waiting_ends_though_another_process_did_the_work(house: House) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    waiting = asyncio.create_task(house.services.ingest.wait(ANA, receipt.job_id, 60))
    await house.another().drain()
    assert (await waiting).state is JobState.SUCCEEDED


async def test_nobody_waits_for_a_job_that_is_not_theirs(house: House) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    for scope, job_id in ((BEN, receipt.job_id), (ANA, "unknown")):
        with pytest.raises(NotFound):
            await house.services.ingest.wait(scope, job_id, 1)


async def test_requests_at_once_get_numbers_of_their_own(house: House) -> None:
    receipts = await asyncio.gather(*(house.accept(f"Note {number}.") for number in range(12)))
    assert sorted(answer.seq for receipt in receipts for answer in receipt.accepted) == list(range(1, 13))
    assert await house.engines.vectors.count(ANA, Kind.EPISODE) == 12
    assert await house.due() == 0
