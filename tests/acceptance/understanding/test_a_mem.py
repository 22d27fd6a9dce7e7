"""A-MEM: a new note is linked with its neighbours and may change what they mean: those named, and no others."""

from __future__ import annotations

import pytest

from app.ports.vectors import VectorKind
from tests.house import until
from tests.thinking import Mind, evolving, note

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOUGHT = "Ana bought running shoes."
RACE = "Ana signed up for a running race."
CAKE = "Ana baked a cake for the running club."


@pytest.fixture(autouse=True)
def noteworthy(mind: Mind) -> None:
    mind.reading.of("I bought running shoes.", notes=[note(BOUGHT, "shopping", ["running shoes"], ["shopping"])])
    mind.reading.of("I baked a cake for the running club.", notes=[note(CAKE, "a club", ["cake"], ["baking"])])
    mind.reading.of("I signed up for a running race.", notes=[note(RACE, "a race", ["race"], ["sport"])])


async def vector(mind: Mind, content: str) -> list[float]:
    await until(mind.house.settled)
    (probe,) = await mind.house.engines.embedder.embed_passages([BOUGHT])
    found = await mind.house.engines.vectors.nearest(mind.scope, VectorKind.NOTE, probe, 20)
    id = (await mind.notes())[content]["id"]
    return sorted(hit.score for hit in found if hit.ref == id)


async def test_only_the_note_that_is_named_changes_and_its_vector_with_it(mind: Mind) -> None:
    await mind.hear("I bought running shoes.", "2026-03-01")
    await mind.hear("I baked a cake for the running club.", "2026-03-02")
    before, shoes, cake = await mind.notes(), await vector(mind, BOUGHT), await vector(mind, CAKE)
    mind.chat.answers["evolve"] = evolving(
        links=[(BOUGHT, RACE, "reason")],
        updates=[{"note": BOUGHT, "context": "preparing for a running race", "tags": ["shopping", "sport"]}],
    )
    told = await mind.memory.told("I signed up for a running race.", occurred_at="2026-03-03T12:00:00Z")
    after = await mind.notes()
    assert after[CAKE] | {"links": []} == before[CAKE] | {"links": []}
    changed = after[BOUGHT]
    assert (changed["context"], changed["tags"]) == ("preparing for a running race", ["shopping", "sport"])
    assert (changed["version"], changed["content"]) == (2, BOUGHT)
    assert changed["cause"] == {
        "origin": "evolution",
        "episode_id": None,
        "note_id": after[RACE]["id"],
        "by": "llm:scripted-chat+evolve@1",
    }
    assert {"note_id": after[RACE]["id"], "relation": "reason", "side": "newer"} in changed["links"]
    assert {"note_id": changed["id"], "relation": "reason", "side": "older"} in after[RACE]["links"]
    assert told["job"]["outcome"]["model_calls"] == 2
    assert (await vector(mind, BOUGHT))[0] != shoes[0]
    assert await vector(mind, CAKE) == cake
    undone = await mind.memory.post("notes", changed["id"], "undo")
    assert undone.json()["context"] == "shopping"


async def test_an_id_that_was_never_shown_is_refused_and_counted(mind: Mind) -> None:
    await mind.hear("I bought running shoes.", "2026-03-01")
    mind.chat.answers["evolve"] = {
        "links": [{"from": "m1", "to": "k99", "relation": "cause"}, {"from": "k1", "to": "k1", "relation": "cause"}],
        "updates": [
            {"note": "k7", "context": "shopping", "tags": ["x"]},
            {"note": "m1", "context": "running shoes", "tags": ["x"]},
            {"note": (await mind.notes())[BOUGHT]["id"], "context": "shopping", "tags": ["x"]},
        ],
        "conclusions": [],
    }
    before = await mind.notes()
    told = await mind.memory.told("I signed up for a running race.", occurred_at="2026-03-03T12:00:00Z")
    assert told["job"]["outcome"]["rejected"] == 5
    after = await mind.notes()
    assert after[BOUGHT] | {"links": []} == before[BOUGHT] | {"links": []}
    assert {link["relation"] for link in after[BOUGHT]["links"]} <= {"same_topic", "related"}


async def test_a_context_that_nobody_told_is_refused(mind: Mind) -> None:
    await mind.hear("I bought running shoes.", "2026-03-01")
    mind.chat.answers["evolve"] = evolving(
        updates=[{"note": BOUGHT, "context": "Ben won 3000 euros in Rome", "tags": ["money"]}]
    )
    await mind.hear("I signed up for a running race.", "2026-03-03")
    assert (await mind.notes())[BOUGHT]["version"] == 1
