"""Notes as their papers want them, without a language model: THEANINE's timelines, PREMem's derived fragments,
Structural Memory's many forms of one fact."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.memory import Memory, day

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def note(memory: Memory, content: str, on: str | None = None, **fields: Any) -> str:
    when = {} if on is None else {"occurred_at": day(on)}
    reply = await memory.post("notes", json={"content": content, **when, **fields})
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def link(memory: Memory, older: str, newer: str, relation: str) -> None:
    reply = await memory.post("notes", newer, "links", json={"to": older, "relation": relation})
    assert reply.status_code == 201, reply.text


async def alone(memory: Memory, *ids: str) -> None:
    """Without the links that were made by likeness, so that the story is told by what is said here."""
    for id in ids:
        for other in (await memory.get("notes", id, "links")).json()["items"]:
            await memory.http.delete(memory.path("notes", id, "links", other["note_id"]))


class TestTheanine:
    """A story of relocation: dislikes the city, is offered work elsewhere, moves, is content."""

    async def test_the_last_memory_returns_the_path_in_causal_order_with_the_outdated_marked(
        self, memory: Memory
    ) -> None:
        loves = await note(memory, "Ana loves living in the city.", "2026-01-10")
        noise = await note(memory, "The noise keeps Ana awake.", "2026-02-10")
        moved = await note(memory, "Ana moved to a village.", "2026-04-10")
        sleeps = await note(memory, "Ana sleeps well at last.", "2026-05-10")
        other = await note(memory, "Ben plays chess.", "2026-03-10")
        await alone(memory, loves, noise, moved, sleeps, other)
        await link(memory, loves, noise, "hindered_by")
        await link(memory, noise, moved, "reason")
        await link(memory, loves, moved, "change")
        await link(memory, moved, sleeps, "cause")
        (asked,) = (await memory.search("How does Ana sleep?", kinds=["note"], limit=1))[:1]
        assert asked["id"] == sleeps
        told = (await memory.get("notes", asked["id"], "timeline")).json()
        assert sorted(told["paths"]) == sorted([[loves, noise, moved, sleeps], [loves, moved, sleeps]])
        assert [item["id"] for item in told["items"]] == [loves, noise, moved, sleeps]
        assert [item["superseded"] for item in told["items"]] == [True, False, False, False]
        assert told["items"][0]["superseded_by"] == [moved]
        assert told["sampled"] is False

    async def test_a_memory_that_was_overtaken_is_still_there_to_correct_a_question_about_it(
        self, memory: Memory
    ) -> None:
        wanted = await note(memory, "Ana wanted Korean food.", "2026-01-10")
        changed = await note(memory, "Ana would rather have Thai food now.", "2026-02-10")
        await alone(memory, wanted, changed)
        await link(memory, wanted, changed, "change")
        found = await memory.search("Remember I wanted Korean food?", kinds=["note"])
        assert wanted in [result["id"] for result in found]
        (item, *_) = (await memory.get("notes", changed, "timeline")).json()["items"]
        assert (item["id"], item["superseded"]) == (wanted, True)


class TestPremem:
    async def test_a_derived_fragment_goes_stale_with_its_source_and_whoever_rests_on_it(self, memory: Memory) -> None:
        march = await memory.hear("I ran five kilometres.", "2026-03-01")
        april = await memory.hear("I ran ten kilometres.", "2026-04-01")
        first = await note(memory, "Ana ran 5 km.", sources=[march])
        second = await note(memory, "Ana ran 10 km.", sources=[april])
        grows = await note(memory, "Ana's runs get longer.", derived_from=[first, second])
        hopes = await note(memory, "Ana may run a marathon.", derived_from=[grows])
        await link(memory, first, grows, "accumulation")
        await link(memory, second, grows, "accumulation")
        assert (await memory.delete("episodes", march)).status_code == 204
        assert (await memory.get("notes", first)).status_code == 404
        stale = (await memory.get("notes", grows)).json()
        assert (stale["stale"], stale["derived_from"]) == (True, [second])
        assert (await memory.get("notes", hopes)).json()["stale"] is True
        assert (await memory.get("notes", second)).json()["stale"] is False
        (result,) = [r for r in await memory.search("Ana's runs", kinds=["note"]) if r["id"] == grows]
        assert result["stale"] is True


class TestStructuralMemory:
    async def test_one_fact_as_words_triple_and_note_is_one_of_k(self, memory: Memory) -> None:
        source = await memory.hear("I live in Porto.", "2026-03-01")
        await note(memory, "Ana lives in Porto.", sources=[source])
        elsewhere = await memory.hear("Ben was in Lisbon for a week.", "2026-03-02", name="Ben")
        for kinds in (["episode", "fact", "note"], ["episode", "note"], ["fact", "note"]):
            found = await memory.search("Where does Ana live?", kinds=kinds, limit=2)
            resting = [result for result in found if result["sources"] == [source]]
            assert len(resting) == 1, kinds
        everything = await memory.search("Where does Ana live?", kinds=["episode", "fact", "note"], limit=2)
        assert elsewhere in [id for result in everything for id in result["sources"]]
