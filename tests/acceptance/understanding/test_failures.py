"""A language model that fails in any way loses nothing and invents nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.domain.errors import BadAnswer, BudgetExhausted, Unavailable
from app.domain.jobs import MAX_ATTEMPTS, backoff
from app.ports.models import Embedder, Prompt
from app.ports.vectors import VectorStore
from tests.house import opened
from tests.scripted import Reply
from tests.thinking import Mind, deciding, evolving, named, note, says, thinking

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "I moved to Berlin."
RUBBISH = BadAnswer("gave no usable answer to extract@1, twice")


@pytest_asyncio.fixture(loop_scope="session")
async def mind(tmp_path: Path, embedder: Embedder, vectors: VectorStore) -> AsyncIterator[Mind]:
    """Without a worker: each attempt is made by the test."""
    async with opened(tmp_path, embedder, vectors=vectors) as house, thinking(house, works=False) as mind:
        mind.reading.of(WORDS, says("moved_to", "Berlin", object_type="place"), entities=[named("Berlin", "place")])
        yield mind
        await vectors.remove_all(mind.scope)


async def tried(mind: Mind, content: str = WORDS) -> dict[str, Any]:
    """The job of a message after one attempt."""
    accepted = (await mind.memory.say(content)).json()
    await mind.house.drain(mind.scope)
    return await job(mind, accepted["job_id"])


async def job(mind: Mind, id: str) -> dict[str, Any]:
    return dict((await mind.memory.http.get(f"/v1/jobs/{id}")).json())


async def again(mind: Mind, attempts: int = 1) -> None:
    """Once the lane has rested."""
    mind.house.clock.now += backoff(attempts) + timedelta(seconds=1)
    await mind.house.drain(mind.scope)


@pytest.mark.parametrize(
    "failure",
    [
        RUBBISH,
        Unavailable("has too much to do: 429"),
        Unavailable("did not answer within 60 s"),
        BudgetExhausted("used up"),
    ],
    ids=["rubbish", "429", "stall", "budget"],
)
async def test_a_batch_that_could_not_be_read_is_read_later(mind: Mind, failure: Exception) -> None:
    reading = mind.chat.answers["extract"]
    mind.chat.answers["extract"] = failure
    waiting = await tried(mind)
    assert waiting["state"] in ("queued", "running")
    assert await mind.memory.facts(state="all") == []
    found = await mind.memory.search("Berlin", kinds=["episode"])
    assert found[0]["text"].endswith(WORDS)
    mind.chat.answers["extract"] = reading
    mind.house.clock.forward(days=1)
    await mind.house.drain(mind.scope)
    done = await job(mind, waiting["id"])
    assert (done["state"], done["outcome"]["facts_added"]) == ("succeeded", 1)
    assert await mind.memory.values("lives_in") == ["Berlin"]


async def test_what_is_rubbish_each_time_is_buried_with_its_reason_and_can_be_replayed(mind: Mind) -> None:
    reading = mind.chat.answers["extract"]
    mind.chat.answers["extract"] = RUBBISH
    waiting = await tried(mind)
    for attempt in range(1, MAX_ATTEMPTS):
        await again(mind, attempt)
    failed = await job(mind, waiting["id"])
    assert (failed["state"], failed["error"]["code"]) == ("failed", "bad_model_answer")
    assert await mind.memory.facts(state="all") == []
    mind.chat.answers["extract"] = reading
    replayed = await mind.memory.http.post(f"/v1/jobs/{waiting['id']}/replay")
    assert replayed.status_code == 202
    await mind.house.drain(mind.scope)
    assert (await job(mind, waiting["id"]))["state"] == "succeeded"
    assert await mind.memory.values("lives_in") == ["Berlin"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "I moved to Rome."},
        {"quote": ""},
        {"episode": "e99"},
        {"known": "f42", "polarity": "ends"},
        {"subject": "n77"},
        {"object": "Atlantis"},
        {"object": "12 Baker Street", "object_type": "literal"},
        {"polarity": "erases"},
        {"kind": "secret"},
        {"predicate": "!"},
    ],
    ids=lambda wrong: "-".join(wrong),
)
async def test_what_is_invented_is_refused_and_counted(mind: Mind, wrong: dict[str, str]) -> None:
    fact = says("moved_to", "Berlin", object_type="place", statement="Ana moved to Berlin.") | wrong
    mind.reading.of(WORDS, fact, entities=[named("Berlin", "place")])
    done = await tried(mind)
    assert done["state"] == "succeeded"
    assert done["outcome"]["rejected"] == 1
    assert await mind.memory.facts(state="all") == []


async def test_a_sentence_that_says_more_than_its_quote_is_put_plainly(mind: Mind) -> None:
    invented = "Ana moved to Berlin with Carla in 2012."
    mind.reading.of(
        WORDS, says("moved_to", "Berlin", object_type="place", statement=invented), entities=[named("Berlin", "place")]
    )
    await tried(mind)
    (fact,) = await mind.memory.facts()
    assert fact["statement"] == "Ana lives in Berlin."


async def test_a_note_that_mixes_messages_is_refused(mind: Mind) -> None:
    """It would outlive the messages that it is made of."""
    mixed = "Ana moved to Berlin. She broke her wrist climbing and cannot swim or dance or ride her bike until June."
    other = "I broke my wrist climbing, so I cannot swim or dance or ride my bike until June."
    mind.reading.of(WORDS, notes=[note(mixed), note("Ana moved to Berlin.")])
    await mind.memory.say(WORDS)
    done = await tried(mind, other)
    assert list(await mind.notes()) == ["Ana moved to Berlin."]
    assert done["state"] == "succeeded"
    assert mind.house.meter.registry.get_sample_value(
        "palimpsest_proposals_refused_total", {"step": "extract", "reason": "ungrounded"}
    )


async def test_a_sentence_with_words_of_another_message_is_put_plainly(mind: Mind) -> None:
    fact = says("moved_to", "Berlin", object_type="place", statement="Ana moved to Berlin in June.")
    mind.reading.of(WORDS, fact, entities=[named("Berlin", "place")])
    await mind.memory.say(WORDS)
    await tried(mind, "My sister comes in June.")
    (kept,) = await mind.memory.facts()
    assert kept["statement"] == "Ana lives in Berlin."


async def test_an_answer_without_shape_yields_nothing(mind: Mind) -> None:
    mind.chat.answers["extract"] = {"entities": "none", "facts": [1, None, {"episode": ["e1"]}, {}], "notes": {}}
    done = await tried(mind)
    assert (done["state"], done["outcome"]["facts_added"], done["outcome"]["rejected"]) == ("succeeded", 0, 2)


@pytest.mark.parametrize("failure", [BadAnswer("rubbish"), Unavailable("away"), BudgetExhausted("used up")])
async def test_without_a_decision_all_that_was_read_stands(mind: Mind, failure: Exception) -> None:
    pizza, better = "I like pizza.", "I like pepperoni pizza."
    mind.reading.of(pizza, says("likes", "pizza", statement="Ana likes pizza."))
    mind.reading.of(better, says("likes", "pepperoni pizza", statement="Ana likes pepperoni pizza."))
    await tried(mind, pizza)
    mind.chat.answers["decide"] = failure
    done = await tried(mind, better)
    assert (done["state"], done["outcome"]["degraded"], done["attempts"]) == ("succeeded", 1, 0)
    assert await mind.memory.values("likes") == ["pepperoni pizza", "pizza"]


async def test_without_a_decision_doubtful_names_are_left_to_a_person(mind: Mind) -> None:
    first, second = "My friend is Maria Lopez.", "My friend is Maria Lopes."
    for words, name in ((first, "Maria Lopez"), (second, "Maria Lopes")):
        fact = says("friend_of", name, object_type="person", statement=f"Ana is a friend of {name}.")
        mind.reading.of(words, fact, entities=[named(name, "person")])
    mind.chat.answers["decide"] = RUBBISH
    await tried(mind, first)
    done = await tried(mind, second)
    assert done["outcome"]["degraded"] >= 1
    candidates = (await mind.memory.get("entities", "candidates")).json()["items"]
    assert len(candidates) == 1


async def test_without_evolution_notes_and_facts_stand(mind: Mind) -> None:
    mind.reading.of("I run.", notes=[note("Ana runs.")])
    mind.reading.of("I run races.", notes=[note("Ana runs races.")])
    await tried(mind, "I run.")
    mind.chat.answers["evolve"] = BadAnswer("rubbish")
    done = await tried(mind, "I run races.")
    assert (done["state"], done["outcome"]["degraded"]) == ("succeeded", 1)
    assert set(await mind.notes()) >= {"Ana runs.", "Ana runs races."}


async def test_a_plan_that_came_too_late_asks_nothing_twice(mind: Mind) -> None:
    first, second = "I like running.", "I like running races."
    mind.reading.of(first, says("likes", "running", statement="Ana likes running."), notes=[note("Ana runs.")])
    mind.reading.of(
        second, says("likes", "running races", statement="Ana likes running races."), notes=[note("Ana runs races.")]
    )
    await tried(mind, first)
    mind.chat.answers["evolve"] = evolving(links=[("Ana runs.", "Ana runs races.", "extension")])
    decided = asyncio.Event()

    def pausing(prompt: Prompt) -> Reply:
        """The next question waits for its answer."""
        mind.chat.gate.clear()
        mind.chat.arrived.clear()
        decided.set()
        return deciding(races="update")(prompt)

    async def meanwhile() -> None:
        """Somebody else changes the memory while the model thinks."""
        await decided.wait()
        await mind.chat.arrived.wait()
        await mind.memory.state({"subject": "Ben", "predicate": "likes", "object": "tea", "object_type": "literal"})
        mind.chat.gate.set()

    mind.chat.answers["decide"] = pausing
    accepted = (await mind.memory.say(second)).json()
    await asyncio.gather(mind.house.drain(mind.scope), meanwhile())
    assert mind.house.meter.registry.get_sample_value("palimpsest_plans_stale_total") == 1
    assert (await job(mind, accepted["job_id"]))["state"] == "succeeded"
    assert mind.calls() == ["extract", "extract", "decide", "evolve"]
    assert await mind.memory.values("likes") == ["running races", "tea"]
    (link,) = [one for one in (await mind.notes())["Ana runs."]["links"] if one["relation"] == "extension"]
    assert link["side"] == "newer"
