"""Think-in-Memory: thoughts of the same head that are one are merged, a contradicted one is superseded, and nothing
else is touched."""

from __future__ import annotations

import pytest

from tests.acceptance.memory import value
from tests.thinking import Mind, says

pytestmark = pytest.mark.asyncio(loop_scope="session")

FRENCH = "I speak French."


@pytest.fixture(autouse=True)
def beside(mind: Mind) -> None:
    mind.reading.of(FRENCH, says("speaks", "French", statement="Ana speaks French."))


async def test_thoughts_of_the_same_head_are_merged_on_the_evidence_of_both(mind: Mind) -> None:
    first, second = "I like hiking.", "I like hiking in the Alps."
    mind.reading.of(first, says("likes", "hiking", statement="Ana likes hiking."))
    mind.reading.of(second, says("enjoys", "the Alps", statement="Ana likes hiking in the Alps."))
    mind.decides(Alps={"answer": "merge", "value": "hiking in the Alps", "statement": "Ana likes hiking in the Alps."})
    await mind.hear(FRENCH, "2026-02-01")
    one = await mind.hear(first, "2026-03-01")
    told = await mind.memory.told(second, occurred_at="2026-03-05T12:00:00Z")
    other = told["episodes"][0]["id"]
    assert (told["job"]["outcome"]["facts_added"], told["job"]["outcome"]["facts_retired"]) == (1, 1)
    (merged,) = await mind.memory.facts(predicate="likes")
    assert value(merged) == "hiking in the Alps"
    assert {piece["episode_id"] for piece in merged["evidence"]} == {one, other}
    assert merged["extractor"] == "llm:scripted-chat+decide@1"
    assert await mind.memory.values("speaks") == ["French"]
    (old,) = [fact for fact in await mind.memory.facts(state="all") if value(fact) == "hiking"]
    assert old["retired_by"]["rule"] == "corrected"


async def test_a_contradicted_thought_is_superseded_and_others_are_not(mind: Mind) -> None:
    first, second = "I am vegetarian.", "I eat meat again."
    mind.reading.of(first, says("is", "vegetarian", statement="Ana is vegetarian."))
    mind.reading.of(second, says("does", "eat meat", statement="Ana eats meat again."))
    mind.decides(vegetarian="supersede")
    await mind.hear(FRENCH, "2026-02-01")
    await mind.hear(first, "2026-03-01")
    await mind.hear(second, "2026-03-05")
    assert await mind.memory.values() == ["French", "eat meat"]
    untouched = await mind.memory.fact("French")
    assert (untouched["version"], len(await mind.memory.history(untouched["id"]))) == (1, 1)


async def test_a_merge_that_says_more_than_both_is_refused(mind: Mind) -> None:
    first, second = "I like hiking.", "I like hiking in the Alps."
    mind.reading.of(first, says("likes", "hiking", statement="Ana likes hiking."))
    mind.reading.of(second, says("enjoys", "the Alps", statement="Ana likes hiking in the Alps."))
    mind.decides(
        Alps={"answer": "merge", "value": "hiking with Ben", "statement": "Ana likes hiking in the Alps with Ben."}
    )
    await mind.hear(first, "2026-03-01")
    told = await mind.memory.told(second, occurred_at="2026-03-05T12:00:00Z")
    assert await mind.memory.values() == ["hiking", "the Alps"]
    assert told["job"]["outcome"]["rejected"] == 1
