"""What becomes of calls to Qdrant that fail."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from app.adapters.vectors.qdrant_calls import Calls
from app.adapters.vectors.qdrant_query import points
from app.domain.errors import Invalid, StoreInUse, Unavailable
from app.observe import PrometheusMeter
from app.ports.vectors import VectorStore
from tests.adapters.vectors.test_qdrant import opened
from tests.contracts.vectors import ANNA, EPISODE, axis, record
from tests.house import until
from tests.servers.qdrant import QdrantPlace, WireServer, own_qdrant, startable
from tests.servers.qdrant_wire import KEY

__all__ = ["own_qdrant"]


async def test_a_server_that_is_away_is_said_to_be_and_found_again_when_it_is_back(own_qdrant: WireServer) -> None:
    own_qdrant.start()
    place = QdrantPlace(own_qdrant.url, "palimpsest")
    await place.migrate()
    async with opened(place) as store:
        await store.upsert(ANNA, EPISODE, [record("a")])
        own_qdrant.stop()
        with pytest.raises(Unavailable, match="VECTORS_URL"):
            await store.nearest(ANNA, EPISODE, axis(0), 1)
        with pytest.raises(Unavailable):
            await store.upsert(ANNA, EPISODE, [record("b")])
        with pytest.raises(Unavailable):
            await store.check()
        with pytest.raises(Unavailable):
            await place.open()
        own_qdrant.start()
        await until(partial(_answers, store))
        assert await store.refs(ANNA, EPISODE) == {"a"}


async def _answers(store: VectorStore) -> bool:
    try:
        await store.check()
    except Unavailable:
        return False
    return True


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
async def test_a_wrong_key_is_told_from_a_server_that_is_away(own_qdrant: WireServer) -> None:
    own_qdrant.start()
    with pytest.raises(Unavailable, match="QDRANT_API_KEY"):
        await QdrantPlace(own_qdrant.url, "palimpsest", "wrong").migrate()
    await QdrantPlace(own_qdrant.url, "palimpsest", KEY).migrate()


async def test_a_server_that_is_too_old_is_refused(tmp_path: Path) -> None:
    server = startable(tmp_path / "qdrant", "1.16.3")
    server.start()
    try:
        with pytest.raises(Unavailable, match=r"version 1\.16\.3: upgrade it to 1\.17"):
            await QdrantPlace(server.url, "palimpsest").migrate()
    finally:
        server.stop()


async def test_a_call_has_its_time_and_is_repeated_where_that_may_help() -> None:
    meter = PrometheusMeter()
    calls = await Calls.connect("http://127.0.0.1:1", api_key=None, meter=meter)
    begun = 0

    async def hanging(client: object) -> None:
        await asyncio.Event().wait()

    async def refused(client: object) -> int:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise ConnectionRefusedError
        return begun

    with pytest.raises(Unavailable, match=r"did not answer within 0\.01 s"):
        await calls.read("hanging", hanging, seconds=0.01)
    assert await calls.read("refused", refused) == 3
    for call, times, failures in (("hanging", 1, 1), ("refused", 3, 2)):
        assert meter.registry.get_sample_value("palimpsest_qdrant_call_seconds_count", {"call": call}) == times
        assert meter.registry.get_sample_value("palimpsest_qdrant_failures_total", {"call": call}) == failures
    await calls.close()
    with pytest.raises(Unavailable, match="closed"):
        await calls.read("refused", refused)


# the client leaves its handle of the lock to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_folder_has_one_process(tmp_path: Path) -> None:
    place = QdrantPlace(f"local:///{tmp_path}", "palimpsest")
    await place.migrate()
    async with opened(place):
        with pytest.raises(StoreInUse, match="another process"):
            await place.open()
    async with opened(place) as store:
        assert await store.count(ANNA, EPISODE) == 0
        await store.close()
        with pytest.raises(Unavailable, match="closed"):
            await store.count(ANNA, EPISODE)


async def test_the_loop_turns_while_local_mode_works(tmp_path: Path) -> None:
    place = QdrantPlace(f"local:///{tmp_path}", "palimpsest")
    await place.migrate()
    async with opened(place) as store:
        turns = 0
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(store.upsert(ANNA, EPISODE, [record() for _ in range(200)]))
            while not writing.done():
                turns += 1
                await asyncio.sleep(0)
        assert turns > 10


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host", "http://", "local://host/folder", "local:///", "http://host:6333?grpc=1", "http://h?grpc_port=x",
        "http://:secret@host:6333", "http://host:x",
    ],
)  # fmt: skip
async def test_an_address_that_makes_no_sense_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(Invalid, match="VECTORS_URL") as refused:
        await Calls.connect(url, api_key=None, meter=PrometheusMeter())
    assert "secret" not in str(refused.value)


def test_points_go_in_messages_of_bounded_count_and_size() -> None:
    small = [record() for _ in range(600)]
    assert [len(batch) for batch in points(ANNA, small, terms=True)] == [256, 256, 88]
    large = [record(metadata={"text": "x" * 1_500_000}) for _ in range(5)]
    assert [len(batch) for batch in points(ANNA, large, terms=False)] == [2, 2, 1]
    huge = [record(metadata={"text": "x" * 9_000_000}), record()]
    assert [len(batch) for batch in points(ANNA, huge, terms=False)] == [1, 1]
