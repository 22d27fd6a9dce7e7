"""Making, migrating and replacing the collections in Qdrant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from app.adapters.migration_files import Migration, shipped
from app.adapters.vectors.qdrant_collections import Layout
from app.domain.errors import EmbedderMismatch, StoreNewer, StoreUnmigrated, Unavailable
from app.ports.vectors import VectorKind
from tests.adapters.vectors.test_qdrant import opened
from tests.contracts.vectors import ANNA, BEN, EPISODE, axis, record, words
from tests.servers.qdrant import Places, QdrantPlace, qdrant_places, qdrant_server

__all__ = ["qdrant_places", "qdrant_server"]

LATER = Migration(2, "later", json.dumps({"index": {"seq": {"type": "integer"}}}))


@pytest_asyncio.fixture
async def place(qdrant_places: Places) -> AsyncIterator[QdrantPlace]:
    place = qdrant_places()
    yield place
    await place.clear()


# Migrating


async def test_a_store_that_was_never_migrated_says_how(place: QdrantPlace) -> None:
    with pytest.raises(StoreUnmigrated, match="palimpsest migrate"):
        await place.open()


async def test_the_status_tells_what_is_to_be_done_and_does_nothing(place: QdrantPlace) -> None:
    assert [(one.number, one.applied_at) for one in await place.status()] == [(1, None)]
    assert await place.collections() == set()


async def test_migrating_again_does_nothing(place: QdrantPlace) -> None:
    applied = await place.migrate()
    assert [one.number for one in applied] == [1]
    assert await place.migrate() == []
    assert await place.status() == applied
    assert len(await place.collections()) == len(VectorKind)


async def test_several_may_migrate_at_once(place: QdrantPlace) -> None:
    await asyncio.gather(*(place.migrate() for _ in range(4)))
    assert len(await place.collections()) == len(VectorKind)
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record()])
        assert await store.count(ANNA, EPISODE) == 1


async def test_a_later_migration_reaches_the_collections_with_all_they_hold(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record("a")])
    both = [*shipped("qdrant"), LATER]
    assert [one.applied_at is None for one in await place.status(migrations=both)] == [False, True]
    assert [one.number for one in await place.migrate(migrations=both)] == [2]
    assert await place.migrate(migrations=both) == []
    with pytest.raises(StoreNewer, match="0002 'later'"):
        await place.open()
    with pytest.raises(StoreNewer):
        await place.status()


async def test_a_migration_that_changed_since_it_was_applied_is_refused(place: QdrantPlace) -> None:
    await place.migrate()
    changed = [replace(shipped("qdrant")[0], text=shipped("qdrant")[0].text + "\n")]
    with pytest.raises(StoreUnmigrated, match="0001 'collections' differs"):
        await place.migrate(migrations=changed)


async def test_installations_on_one_server_are_apart(qdrant_places: Places) -> None:
    here, there = qdrant_places(), qdrant_places()
    await here.migrate()
    await there.migrate()
    async with opened(here) as mine, opened(there) as theirs:
        await mine.upsert(ANNA, EPISODE, [record()])
        assert await theirs.count(ANNA, EPISODE) == 0
    await here.clear()
    assert len(await there.collections()) == len(VectorKind)
    await there.clear()


@pytest.mark.parametrize("changed", [{"embedder_identity": "other"}, {"dimension": 9}, {"keyword_identity": "other"}])
async def test_other_models_are_refused_and_told_what_mends_it(place: QdrantPlace, changed: dict[str, object]) -> None:
    await place.migrate()
    with pytest.raises(EmbedderMismatch, match="palimpsest reindex"):
        await place.open(**changed)
    assert await place.migrate(**changed) == []


async def test_a_large_installation_is_laid_out_on_disk_and_quantised(place: QdrantPlace) -> None:
    await place.migrate(layout=Layout(on_disk=True, quantised=True))
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record("a", dense=axis(1)), record("b", dense=axis(2))])
        assert [hit.ref for hit in await store.nearest(ANNA, EPISODE, axis(2), 1)] == ["b"]


# Replacing


async def test_the_old_collections_serve_until_the_new_ones_are_activated(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as old:
        await old.upsert(ANNA, EPISODE, [record("a")])
        new = await place.open_next(embedder_identity="other", dimension=4)
        assert await new.count(ANNA, EPISODE) == 0
        await new.upsert(ANNA, EPISODE, [record("a", dense=axis(0)[:4])])
        await old.upsert(ANNA, EPISODE, [record("b")])
        assert await old.refs(ANNA, EPISODE) == {"a", "b"}
        assert await new.refs(ANNA, EPISODE) == {"a"}
        await new.activate()
        await new.upsert(ANNA, EPISODE, [record("b", dense=axis(0)[:4])])
        await new.close()
    async with opened(place, embedder_identity="other", dimension=4) as current:
        assert await current.refs(ANNA, EPISODE) == {"a", "b"}
        assert len(await place.collections()) == 2 * len(VectorKind)
        await current.drop_replaced()
        assert len(await place.collections()) == len(VectorKind)
        assert await current.refs(ANNA, EPISODE) == {"a", "b"}


async def test_who_has_the_old_embedder_goes_on_reading_and_knows_that_nothing_is_indexed(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as old:
        await old.upsert(ANNA, EPISODE, [record("a")])
        new = await place.open_next(embedder_identity="other")
        await new.activate()
        with pytest.raises(EmbedderMismatch, match="set EMBEDDER back"):
            await old.upsert(ANNA, EPISODE, [record("b", dense=axis(1))])
        assert [hit.ref for hit in await old.nearest(ANNA, EPISODE, axis(0), 1)] == ["a"]
        await old.check()
        await new.drop_replaced()
        with pytest.raises(EmbedderMismatch):
            await old.check()
        with pytest.raises(EmbedderMismatch):
            await old.nearest(ANNA, EPISODE, axis(0), 1)
        with pytest.raises(EmbedderMismatch):
            await old.keyword(ANNA, EPISODE, words(1), 1)
        await new.close()


async def test_who_has_the_same_embedder_moves_along(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as running:
        await running.upsert(ANNA, EPISODE, [record("a")])
        new = await place.open_next(layout=Layout(on_disk=True))
        await new.upsert(ANNA, EPISODE, [record("a")])
        await new.activate()
        await running.upsert(ANNA, EPISODE, [record("b")])
        assert await new.refs(ANNA, EPISODE) == {"a", "b"}
        await new.drop_replaced()
        assert await running.refs(ANNA, EPISODE) == {"a", "b"}
        await running.check()
        await new.close()


async def test_a_running_reader_moves_along_when_its_collections_are_dropped(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as running:
        new = await place.open_next()
        await new.upsert(ANNA, EPISODE, [record("a")])
        await new.activate()
        await new.drop_replaced()
        assert [hit.ref for hit in await running.keyword(ANNA, EPISODE, words(1), 1)] == ["a"]
        await new.close()


async def test_what_was_read_before_a_reindex_removes_nothing_from_it_nor_the_other_way(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as running:
        new = await place.open_next(embedder_identity="other")
        for store in (running, new):
            await store.upsert(ANNA, EPISODE, [record("a"), record("b")])
        await running.remove(ANNA, EPISODE, ["a"])
        await new.remove(ANNA, EPISODE, ["b"])
        assert await running.refs(ANNA, EPISODE) == {"b"}
        assert await new.refs(ANNA, EPISODE) == {"a"}
        await new.activate()
        with pytest.raises(EmbedderMismatch):
            await running.remove(ANNA, EPISODE, ["a"])
        assert await new.refs(ANNA, EPISODE) == {"a"}
        await new.close()


async def test_who_is_erased_leaves_the_collections_being_filled_and_those_that_took_over(place: QdrantPlace) -> None:
    await place.migrate()
    async with opened(place) as running:
        new = await place.open_next(embedder_identity="other")
        for scope in (ANNA, BEN):
            await running.upsert(scope, EPISODE, [record()])
            await new.upsert(scope, EPISODE, [record()])
        await running.remove_all(ANNA)
        assert [await new.count(scope, EPISODE) for scope in (ANNA, BEN)] == [0, 1]
        await new.activate()
        await running.remove_all(BEN)
        assert [await store.count(BEN, EPISODE) for store in (running, new)] == [0, 0]
        await new.close()


async def test_a_reindex_that_broke_off_changes_nothing_and_the_next_one_clears_it_away(place: QdrantPlace) -> None:
    await place.migrate()
    broken = await place.open_next(embedder_identity="other")
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record("a")])
    again = await place.open_next(embedder_identity="other")
    assert len(await place.collections()) == 2 * len(VectorKind)
    with pytest.raises(Unavailable, match="another reindex"):
        await broken.upsert(ANNA, EPISODE, [record()])
    await again.activate()
    await broken.close()
    await again.close()
