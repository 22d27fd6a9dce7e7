"""From the embedded store to Neo4j and back: the same lines, and the same is told of them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.adapters.graph.neo4j import Neo4jGraph
from app.domain.guidance import Guidance
from app.domain.usage import Tally, Usage
from app.ports.accounts import Key, Right
from app.ports.graph.episodes import Idempotency
from app.ports.models import Embedder
from tests.contracts.graph.made import NOON
from tests.house import ANA, BEN, ELSEWHERE, House, opened
from tests.memory.transfer.moving import exported, imported, shown, step, tenants


@pytest.fixture
async def house(tmp_path: Path, embedder: Embedder) -> AsyncIterator[House]:
    async with opened(tmp_path / "here", embedder) as opened_house:
        yield opened_house


@pytest.fixture
async def on_neo4j(house: House, graph: Neo4jGraph) -> House:
    """The same house on another, empty graph store."""
    return house.another(graph=graph)


@pytest.fixture
async def third(tmp_path: Path, house: House) -> AsyncIterator[House]:
    """An empty embedded one."""
    async with opened(
        tmp_path / "third", house.engines.embedder, vectors=house.engines.vectors, clock=house.clock
    ) as opened_house:
        yield opened_house


@pytest.mark.parametrize("seed", range(100, 103))
async def test_up_and_back_again(house: House, on_neo4j: House, third: House, seed: int) -> None:
    chance = random.Random(seed)
    await tenants(house, "acme", "globex")
    await house.graph.accounts.add_key(
        Key("k1", "acme", "one", "d1", frozenset({Right.READ}), frozenset({"ana"}), NOON)
    )
    await house.graph.usage.set_budget("acme", 5_000)
    await house.graph.guidance.put("acme", Guidance("Be brief."), NOON)
    await house.graph.usage.add("globex", Usage(NOON.date(), "extract", "small", Tally(3, 100, 20, 1)))
    for _ in range(chance.randint(15, 30)):
        await step(house, chance)
    await house.learn("Ben lives_in Porto.", scope=BEN, key=Idempotency("ключ", "f"), session="ß")
    await house.accept(
        "Ana likes \u2028 tea \U0001f375.", scope=ELSEWHERE, client_id="c-1", metadata={"a": [1, {"b": 2.5}]}
    )
    lines = await exported(house)
    moved = await imported(on_neo4j, lines)
    assert (moved.users, moved.keys, moved.postponed) == (3, 1, 0)
    above = await exported(on_neo4j)
    assert sorted(above) == sorted(lines)
    for scope in (ANA, BEN, ELSEWHERE):
        assert await shown(on_neo4j, scope) == await shown(house, scope)
    await imported(third, above)
    assert await exported(third) == lines


async def test_what_happens_up_there_comes_back(house: House, on_neo4j: House, third: House) -> None:
    chance = random.Random(7)
    await tenants(house, "acme")
    for _ in range(8):
        await step(house, chance)
    await imported(on_neo4j, await exported(house))
    for _ in range(12):
        await step(on_neo4j, chance)
    lines = await exported(on_neo4j)
    await imported(third, lines)
    assert sorted(await exported(third)) == sorted(lines)
    assert await shown(third, ANA) == await shown(on_neo4j, ANA)
