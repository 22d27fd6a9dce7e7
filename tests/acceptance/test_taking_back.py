"""Deleting evidence, retracting, restoring, and what was known before, which never changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.acceptance.memory import Memory, value

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOW = datetime.now(UTC)


async def believed(memory: Memory, **asked: Any) -> set[tuple[Any, ...]]:
    """What holds when, without ids and recorded times."""
    found = (await memory.timeline(limit=200, **asked))["items"]
    return {(fact["predicate"], value(fact), fact["valid_from"], fact["valid_to"]) for fact in found}


async def test_deleting_what_retired_a_fact_opens_it_again(memory: Memory) -> None:
    await memory.hear("I work at Acme.", "2026-03-01")
    before = await believed(memory)
    started = await memory.hear("I started at Globex in May.", "2026-06-10")
    assert await memory.values("works_at") == ["Globex"]
    assert (await memory.delete("episodes", started)).status_code == 204
    assert await memory.values("works_at") == ["Acme"]
    assert await believed(memory) == before
    (gone,) = [fact for fact in await memory.facts(state="all") if value(fact) == "Globex"]
    assert gone["retired_by"]["rule"] == "evidence_deleted"
    assert gone["evidence"] == []


async def test_what_two_episodes_retired_stays_retired_until_both_are_gone(memory: Memory) -> None:
    await memory.hear("I work at Acme.", "2026-03-01")
    one = await memory.hear("I started at Globex in May.", "2026-06-10")
    two = await memory.hear("I started at Initech in August.", "2026-09-10")
    await memory.delete("episodes", one)
    assert await memory.values("works_at") == ["Initech"]
    assert await memory.values("works_at", as_of="2026-06-15T00:00:00Z") == ["Acme"]
    await memory.delete("episodes", two)
    assert await memory.values("works_at") == ["Acme"]


async def test_what_another_episode_supports_stays(memory: Memory) -> None:
    one = await memory.hear("I live in Lisbon.", "2026-03-01")
    two = await memory.hear("I live in Lisbon.", "2026-04-01")
    await memory.delete("episodes", one)
    (fact,) = await memory.facts(predicate="lives_in")
    assert [evidence["episode_id"] for evidence in fact["evidence"]] == [two]
    await memory.delete("episodes", two)
    assert await memory.facts() == []


async def test_deleting_an_end_or_a_correction_undoes_it(memory: Memory) -> None:
    await memory.hear("I work at Acme.", "2026-03-01")
    left = await memory.hear("I left Acme in May.", "2026-06-10")
    assert await memory.values("works_at") == []
    await memory.delete("episodes", left)
    assert await memory.values("works_at") == ["Acme"]
    corrected = await memory.hear("No, I work at Globex, not Acme.", "2026-06-11")
    assert await memory.values("works_at") == ["Globex"]
    await memory.delete("episodes", corrected)
    assert await memory.values("works_at") == ["Acme"]


async def test_a_restored_fact_stands_and_the_restoring_is_recorded(memory: Memory) -> None:
    await memory.hear("I live in Lisbon.", "2026-03-01")
    lisbon = (await memory.fact("Lisbon"))["id"]
    await memory.hear("I moved to Oslo.", "2026-06-01")
    assert await memory.values("lives_in") == ["Oslo"]
    before = datetime.now(UTC).isoformat()
    assert (await memory.post("facts", lisbon, "restore")).status_code == 200
    assert await memory.values("lives_in") == ["Lisbon", "Oslo"]
    history = await memory.history(lisbon)
    assert [version["retired_by"] and version["retired_by"]["rule"] for version in history] == [
        "superseded",
        "restored",
        None,
    ]
    assert await memory.values("lives_in", known_at=before) == ["Oslo"]


async def test_a_retracted_fact_can_be_put_back(memory: Memory) -> None:
    await memory.hear("I live in Lisbon.", "2026-03-01")
    (fact,) = await memory.facts()
    assert (await memory.delete("facts", fact["id"])).status_code == 200
    assert await memory.facts() == []
    assert "Lisbon" not in await memory.context("Where does Ana live?")
    assert (await memory.post("facts", fact["id"], "restore")).status_code == 200
    assert await memory.values("lives_in") == ["Lisbon"]
    versions = await memory.history(fact["id"])
    assert (await memory.post("facts", fact["id"], "restore")).status_code == 200
    assert await memory.history(fact["id"]) == versions


async def test_what_was_learned_and_unlearned_between_two_moments(memory: Memory) -> None:
    start = datetime.now(UTC).isoformat()
    await memory.hear("I work at Acme.", "2026-03-01")
    await memory.hear("I love chess.", "2026-03-01")
    middle = datetime.now(UTC).isoformat()
    await memory.hear("I started at Globex in May.", "2026-06-10")
    (chess,) = await memory.facts(predicate="likes")
    await memory.delete("facts", chess["id"])

    async def diff(**asked: str) -> dict[str, list[str]]:
        changes = await memory.all_pages("facts", "diff", limit=1, **asked)
        told: dict[str, list[str]] = {}
        for change in changes:
            told.setdefault(change["change"], []).append(value(change["after"] or change["before"]))
        return told

    assert await diff(known_from=start, known_to=middle) == {"learned": ["Acme", value(chess)]}
    assert await diff(known_from=middle) == {"learned": ["Globex"], "unlearned": [value(chess)], "revised": ["Acme"]}
    assert await diff(known_from=start) == {"learned": ["Acme", "Globex"]}
    assert await diff(known_from=middle, known_to=middle) == {}
    (revised,) = [c for c in await memory.all_pages("facts", "diff", known_from=middle) if c["change"] == "revised"]
    assert (revised["before"]["valid_to"], revised["after"]["valid_to"]) == (None, "2026-05-01T00:00:00Z")


DATES = st.integers(0, 5).map(lambda day: (NOW - timedelta(days=100 - 10 * day)).isoformat())
STATED = st.lists(
    st.fixed_dictionaries(
        {
            "subject": st.just("Ana"),
            "predicate": st.sampled_from(["works_at", "likes"]),
            "object": st.sampled_from(["Acme", "Globex", "Initech"]),
            "valid_from": DATES,
        }
    ),
    min_size=2,
    max_size=6,
    unique_by=lambda fact: (fact["predicate"], fact["valid_from"]),
)


@given(STATED, st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_order_of_arrival_ends_in_the_same_views(
    memory: Memory, told: list[dict[str, Any]], random: Any
) -> None:
    shuffled = list(told)
    random.shuffle(shuffled)
    one, other = (Memory(memory.http, f"user-{uuid4().hex}") for _ in range(2))
    await one.state(*told)
    known: list[tuple[str, set[tuple[Any, ...]]]] = []
    for fact in shuffled:
        await other.state(fact)
        known.append((datetime.now(UTC).isoformat(), await believed(other)))
    assert await believed(other) == await believed(one)
    for fact in told:
        at = fact["valid_from"]
        for predicate in ("works_at", "likes"):
            assert await other.values(predicate, as_of=at) == await one.values(predicate, as_of=at)
    for moment, view in known:
        assert await believed(other, known_at=moment) == view
    versions = [fact["id"] for fact in await other.facts(state="all")]
    await other.state(*shuffled)
    assert [fact["id"] for fact in await other.facts(state="all")] == versions
