from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from app.adapters.vectors.edge import EdgeVectorStore
from app.adapters.vectors.edge_shard import Upkeep
from app.domain.errors import EmbedderMismatch, StoreInUse, StoreNewer, StoreUnmigrated, Unavailable
from app.ports.vectors import VectorKind, VectorStore
from tests.contracts.vectors import ANNA, BEN, DIMENSION, EPISODE, Opening, VectorStoreContract, axis, record, words

ROOT = Path(__file__).resolve().parents[3]


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    embedder: str = "minilm",
    dimension: int = DIMENSION,
    keywords: str = "bm25",
    upkeep: Upkeep | None = None,
) -> AsyncIterator[EdgeVectorStore]:
    store = await EdgeVectorStore.open(
        folder, embedder_identity=embedder, dimension=dimension, keyword_identity=keywords, upkeep=upkeep
    )
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def next_generation(folder: Path, embedder: str) -> AsyncIterator[EdgeVectorStore]:
    store = await EdgeVectorStore.open_next(
        folder, embedder_identity=embedder, dimension=DIMENSION, keyword_identity="bm25"
    )
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[VectorStore]:
    async with opened(tmp_path_factory.mktemp("vectors")) as store:
        yield store


@pytest.fixture
def reopenable(tmp_path: Path) -> Opening:
    return lambda: opened(tmp_path)


class TestEdgeVectorStore(VectorStoreContract):
    pass


# Durability

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.adapters.vectors.test_edge import opened
from tests.contracts.vectors import ANNA, EPISODE, record, words

async def main():
    async with opened(Path(sys.argv[1])) as store:
        i = 0
        while True:
            await store.upsert(ANNA, EPISODE, [record(f"r{i}", sparse=words(i))])
            if i % 2:
                await store.remove(ANNA, EPISODE, [f"r{i}"])
            print(i, flush=True)
            i += 1

asyncio.run(main())
"""


@pytest.mark.parametrize("acknowledged", [1, 10, 1_500])
async def test_what_was_acknowledged_outlives_a_kill(place: Path, acknowledged: int) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, str(place), cwd=ROOT, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    for _ in range(acknowledged):
        assert await writer.stdout.readline()
    writer.kill()
    last = acknowledged - 1 + (await writer.stdout.read()).count(b"\n")
    await writer.wait()
    async with opened(place) as store:
        refs = await store.refs(ANNA, EPISODE)
        kept = {f"r{i}" for i in range(0, last + 1, 2)}
        assert kept <= refs
        # at most what was under way when it was killed
        assert refs - kept <= {f"r{last + 1}"}
        for i in range(0, last + 1, 100):
            assert [hit.ref for hit in await store.keyword(ANNA, EPISODE, words(i), 5)] == [f"r{i}"]


# Compaction

LIVELY = Upkeep(flush_after=100, compact_after=1_000, idle_seconds=0.01)


async def written_and_thinned(store: EdgeVectorStore) -> list[object]:
    """Enough that segments are built anew; every answer to some questions."""
    records = [record(f"r{i}", dense=axis(i, i / 999), sparse=words(i % 7), position=i) for i in range(3_000)]
    await store.upsert(ANNA, EPISODE, records)
    await store.upsert(BEN, EPISODE, [record(sparse=words(1)) for _ in range(100)])
    await store.remove(ANNA, EPISODE, [f"r{i}" for i in range(0, 3_000, 2)])
    return await answers(store)


async def answers(store: EdgeVectorStore) -> list[object]:
    return [
        [(hit.ref, hit.position, round(hit.score, 5)) for hit in await store.nearest(ANNA, EPISODE, axis(2, 0.4), 500)],
        [(hit.ref, round(hit.score, 5)) for hit in await store.keyword(ANNA, EPISODE, words(1, 4), 500)],
        await store.refs(ANNA, EPISODE),
        await store.count(BEN, EPISODE),
    ]


async def test_compaction_changes_no_answer_and_gives_back_the_room_of_what_was_removed(place: Path) -> None:
    async with opened(place) as store:
        before = await written_and_thinned(store)
        await store.compact()
        assert await answers(store) == before
        await store.upsert(ANNA, EPISODE, [record("new", dense=axis(5))])
        assert "new" in await store.refs(ANNA, EPISODE)
    async with opened(place) as store:
        assert "new" in await store.refs(ANNA, EPISODE)
        await store.remove(ANNA, EPISODE, ["new"])
        assert await answers(store) == before


async def test_an_idle_store_compacts_by_itself(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compacted = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with opened(place, upkeep=LIVELY) as store:
        shard = store._shards[EPISODE]
        compact = shard.compact

        def watched() -> None:
            compact()
            loop.call_soon_threadsafe(compacted.set)

        monkeypatch.setattr(shard, "compact", watched)
        before = await written_and_thinned(store)
        await asyncio.wait_for(compacted.wait(), 30)
        assert not shard.wants_compaction
        assert await answers(store) == before


# The folder


async def test_a_second_store_on_the_folder_is_refused_until_the_first_is_closed(place: Path) -> None:
    async with opened(place):
        with pytest.raises(StoreInUse, match=r"in use by process \d+"):
            async with opened(place):
                pass
        with pytest.raises(StoreInUse):
            async with next_generation(place, "other"):
                pass
    async with opened(place) as store:
        await store.check()


@pytest.mark.parametrize("other", [{"embedder": "e5"}, {"dimension": 4}, {"keywords": "bm25/2"}])
async def test_vectors_of_other_models_are_refused_with_the_command_that_mends_it(
    place: Path, other: dict[str, object]
) -> None:
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record()])
    with pytest.raises(EmbedderMismatch, match="palimpsest reindex"):
        async with opened(place, **other):  # type: ignore[arg-type]
            pass
    async with opened(place) as store:
        assert await store.count(ANNA, EPISODE) == 1


def manifest_in(place: Path) -> Path:
    (manifest,) = place.glob("*/manifest.json")
    return manifest


@pytest.mark.parametrize(("schema", "error"), [(99, StoreNewer), (0, StoreUnmigrated)])
async def test_another_schema_is_refused(place: Path, schema: int, error: type[Unavailable]) -> None:
    async with opened(place):
        pass
    manifest = manifest_in(place)
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema": schema, "later": True}))
    with pytest.raises(error, match="reindex"):
        async with opened(place):
            pass


@pytest.mark.parametrize("content", ["", "[]", "{}", "{"])
async def test_a_broken_manifest_is_told_apart(place: Path, content: str) -> None:
    async with opened(place):
        pass
    manifest_in(place).write_text(content)
    with pytest.raises(Unavailable, match=r"manifest\.json cannot be read"):
        async with opened(place):
            pass


async def test_a_reindex_replaces_the_vectors_only_when_it_is_complete(place: Path) -> None:
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record("old")])
    async with next_generation(place, "e5") as unfinished:
        await unfinished.upsert(ANNA, EPISODE, [record("half")])
    async with opened(place) as store:
        assert await store.refs(ANNA, EPISODE) == {"old"}
    async with next_generation(place, "e5") as finished:
        assert await finished.refs(ANNA, EPISODE) == set()
        await finished.upsert(ANNA, EPISODE, [record("new")])
        await finished.activate()
        assert await finished.refs(ANNA, EPISODE) == {"new"}
    with pytest.raises(EmbedderMismatch):
        async with opened(place):
            pass
    async with opened(place, embedder="e5") as store:
        assert await store.refs(ANNA, EPISODE) == {"new"}
    assert manifest_in(place)  # and no other


async def test_a_reindex_needs_no_readable_predecessor(place: Path) -> None:
    async with opened(place):
        pass
    (place / "current").write_text("gone")
    with pytest.raises(Unavailable, match="reindex"):
        async with opened(place):
            pass
    async with next_generation(place, "minilm") as store:
        await store.activate()
    async with opened(place) as store:
        await store.check()


# Its end


async def test_a_closed_store_says_so(place: Path) -> None:
    async with opened(place) as store:
        pass
    await store.close()
    with pytest.raises(Unavailable, match="closed"):
        await store.count(ANNA, EPISODE)
    with pytest.raises(Unavailable, match="closed"):
        await store.check()


async def test_what_was_asked_before_the_closing_is_answered(place: Path) -> None:
    async with opened(place) as store:
        writing = [asyncio.create_task(store.upsert(ANNA, kind, [record()])) for kind in VectorKind]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*writing)
    async with opened(place) as store:
        assert [await store.count(ANNA, kind) for kind in VectorKind] == [1] * len(VectorKind)


async def test_a_failure_of_the_engine_is_unavailable(place: Path) -> None:
    async with opened(place) as store:
        with pytest.raises(Unavailable, match="dimension"):
            await store.upsert(ANNA, EPISODE, [record(dense=axis(0)[:3])])
        await store.upsert(ANNA, EPISODE, [record()])
        assert await store.count(ANNA, EPISODE) == 1
