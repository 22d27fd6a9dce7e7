"""Qdrant Edge and Qdrant answer alike."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import pytest_asyncio

from app.adapters.vectors.edge import EdgeVectorStore
from app.domain.time import Interval
from app.ports.models import Sparse, Vectors
from app.ports.vectors import EVERYTHING, Hit, Pick, VectorFilter, VectorKind, VectorRecord, VectorStore
from tests.adapters.vectors.test_qdrant import opened
from tests.contracts.vectors import ANNA, BEN, DIMENSION, EPISODE, at
from tests.servers.qdrant import Places, QdrantPlace, local_places, qdrant_places, qdrant_server, startable

__all__ = ["local_places", "qdrant_places", "qdrant_server"]

VOCABULARY = 200
LIMIT = 20


@dataclass(frozen=True, slots=True)
class Pair:
    edge: VectorStore
    qdrant: VectorStore


def direction(rng: np.random.Generator) -> Vectors:
    vector = rng.standard_normal(DIMENSION).astype(np.float32)
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit


def spoken(dice: random.Random, words: int) -> Sparse:
    """Terms as in a language: the first are frequent, most are rare."""
    terms = sorted({int(VOCABULARY ** dice.random()) for _ in range(words)})
    return Sparse(tuple(terms), tuple(round(dice.uniform(0.2, 2.0), 3) for _ in terms))


def moment(dice: random.Random) -> datetime:
    return at(dice.randrange(60))


def said(number: int, dice: random.Random, rng: np.random.Generator) -> VectorRecord:
    start = moment(dice)
    return VectorRecord(
        id=str(UUID(int=number)),
        ref=f"thing {number // 2}",
        dense=direction(rng),
        sparse=spoken(dice, dice.randrange(12)),
        session_id=f"s{number % 3}",
        position=number,
        speaker=dice.choice(["Anna", "assistant"]),
        occurred_at=start,
        metadata={"n": number % 5},
        valid=Interval(start, dice.choice([None, max(start, moment(dice))])),
        sources=(f"e{number}",),
    )


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QdrantPlace]:
    """A version that counts document frequencies itself."""
    server = startable(tmp_path_factory.mktemp("newest"), "1.19.0")
    server.start()
    yield QdrantPlace(server.url, "palimpsest")
    server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["server", "newest", "local"])
async def pair(
    qdrant_places: Places,
    local_places: Places,
    newest: QdrantPlace,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Pair]:
    place = {"server": qdrant_places, "local": local_places, "newest": lambda: newest}[request.param]()
    await place.migrate()
    folder: Path = tmp_path_factory.mktemp("edge")
    edge = await EdgeVectorStore.open(folder, embedder_identity="minilm", dimension=DIMENSION, keyword_identity="bm25")
    dice, rng = random.Random(5), np.random.default_rng(5)
    async with opened(place) as qdrant:
        records = [said(number, dice, rng) for number in range(600)]
        for store in (edge, qdrant):
            await store.upsert(ANNA, EPISODE, records[:400])
            await store.upsert(BEN, EPISODE, records[400:])
            await store.remove(ANNA, EPISODE, ["thing 3", "thing 77"])
        yield Pair(edge, qdrant)
    await edge.close()
    await place.clear()


WHERE = {
    "everything": EVERYTHING,
    "session": VectorFilter(session_id="s1"),
    "time": VectorFilter(occurred_from=at(10), occurred_to=at(30)),
    "metadata": VectorFilter(metadata={"n": 3}, speaker="Anna"),
    "valid": VectorFilter(valid_at=at(25)),
    "refs": VectorFilter(refs=tuple(f"thing {n}" for n in range(0, 200, 7))),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("where", WHERE.values(), ids=WHERE.keys())
async def test_both_find_the_same_with_the_same_scores(pair: Pair, where: VectorFilter) -> None:
    dice, rng = random.Random(6), np.random.default_rng(6)
    for _ in range(10):
        vector, words = direction(rng), Sparse(terms := spoken(dice, 5).indices, (1.0,) * len(terms))
        _same(
            await pair.edge.nearest(ANNA, EPISODE, vector, LIMIT, where),
            await pair.qdrant.nearest(ANNA, EPISODE, vector, LIMIT, where),
            absolute=1e-3,
        )
        by_word = await pair.edge.keyword(ANNA, EPISODE, words, LIMIT, where)
        _same(by_word, await pair.qdrant.keyword(ANNA, EPISODE, words, LIMIT, where), relative=1e-2)
        ids = [hit.id for hit in by_word[::2]] + [str(UUID(int=n)) for n in range(0, 500, 50)]
        (one,) = await pair.edge.scores(ANNA, [Pick(EPISODE, ids, where)], vector, words)
        (other,) = await pair.qdrant.scores(ANNA, [Pick(EPISODE, ids, where)], vector, words)
        assert other.dense == pytest.approx(dict(one.dense), abs=1e-3)
        assert other.keyword == pytest.approx(dict(one.keyword), rel=1e-2)


@pytest.mark.asyncio(loop_scope="module")
async def test_both_know_the_same_things(pair: Pair) -> None:
    for scope in (ANNA, BEN):
        for kind in VectorKind:
            assert await pair.edge.refs(scope, kind) == await pair.qdrant.refs(scope, kind)
            assert await pair.edge.count(scope, kind) == await pair.qdrant.count(scope, kind)


def _same(one: list[Hit], other: list[Hit], *, absolute: float = 0.0, relative: float = 0.0) -> None:
    """The same hits in the same order, but for those whose scores are as good as equal."""
    assert [hit.score for hit in other] == pytest.approx([hit.score for hit in one], abs=absolute, rel=relative)
    edge = {hit.id: hit for hit in one}
    for hit in other:
        if hit.id not in edge:
            assert hit.score == pytest.approx(one[-1].score, abs=absolute, rel=relative)
        else:
            assert (hit.ref, hit.position, hit.speaker, hit.sources) == (
                edge[hit.id].ref, edge[hit.id].position, edge[hit.id].speaker, edge[hit.id].sources,
            )  # fmt: skip
