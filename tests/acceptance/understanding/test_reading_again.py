"""A newer model reads again what an older one read; what was decided since stays decided."""

from __future__ import annotations

import pytest

from tests.thinking import Mind, asked, says

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_decision_outlives_another_reading(mind: Mind) -> None:
    first, second = "I am vegetarian.", "I eat meat again."
    mind.reading.of(first, says("is", "vegetarian", statement="Ana is vegetarian."))
    mind.reading.of(second, says("does", "eat meat", statement="Ana eats meat again."))
    mind.decides(vegetarian="supersede")
    await mind.hear(first, "2026-03-01")
    await mind.hear(second, "2026-05-01")
    mind.chat.identity = "a-newer-model"
    mind.reading.of(first, says("is", "a vegetarian", statement="Ana is a vegetarian.", quote="I am vegetarian"))
    done = await mind.house.services.reextraction.reread(mind.scope)
    assert (done.episodes, done.changed) == (2, 1)
    assert "eat meat" in await mind.memory.values()
    (read,) = [fact for fact in await mind.memory.facts() if fact["extractor"].startswith("llm:a-newer-model")]
    assert read["statement"] == "Ana is a vegetarian."


async def test_a_new_reading_that_says_the_same_changes_nothing(mind: Mind) -> None:
    first, second = "I am vegetarian.", "I eat meat again."
    mind.reading.of(first, says("is", "vegetarian", statement="Ana is vegetarian."))
    mind.reading.of(second, says("does", "eat meat", statement="Ana eats meat again."))
    mind.decides(vegetarian="supersede")
    await mind.hear(first, "2026-03-01")
    await mind.hear(second, "2026-05-01")
    before = await mind.memory.facts(state="all")
    mind.chat.identity = "a-newer-model"
    done = await mind.house.services.reextraction.reread(mind.scope)
    assert (done.episodes, done.changed) == (2, 0)
    assert await mind.memory.facts(state="all") == before


async def test_what_was_made_of_an_episode_is_not_shown_to_whoever_reads_it_again(mind: Mind) -> None:
    first, second = "I am vegetarian.", "I like tea."
    mind.reading.of(first, says("is", "vegetarian", statement="Ana is vegetarian."))
    mind.reading.of(second, says("likes", "tea", statement="Ana likes tea."))
    await mind.hear(first, "2026-03-01")
    await mind.hear(second, "2026-03-02")
    mind.chat.identity = "a-newer-model"
    await mind.house.services.reextraction.reread(mind.scope)
    once, twice, again = mind.chat.prompts("extract")
    assert asked(once)["facts"] == []
    assert [fact["says"] for fact in asked(twice)["facts"]] == ["Ana is vegetarian."]
    assert asked(again)["facts"] == []
