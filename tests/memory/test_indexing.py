"""Vectors follow the record, whatever comes between."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.domain.errors import Unavailable
from app.domain.scope import Scope
from app.memory.facts.given import FactInput
from app.memory.views import Kind
from app.ports.models import Embedder
from app.ports.vectors import VectorFilter
from tests.house import ANA, BEN, House, next_vector_store, opened, texts, until
from tests.scripted import Failing, FickleEmbedder, ScriptedExtractor, With

pytestmark = pytest.mark.asyncio(loop_scope="session")

FACTS = frozenset({Kind.FACT})
LIVES = FactInput("Ana", "lives_in", "Porto", statement="Ana lives in Porto.")
MOVED = FactInput("Ana", "lives_in", "Oslo", statement="Ana lives in Oslo.")


async def test_what_a_crash_left_between_the_commit_and_the_index_is_swept(house: House) -> None:
    """The process is gone after the commit: the next one finds the tasks."""
    crashed = RuntimeError("killed")
    doomed = house.another(vectors=Failing(house.engines.vectors))
    receipt = await doomed.accept("Ana lives_in Porto.")
    doomed.engines.vectors.errors["upsert"] = crashed
    await doomed.drain()
    assert (await house.job(receipt)).outcome.facts_added == 1
    assert await house.believed() == ["Ana lives_in Porto."]
    assert await house.found("Where does Ana live?", kinds=FACTS) == ()

    assert await house.assembly.indexing.sweep() > 0
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives_in Porto."]
    assert await house.due() == 0


async def test_an_engine_that_is_away_after_the_commit_undoes_nothing(house: House) -> None:
    lame = house.another(vectors=Failing(house.engines.vectors))
    receipt = await lame.accept("Ana lives_in Porto.")
    lame.engines.vectors.errors["upsert"] = Unavailable("away")
    await lame.drain()
    job = await house.job(receipt)
    assert (job.state.value, job.attempts) == ("succeeded", 0)
    await house.assembly.indexing.sweep()
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives_in Porto."]


async def test_without_an_embedder_facts_are_derived_all_the_same(house: House, fickle: FickleEmbedder) -> None:
    fickle.away = True
    receipt = await house.learn("Ana lives_in Porto.")
    job = await house.job(receipt)
    assert (job.state.value, job.attempts) == ("succeeded", 0)
    assert await house.believed() == ["Ana lives_in Porto."]
    fickle.away = False
    await house.assembly.indexing.sweep()
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives_in Porto."]


async def test_what_a_caller_states_or_deletes_stands_though_it_cannot_be_indexed_yet(
    house: House, fickle: FickleEmbedder
) -> None:
    receipt = await house.learn("Ana works_at Acme.")
    fickle.away = True
    assert len((await house.services.facts.state(ANA, [LIVES])).written) == 1
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    fickle.away = False
    await house.assembly.indexing.sweep()
    assert texts(await house.found("Ana", kinds=frozenset({Kind.FACT, Kind.EPISODE}))) == ["Ana lives in Porto."]


async def test_a_task_done_twice_changes_nothing(house: House) -> None:
    await house.learn("Ana lives_in Porto.", "Ana works_at Acme.")
    before = await house.found("Ana")
    assert await house.graph.outbox.refill(ANA) == 7
    await house.assembly.indexing.sweep()
    assert await house.found("Ana") == before
    counts = [await house.engines.vectors.count(ANA, kind) for kind in (Kind.EPISODE, Kind.FACT, Kind.ENTITY)]
    assert counts == [2, 2, 3]


async def test_entities_are_found_by_every_name_they_have(house: House) -> None:
    await house.learn("Ana works_at Acme.", "Ana works_at ACME.")
    (found,) = await house.found("ACME", kinds=frozenset({Kind.ENTITY}), limit=1)
    assert found.text == "Acme (organization), also ACME"


async def test_a_past_view_is_found_by_what_was_believed_then(house: House) -> None:
    await house.services.facts.state(ANA, [LIVES])
    before = house.clock()
    house.clock.forward(days=1)
    await house.services.facts.state(ANA, [MOVED])
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives in Oslo."]
    assert texts(await house.found("Where does Ana live?", kinds=FACTS, known_at=before)) == ["Ana lives in Porto."]


async def test_a_slow_sweep_never_puts_an_older_state_over_a_newer_one(house: House, fickle: FickleEmbedder) -> None:
    """The sweep has read the fact and is embedding it, when the fact changes and is indexed by another."""
    unindexed = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("away")}))
    await unindexed.services.facts.state(ANA, [LIVES])
    assert await house.due() > 0

    fickle.gate.clear()
    fickle.asked.clear()
    sweeping = asyncio.create_task(house.assembly.indexing.sweep())
    await fickle.asked.wait()
    house.clock.forward(days=1)
    moving = asyncio.create_task(house.services.facts.state(ANA, [MOVED]))
    await until(lambda: _at_revision(house, 2))
    fickle.gate.set()
    await asyncio.gather(sweeping, moving)

    assert await house.due() == 0
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives in Oslo."]
    before = [found.id for found in await house.found("Where does Ana live?", kinds=FACTS)]
    await house.graph.outbox.refill(ANA)
    await house.assembly.indexing.sweep()
    assert [found.id for found in await house.found("Where does Ana live?", kinds=FACTS)] == before


async def test_an_episode_that_is_deleted_while_it_is_indexed_leaves_no_vector(
    house: House, fickle: FickleEmbedder
) -> None:
    fickle.gate.clear()
    fickle.asked.clear()
    posting = asyncio.create_task(house.accept("The spare key lies under the blue pot."))
    await fickle.asked.wait()
    (episode,) = await house.graph.episodes.all(ANA, 0, 10)
    deleting = asyncio.create_task(house.services.forgetting.delete_episode(ANA, episode.id))
    await until(lambda: _at_revision(house, 1))
    fickle.gate.set()
    await asyncio.gather(posting, deleting)
    await house.assembly.indexing.sweep()
    assert await house.engines.vectors.refs(ANA, Kind.EPISODE) == set()


async def test_what_another_process_read_before_a_change_never_stands_after_it(
    house: House, embedder: Embedder
) -> None:
    """A process has read the fact and is about to write its vector, when another changes it, indexes that and is
    done."""
    unindexed = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("away")}))
    await unindexed.services.facts.state(ANA, [LIVES])
    paused = Paused(house.engines.vectors, Kind.FACT)
    slow = asyncio.create_task(house.another(vectors=paused).assembly.indexing.sweep())
    await paused.arrived.wait()

    house.clock.forward(days=1)
    await house.services.facts.state(ANA, [MOVED])
    assert await house.due() == 0
    paused.gate.set()
    await slow

    standing = await _standing(house, embedder)
    await house.graph.outbox.refill(ANA)
    await house.assembly.indexing.sweep()
    assert standing == await _standing(house, embedder)
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives in Oslo."]


async def test_what_another_process_deletes_while_it_is_indexed_leaves_no_vector(house: House) -> None:
    away = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("away")}))
    receipt = await away.accept("The spare key lies under the blue pot.")
    paused = Paused(house.engines.vectors, Kind.EPISODE)
    slow = asyncio.create_task(house.another(vectors=paused).assembly.indexing.sweep())
    await paused.arrived.wait()
    await house.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    assert await house.due() == 0
    paused.gate.set()
    await slow
    assert await house.engines.vectors.refs(ANA, Kind.EPISODE) == set()


async def test_one_who_is_overtaken_again_and_again_leaves_the_rest_for_the_next_sweep(house: House) -> None:
    unindexed = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("away")}))
    await unindexed.services.facts.state(ANA, [LIVES])
    due = await house.due()
    restless = house.another(graph=With(house.graph, ledger=RisingRevisions(house.graph.ledger)))
    assert await restless.assembly.indexing.sweep() == 0
    assert await house.due() == due
    assert await house.assembly.indexing.sweep() == due
    assert texts(await house.found("Where does Ana live?", kinds=FACTS)) == ["Ana lives in Porto."]


async def test_a_patient_sweep_leaves_alone_what_somebody_has_only_just_committed(house: House) -> None:
    away = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("away")}))
    sweeping = house.another().assembly.indexing
    await away.accept("Ana was here.")
    assert await sweeping.sweep(patient=True) == 0
    away.engines.vectors.errors["upsert"] = Unavailable("away")
    await away.accept("Ben was here.", scope=BEN)
    assert await sweeping.sweep(patient=True) == 1
    assert await house.due() == 1
    assert await sweeping.sweep(patient=True) == 1


async def test_one_user_who_cannot_be_indexed_does_not_keep_others_waiting(house: House) -> None:
    away = house.another(vectors=Failing(house.engines.vectors, {"upsert": Unavailable("away")}))
    await away.accept("Ana was here.", scope=ANA)
    away.engines.vectors.errors["upsert"] = Unavailable("away")
    await away.accept("Ben was here.", scope=BEN)
    assert await house.due() == 2

    refusing = house.another(vectors=RefusingAna(house.engines.vectors))
    with pytest.raises(Unavailable):
        await refusing.assembly.indexing.sweep()
    assert texts(await house.found("Ben", scope=BEN)) == ["Ben was here."]
    assert await house.due() == 1


async def test_a_rebuild_beside_the_old_index_finds_the_same(tmp_path: Path, embedder: Embedder) -> None:
    async with opened(tmp_path, embedder, extractor=ScriptedExtractor()) as house:
        for number in range(10):
            await house.accept(f"Box {number} holds the letters of {1900 + number}.", f"Ana visited Town {number}.")
        await house.drain()
        queries = ("Which towns did Ana visit?", "letters of 1907", "Box 3", "Ana")
        before = [await house.found(query, limit=50) for query in queries]
    new = await next_vector_store(tmp_path, embedder)
    async with opened(tmp_path, embedder, vectors=new) as house:
        await house.graph.outbox.refill(ANA)
        assert await house.assembly.indexing.settle(ANA) == 20 + 10 + 11
    await new.activate()
    await new.close()
    async with opened(tmp_path, embedder) as house:
        for query, old in zip(queries, before, strict=True):
            new_scores = {found.id: found.score for found in await house.found(query, limit=50)}
            assert new_scores == pytest.approx({found.id: found.score for found in old}, abs=0.02)


async def _standing(house: House, embedder: Embedder) -> set[str]:
    """The vectors of what is believed now."""
    query = await embedder.embed_query("Where does Ana live?")
    where = VectorFilter(known_at=house.clock())
    return {hit.id for hit in await house.engines.vectors.nearest(ANA, Kind.FACT, query, 10, where)}


async def _at_revision(house: House, revision: int) -> bool:
    return await house.graph.ledger.revision(ANA) == revision


class RefusingAna(Failing):
    async def upsert(self, scope: object, *given: object) -> None:
        if scope == ANA:
            raise Unavailable("not for Ana")
        await self._real.upsert(scope, *given)


class Paused(With):
    """Before the first write of a kind it waits for `gate`."""

    def __init__(self, real: object, kind: Kind) -> None:
        super().__init__(real, kind=kind, gate=asyncio.Event(), arrived=asyncio.Event())

    async def upsert(self, scope: Scope, kind: Kind, *given: object) -> None:
        if kind == self.kind:
            self.arrived.set()
            await self.gate.wait()
        await self._real.upsert(scope, kind, *given)


class RisingRevisions(With):
    """Somebody else commits all the time."""

    async def revision(self, scope: Scope) -> int:
        self.risen = self.__dict__.get("risen", 0) + 1
        return await self._real.revision(scope) + self.risen
