"""The background half: rings are heard at once, and what nobody rang for is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from redis.exceptions import ConnectionError as QueueAway

from app.adapters.queue.docket import DocketDoorbell
from app.domain.jobs import JobState
from app.domain.scope import Scope
from app.memory.views import Kind
from app.ports.graph.episodes import Receipt
from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from tests.house import ANA, BEN, House, opened, until
from tests.scripted import Failing, FickleEmbedder, ScriptedExtractor, With

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEVER = 100_000.0
OFTEN = 0.05


@pytest_asyncio.fixture(loop_scope="session")
async def fickle(embedder: Embedder) -> FickleEmbedder:
    return FickleEmbedder(embedder)


@pytest_asyncio.fixture(loop_scope="session")
async def extractor() -> ScriptedExtractor:
    return ScriptedExtractor()


@asynccontextmanager
async def at_work(house: House) -> AsyncIterator[House]:
    await house.assembly.worker.start()
    try:
        yield house
    finally:
        await house.assembly.worker.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def house(
    tmp_path: Path, fickle: FickleEmbedder, extractor: ScriptedExtractor, vectors: VectorStore
) -> AsyncIterator[House]:
    """Sweeps at its start, and then never again while a test lasts."""
    async with opened(tmp_path, fickle, vectors=vectors, extractor=extractor, sweep_seconds=NEVER) as house:
        yield house
    for scope in (ANA, BEN):
        await vectors.remove_all(scope)


@pytest_asyncio.fixture(loop_scope="session")
async def sweeping(
    tmp_path: Path, fickle: FickleEmbedder, extractor: ScriptedExtractor, vectors: VectorStore
) -> AsyncIterator[House]:
    async with opened(tmp_path, fickle, vectors=vectors, extractor=extractor, sweep_seconds=OFTEN) as house:
        yield house
    for scope in (ANA, BEN):
        await vectors.remove_all(scope)


async def done(house: House, receipt: Receipt, scope: Scope = ANA) -> None:
    async def succeeded() -> bool:
        return (await house.job(receipt, scope)).state is JobState.SUCCEEDED

    await until(succeeded)


async def swept(house: House) -> None:
    """Until the worker is past the sweep of its start."""
    first = await house.accept("A first message.")
    await done(house, first)


async def test_a_ring_is_delivered_without_any_sweep(house: House) -> None:
    async with at_work(house):
        await swept(house)
        await done(house, await house.accept("Ana lives_in Porto."))
        await done(house, await house.accept("Ben lives_in Oslo.", scope=BEN), BEN)
    assert await house.believed() == ["Ana lives_in Porto."]


async def test_a_ring_from_before_the_worker_came_is_answered(house: House) -> None:
    receipt = await house.accept("Ana lives_in Porto.")
    async with at_work(house):
        await done(house, receipt)


async def test_what_nobody_rang_for_is_found_at_the_start(house: House) -> None:
    receipt = await silent(house).accept("Ana lives_in Porto.")
    async with at_work(house):
        await done(house, receipt)


async def test_what_nobody_rang_for_is_found_later_too(sweeping: House) -> None:
    async with at_work(sweeping):
        await swept(sweeping)
        await done(sweeping, await silent(sweeping).accept("Ana lives_in Porto."))


async def test_rings_during_a_drain_are_not_lost(house: House, extractor: ScriptedExtractor) -> None:
    async with at_work(house):
        await swept(house)
        extractor.gate.clear()
        extractor.arrived.clear()
        await house.accept("First.")
        await extractor.arrived.wait()
        later = [await house.accept(f"Later {number}.") for number in range(5)]
        extractor.gate.set()
        for receipt in later:
            await done(house, receipt)
    assert extractor.read[1:] == ["First.", *(f"Later {number}." for number in range(5))]


async def test_many_rings_at_once_are_one_drain_each_user(house: House, extractor: ScriptedExtractor) -> None:
    scopes = [Scope("acme", f"user-{number}") for number in range(20)]
    async with at_work(house):
        receipts = await asyncio.gather(*(house.accept("Hello.", scope=scope) for scope in scopes for _ in range(3)))
        for scope, receipt in zip([scope for scope in scopes for _ in range(3)], receipts, strict=True):
            await done(house, receipt, scope)
    assert len(extractor.read) == 60
    for scope in scopes:
        await house.engines.vectors.remove_all(scope)


async def test_a_failed_lane_is_taken_up_again_when_it_has_rested(
    sweeping: House, extractor: ScriptedExtractor
) -> None:
    extractor.errors["Ana lives_in Porto."] = [RuntimeError("once")]
    receipt = await sweeping.accept("Ana lives_in Porto.")
    async with at_work(sweeping):
        await until(lambda: _attempted(sweeping, receipt))
        sweeping.clock.forward(seconds=1)
        await done(sweeping, receipt)


async def test_lanes_are_swept_though_nothing_can_be_indexed(sweeping: House, fickle: FickleEmbedder) -> None:
    fickle.away = True
    receipt = await silent(sweeping).accept("Ana lives_in Porto.")
    async with at_work(sweeping):
        await done(sweeping, receipt)
        fickle.away = False
        await until(lambda: _indexed(sweeping))


async def test_the_sweep_survives_what_nobody_expected(sweeping: House) -> None:
    surprised = Failing(sweeping.graph.lanes, {"waiting": RuntimeError("a surprise")})
    other = sweeping.another(graph=With(sweeping.graph, lanes=surprised))
    receipt = await silent(sweeping).accept("Ana lives_in Porto.")
    async with at_work(other):
        await done(sweeping, receipt)
    assert surprised.errors == {}


async def test_a_lane_survives_what_nobody_expected(sweeping: House) -> None:
    surprised = Failing(sweeping.graph.lanes, {"acquire": RuntimeError("a surprise")})
    other = sweeping.another(graph=With(sweeping.graph, lanes=surprised))
    receipt = await other.accept("Ana lives_in Porto.")
    async with at_work(other):
        await done(sweeping, receipt)
    assert surprised.errors == {}


async def test_without_a_queue_posting_goes_on_and_the_sweep_does_it_all(sweeping: House) -> None:
    def replace(name: str, **_: object) -> None:
        raise QueueAway(f"no {name} today")

    bell = DocketDoorbell("memory://", sweeping.meter)
    bell.docket = With(sweeping.engines.doorbell.docket, replace=replace)
    cut_off = sweeping.another(doorbell=bell)
    async with at_work(sweeping):
        await done(sweeping, await cut_off.accept("Ana lives_in Porto."))


async def test_stopping_waits_for_the_batch_at_hand_and_leaves_no_lease(
    house: House, extractor: ScriptedExtractor
) -> None:
    async with at_work(house):
        await swept(house)
        extractor.gate.clear()
        extractor.arrived.clear()
        receipt = await house.accept("Ana lives_in Porto.")
        await extractor.arrived.wait()
        stopping = asyncio.create_task(house.assembly.worker.stop())
        await until(lambda: _stopping(house))
        extractor.gate.set()
        await stopping
    assert (await house.job(receipt)).state is JobState.SUCCEEDED
    assert await house.graph.lanes.acquire(ANA, "next", house.clock(), timedelta(seconds=30))


def silent(house: House) -> House:
    """Nobody hears its rings."""
    return house.another(doorbell=With(house.engines.doorbell, ring=unheard))


async def unheard(scope: Scope) -> None:
    """It rings in an empty room."""


async def _attempted(house: House, receipt: Receipt) -> bool:
    return (await house.job(receipt)).attempts == 1


async def _indexed(house: House) -> bool:
    kinds = (Kind.EPISODE, Kind.FACT, Kind.ENTITY)
    return [await house.engines.vectors.count(ANA, kind) for kind in kinds] == [1, 1, 2]


async def _stopping(house: House) -> bool:
    return house.services.lanes.stopping
