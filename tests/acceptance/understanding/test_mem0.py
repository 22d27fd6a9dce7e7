"""Mem0: add, update, delete and noop, as add, update, supersede and noop: nothing is lost."""

from __future__ import annotations

import pytest

from tests.acceptance.memory import value
from tests.thinking import Mind, says

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIZZA = "I like pizza."


async def hear_of_pizza(mind: Mind) -> None:
    mind.reading.of(PIZZA, says("likes", "pizza", statement="Ana likes pizza.", kind="subjective"))
    await mind.hear(PIZZA, "2026-03-01")
    assert await mind.memory.values("likes") == ["pizza"]
    assert mind.calls() == ["extract"]


async def test_add_leaves_both(mind: Mind) -> None:
    await hear_of_pizza(mind)
    mind.reading.of("I like pasta.", says("likes", "pasta", statement="Ana likes pasta."))
    mind.decides(pasta="add")
    await mind.hear("I like pasta.", "2026-03-02")
    assert await mind.memory.values("likes") == ["pasta", "pizza"]
    assert mind.calls() == ["extract", "extract", "decide"]


async def test_update_tells_it_better_and_keeps_the_old_version(mind: Mind) -> None:
    await hear_of_pizza(mind)
    old = await mind.memory.fact("pizza")
    words = "I like pepperoni pizza."
    mind.reading.of(words, says("likes", "pepperoni pizza", statement="Ana likes pepperoni pizza."))
    mind.decides(pepperoni="update")
    await mind.hear(words, "2026-03-02")
    assert await mind.memory.values("likes") == ["pepperoni pizza"]
    (kept,) = [fact for fact in await mind.memory.facts(state="all") if value(fact) == "pizza"]
    assert kept["id"] == old["id"]
    assert kept["retired_by"]["rule"] == "corrected"
    assert await mind.memory.values("likes", known_at=kept["recorded_from"]) == ["pizza"]
    (better,) = await mind.memory.facts()
    assert better["valid_from"] == "2026-03-01T12:00:00Z"


async def test_delete_is_superseding_so_that_it_is_still_told_as_of_then(mind: Mind) -> None:
    words = "I am vegetarian."
    mind.reading.of(words, says("is", "vegetarian", statement="Ana is vegetarian."))
    await mind.hear(words, "2026-03-01")
    words = "I eat meat again."
    mind.reading.of(words, says("does", "eat meat", statement="Ana eats meat again."))
    mind.decides(vegetarian="supersede")
    await mind.hear(words, "2026-05-01")
    assert await mind.memory.values() == ["eat meat"]
    assert await mind.memory.values(as_of="2026-04-01T00:00:00Z") == ["vegetarian"]
    (gone,) = [fact for fact in await mind.memory.facts(state="all") if fact["retired_by"]]
    assert gone["retired_by"]["rule"] == "ended"


async def test_noop_is_one_more_piece_of_evidence(mind: Mind) -> None:
    await hear_of_pizza(mind)
    words = "Pizza is what I love."
    mind.reading.of(words, says("favorite_food", "Pizza", statement="Ana loves pizza."))
    mind.decides(loves="noop")
    second = await mind.hear(words, "2026-03-02")
    (fact,) = await mind.memory.facts()
    assert (fact["predicate"], value(fact), fact["version"]) == ("likes", "pizza", 1)
    assert [piece["quote"] for piece in fact["evidence"]] == [PIZZA, words]
    assert fact["evidence"][1]["episode_id"] == second


async def test_the_job_again_changes_nothing(mind: Mind) -> None:
    await hear_of_pizza(mind)
    words = "I like pepperoni pizza."
    mind.reading.of(words, says("likes", "pepperoni pizza", statement="Ana likes pepperoni pizza."))
    mind.decides(pepperoni="update")
    told = await mind.memory.told(words, client_id="m-2", occurred_at="2026-03-02T12:00:00Z")
    before = await mind.memory.facts(state="all")
    again = await mind.memory.told(words, client_id="m-2", occurred_at="2026-03-02T12:00:00Z")
    assert again["episodes"][0] == {**told["episodes"][0], "duplicate": True}
    replayed = await mind.memory.http.post(f"/v1/jobs/{told['job']['id']}/replay")
    assert replayed.status_code == 409
    assert await mind.memory.facts(state="all") == before
    assert mind.calls() == ["extract", "extract", "decide"]


async def test_what_is_decided_says_who_decided(mind: Mind) -> None:
    await hear_of_pizza(mind)
    (fact,) = await mind.memory.facts()
    assert fact["extractor"] == "llm:scripted-chat+extract@1"
