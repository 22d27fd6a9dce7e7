"""The memory tools at work: what they change, refuse and log, also when others write and engines are away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.domain.errors import CoreTooLong, DuplicateMemory, Unavailable
from app.domain.fact import Cardinality
from app.domain.note import Note, NoteMemory
from app.domain.operations import CoreVersion, Operation
from app.domain.scope import Scope
from app.memory.agent.searching import MemoriesFound, fused
from app.memory.agent.tools import Ran
from app.memory.notes.book import NoteInput, NotePatch
from app.memory.views import FactView
from app.ports.vectors import Hit
from tests.house import ANA, BEN, MORNING, House
from tests.scripted import FickleEmbedder

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEA = {"memory_type": "semantic", "content": "Ana likes tea."}
WORKS = {"memory_type": "fact", "subject": "Ana", "predicate": "works_at", "object_type": "organization"}


async def ran(house: House, tool: str, *, scope: Scope = ANA, **arguments: Any) -> Ran:
    return await house.services.tools.run(scope, f"memory_{tool}", arguments)


async def note(house: House, tool: str = "insert", **arguments: Any) -> Note:
    result = (await ran(house, tool, **arguments)).result
    assert isinstance(result, Note)
    return result


async def fact(house: House, tool: str = "insert", **arguments: Any) -> FactView:
    result = (await ran(house, tool, **arguments)).result
    assert isinstance(result, FactView)
    return result


async def refusal(house: House, tool: str, **arguments: Any) -> str:
    refused = (await ran(house, tool, **arguments)).refusal
    assert refused is not None
    return refused.code


async def log(house: House, scope: Scope = ANA) -> list[Operation]:
    return await house.graph.operations.operations(scope, 0, 1_000)


async def test_of_many_who_keep_the_same_at_once_one_does(house: House) -> None:
    calls = await asyncio.gather(*(ran(house, "insert", **TEA) for _ in range(5)))
    (kept,) = (call.result for call in calls if call.refusal is None)
    refusals = [call.refusal for call in calls if call.refusal is not None]
    assert isinstance(kept, Note)
    assert {one.existing_id for one in refusals if isinstance(one, DuplicateMemory)} == {kept.id}
    assert len(refusals) == 4
    assert sorted(call.number for call in calls) == [1, 2, 3, 4, 5]
    assert len(await house.graph.notes.page(ANA, None, 9)) == 1


async def test_writing_the_same_again_is_done_and_changes_nothing(house: House) -> None:
    kept = await note(house, **TEA)
    assert (await note(house, "update", **TEA, id=kept.id)) == kept
    await ran(house, "update", memory_type="core", content="Ana.")
    again = (await ran(house, "update", memory_type="core", content="Ana.")).result
    assert isinstance(again, CoreVersion)
    assert again.version == 1
    assert [one.error for one in await log(house)] == [None] * 4


async def test_a_core_that_never_was_can_be_emptied(house: House) -> None:
    emptied = (await ran(house, "update", memory_type="core", content="")).result
    assert isinstance(emptied, CoreVersion)
    assert emptied.version == 0


async def test_a_core_over_its_tokens_is_kept_as_it_was(house: House) -> None:
    await house.services.core.put(ANA, "Ana.", 0)
    with pytest.raises(CoreTooLong) as told:
        await house.services.core.put(ANA, "ünïcødé " * 400, None)
    assert told.value.tokens > told.value.allowed == 512
    assert (await house.services.core.current(ANA)).content == "Ana."


async def test_no_memory_becomes_what_another_says_already(house: House) -> None:
    await note(house, **TEA)
    other = await note(house, memory_type="semantic", content="Ana likes rain.")
    assert await refusal(house, "update", **TEA, id=other.id) == "duplicate_memory"
    episodic = await note(house, memory_type="episodic", content="Ana likes rain.")
    assert (await note(house, "update", **{**TEA, "memory_type": "episodic"}, id=episodic.id)).version == 2


async def test_a_memory_is_only_found_as_what_it_is_and_where_it_is(house: House) -> None:
    kept = await note(house, **TEA)
    plain = (await house.services.notes.create(ANA, NoteInput("Ana likes tea."))).note.id
    for tool, given in (("delete", {}), ("update", {"content": "x"})):
        assert await refusal(house, tool, memory_type="episodic", id=kept.id, **given) == "not_found"
        assert await refusal(house, tool, memory_type="semantic", id=plain, **given) == "not_found"
        assert await refusal(house, tool, memory_type="semantic", id=kept.id, scope=BEN, **given) == "not_found"
    assert [one.number for one in await log(house, BEN)] == [1, 2]
    found = (await ran(house, "search", memory_type="semantic", query="tea")).result
    assert isinstance(found, MemoriesFound)
    assert [memory.id for memory, _ in found.memories if isinstance(memory, Note)] == [kept.id]


async def test_what_others_do_to_a_note_leaves_it_what_it_is(house: House) -> None:
    kept = await note(house, **TEA)
    await house.services.notes.revise(ANA, kept.id, NotePatch(tags=("drinks",), context="At breakfast."))
    (seen,) = (await house.services.tools.state(ANA)).semantic
    assert (seen.id, seen.memory, seen.version) == (kept.id, NoteMemory.SEMANTIC, 2)
    assert await refusal(house, "insert", **TEA) == "duplicate_memory"


async def test_twenty_of_each_are_in_view_the_newest_first(house: House) -> None:
    for number in range(22):
        await note(house, memory_type="semantic", content=f"Thought {number}.")
    state = await house.services.tools.state(ANA)
    assert [one.content for one in state.semantic] == [f"Thought {n}." for n in range(21, 1, -1)]
    assert (len(state.episodic), state.operation) == (0, 22)
    seen = (await log(house))[-1].seen
    assert [one.id for one in seen.semantic][:19] == [one.id for one in state.semantic][1:]


class TestFacts:
    async def test_a_triple_is_told_twice_when_it_is_told_of_the_same_time(self, house: House) -> None:
        acme = await fact(house, **WORKS, object="Acme", valid_from="2026-01-01T00:00:00Z")
        id = acme.version.fact_id
        for again in ({"valid_from": "2026-01-01T00:00:00Z"}, {}, {"content": "Ana has a job at Acme."}):
            called = await ran(house, "insert", **WORKS, object="Acme", **again)
            assert isinstance(called.refusal, DuplicateMemory)
            assert called.refusal.existing_id == id
        earlier = await fact(house, **WORKS, object="Acme", valid_from="2025-01-01T00:00:00Z")
        assert (earlier.version.fact_id, earlier.version.version) == (id, 2)

    async def test_a_fact_that_was_told_by_somebody_else_is_a_duplicate_too(self, house: House) -> None:
        await house.learn("Ana works_at Acme since 2024-05-01.")
        (known,) = await house.services.insights.facts(ANA)
        called = await ran(house, "insert", **WORKS, object="Acme")
        assert isinstance(called.refusal, DuplicateMemory)
        assert called.refusal.existing_id == known.version.fact_id

    async def test_another_time_of_the_same_value_is_another_version_of_the_fact(self, house: House) -> None:
        told = await fact(house, **WORKS, object="Acme", valid_from="2026-01-01T00:00:00Z")
        id = told.version.fact_id
        moved = await fact(house, "update", memory_type="fact", id=id, valid_from="2026-02-01T00:00:00Z")
        assert (moved.version.fact_id, moved.version.version) == (id, 2)
        assert moved.version.valid.start == told.version.valid.start.replace(month=2)  # type: ignore[union-attr]
        ended = await fact(house, "update", memory_type="fact", id=id, valid_to="2026-03-01T00:00:00Z")
        assert (ended.version.version, ended.version.valid.start) == (3, moved.version.valid.start)
        worded = await fact(house, "update", memory_type="fact", id=id, content="Ana had a job at Acme.")
        assert (worded.version.text, worded.version.valid) == ("Ana had a job at Acme.", ended.version.valid)
        assert await house.services.insights.facts(ANA) == []

    async def test_another_value_takes_the_time_and_can_be_undone(self, house: House) -> None:
        await house.learn("Ana works_at Acme since 2024-05-01.")
        (acme,) = await house.services.insights.facts(ANA)
        id = acme.version.fact_id
        globex = await fact(house, "update", memory_type="fact", id=id, object="Globex")
        assert globex.version.valid == acme.version.valid
        assert globex.version.precision == acme.version.precision
        assert globex.version.cardinality is Cardinality.ONE
        assert globex.object is not None
        assert (globex.object.name, globex.version.text) == ("Globex", "Ana works at Globex.")
        assert await house.believed() == ["Ana works at Globex."]
        await house.services.facts.restore(ANA, id)
        assert "Ana works_at Acme since 2024-05-01." in await house.believed()

    async def test_a_correction_of_one_period_leaves_the_others(self, house: House) -> None:
        await fact(house, **WORKS, object="Acme", valid_from="2020-01-01T00:00:00Z", valid_to="2021-01-01T00:00:00Z")
        again = await fact(house, **WORKS, object="Acme", valid_from="2024-01-01T00:00:00Z")
        id = again.version.fact_id
        await fact(house, "update", memory_type="fact", id=id, object="Globex")
        then = MORNING.replace(year=2020)
        assert await house.believed(as_of=then) == ["Ana works at Acme."]
        assert await house.believed() == ["Ana works at Globex."]

    async def test_what_is_not_believed_cannot_be_corrected_or_taken_back(self, house: House) -> None:
        told = await fact(house, **WORKS, object="Acme")
        id = told.version.fact_id
        gone = await fact(house, "delete", memory_type="fact", id=id)
        assert (gone.version.fact_id, gone.version.believed) == (id, False)
        assert await refusal(house, "delete", memory_type="fact", id=id) == "illegal_transition"
        assert await refusal(house, "update", memory_type="fact", id=id, object="x") == "illegal_transition"
        assert await refusal(house, "update", memory_type="fact", id="unknown", object="x") == "not_found"
        assert (await fact(house, **WORKS, object="Acme")).version.believed

    async def test_an_end_before_the_start_is_refused_and_logged(self, house: House) -> None:
        told = await fact(house, **WORKS, object="Acme", valid_from="2026-01-01T00:00:00Z")
        early = {"id": told.version.fact_id, "valid_to": "2025-01-01T00:00:00Z"}
        assert await refusal(house, "update", memory_type="fact", **early) == "invalid_request"
        assert [one.error for one in await log(house)] == [None, "invalid_request"]
        assert await house.believed() == ["Ana works at Acme."]


class TestWhenEnginesAreAway:
    async def test_search_goes_on_by_words_and_says_so(self, house: House, fickle: FickleEmbedder) -> None:
        await note(house, **TEA)
        fickle.away = True
        found = (await ran(house, "search", memory_type="semantic", query="tea")).result
        assert isinstance(found, MemoriesFound)
        assert (len(found.memories), len(found.degraded)) == (1, 1)
        with pytest.raises(Unavailable):
            await ran(house, "search", memory_type="semantic", query="tea", method="embedding")
        assert [one.tool for one in await log(house)] == ["memory_insert", "memory_search"]

    async def test_what_is_kept_meanwhile_is_found_afterwards(self, house: House, fickle: FickleEmbedder) -> None:
        fickle.away = True
        kept = await note(house, **TEA)
        fickle.away = False
        await house.assembly.indexing.settle(ANA)
        found = (await ran(house, "search", memory_type="semantic", query="tea", method="embedding")).result
        assert isinstance(found, MemoriesFound)
        assert [memory for memory, _ in found.memories] == [kept]


async def test_the_log_is_told_with_words_as_far_as_they_are_there(house: House) -> None:
    kept = await note(house, **TEA)
    await note(house, "update", memory_type="semantic", id=kept.id, content="Ana likes coffee.")
    other = await note(house, memory_type="semantic", content="Ana likes rain.")
    await ran(house, "delete", memory_type="semantic", id=other.id)
    house.clock.forward(hours=1)
    outcome = await house.services.operations.judge(ANA, 2, 3, 1.0, {"q": 1}, "judge")
    assert (outcome.number, outcome.at) == (1, house.clock.now)
    (told,) = [page async for page in house.services.operations.export(ANA, 1)]
    assert [one.operation.number for one in told.logged] == [2, 3, 4]
    assert [len(one.outcomes) for one in told.logged] == [1, 1, 0]
    words = {(ref.id, ref.version): said for ref, said in told.words.items()}
    assert words == {(kept.id, 1): "Ana likes tea.", (kept.id, 2): "Ana likes coffee."}
    assert [page async for page in house.services.operations.export(ANA, 4)] == []
    assert told.logged[0].operation.at == house.clock.now - timedelta(hours=1)


async def test_what_both_lists_have_comes_before_what_one_has_first() -> None:
    def hits(*refs: str) -> list[Hit]:
        return [Hit(id=ref, ref=ref, session_id=None, position=None, speaker=None, sources=(), score=1) for ref in refs]

    scores = fused([hits("a", "b", "b"), hits("c", "b")])
    assert max(scores, key=lambda id: scores[id]) == "b"
