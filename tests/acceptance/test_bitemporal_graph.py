"""Zep (Rasmussen et al. 2025), Mem0-graph (Chhikara et al. 2025) and AriGraph (Anokhin et al. 2024)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.memory import Memory, value

pytestmark = pytest.mark.asyncio(loop_scope="session")

APRIL, JULY = "2026-04-15T00:00:00Z", "2026-07-01T00:00:00Z"


async def heard_of_two_jobs(memory: Memory) -> str:
    """In messages; a moment between the two."""
    await memory.hear("I work at Acme.", "2026-03-01")
    (first,) = await memory.facts(predicate="works_at")
    await memory.hear("I started at Globex in May.", "2026-06-10")
    return str(first["recorded_from"])


async def stated_two_jobs(memory: Memory) -> str:
    """By the caller; a moment between the two."""
    job = {"subject": "Ana", "predicate": "works_at", "object_type": "organization"}
    first = await memory.state(job | {"object": "Acme", "valid_from": "2026-03-01T00:00:00Z"})
    await memory.state(job | {"object": "Globex", "valid_from": "2026-05-01T00:00:00Z"})
    return str(first["written"][0]["recorded_from"])


@pytest.mark.parametrize("told", [heard_of_two_jobs, stated_two_jobs])
async def test_zep_works_at_one_then_at_another_from_may(memory: Memory, told: Any) -> None:
    before = await told(memory)
    assert await memory.values("works_at") == ["Globex"]
    assert await memory.values("works_at", as_of=APRIL) == ["Acme"]
    assert await memory.values("works_at", known_at=before) == ["Acme"]
    assert await memory.values("works_at", known_at=before, as_of=JULY) == ["Acme"]
    assert await memory.values("works_at", known_at="2026-01-01T00:00:00Z") == []


@pytest.mark.parametrize("told", [heard_of_two_jobs, stated_two_jobs])
async def test_zep_replay_gives_the_same_graph(memory: Memory, told: Any) -> None:
    await told(memory)
    before = [without_evidence(fact) for fact in await memory.facts(state="all")]
    await told(memory)
    assert [without_evidence(fact) for fact in await memory.facts(state="all")] == before


def without_evidence(fact: dict[str, Any]) -> dict[str, Any]:
    return {name: of for name, of in fact.items() if name != "evidence"}


async def test_every_read_takes_both_times(memory: Memory) -> None:
    before = await heard_of_two_jobs(memory)
    current_job = await memory.fact("Globex")
    ana, globex = current_job["subject"]["id"], current_job["object"]["id"]
    for asked, current, other in (
        ({}, "Globex", "Acme"),
        ({"as_of": APRIL}, "Acme", "Globex"),
        ({"known_at": before}, "Acme", "Globex"),
        ({"known_at": before, "as_of": JULY}, "Acme", "Globex"),
    ):
        assert await memory.values("works_at", **asked) == [current]
        found = await memory.search("Where does Ana work?", kinds=["fact"], **asked)
        assert [current in result["text"] for result in found] == [True]
        context = await memory.context("Where does Ana work?", **asked)
        facts = context.partition("What was said")[0]
        assert current in facts
        assert other not in facts
        assert [current in statement for statement in await memory.edges(entity="Ana", **asked)] == [True]
        assert [node["name"] for node in (await memory.get("graph", entity=ana, **asked)).json()["nodes"]] == [
            "Ana",
            current,
        ]
    assert await entities(memory) == {"Ana": 2, "Acme": 1, "Globex": 1}
    assert await entities(memory, as_of=APRIL) == {"Ana": 1, "Acme": 1, "Globex": 0}
    assert await entities(memory, known_at=before) == {"Ana": 1, "Acme": 1}
    assert (await memory.get("entities", ana, known_at=before)).json()["facts"] == 1
    assert (await memory.get("entities", ana, known_at="2026-01-01T00:00:00Z")).status_code == 404
    assert [found["id"] for found in await memory.search("Globex", kinds=["entity"], known_at=before)].count(
        globex
    ) == 0
    known = await memory.timeline(entity="Ana", known_at=before)
    assert [value(fact) for fact in known["items"]] == ["Acme"]
    begun = await memory.timeline(entity="Ana", as_of=APRIL)
    assert [value(fact) for fact in begun["items"]] == ["Acme"]
    everything = await memory.timeline(entity="Ana")
    assert [value(fact) for fact in everything["items"]] == ["Acme", "Globex"]


async def entities(memory: Memory, **asked: Any) -> dict[str, int]:
    """How many facts name each of them."""
    return {entity["name"]: entity["facts"] for entity in await memory.all_pages("entities", **asked)}


async def test_mem0_a_conflicting_relation_is_invalidated_not_removed(memory: Memory) -> None:
    await heard_of_two_jobs(memory)
    (acme_id,) = {fact["id"] for fact in await memory.facts(state="all") if value(fact) == "Acme"}
    globex = await memory.fact("Globex")
    open_ended, closed = await memory.history(acme_id)
    assert open_ended["retired_by"]["rule"] == "superseded"
    assert open_ended["retired_by"]["fact_id"] == globex["id"]
    assert open_ended["retired_by"]["episode_id"] == globex["evidence"][0]["episode_id"]
    assert (closed["valid_to"], closed["recorded_to"]) == ("2026-05-01T00:00:00Z", None)
    assert closed["evidence"][0]["quote"] == "I work at Acme"


async def test_mem0_it_still_answers_a_question_about_the_past(memory: Memory) -> None:
    await heard_of_two_jobs(memory)
    (found,) = await memory.search("Where did Ana work in April?", kinds=["fact"], as_of=APRIL)
    assert "Acme" in found["text"]
    assert "Acme" in await memory.context("Where did Ana work in April?", as_of=APRIL)


async def test_arigraph_the_key_moves_from_the_drawer_to_the_hand(memory: Memory) -> None:
    key = {"subject": "key", "predicate": "located_in", "object_type": "thing"}
    for object, on in (("drawer", "2026-03-01"), ("hand", "2026-03-02")):
        episode = await memory.hear(f"The key is in the {object}.", on)
        sentence = f"The key is in the {object}."
        await memory.state(key | {"object": object, "statement": sentence, "episode_ids": [episode]})
    assert await memory.edges() == ["The key is in the hand."]
    assert await memory.edges(as_of="2026-03-01T18:00:00Z") == ["The key is in the drawer."]
    first, *others = await memory.search("Where is the key?")
    assert first["text"] == "The key is in the hand."
    assert [result["text"] for result in others if "superseded" not in result["signals"]] == []


async def test_arigraph_the_episode_that_matches_most_triplets_ranks_first(memory: Memory) -> None:
    await memory.hear("The kitchen was cold.", "2026-03-01")
    await memory.hear("The lamp stood on the table.", "2026-03-01")
    await memory.hear("The key lay in the drawer and the drawer was in the kitchen.", "2026-03-02")
    first, *_ = await memory.search("key, drawer and kitchen", kinds=["episode"])
    assert first["text"] == "The key lay in the drawer and the drawer was in the kitchen."
