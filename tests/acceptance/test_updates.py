"""PI-LLM (Wang and Sun 2025), MemoryAgentBench (Hu et al. 2025) and Keep Me Updated (Bae et al. 2022)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.acceptance.memory import Memory, value

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = [f"key_{number}" for number in range(46)]
START = datetime(2024, 1, 1, tzinfo=UTC)


def stream(updates: int) -> list[dict[str, Any]]:
    """Every key in turn gets a value that no other has."""
    return [
        {
            "subject": "Ana",
            "predicate": key,
            "object": f"value{step}of{key}",
            "cardinality": "one",
            "valid_from": (START + timedelta(minutes=46 * step + number)).isoformat(),
        }
        for step in range(updates)
        for number, key in enumerate(KEYS)
    ]


async def the_last_of_each_key_is_all_there_is(memory: Memory, told: list[dict[str, Any]], updates: int) -> None:
    for start in range(0, len(told), 1_000):
        await memory.state(*told[start : start + 1_000])
    last = {key: f"value{updates - 1}of{key}" for key in KEYS}
    assert {fact["predicate"]: value(fact) for fact in await memory.facts()} == last
    assert len(await memory.facts()) == 46
    overwritten = {fact["object"] for fact in told} - set(last.values())
    for key in KEYS[::9]:
        results = await memory.search(f"What is Ana's {key}?", limit=50)
        assert results[0]["text"].rstrip(".").endswith(last[key])
        assert overwritten.isdisjoint(words(str(results)))
        assert overwritten.isdisjoint(words(await memory.context(f"What is Ana's {key}?", budget_tokens=8_000)))
    for parts in ("facts", "graph"):
        assert overwritten.isdisjoint(words((await memory.get(parts, limit=200)).text))
    history = await memory.values(KEYS[7], state="all")
    assert set(history) == {f"value{step}of{KEYS[7]}" for step in range(updates)}
    held = (await memory.timeline(predicate=KEYS[7], limit=200))["items"]
    assert [value(fact) for fact in held] == [f"value{step}of{KEYS[7]}" for step in range(updates)][:200]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("order", ["in order", "shuffled"])
async def test_pi_llm_46_keys_leave_46_values(memory: Memory, order: str) -> None:
    told = stream(12)
    if order == "shuffled":
        Random(3).shuffle(told)
    await the_last_of_each_key_is_all_there_is(memory, told, 12)


@pytest.mark.slow
async def test_pi_llm_46_keys_with_400_updates_leave_46_values(memory: Memory) -> None:
    await the_last_of_each_key_is_all_there_is(memory, stream(400), 400)


THINGS = ["fruit", "city", "colour", "drink", "sport", "animal"]
VALUES = {
    "fruit": ["Mango", "Papaya", "Lemon", "Cherry"],
    "city": ["Rome", "Oslo", "Lima", "Cairo"],
    "colour": ["green", "blue", "red", "purple"],
    "drink": ["coffee", "tea", "cocoa", "milk"],
    "sport": ["tennis", "chess", "golf", "hockey"],
    "animal": ["otter", "badger", "heron", "lynx"],
}


async def test_pi_llm_in_messages(memory: Memory) -> None:
    """No overwritten value is in any default read, though each was said in so many words."""
    for step in range(4):
        for thing in THINGS:
            await memory.hear(f"My favorite {thing} is {VALUES[thing][step]}.", f"2026-03-{10 + step}")
    current = {fact["predicate"]: value(fact) for fact in await memory.facts()}
    assert current == {f"favorite_{thing}": VALUES[thing][-1] for thing in THINGS}
    for thing in THINGS:
        overwritten = set(VALUES[thing][:-1])
        query = f"What is Ana's favorite {thing}?"
        assert overwritten.isdisjoint(words(await memory.context(query)))
        found = await memory.search(query, limit=30)
        assert VALUES[thing][-1] in found[0]["text"]
        for result in found:
            if overwritten & words(result["text"]):
                assert result["signals"]["superseded"] == 1
                assert result["score"] < found[0]["score"]
        verbatim = await memory.search(query, recipe="verbatim", limit=30)
        assert overwritten <= words(str([result["text"] for result in verbatim]))
        assert all("superseded" not in result["signals"] for result in verbatim)
        second = await memory.context(query, as_of="2026-03-11T18:00:00Z")
        assert VALUES[thing][1] in second.partition("What was said")[0]


async def test_memory_agent_bench_the_later_number_wins_at_the_same_time(memory: Memory) -> None:
    """Single-hop, and two hops along what is current only."""
    at = {"valid_from": "2026-01-01T00:00:00Z", "object_type": "person"}
    firm = {"valid_from": "2026-01-01T00:00:00Z", "object_type": "organization"}
    await memory.state(
        {"subject": "Ada", "predicate": "married_to", "object": "Bob", **at},
        {"subject": "Bob", "predicate": "works_at", "object": "Acme", **firm},
        {"subject": "Cleo", "predicate": "works_at", "object": "Hooli", **firm},
        {"subject": "Ada", "predicate": "married_to", "object": "Cleo", **at},
        {"subject": "Cleo", "predicate": "works_at", "object": "Globex", **firm},
    )
    (spouse,) = await memory.values("married_to", subject="Ada")
    assert spouse == "Cleo"
    assert await memory.values("works_at", subject=spouse) == ["Globex"]
    reached = (await memory.get("graph", entity="Ada", depth=2)).json()
    assert {node["name"] for node in reached["nodes"]} == {"Ada", "Cleo", "Globex"}


async def test_memory_agent_bench_in_messages_of_the_same_time(memory: Memory) -> None:
    await memory.told("I work at Acme.", "I work at Globex.", occurred_at="2026-03-01T12:00:00Z")
    assert await memory.values("works_at") == ["Globex"]
    await memory.told("I work at Initech.", occurred_at="2026-03-01T12:00:00Z")
    assert await memory.values("works_at") == ["Initech"]


async def test_keep_me_updated_hurts_and_healed_are_both_resolved(memory: Memory) -> None:
    hurts = await memory.hear("My tooth hurts.", "2026-03-01")
    assert await memory.values("suffers_from") == ["tooth"]
    await memory.hear("My tooth healed.", "2026-03-20")
    assert await memory.values("suffers_from") == []
    assert await memory.values("suffers_from", as_of="2026-03-10T00:00:00Z") == ["tooth"]
    (then,) = await memory.facts(predicate="suffers_from", as_of="2026-03-10T00:00:00Z")
    assert then["evidence"][0]["episode_id"] == hurts
    assert "hurts" not in await memory.context("How is Ana's tooth?")
    assert "hurts" in await memory.context("How is Ana's tooth?", as_of="2026-03-10T00:00:00Z")


async def test_no_default_read_tells_of_a_workplace_that_was_left_even_beside_its_town(memory: Memory) -> None:
    await memory.hear("I work at Acme in Lisbon", "2026-03-01")
    await memory.hear("I started at Globex in May", "2026-06-10")
    assert await memory.values("works_at") == ["Globex"]
    assert await memory.values("works_in") == ["Lisbon"]
    assert not any("Acme" in fact["statement"] for fact in await memory.facts())
    context = await memory.context("Where does Ana work?")
    assert "Globex" in context
    assert "Lisbon" in context
    assert "Acme" not in context
    best, *_ = await memory.search("Where does Ana work?")
    assert "Globex" in best["text"]
    then = await memory.context("Where does Ana work?", as_of="2026-04-01T00:00:00Z")
    assert "Acme" in then


async def test_a_household_that_one_left_is_no_longer_told_of_both(memory: Memory) -> None:
    await memory.hear("Anna and Bob live in Oslo.", "2026-03-01")
    await memory.hear("Anna moved to Turin.", "2026-06-10")
    assert await memory.values("lives_in") == ["Oslo", "Turin"]
    context = await memory.context("Where does Anna live?")
    assert "Turin" in context
    assert "Bob lives in Oslo" in context
    assert "Anna and Bob" not in context
