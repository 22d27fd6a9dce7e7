"""All vectors anew beside those that are served, while the service goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic_ns

import pytest
import pytest_asyncio

from app.compose import indexing_of
from app.compose.stores import Models
from app.domain.scope import Scope
from app.memory.facts.given import FactInput
from app.memory.rebuilding import Rebuilding
from app.memory.views import Kind
from app.ports.models import Embedder
from app.ports.vectors import VectorStore
from tests.house import ANA, BEN, House, vector_store

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = (Kind.EPISODE, Kind.ENTITY, Kind.FACT)
MOVED = FactInput("Ana", "lives_in", "Oslo", statement="Ana lives in Oslo.")


@pytest_asyncio.fixture(loop_scope="session")
async def new(tmp_path: Path, embedder: Embedder) -> AsyncIterator[VectorStore]:
    store = await vector_store(tmp_path / "new", embedder)
    yield store
    await store.close()


@pytest.fixture
def rebuilding(house: House, new: VectorStore, embedder: Embedder) -> Rebuilding:
    graph = house.graph
    return Rebuilding(
        indexing=indexing_of(graph, new, Models(embedder, house.engines.keywords), house.meter),
        accounts=graph.accounts,
        episodes=graph.episodes,
        entities=graph.entities,
        facts=graph.facts,
        notes=graph.notes,
        ledger=graph.ledger,
        outbox=graph.outbox,
    )


async def rebuild(rebuilding: Rebuilding) -> int:
    return sum([await rebuilding.user(scope) for scope in await rebuilding.changed()])


async def refs(store: VectorStore) -> list[set[str]]:
    return [await store.refs(scope, kind) for scope in (ANA, BEN) for kind in KINDS]


@pytest_asyncio.fixture(loop_scope="session")
async def told(house: House) -> House:
    """Ana and Ben have told what they had to tell."""
    await house.services.access.create_tenant(ANA.tenant, "Acme")
    await house.learn("Ana lives_in Porto.", "Ana works_at Acme.")
    await house.learn("Ben lives_in Oslo.", scope=BEN)
    return house


async def test_it_makes_what_the_service_has_made(told: House, rebuilding: Rebuilding, new: VectorStore) -> None:
    assert await rebuild(rebuilding) == 3 + 5 + 3
    assert await refs(new) == await refs(told.engines.vectors)
    found = await told.another(vectors=new).found("Where does Ana live?", limit=1)
    assert found == await told.found("Where does Ana live?", limit=1)
    assert await told.due() == 0


async def test_whoever_did_not_change_is_not_done_again(told: House, rebuilding: Rebuilding) -> None:
    assert set(await rebuilding.changed()) == {ANA, BEN}
    await rebuild(rebuilding)
    assert await rebuilding.changed() == []


async def test_what_is_written_meanwhile_to_the_old_vectors_is_caught_up_with(
    told: House, rebuilding: Rebuilding, new: VectorStore
) -> None:
    await rebuild(rebuilding)
    receipt = await told.accept("The spare key lies under the blue pot.")
    assert await rebuilding.changed() == [ANA]
    await told.drain()
    await told.services.facts.state(BEN, [MOVED])
    assert set(await rebuilding.changed()) == {ANA, BEN}
    await rebuild(rebuilding)
    await told.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
    assert await rebuilding.changed() == [ANA]
    await rebuild(rebuilding)
    assert await refs(new) == await refs(told.engines.vectors)


async def test_a_user_who_changes_while_being_rebuilt_is_done_again(
    told: House, rebuilding: Rebuilding, new: VectorStore
) -> None:
    await rebuild(rebuilding)
    receipt = await told.accept("Ana visited Town 7.")
    original = new.upsert

    async def interrupted(*given: object) -> None:
        new.upsert = original
        await told.services.forgetting.delete_episode(ANA, receipt.accepted[0].id)
        await original(*given)

    new.upsert = interrupted
    await rebuild(rebuilding)
    assert await rebuilding.changed() == []
    assert await refs(new) == await refs(told.engines.vectors)


async def test_a_user_who_keeps_changing_is_handed_over(told: House, rebuilding: Rebuilding, new: VectorStore) -> None:
    original = new.upsert

    async def restless(scope: Scope, kind: Kind, *given: object) -> None:
        await original(scope, kind, *given)
        if scope == ANA and kind == Kind.FACT:
            await told.accept(f"Another message at {monotonic_ns()}.")

    new.upsert = restless
    await rebuild(rebuilding)
    assert await rebuilding.changed() == [ANA]
    new.upsert = original
    await rebuilding.hand_over(ANA)
    await told.another(vectors=new).assembly.indexing.sweep()
    assert await refs(new) == await refs(told.engines.vectors)
